//! The control core as an instruction-level model: RV32I or RV32E with Zicsr, Zifencei and machine mode, no time.
//!
//! # Instructions
//! All of RV32I, the six CSR instructions, `fence`, `fence.i`, `ecall`, `ebreak`, `mret` and `wfi`. `fence`, `fence.i`
//! (any other fields, funct3 0 and 1) and `wfi` do nothing. Everything else is illegal, among it: funct3 values that
//! RV32I leaves free, funct7 other than 0 (0x20 for `sub`, `sra`, `srai`) in register operations and immediate
//! shifts, `SYSTEM` words with funct3 0 other than the exact words of the four above, and CSR accesses that
//! [`crate::csr`] refuses.
//! *RV32E*: a register field that the instruction uses (rd, rs1, rs2; not an immediate, not the immediate field of
//! `csrr*i`, not the ignored fields of `fence`) with bit 4 set is illegal.
//!
//! The model fetches every instruction anew; hardware that fetches ahead sees changed code after a `fence.i`.
//!
//! # Traps
//! The first that applies: fetch fault, illegal instruction / `ecall` / `ebreak`, misaligned target of a jump or a
//! *taken* branch (reported at the jump, which then writes no link register), misaligned data address, access fault.
//! A trap writes nothing but what [`Csrs::trap`] says and goes to mtvec. With mtvec = 0 nobody handles it: the core
//! does the same (so the next pc is 0) and halts. The pc is always a multiple of 4.
//!
//! # Halting and its code
//! | halt | [`Halt::code`] |
//! |---|---|
//! | store to `EXIT` | the value stored |
//! | `ecall` without a handler | 1 if a0 = 0, else a0 << 1 \| 1 |
//! | another trap without a handler | 0x8000_0000 \| cause |
//!
//! A halting instruction *retires*, once, as any other: the store to `EXIT` with its memory write, trap = false and
//! next_pc = pc + 4; the unhandled trap with trap = true and next_pc = 0. Nothing retires after it.
//!
//! # Blocking loads
//! A load whose answer does not exist yet does not retire and changes nothing; the core tries it again.

use synfire_format::mmio::cause;

use crate::csr::Csrs;

/// What an instruction did, after the RISC-V formal interface (RVFI). Model and RTL give equal records.
///
/// `mem_addr` is the address that the program used (the SRAM's second address is not folded away) with bits 1..0
/// cleared. Masks have a bit for each byte lane of that word (bit 0 the lowest address); data lies in its lanes and
/// the lanes outside the mask are 0. Without a memory access all five `mem_` fields are 0.
/// A trapping instruction has `trap` set, rd 0, no memory access and next_pc = mtvec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retire {
    /// Number of this instruction since reset, from 0.
    pub order: u64,
    pub pc: u32,
    /// The instruction word; 0 where it could not be fetched.
    pub insn: u32,
    pub next_pc: u32,
    /// Register written, 0 = none.
    pub rd: u8,
    /// What it now holds; 0 where `rd` is 0.
    pub rd_value: u32,
    pub mem_addr: u32,
    pub mem_read_mask: u8,
    pub mem_write_mask: u8,
    pub mem_read_data: u32,
    pub mem_write_data: u32,
    pub trap: bool,
}

/// Why a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// A store to the `EXIT` register.
    Exit { code: u32 },
    /// A store that left a nonzero word at the watched address (host side; the hardware runs on).
    Watch { code: u32 },
    /// `ecall` without a trap handler.
    Ecall { a0: u32 },
    /// Another trap without a trap handler.
    Trap { cause: u32, pc: u32 },
}

impl Halt {
    /// The exit code, see the module text: 1 passes.
    pub fn code(self) -> u32 {
        match self {
            Halt::Exit { code } | Halt::Watch { code } => code,
            Halt::Ecall { a0: 0 } => 1,
            Halt::Ecall { a0 } => a0 << 1 | 1,
            Halt::Trap { cause, .. } => 0x8000_0000 | cause,
        }
    }

    /// True if the program ended well.
    pub fn passed(self) -> bool {
        self.code() == 1
    }
}

/// Why the bus did not serve an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing there, or an access of this width is not defined: an access fault.
    Fault,
    /// The answer does not exist yet; only loads say so, and then change nothing.
    Blocked,
}

/// What the core is connected to. Addresses are multiples of `bytes` (1, 2 or 4).
pub trait Bus {
    /// The instruction word at `address` (a multiple of 4), `None` where there is none.
    fn fetch(&mut self, address: u32) -> Option<u32>;
    /// The value at `address`, in the low `8 * bytes` bits, the others 0.
    ///
    /// # Errors
    /// [`Refusal`].
    fn load(&mut self, address: u32, bytes: u32) -> Result<u32, Refusal>;
    /// Stores the low `8 * bytes` bits of `value`; the others are 0. [`Halt`] if the store ends the program.
    ///
    /// # Errors
    /// [`Refusal::Fault`].
    fn store(&mut self, address: u32, bytes: u32, value: u32) -> Result<Option<Halt>, Refusal>;
}

/// What one step of the core did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepResult {
    /// One instruction retired (perhaps the last: see [`Core::halt`]).
    Retired(Retire),
    /// A load waits for something that has not happened; nothing changed.
    Blocked,
    /// The program had ended before this step; nothing changed.
    Halted(Halt),
}

/// Why an instruction did not complete.
enum Stop {
    Trap(u32),
    Blocked,
}

const ILLEGAL: Stop = Stop::Trap(cause::ILLEGAL);

/// Registers and state of the control core. All registers are 0 at reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Core {
    pc: u32,
    x: [u32; 32],
    csrs: Csrs,
    retired: u64,
    halt: Option<Halt>,
    /// 16 in RV32E, where bit 4 of a register field is illegal; 0 in RV32I.
    forbidden: u32,
}

impl Core {
    /// A core out of reset that starts at `pc` (bits 1..0 ignored).
    pub fn new(rv32e: bool, pc: u32) -> Self {
        Self {
            pc: pc & !3,
            x: [0; 32],
            csrs: Csrs::default(),
            retired: 0,
            halt: None,
            forbidden: if rv32e { 16 } else { 0 },
        }
    }

    /// Address of the next instruction.
    pub fn pc(&self) -> u32 {
        self.pc
    }

    /// Goes on at `pc` (bits 1..0 ignored).
    pub fn set_pc(&mut self, pc: u32) {
        self.pc = pc & !3;
    }

    /// Register x`n`, n in 0..32 (0 above).
    pub fn register(&self, n: usize) -> u32 {
        self.x.get(n).copied().unwrap_or(0)
    }

    /// The machine registers.
    pub fn csrs(&self) -> &Csrs {
        &self.csrs
    }

    /// Instructions retired since reset.
    pub fn retired(&self) -> u64 {
        self.retired
    }

    /// Why the program ended, if it did.
    pub fn halt(&self) -> Option<Halt> {
        self.halt
    }

    /// Executes one instruction.
    pub fn step(&mut self, bus: &mut impl Bus) -> StepResult {
        if let Some(halt) = self.halt {
            return StepResult::Halted(halt);
        }
        let mut retire = Retire {
            order: self.retired,
            pc: self.pc,
            next_pc: self.pc.wrapping_add(4),
            ..Retire::default()
        };
        let done = match bus.fetch(self.pc) {
            Some(insn) => {
                retire.insn = insn;
                self.execute(insn, bus, &mut retire)
            }
            None => Err(Stop::Trap(cause::FETCH_FAULT)),
        };
        match done {
            Ok(()) => {}
            Err(Stop::Blocked) => return StepResult::Blocked,
            Err(Stop::Trap(cause)) => {
                retire.trap = true;
                retire.rd = 0;
                if self.csrs.no_handler() {
                    self.halt = Some(match cause {
                        cause::ECALL => Halt::Ecall { a0: self.x[10] },
                        _ => Halt::Trap { cause, pc: self.pc },
                    });
                }
                retire.next_pc = self.csrs.trap(self.pc, cause);
            }
        }
        if retire.rd != 0 {
            self.x[usize::from(retire.rd & 31)] = retire.rd_value;
        } else {
            retire.rd_value = 0;
        }
        self.pc = retire.next_pc;
        self.retired += 1;
        StepResult::Retired(retire)
    }

    /// A register field, checked against RV32E.
    #[inline(always)]
    fn field(&self, insn: u32, lsb: u32) -> Result<usize, Stop> {
        let n = insn >> lsb & 31;
        if n & self.forbidden != 0 {
            return Err(ILLEGAL);
        }
        Ok(n as usize)
    }

    #[inline(always)]
    fn rd(&self, insn: u32) -> Result<u8, Stop> {
        Ok(self.field(insn, 7)? as u8)
    }

    #[inline(always)]
    fn rs1(&self, insn: u32) -> Result<u32, Stop> {
        Ok(self.x[self.field(insn, 15)?])
    }

    #[inline(always)]
    fn rs2(&self, insn: u32) -> Result<u32, Stop> {
        Ok(self.x[self.field(insn, 20)?])
    }

    /// Computes what `insn` does into `retire`; the caller commits register and pc. Memory is written here.
    #[inline(always)]
    fn execute(&mut self, insn: u32, bus: &mut impl Bus, retire: &mut Retire) -> Result<(), Stop> {
        let pc = self.pc;
        match insn & 0x7f {
            // LUI, AUIPC
            0x37 => {
                retire.rd = self.rd(insn)?;
                retire.rd_value = insn & 0xffff_f000;
            }
            0x17 => {
                retire.rd = self.rd(insn)?;
                retire.rd_value = pc.wrapping_add(insn & 0xffff_f000);
            }
            // JAL, JALR
            0x6f => {
                let rd = self.rd(insn)?;
                let target = pc.wrapping_add(immediate_j(insn));
                retire.next_pc = aligned(target)?;
                (retire.rd, retire.rd_value) = (rd, pc.wrapping_add(4));
            }
            0x67 => {
                if funct3(insn) != 0 {
                    return Err(ILLEGAL);
                }
                let (rd, base) = (self.rd(insn)?, self.rs1(insn)?);
                let target = base.wrapping_add(immediate_i(insn)) & !1;
                retire.next_pc = aligned(target)?;
                (retire.rd, retire.rd_value) = (rd, pc.wrapping_add(4));
            }
            0x63 => {
                let (a, b) = (self.rs1(insn)?, self.rs2(insn)?);
                let taken = match funct3(insn) {
                    0 => a == b,
                    1 => a != b,
                    4 => (a as i32) < b as i32,
                    5 => a as i32 >= b as i32,
                    6 => a < b,
                    7 => a >= b,
                    _ => return Err(ILLEGAL),
                };
                if taken {
                    retire.next_pc = aligned(pc.wrapping_add(immediate_b(insn)))?;
                }
            }
            0x03 => self.load(insn, bus, retire)?,
            0x23 => self.store(insn, bus, retire)?,
            // OP-IMM, OP
            0x13 => {
                let (rd, a) = (self.rd(insn)?, self.rs1(insn)?);
                let f3 = funct3(insn);
                let arithmetic = match f3 {
                    1 | 5 => match insn >> 25 {
                        0 => false,
                        0x20 if f3 == 5 => true,
                        _ => return Err(ILLEGAL),
                    },
                    _ => false,
                };
                (retire.rd, retire.rd_value) =
                    (rd, alu(f3, false, arithmetic, a, immediate_i(insn)));
            }
            0x33 => {
                let f3 = funct3(insn);
                let alternative = match insn >> 25 {
                    0 => false,
                    0x20 if f3 == 0 || f3 == 5 => true,
                    _ => return Err(ILLEGAL),
                };
                let (rd, a, b) = (self.rd(insn)?, self.rs1(insn)?, self.rs2(insn)?);
                (retire.rd, retire.rd_value) = (rd, alu(f3, alternative, alternative, a, b));
            }
            // MISC-MEM
            0x0f => {
                if funct3(insn) > 1 {
                    return Err(ILLEGAL);
                }
            }
            0x73 => self.system(insn, retire)?,
            _ => return Err(ILLEGAL),
        }
        Ok(())
    }

    #[inline(always)]
    fn load(&mut self, insn: u32, bus: &mut impl Bus, retire: &mut Retire) -> Result<(), Stop> {
        let f3 = funct3(insn);
        let bytes = match f3 {
            0 | 4 => 1,
            1 | 5 => 2,
            2 => 4,
            _ => return Err(ILLEGAL),
        };
        let (rd, base) = (self.rd(insn)?, self.rs1(insn)?);
        let address = base.wrapping_add(immediate_i(insn));
        if address & (bytes - 1) != 0 {
            return Err(Stop::Trap(cause::MISALIGNED_LOAD));
        }
        let value = bus.load(address, bytes).map_err(|r| match r {
            Refusal::Fault => Stop::Trap(cause::LOAD_FAULT),
            Refusal::Blocked => Stop::Blocked,
        })?;
        retire.mem_addr = address & !3;
        retire.mem_read_mask = lanes(address, bytes);
        retire.mem_read_data = value << (8 * (address & 3));
        retire.rd = rd;
        retire.rd_value = match f3 {
            0 => value as i8 as u32,
            1 => value as i16 as u32,
            _ => value,
        };
        Ok(())
    }

    #[inline(always)]
    fn store(&mut self, insn: u32, bus: &mut impl Bus, retire: &mut Retire) -> Result<(), Stop> {
        let (bytes, mask) = match funct3(insn) {
            0 => (1, 0xff),
            1 => (2, 0xffff),
            2 => (4, u32::MAX),
            _ => return Err(ILLEGAL),
        };
        let (base, source) = (self.rs1(insn)?, self.rs2(insn)?);
        let address = base.wrapping_add(immediate_s(insn));
        if address & (bytes - 1) != 0 {
            return Err(Stop::Trap(cause::MISALIGNED_STORE));
        }
        let value = source & mask;
        // A bus never blocks a store: it either takes it or has nothing there.
        let halt = bus
            .store(address, bytes, value)
            .map_err(|_| Stop::Trap(cause::STORE_FAULT))?;
        retire.mem_addr = address & !3;
        retire.mem_write_mask = lanes(address, bytes);
        retire.mem_write_data = value << (8 * (address & 3));
        self.halt = halt;
        Ok(())
    }

    /// SYSTEM: the four exact words, and CSR instructions.
    fn system(&mut self, insn: u32, retire: &mut Retire) -> Result<(), Stop> {
        match insn {
            0x0000_0073 => return Err(Stop::Trap(cause::ECALL)),
            0x0010_0073 => return Err(Stop::Trap(cause::BREAKPOINT)),
            0x3020_0073 => {
                retire.next_pc = self.csrs.mret();
                return Ok(());
            }
            0x1050_0073 => return Ok(()),
            _ => {}
        }
        let f3 = funct3(insn);
        if f3 & 3 == 0 {
            return Err(ILLEGAL);
        }
        let rd = self.rd(insn)?;
        let field = insn >> 15 & 31;
        let operand = if f3 >= 4 { field } else { self.rs1(insn)? };
        let number = (insn >> 20) as u16;
        let old = self.csrs.read(number).ok_or(ILLEGAL)?;
        let new = match f3 & 3 {
            1 => operand,
            2 => old | operand,
            _ => old & !operand,
        };
        if f3 & 3 == 1 || field != 0 {
            self.csrs.write(number, new).ok_or(ILLEGAL)?;
        }
        (retire.rd, retire.rd_value) = (rd, old);
        Ok(())
    }
}

/// Register and immediate operations by funct3; `subtract` only where funct3 is 0, `arithmetic` only where it is 5.
/// Shifts take the low five bits of b.
#[inline(always)]
fn alu(funct3: u32, subtract: bool, arithmetic: bool, a: u32, b: u32) -> u32 {
    match funct3 {
        0 if subtract => a.wrapping_sub(b),
        0 => a.wrapping_add(b),
        1 => a << (b & 31),
        2 => u32::from((a as i32) < b as i32),
        3 => u32::from(a < b),
        4 => a ^ b,
        5 if arithmetic => (a as i32 >> (b & 31)) as u32,
        5 => a >> (b & 31),
        6 => a | b,
        _ => a & b,
    }
}

/// Byte lanes of an aligned access.
#[inline(always)]
fn lanes(address: u32, bytes: u32) -> u8 {
    (((1 << bytes) - 1) << (address & 3)) as u8
}

/// A jump target, or the trap of a misaligned one.
#[inline(always)]
fn aligned(target: u32) -> Result<u32, Stop> {
    if target & 3 == 0 {
        Ok(target)
    } else {
        Err(Stop::Trap(cause::MISALIGNED_FETCH))
    }
}

#[inline(always)]
fn funct3(insn: u32) -> u32 {
    insn >> 12 & 7
}

#[inline(always)]
fn immediate_i(insn: u32) -> u32 {
    (insn as i32 >> 20) as u32
}

#[inline(always)]
fn immediate_s(insn: u32) -> u32 {
    (insn as i32 >> 25 << 5) as u32 | insn >> 7 & 31
}

#[inline(always)]
fn immediate_b(insn: u32) -> u32 {
    (insn as i32 >> 31 << 12) as u32 | insn << 4 & 0x800 | insn >> 20 & 0x7e0 | insn >> 7 & 0x1e
}

#[inline(always)]
fn immediate_j(insn: u32) -> u32 {
    (insn as i32 >> 31 << 20) as u32 | insn & 0xf_f000 | insn >> 9 & 0x800 | insn >> 20 & 0x7fe
}
