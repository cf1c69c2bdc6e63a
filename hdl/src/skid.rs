//! The two-entry queue at the mouth of each SRAM stream, so that `in_ready` is a register and a lone stream still moves
//! a request a cycle. Latency one cycle.
//!
//! `Skid` holds what the arbitration looks at, in registers; `Popped` holds the rest of the requests, which nobody needs
//! before they are granted, in LUT RAM.

use crate::cells::DistRam;
use rust_hdl::prelude::*;

/// Queue of two requests whose `in_ready` is a register.
///
/// `old` is true where the head was in the queue a cycle before; the consumer sets `pop` only with `head_valid`.
#[derive(LogicBlock, Default)]
pub struct Skid<const D: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    /// A request comes in.
    pub put: Signal<Out, Bit>,
    pub in_data: Signal<In, Bits<D>>,
    pub head_valid: Signal<Out, Bit>,
    pub head: Signal<Out, Bits<D>>,
    pub old: Signal<Out, Bit>,
    pub second_valid: Signal<Out, Bit>,
    pub second: Signal<Out, Bits<D>>,
    pub pop: Signal<In, Bit>,
    valid0: DFF<Bit>,
    valid1: DFF<Bit>,
    data0: DFF<Bits<D>>,
    data1: DFF<Bits<D>>,
    waited: DFF<Bit>,
    free: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
}

impl<const D: usize> Logic for Skid<D> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, valid0, valid1, data0, data1, waited);
        self.in_ready.next = !self.valid1.q.val();
        self.head_valid.next = self.valid0.q.val();
        self.head.next = self.data0.q.val();
        self.old.next = self.waited.q.val();
        self.second_valid.next = self.valid1.q.val();
        self.second.next = self.data1.q.val();
        self.take.next = self.in_valid.val() & !self.valid1.q.val();
        self.put.next = self.take.val();
        self.free.next = self.pop.val() | !self.valid0.q.val();
        self.waited.d.next = self.valid1.q.val() | !self.free.val();
        if !self.valid1.q.val() {
            self.data1.d.next = self.in_data.val();
        }
        if self.free.val() {
            self.valid0.d.next = self.valid1.q.val() | self.take.val();
            self.valid1.d.next = false;
            if self.valid1.q.val() {
                self.data0.d.next = self.data1.q.val();
            } else {
                self.data0.d.next = self.in_data.val();
            }
        } else {
            self.valid1.d.next = self.valid1.q.val() | self.take.val();
        }
        if self.reset.val() {
            self.valid0.d.next = false;
            self.valid1.d.next = false;
        }
    }
}

/// The requests of a [`Skid`] in LUT RAM: `q` is the one that was popped in the last cycle, and not defined after a
/// cycle without `pop`.
#[derive(LogicBlock, Default)]
pub struct Popped<const D: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// As [`Skid::put`] and [`Skid::pop`].
    pub put: Signal<In, Bit>,
    pub pop: Signal<In, Bit>,
    pub data: Signal<In, Bits<D>>,
    pub q: Signal<Out, Bits<D>>,
    ram: DistRam<1, D>,
    put_slot: DFF<Bit>,
    /// Slot that was popped before the one that goes next.
    popped_slot: DFF<Bit>,
}

impl<const D: usize> Logic for Popped<D> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, put_slot, popped_slot);
        clock!(self, clock, ram);
        self.ram.write.next = self.put.val();
        self.ram.write_addr.next = bit_cast::<1, 1>(self.put_slot.q.val().into());
        self.ram.write_data.next = self.data.val();
        // A word that comes into the slot now is there after this cycle only.
        self.ram.read_addr.next = bit_cast::<1, 1>(self.popped_slot.q.val().into());
        self.q.next = self.ram.q.val();
        if self.put.val() {
            self.put_slot.d.next = !self.put_slot.q.val();
        }
        if self.pop.val() {
            self.popped_slot.d.next = !self.popped_slot.q.val();
        }
        if self.reset.val() {
            self.put_slot.d.next = false;
            self.popped_slot.d.next = true;
        }
    }
}
