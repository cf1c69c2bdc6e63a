//! `CompactAlu`: the compact core's adder, comparison and logic on one pair of operands. Combinational.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct CompactAlu {
    pub x: Signal<In, Bits<32>>,
    pub y: Signal<In, Bits<32>>,
    /// Takes all bits of `y` turned: with `carry` it subtracts.
    pub invert: Signal<In, Bit>,
    pub carry: Signal<In, Bit>,
    /// funct3 of an operation, a branch or a CSR access.
    pub f3: Signal<In, Bits<3>>,
    pub is_branch: Signal<In, Bit>,
    pub sum: Signal<Out, Bits<32>>,
    /// The operands joined: by `and` for f3 of 3 and 7, by `or` for 2 and 6, else by exclusive or.
    pub bitwise: Signal<Out, Bits<32>>,
    /// `y`, turned where it is.
    pub operand: Signal<Out, Bits<32>>,
    /// In a subtraction: x equals y, or is less, as numbers with or without signs as `f3` says.
    pub equal: Signal<Out, Bit>,
    pub less: Signal<Out, Bit>,
    y_used: Signal<Local, Bits<32>>,
    x_wide: Signal<Local, Bits<34>>,
    y_wide: Signal<Local, Bits<34>>,
    sum_wide: Signal<Local, Bits<34>>,
    logic_word: Signal<Local, Bits<32>>,
    operation: Signal<Local, Bits<2>>,
}

impl Logic for CompactAlu {
    #[hdl_gen]
    fn update(&mut self) {
        self.y_used.next = self.y.val();
        if self.invert.val() {
            self.y_used.next = self.y.val() ^ 0xffff_ffff_u64;
        }
        self.operand.next = self.y_used.val();
        // Bit 0 of the wide sum takes the carry in, bit 33 is the carry out.
        self.x_wide.next = (bit_cast::<34, 32>(self.x.val()) << 1) | 1;
        self.y_wide.next = (bit_cast::<34, 32>(self.y_used.val()) << 1)
            | bit_cast::<34, 1>(self.carry.val().into());
        self.sum_wide.next = self.x_wide.val() + self.y_wide.val();
        self.sum.next = self.sum_wide.val().get_bits::<32>(1);
        self.operation.next = self.f3.val().get_bits::<2>(0);
        self.logic_word.next = self.x.val() ^ self.y_used.val();
        if self.operation.val() == 2 {
            self.logic_word.next = self.x.val() | self.y_used.val();
        }
        if self.operation.val() == 3 {
            self.logic_word.next = self.x.val() & self.y_used.val();
        }
        self.equal.next = self.logic_word.val().all();
        // Of the branches bit 1 tells unsigned comparisons, of the operations bit 0.
        self.less.next = !self.sum_wide.val().get_bit(33);
        if (self.x.val().get_bit(31) == self.y_used.val().get_bit(31))
            & !((self.is_branch.val() & self.f3.val().get_bit(1))
                | (!self.is_branch.val() & self.f3.val().get_bit(0)))
        {
            self.less.next = self.x.val().get_bit(31);
        }
        self.bitwise.next = self.logic_word.val();
    }
}
