//! `LinkCounters`: the six counters of the link, in LUT RAM behind one adder.
//!
//! An event is counted within six cycles; two of one kind closer than that may count once, which frames never are. Each
//! counter stays at 2^32 - 1. Reading goes first and shows the word in the same cycle. Clearing takes eight cycles.

use crate::cells::DistRam;
use rust_hdl::prelude::*;

/// See the module's comment. Numbers are those of `synfire_format::link::counter`.
#[derive(LogicBlock, Default)]
pub struct LinkCounters {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// All are 0 again; what was not counted yet is forgotten.
    pub clear: Signal<In, Bit>,
    /// Bit n: count one in counter n.
    pub happened: Signal<In, Bits<6>>,
    pub read: Signal<In, Bit>,
    pub number: Signal<In, Bits<3>>,
    pub word: Signal<Out, Bits<32>>,
    ram: DistRam<3, 32>,
    pending: DFF<Bits<6>>,
    left: Signal<Local, Bits<6>>,
    /// Counters cleared so far.
    cleared: DFF<Bits<4>>,
    choice: Signal<Local, Bits<3>>,
    count: Signal<Local, Bits<32>>,
}

impl Logic for LinkCounters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, pending, cleared);
        clock!(self, clock, ram);
        self.choice.next = 5.into();
        self.left.next = self.pending.q.val() & 0x1f;
        if self.pending.q.val().get_bit(0) {
            self.choice.next = 0.into();
            self.left.next = self.pending.q.val() & 0x3e;
        } else if self.pending.q.val().get_bit(1) {
            self.choice.next = 1.into();
            self.left.next = self.pending.q.val() & 0x3d;
        } else if self.pending.q.val().get_bit(2) {
            self.choice.next = 2.into();
            self.left.next = self.pending.q.val() & 0x3b;
        } else if self.pending.q.val().get_bit(3) {
            self.choice.next = 3.into();
            self.left.next = self.pending.q.val() & 0x37;
        } else if self.pending.q.val().get_bit(4) {
            self.choice.next = 4.into();
            self.left.next = self.pending.q.val() & 0x2f;
        }
        self.ram.read_addr.next = self.choice.val();
        if self.read.val() {
            self.ram.read_addr.next = self.number.val();
        }
        self.word.next = self.ram.q.val();
        self.count.next = self.ram.q.val() + 1;
        self.ram.write.next =
            (self.pending.q.val() != 0) & !self.read.val() & !self.ram.q.val().all();
        self.ram.write_addr.next = self.choice.val();
        self.ram.write_data.next = self.count.val();
        self.pending.d.next = self.left.val() | self.happened.val();
        if self.read.val() {
            self.pending.d.next = self.pending.q.val() | self.happened.val();
        }
        if !self.cleared.q.val().get_bit(3) {
            self.cleared.d.next = self.cleared.q.val() + 1;
            self.ram.write.next = true;
            self.ram.write_addr.next = self.cleared.q.val().get_bits::<3>(0);
            self.ram.write_data.next = 0.into();
            self.pending.d.next = self.pending.q.val() | self.happened.val();
        }
        if self.reset.val() | self.clear.val() {
            self.cleared.d.next = 0.into();
            self.pending.d.next = 0.into();
        }
    }
}
