//! `CompactCounters`: `PeCounters` where cells are few: the counts in block RAM, read, added to and written in three cycles.
//!
//! The low five bits of each count are in registers; a carry is added to its word in the RAM within eighteen cycles, before
//! the same count carries again, and `settled` is 0 until two cycles after that, and for a cycle after `number` changed. Ports,
//! and what they mean, are `PeCounters`'.

use crate::alternative::Inputs;
use crate::block_ram::BlockRam;
use rust_hdl::prelude::*;

/// What the RAM is read for.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum CountersState {
    /// The word that `number` names.
    Show,
    /// The word that a carry goes to.
    Fetch,
    /// Nothing: that word is there, and written.
    Add,
}

/// See the module's comment. 0 cycles, 1 their high word, 2 instructions, 3 busy cycles.
#[derive(LogicBlock, Default)]
pub struct CompactCounters {
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
    ram: BlockRam<2, 32>,
    low0: DFF<Bits<5>>,
    low2: DFF<Bits<5>>,
    low3: DFF<Bits<5>>,
    pending: DFF<Bits<4>>,
    state: DFF<CountersState>,
    /// The counter that a carry goes to.
    chosen: DFF<Bits<2>>,
    /// The RAM's output is the word that `number` named in the cycle before: this number.
    shown: DFF<Bit>,
    number_q: DFF<Bits<2>>,
    /// Instructions and busy cycles that stay.
    full2: DFF<Bit>,
    full3: DFF<Bit>,
    cleared: DFF<Bits<3>>,
    /// Carries that can be served now.
    waits: Signal<Local, Bits<4>>,
    left: Signal<Local, Bits<4>>,
    served: Signal<Local, Bits<4>>,
    step: Signal<Local, Bits<32>>,
    sum: Signal<Local, Bits<32>>,
    full: Signal<Local, Bit>,
    stays: Signal<Local, Bit>,
    wrapped: Signal<Local, Bit>,
    carry2: Signal<Local, Bit>,
    carry3: Signal<Local, Bit>,
    low: Signal<Local, Bits<5>>,
}

impl Inputs for CompactCounters {
    fn connect_inputs(&mut self) {
        self.clock.connect();
        self.clear.connect();
        self.retired.connect();
        self.busy.connect();
        self.number.connect();
        self.hold.connect();
    }
}

impl Logic for CompactCounters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, low0, low2, low3, pending, state, chosen, shown, number_q, full2, full3,
            cleared
        );
        clock!(self, clock, ram);
        self.waits.next = self.pending.q.val();
        if self.hold.val() {
            self.waits.next = self.pending.q.val() & 0xd;
        }
        self.served.next = self.pending.q.val();
        self.left.next = self.pending.q.val() & 0x7;
        if self.chosen.q.val() == 0 {
            self.left.next = self.pending.q.val() & 0xe;
        } else if self.chosen.q.val() == 1 {
            self.left.next = self.pending.q.val() & 0xd;
        } else if self.chosen.q.val() == 2 {
            self.left.next = self.pending.q.val() & 0xb;
        }

        self.step.next = 32.into();
        if self.chosen.q.val() == 1 {
            self.step.next = 1.into();
        }
        self.sum.next = self.ram.q.val() + self.step.val();
        self.full.next = self.ram.q.val().get_bits::<27>(5).all();
        self.stays.next = self.chosen.q.val().get_bit(1) & self.full.val();
        self.wrapped.next = false;
        self.ram.read.next = false;
        self.ram.read_addr.next = self.chosen.q.val();
        self.ram.write.next = false;
        self.ram.write_addr.next = self.chosen.q.val();
        self.ram.write_data.next = self.sum.val();
        self.shown.d.next = false;
        self.number_q.d.next = self.number.val();
        match self.state.q.val() {
            CountersState::Show => {
                self.ram.read.next = self.cleared.q.val().get_bit(2);
                self.ram.read_addr.next = self.number.val();
                self.shown.d.next = self.cleared.q.val().get_bit(2);
                self.chosen.d.next = 3.into();
                if self.waits.val().get_bit(0) {
                    self.chosen.d.next = 0.into();
                } else if self.waits.val().get_bit(1) {
                    self.chosen.d.next = 1.into();
                } else if self.waits.val().get_bit(2) {
                    self.chosen.d.next = 2.into();
                }
                if self.waits.val() != 0 {
                    self.state.d.next = CountersState::Fetch;
                }
            }
            CountersState::Fetch => {
                self.ram.read.next = true;
                self.state.d.next = CountersState::Add;
            }
            CountersState::Add => {
                self.state.d.next = CountersState::Show;
                // An addition to the high word that was under way when it was to stand still comes later.
                if !((self.chosen.q.val() == 1) & self.hold.val()) {
                    self.served.next = self.left.val();
                    self.ram.write.next = !self.stays.val();
                    self.wrapped.next = (self.chosen.q.val() == 0) & self.full.val();
                }
                if self.stays.val() & !self.chosen.q.val().get_bit(0) {
                    self.full2.d.next = true;
                }
                if self.stays.val() & self.chosen.q.val().get_bit(0) {
                    self.full3.d.next = true;
                }
            }
        }
        if !self.cleared.q.val().get_bit(2) {
            self.ram.write.next = true;
            self.ram.write_addr.next = self.cleared.q.val().get_bits::<2>(0);
            self.ram.write_data.next = 0.into();
            self.cleared.d.next = self.cleared.q.val() + 1;
        }

        self.low0.d.next = self.low0.q.val() + 1;
        if self.retired.val() {
            self.low2.d.next = self.low2.q.val() + 1;
        }
        if self.busy.val() {
            self.low3.d.next = self.low3.q.val() + 1;
        }
        // A count that stays carries no more: it settles though its events go on.
        self.carry2.next = self.retired.val() & self.low2.q.val().all() & !self.full2.q.val();
        self.carry3.next = self.busy.val() & self.low3.q.val().all() & !self.full3.q.val();
        self.pending.d.next = self.served.val()
            | bit_cast::<4, 1>(self.low0.q.val().all().into())
            | (bit_cast::<4, 1>(self.wrapped.val().into()) << 1)
            | (bit_cast::<4, 1>(self.carry2.val().into()) << 2)
            | (bit_cast::<4, 1>(self.carry3.val().into()) << 3);
        if self.full2.q.val() {
            self.low2.d.next = 31.into();
        }
        if self.full3.q.val() {
            self.low3.d.next = 31.into();
        }

        self.settled.next = self.shown.q.val()
            & (self.number_q.q.val() == self.number.val())
            & (self.state.q.val() == CountersState::Show)
            & (self.waits.val() == 0);
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
        self.word.next = self.ram.q.val() | bit_cast::<32, 5>(self.low.val());
        if self.clear.val() {
            self.low0.d.next = 0.into();
            self.low2.d.next = 0.into();
            self.low3.d.next = 0.into();
            self.pending.d.next = 0.into();
            self.state.d.next = CountersState::Show;
            self.shown.d.next = false;
            self.full2.d.next = false;
            self.full3.d.next = false;
            self.cleared.d.next = 0.into();
        }
    }
}
