//! `Csr`: the core's machine registers, as CSR instructions, traps and `mret` see them.
//!
//! mstatus is two flip-flops; mtvec, mscratch, mepc and mcause lie at 0..=3 of a small RAM, read in the decode cycle
//! (`take`), shown in the execute cycle and written in the cycle after, from what the core keeps of them. A trap takes
//! two cycles: `trap` stores mepc and reads mtvec, `vector` shows it and stores mcause. Which accesses are illegal is
//! the decoder's affair.

use rust_hdl::prelude::*;

use crate::lut_ram::LutRam;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Csr {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Writes 0 to the register at `clear_index`.
    pub clear: Signal<In, Bit>,
    pub clear_index: Signal<In, Bits<2>>,
    /// Reads register `number`; `mret` reads mepc.
    pub take: Signal<In, Bit>,
    pub number: Signal<In, Bits<12>>,
    /// A CSR instruction, until it has finished.
    pub access: Signal<In, Bit>,
    /// It finishes: `present` is what `old` showed.
    pub update: Signal<In, Bit>,
    pub present: Signal<In, Bits<32>>,
    pub f3: Signal<In, Bits<3>>,
    /// Its rs1 field.
    pub field: Signal<In, Bits<5>>,
    /// Value of register rs1; 0 where the field is the operand.
    pub source: Signal<In, Bits<32>>,
    /// An `mret`, and the cycle in which it executes.
    pub mret: Signal<In, Bit>,
    pub leave: Signal<In, Bit>,
    pub trap: Signal<In, Bit>,
    pub vector: Signal<In, Bit>,
    pub pc: Signal<In, Bits<32>>,
    pub cause: Signal<In, Bits<4>>,
    /// What the register holds; mepc of an `mret`, mtvec of a `vector`; 0 of anything else.
    pub old: Signal<Out, Bits<32>>,
    ram: LutRam<2, 32>,
    mie: DFF<Bit>,
    mpie: DFF<Bit>,
    /// In the RAM.
    stored: DFF<Bit>,
    is_status: DFF<Bit>,
    /// Bits 1..0 read 0.
    is_aligned: DFF<Bit>,
    index: DFF<Bits<2>>,
    place: Signal<Local, Bits<2>>,
    shown: Signal<Local, Bits<32>>,
    status: Signal<Local, Bits<32>>,
    plain: Signal<Local, Bits<2>>,
    operand: Signal<Local, Bits<32>>,
    updated: Signal<Local, Bits<32>>,
    kept: Signal<Local, Bits<32>>,
    added: Signal<Local, Bits<32>>,
    writes: Signal<Local, Bit>,
}

impl Csr {
    /// The registers; `distributed` puts them into LUT RAM.
    pub fn new(distributed: bool) -> Self {
        Self {
            ram: LutRam::new(distributed),
            ..Self::default()
        }
    }
}

impl Logic for Csr {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, mie, mpie, stored, is_status, is_aligned, index);
        clock!(self, clock, ram);
        // 0x340..0x342 are 1..3; mret is number 0x302 and needs mepc.
        self.place.next = self.number.val().get_bits::<2>(0) + 1;
        if self.number.val() == 0x305 {
            self.place.next = 0.into();
        }
        if self.number.val() == 0x302 {
            self.place.next = 2.into();
        }
        if self.take.val() {
            self.index.d.next = self.place.val();
            self.is_status.d.next = self.number.val() == 0x300;
            self.is_aligned.d.next = (self.number.val() == 0x305) | (self.number.val() == 0x341);
            self.stored.d.next = (self.number.val() == 0x305)
                | ((self.number.val().get_bits::<10>(2) == 0xd0)
                    & (self.number.val().get_bits::<2>(0) != 3));
        }
        self.ram.read.next = self.take.val() | self.trap.val();
        self.ram.read_addr.next = self.place.val();
        if self.trap.val() {
            self.ram.read_addr.next = 0.into();
        }

        self.shown.next = 0.into();
        if (self.stored.q.val() & self.access.val()) | self.mret.val() | self.vector.val() {
            self.shown.next = self.ram.q.val();
        }
        self.status.next = 0.into();
        if self.is_status.q.val() & self.access.val() {
            self.status.next = (bit_cast::<32, 1>(self.mpie.q.val().into()) << 7)
                | (bit_cast::<32, 1>(self.mie.q.val().into()) << 3)
                | 0x1800;
        }
        self.old.next = self.shown.val() | self.status.val();
        self.operand.next = self.source.val();
        if self.f3.val().get_bit(2) {
            self.operand.next = self.source.val() | bit_cast::<32, 5>(self.field.val());
        }
        // Nothing but the operation's own cycle lets a value through.
        self.plain.next = 0.into();
        if self.update.val() {
            self.plain.next = self.f3.val().get_bits::<2>(0);
        }
        self.updated.next = 0.into();
        if self.plain.val() == 1 {
            self.updated.next = self.operand.val();
        }
        if self.plain.val() == 2 {
            self.updated.next = self.present.val() | self.operand.val();
        }
        if self.plain.val() == 3 {
            self.updated.next = self.present.val() & !self.operand.val();
        }
        // csrrs and csrrc with register or immediate 0 do not write.
        self.writes.next =
            self.update.val() & ((self.f3.val().get_bits::<2>(0) == 1) | (self.field.val() != 0));
        if self.writes.val() & self.is_status.q.val() {
            self.mie.d.next = self.updated.val().get_bit(3);
            self.mpie.d.next = self.updated.val().get_bit(7);
        }
        if self.leave.val() {
            self.mie.d.next = self.mpie.q.val();
            self.mpie.d.next = true;
        }
        if self.trap.val() {
            self.mpie.d.next = self.mie.q.val();
            self.mie.d.next = false;
        }
        self.ram.write.next = (self.writes.val() & self.stored.q.val())
            | self.clear.val()
            | self.trap.val()
            | self.vector.val();
        self.ram.write_addr.next = self.index.q.val();
        self.kept.next = self.updated.val();
        if self.is_aligned.q.val() {
            self.kept.next = self.updated.val() & 0xffff_fffc_u64;
        }
        self.added.next = 0.into();
        if self.trap.val() {
            self.ram.write_addr.next = 2.into();
            self.added.next = self.pc.val();
        }
        if self.vector.val() {
            self.ram.write_addr.next = 3.into();
            self.added.next = bit_cast::<32, 4>(self.cause.val());
        }
        if self.clear.val() {
            self.ram.write_addr.next = self.clear_index.val();
        }
        self.ram.write_data.next = self.kept.val() | self.added.val();
        if self.reset.val() {
            self.mie.d.next = false;
            self.mpie.d.next = false;
        }
    }
}
