//! `WordAdder`: one read-modify-write of an SRAM word a cycle, eight on their way.
//!
//! A word that is on its way holds up the next access to it. It is looked for in the cycle before it could go, so that whether
//! there is room is known early. Sums are modulo 2^32. Words at or above the private base are left out and reported.

use crate::cells::{AddS, DistRam};
use rust_hdl::prelude::*;

/// Read-modify-write of words: `word at addr += addend`.
#[derive(LogicBlock, Default)]
pub struct WordAdder<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub wide: Signal<In, Bit>,
    pub private_base: Signal<In, Bits<19>>,
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    pub in_addr: Signal<In, Bits<18>>,
    pub in_addend: Signal<In, Bits<32>>,
    /// Addend of the 64-bit word's high half, where that is added to.
    pub in_high: Signal<In, Bits<32>>,
    /// Both halves are added to.
    pub in_pair: Signal<In, Bit>,
    /// The addends are 0, whatever `in_addend` and `in_high` say.
    pub in_zero: Signal<In, Bit>,
    pub fault_private: Signal<Out, Bit>,
    pub idle: Signal<Out, Bit>,
    pub read_valid: Signal<Out, Bit>,
    pub read_addr: Signal<Out, Bits<18>>,
    pub read_ready: Signal<In, Bit>,
    pub rsp_valid: Signal<In, Bit>,
    pub rsp_data: Signal<In, Bits<W>>,
    pub write_valid: Signal<Out, Bit>,
    pub write_addr: Signal<Out, Bits<18>>,
    pub write_data: Signal<Out, Bits<W>>,
    pub write_be: Signal<Out, Bits<E>>,
    pub write_ready: Signal<In, Bit>,
    // What came in, held against the words on their way.
    valid_a: DFF<Bit>,
    addr_a: DFF<Bits<18>>,
    addend_a: DFF<Bits<32>>,
    high_a: DFF<Bits<32>>,
    pair_a: DFF<Bit>,
    // What goes next.
    valid_q: DFF<Bit>,
    addr_q: DFF<Bits<18>>,
    word_q: DFF<Bits<17>>,
    addend_q: DFF<Bits<32>>,
    high_q: DFF<Bits<32>>,
    pair_q: DFF<Bit>,
    private_q: DFF<Bit>,
    /// Words on their way that are the one that goes next.
    hit_q: Vec<DFF<Bit>>,
    /// Words on their way, the newest first, and which of these count: ones up to their number.
    busy_word: Vec<DFF<Bits<17>>>,
    busy: DFF<Bits<8>>,
    head: DFF<Bits<3>>,
    /// Responses that came, sums that were written; the highest bits tell eight from none.
    middle: DFF<Bits<4>>,
    tail: DFF<Bits<4>>,
    /// Of what came in: with what goes next, then with each of those.
    hit: Vec<Signal<Local, Bit>>,
    pending: DistRam<3, 64>,
    pending_word: Signal<Local, Bits<64>>,
    place: DistRam<3, 19>,
    place_word: Signal<Local, Bits<19>>,
    add: AddS<32, 32, 32>,
    add_high: AddS<32, 32, 32>,
    sums: DistRam<3, 64>,
    summed: Signal<Local, Bit>,
    this_word: Signal<Local, Bits<17>>,
    hazard: Signal<Local, Bit>,
    is_private: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    enters: Signal<Local, Bit>,
    accepted: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    written: Signal<Local, Bit>,
    rsp_pad: Signal<Local, Bits<64>>,
    word_a: Signal<Local, Bits<16>>,
}

impl<const W: usize, const E: usize> WordAdder<W, E> {
    /// At rest.
    pub fn new() -> Self {
        Self {
            busy_word: (0..8).map(|_| Default::default()).collect(),
            hit_q: (0..8).map(|_| Default::default()).collect(),
            hit: (0..9).map(|_| Default::default()).collect(),
            ..Default::default()
        }
    }
}

impl<const W: usize, const E: usize> Logic for WordAdder<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, valid_a, addr_a, addend_a, high_a, pair_a, valid_q, addr_q, word_q,
            addend_q, high_q, pair_q, private_q, busy, head, middle, tail
        );
        clock!(self, clock, pending, place, sums);
        // Words on their way: 64-bit words, or 32-bit ones in a narrow SRAM
        self.this_word.next = bit_cast::<17, 16>(self.addr_a.q.val().get_bits::<16>(2));
        if self.wide.val() {
            self.this_word.next = bit_cast::<17, 15>(self.addr_a.q.val().get_bits::<15>(3)) << 1;
        }
        self.hit[0].next = self.word_q.q.val() == self.this_word.val();
        self.hazard.next = false;
        for i in 0..8 {
            self.busy_word[i].clock.next = self.clock.val();
            self.busy_word[i].d.next = self.busy_word[i].q.val();
            self.hit[i + 1].next = self.busy_word[i].q.val() == self.this_word.val();
            self.hit_q[i].clock.next = self.clock.val();
            self.hit_q[i].d.next = self.hit_q[i].q.val();
            if self.hit_q[i].q.val() & self.busy.q.val().get_bit(i) {
                self.hazard.next = true;
            }
        }
        self.word_a.next = bit_cast::<16, 15>(self.addr_a.q.val().get_bits::<15>(3));
        self.is_private.next = self.word_a.val() >= self.private_base.val().get_bits::<16>(3);
        // What goes next
        self.asks.next = self.valid_q.q.val()
            & !self.hazard.val()
            & !self.busy.q.val().get_bit(7)
            & !self.private_q.q.val();
        self.read_valid.next = self.asks.val();
        self.read_addr.next = self.addr_q.q.val();
        self.accepted.next = self.asks.val() & self.read_ready.val();
        self.leaves.next = self.accepted.val() | self.private_q.q.val() | !self.valid_q.q.val();
        self.fault_private.next = self.valid_q.q.val() & self.private_q.q.val();
        if self.leaves.val() {
            self.valid_q.d.next = self.valid_a.q.val();
            self.addr_q.d.next = self.addr_a.q.val();
            self.word_q.d.next = self.this_word.val();
            self.addend_q.d.next = self.addend_a.q.val();
            self.high_q.d.next = self.high_a.q.val();
            self.pair_q.d.next = self.pair_a.q.val();
            self.private_q.d.next = self.valid_a.q.val() & self.is_private.val();
            for i in 0..8 {
                self.hit_q[i].d.next = self.hit[i + 1].val();
            }
        }
        if self.accepted.val() {
            for i in 0..8 {
                self.hit_q[i].d.next = self.hit[i].val();
            }
        }
        // What came in
        self.enters.next = self.leaves.val() | !self.valid_a.q.val();
        self.in_ready.next = self.enters.val();
        if self.enters.val() {
            self.valid_a.d.next = self.in_valid.val();
            self.addr_a.d.next = self.in_addr.val();
            self.addend_a.d.next = self.in_addend.val();
            self.high_a.d.next = self.in_high.val();
            self.pair_a.d.next = self.in_pair.val();
        }
        if self.enters.val() & self.in_zero.val() {
            self.addend_a.d.next = 0.into();
            self.high_a.d.next = 0.into();
        }
        // Addends wait for the response, sums for the write, addresses from first to last
        self.pending.write.next = self.accepted.val();
        self.pending.write_addr.next = self.head.q.val();
        self.pending.write_data.next = bit_cast::<64, 32>(self.addend_q.q.val())
            | (bit_cast::<64, 32>(self.high_q.q.val()) << 32);
        self.pending.read_addr.next = self.middle.q.val().get_bits::<3>(0);
        self.pending_word.next = self.pending.q.val();
        self.place.write.next = self.accepted.val();
        self.place.write_addr.next = self.head.q.val();
        self.place.write_data.next = bit_cast::<19, 18>(self.addr_q.q.val())
            | (bit_cast::<19, 1>(self.pair_q.q.val().into()) << 18);
        self.place.read_addr.next = self.tail.q.val().get_bits::<3>(0);
        // Response
        self.rsp_pad.next = bit_cast::<64, W>(self.rsp_data.val());
        self.add.a.next = self.rsp_pad.val().get_bits::<32>(0);
        self.add.b.next = self.pending_word.val().get_bits::<32>(0);
        self.add_high.a.next = self.rsp_pad.val().get_bits::<32>(32);
        self.add_high.b.next = self.pending_word.val().get_bits::<32>(32);
        self.sums.write.next = self.rsp_valid.val();
        self.sums.write_addr.next = self.middle.q.val().get_bits::<3>(0);
        self.sums.write_data.next = bit_cast::<64, 32>(self.add.sum.val())
            | (bit_cast::<64, 32>(self.add_high.sum.val()) << 32);
        self.sums.read_addr.next = self.tail.q.val().get_bits::<3>(0);
        if self.rsp_valid.val() {
            self.middle.d.next = self.middle.q.val() + 1;
        }
        // Write
        self.summed.next = self.middle.q.val() != self.tail.q.val();
        self.place_word.next = self.place.q.val();
        self.write_valid.next = self.summed.val();
        self.write_addr.next = self.place_word.val().get_bits::<18>(0);
        self.write_data.next = bit_cast::<W, 64>(self.sums.q.val());
        self.write_be.next = 15.into();
        if self.wide.val() {
            if self.place_word.val().get_bit(18) {
                self.write_be.next = 0xff.into();
            } else if self.place_word.val().get_bit(2) {
                self.write_be.next = 0xf0.into();
            }
        }
        self.written.next = self.summed.val() & self.write_ready.val();
        if self.written.val() {
            self.tail.d.next = self.tail.q.val() + 1;
        }
        if self.accepted.val() {
            self.head.d.next = self.head.q.val() + 1;
            for i in 0..7 {
                self.busy_word[i + 1].d.next = self.busy_word[i].q.val();
            }
            self.busy_word[0].d.next = self.word_q.q.val();
        }
        if self.accepted.val() & !self.written.val() {
            self.busy.d.next = (self.busy.q.val() << 1) | 1;
        } else if !self.accepted.val() & self.written.val() {
            self.busy.d.next = self.busy.q.val() >> 1;
        }
        self.idle.next =
            !self.valid_a.q.val() & !self.valid_q.q.val() & !self.busy.q.val().get_bit(0);
        if self.reset.val() {
            self.valid_a.d.next = false;
            self.valid_q.d.next = false;
            self.private_q.d.next = false;
            self.busy.d.next = 0.into();
            self.head.d.next = 0.into();
            self.middle.d.next = 0.into();
            self.tail.d.next = 0.into();
        }
    }
}
