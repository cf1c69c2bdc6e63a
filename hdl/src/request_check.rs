//! `RequestCheck`: whether a request's length fits its command, and its words the SRAM. Combinational.
//!
//! It does not know PEs, nor the count of a READ, which is its last byte.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct RequestCheck {
    pub command: Signal<In, Bits<4>>,
    /// Bytes of the payload.
    pub length: Signal<In, Bits<8>>,
    /// The first of them.
    pub first: Signal<In, Bits<8>>,
    pub fits: Signal<Out, Bit>,
    /// Words that a WRITE or WRITE_UNIT of this length writes.
    pub writes: Signal<Out, Bits<7>>,
    pub address: Signal<In, Bits<32>>,
    pub words: Signal<In, Bits<7>>,
    /// Address bits that are 0 in the SRAM.
    pub outside: Signal<In, Bits<32>>,
    /// The address is a multiple of 4, and it and the words from it are in the SRAM.
    pub in_sram: Signal<Out, Bit>,
    payload: Signal<Local, Bits<8>>,
    /// Octal digits of the length: the even ones, and the odd one with 9 more.
    evens: Signal<Local, Bits<5>>,
    odd: Signal<Local, Bits<5>>,
    odd_more: Signal<Local, Bits<5>>,
    span: Signal<Local, Bits<19>>,
    last: Signal<Local, Bits<19>>,
}

impl Logic for RequestCheck {
    #[hdl_gen]
    fn update(&mut self) {
        // 8 is -1 modulo 9: the digits' alternating sum tells the packets of SEND.
        self.evens.next = bit_cast::<5, 3>(self.length.val().get_bits::<3>(0))
            + bit_cast::<5, 2>(self.length.val().get_bits::<2>(6));
        self.odd.next = bit_cast::<5, 3>(self.length.val().get_bits::<3>(3));
        self.odd_more.next = bit_cast::<5, 3>(self.length.val().get_bits::<3>(3)) + 9;
        self.fits.next = false;
        if self.command.val() == 1 {
            self.fits.next = self.length.val() == 5;
        } else if self.command.val() == 2 {
            self.fits.next = (self.length.val() >= 8) & (self.length.val().get_bits::<2>(0) == 0);
        } else if self.command.val() == 3 {
            self.fits.next = (self.length.val() >= 6) & !self.length.val().get_bit(0);
        } else if self.command.val() == 4 {
            // 27 packets are one too many.
            self.fits.next = (self.length.val() != 0)
                & (self.length.val() != 243)
                & ((self.evens.val() == self.odd.val())
                    | (self.evens.val() == self.odd_more.val()));
        } else if self.command.val() == 5 {
            self.fits.next =
                (self.length.val() == 1) & (self.first.val() != 0) & (self.first.val() <= 26);
        } else if self.command.val() == 6 {
            self.fits.next = self.length.val() == 1;
        } else if self.command.val() == 7 {
            self.fits.next = self.length.val() == 0;
        }
        self.payload.next = self.length.val() - 4;
        self.writes.next = bit_cast::<7, 6>(self.payload.val().get_bits::<6>(2));
        if self.command.val().get_bit(0) {
            self.writes.next = self.payload.val().get_bits::<7>(1);
        }
        // The last word's address carries out of the SRAM where the range does.
        self.span.next = (bit_cast::<19, 7>(self.words.val()) << 2) - 4;
        self.last.next = self.address.val().get_bits::<19>(0) + self.span.val();
        self.in_sram.next = ((self.address.val() & self.outside.val()) == 0)
            & ((self.last.val() & self.outside.val().get_bits::<19>(0)) == 0)
            & (self.address.val().get_bits::<2>(0) == 0);
    }
}
