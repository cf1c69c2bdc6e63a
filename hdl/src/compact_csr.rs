//! `CompactCsr`: which place of the scratch memory a CSR access means, and mstatus, which has none.
//!
//! mtvec, mscratch, mepc and mcause lie at `01 00000` and after it; the place behind them reads 0 and stands for all others. Which
//! accesses are illegal is the decoder's affair.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct CompactCsr {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub number: Signal<In, Bits<12>>,
    pub f3: Signal<In, Bits<3>>,
    /// The access's rs1 field.
    pub field: Signal<In, Bits<5>>,
    pub place: Signal<Out, Bits<7>>,
    /// Bits 1..0 are kept as 0.
    pub aligned: Signal<Out, Bit>,
    /// mstatus, if the access is to it, else 0.
    pub status: Signal<Out, Bits<32>>,
    /// The access stores `result`, made of the old value and `operand` (turned, of csrrc).
    pub store: Signal<In, Bit>,
    pub result: Signal<In, Bits<32>>,
    pub operand: Signal<In, Bits<32>>,
    /// With `store`: into the scratch memory.
    pub writes: Signal<Out, Bit>,
    /// An `mret`; a trap.
    pub leave: Signal<In, Bit>,
    pub trap: Signal<In, Bit>,
    mie: DFF<Bit>,
    mpie: DFF<Bit>,
    kept: Signal<Local, Bit>,
    is_status: Signal<Local, Bit>,
    at: Signal<Local, Bits<7>>,
    stores: Signal<Local, Bit>,
}

impl Logic for CompactCsr {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, mie, mpie);
        // 0x305 is at 0, 0x340 to 0x342 at 1 to 3.
        self.kept.next = (self.number.val() == 0x305)
            | ((self.number.val().get_bits::<10>(2) == 0xd0)
                & (self.number.val().get_bits::<2>(0) != 3));
        self.at.next = 0x24.into();
        if self.kept.val() {
            self.at.next = 0x20.into();
            if self.number.val().get_bit(6) {
                self.at.next = bit_cast::<7, 2>(self.number.val().get_bits::<2>(0)) + 0x21;
            }
        }
        self.place.next = self.at.val();
        self.aligned.next = (self.at.val() == 0x20) | (self.at.val() == 0x22);
        self.is_status.next = self.number.val() == 0x300;
        self.status.next = 0.into();
        if self.is_status.val() {
            self.status.next = (bit_cast::<32, 1>(self.mpie.q.val().into()) << 7)
                | (bit_cast::<32, 1>(self.mie.q.val().into()) << 3)
                | 0x1800;
        }
        // csrrs and csrrc with register or immediate 0 do not write.
        self.stores.next =
            self.store.val() & ((self.f3.val().get_bits::<2>(0) == 1) | (self.field.val() != 0));
        self.writes.next = self.stores.val() & self.kept.val();
        if self.stores.val() & self.is_status.val() {
            self.mie.d.next = self.result.val().get_bit(3);
            self.mpie.d.next = self.result.val().get_bit(7);
            if self.f3.val().get_bits::<2>(0) == 2 {
                self.mie.d.next = self.mie.q.val() | self.operand.val().get_bit(3);
                self.mpie.d.next = self.mpie.q.val() | self.operand.val().get_bit(7);
            }
            if self.f3.val().get_bits::<2>(0) == 3 {
                self.mie.d.next = self.mie.q.val() & self.operand.val().get_bit(3);
                self.mpie.d.next = self.mpie.q.val() & self.operand.val().get_bit(7);
            }
        }
        if self.leave.val() {
            self.mie.d.next = self.mpie.q.val();
            self.mpie.d.next = true;
        }
        if self.trap.val() {
            self.mpie.d.next = self.mie.q.val();
            self.mie.d.next = false;
        }
        if self.reset.val() {
            self.mie.d.next = false;
            self.mpie.d.next = false;
        }
    }
}
