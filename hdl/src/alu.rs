//! `Alu`: the core's adder, comparison and logic on one pair of operands.
//!
//! Combinational. Shifts have a block of their own; which result counts is the core's choice.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Alu {
    pub a: Signal<In, Bits<32>>,
    /// The second operand, unless `use_imm`.
    pub register: Signal<In, Bits<32>>,
    pub imm: Signal<In, Bits<32>>,
    pub use_imm: Signal<In, Bit>,
    /// Subtract; `less` and `equal` are valid then, `bitwise` is not.
    pub sub: Signal<In, Bit>,
    /// funct3 of an operation or branch: whether comparisons are signed.
    pub f3: Signal<In, Bits<3>>,
    pub sum: Signal<Out, Bits<32>>,
    pub less: Signal<Out, Bit>,
    pub equal: Signal<Out, Bit>,
    /// What `bitwise` is: 0, exclusive or, and, or.
    pub operation: Signal<In, Bits<2>>,
    pub bitwise: Signal<Out, Bits<32>>,
    b: Signal<Local, Bits<32>>,
    b_add: Signal<Local, Bits<32>>,
    sum_a: Signal<Local, Bits<34>>,
    sum_b: Signal<Local, Bits<34>>,
    sum_wide: Signal<Local, Bits<34>>,
}

impl Logic for Alu {
    #[hdl_gen]
    fn update(&mut self) {
        // Bit 0 of the wide sum takes the carry in, bit 33 is the carry out.
        self.b.next = self.register.val();
        if self.use_imm.val() {
            self.b.next = self.imm.val();
        }
        self.b_add.next = self.b.val();
        if self.sub.val() {
            self.b_add.next = !self.b.val();
        }
        self.sum_a.next = (bit_cast::<34, 32>(self.a.val()) << 1) | 1;
        self.sum_b.next =
            (bit_cast::<34, 32>(self.b_add.val()) << 1) | bit_cast::<34, 1>(self.sub.val().into());
        self.sum_wide.next = self.sum_a.val() + self.sum_b.val();
        self.sum.next = self.sum_wide.val().get_bits::<32>(1);
        self.less.next = !self.sum_wide.val().get_bit(33);
        // Unsigned comparisons: sltu (f3 = 3), bltu and bgeu (f3 = 6, 7). b_add is inverted here.
        if !((self.f3.val() == 3) | (self.f3.val().get_bits::<2>(1) == 3))
            & (self.a.val().get_bit(31) == self.b_add.val().get_bit(31))
        {
            self.less.next = self.a.val().get_bit(31);
        }
        self.equal.next = (self.a.val() ^ self.b_add.val()) == 0xffff_ffff_u64;

        self.bitwise.next = 0.into();
        if self.operation.val() == 1 {
            self.bitwise.next = self.a.val() ^ self.b_add.val();
        }
        if self.operation.val() == 2 {
            self.bitwise.next = self.a.val() & self.b_add.val();
        }
        if self.operation.val() == 3 {
            self.bitwise.next = self.a.val() | self.b_add.val();
        }
    }
}
