//! `Reduce`: the O addends of a group, summed over its lanes as they are delivered, sixteen threads deep.
//!
//! All lanes deliver O in the same cycle, from the same unit, so one sum a thread is kept and not an addend a lane. Sums are
//! modulo 2^32; a lane outside of the group's mask delivers 0. A sum is there from the second cycle after its delivery.

use crate::carry::AddChosen;
use crate::cells::{AddS, DistRam};
use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Reduce {
    pub clock: Signal<In, Clock>,
    /// Delivery: of unit 1 where `second`, else of unit 0.
    pub write: Signal<In, Bit>,
    pub second: Signal<In, Bit>,
    pub thread: Signal<In, Bits<4>>,
    /// Exact results of the four lanes' unit 0 and unit 1.
    pub exact_a: Vec<Signal<In, Bits<32>>>,
    pub exact_b: Vec<Signal<In, Bits<32>>>,
    pub read_thread: Signal<In, Bits<4>>,
    pub sum: Signal<Out, Bits<32>>,
    low: DFF<Bits<32>>,
    high: DFF<Bits<32>>,
    write_q: DFF<Bit>,
    thread_q: DFF<Bits<4>>,
    add_low: AddChosen<32>,
    add_high: AddChosen<32>,
    add: AddS<32, 32, 32>,
    ram: DistRam<4, 32>,
}

impl Reduce {
    /// Of four lanes; those that are not there give 0.
    pub fn new() -> Self {
        Self {
            exact_a: (0..4).map(|_| Default::default()).collect(),
            exact_b: (0..4).map(|_| Default::default()).collect(),
            ..Default::default()
        }
    }
}

impl Logic for Reduce {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, low, high, write_q, thread_q);
        clock!(self, clock, ram);
        self.write_q.d.next = self.write.val();
        self.thread_q.d.next = self.thread.val();
        // Two lanes each: the choice of the second one lies in the carry chain
        self.add_low.a.next = self.exact_a[0].val();
        self.add_high.a.next = self.exact_a[2].val();
        if self.second.val() {
            self.add_low.a.next = self.exact_b[0].val();
            self.add_high.a.next = self.exact_b[2].val();
        }
        self.add_low.b.next = self.second.val();
        self.add_low.c.next = self.exact_b[1].val();
        self.add_low.d.next = self.exact_a[1].val();
        self.add_high.b.next = self.second.val();
        self.add_high.c.next = self.exact_b[3].val();
        self.add_high.d.next = self.exact_a[3].val();
        self.low.d.next = self.add_low.sum.val();
        self.high.d.next = self.add_high.sum.val();
        self.add.a.next = self.low.q.val();
        self.add.b.next = self.high.q.val();
        self.ram.write.next = self.write_q.q.val();
        self.ram.write_addr.next = self.thread_q.q.val();
        self.ram.write_data.next = self.add.sum.val();
        self.ram.read_addr.next = self.read_thread.val();
        self.sum.next = self.ram.q.val();
    }
}
