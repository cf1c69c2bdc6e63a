//! `Access`: where a load or store of the core goes, with its lanes.
//!
//! Combinational. It is a block of its own so that a request never shares logic with what its ready decides.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Access {
    /// A load or store is at hand.
    pub active: Signal<In, Bit>,
    /// Width and sign of the access (funct3).
    pub f3: Signal<In, Bits<3>>,
    pub addr: Signal<In, Bits<32>>,
    /// What a store stores.
    pub value: Signal<In, Bits<32>>,
    /// Address bits that are 0 in the SRAM.
    pub outside: Signal<In, Bits<32>>,
    pub data_valid: Signal<Out, Bit>,
    pub misaligned: Signal<Out, Bit>,
    pub in_sram: Signal<Out, Bit>,
    /// A whole word among the registers.
    pub in_mmio: Signal<Out, Bit>,
    /// Byte lanes of the 32-bit word.
    pub lanes: Signal<Out, Bits<4>>,
    /// The value in each of its lanes.
    pub store_data: Signal<Out, Bits<32>>,
    mask: Signal<Local, Bits<4>>,
    bad: Signal<Local, Bit>,
    sram: Signal<Local, Bit>,
}

impl Logic for Access {
    #[hdl_gen]
    fn update(&mut self) {
        self.bad.next = (self.f3.val().get_bit(0) & self.addr.val().get_bit(0))
            | (self.f3.val().get_bit(1) & (self.addr.val().get_bits::<2>(0) != 0));
        self.sram.next = (self.addr.val() & self.outside.val()) == 0;
        self.misaligned.next = self.bad.val();
        self.in_sram.next = self.sram.val();
        // 0x4000_0000 .. 0x4000_007f
        self.in_mmio.next =
            (self.addr.val().get_bits::<25>(7) == 0x80_0000) & self.f3.val().get_bit(1);
        self.data_valid.next = self.active.val() & self.sram.val() & !self.bad.val();
        self.mask.next = 15.into();
        self.store_data.next = self.value.val();
        if self.f3.val().get_bits::<2>(0) == 0 {
            self.mask.next = bits::<4>(1) << bit_cast::<4, 2>(self.addr.val().get_bits::<2>(0));
            self.store_data.next = bit_cast::<32, 8>(self.value.val().get_bits::<8>(0))
                | (bit_cast::<32, 8>(self.value.val().get_bits::<8>(0)) << 8)
                | (bit_cast::<32, 8>(self.value.val().get_bits::<8>(0)) << 16)
                | (bit_cast::<32, 8>(self.value.val().get_bits::<8>(0)) << 24);
        }
        if self.f3.val().get_bit(0) {
            self.mask.next = 3.into();
            if self.addr.val().get_bit(1) {
                self.mask.next = 12.into();
            }
            self.store_data.next = bit_cast::<32, 16>(self.value.val().get_bits::<16>(0))
                | (bit_cast::<32, 16>(self.value.val().get_bits::<16>(0)) << 16);
        }
        self.lanes.next = self.mask.val();
    }
}
