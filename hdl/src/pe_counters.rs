//! `PeCounters`: cycles, instructions and busy cycles of one PE, in LUT RAM behind one adder.
//!
//! The low four bits of each count in registers; a carry is added to its word in the RAM within six cycles, and `settled`
//! is 0 until then. `word` is the counter that `number` names, in the same cycle, while `settled`. Cycles have two words
//! and wrap; the others stay at 2^32 - 1.

use crate::cells::DistRam;
use rust_hdl::prelude::*;

/// See the module's comment. 0 cycles, 1 their high word, 2 instructions, 3 busy cycles.
#[derive(LogicBlock, Default)]
pub struct PeCounters {
    pub clock: Signal<In, Clock>,
    /// All are 0 again, four cycles later.
    pub clear: Signal<In, Bit>,
    pub retired: Signal<In, Bit>,
    pub busy: Signal<In, Bit>,
    pub number: Signal<In, Bits<2>>,
    pub word: Signal<Out, Bits<32>>,
    pub settled: Signal<Out, Bit>,
    /// The low word of the cycles was read: the high one stands still.
    pub hold: Signal<In, Bit>,
    ram: DistRam<2, 32>,
    low0: DFF<Bits<4>>,
    low2: DFF<Bits<4>>,
    low3: DFF<Bits<4>>,
    pending: DFF<Bits<4>>,
    waits: Signal<Local, Bits<4>>,
    left: Signal<Local, Bits<4>>,
    served: Signal<Local, Bits<4>>,
    wrapped: Signal<Local, Bit>,
    carry2: Signal<Local, Bit>,
    carry3: Signal<Local, Bit>,
    choice: Signal<Local, Bits<2>>,
    step: Signal<Local, Bits<32>>,
    sum: Signal<Local, Bits<32>>,
    full: Signal<Local, Bit>,
    /// Instructions and busy cycles that stay.
    full2: DFF<Bit>,
    full3: DFF<Bit>,
    low: Signal<Local, Bits<4>>,
    cleared: DFF<Bits<3>>,
}

impl Logic for PeCounters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, low0, low2, low3, pending, full2, full3, cleared
        );
        clock!(self, clock, ram);
        self.waits.next = self.pending.q.val();
        if self.hold.val() {
            self.waits.next = self.pending.q.val() & 0xd;
        }
        self.choice.next = 3.into();
        self.left.next = self.pending.q.val() & 0x7;
        if self.waits.val().get_bit(0) {
            self.choice.next = 0.into();
            self.left.next = self.pending.q.val() & 0xe;
        } else if self.waits.val().get_bit(1) {
            self.choice.next = 1.into();
            self.left.next = self.pending.q.val() & 0xd;
        } else if self.waits.val().get_bit(2) {
            self.choice.next = 2.into();
            self.left.next = self.pending.q.val() & 0xb;
        }
        self.settled.next = (self.waits.val() == 0) & self.cleared.q.val().get_bit(2);
        self.ram.read_addr.next = self.choice.val();
        if self.waits.val() == 0 {
            self.ram.read_addr.next = self.number.val();
        }
        self.step.next = 16.into();
        if self.choice.val() == 1 {
            self.step.next = 1.into();
        }
        self.sum.next = self.ram.q.val() + self.step.val();
        self.full.next = self.ram.q.val().get_bits::<28>(4).all();
        self.ram.write.next = false;
        self.wrapped.next = false;
        self.served.next = self.pending.q.val();
        self.ram.write_addr.next = self.choice.val();
        self.ram.write_data.next = self.sum.val();
        if !self.cleared.q.val().get_bit(2) {
            self.ram.write.next = true;
            self.ram.write_addr.next = self.cleared.q.val().get_bits::<2>(0);
            self.ram.write_data.next = 0.into();
            self.cleared.d.next = self.cleared.q.val() + 1;
        } else if self.waits.val() != 0 {
            self.served.next = self.left.val();
            self.ram.write.next = true;
            self.wrapped.next = (self.choice.val() == 0) & self.full.val();
            if (self.choice.val() == 2) & self.full.val() {
                self.ram.write.next = false;
                self.full2.d.next = true;
            }
            if (self.choice.val() == 3) & self.full.val() {
                self.ram.write.next = false;
                self.full3.d.next = true;
            }
        }

        self.low0.d.next = self.low0.q.val() + 1;
        if self.retired.val() {
            self.low2.d.next = self.low2.q.val() + 1;
        }
        if self.busy.val() {
            self.low3.d.next = self.low3.q.val() + 1;
        }
        self.carry2.next = self.retired.val() & self.low2.q.val().all() & !self.full2.q.val();
        self.carry3.next = self.busy.val() & self.low3.q.val().all() & !self.full3.q.val();
        self.pending.d.next = self.served.val()
            | bit_cast::<4, 1>(self.low0.q.val().all().into())
            | (bit_cast::<4, 1>(self.wrapped.val().into()) << 1)
            | (bit_cast::<4, 1>(self.carry2.val().into()) << 2)
            | (bit_cast::<4, 1>(self.carry3.val().into()) << 3);
        if self.full2.q.val() {
            self.low2.d.next = 15.into();
        }
        if self.full3.q.val() {
            self.low3.d.next = 15.into();
        }
        self.low.next = self.low0.q.val();
        if self.number.val() == 1 {
            self.low.next = 0.into();
        }
        if self.number.val() == 2 {
            self.low.next = self.low2.q.val();
        }
        if self.number.val() == 3 {
            self.low.next = self.low3.q.val();
        }
        self.word.next = self.ram.q.val() | bit_cast::<32, 4>(self.low.val());
        if self.clear.val() {
            self.low0.d.next = 0.into();
            self.low2.d.next = 0.into();
            self.low3.d.next = 0.into();
            self.pending.d.next = 0.into();
            self.full2.d.next = false;
            self.full3.d.next = false;
            self.cleared.d.next = 0.into();
        }
    }
}
