//! The machine registers of the control core.
//!
//! | register | reset | what a write keeps |
//! |---|---|---|
//! | mstatus | 0x1800 | MIE (3) and MPIE (7); MPP (12..11) reads 3, the rest 0 |
//! | mtvec | 0 | bits 31..2 (the mode bits read 0: every trap goes to the base) |
//! | mscratch | 0 | all bits |
//! | mepc | 0 | bits 31..2 |
//! | mcause | 0 | all bits |
//! | mhartid | 0 | read-only |
//!
//! Every other number with bits 9..8 = 3 (machine) reads 0 and ignores writes; numbers with other bits 9..8 are
//! illegal. Numbers with bits 11..10 = 3 are read-only: an instruction that writes one is illegal, even where the
//! register is not listed. `csrrw` and `csrrwi` always write; `csrrs`, `csrrc` (`csrrsi`, `csrrci`) write unless the
//! rs1 field is 0 (x0, or the immediate 0). Reading has no side effect, so `rd` = x0 needs no special case.

use synfire_format::mmio::csr::{MCAUSE, MEPC, MHARTID, MSCRATCH, MSTATUS, MSTATUS_MASK, MTVEC};

/// mstatus bit: interrupts enabled (kept for software; this core takes none).
pub const MIE: u32 = 1 << 3;
/// mstatus bit: MIE before the trap.
pub const MPIE: u32 = 1 << 7;
/// What mstatus reads in MPP: machine mode.
pub const MPP: u32 = 3 << 11;

/// The machine registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Csrs {
    /// MIE and MPIE only.
    mstatus: u32,
    mtvec: u32,
    mscratch: u32,
    mepc: u32,
    mcause: u32,
}

impl Csrs {
    /// Value of register `number`, or `None` where an access is an illegal instruction.
    pub fn read(&self, number: u16) -> Option<u32> {
        if number >> 8 & 3 != 3 {
            return None;
        }
        Some(match number {
            MSTATUS => self.mstatus | MPP,
            MTVEC => self.mtvec,
            MSCRATCH => self.mscratch,
            MEPC => self.mepc,
            MCAUSE => self.mcause,
            MHARTID => 0,
            _ => 0,
        })
    }

    /// Writes register `number`; `None` (nothing written) where that is an illegal instruction.
    pub fn write(&mut self, number: u16, value: u32) -> Option<()> {
        if number >> 8 & 3 != 3 || number >> 10 == 3 {
            return None;
        }
        match number {
            MSTATUS => self.mstatus = value & MSTATUS_MASK,
            MTVEC => self.mtvec = value & !3,
            MSCRATCH => self.mscratch = value,
            MEPC => self.mepc = value & !3,
            MCAUSE => self.mcause = value,
            _ => {}
        }
        Some(())
    }

    /// A trap of the instruction at `pc`: mepc = pc, mcause = cause, MPIE = MIE, MIE = 0. Returns the next pc, mtvec.
    pub fn trap(&mut self, pc: u32, cause: u32) -> u32 {
        self.mepc = pc;
        self.mcause = cause;
        self.mstatus = if self.mstatus & MIE == 0 { 0 } else { MPIE };
        self.mtvec
    }

    /// `mret`: MIE = MPIE, MPIE = 1. Returns the next pc, mepc.
    pub fn mret(&mut self) -> u32 {
        let mie = if self.mstatus & MPIE == 0 { 0 } else { MIE };
        self.mstatus = mie | MPIE;
        self.mepc
    }

    /// True where no handler is set: a trap then ends the program.
    pub fn no_handler(&self) -> bool {
        self.mtvec == 0
    }
}
