//! `Timer`: counts cycles into tick events that wait to be taken.
//!
//! An event every `period` cycles (0: none); a write of the period restarts the count of cycles, not that of the events.
//! `available` is 1 when an event waits that no read has returned, or when none will come. It does not number the
//! events: the control block counts those that were `taken`.

use rust_hdl::prelude::*;

use crate::carry::CountDown;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Timer {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Sets the period to `value` cycles.
    pub write: Signal<In, Bit>,
    pub value: Signal<In, Bits<32>>,
    pub available: Signal<Out, Bit>,
    /// Events wait or will come: 0 where none is there and none will come.
    pub ticks: Signal<Out, Bit>,
    /// The event was returned; ignored where none waits.
    pub take: Signal<In, Bit>,
    pub taken: Signal<Out, Bit>,
    period_q: DFF<Bits<32>>,
    /// Counts down to 0, the period's last cycle.
    left: DFF<Bits<32>>,
    /// The period's first cycle, which counts from the period itself.
    first: DFF<Bit>,
    /// A period has ended.
    event: DFF<Bit>,
    /// Events that no read has returned, less one.
    pending: DFF<Bits<33>>,
    running: DFF<Bit>,
    count: CountDown<32>,
    waiting: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    ended: Signal<Local, Bit>,
    change: Signal<Local, Bits<33>>,
}

impl Logic for Timer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, period_q, left, first, event, pending, running);
        self.count.a.next = self.left.q.val();
        self.count.b.next = self.period_q.q.val();
        self.count.reload.next = self.first.q.val();
        self.left.d.next = self.count.left.val();
        self.ended.next = self.running.q.val() & self.count.ended.val();
        self.event.d.next = self.ended.val();
        self.first.d.next = self.ended.val() | self.write.val();
        // Below 0 there is none.
        self.waiting.next = !self.pending.q.val().get_bit(32);
        self.takes.next = self.waiting.val() & self.take.val();
        self.change.next = 1.into();
        if self.takes.val() {
            self.change.next = 0x1_ffff_ffff_u64.into();
        }
        if self.event.q.val() ^ self.takes.val() {
            self.pending.d.next = self.pending.q.val() + self.change.val();
        }
        self.taken.next = self.takes.val();
        self.ticks.next = self.waiting.val() | self.running.q.val();
        self.available.next = self.waiting.val() | !self.running.q.val();
        if self.write.val() {
            self.period_q.d.next = self.value.val();
            self.running.d.next = self.value.val() != 0;
        }
        if self.reset.val() {
            self.running.d.next = false;
            self.event.d.next = false;
            self.pending.d.next = 0x1_ffff_ffff_u64.into();
        }
    }
}
