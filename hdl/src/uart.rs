//! `UartRx` and `UartTx`: 8 data bits, no parity, one stop bit, at any rate up to an eighth of the clock.
//!
//! A phase of 20 bits advances by `increment` a cycle and wraps once a bit ([`increment`]), so that the rate is off by
//! less than 2^-20 of the clock: 0.004 % for 3 Mbaud from 25 MHz. The receiver starts its phase at each start bit and is
//! ready for the next one from the middle of the stop bit: it follows a sender that is 2 % off. A byte comes out in the
//! middle of its stop bit. Neither holds more than one byte.

use rust_hdl::prelude::*;

/// Phase added in a cycle: 2^20 * baud / clock, to the nearest.
pub fn increment(clock_hz: u32, baud: u32) -> u32 {
    let scaled = (u64::from(baud) << 20) + u64::from(clock_hz) / 2;
    (scaled / u64::from(clock_hz)) as u32
}

/// From the line to bytes.
#[derive(LogicBlock, Default)]
pub struct UartRx {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// The line, not synchronous to the clock.
    pub rx: Signal<In, Bit>,
    pub increment: Signal<In, Bits<20>>,
    /// One cycle: `out_data` is a byte.
    pub out_valid: Signal<Out, Bit>,
    pub out_data: Signal<Out, Bits<8>>,
    /// One cycle: a byte without a stop bit, dropped.
    pub framing: Signal<Out, Bit>,
    /// Synchroniser, inverted so that power up means a quiet line.
    low0: DFF<Bit>,
    low1: DFF<Bit>,
    low2: DFF<Bit>,
    low3: DFF<Bit>,
    /// Two of the last three samples were low.
    low: Signal<Local, Bit>,
    active: DFF<Bit>,
    /// A byte without a stop bit is followed by nothing until the line is high.
    stuck: DFF<Bit>,
    phase: DFF<Bits<20>>,
    sum: Signal<Local, Bits<21>>,
    /// Bits sampled, the start bit first.
    count: DFF<Bits<4>>,
    shift: DFF<Bits<8>>,
    valid_q: DFF<Bit>,
    framing_q: DFF<Bit>,
}

impl Logic for UartRx {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, low0, low1, low2, low3, active, stuck, phase, count, shift, valid_q,
            framing_q
        );
        self.low0.d.next = !self.rx.val();
        self.low1.d.next = self.low0.q.val();
        self.low2.d.next = self.low1.q.val();
        self.low3.d.next = self.low2.q.val();
        self.low.next = (self.low1.q.val() & self.low2.q.val())
            | (self.low1.q.val() & self.low3.q.val())
            | (self.low2.q.val() & self.low3.q.val());
        self.valid_q.d.next = false;
        self.framing_q.d.next = false;
        self.sum.next =
            bit_cast::<21, 20>(self.phase.q.val()) + bit_cast::<21, 20>(self.increment.val());
        self.phase.d.next = self.sum.val().get_bits::<20>(0);
        if !self.active.q.val() {
            // Half a bit from the edge to the middle of the start bit.
            self.phase.d.next = 0x8_0000.into();
            self.count.d.next = 0.into();
            if !self.low.val() {
                self.stuck.d.next = false;
            } else if !self.stuck.q.val() {
                self.active.d.next = true;
            }
        } else if self.sum.val().get_bit(20) {
            self.count.d.next = self.count.q.val() + 1;
            self.shift.d.next = self.shift.q.val() >> 1;
            if !self.low.val() {
                self.shift.d.next = (self.shift.q.val() >> 1) | 0x80;
            }
            if self.count.q.val() == 0 {
                // A start bit that is high in its middle was none.
                self.active.d.next = self.low.val();
            } else if self.count.q.val() == 9 {
                self.shift.d.next = self.shift.q.val();
                self.active.d.next = false;
                self.stuck.d.next = self.low.val();
                self.valid_q.d.next = !self.low.val();
                self.framing_q.d.next = self.low.val();
            }
        }
        self.out_valid.next = self.valid_q.q.val();
        self.out_data.next = self.shift.q.val();
        self.framing.next = self.framing_q.q.val();
        if self.reset.val() {
            self.active.d.next = false;
            self.stuck.d.next = false;
            self.valid_q.d.next = false;
            self.framing_q.d.next = false;
        }
    }
}

/// From bytes to the line.
#[derive(LogicBlock, Default)]
pub struct UartTx {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub increment: Signal<In, Bits<20>>,
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    pub in_data: Signal<In, Bits<8>>,
    pub tx: Signal<Out, Bit>,
    /// Bits left to send, with the present one.
    left: DFF<Bits<4>>,
    /// Start bit and data, inverted so that power up means a quiet line.
    shift: DFF<Bits<9>>,
    phase: DFF<Bits<20>>,
    /// A bit ends with this cycle.
    ends: DFF<Bit>,
    sum: Signal<Local, Bits<21>>,
    free: Signal<Local, Bit>,
}

impl Logic for UartTx {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, left, shift, phase, ends);
        self.sum.next =
            bit_cast::<21, 20>(self.phase.q.val()) + bit_cast::<21, 20>(self.increment.val());
        self.phase.d.next = self.sum.val().get_bits::<20>(0);
        self.ends.d.next = self.sum.val().get_bit(20);
        self.free.next = self.left.q.val() == 0;
        if self.left.q.val() == 0 {
            // A cycle ahead, as the end of each bit is found.
            self.phase.d.next = self.increment.val();
            self.ends.d.next = false;
        } else if self.ends.q.val() {
            self.left.d.next = self.left.q.val() - 1;
            self.shift.d.next = self.shift.q.val() >> 1;
            // The next byte follows its predecessor's stop bit with the phase that this left.
            self.free.next = self.left.q.val() == 1;
        }
        self.in_ready.next = self.free.val();
        if self.free.val() & self.in_valid.val() {
            self.left.d.next = 10.into();
            self.shift.d.next = (bit_cast::<9, 8>(self.in_data.val()) << 1) ^ 0x1ff;
        }
        self.tx.next = !self.shift.q.val().get_bit(0);
        if self.reset.val() {
            self.left.d.next = 0.into();
            self.shift.d.next = 0.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::increment;

    #[test]
    fn the_rate_is_within_a_fifth_of_a_percent() {
        for clock_hz in [25_000_000, 48_000_000, 60_000_000, 80_000_000] {
            for baud in [9_600, 115_200, 1_000_000, 3_000_000] {
                let ideal = (u64::from(baud) << 20) * 1000 / u64::from(clock_hz);
                let off = (u64::from(increment(clock_hz, baud)) * 1000).abs_diff(ideal);
                assert!(off * 500 < ideal, "{baud} baud from {clock_hz} Hz");
            }
        }
    }
}
