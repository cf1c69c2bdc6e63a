//! `Shifter`: the one barrel shifter of the control block, for the core's shifts and the exponential's steps.
//!
//! Combinational: a right shift of 37 bits in five stages, behind a choice of operands that does the shift by 32; a left
//! shift turns the bits round before and after. The core goes first: without a direction of its own `result` is 0, so
//! that it may be joined with other results by `or`, and `shifted` belongs to the exponential.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Shifter {
    pub a: Signal<In, Bits<32>>,
    pub amount: Signal<In, Bits<5>>,
    /// One of them in the cycle of a shift of the core.
    pub left: Signal<In, Bit>,
    pub right: Signal<In, Bit>,
    /// Right shifts repeat the sign.
    pub arithmetic: Signal<In, Bit>,
    pub result: Signal<Out, Bits<32>>,
    /// Logical right shift of `factor` by 0 ..= 36.
    pub factor: Signal<In, Bits<37>>,
    pub by: Signal<In, Bits<6>>,
    pub shifted: Signal<Out, Bits<37>>,
    turn1: Signal<Local, Bits<32>>,
    turn2: Signal<Local, Bits<32>>,
    turn4: Signal<Local, Bits<32>>,
    turn8: Signal<Local, Bits<32>>,
    turn16: Signal<Local, Bits<32>>,
    core: Signal<Local, Bit>,
    places: Signal<Local, Bits<5>>,
    fill: Signal<Local, Bits<37>>,
    from_a: Signal<Local, Bits<37>>,
    from_turned: Signal<Local, Bits<37>>,
    from_factor: Signal<Local, Bits<37>>,
    s0: Signal<Local, Bits<37>>,
    s1: Signal<Local, Bits<37>>,
    s2: Signal<Local, Bits<37>>,
    s4: Signal<Local, Bits<37>>,
    s8: Signal<Local, Bits<37>>,
    s16: Signal<Local, Bits<37>>,
    low: Signal<Local, Bits<32>>,
    back1: Signal<Local, Bits<32>>,
    back2: Signal<Local, Bits<32>>,
    back4: Signal<Local, Bits<32>>,
    back8: Signal<Local, Bits<32>>,
    back16: Signal<Local, Bits<32>>,
    to_right: Signal<Local, Bits<32>>,
    to_left: Signal<Local, Bits<32>>,
}

impl Logic for Shifter {
    #[hdl_gen]
    fn update(&mut self) {
        self.turn1.next = ((self.a.val() & 0x5555_5555) << 1) | ((self.a.val() >> 1) & 0x5555_5555);
        self.turn2.next =
            ((self.turn1.val() & 0x3333_3333) << 2) | ((self.turn1.val() >> 2) & 0x3333_3333);
        self.turn4.next =
            ((self.turn2.val() & 0x0f0f_0f0f) << 4) | ((self.turn2.val() >> 4) & 0x0f0f_0f0f);
        self.turn8.next =
            ((self.turn4.val() & 0x00ff_00ff) << 8) | ((self.turn4.val() >> 8) & 0x00ff_00ff);
        self.turn16.next = (self.turn8.val() << 16) | (self.turn8.val() >> 16);
        self.core.next = self.left.val() | self.right.val();
        self.fill.next = 0.into();
        if self.arithmetic.val() & self.a.val().get_bit(31) & self.right.val() {
            self.fill.next = 0x1f_ffff_ffff_u64.into();
        }
        self.from_a.next = 0.into();
        if self.right.val() {
            self.from_a.next = bit_cast::<37, 32>(self.a.val()) | (self.fill.val() << 32);
        }
        self.from_turned.next = 0.into();
        if self.left.val() {
            self.from_turned.next = bit_cast::<37, 32>(self.turn16.val());
        }
        self.from_factor.next = 0.into();
        if !self.core.val() {
            self.from_factor.next = self.factor.val();
            if self.by.val().get_bit(5) {
                self.from_factor.next = self.factor.val() >> 32;
            }
        }
        self.s0.next = self.from_a.val() | self.from_turned.val() | self.from_factor.val();
        self.places.next = self.by.val().get_bits::<5>(0);
        if self.core.val() {
            self.places.next = self.amount.val();
        }
        self.s1.next = self.s0.val();
        if self.places.val().get_bit(0) {
            self.s1.next = (self.s0.val() >> 1) | (self.fill.val() << 36);
        }
        self.s2.next = self.s1.val();
        if self.places.val().get_bit(1) {
            self.s2.next = (self.s1.val() >> 2) | (self.fill.val() << 35);
        }
        self.s4.next = self.s2.val();
        if self.places.val().get_bit(2) {
            self.s4.next = (self.s2.val() >> 4) | (self.fill.val() << 33);
        }
        self.s8.next = self.s4.val();
        if self.places.val().get_bit(3) {
            self.s8.next = (self.s4.val() >> 8) | (self.fill.val() << 29);
        }
        self.s16.next = self.s8.val();
        if self.places.val().get_bit(4) {
            self.s16.next = (self.s8.val() >> 16) | (self.fill.val() << 21);
        }
        self.shifted.next = self.s16.val();
        self.low.next = self.s16.val().get_bits::<32>(0);
        self.back1.next =
            ((self.low.val() & 0x5555_5555) << 1) | ((self.low.val() >> 1) & 0x5555_5555);
        self.back2.next =
            ((self.back1.val() & 0x3333_3333) << 2) | ((self.back1.val() >> 2) & 0x3333_3333);
        self.back4.next =
            ((self.back2.val() & 0x0f0f_0f0f) << 4) | ((self.back2.val() >> 4) & 0x0f0f_0f0f);
        self.back8.next =
            ((self.back4.val() & 0x00ff_00ff) << 8) | ((self.back4.val() >> 8) & 0x00ff_00ff);
        self.back16.next = (self.back8.val() << 16) | (self.back8.val() >> 16);
        self.to_right.next = 0.into();
        if self.right.val() {
            self.to_right.next = self.low.val();
        }
        self.to_left.next = 0.into();
        if self.left.val() {
            self.to_left.next = self.back16.val();
        }
        self.result.next = self.to_right.val() | self.to_left.val();
    }
}
