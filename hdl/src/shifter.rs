//! `Shifter`: logical left, logical right and arithmetic right shifts of 32 bits.
//!
//! Combinational: five stages of a right shift; a left shift turns the bits round before and after. Without a direction
//! the result is 0, so that the core may join it with other results by `or`.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Shifter {
    pub a: Signal<In, Bits<32>>,
    pub amount: Signal<In, Bits<5>>,
    pub left: Signal<In, Bit>,
    pub right: Signal<In, Bit>,
    /// Right shifts repeat the sign.
    pub arithmetic: Signal<In, Bit>,
    pub result: Signal<Out, Bits<32>>,
    turn1: Signal<Local, Bits<32>>,
    turn2: Signal<Local, Bits<32>>,
    turn4: Signal<Local, Bits<32>>,
    turn8: Signal<Local, Bits<32>>,
    turn16: Signal<Local, Bits<32>>,
    sign: Signal<Local, Bits<32>>,
    s0: Signal<Local, Bits<32>>,
    s1: Signal<Local, Bits<32>>,
    s2: Signal<Local, Bits<32>>,
    s4: Signal<Local, Bits<32>>,
    s8: Signal<Local, Bits<32>>,
    s16: Signal<Local, Bits<32>>,
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
        self.s0.next = self.a.val();
        if self.left.val() {
            self.s0.next = self.turn16.val();
        }
        self.sign.next = 0.into();
        if self.arithmetic.val() & self.a.val().get_bit(31) & !self.left.val() {
            self.sign.next = 0xffff_ffff_u64.into();
        }
        self.s1.next = self.s0.val();
        if self.amount.val().get_bit(0) {
            self.s1.next = (self.s0.val() >> 1) | (self.sign.val() << 31);
        }
        self.s2.next = self.s1.val();
        if self.amount.val().get_bit(1) {
            self.s2.next = (self.s1.val() >> 2) | (self.sign.val() << 30);
        }
        self.s4.next = self.s2.val();
        if self.amount.val().get_bit(2) {
            self.s4.next = (self.s2.val() >> 4) | (self.sign.val() << 28);
        }
        self.s8.next = self.s4.val();
        if self.amount.val().get_bit(3) {
            self.s8.next = (self.s4.val() >> 8) | (self.sign.val() << 24);
        }
        self.s16.next = self.s8.val();
        if self.amount.val().get_bit(4) {
            self.s16.next = (self.s8.val() >> 16) | (self.sign.val() << 16);
        }
        self.back1.next =
            ((self.s16.val() & 0x5555_5555) << 1) | ((self.s16.val() >> 1) & 0x5555_5555);
        self.back2.next =
            ((self.back1.val() & 0x3333_3333) << 2) | ((self.back1.val() >> 2) & 0x3333_3333);
        self.back4.next =
            ((self.back2.val() & 0x0f0f_0f0f) << 4) | ((self.back2.val() >> 4) & 0x0f0f_0f0f);
        self.back8.next =
            ((self.back4.val() & 0x00ff_00ff) << 8) | ((self.back4.val() >> 8) & 0x00ff_00ff);
        self.back16.next = (self.back8.val() << 16) | (self.back8.val() >> 16);
        self.to_right.next = 0.into();
        if self.right.val() {
            self.to_right.next = self.s16.val();
        }
        self.to_left.next = 0.into();
        if self.left.val() {
            self.to_left.next = self.back16.val();
        }
        self.result.next = self.to_right.val() | self.to_left.val();
    }
}
