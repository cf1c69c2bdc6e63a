//! `Timer`: counts cycles into tick events and numbers the events that have been read.
//!
//! An event every `period` cycles (0: none); a write of the period restarts the count of cycles, not the numbers.
//! `available` is 1 when an event waits that no read has returned, or when none will come.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Timer {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Sets the period to `value` cycles.
    pub write: Signal<In, Bit>,
    pub value: Signal<In, Bits<32>>,
    pub period: Signal<Out, Bits<32>>,
    pub available: Signal<Out, Bit>,
    /// Events wait or will come: 0 where none is there and none will come.
    pub ticks: Signal<Out, Bit>,
    /// Number of the next event to return, from 1.
    pub number: Signal<Out, Bits<32>>,
    /// The event was returned; ignored where none is due.
    pub take: Signal<In, Bit>,
    period_q: DFF<Bits<32>>,
    /// Counts from 1 to the period.
    cycle: DFF<Bits<32>>,
    /// Events that no read has returned.
    pending: DFF<Bits<32>>,
    next_event: DFF<Bits<32>>,
    /// An event waits (registered; the newest event shows a cycle late).
    waiting: DFF<Bit>,
    running: DFF<Bit>,
    expired: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    change: Signal<Local, Bits<32>>,
}

impl Logic for Timer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, period_q, cycle, pending, next_event, waiting, running
        );
        self.expired.next = self.running.q.val() & (self.cycle.q.val() == self.period_q.q.val());
        self.taken.next = self.waiting.q.val() & self.take.val();
        self.cycle.d.next = self.cycle.q.val() + 1;
        if self.expired.val() {
            self.cycle.d.next = 1.into();
        }
        self.change.next = 1.into();
        if self.taken.val() {
            self.change.next = 0xffff_ffff_u64.into();
        }
        if self.expired.val() ^ self.taken.val() {
            self.pending.d.next = self.pending.q.val() + self.change.val();
        }
        self.waiting.d.next = self.pending.q.val() != 0;
        if self.taken.val() {
            self.next_event.d.next = self.next_event.q.val() + 1;
            self.waiting.d.next = false;
        }
        self.period.next = self.period_q.q.val();
        self.number.next = self.next_event.q.val();
        self.ticks.next = self.waiting.q.val() | self.running.q.val();
        self.available.next = self.waiting.q.val() | !self.running.q.val();
        if self.write.val() {
            self.period_q.d.next = self.value.val();
            self.running.d.next = self.value.val() != 0;
            self.cycle.d.next = 1.into();
        }
        if self.reset.val() {
            self.period_q.d.next = 0.into();
            self.running.d.next = false;
            self.cycle.d.next = 1.into();
            self.pending.d.next = 0.into();
            self.next_event.d.next = 1.into();
            self.waiting.d.next = false;
        }
    }
}
