//! `SlotControl`: decodes one slot for all lanes and carries what is delivered along with the pipeline.
//!
//! A slot enters in the issue cycle; its operands' cycle is the next one, its delivery the sixth.

use crate::mux::Mux4;
use rust_hdl::prelude::*;

/// Decoder of one slot unit.
#[derive(LogicBlock, Default)]
pub struct SlotControl {
    pub clock: Signal<In, Clock>,
    /// Bits as `synfire_format::recipe::Slot::encode`.
    pub slot: Signal<In, Bits<32>>,
    /// S0, K0 lowest.
    pub scalars: Signal<In, Bits<64>>,
    pub constants: Signal<In, Bits<64>>,
    /// False keeps all delivery away (place 6).
    pub valid6: Signal<In, Bit>,
    /// Operand cycle: the slot; B, C, mask of the draw and constant part of the rounding term, lowest first.
    pub uop: Signal<Out, Bits<32>>,
    pub shared: Signal<Out, Bits<64>>,
    /// Delivery cycle: results 2..0, planes 6..3, Y 7, O 8, P 9, flag condition 11..10.
    pub deliver: Signal<Out, Bits<12>>,
    /// Some result or plane takes the value.
    pub places: Signal<Out, Bit>,
    slot1: DFF<Bits<32>>,
    b1: DFF<Bits<16>>,
    c1: DFF<Bits<16>>,
    draw_mask1: DFF<Bits<16>>,
    half1: DFF<Bits<16>>,
    d2: DFF<Bits<12>>,
    d3: DFF<Bits<12>>,
    d4: DFF<Bits<12>>,
    d5: DFF<Bits<12>>,
    d6: DFF<Bits<12>>,
    bs: Mux4<16>,
    bk: Mux4<16>,
    cs: Mux4<16>,
    ck: Mux4<16>,
    power: Signal<Local, Bits<16>>,
    op: Signal<Local, Bits<3>>,
    shift: Signal<Local, Bits<4>>,
    rounding: Signal<Local, Bits<2>>,
    result_bits: Signal<Local, Bits<12>>,
    plane_bits: Signal<Local, Bits<12>>,
    plane: Signal<Local, Bits<2>>,
    compares: Signal<Local, Bit>,
    taken: Signal<Local, Bits<7>>,
    one: Signal<Local, Bits<16>>,
}

impl Logic for SlotControl {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, slot1, b1, c1, draw_mask1, half1, d2, d3, d4, d5, d6
        );
        self.slot1.d.next = self.slot.val();
        self.bs.sel.next = self.slot.val().get_bits::<2>(6);
        self.bs.a.next = self.scalars.val().get_bits::<16>(0);
        self.bs.b.next = self.scalars.val().get_bits::<16>(16);
        self.bs.c.next = self.scalars.val().get_bits::<16>(32);
        self.bs.d.next = self.scalars.val().get_bits::<16>(48);
        self.bk.sel.next = self.slot.val().get_bits::<2>(6);
        self.bk.a.next = self.constants.val().get_bits::<16>(0);
        self.bk.b.next = self.constants.val().get_bits::<16>(16);
        self.bk.c.next = self.constants.val().get_bits::<16>(32);
        self.bk.d.next = self.constants.val().get_bits::<16>(48);
        self.b1.d.next = self.bs.q.val();
        if self.slot.val().get_bit(8) {
            self.b1.d.next = self.bk.q.val();
        }
        self.cs.sel.next = self.slot.val().get_bits::<2>(10);
        self.cs.a.next = self.scalars.val().get_bits::<16>(0);
        self.cs.b.next = self.scalars.val().get_bits::<16>(16);
        self.cs.c.next = self.scalars.val().get_bits::<16>(32);
        self.cs.d.next = self.scalars.val().get_bits::<16>(48);
        self.ck.sel.next = self.slot.val().get_bits::<2>(10);
        self.ck.a.next = self.constants.val().get_bits::<16>(0);
        self.ck.b.next = self.constants.val().get_bits::<16>(16);
        self.ck.c.next = self.constants.val().get_bits::<16>(32);
        self.ck.d.next = self.constants.val().get_bits::<16>(48);
        self.c1.d.next = self.cs.q.val();
        if self.slot.val().get_bit(12) {
            self.c1.d.next = self.ck.q.val();
        }
        // Stochastic: mask 2^shift - 1; nearest: 2^(shift - 1), 0 for shift 0.
        self.one.next = 1.into();
        self.shift.next = self.slot.val().get_bits::<4>(14);
        self.rounding.next = self.slot.val().get_bits::<2>(18);
        self.power.next = self.one.val() << self.shift.val();
        self.draw_mask1.d.next = 0.into();
        self.half1.d.next = 0.into();
        if self.rounding.val() == 2 {
            self.draw_mask1.d.next = self.power.val() - 1;
        } else if self.rounding.val() == 1 {
            self.half1.d.next = self.power.val() >> 1;
        }
        self.uop.next = self.slot1.q.val();
        self.shared.next = bit_cast::<64, 16>(self.b1.q.val())
            | (bit_cast::<64, 16>(self.c1.q.val()) << 16)
            | (bit_cast::<64, 16>(self.draw_mask1.q.val()) << 32)
            | (bit_cast::<64, 16>(self.half1.q.val()) << 48);
        // Delivery
        self.result_bits.next = 0.into();
        if self.slot1.q.val().get_bit(23) {
            if self.slot1.q.val().get_bit(22) {
                self.result_bits.next = 4.into();
            } else {
                self.result_bits.next = 2.into();
            }
        } else if self.slot1.q.val().get_bit(22) {
            self.result_bits.next = 1.into();
        }
        self.plane.next = self.slot1.q.val().get_bits::<2>(24);
        self.plane_bits.next = 0.into();
        if self.slot1.q.val().get_bit(26) {
            self.plane_bits.next = bit_cast::<12, 16>(self.one.val()) << self.plane.val();
        }
        self.op.next = self.slot1.q.val().get_bits::<3>(0);
        self.compares.next = (self.op.val() == 3) | (self.op.val() == 4);
        self.d2.d.next = self.result_bits.val()
            | (self.plane_bits.val() << 3)
            | (bit_cast::<12, 2>(self.slot1.q.val().get_bits::<2>(27)) << 7)
            | (bit_cast::<12, 1>(self.compares.val().into()) << 9)
            | (bit_cast::<12, 2>(self.slot1.q.val().get_bits::<2>(29)) << 10);
        self.d3.d.next = self.d2.q.val();
        self.d4.d.next = self.d3.q.val();
        self.d5.d.next = self.d4.q.val();
        self.d6.d.next = self.d5.q.val();
        self.taken.next = self.d6.q.val().get_bits::<7>(0);
        self.deliver.next = 0.into();
        self.places.next = false;
        if self.valid6.val() {
            self.deliver.next = self.d6.q.val();
            self.places.next = self.taken.val() != 0;
        }
    }
}
