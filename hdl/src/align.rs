//! `Align`: the value that a load takes out of its 32-bit word.
//!
//! Combinational. It gives 0 unless `active`, so that the core may join it with other results by `or`.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Align {
    pub active: Signal<In, Bit>,
    /// Width and sign of the load (funct3).
    pub f3: Signal<In, Bits<3>>,
    /// Lowest address bits.
    pub addr: Signal<In, Bits<2>>,
    pub word: Signal<In, Bits<32>>,
    pub value: Signal<Out, Bits<32>>,
    half: Signal<Local, Bits<16>>,
    octet: Signal<Local, Bits<8>>,
    is_octet: Signal<Local, Bit>,
    is_half: Signal<Local, Bit>,
    /// Bits 31..16 and 15..8 are ones.
    ones16: Signal<Local, Bit>,
    ones8: Signal<Local, Bit>,
    high: Signal<Local, Bits<16>>,
    middle: Signal<Local, Bits<8>>,
    low: Signal<Local, Bits<8>>,
}

impl Logic for Align {
    #[hdl_gen]
    fn update(&mut self) {
        self.half.next = self.word.val().get_bits::<16>(0);
        if self.addr.val().get_bit(1) {
            self.half.next = self.word.val().get_bits::<16>(16);
        }
        self.octet.next = self.half.val().get_bits::<8>(0);
        if self.addr.val().get_bit(0) {
            self.octet.next = self.half.val().get_bits::<8>(8);
        }
        self.is_octet.next = self.f3.val().get_bits::<2>(0) == 0;
        self.is_half.next = self.f3.val().get_bit(0);
        self.ones8.next = self.active.val()
            & self.is_octet.val()
            & self.octet.val().get_bit(7)
            & !self.f3.val().get_bit(2);
        self.ones16.next = self.ones8.val()
            | (self.active.val()
                & self.is_half.val()
                & self.half.val().get_bit(15)
                & !self.f3.val().get_bit(2));
        self.high.next = 0.into();
        if self.active.val() & self.f3.val().get_bit(1) {
            self.high.next = self.word.val().get_bits::<16>(16);
        }
        if self.ones16.val() {
            self.high.next = 0xffff.into();
        }
        self.middle.next = 0.into();
        if self.active.val() & !self.is_octet.val() {
            self.middle.next = self.half.val().get_bits::<8>(8);
        }
        if self.ones8.val() {
            self.middle.next = 0xff.into();
        }
        // A whole word lies at an address whose two lowest bits are 0.
        self.low.next = 0.into();
        if self.active.val() {
            self.low.next = self.octet.val();
        }
        self.value.next = bit_cast::<32, 8>(self.low.val())
            | (bit_cast::<32, 8>(self.middle.val()) << 8)
            | (bit_cast::<32, 16>(self.high.val()) << 16);
    }
}
