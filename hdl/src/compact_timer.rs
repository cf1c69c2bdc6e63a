//! `CompactTimer`: counts cycles into tick events, and the events that no read has returned; their numbers are the core's affair.
//!
//! An event every `period` cycles (0: none); a write of the period restarts the count of cycles and keeps the events.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct CompactTimer {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Sets the period to `value` cycles.
    pub write: Signal<In, Bit>,
    pub value: Signal<In, Bits<32>>,
    /// An event waits (the newest shows a cycle late), or none will come.
    pub available: Signal<Out, Bit>,
    pub due: Signal<Out, Bit>,
    /// The event was returned; only while one is due.
    pub take: Signal<In, Bit>,
    period: DFF<Bits<32>>,
    /// Counts from 1 to the period.
    cycle: DFF<Bits<32>>,
    pending: DFF<Bits<32>>,
    waiting: DFF<Bit>,
    running: DFF<Bit>,
    expired: Signal<Local, Bit>,
    change: Signal<Local, Bits<32>>,
}

impl Logic for CompactTimer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, period, cycle, pending, waiting, running);
        self.expired.next = self.running.q.val() & (self.cycle.q.val() == self.period.q.val());
        self.cycle.d.next = self.cycle.q.val() + 1;
        if self.expired.val() | self.write.val() | self.reset.val() {
            self.cycle.d.next = 1.into();
        }
        self.change.next = 1.into();
        if self.take.val() {
            self.change.next = 0xffff_ffff_u64.into();
        }
        if self.expired.val() ^ self.take.val() {
            self.pending.d.next = self.pending.q.val() + self.change.val();
        }
        self.waiting.d.next = (self.pending.q.val() != 0) & !self.take.val();
        self.due.next = self.waiting.q.val();
        self.available.next = self.waiting.q.val() | !self.running.q.val();
        if self.write.val() {
            self.period.d.next = self.value.val();
            self.running.d.next = self.value.val() != 0;
        }
        if self.reset.val() {
            self.running.d.next = false;
            self.pending.d.next = 0.into();
            self.waiting.d.next = false;
        }
    }
}
