//! The combinational parts of the microcoded engine: operand places, conditions, operands, shifter, random round.

use crate::cells::MulU;
use rust_hdl::prelude::*;

/// The scratchpad's address, from the instruction, the slot or the index.
///
/// Results, planes, scalars and constants lie where the codes of a slot's addend point (X where that has its zero).
#[derive(LogicBlock, Default)]
pub struct Places {
    /// 0 as named, 1 table by rounding and shift, 2 by a field of the slot or the index.
    pub mode: Signal<In, Bits<2>>,
    pub named: Signal<In, Bits<8>>,
    pub slot: Signal<In, Bits<32>>,
    pub index: Signal<In, Bits<8>>,
    pub place: Signal<Out, Bits<8>>,
    /// The index is to be incremented.
    pub step: Signal<Out, Bit>,
    which: Signal<Local, Bits<3>>,
    a: Signal<Local, Bits<3>>,
    b: Signal<Local, Bits<4>>,
    c: Signal<Local, Bits<4>>,
    result: Signal<Local, Bits<2>>,
    plane: Signal<Local, Bits<2>>,
}

impl Logic for Places {
    #[hdl_gen]
    fn update(&mut self) {
        self.which.next = self.named.val().get_bits::<3>(0);
        self.a.next = self.slot.val().get_bits::<3>(3);
        self.b.next = self.slot.val().get_bits::<4>(6);
        self.c.next = self.slot.val().get_bits::<4>(10);
        self.result.next = self.slot.val().get_bits::<2>(22);
        self.plane.next = self.slot.val().get_bits::<2>(24);
        self.step.next = (self.mode.val() == 2) & (self.which.val() == 7);
        self.place.next = self.named.val();
        if self.mode.val() == 1 {
            self.place.next = ((self.named.val() >> 5) << 5)
                | bit_cast::<8, 5>(self.slot.val().get_bits::<5>(14));
        }
        if self.mode.val() == 2 {
            if self.which.val() == 0 {
                self.place.next = bit_cast::<8, 2>(self.a.val().get_bits::<2>(0));
                if !self.a.val().get_bit(2) {
                    self.place.next = bit_cast::<8, 2>(self.a.val().get_bits::<2>(0)) | 4;
                }
            } else if self.which.val() == 1 {
                self.place.next = bit_cast::<8, 3>(self.b.val().get_bits::<3>(0)) | 8;
                if self.b.val().get_bit(3) {
                    self.place.next = bit_cast::<8, 2>(self.b.val().get_bits::<2>(0));
                }
            } else if self.which.val() == 2 {
                self.place.next = bit_cast::<8, 4>(self.c.val());
                if self.c.val() == 0 {
                    self.place.next = 16.into();
                }
            } else if self.which.val() == 3 {
                self.place.next = bit_cast::<8, 2>(self.result.val());
                if self.result.val() == 0 {
                    self.place.next = 17.into();
                }
            } else if self.which.val() == 4 {
                self.place.next = bit_cast::<8, 2>(self.plane.val()) | 4;
                if !self.slot.val().get_bit(26) {
                    self.place.next = 17.into();
                }
            } else if self.which.val() == 5 {
                self.place.next = 17.into();
                if self.slot.val().get_bit(27) {
                    self.place.next = 18.into();
                }
            } else if self.which.val() == 6 {
                self.place.next = 17.into();
                if self.slot.val().get_bit(28) {
                    self.place.next = 19.into();
                }
            } else {
                self.place.next = self.index.val();
            }
        }
        if self.mode.val() == 3 {
            self.place.next = self.index.val();
        }
    }
}

/// Whether a branch is taken.
#[derive(LogicBlock, Default)]
pub struct Condition {
    /// 0 ..= 31 a bit of the slot; from 32 on see [`crate::microinstruction::When`].
    pub select: Signal<In, Bits<6>>,
    pub invert: Signal<In, Bit>,
    pub slot: Signal<In, Bits<32>>,
    pub acc: Signal<In, Bits<32>>,
    pub predicate: Signal<In, Bit>,
    pub flag: Signal<In, Bit>,
    pub asked: Signal<In, Bit>,
    pub busy: Signal<In, Bit>,
    pub holds: Signal<Out, Bit>,
    /// The slot's condition on the accumulator, or the flag as it was if the slot has none.
    pub raised: Signal<Out, Bit>,
    zero: Signal<Local, Bit>,
    negative: Signal<Local, Bit>,
    upper: Signal<Local, Bits<17>>,
    fits: Signal<Local, Bit>,
    pred: Signal<Local, Bits<2>>,
    fails: Signal<Local, Bit>,
    other: Signal<Local, Bit>,
    odd: Signal<Local, Bit>,
    special: Signal<Local, Bit>,
    unkept: Signal<Local, Bit>,
    only: Signal<Local, Bit>,
    kind: Signal<Local, Bits<2>>,
    which: Signal<Local, Bits<4>>,
    picked: Signal<Local, Bit>,
    bit_of: Signal<Local, Bits<5>>,
    of_slot: Signal<Local, Bit>,
}

impl Logic for Condition {
    #[hdl_gen]
    fn update(&mut self) {
        self.zero.next = self.acc.val() == 0;
        self.negative.next = self.acc.val().get_bit(31);
        self.upper.next = self.acc.val().get_bits::<17>(15);
        self.fits.next = (self.upper.val() == 0) | (self.upper.val() == 0x1_ffff);
        self.pred.next = self.slot.val().get_bits::<2>(20);
        self.fails.next = ((self.pred.val() == 1) & !self.predicate.val())
            | ((self.pred.val() == 2) & self.predicate.val());
        self.other.next = self.slot.val().get_bits::<3>(0) != 0;
        self.odd.next = self.other.val() | self.fails.val();
        self.special.next = self.odd.val() | self.slot.val().get_bit(19);
        self.kind.next = self.slot.val().get_bits::<2>(29);
        self.raised.next = self.flag.val();
        if self.kind.val() == 1 {
            self.raised.next = self.zero.val() | self.negative.val();
        } else if self.kind.val() == 2 {
            self.raised.next = !self.zero.val();
        } else if self.kind.val() == 3 {
            self.raised.next = self.negative.val();
        }
        // Neither a result nor a plane
        self.unkept.next = (self.slot.val().get_bits::<2>(22) == 0) & !self.slot.val().get_bit(26);
        // Neither an addend nor a flag, but one of those
        self.only.next = (self.slot.val().get_bits::<4>(27) == 0) & !self.unkept.val();
        self.which.next = self.select.val().get_bits::<4>(0);
        self.picked.next = false;
        if self.which.val() == 1 {
            self.picked.next = self.zero.val();
        } else if self.which.val() == 2 {
            self.picked.next = self.negative.val();
        } else if self.which.val() == 3 {
            self.picked.next = self.fits.val();
        } else if self.which.val() == 5 {
            self.picked.next = self.predicate.val();
        } else if self.which.val() == 6 {
            self.picked.next = self.asked.val();
        } else if self.which.val() == 7 {
            self.picked.next = self.busy.val();
        } else if self.which.val() == 8 {
            self.picked.next = self.special.val();
        } else if self.which.val() == 9 {
            self.picked.next = self.fits.val() & self.only.val();
        } else if self.which.val() == 10 {
            // Neither a result nor a plane
            self.picked.next =
                (self.slot.val().get_bits::<2>(22) == 0) & !self.slot.val().get_bit(26);
        } else if self.which.val() == 11 {
            self.picked.next = self.odd.val();
        } else if self.which.val() == 12 {
            self.picked.next = self.flag.val();
        }
        self.bit_of.next = self.select.val().get_bits::<5>(0);
        self.of_slot.next = self.slot.val().get_bit(self.bit_of.val().index());
        self.holds.next = self.picked.val() ^ self.invert.val();
        if !self.select.val().get_bit(5) {
            self.holds.next = self.of_slot.val() ^ self.invert.val();
        }
    }
}

/// The ALU and its operands: A the accumulator, nothing, or what came from outside; B what the scratchpad makes of it.
#[derive(LogicBlock, Default)]
pub struct Operand {
    pub acc: Signal<In, Bits<32>>,
    pub scratch: Signal<In, Bits<32>>,
    /// The memory's word, and whether its upper half is meant.
    pub mem: Signal<In, Bits<32>>,
    pub upper: Signal<In, Bit>,
    pub argument: Signal<In, Bits<32>>,
    /// 0 accumulator, 1 zero, 2 the memory's word, 3 its half with sign, 6 the argument.
    pub a_select: Signal<In, Bits<3>>,
    /// 0 the scratchpad's word, 1 minus it, 2 its and, 3 its exclusive or with the accumulator.
    pub b_select: Signal<In, Bits<2>>,
    pub a: Signal<Out, Bits<32>>,
    pub sum: Signal<Out, Bits<32>>,
    half: Signal<Local, Bits<16>>,
    low: Signal<Local, Bits<16>>,
    high: Signal<Local, Bits<16>>,
    outside: Signal<Local, Bits<32>>,
    first: Signal<Local, Bits<32>>,
    second: Signal<Local, Bits<32>>,
    /// With a place below the lowest for the carry.
    wide_first: Signal<Local, Bits<33>>,
    wide_second: Signal<Local, Bits<33>>,
    wide: Signal<Local, Bits<33>>,
}

impl Logic for Operand {
    #[hdl_gen]
    fn update(&mut self) {
        self.half.next = self.mem.val().get_bits::<16>(0);
        if self.upper.val() {
            self.half.next = self.mem.val().get_bits::<16>(16);
        }
        self.low.next = self.mem.val().get_bits::<16>(0);
        self.high.next = self.mem.val().get_bits::<16>(16);
        if self.a_select.val().get_bit(0) {
            self.low.next = self.half.val();
            self.high.next = 0.into();
            if self.half.val().get_bit(15) {
                self.high.next = 0xffff.into();
            }
        }
        self.outside.next =
            bit_cast::<32, 16>(self.low.val()) | (bit_cast::<32, 16>(self.high.val()) << 16);
        if self.a_select.val().get_bit(2) {
            self.outside.next = self.argument.val();
        }
        self.first.next = self.acc.val();
        if self.a_select.val().get_bit(1) {
            self.first.next = self.outside.val();
        } else if self.a_select.val().get_bit(0) {
            self.first.next = 0.into();
        }
        self.a.next = self.first.val();
        self.second.next = self.scratch.val();
        if self.b_select.val() == 1 {
            self.second.next = !self.scratch.val();
        } else if self.b_select.val() == 2 {
            self.second.next = self.scratch.val() & self.acc.val();
        } else if self.b_select.val() == 3 {
            self.second.next = self.scratch.val() ^ self.acc.val();
        }
        self.wide_first.next = (bit_cast::<33, 32>(self.first.val()) << 1) | 1;
        self.wide_second.next = bit_cast::<33, 32>(self.second.val()) << 1;
        if self.b_select.val() == 1 {
            self.wide_second.next = (bit_cast::<33, 32>(self.second.val()) << 1) | 1;
        }
        self.wide.next = self.wide_first.val() + self.wide_second.val();
        self.sum.next = self.wide.val().get_bits::<32>(1);
    }
}

/// A shift to the right by up to 15 places at a time, by two multiplications with 2^(16 - places).
///
/// The upper product's lower end is 0 where the lower product's upper half has its bits, so they are joined by `or`.
/// The device has multipliers left over; a barrel shifter takes more than twice the LUTs.
#[derive(LogicBlock, Default)]
pub struct Turn {
    pub value: Signal<In, Bits<32>>,
    /// Places left.
    pub count: Signal<In, Bits<5>>,
    /// 0 repeats the sign, 1 fills with zeros, 2 rotates.
    pub kind: Signal<In, Bits<2>>,
    /// Not defined where no places are left.
    pub turned: Signal<Out, Bits<32>>,
    /// No places are left.
    pub none: Signal<Out, Bit>,
    /// Places left after this step, if there are any.
    pub left: Signal<Out, Bits<5>>,
    pub more: Signal<Out, Bit>,
    upper: MulU<16, 16, 32>,
    lower: MulU<16, 16, 32>,
    amount: Signal<Local, Bits<4>>,
    places: Signal<Local, Bits<5>>,
    one: Signal<Local, Bits<16>>,
    ones: Signal<Local, Bits<16>>,
    /// 2^(16 - places).
    factor: Signal<Local, Bits<16>>,
    /// What comes in from the left.
    fill: Signal<Local, Bits<16>>,
    high: Signal<Local, Bits<16>>,
    low: Signal<Local, Bits<16>>,
}

impl Logic for Turn {
    #[hdl_gen]
    fn update(&mut self) {
        self.none.next = self.count.val() == 0;
        self.more.next = self.count.val().get_bit(4);
        self.left.next = self.count.val() - 15;
        self.amount.next = self.count.val().get_bits::<4>(0);
        if self.count.val().get_bit(4) {
            self.amount.next = 15.into();
        }
        self.places.next = bits::<5>(16) - bit_cast::<5, 4>(self.amount.val());
        self.one.next = 1.into();
        self.ones.next = 0xffff.into();
        self.factor.next = self.one.val() << self.places.val();
        self.upper.a.next = self.value.val().get_bits::<16>(16);
        self.upper.b.next = self.factor.val();
        self.lower.a.next = self.value.val().get_bits::<16>(0);
        self.lower.b.next = self.factor.val();
        self.fill.next = 0.into();
        if self.kind.val() == 2 {
            self.fill.next = self.lower.p.val().get_bits::<16>(0);
        } else if (self.kind.val() == 0) & self.value.val().get_bit(31) {
            self.fill.next = self.ones.val() << self.places.val();
        }
        self.high.next = self.upper.p.val().get_bits::<16>(16) | self.fill.val();
        self.low.next =
            self.upper.p.val().get_bits::<16>(0) | self.lower.p.val().get_bits::<16>(16);
        self.turned.next =
            bit_cast::<32, 16>(self.low.val()) | (bit_cast::<32, 16>(self.high.val()) << 16);
    }
}

/// One round of a draw on `y << 16 | x`: `x = (ror(x, 7) + y) ^ key; y = rol(y, 2) ^ x`.
#[derive(LogicBlock, Default)]
pub struct ArxRound {
    pub value: Signal<In, Bits<32>>,
    pub key: Signal<In, Bits<16>>,
    pub mixed: Signal<Out, Bits<32>>,
    turned: Signal<Local, Bits<16>>,
    sum: Signal<Local, Bits<16>>,
    x: Signal<Local, Bits<16>>,
    y: Signal<Local, Bits<16>>,
}

impl Logic for ArxRound {
    #[hdl_gen]
    fn update(&mut self) {
        self.turned.next = bit_cast::<16, 9>(self.value.val().get_bits::<9>(7))
            | (bit_cast::<16, 7>(self.value.val().get_bits::<7>(0)) << 9);
        self.sum.next = self.turned.val() + self.value.val().get_bits::<16>(16);
        self.x.next = self.sum.val() ^ self.key.val();
        self.y.next = bit_cast::<16, 14>(self.value.val().get_bits::<14>(16)) << 2
            | bit_cast::<16, 2>(self.value.val().get_bits::<2>(30));
        self.mixed.next = bit_cast::<32, 16>(self.x.val())
            | (bit_cast::<32, 16>(self.y.val() ^ self.x.val()) << 16);
    }
}
