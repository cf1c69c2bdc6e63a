//! `ProductShifter`: the work of [`crate::shifter::Shifter`] by two products with a power of two.
//!
//! Latency: one cycle for the core, whose operands and power are registered; `result` is 0 in the cycle after one without a
//! direction. A left shift by 16 h + l multiplies both halves of `a` by 2^l, a right shift by 2^(16 - l); h says which
//! halves they are, and of the products' four halves those that fall into one place are joined by `or`: bits of a left and
//! of a right neighbour do not meet. A factor of 37 bits is three such words: two in the first cycle, the third in the
//! second (`upper`), and in the cycle after that `shifted | beside` is the factor's right shift. The core goes first.

use rust_hdl::prelude::*;

use crate::cells::MulS;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct ProductShifter {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<32>>,
    pub amount: Signal<In, Bits<5>>,
    /// One of them in the cycle of a shift of the core.
    pub left: Signal<In, Bit>,
    pub right: Signal<In, Bit>,
    /// Right shifts repeat the sign.
    pub arithmetic: Signal<In, Bit>,
    pub result: Signal<Out, Bits<32>>,
    /// Logical right shift of `factor` by 0 ..= 36; both stay for two cycles, the second with `upper`.
    pub factor: Signal<In, Bits<37>>,
    pub by: Signal<In, Bits<6>>,
    pub upper: Signal<In, Bit>,
    pub shifted: Signal<Out, Bits<37>>,
    pub beside: Signal<Out, Bits<37>>,
    /// The operands of the two products, bit 16 the sign.
    a_q: DFF<Bits<17>>,
    b_q: DFF<Bits<17>>,
    power: DFF<Bits<18>>,
    /// What the core is shown: 0, a left shift, a right shift, a right shift with ones above.
    kind: DFF<Bits<2>>,
    /// Products of the cycle before.
    a_before: DFF<Bits<16>>,
    b_before: DFF<Bits<32>>,
    mul_a: MulS<17, 18, 32>,
    mul_b: MulS<17, 18, 32>,
    core: Signal<Local, Bit>,
    negative: Signal<Local, Bit>,
    places: Signal<Local, Bits<4>>,
    turned: Signal<Local, Bits<4>>,
    far: Signal<Local, Bit>,
    one: Signal<Local, Bits<18>>,
    low: Signal<Local, Bits<16>>,
    high: Signal<Local, Bits<16>>,
    top: Signal<Local, Bits<16>>,
    word_a: Signal<Local, Bits<16>>,
    word_b: Signal<Local, Bits<16>>,
    product_a: Signal<Local, Bits<32>>,
    product_b: Signal<Local, Bits<32>>,
    result_low: Signal<Local, Bits<16>>,
    result_high: Signal<Local, Bits<16>>,
}

impl Logic for ProductShifter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, a_q, b_q, power, kind, a_before, b_before);
        self.core.next = self.left.val() | self.right.val();
        self.far.next = self.amount.val().get_bit(4);
        self.negative.next = self.arithmetic.val() & self.right.val() & self.a.val().get_bit(31);

        // The power: 2^l to the left; to the right 2^(16 - l), of which 2^16 is the one that l = 0 needs.
        self.places.next = self.by.val().get_bits::<4>(0);
        if self.core.val() {
            self.places.next = self.amount.val().get_bits::<4>(0);
        }
        self.turned.next = bits::<4>(0) - self.places.val();
        if self.left.val() {
            self.turned.next = self.places.val();
        }
        self.one.next = 1.into();
        self.power.d.next = self.one.val() << bit_cast::<18, 4>(self.turned.val());
        if (self.turned.val() == 0) & !self.left.val() {
            self.power.d.next = 0x1_0000.into();
        }

        // The words.
        self.low.next = self.a.val().get_bits::<16>(0);
        self.high.next = self.a.val().get_bits::<16>(16);
        self.top.next = bit_cast::<16, 5>(self.factor.val().get_bits::<5>(32));
        self.word_a.next = 0.into();
        self.word_b.next = 0.into();
        if self.core.val() {
            self.word_a.next = self.low.val();
            if self.left.val() ^ self.far.val() {
                self.word_a.next = self.high.val();
            }
            if !self.far.val() {
                self.word_b.next = self.high.val();
                if self.left.val() {
                    self.word_b.next = self.low.val();
                }
            }
        } else {
            if self.by.val().get_bit(5) {
                if !self.upper.val() {
                    self.word_a.next = self.top.val();
                }
            } else if self.by.val().get_bit(4) {
                self.word_b.next = self.top.val();
                if !self.upper.val() {
                    self.word_a.next = self.factor.val().get_bits::<16>(16);
                }
            } else {
                self.word_b.next = self.factor.val().get_bits::<16>(16);
                self.word_a.next = self.factor.val().get_bits::<16>(0);
                if self.upper.val() {
                    self.word_a.next = self.top.val();
                }
            }
        }
        self.a_q.d.next = bit_cast::<17, 16>(self.word_a.val())
            | (bit_cast::<17, 1>((self.negative.val() & self.far.val()).into()) << 16);
        self.b_q.d.next = bit_cast::<17, 16>(self.word_b.val())
            | (bit_cast::<17, 1>((self.negative.val() & !self.far.val()).into()) << 16);
        self.kind.d.next = 0.into();
        if self.left.val() {
            self.kind.d.next = 1.into();
        }
        if self.right.val() {
            self.kind.d.next = 2.into();
            if self.negative.val() & self.far.val() {
                self.kind.d.next = 3.into();
            }
        }

        // The products.
        self.mul_a.a.next = self.a_q.q.val();
        self.mul_a.b.next = self.power.q.val();
        self.mul_b.a.next = self.b_q.q.val();
        self.mul_b.b.next = self.power.q.val();
        self.product_a.next = self.mul_a.p.val();
        self.product_b.next = self.mul_b.p.val();
        self.result_low.next = 0.into();
        self.result_high.next = 0.into();
        if self.kind.q.val() == 1 {
            self.result_low.next = self.product_b.val().get_bits::<16>(0);
            self.result_high.next =
                self.product_b.val().get_bits::<16>(16) | self.product_a.val().get_bits::<16>(0);
        }
        if self.kind.q.val().get_bit(1) {
            self.result_low.next =
                self.product_b.val().get_bits::<16>(0) | self.product_a.val().get_bits::<16>(16);
            self.result_high.next = self.product_b.val().get_bits::<16>(16);
            if self.kind.q.val().get_bit(0) {
                self.result_high.next = 0xffff.into();
            }
        }
        self.result.next = bit_cast::<32, 16>(self.result_low.val())
            | (bit_cast::<32, 16>(self.result_high.val()) << 16);

        // The factor: the first two products a cycle late, the third as it comes.
        self.a_before.d.next = self.product_a.val().get_bits::<16>(16);
        self.b_before.d.next = self.product_b.val();
        self.shifted.next = bit_cast::<37, 16>(self.b_before.q.val().get_bits::<16>(0))
            | (bit_cast::<37, 32>(self.product_a.val()) << 16);
        self.beside.next = bit_cast::<37, 16>(self.a_before.q.val())
            | (bit_cast::<37, 16>(self.b_before.q.val().get_bits::<16>(16)) << 16);
    }
}
