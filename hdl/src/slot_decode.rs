//! `SlotDecode`: turns one slot of a recipe into the selects that the lanes use. Combinational; it runs when the recipe is
//! loaded, so the word below is kept once and nothing is decoded while entries pass.
//!
//! | bits | meaning |
//! |---|---|
//! | 4..0 | A, of X, R0 \| R1, R2 \| P0, P1 \| P2, P3, as `mux::Choose8` |
//! | 7..5 | B, of X, R0 \| R1, R2, 0 where it is shared, as `mux::Choose4` |
//! | 12..8 | C, of the shared one, R0 \| R1, R2 \| P0, P1 \| P2, P3 |
//! | 17..13 | shared B, of S0, S1 \| S2, S3 \| K0, K1 \| K2, K3, or 0 |
//! | 22..18 | shared C, as shared B |
//! | 24, 23 | the product counts where P holds, where it does not |
//! | 25 | `Sel`: P counts |
//! | 30..26 | compares: A < C counts, is inverted, sign of A counts, A = C counts, C is 0 |
//! | 34..31 | shift |
//! | 35, 36 | the rounding term is the draw's, half |
//! | 48..37 | delivery: results 2..0, planes 6..3, Y 7, O 8, P 9, flag condition 11..10 |
//!
//! A result or P that no slot has written yet reads 0: it is not selected. Planes cannot be treated so, they read as
//! fetched (`Lane`).

use rust_hdl::prelude::*;

/// Decoder of one slot.
#[derive(LogicBlock, Default)]
pub struct SlotDecode {
    /// Bits as `synfire_format::recipe::Slot::encode`.
    pub slot: Signal<In, Bits<32>>,
    /// Places written by earlier slots: planes, results, P (bit 7).
    pub written: Signal<In, Bits<8>>,
    pub word: Signal<Out, Bits<49>>,
    op: Signal<Local, Bits<3>>,
    a: Signal<Local, Bits<3>>,
    b: Signal<Local, Bits<4>>,
    c: Signal<Local, Bits<4>>,
    a_pair: Signal<Local, Bits<2>>,
    b_pair: Signal<Local, Bits<3>>,
    c_pair: Signal<Local, Bits<3>>,
    result: Signal<Local, Bits<2>>,
    plane: Signal<Local, Bits<3>>,
    pred: Signal<Local, Bits<2>>,
    a_sel: Signal<Local, Bits<5>>,
    b_sel: Signal<Local, Bits<3>>,
    c_sel: Signal<Local, Bits<5>>,
    b_shared: Signal<Local, Bits<5>>,
    c_shared: Signal<Local, Bits<5>>,
    holds: Signal<Local, Bit>,
    holds_not: Signal<Local, Bit>,
    gate: Signal<Local, Bits<2>>,
    compares: Signal<Local, Bits<5>>,
    rounding: Signal<Local, Bits<2>>,
    result_bits: Signal<Local, Bits<3>>,
    plane_bits: Signal<Local, Bits<4>>,
    writes_p: Signal<Local, Bit>,
    takes_p: Signal<Local, Bit>,
}

impl Logic for SlotDecode {
    #[hdl_gen]
    fn update(&mut self) {
        self.op.next = self.slot.val().get_bits::<3>(0);
        self.a.next = self.slot.val().get_bits::<3>(3);
        self.b.next = self.slot.val().get_bits::<4>(6);
        self.c.next = self.slot.val().get_bits::<4>(10);
        self.a_pair.next = self.slot.val().get_bits::<2>(4);
        self.b_pair.next = self.slot.val().get_bits::<3>(7);
        self.c_pair.next = self.slot.val().get_bits::<3>(11);
        self.pred.next = self.slot.val().get_bits::<2>(20);
        self.result.next = self.slot.val().get_bits::<2>(22);
        self.plane.next = self.slot.val().get_bits::<3>(24);
        // A: planes 0..3, X 4, results 5..7; 2 selects nothing
        self.a_sel.next = 2.into();
        if self.a.val() == 4 {
            self.a_sel.next = 0.into();
        } else if self.a.val() == 5 {
            if self.written.val().get_bit(4) {
                self.a_sel.next = 1.into();
            }
        } else if self.a.val() == 6 {
            if self.written.val().get_bit(5) {
                self.a_sel.next = 6.into();
            }
        } else if self.a.val() == 7 {
            if self.written.val().get_bit(6) {
                self.a_sel.next = 7.into();
            }
        } else if self.a_pair.val() == 0 {
            self.a_sel.next = bit_cast::<5, 1>(self.a.val().get_bits::<1>(0)) | 0xA;
        } else {
            self.a_sel.next = bit_cast::<5, 1>(self.a.val().get_bits::<1>(0)) | 0x12;
        }
        // B: scalars 0..3, constants 4..7, X 8, results 9..11
        self.b_sel.next = 2.into();
        if self.b.val() == 8 {
            self.b_sel.next = 0.into();
        } else if self.b.val() == 9 {
            if self.written.val().get_bit(4) {
                self.b_sel.next = 1.into();
            }
        } else if self.b.val() == 10 {
            if self.written.val().get_bit(5) {
                self.b_sel.next = 6.into();
            }
        } else if (self.b.val() == 11) & self.written.val().get_bit(6) {
            self.b_sel.next = 7.into();
        }
        self.b_shared.next = 2.into();
        if self.b_pair.val() == 0 {
            self.b_shared.next = bit_cast::<5, 1>(self.b.val().get_bits::<1>(0));
        } else if self.b_pair.val() == 1 {
            self.b_shared.next = bit_cast::<5, 1>(self.b.val().get_bits::<1>(0)) | 6;
        } else if self.b_pair.val() == 2 {
            self.b_shared.next = bit_cast::<5, 1>(self.b.val().get_bits::<1>(0)) | 0xA;
        } else if self.b_pair.val() == 3 {
            self.b_shared.next = bit_cast::<5, 1>(self.b.val().get_bits::<1>(0)) | 0x12;
        }
        // C: zero 0, results 1..3, planes 4..7, scalars 8..11, constants 12..15
        self.c_sel.next = 2.into();
        if self.c.val().get_bit(3) {
            self.c_sel.next = 0.into();
        } else if self.c_pair.val() == 2 {
            self.c_sel.next = bit_cast::<5, 1>(self.c.val().get_bits::<1>(0)) | 0xA;
        } else if self.c_pair.val() == 3 {
            self.c_sel.next = bit_cast::<5, 1>(self.c.val().get_bits::<1>(0)) | 0x12;
        } else if self.c.val() == 1 {
            if self.written.val().get_bit(4) {
                self.c_sel.next = 1.into();
            }
        } else if self.c.val() == 2 {
            if self.written.val().get_bit(5) {
                self.c_sel.next = 6.into();
            }
        } else if (self.c.val() == 3) & self.written.val().get_bit(6) {
            self.c_sel.next = 7.into();
        }
        self.c_shared.next = bit_cast::<5, 1>(self.c.val().get_bits::<1>(0)) | 0x12;
        if self.c_pair.val() == 4 {
            self.c_shared.next = bit_cast::<5, 1>(self.c.val().get_bits::<1>(0));
        } else if self.c_pair.val() == 5 {
            self.c_shared.next = bit_cast::<5, 1>(self.c.val().get_bits::<1>(0)) | 6;
        } else if self.c_pair.val() == 6 {
            self.c_shared.next = bit_cast::<5, 1>(self.c.val().get_bits::<1>(0)) | 0xA;
        }
        // Predicate
        self.holds_not.next = (self.op.val() == 0) & (self.pred.val() != 1);
        self.holds.next = (self.op.val() == 0) & (self.pred.val() != 2);
        if !self.written.val().get_bit(7) {
            self.holds.next = (self.op.val() == 0) & (self.pred.val() != 1);
        }
        self.gate.next = bit_cast::<2, 1>(self.holds_not.val().into())
            | (bit_cast::<2, 1>(self.holds.val().into()) << 1);
        self.takes_p.next = (self.op.val() == 5) & self.written.val().get_bit(7);
        self.writes_p.next = (self.op.val() == 3) | (self.op.val() == 4);
        // Min, Max, Ge, Eq, Sel, NegIf
        self.compares.next = 0.into();
        if self.op.val() == 1 {
            self.compares.next = 1.into();
        } else if self.op.val() == 2 {
            self.compares.next = 3.into();
        } else if self.op.val() == 3 {
            self.compares.next = 0x13.into();
        } else if self.op.val() == 4 {
            self.compares.next = 0x18.into();
        } else if self.op.val() == 6 {
            self.compares.next = 4.into();
        }
        self.rounding.next = 0.into();
        if self.slot.val().get_bit(19) {
            self.rounding.next = 1.into();
        } else if self.slot.val().get_bit(18) {
            self.rounding.next = 2.into();
        }
        self.result_bits.next = 0.into();
        if self.result.val() == 1 {
            self.result_bits.next = 1.into();
        } else if self.result.val() == 2 {
            self.result_bits.next = 2.into();
        } else if self.result.val() == 3 {
            self.result_bits.next = 4.into();
        }
        self.plane_bits.next = 0.into();
        if self.plane.val() == 4 {
            self.plane_bits.next = 1.into();
        } else if self.plane.val() == 5 {
            self.plane_bits.next = 2.into();
        } else if self.plane.val() == 6 {
            self.plane_bits.next = 4.into();
        } else if self.plane.val() == 7 {
            self.plane_bits.next = 8.into();
        }
        self.word.next = bit_cast::<49, 5>(self.a_sel.val())
            | (bit_cast::<49, 3>(self.b_sel.val()) << 5)
            | (bit_cast::<49, 5>(self.c_sel.val()) << 8)
            | (bit_cast::<49, 5>(self.b_shared.val()) << 13)
            | (bit_cast::<49, 5>(self.c_shared.val()) << 18)
            | (bit_cast::<49, 2>(self.gate.val()) << 23)
            | (bit_cast::<49, 1>(self.takes_p.val().into()) << 25)
            | (bit_cast::<49, 5>(self.compares.val()) << 26)
            | (bit_cast::<49, 4>(self.slot.val().get_bits::<4>(14)) << 31)
            | (bit_cast::<49, 2>(self.rounding.val()) << 35)
            | (bit_cast::<49, 3>(self.result_bits.val()) << 37)
            | (bit_cast::<49, 4>(self.plane_bits.val()) << 40)
            | (bit_cast::<49, 2>(self.slot.val().get_bits::<2>(27)) << 44)
            | (bit_cast::<49, 1>(self.writes_p.val().into()) << 46)
            | (bit_cast::<49, 2>(self.slot.val().get_bits::<2>(29)) << 47);
    }
}
