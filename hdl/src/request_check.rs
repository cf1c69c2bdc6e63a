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
    /// The first of them, or the one after the address.
    pub first: Signal<In, Bits<8>>,
    pub fits: Signal<Out, Bit>,
    /// Words that a WRITE or WRITE_BYTES of this length writes.
    pub writes: Signal<Out, Bits<7>>,
    /// A READ may ask for `first` words.
    pub readable: Signal<Out, Bit>,
    /// In words.
    pub address: Signal<In, Bits<16>>,
    /// It was no multiple of 4, or above any SRAM.
    pub astray: Signal<In, Bit>,
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
    last: Signal<Local, Bits<17>>,
    less: Signal<Local, Bits<7>>,
    high: Signal<Local, Bits<17>>,
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
            self.fits.next = (self.length.val().get_bits::<5>(3) != 0)
                & (self.length.val().get_bits::<2>(0) == 0);
        } else if self.command.val() == 3 {
            self.fits.next = ((self.length.val().get_bits::<5>(3) != 0)
                | (self.length.val().get_bits::<2>(1) == 3))
                & !self.length.val().get_bit(0);
        } else if self.command.val() == 4 {
            // 27 packets are one too many.
            self.fits.next = (self.length.val() != 0)
                & (self.length.val() != 243)
                & ((self.evens.val() == self.odd.val())
                    | (self.evens.val() == self.odd_more.val()));
        } else if self.command.val() == 5 {
            // 27 to 31 and more are too many.
            self.fits.next = (self.length.val() == 1)
                & (self.first.val() != 0)
                & (self.first.val().get_bits::<3>(5) == 0)
                & !((self.first.val().get_bits::<2>(3) == 3)
                    & ((self.first.val().get_bit(2)) | (self.first.val().get_bits::<2>(0) == 3)));
        } else if self.command.val() == 6 {
            self.fits.next = self.length.val() == 1;
        } else if self.command.val() == 7 {
            self.fits.next = self.length.val() == 0;
        }
        // 61 to 63 and more are too many.
        self.readable.next = (self.first.val() != 0)
            & (self.first.val().get_bits::<2>(6) == 0)
            & !((self.first.val().get_bits::<4>(2) == 15)
                & (self.first.val().get_bits::<2>(0) != 0));
        self.payload.next = self.length.val() - 4;
        self.writes.next = bit_cast::<7, 6>(self.payload.val().get_bits::<6>(2));
        if self.command.val().get_bit(0) {
            self.writes.next = self.payload.val().get_bits::<7>(1);
        }
        // The last word's address carries out of the SRAM where the range does.
        self.less.next = self.words.val() - 1;
        self.last.next =
            bit_cast::<17, 16>(self.address.val()) + bit_cast::<17, 7>(self.less.val());
        self.high.next = self.outside.val().get_bits::<17>(2);
        self.in_sram.next = !self.astray.val()
            & ((bit_cast::<17, 16>(self.address.val()) & self.high.val()) == 0)
            & ((self.last.val() & self.high.val()) == 0);
    }
}
