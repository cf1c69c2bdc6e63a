//! `Fetch`: the core's instruction buffer, two SRAM words deep.
//!
//! Asks for the next word as soon as one of its two places is free or promised to nobody, so straight code of 64-bit
//! words (two instructions each, two cycles an instruction) never waits for an SRAM that answers within eight cycles.
//! A redirect empties the buffer and drops the answers still under way. A guess asks for a jump's target in the cycle
//! in which the jump is decided. The first instruction of the new place is there in the cycle of its answer. The
//! block does not look at addresses: the core notices a program counter outside the SRAM.

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
    /// A redirect to `guess` may come in this cycle: ask for it now. Without one the answer is dropped.
    pub guess_valid: Signal<In, Bit>,
    pub guess: Signal<In, Bits<18>>,
    /// The instruction at the head, when `available`.
    pub insn: Signal<Out, Bits<32>>,
    pub available: Signal<Out, Bit>,
    /// Takes the instruction at the head.
    pub pop: Signal<In, Bit>,
    pub request_valid: Signal<Out, Bit>,
    pub request_addr: Signal<Out, Bits<18>>,
    /// The request is a guess; its answer comes with `guess_response`.
    pub request_guess: Signal<Out, Bit>,
    pub request_ready: Signal<In, Bit>,
    pub response_valid: Signal<In, Bit>,
    pub guess_response: Signal<In, Bit>,
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
    /// A guess was right and its answer is under way.
    right: DFF<Bit>,
    /// A guess was wrong and its answer is under way; there is no other guess until it has come.
    wrong: DFF<Bit>,
    /// Answers under way that will be kept, the guess aside.
    live: DFF<Bits<2>>,
    /// Answers under way that will be dropped, all older than those that are kept: at most 3 + 3.
    stale: DFF<Bits<3>>,
    /// Last word asked for, in units of four bytes; the one to ask for while `fresh`.
    last_word: DFF<Bits<16>>,
    fresh: DFF<Bit>,
    accepted: Signal<Local, Bit>,
    guessed: Signal<Local, Bit>,
    ordered: Signal<Local, Bit>,
    late: Signal<Local, Bit>,
    early: Signal<Local, Bit>,
    word: Signal<Local, Bits<16>>,
    keep: Signal<Local, Bit>,
    used: Signal<Local, Bit>,
    tail: Signal<Local, Bit>,
    step: Signal<Local, Bits<16>>,
    stride: Signal<Local, Bits<16>>,
    following: Signal<Local, Bits<16>>,
}

impl Logic for Fetch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, low0, high0, low1, high1, head, half, count, live, stale, last_word,
            right, wrong, fresh
        );
        self.step.next = 1.into();
        if self.wide.val() {
            self.step.next = 2.into();
        }
        if self.fresh.q.val() {
            self.step.next = 0.into();
        }
        self.word.next = self.last_word.q.val() + self.step.val();
        // The same again, for what the answer changes: it must not share logic with what is asked.
        self.stride.next = 1.into();
        if self.wide.val() {
            self.stride.next = 2.into();
        }
        if self.fresh.q.val() {
            self.stride.next = 0.into();
        }
        self.following.next = self.last_word.q.val() + self.stride.val();
        self.request_guess.next = self.guess_valid.val() & !self.wrong.q.val();
        if self.guess_valid.val() & !self.wrong.q.val() {
            self.word.next = self.guess.val().get_bits::<16>(2);
            if self.wide.val() {
                self.word.next = self.guess.val().get_bits::<16>(2) & 0xfffe;
            }
        }
        self.request_addr.next = bit_cast::<18, 16>(self.word.val()) << 2;
        // Fewer than two words there or on their way; twice, for the same reason.
        self.request_valid.next = self.enable.val()
            & !self.stale.q.val().get_bit(2)
            & ((self.guess_valid.val() & !self.wrong.q.val())
                | ((self.count.q.val() == 0)
                    & (self.live.q.val() != 2)
                    & (!self.right.q.val() | (self.live.q.val() == 0)))
                | ((self.count.q.val() == 1) & (self.live.q.val() == 0) & !self.right.q.val()));
        self.accepted.next = self.enable.val()
            & !self.stale.q.val().get_bit(2)
            & ((self.guess_valid.val() & !self.wrong.q.val())
                | ((self.count.q.val() == 0)
                    & (self.live.q.val() != 2)
                    & (!self.right.q.val() | (self.live.q.val() == 0)))
                | ((self.count.q.val() == 1) & (self.live.q.val() == 0) & !self.right.q.val()))
            & self.request_ready.val();
        self.guessed.next = self.accepted.val() & self.guess_valid.val() & !self.wrong.q.val();
        self.ordered.next = self.accepted.val() & (!self.guess_valid.val() | self.wrong.q.val());
        self.late.next = self.response_valid.val() & (self.stale.q.val() != 0);
        self.early.next = self.response_valid.val() & (self.stale.q.val() == 0);
        self.keep.next = self.early.val() | (self.guess_response.val() & !self.wrong.q.val());
        self.used.next = self.pop.val() & (self.half.q.val() | !self.wide.val());
        self.tail.next = self.head.q.val() ^ self.count.q.val().get_bit(0);

        // An answer that an empty buffer waits for is there at once.
        self.available.next = (self.count.q.val() != 0)
            | (self.response_valid.val() & (self.stale.q.val() == 0))
            | (self.guess_response.val() & !self.wrong.q.val());
        if self.count.q.val() == 0 {
            self.insn.next = self.response_data.val().get_bits::<32>(0);
            if self.half.q.val() & self.wide.val() {
                self.insn.next = self.response_data.val().get_bits::<32>(32);
            }
        } else if self.head.q.val() {
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
        if self.redirect.val() {
            self.stale.d.next = self.stale.q.val()
                + bit_cast::<3, 2>(self.live.q.val())
                + bit_cast::<3, 1>(self.ordered.val().into())
                - bit_cast::<3, 1>(self.response_valid.val().into());
            self.live.d.next = 0.into();
            self.right.d.next = self.guessed.val();
            self.wrong.d.next =
                (self.wrong.q.val() | self.right.q.val()) & !self.guess_response.val();
            self.count.d.next = 0.into();
            self.head.d.next = false;
            self.half.d.next = self.target.val().get_bit(2);
            self.last_word.d.next = self.target.val().get_bits::<16>(2);
            if self.wide.val() {
                self.last_word.d.next = self.target.val().get_bits::<16>(2) & 0xfffe;
            }
            self.fresh.d.next = !self.guessed.val();
        } else {
            self.live.d.next = self.live.q.val() + bit_cast::<2, 1>(self.ordered.val().into())
                - bit_cast::<2, 1>(self.early.val().into());
            self.right.d.next = self.right.q.val() & !self.guess_response.val();
            self.wrong.d.next =
                (self.wrong.q.val() & !self.guess_response.val()) | self.guessed.val();
            self.count.d.next = self.count.q.val() + bit_cast::<2, 1>(self.keep.val().into())
                - bit_cast::<2, 1>(self.used.val().into());
            self.stale.d.next = self.stale.q.val() - bit_cast::<3, 1>(self.late.val().into());
            if self.pop.val() {
                self.half.d.next = !self.half.q.val();
            }
            if self.used.val() {
                self.head.d.next = !self.head.q.val();
            }
            if self.ordered.val() {
                self.last_word.d.next = self.following.val();
                self.fresh.d.next = false;
            }
        }
        if self.reset.val() {
            self.stale.d.next = 0.into();
            self.live.d.next = 0.into();
            self.right.d.next = false;
            self.wrong.d.next = false;
            self.count.d.next = 0.into();
            self.head.d.next = false;
            self.half.d.next = false;
            self.last_word.d.next = 0.into();
            self.fresh.d.next = true;
        }
    }
}
