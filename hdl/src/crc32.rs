//! `Crc32`: the CRC-32 of Ethernet (reflected polynomial 0xedb88320), a byte a cycle.
//!
//! `value` is the register before the final inversion: after the bytes up to the last cycle with `step`. It starts from
//! all ones at `clear`. It does not know frames.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Crc32 {
    pub clock: Signal<In, Clock>,
    /// All ones again; goes before `step`.
    pub clear: Signal<In, Bit>,
    /// Takes `data`.
    pub step: Signal<In, Bit>,
    pub data: Signal<In, Bits<8>>,
    pub value: Signal<Out, Bits<32>>,
    register: DFF<Bits<32>>,
    /// The register after this many bits more.
    after: [Signal<Local, Bits<32>>; 9],
}

impl Logic for Crc32 {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, register);
        self.value.next = self.register.q.val();
        self.after[0].next = self.register.q.val() ^ bit_cast::<32, 8>(self.data.val());
        for i in 0..8 {
            self.after[i + 1].next = self.after[i].val() >> 1;
            if self.after[i].val().get_bit(0) {
                self.after[i + 1].next = (self.after[i].val() >> 1) ^ 0xedb8_8320_u64;
            }
        }
        if self.step.val() {
            self.register.d.next = self.after[8].val();
        }
        if self.clear.val() {
            self.register.d.next = 0xffff_ffff_u64.into();
        }
    }
}
