//! `SlotUnit`: the multiplier of one lane, four registers deep: multiply | add the rounding term | shift | add C.
//!
//! Takes operands every cycle; `exact` and the conditions belong to the operands of five cycles before (the
//! operand register included). It does not choose operands and does not saturate or deliver: `Lane` does.

use crate::carry::AddMasked;
use crate::cells::{CompareS, ExtendS, MulS, SaturateS, ShiftProducts, ShiftRightS};
use rust_hdl::prelude::*;

/// q = c, a, 0 or the complement of c, for (other, select) of 0 to 3. Combinational.
#[derive(LogicBlock, Default)]
pub struct Choice<const N: usize> {
    pub other: Signal<In, Bit>,
    pub select: Signal<In, Bit>,
    pub a: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for Choice<N> {
    #[hdl_gen]
    fn update(&mut self) {
        if self.other.val() {
            if self.select.val() {
                self.q.next = !self.c.val();
            } else {
                self.q.next = 0.into();
            }
        } else {
            if self.select.val() {
                self.q.next = self.a.val();
            } else {
                self.q.next = self.c.val();
            }
        }
    }
}

/// One multiply-accumulate-or-compare datapath.
#[derive(LogicBlock, Default)]
pub struct SlotUnit {
    pub clock: Signal<In, Clock>,
    /// As `SlotDecode`; 0 for good makes the comparing part vanish.
    pub compares: Signal<In, Bits<5>>,
    /// Three cycles after the operands: the shift, and 2^(15 - shift).
    pub shift: Signal<In, Bits<4>>,
    pub power: Signal<In, Bits<16>>,
    pub a: Signal<In, Bits<16>>,
    pub b: Signal<In, Bits<16>>,
    pub c: Signal<In, Bits<16>>,
    /// The product counts: a `Mac` whose predicate holds.
    pub gate: Signal<In, Bit>,
    /// `Sel`, and the entry's predicate bit is set.
    pub p: Signal<In, Bit>,
    /// The rounding term is (draw & mask) | half, 0 .. 2^shift - 1.
    pub draw: Signal<In, Bits<16>>,
    pub mask: Signal<In, Bits<16>>,
    pub half: Signal<In, Bits<16>>,
    /// Four cycles after the operands: the entry is none, r is 0.
    pub off: Signal<In, Bit>,
    /// r, 32 bits.
    pub exact: Signal<Out, Bits<32>>,
    /// r does not fit 16 bits.
    pub clipped: Signal<Out, Bit>,
    pub negative: Signal<Out, Bit>,
    pub nonzero: Signal<Out, Bit>,
    low: Signal<Local, Bits<15>>,
    compares2: DFF<Bits<5>>,
    a2: DFF<Bits<16>>,
    am2: DFF<Bits<16>>,
    b2: DFF<Bits<16>>,
    c2: DFF<Bits<16>>,
    p2: DFF<Bit>,
    draw2: DFF<Bits<16>>,
    mask2: DFF<Bits<16>>,
    half2: DFF<Bits<16>>,
    product3: DFF<Bits<32>>,
    draw3: DFF<Bits<16>>,
    mask3: DFF<Bits<16>>,
    half3: DFF<Bits<16>>,
    c3: DFF<Bits<16>>,
    one3: DFF<Bit>,
    sum4: DFF<Bits<32>>,
    c4: DFF<Bits<16>>,
    one4: DFF<Bit>,
    low5: DFF<Bits<32>>,
    high5: DFF<Bits<32>>,
    none: Signal<Local, Bits<32>>,
    c5: DFF<Bits<16>>,
    exact6: DFF<Bits<32>>,
    mul: MulS<16, 16, 32>,
    compare: CompareS<16>,
    choice: Choice<16>,
    chooses: Signal<Local, Bit>,
    tells: Signal<Local, Bit>,
    negates: Signal<Local, Bit>,
    is_zero: Signal<Local, Bit>,
    round: AddMasked<32>,
    /// One of the two.
    shifter: Vec<ShiftRightS<32, 4>>,
    products: Vec<ShiftProducts>,
    extend: ExtendS<16, 32>,
    add: AddMasked<32>,
    fits: SaturateS<32, 16>,
    _shifters: usize,
    _products: usize,
}

impl SlotUnit {
    /// A unit that shifts by two products more if `products`, else by a shifter.
    pub fn new(products: bool) -> Self {
        let (shifters, products) = (usize::from(!products), usize::from(products));
        Self {
            shifter: (0..shifters).map(|_| Default::default()).collect(),
            products: (0..products).map(|_| Default::default()).collect(),
            _shifters: shifters,
            _products: products,
            ..Default::default()
        }
    }
}

impl Logic for SlotUnit {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, compares2, a2, am2, b2, c2, p2, draw2, mask2, half2, product3, draw3,
            mask3, half3, c3, one3, sum4, c4, one4, low5, high5, c5, exact6
        );
        // 2: operands
        self.compares2.d.next = self.compares.val();
        self.a2.d.next = self.a.val();
        self.am2.d.next = 0.into();
        if self.gate.val() {
            self.am2.d.next = self.a.val();
        }
        // Below 2^shift: without a product it is shifted out
        self.draw2.d.next = self.draw.val();
        self.mask2.d.next = self.mask.val();
        self.half2.d.next = self.half.val();
        self.b2.d.next = self.b.val();
        self.c2.d.next = self.c.val();
        self.p2.d.next = self.p.val();
        // 3: product; what compares replaces C by A, 0 or its complement, and may add one
        self.mul.a.next = self.am2.q.val();
        self.mul.b.next = self.b2.q.val();
        self.product3.d.next = self.mul.p.val();
        self.draw3.d.next = self.draw2.q.val();
        self.mask3.d.next = self.mask2.q.val();
        self.half3.d.next = self.half2.q.val();
        self.compare.a.next = self.a2.q.val();
        self.compare.b.next = self.c2.q.val();
        self.chooses.next = ((self.compare.less.val() & self.compares2.q.val().get_bit(0))
            | self.p2.q.val())
            ^ self.compares2.q.val().get_bit(1);
        self.negates.next = self.a2.q.val().get_bit(15) & self.compares2.q.val().get_bit(2);
        self.tells.next =
            self.negates.val() | (self.compare.equal.val() & self.compares2.q.val().get_bit(3));
        self.is_zero.next = self.compares2.q.val().get_bit(4);
        self.choice.a.next = self.a2.q.val();
        self.choice.c.next = self.c2.q.val();
        self.choice.other.next = self.is_zero.val() | self.negates.val();
        self.choice.select.next = (self.chooses.val() & !self.is_zero.val()) | self.negates.val();
        self.c3.d.next = self.choice.q.val();
        self.one3.d.next = (self.chooses.val() & self.is_zero.val()) | self.tells.val();
        // 4: rounding term added; |product| <= 2^30, so 32 bits hold the sum
        self.round.a.next = self.product3.q.val();
        self.round.b.next = bit_cast::<32, 16>(self.draw3.q.val());
        self.round.c.next = bit_cast::<32, 16>(self.mask3.q.val());
        self.round.d.next = bit_cast::<32, 16>(self.half3.q.val());
        self.sum4.d.next = self.round.sum.val();
        self.c4.d.next = self.c3.q.val();
        self.one4.d.next = self.one3.q.val();
        // 5: shifted, in two parts that are yet to be joined; where the one counts there is no product
        self.high5.d.next = bit_cast::<32, 1>(self.one4.q.val().into());
        for i in 0..self._shifters {
            self.shifter[i].a.next = self.sum4.q.val();
            self.shifter[i].shift.next = self.shift.val();
            self.low5.d.next = self.shifter[i].q.val();
        }
        for i in 0..self._products {
            self.products[i].a.next = self.sum4.q.val();
            self.products[i].power.next = self.power.val();
            self.low5.d.next = self.products[i].low.val();
            self.high5.d.next =
                self.products[i].high.val() | bit_cast::<32, 1>(self.one4.q.val().into());
        }
        self.c5.d.next = self.c4.q.val();
        // 6: exact result
        self.none.next = 0.into();
        self.extend.a.next = self.c5.q.val();
        self.add.a.next = self.extend.q.val();
        self.add.b.next = self.low5.q.val();
        self.add.c.next = !self.none.val();
        self.add.d.next = self.high5.q.val();
        self.exact6.d.next = self.add.sum.val();
        if self.off.val() {
            self.exact6.d.next = 0.into();
        }
        // delivered from here in the same cycle
        self.exact.next = self.exact6.q.val();
        self.fits.a.next = self.exact6.q.val();
        self.clipped.next = self.fits.clipped.val();
        self.negative.next = self.exact6.q.val().get_bit(31);
        self.low.next = self.exact6.q.val().get_bits::<15>(0);
        self.nonzero.next =
            self.fits.clipped.val() | self.exact6.q.val().get_bit(31) | self.low.val().any();
    }
}
