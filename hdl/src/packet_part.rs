//! `PacketPart`: the next byte of a packet for a PE, low byte first: payload, key, control. Combinational.
//!
//! SEND's packets come as they are; READ's are peeks, WRITE's and WRITE_BYTES's pokes (`synfire_format::packet`).

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct PacketPart {
    pub command: Signal<In, Bits<4>>,
    /// Number of the byte, 0 to 8.
    pub index: Signal<In, Bits<4>>,
    /// Next byte of the request.
    pub data: Signal<In, Bits<8>>,
    /// In words.
    pub address: Signal<In, Bits<16>>,
    /// The bytes before this one have an odd number of ones.
    pub parity: Signal<In, Bit>,
    pub q: Signal<Out, Bits<8>>,
    even: Signal<Local, Bit>,
    is_read: Signal<Local, Bit>,
}

impl Logic for PacketPart {
    #[hdl_gen]
    fn update(&mut self) {
        self.is_read.next = self.command.val() == 1;
        // Of the control byte, a peek has one other bit, a poke two.
        self.even.next = self.parity.val() == self.is_read.val();
        self.q.next = self.data.val();
        if self.command.val() != 4 {
            if self.index.val().get_bit(3) {
                self.q.next = bit_cast::<8, 1>(self.even.val().into()) | 0x82;
                if self.is_read.val() {
                    self.q.next = bit_cast::<8, 1>(self.even.val().into()) | 0x80;
                }
            } else if self.index.val() == 4 {
                self.q.next = bit_cast::<8, 6>(self.address.val().get_bits::<6>(0)) << 2;
            } else if self.index.val() == 5 {
                self.q.next = self.address.val().get_bits::<8>(6);
            } else if self.index.val() == 6 {
                self.q.next = bit_cast::<8, 2>(self.address.val().get_bits::<2>(14));
            } else if self.is_read.val() | (self.index.val() == 7) {
                self.q.next = 0.into();
            } else if (self.command.val() == 3) & self.index.val().get_bit(0) {
                // Each byte's high byte.
                self.q.next = 0.into();
            }
        }
    }
}
