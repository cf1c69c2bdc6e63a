//! `EventCounts`: what one PE adds to `PeCounters`: the low seven bits of its counters, and what waits for the word above them.
//!
//! A carry waits until its word is at the memory's output, which happens every 64 cycles or more often: before the same
//! count carries again. Instructions and busy cycles stay at their end; cycles wrap into their high word.

use rust_hdl::prelude::*;

/// See the module's comment. Counters are numbered as `PeCounters`'.
#[derive(LogicBlock, Default)]
pub struct EventCounts {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// All are 0 again, when their words have come by.
    pub clear: Signal<In, Bit>,
    pub retired: Signal<In, Bit>,
    pub busy: Signal<In, Bit>,
    /// The high word of the cycles stands still.
    pub hold: Signal<In, Bit>,
    /// The ring that tells whose word is at the memory's output: counter 0 of this PE in the next cycle, and, out, counter 3.
    pub ring_in: Signal<In, Bit>,
    pub ring_out: Signal<Out, Bit>,
    /// The word at the memory's output cannot become larger.
    pub last_word: Signal<In, Bit>,
    /// That word is one of this PE's and gets a carry, or a 0.
    pub write: Signal<Out, Bit>,
    pub zero: Signal<Out, Bit>,
    /// It is one of this PE's, and not right yet.
    pub wrong: Signal<Out, Bit>,
    /// Its low bits, together with those of the PEs before.
    pub low_before: Signal<In, Bits<7>>,
    pub low: Signal<Out, Bits<7>>,
    at: DFF<Bits<4>>,
    low0: DFF<Bits<7>>,
    low2: DFF<Bits<7>>,
    low3: DFF<Bits<7>>,
    /// Carries to be added, words to be cleared.
    pending: DFF<Bits<4>>,
    clearing: DFF<Bits<4>>,
    full2: DFF<Bit>,
    full3: DFF<Bit>,
    waits: Signal<Local, Bits<4>>,
    added: Signal<Local, Bits<4>>,
    unready: Signal<Local, Bits<4>>,
    full: Signal<Local, Bits<4>>,
    carries: Signal<Local, Bits<4>>,
    low_cycles: Signal<Local, Bits<7>>,
    low_retired: Signal<Local, Bits<7>>,
    low_busy: Signal<Local, Bits<7>>,
}

impl Logic for EventCounts {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, at, low0, low2, low3, pending, clearing, full2, full3
        );
        self.ring_out.next = self.at.q.val().get_bit(3);
        self.at.d.next = bit_cast::<4, 1>(self.ring_in.val().into());
        if !self.reset.val() {
            self.at.d.next = bit_cast::<4, 1>(self.ring_in.val().into()) | (self.at.q.val() << 1);
        }

        self.waits.next = self.pending.q.val();
        if self.hold.val() {
            self.waits.next = self.pending.q.val() & 0xd;
        }
        self.added.next = self.waits.val() & self.at.q.val();
        // Instructions and busy cycles at their end.
        self.full.next = 0.into();
        if self.last_word.val() {
            self.full.next = self.added.val() & 0xc;
        }
        self.zero.next = (self.clearing.q.val() & self.at.q.val()).any();
        self.write.next = (self.added.val() & !self.full.val()).any();
        // The low word of the cycles also waits for what the high one lacks.
        self.unready.next = self.waits.val()
            | self.clearing.q.val()
            | bit_cast::<4, 1>(self.waits.val().get_bits::<1>(1));
        self.wrong.next = (self.unready.val() & self.at.q.val()).any();

        self.low0.d.next = self.low0.q.val() + 1;
        if self.retired.val() {
            self.low2.d.next = self.low2.q.val() + 1;
        }
        if self.busy.val() {
            self.low3.d.next = self.low3.q.val() + 1;
        }
        if self.full.val().get_bit(2) {
            self.full2.d.next = true;
        }
        if self.full.val().get_bit(3) {
            self.full3.d.next = true;
        }
        self.carries.next = bit_cast::<4, 1>(self.low0.q.val().all().into())
            | (bit_cast::<4, 1>((self.added.val().get_bit(0) & self.last_word.val()).into()) << 1)
            | (bit_cast::<4, 1>(
                (self.retired.val() & self.low2.q.val().all() & !self.full2.q.val()).into(),
            ) << 2)
            | (bit_cast::<4, 1>(
                (self.busy.val() & self.low3.q.val().all() & !self.full3.q.val()).into(),
            ) << 3);
        self.pending.d.next = (self.pending.q.val() & !self.added.val()) | self.carries.val();
        self.clearing.d.next = self.clearing.q.val() & !self.at.q.val();
        if self.full2.q.val() {
            self.low2.d.next = 127.into();
        }
        if self.full3.q.val() {
            self.low3.d.next = 127.into();
        }

        self.low_cycles.next = 0.into();
        self.low_retired.next = 0.into();
        self.low_busy.next = 0.into();
        if self.at.q.val().get_bit(0) {
            self.low_cycles.next = self.low0.q.val();
        }
        if self.at.q.val().get_bit(2) {
            self.low_retired.next = self.low2.q.val();
        }
        if self.at.q.val().get_bit(3) {
            self.low_busy.next = self.low3.q.val();
        }
        self.low.next = (self.low_cycles.val() | self.low_retired.val())
            | (self.low_busy.val() | self.low_before.val());

        if self.clear.val() {
            self.low0.d.next = 0.into();
            self.low2.d.next = 0.into();
            self.low3.d.next = 0.into();
            self.pending.d.next = 0.into();
            self.clearing.d.next = 15.into();
            self.full2.d.next = false;
            self.full3.d.next = false;
        }
    }
}
