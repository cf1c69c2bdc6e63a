//! `Fetch`: the core's instruction buffer, two SRAM words deep.
//!
//! Asks for the next word as soon as one of its two places is free or promised to nobody, so straight code of 64-bit
//! words (two instructions each, two cycles an instruction) never waits for an SRAM that answers within eight cycles.
//! A redirect empties the buffer and drops the answers still under way; the first instruction of the new place is
//! there two cycles after its answer's request was taken plus the SRAM's latency. It does not look at addresses: the
//! core notices a program counter outside the SRAM.

use rust_hdl::prelude::*;

/// See the module's comment. Addresses are byte addresses in the SRAM.
#[derive(LogicBlock, Default)]
pub struct Fetch {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Whether new words may be asked for.
    pub enable: Signal<In, Bit>,
    /// True for SRAM words of two instructions.
    pub wide: Signal<In, Bit>,
    /// Go on at `target`; `pop` of the same cycle is ignored.
    pub redirect: Signal<In, Bit>,
    pub target: Signal<In, Bits<18>>,
    /// The instruction at the head, when `available`.
    pub insn: Signal<Out, Bits<32>>,
    pub available: Signal<Out, Bit>,
    /// Takes the instruction at the head.
    pub pop: Signal<In, Bit>,
    pub request_valid: Signal<Out, Bit>,
    pub request_addr: Signal<Out, Bits<18>>,
    pub request_ready: Signal<In, Bit>,
    pub response_valid: Signal<In, Bit>,
    /// A word of two instructions, or one in the low half.
    pub response_data: Signal<In, Bits<64>>,
    low0: DFF<Bits<32>>,
    high0: DFF<Bits<32>>,
    low1: DFF<Bits<32>>,
    high1: DFF<Bits<32>>,
    /// Which place holds the head.
    head: DFF<Bit>,
    /// Which half of the head is next.
    half: DFF<Bit>,
    /// Words in the buffer.
    count: DFF<Bits<2>>,
    /// Answers under way that will be kept.
    live: DFF<Bits<2>>,
    /// Answers under way that will be dropped: at most 3 + 2.
    stale: DFF<Bits<3>>,
    /// Next word to ask for, in units of four bytes.
    next_word: DFF<Bits<16>>,
    accepted: Signal<Local, Bit>,
    keep: Signal<Local, Bit>,
    used: Signal<Local, Bit>,
    tail: Signal<Local, Bit>,
    step: Signal<Local, Bits<16>>,
}

impl Logic for Fetch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, low0, high0, low1, high1, head, half, count, live, stale, next_word
        );
        // Fewer than two words there or on their way. Written out twice: what is asked must not share logic with
        // what the answer changes.
        self.request_valid.next = self.enable.val()
            & !self.stale.q.val().get_bit(2)
            & (((self.count.q.val() == 0) & (self.live.q.val() != 2))
                | ((self.count.q.val() == 1) & (self.live.q.val() == 0)));
        self.request_addr.next = bit_cast::<18, 16>(self.next_word.q.val()) << 2;
        self.accepted.next = self.enable.val()
            & !self.stale.q.val().get_bit(2)
            & (((self.count.q.val() == 0) & (self.live.q.val() != 2))
                | ((self.count.q.val() == 1) & (self.live.q.val() == 0)))
            & self.request_ready.val();
        self.keep.next = self.response_valid.val() & (self.stale.q.val() == 0);
        self.used.next = self.pop.val() & (self.half.q.val() | !self.wide.val());
        self.tail.next = self.head.q.val() ^ self.count.q.val().get_bit(0);

        self.available.next = self.count.q.val() != 0;
        if self.head.q.val() {
            if self.half.q.val() & self.wide.val() {
                self.insn.next = self.high1.q.val();
            } else {
                self.insn.next = self.low1.q.val();
            }
        } else if self.half.q.val() & self.wide.val() {
            self.insn.next = self.high0.q.val();
        } else {
            self.insn.next = self.low0.q.val();
        }

        if self.keep.val() {
            if self.tail.val() {
                self.low1.d.next = self.response_data.val().get_bits::<32>(0);
                self.high1.d.next = self.response_data.val().get_bits::<32>(32);
            } else {
                self.low0.d.next = self.response_data.val().get_bits::<32>(0);
                self.high0.d.next = self.response_data.val().get_bits::<32>(32);
            }
        }
        self.step.next = 1.into();
        if self.wide.val() {
            self.step.next = 2.into();
        }

        if self.redirect.val() {
            self.stale.d.next = self.stale.q.val()
                + bit_cast::<3, 2>(self.live.q.val())
                + bit_cast::<3, 1>(self.accepted.val().into())
                - bit_cast::<3, 1>(self.response_valid.val().into());
            self.live.d.next = 0.into();
            self.count.d.next = 0.into();
            self.head.d.next = false;
            self.half.d.next = self.target.val().get_bit(2);
            self.next_word.d.next = self.target.val().get_bits::<16>(2);
            if self.wide.val() {
                self.next_word.d.next = self.target.val().get_bits::<16>(2) & 0xfffe;
            }
        } else {
            self.live.d.next = self.live.q.val()
                + bit_cast::<2, 1>(self.accepted.val().into())
                - bit_cast::<2, 1>(self.keep.val().into());
            self.count.d.next = self.count.q.val()
                + bit_cast::<2, 1>(self.keep.val().into())
                - bit_cast::<2, 1>(self.used.val().into());
            if self.response_valid.val() & (self.stale.q.val() != 0) {
                self.stale.d.next = self.stale.q.val() - 1;
            }
            if self.pop.val() {
                self.half.d.next = !self.half.q.val();
            }
            if self.used.val() {
                self.head.d.next = !self.head.q.val();
            }
            if self.accepted.val() {
                self.next_word.d.next = self.next_word.q.val() + self.step.val();
            }
        }
        if self.reset.val() {
            self.stale.d.next = 0.into();
            self.live.d.next = 0.into();
            self.count.d.next = 0.into();
            self.head.d.next = false;
            self.half.d.next = false;
            self.next_word.d.next = 0.into();
        }
    }
}
