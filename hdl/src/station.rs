//! `Station`: what the bridge keeps for one PE: its messages, its run and reset, its counters.
//!
//! Packets to the PE come from the executor. A packet from the PE is a message for the queue of sixteen, or, while the
//! executor waits for it, the answer of its peek, which stays at the PE until taken. `word` and the other answers are
//! valid in the same cycle, and 0 unless `selected`. It does not look into messages.

use crate::cells::Fifo;
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
    cycles: DFF<Bits<32>>,
    cycles_high: DFF<Bits<32>>,
    carry: DFF<Bit>,
    retired: DFF<Bits<32>>,
    chained: DFF<Bits<32>>,
    flags: Signal<Local, Bits<3>>,
    value: Signal<Local, Bits<32>>,
}

impl Logic for Station {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            stale,
            running,
            pc,
            cycles,
            cycles_high,
            carry,
            retired,
            chained
        );
        clock!(self, clock, queue);
        self.clear.next = self.reset.val() | (self.selected.val() & self.restart.val());
        self.pe_reset.next = self.clear.val();
        self.queue.reset.next = self.clear.val();
        // The instruction that retires now is the one that was asked for: the core must not take the next.
        self.run.next = self.running.q.val()
            | (self.selected.val() & self.stepping.val() & !self.retire_valid.val());
        self.stepped.next = self.selected.val() & self.retire_valid.val();

        // Packets. A nearest-neighbour packet is an answer; one that nobody asks for is a message.
        self.rx_valid.next = self.selected.val() & self.offer.val();
        self.taken.next = self.selected.val() & self.offer.val() & self.rx_ready.val();
        self.nearest.next = self.tx_data.val().get_bit(71);
        self.wanted.next = self.selected.val() & self.asking.val() & self.nearest.val();
        self.answer.next = self.wanted.val() & self.tx_valid.val() & !self.stale.q.val();
        self.blocked.next = self.selected.val()
            & self.tx_valid.val()
            & !self.nearest.val()
            & !self.queue.in_ready.val();
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
        self.room.next = self.selected.val() & (self.queue.level.val() <= 12);
        self.message.next = self.selected.val() & self.queue.out_valid.val();
        self.queue.out_ready.next = self.selected.val() & self.message_take.val();

        // Counters.
        self.cycles.d.next = self.cycles.q.val() + 1;
        if !(self.selected.val() & self.hold.val()) {
            if self.carry.q.val() {
                self.cycles_high.d.next = self.cycles_high.q.val() + 1;
            }
            self.carry.d.next = false;
        }
        if self.cycles.q.val().all() {
            self.carry.d.next = true;
        }
        if self.retire_valid.val() {
            self.pc.d.next = self.retire_pc.val();
            if !self.retired.q.val().all() {
                self.retired.d.next = self.retired.q.val() + 1;
            }
        }
        if self.busy.val() & !self.chained.q.val().all() {
            self.chained.d.next = self.chained.q.val() + 1;
        }
        self.flags.next = bit_cast::<3, 1>(self.running.q.val().into())
            | (bit_cast::<3, 1>(self.halted.val().into()) << 1)
            | (bit_cast::<3, 1>(self.step_done.val().into()) << 2);
        self.value.next = self.pc.q.val();
        if self.source.val() == 1 {
            self.value.next = bit_cast::<32, 3>(self.flags.val());
        } else if self.source.val() == 2 {
            self.value.next = self.exit_code.val();
        } else if self.source.val() == 3 {
            self.value.next = self.tx_data.val().get_bits::<32>(0);
        } else if self.source.val() == 6 {
            self.value.next = self.cycles.q.val();
        } else if self.source.val() == 7 {
            self.value.next = self.cycles_high.q.val();
        } else if self.source.val() == 8 {
            self.value.next = self.retired.q.val();
        } else if self.source.val() == 9 {
            self.value.next = self.conflicts.val();
        } else if self.source.val() == 10 {
            self.value.next = self.chained.q.val();
        } else if self.source.val() == 12 {
            self.value.next = self.queue.out_data.val().get_bits::<32>(0);
        } else if self.source.val() == 13 {
            self.value.next = self.queue.out_data.val().get_bits::<32>(32);
        } else if self.source.val() == 14 {
            self.value.next = bit_cast::<32, 8>(self.queue.out_data.val().get_bits::<8>(64));
        }
        self.word.next = 0.into();
        if self.selected.val() {
            self.word.next = self.value.val();
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
            self.cycles.d.next = 0.into();
            self.cycles_high.d.next = 0.into();
            self.carry.d.next = false;
            self.retired.d.next = 0.into();
            self.chained.d.next = 0.into();
        }
    }
}
