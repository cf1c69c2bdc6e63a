//! `Station`: what the bridge keeps for one PE: its messages, its run and reset.
//!
//! Packets to the PE come from the executor. A packet from the PE is a message for the queue of sixteen, or, while the
//! executor waits for it, the answer of its peek, which stays at the PE until taken. What it tells the executor is valid in the
//! same cycle, and means something while `selected`; `word` alone follows `source` a cycle later, and is 0 while not `selected`.
//! It does not look into messages.

use crate::cells::Fifo;
use crate::mux::{PlacedChoose2, PlacedChooseOn};
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
    pub conflicts: Signal<In, Bits<32>>,
    // To the executor.
    pub selected: Signal<In, Bit>,
    /// A packet for the PE; `taken` when it moves.
    pub offer: Signal<In, Bit>,
    pub taken: Signal<Out, Bit>,
    /// What is offered is a peek: its answer may come in the cycle after it was taken.
    pub peeks: Signal<In, Bit>,
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
    /// 0 last program counter, 1 flags, 2 exit code, 3 answer, 9 conflicts, 12 to 14 payload, key and control; else the word is 0.
    pub source: Signal<In, Bits<4>>,
    /// Its word, or that of the PEs before.
    pub word_before: Signal<In, Bits<32>>,
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
    queue: Fifo<72, 4, 5>,
    clear: Signal<Local, Bit>,
    nearest: Signal<Local, Bit>,
    wanted: Signal<Local, Bit>,
    /// What the executor asks of this station, a cycle late: it may be far away, and paths from here go into the PE.
    asking_q: DFF<Bit>,
    stepping_q: DFF<Bit>,
    /// The next answer belongs to a peek that was given up.
    stale: DFF<Bit>,
    running: DFF<Bit>,
    pc: DFF<Bits<32>>,
    flags: Signal<Local, Bits<3>>,
    // The choice of `word`, in registers: see `PlacedChoose2` and `PlacedChooseOn`.
    first: DFF<Bits<2>>,
    second_here: DFF<Bit>,
    third_here: DFF<Bit>,
    control_here: DFF<Bit>,
    flags_here: DFF<Bit>,
    choose: PlacedChoose2<32>,
    second: PlacedChooseOn<32>,
    third: PlacedChooseOn<32>,
    control: Signal<Local, Bits<32>>,
    told: Signal<Local, Bits<32>>,
}

impl Station {
    /// A station whose messages are in LUT RAM if `distributed`, else in block RAM.
    pub fn new(distributed: bool) -> Self {
        Self {
            queue: Fifo::placed(distributed),
            ..Self::default()
        }
    }
}

impl Logic for Station {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            asking_q,
            stepping_q,
            stale,
            running,
            pc,
            first,
            second_here,
            third_here,
            control_here,
            flags_here
        );
        clock!(self, clock, queue);
        self.clear.next = self.reset.val() | (self.selected.val() & self.restart.val());
        self.pe_reset.next = self.clear.val();
        self.queue.reset.next = self.clear.val();
        // The instruction that retires now is the one that was asked for: the core must not take the next.
        self.stepping_q.d.next =
            self.selected.val() & self.stepping.val() & !self.retire_valid.val();
        self.run.next = self.running.q.val() | (self.stepping_q.q.val() & !self.retire_valid.val());
        self.stepped.next = self.retire_valid.val();

        // Packets. A nearest-neighbour packet is an answer; one that nobody asks for is a message.
        self.rx_valid.next = self.selected.val() & self.offer.val();
        self.taken.next = self.rx_ready.val();
        self.nearest.next = self.tx_data.val().get_bit(71);
        self.wanted.next = self.asking_q.q.val() & self.nearest.val();
        self.answer.next = self.wanted.val() & self.tx_valid.val() & !self.stale.q.val();
        self.asking_q.d.next = self.selected.val()
            & ((self.asking.val() & !self.answer.val())
                | (self.peeks.val() & self.offer.val() & self.rx_ready.val()));
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

        if self.retire_valid.val() {
            self.pc.d.next = self.retire_pc.val();
        }
        self.flags.next = bit_cast::<3, 1>(self.running.q.val().into())
            | (bit_cast::<3, 1>(self.halted.val().into()) << 1)
            | (bit_cast::<3, 1>(self.step_done.val().into()) << 2);

        self.first.d.next = 2.into();
        self.second_here.d.next = false;
        self.third_here.d.next = false;
        self.control_here.d.next = false;
        self.flags_here.d.next = false;
        if self.selected.val() {
            if self.source.val() == 0 {
                self.first.d.next = 0.into();
            }
            if self.source.val() == 1 {
                self.flags_here.d.next = true;
            }
            if self.source.val() == 2 {
                self.first.d.next = 1.into();
            }
            if self.source.val() == 3 {
                self.second_here.d.next = true;
            }
            if self.source.val() == 9 {
                self.first.d.next = 3.into();
                self.second_here.d.next = true;
            }
            if self.source.val() == 12 {
                self.third_here.d.next = true;
            }
            if self.source.val() == 13 {
                self.first.d.next = 3.into();
                self.third_here.d.next = true;
            }
            if self.source.val() == 14 {
                self.control_here.d.next = true;
            }
        }
        self.choose.sel.next = self.first.q.val();
        self.choose.a.next = self.pc.q.val();
        self.choose.b.next = self.exit_code.val();
        self.second.here.next = self.second_here.q.val();
        self.second.so_far.next = self.choose.q.val();
        self.second.c.next = self.tx_data.val().get_bits::<32>(0);
        self.second.d.next = self.conflicts.val();
        self.third.here.next = self.third_here.q.val();
        self.third.so_far.next = self.second.q.val();
        self.third.c.next = self.queue.out_data.val().get_bits::<32>(0);
        self.third.d.next = self.queue.out_data.val().get_bits::<32>(32);
        self.control.next = 0.into();
        if self.control_here.q.val() {
            self.control.next = bit_cast::<32, 8>(self.queue.out_data.val().get_bits::<8>(64));
        }
        self.told.next = 0.into();
        if self.flags_here.q.val() {
            self.told.next = bit_cast::<32, 3>(self.flags.val());
        }
        self.word.next =
            (self.third.q.val() | self.word_before.val()) | (self.control.val() | self.told.val());

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
