//! `SlotUnit`: the multiplier of one lane, four registers deep: multiply | add the rounding term | shift | add C.
//!
//! Takes operands every cycle; `value`, `exact` and the conditions belong to the operands of five cycles before (the
//! operand register included). It does not choose operands and does not deliver: `lanes` does.

use crate::cells::{AddS, CompareS, ExtendS, MulS, SaturateS, ShiftRightS};
use rust_hdl::prelude::*;

/// One multiply-accumulate-or-compare datapath.
#[derive(LogicBlock, Default)]
pub struct SlotUnit {
    pub clock: Signal<In, Clock>,
    /// Operation code of `synfire_format::recipe::Op`; 0 (`Mac`) for good makes the comparing part vanish.
    pub op: Signal<In, Bits<3>>,
    pub shift: Signal<In, Bits<4>>,
    pub a: Signal<In, Bits<16>>,
    pub b: Signal<In, Bits<16>>,
    pub c: Signal<In, Bits<16>>,
    /// The product counts: a `Mac` whose predicate holds.
    pub gate: Signal<In, Bit>,
    /// The entry's predicate bit.
    pub p: Signal<In, Bit>,
    /// Rounding term, 0 .. 2^shift - 1.
    pub rounding: Signal<In, Bits<16>>,
    /// r, 32 bits.
    pub exact: Signal<Out, Bits<32>>,
    /// sat16(r)
    pub value: Signal<Out, Bits<16>>,
    pub clipped: Signal<Out, Bit>,
    pub negative: Signal<Out, Bit>,
    pub nonzero: Signal<Out, Bit>,
    pub nonzero_bit: Signal<Out, Bits<1>>,
    any: Signal<Local, Bit>,
    op2: DFF<Bits<3>>,
    shift2: DFF<Bits<4>>,
    a2: DFF<Bits<16>>,
    am2: DFF<Bits<16>>,
    b2: DFF<Bits<16>>,
    c2: DFF<Bits<16>>,
    p2: DFF<Bit>,
    rounding2: DFF<Bits<16>>,
    product3: DFF<Bits<32>>,
    rounding3: DFF<Bits<16>>,
    shift3: DFF<Bits<4>>,
    c3: DFF<Bits<17>>,
    sum4: DFF<Bits<32>>,
    shift4: DFF<Bits<4>>,
    c4: DFF<Bits<17>>,
    quotient5: DFF<Bits<32>>,
    c5: DFF<Bits<17>>,
    exact6: DFF<Bits<32>>,
    mul: MulS<16, 16, 32>,
    compare: CompareS<16>,
    extend_a: ExtendS<16, 17>,
    extend_c: ExtendS<16, 17>,
    round: AddS<32, 17, 32>,
    shifter: ShiftRightS<32, 4>,
    add: AddS<32, 17, 32>,
    saturate: SaturateS<32, 16>,
}

impl Logic for SlotUnit {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, op2, shift2, a2, am2, b2, c2, p2, rounding2, product3, rounding3, shift3,
            c3, sum4, shift4, c4, quotient5, c5, exact6
        );
        // 2: operands
        self.op2.d.next = self.op.val();
        self.shift2.d.next = self.shift.val();
        self.a2.d.next = self.a.val();
        self.am2.d.next = 0.into();
        self.rounding2.d.next = 0.into();
        if self.gate.val() {
            self.am2.d.next = self.a.val();
            self.rounding2.d.next = self.rounding.val();
        }
        self.b2.d.next = self.b.val();
        self.c2.d.next = self.c.val();
        self.p2.d.next = self.p.val();
        // 3: product; what compares replaces C
        self.mul.a.next = self.am2.q.val();
        self.mul.b.next = self.b2.q.val();
        self.product3.d.next = self.mul.p.val();
        self.rounding3.d.next = self.rounding2.q.val();
        self.shift3.d.next = self.shift2.q.val();
        self.compare.a.next = self.a2.q.val();
        self.compare.b.next = self.c2.q.val();
        self.extend_a.a.next = self.a2.q.val();
        self.extend_c.a.next = self.c2.q.val();
        self.c3.d.next = self.extend_c.q.val();
        if self.op2.q.val() == 1 {
            if self.compare.less.val() {
                self.c3.d.next = self.extend_a.q.val();
            }
        } else if self.op2.q.val() == 2 {
            if !self.compare.less.val() {
                self.c3.d.next = self.extend_a.q.val();
            }
        } else if self.op2.q.val() == 3 {
            self.c3.d.next = 1.into();
            if self.compare.less.val() {
                self.c3.d.next = 0.into();
            }
        } else if self.op2.q.val() == 4 {
            self.c3.d.next = 0.into();
            if self.compare.equal.val() {
                self.c3.d.next = 1.into();
            }
        } else if self.op2.q.val() == 5 {
            if self.p2.q.val() {
                self.c3.d.next = self.extend_a.q.val();
            }
        } else if (self.op2.q.val() == 6) & self.a2.q.val().get_bit(15) {
            self.c3.d.next = !self.extend_c.q.val() + 1;
        }
        // 4: rounding term added; |product| <= 2^30, so 32 bits hold the sum
        self.round.a.next = self.product3.q.val();
        self.round.b.next = bit_cast::<17, 16>(self.rounding3.q.val());
        self.sum4.d.next = self.round.sum.val();
        self.shift4.d.next = self.shift3.q.val();
        self.c4.d.next = self.c3.q.val();
        // 5: shifted
        self.shifter.a.next = self.sum4.q.val();
        self.shifter.shift.next = self.shift4.q.val();
        self.quotient5.d.next = self.shifter.q.val();
        self.c5.d.next = self.c4.q.val();
        // 6: exact result
        self.add.a.next = self.quotient5.q.val();
        self.add.b.next = self.c5.q.val();
        self.exact6.d.next = self.add.sum.val();
        // delivered from here in the same cycle
        self.saturate.a.next = self.exact6.q.val();
        self.exact.next = self.exact6.q.val();
        self.value.next = self.saturate.q.val();
        self.clipped.next = self.saturate.clipped.val();
        self.negative.next = self.exact6.q.val().get_bit(31);
        self.any.next = self.exact6.q.val().any();
        self.nonzero.next = self.any.val();
        self.nonzero_bit.next = bit_cast::<1, 1>(self.any.val().into());
    }
}
