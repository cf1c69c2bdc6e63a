//! `SlotControl`: the operands that all lanes share, and what is delivered, carried along with the pipeline.
//!
//! A slot enters in the issue cycle; its operands' cycle is the next one, its delivery the sixth.

use crate::mux::Choose8;
use rust_hdl::prelude::*;

/// Shared part of one slot unit.
#[derive(LogicBlock, Default)]
pub struct SlotControl {
    pub clock: Signal<In, Clock>,
    /// As `SlotDecode::word`.
    pub word: Signal<In, Bits<49>>,
    /// S0, K0 lowest.
    pub scalars: Signal<In, Bits<64>>,
    pub constants: Signal<In, Bits<64>>,
    /// X is fetched; else it reads 0.
    pub fetched_x: Signal<In, Bit>,
    /// False keeps all delivery away (place 5, one before the delivery).
    pub valid5: Signal<In, Bit>,
    /// Operand cycle: bits 12..0 and 34..23 of the word; B, C, mask of the draw and constant part of the rounding term,
    /// lowest first.
    pub uop: Signal<Out, Bits<25>>,
    pub shared: Signal<Out, Bits<64>>,
    /// Three cycles later: the shift and 2^(15 - shift).
    pub shift4: Signal<Out, Bits<4>>,
    pub power4: Signal<Out, Bits<16>>,
    /// Delivery cycle, bits 48..37 of the word.
    pub deliver: Signal<Out, Bits<12>>,
    /// Some result or plane takes the value.
    pub places: Signal<Out, Bit>,
    uop1: DFF<Bits<25>>,
    b1: DFF<Bits<16>>,
    c1: DFF<Bits<16>>,
    draw_mask1: DFF<Bits<16>>,
    half1: DFF<Bits<16>>,
    s2: DFF<Bits<4>>,
    s3: DFF<Bits<4>>,
    s4: DFF<Bits<4>>,
    power1: DFF<Bits<16>>,
    power2: DFF<Bits<16>>,
    power3: DFF<Bits<16>>,
    p4: DFF<Bits<16>>,
    d1: DFF<Bits<12>>,
    d2: DFF<Bits<12>>,
    d3: DFF<Bits<12>>,
    d4: DFF<Bits<12>>,
    d5: DFF<Bits<12>>,
    d6: DFF<Bits<12>>,
    choose_b: Choose8<16>,
    choose_c: Choose8<16>,
    selects: Signal<Local, Bits<13>>,
    a_nothing: Signal<Local, Bits<8>>,
    b_nothing: Signal<Local, Bits<8>>,
    shift: Signal<Local, Bits<4>>,
    power: Signal<Local, Bits<16>>,
    mask: Signal<Local, Bits<16>>,
    one: Signal<Local, Bits<16>>,
    ones: Signal<Local, Bits<16>>,
    turn1: Signal<Local, Bits<16>>,
    turn2: Signal<Local, Bits<16>>,
    turn4: Signal<Local, Bits<16>>,
    turn8: Signal<Local, Bits<16>>,
    taken: Signal<Local, Bits<7>>,
}

impl Logic for SlotControl {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, uop1, b1, c1, draw_mask1, half1, s2, s3, s4, power1, power2, power3, p4,
            d1, d2, d3, d4, d5, d6
        );
        // X has select 0, nothing 2
        self.selects.next = self.word.val().get_bits::<13>(0);
        self.a_nothing.next = 0.into();
        self.b_nothing.next = 0.into();
        if !self.fetched_x.val() {
            if !self.word.val().get_bit(0) {
                self.a_nothing.next = 2.into();
            }
            if !self.word.val().get_bit(5) {
                self.b_nothing.next = 0x40.into();
            }
        }
        self.uop1.d.next = bit_cast::<25, 13>(self.selects.val())
            | bit_cast::<25, 8>(self.a_nothing.val())
            | bit_cast::<25, 8>(self.b_nothing.val())
            | (bit_cast::<25, 12>(self.word.val().get_bits::<12>(23)) << 13);
        self.choose_b.sel.next = self.word.val().get_bits::<5>(13);
        self.choose_b.a.next = self.scalars.val().get_bits::<16>(0);
        self.choose_b.b.next = self.scalars.val().get_bits::<16>(16);
        self.choose_b.c.next = self.scalars.val().get_bits::<16>(32);
        self.choose_b.d.next = self.scalars.val().get_bits::<16>(48);
        self.choose_b.e.next = self.constants.val().get_bits::<16>(0);
        self.choose_b.f.next = self.constants.val().get_bits::<16>(16);
        self.choose_b.g.next = self.constants.val().get_bits::<16>(32);
        self.choose_b.h.next = self.constants.val().get_bits::<16>(48);
        self.b1.d.next = self.choose_b.q.val();
        self.choose_c.sel.next = self.word.val().get_bits::<5>(18);
        self.choose_c.a.next = self.scalars.val().get_bits::<16>(0);
        self.choose_c.b.next = self.scalars.val().get_bits::<16>(16);
        self.choose_c.c.next = self.scalars.val().get_bits::<16>(32);
        self.choose_c.d.next = self.scalars.val().get_bits::<16>(48);
        self.choose_c.e.next = self.constants.val().get_bits::<16>(0);
        self.choose_c.f.next = self.constants.val().get_bits::<16>(16);
        self.choose_c.g.next = self.constants.val().get_bits::<16>(32);
        self.choose_c.h.next = self.constants.val().get_bits::<16>(48);
        self.c1.d.next = self.choose_c.q.val();
        // Stochastic: mask 2^shift - 1; nearest: 2^(shift - 1), 0 for shift 0.
        self.one.next = 1.into();
        self.shift.next = self.word.val().get_bits::<4>(31);
        self.power.next = self.one.val() << self.shift.val();
        self.ones.next = 0xffff.into();
        self.mask.next = !(self.ones.val() << self.shift.val());
        self.draw_mask1.d.next = 0.into();
        self.half1.d.next = 0.into();
        if self.word.val().get_bit(35) {
            self.draw_mask1.d.next = self.mask.val();
        }
        if self.word.val().get_bit(36) {
            self.half1.d.next = self.power.val() >> 1;
        }
        self.uop.next = self.uop1.q.val();
        self.shared.next = bit_cast::<64, 16>(self.b1.q.val())
            | (bit_cast::<64, 16>(self.c1.q.val()) << 16)
            | (bit_cast::<64, 16>(self.draw_mask1.q.val()) << 32)
            | (bit_cast::<64, 16>(self.half1.q.val()) << 48);
        // Shift
        self.s2.d.next = self.uop1.q.val().get_bits::<4>(21);
        self.s3.d.next = self.s2.q.val();
        self.s4.d.next = self.s3.q.val();
        // 2^(15 - shift) is 2^shift turned round: wires, where a decoder of its own would be LUTs
        self.power1.d.next = self.power.val();
        self.power2.d.next = self.power1.q.val();
        self.power3.d.next = self.power2.q.val();
        self.turn1.next =
            ((self.power3.q.val() & 0x5555) << 1) | ((self.power3.q.val() >> 1) & 0x5555);
        self.turn2.next = ((self.turn1.val() & 0x3333) << 2) | ((self.turn1.val() >> 2) & 0x3333);
        self.turn4.next = ((self.turn2.val() & 0x0f0f) << 4) | ((self.turn2.val() >> 4) & 0x0f0f);
        self.turn8.next = (self.turn4.val() << 8) | (self.turn4.val() >> 8);
        self.p4.d.next = self.turn8.val();
        self.shift4.next = self.s4.q.val();
        self.power4.next = self.p4.q.val();
        // Delivery
        self.d1.d.next = self.word.val().get_bits::<12>(37);
        self.d2.d.next = self.d1.q.val();
        self.d3.d.next = self.d2.q.val();
        self.d4.d.next = self.d3.q.val();
        self.d5.d.next = self.d4.q.val();
        self.d6.d.next = 0.into();
        if self.valid5.val() {
            self.d6.d.next = self.d5.q.val();
        }
        self.deliver.next = self.d6.q.val();
        self.taken.next = self.d6.q.val().get_bits::<7>(0);
        self.places.next = self.taken.val() != 0;
    }
}
