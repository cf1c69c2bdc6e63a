//! `Station`: what the bridge keeps for one PE: its messages, its run and reset, its counters.
//!
//! Packets to the PE come from the executor. A packet from the PE is a message for the queue of sixteen, or, while the
//! executor waits for it, the answer of its peek, which stays at the PE until taken. What it tells the executor is valid in the
//! same cycle, and means something while `selected`. It does not look into messages.

use crate::alternative::Alternative;
use crate::cells::Fifo;
use crate::compact_counters::CompactCounters;
use crate::pe_counters::PeCounters;
use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Station {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    // To the PE.
    pub pe_reset: Signal<Out, Bit>,
    pub run: Signal<Out, Bit>,
    pub rx_valid: Signal<Out, Bit>,
    pub rx_ready: Signal<In, Bit>,
    pub tx_valid: Signal<In, Bit>,
    pub tx_ready: Signal<Out, Bit>,
    pub tx_data: Signal<In, Bits<72>>,
    pub retire_valid: Signal<In, Bit>,
    pub retire_pc: Signal<In, Bits<32>>,
    pub halted: Signal<In, Bit>,
    pub exit_code: Signal<In, Bits<32>>,
    pub busy: Signal<In, Bit>,
    pub conflicts: Signal<In, Bits<32>>,
    // To the executor.
    pub selected: Signal<In, Bit>,
    /// A packet for the PE; `taken` when it moves.
    pub offer: Signal<In, Bit>,
    pub taken: Signal<Out, Bit>,
    /// The executor waits for the answer of a peek.
    pub asking: Signal<In, Bit>,
    /// It is there (word 3), and goes away at this cycle's end.
    pub answer: Signal<Out, Bit>,
    /// The executor will not wait for the answer any longer.
    pub abandon: Signal<In, Bit>,
    /// A message that finds the queue full stands before the answer.
    pub blocked: Signal<Out, Bit>,
    /// Four messages have room.
    pub room: Signal<Out, Bit>,
    /// A message waits (words 12, 13 and 14).
    pub message: Signal<Out, Bit>,
    pub message_take: Signal<In, Bit>,
    /// 0 last program counter, 1 flags, 2 exit code, 3 answer, 6 to 10 counters, 12 to 14 payload, key and control.
    pub source: Signal<In, Bits<4>>,
    pub word: Signal<Out, Bits<32>>,
    /// A counter's word is right; else it is soon.
    pub settled: Signal<Out, Bit>,
    pub run_set: Signal<In, Bit>,
    pub run_value: Signal<In, Bit>,
    /// Resets the PE and forgets its messages.
    pub restart: Signal<In, Bit>,
    /// Runs until `stepped`: the cycle in which an instruction retires.
    pub stepping: Signal<In, Bit>,
    pub stepped: Signal<Out, Bit>,
    /// The step before this one retired an instruction.
    pub step_done: Signal<In, Bit>,
    /// The cycles are being read: their high word stands still.
    pub hold: Signal<In, Bit>,
    queue: Fifo<72, 4, 5>,
    clear: Signal<Local, Bit>,
    nearest: Signal<Local, Bit>,
    wanted: Signal<Local, Bit>,
    /// The next answer belongs to a peek that was given up.
    stale: DFF<Bit>,
    running: DFF<Bit>,
    pc: DFF<Bits<32>>,
    counters: Alternative<PeCounters, CompactCounters>,
    counter: Signal<Local, Bits<2>>,
    flags: Signal<Local, Bits<3>>,
    counted: Signal<Local, Bits<32>>,
    received: Signal<Local, Bits<32>>,
    told: Signal<Local, Bits<32>>,
}

impl Station {
    /// A station whose messages are in LUT RAM if `distributed`, else in block RAM, and its counters with them.
    pub fn new(distributed: bool) -> Self {
        Self {
            queue: Fifo::placed(distributed),
            counters: Alternative::new(!distributed),
            ..Self::default()
        }
    }
}

impl Logic for Station {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, stale, running, pc);
        clock!(self, clock, queue, counters);
        self.clear.next = self.reset.val() | (self.selected.val() & self.restart.val());
        self.pe_reset.next = self.clear.val();
        self.queue.reset.next = self.clear.val();
        // The instruction that retires now is the one that was asked for: the core must not take the next.
        self.run.next = self.running.q.val()
            | (self.selected.val() & self.stepping.val() & !self.retire_valid.val());
        self.stepped.next = self.retire_valid.val();

        // Packets. A nearest-neighbour packet is an answer; one that nobody asks for is a message.
        self.rx_valid.next = self.selected.val() & self.offer.val();
        self.taken.next = self.rx_ready.val();
        self.nearest.next = self.tx_data.val().get_bit(71);
        self.wanted.next = self.selected.val() & self.asking.val() & self.nearest.val();
        self.answer.next = self.wanted.val() & self.tx_valid.val() & !self.stale.q.val();
        self.blocked.next = self.tx_valid.val() & !self.nearest.val() & !self.queue.in_ready.val();
        self.queue.in_data.next = self.tx_data.val();
        self.queue.in_valid.next =
            self.tx_valid.val() & !self.wanted.val() & !(self.nearest.val() & self.stale.q.val());
        self.tx_ready.next = self.wanted.val()
            | (self.nearest.val() & self.stale.q.val())
            | self.queue.in_ready.val();
        if self.tx_valid.val() & self.nearest.val() {
            self.stale.d.next = false;
        }
        if self.selected.val() & self.abandon.val() {
            self.stale.d.next = true;
        }
        // 13 and more leave no room.
        self.room.next = !self.queue.level.val().get_bit(4)
            & !((self.queue.level.val().get_bits::<2>(2) == 3)
                & (self.queue.level.val().get_bits::<2>(0) != 0));
        self.message.next = self.queue.out_valid.val();
        self.queue.out_ready.next = self.selected.val() & self.message_take.val();

        // Counters.
        self.counters.clear.next = self.clear.val();
        self.counters.retired.next = self.retire_valid.val();
        self.counters.busy.next = self.busy.val();
        self.counters.hold.next = self.selected.val() & self.hold.val();
        // Sources 6, 7, 8 and 10 are its counters 0, 1, 2 and 3.
        self.counter.next = bit_cast::<2, 1>(
            (self.source.val().get_bit(0)
                | (self.source.val().get_bit(1) & self.source.val().get_bit(3)))
            .into(),
        ) | (bit_cast::<2, 1>(self.source.val().get_bits::<1>(3)) << 1);
        self.counters.number.next = self.counter.val();
        self.settled.next = self.counters.settled.val();
        if self.retire_valid.val() {
            self.pc.d.next = self.retire_pc.val();
        }
        self.flags.next = bit_cast::<3, 1>(self.running.q.val().into())
            | (bit_cast::<3, 1>(self.halted.val().into()) << 1)
            | (bit_cast::<3, 1>(self.step_done.val().into()) << 2);
        self.told.next = self.pc.q.val();
        if self.source.val().get_bits::<2>(0) == 1 {
            self.told.next = bit_cast::<32, 3>(self.flags.val());
        } else if self.source.val().get_bits::<2>(0) == 2 {
            self.told.next = self.exit_code.val();
        } else if self.source.val().get_bits::<2>(0) == 3 {
            self.told.next = self.tx_data.val().get_bits::<32>(0);
        }
        self.counted.next = self.counters.word.val();
        if self.source.val().get_bits::<2>(0) == 1 {
            self.counted.next = self.conflicts.val();
        }
        self.received.next = self.queue.out_data.val().get_bits::<32>(0);
        if self.source.val().get_bit(0) {
            self.received.next = self.queue.out_data.val().get_bits::<32>(32);
        } else if self.source.val().get_bit(1) {
            self.received.next = bit_cast::<32, 8>(self.queue.out_data.val().get_bits::<8>(64));
        }
        self.word.next = self.counted.val();
        if self.source.val().get_bits::<2>(2) == 0 {
            self.word.next = self.told.val();
        } else if self.source.val().get_bits::<2>(2) == 3 {
            self.word.next = self.received.val();
        }

        if self.run_set.val() & self.selected.val() {
            self.running.d.next = self.run_value.val();
        }
        if self.reset.val() {
            self.running.d.next = false;
        }
        if self.clear.val() {
            self.stale.d.next = false;
            self.pc.d.next = 0.into();
        }
    }
}
