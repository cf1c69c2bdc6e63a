//! `reciprocal`: floor(2^30 / x) of a positive `S16.15` number by restoring division.
//!
//! Latency: 32 cycles after `start`, 1 for x <= 0. Takes no argument while `busy`.

use rust_hdl::prelude::*;

/// See the module text.
#[derive(LogicBlock)]
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
    doubled: Signal<Local, Bits<32>>,
    refused: Signal<Local, Bit>,
    largest: Constant<Bits<32>>,
}

impl Default for Reciprocal {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            start: Default::default(),
            argument: Default::default(),
            busy: Default::default(),
            result: Default::default(),
            running: Default::default(),
            divisor: Default::default(),
            remainder: Default::default(),
            quotient: Default::default(),
            step: Default::default(),
            shifted: Default::default(),
            difference: Default::default(),
            fits: Default::default(),
            doubled: Default::default(),
            refused: Default::default(),
            largest: Constant::new(0x7fff_ffffu64.to_bits()),
        }
    }
}

impl Logic for Reciprocal {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, running, divisor, remainder, quotient, step);
        self.busy.next = self.running.q.val();
        self.result.next = self.quotient.q.val();
        self.refused.next = self.argument.val().get_bit(31) | (self.argument.val() == 0);
        // The dividend is 2^30: one set bit, which the first step brings down.
        self.shifted.next = self.remainder.q.val() << 1;
        if self.step.q.val() == 0 {
            self.shifted.next = 1.into();
        }
        self.difference.next =
            bit_cast::<33, 32>(self.shifted.val()) - bit_cast::<33, 32>(self.divisor.q.val());
        self.fits.next = !self.difference.val().get_bit(32);
        self.doubled.next = self.quotient.q.val() << 1;
        if self.running.q.val() {
            self.step.d.next = self.step.q.val() + 1;
            self.quotient.d.next = self.doubled.val();
            self.remainder.d.next = self.shifted.val();
            if self.fits.val() {
                self.quotient.d.next = self.doubled.val() | 1;
                self.remainder.d.next = self.difference.val().get_bits::<32>(0);
            }
            if self.step.q.val() == 30 {
                self.running.d.next = false;
            }
        } else if self.start.val() {
            self.divisor.d.next = self.argument.val();
            self.remainder.d.next = 0.into();
            self.step.d.next = 0.into();
            if self.refused.val() {
                self.quotient.d.next = self.largest.val();
            } else {
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
