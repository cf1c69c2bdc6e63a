//! `Timer`: counts cycles into tick events and numbers the events that have been read.
//!
//! An event every `period` cycles (0: none); a write of the period restarts the count of cycles, not the numbers.
//! `available` is 1 when an event waits that no read has returned, or when none will come (then the number is 0).

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
    /// Number of the next event to return, from 1; 0 where none will come.
    pub number: Signal<Out, Bits<32>>,
    /// The event was returned; ignored where `number` is 0.
    pub take: Signal<In, Bit>,
    period_q: DFF<Bits<32>>,
    cycle: DFF<Bits<32>>,
    /// Events so far.
    events: DFF<Bits<32>>,
    /// Number of the next event to return.
    next_event: DFF<Bits<32>>,
    /// An event waits (registered comparison; the newest event shows a cycle late).
    waiting: DFF<Bit>,
    elapsed: Signal<Local, Bits<32>>,
    running: Signal<Local, Bit>,
}

impl Logic for Timer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, period_q, cycle, events, next_event, waiting);
        self.running.next = self.period_q.q.val() != 0;
        self.elapsed.next = self.cycle.q.val() + 1;
        self.cycle.d.next = self.elapsed.val();
        if self.running.val() & (self.elapsed.val() == self.period_q.q.val()) {
            self.cycle.d.next = 0.into();
            self.events.d.next = self.events.q.val() + 1;
        }
        // next_event is one above the events returned: equal to it plus one means nothing waits.
        self.waiting.d.next = self.next_event.q.val() != (self.events.q.val() + 1);
        self.period.next = self.period_q.q.val();
        self.number.next = 0.into();
        self.available.next = self.period_q.q.val() == 0;
        if self.waiting.q.val() {
            self.available.next = true;
            self.number.next = self.next_event.q.val();
        }
        if self.waiting.q.val() & self.take.val() {
            self.next_event.d.next = self.next_event.q.val() + 1;
            self.waiting.d.next = false;
        }
        if self.write.val() {
            self.period_q.d.next = self.value.val();
            self.cycle.d.next = 0.into();
        }
        if self.reset.val() {
            self.period_q.d.next = 0.into();
            self.cycle.d.next = 0.into();
            self.events.d.next = 0.into();
            self.next_event.d.next = 1.into();
            self.waiting.d.next = false;
        }
    }
}
