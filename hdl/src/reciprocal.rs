//! `reciprocal`: floor(2^30 / x) of a positive `S16.15` number by restoring division.
//!
//! Latency: 32 cycles after `start`. Takes no argument while `busy`. A divisor of 0 always fits, which makes 31 ones,
//! and that is the result wanted of x <= 0: a negative argument counts as 0.

use rust_hdl::prelude::*;

/// See the module text.
#[derive(LogicBlock, Default)]
pub struct Reciprocal {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Takes `argument`; ignored while `busy`.
    pub start: Signal<In, Bit>,
    /// `S16.15`.
    pub argument: Signal<In, Bits<32>>,
    pub busy: Signal<Out, Bit>,
    /// `S16.15`; holds until the next start.
    pub result: Signal<Out, Bits<32>>,
    running: DFF<Bit>,
    divisor: DFF<Bits<32>>,
    /// Below the divisor before every step, so 32 bits hold twice its value and one.
    remainder: DFF<Bits<32>>,
    quotient: DFF<Bits<32>>,
    step: DFF<Bits<6>>,
    shifted: Signal<Local, Bits<32>>,
    difference: Signal<Local, Bits<33>>,
    fits: Signal<Local, Bit>,
}

impl Logic for Reciprocal {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, running, divisor, remainder, quotient, step);
        self.busy.next = self.running.q.val();
        self.result.next = self.quotient.q.val();
        // The dividend is 2^30: one set bit, which the first step brings down.
        self.shifted.next =
            (self.remainder.q.val() << 1) | bit_cast::<32, 1>((self.step.q.val() == 0).into());
        self.difference.next =
            bit_cast::<33, 32>(self.shifted.val()) - bit_cast::<33, 32>(self.divisor.q.val());
        self.fits.next = !self.difference.val().get_bit(32);
        if self.running.q.val() {
            self.step.d.next = self.step.q.val() + 1;
            self.quotient.d.next =
                (self.quotient.q.val() << 1) | bit_cast::<32, 1>(self.fits.val().into());
            self.remainder.d.next = self.shifted.val();
            if self.fits.val() {
                self.remainder.d.next = self.difference.val().get_bits::<32>(0);
            }
            if self.step.q.val() == 30 {
                self.running.d.next = false;
            }
        } else {
            // Whether a start comes does not matter to what only a run reads.
            self.divisor.d.next = self.argument.val();
            if self.argument.val().get_bit(31) {
                self.divisor.d.next = 0.into();
            }
            self.remainder.d.next = 0.into();
            self.step.d.next = 0.into();
            if self.start.val() {
                self.quotient.d.next = 0.into();
                self.running.d.next = true;
            }
        }
        if self.reset.val() {
            self.running.d.next = false;
            self.quotient.d.next = 0.into();
        }
    }
}
