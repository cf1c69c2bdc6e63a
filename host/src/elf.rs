//! Bare RV32 programs: an ELF file's segments placed in a PE's SRAM.
//!
//! Segments are loaded at their physical addresses; SRAM is seen at 0 and again at
//! [`SRAM_ALIAS`], so both are accepted and mean the same bytes. The core starts at
//! address 0 after reset: for a program that starts elsewhere, [`Program::image`] puts a jump at 0 that leads to a few
//! instructions in unused SRAM, which restore the word at 0 and jump on. Registers are 0 at the program's first
//! instruction but t0 (x5).

use crate::asm::{self, Asm, DynasmApi, dynasm};
use object::Endianness;
use object::elf::{self, FileHeader32};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};
use std::path::{Path, PathBuf};
use synfire_format::mmio::SRAM_ALIAS;
use thiserror::Error;

/// Why a program cannot run on the PE.
#[derive(Debug, Error)]
pub enum ElfError {
    #[error("{path} cannot be read: {source}; give the path of an RV32 ELF file", path = .path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "this is not a whole RV32 ELF file ({0}): link one for riscv32, e.g. with `-march=rv32i -mabi=ilp32 -nostdlib`"
    )]
    Format(String),
    #[error(
        "the program uses compressed instructions, the core has none: compile it with `-march=rv32i`"
    )]
    Compressed,
    #[error(
        "the program occupies {first:#010x} to {last:#010x}, the PE has {sram_bytes} bytes of SRAM at 0x00000000 and again at {SRAM_ALIAS:#010x}: link it to fit there"
    )]
    Outside {
        first: u32,
        last: u32,
        sram_bytes: u32,
    },
    #[error("the program has nothing to load: link it with a loadable segment")]
    Empty,
    #[error(
        "the program starts at {0:#010x}, which is not a multiple of 4 inside the SRAM: set its entry symbol"
    )]
    Entry(u32),
    #[error(
        "at {address:#010x} the program uses x{register}, this configuration is RV32E and has x0 to x15: compile it with `-march=rv32e -mabi=ilp32e`, or choose --config small or ecp5"
    )]
    Rv32e { address: u32, register: u32 },
    #[error(
        "the program starts at {0:#010x} and leaves no {STUB_BYTES} unused bytes in the SRAM for the jump there: make it smaller, or start it at 0"
    )]
    NoRoom(u32),
    #[error(
        "the program has a symbol tohost at {0:#010x}, outside the SRAM: link it inside, or give --tohost"
    )]
    Tohost(u32),
}

/// Bytes of the instructions that restore address 0 and jump to the entry.
const STUB_BYTES: u32 = 24;

/// A program, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Address of the first instruction, as linked.
    pub entry: u32,
    /// SRAM byte offset of the word whose store ends the program, from the symbol `tohost`.
    pub tohost: Option<u32>,
    sram_bytes: u32,
    /// SRAM byte offset and contents; memory beyond the file's part is 0.
    segments: Vec<(u32, Vec<u8>)>,
}

/// The SRAM byte offset of `address`, seen at either place, if `bytes` fit there.
fn offset(address: u32, bytes: u32, sram_bytes: u32) -> Option<u32> {
    let offset = if address >= SRAM_ALIAS {
        address - SRAM_ALIAS
    } else {
        address
    };
    let end = offset.checked_add(bytes)?;
    (end <= sram_bytes).then_some(offset)
}

impl Program {
    /// Reads and checks the program in the file at `path`.
    ///
    /// # Errors
    /// [`ElfError`]
    pub fn read(path: &Path, sram_bytes: u32, rv32e: bool) -> Result<Self, ElfError> {
        let bytes = std::fs::read(path).map_err(|source| ElfError::Read {
            path: path.into(),
            source,
        })?;
        Self::parse(&bytes, sram_bytes, rv32e)
    }

    /// Reads and checks a program for a PE of `sram_bytes` (of the RV32E kind if `rv32e`).
    ///
    /// # Errors
    /// [`ElfError`]
    pub fn parse(data: &[u8], sram_bytes: u32, rv32e: bool) -> Result<Self, ElfError> {
        let format = |e: object::read::Error| ElfError::Format(e.to_string());
        let header = FileHeader32::<Endianness>::parse(data).map_err(format)?;
        let endian = header.endian().map_err(format)?;
        if header.e_machine.get(endian) != elf::EM_RISCV || endian != Endianness::Little {
            return Err(ElfError::Format("it is for another machine".into()));
        }
        if header.e_type.get(endian) != elf::ET_EXEC {
            return Err(ElfError::Format("it is not linked as an executable".into()));
        }
        let flags = header.e_flags.get(endian);
        if flags & elf::EF_RISCV_RVC != 0 {
            return Err(ElfError::Compressed);
        }
        let mut segments = Vec::new();
        for segment in header.program_headers(endian, data).map_err(format)? {
            let size = segment.p_memsz(endian);
            if segment.p_type(endian) != elf::PT_LOAD || size == 0 {
                continue;
            }
            let address = segment.p_paddr(endian);
            let outside = ElfError::Outside {
                first: address,
                last: address.wrapping_add(size - 1),
                sram_bytes,
            };
            let place = offset(address, size, sram_bytes).ok_or(outside)?;
            let contents = segment
                .data(endian, data)
                .map_err(|()| ElfError::Format("a segment lies outside the file".into()))?;
            let mut bytes = contents.to_vec();
            if bytes.len() > size as usize {
                return Err(ElfError::Format(
                    "a segment is larger in the file than in memory".into(),
                ));
            }
            bytes.resize(size as usize, 0);
            segments.push((place, bytes));
        }
        if segments.is_empty() {
            return Err(ElfError::Empty);
        }
        let entry = header.e_entry.get(endian);
        if entry % 4 != 0 || offset(entry, 4, sram_bytes).is_none() {
            return Err(ElfError::Entry(entry));
        }
        let sections = header.sections(endian, data).map_err(format)?;
        if rv32e && flags & elf::EF_RISCV_RVE == 0 {
            for section in sections.iter() {
                if section.sh_flags(endian) & elf::SHF_EXECINSTR != 0 {
                    let code = section.data(endian, data).map_err(format)?;
                    check_registers(code, section.sh_addr(endian))?;
                }
            }
        }
        let symbols = sections
            .symbols(endian, data, elf::SHT_SYMTAB)
            .map_err(format)?;
        let tohost = symbols
            .iter()
            .find(|s| s.name(endian, symbols.strings()) == Ok(b"tohost") && s.st_shndx(endian) != 0)
            .map(|s| s.st_value(endian));
        let tohost = match tohost {
            Some(a) => Some(offset(a, 4, sram_bytes).ok_or(ElfError::Tohost(a))?),
            None => None,
        };
        Ok(Self {
            entry,
            tohost,
            sram_bytes,
            segments,
        })
    }

    /// The SRAM as it is when the core leaves reset at address 0.
    ///
    /// # Errors
    /// [`ElfError::NoRoom`]
    pub fn image(&self) -> Result<Vec<u8>, ElfError> {
        let mut sram = vec![0; self.sram_bytes as usize];
        let mut used = vec![false; self.sram_bytes as usize];
        for (place, bytes) in &self.segments {
            let range = *place as usize..*place as usize + bytes.len();
            sram[range.clone()].copy_from_slice(bytes);
            used[range].fill(true);
        }
        if self.entry == 0 {
            return Ok(sram);
        }
        // The highest free place: programs put their stack or heap there, but not before their first instruction.
        let stub = (4..=self.sram_bytes - STUB_BYTES)
            .rev()
            .step_by(4)
            .find(|&a| !used[a as usize..(a + STUB_BYTES) as usize].contains(&true))
            .ok_or(ElfError::NoRoom(self.entry))?;
        let word = u32::from_le_bytes([sram[0], sram[1], sram[2], sram[3]]);
        let low = (self.entry as i32) << 20 >> 20;
        let high = (self.entry as i32).wrapping_sub(low);
        let no_room = |_| ElfError::NoRoom(self.entry);
        let jump = asm::assemble(0, |a: &mut Asm| a.push_u32(encode_jal(stub))).map_err(no_room)?;
        let tail = asm::assemble(stub, |a: &mut Asm| {
            asm::li(a, 5, word as i32);
            dynasm!(a
                ; .arch riscv32e
                ; .feature zifencei
                ; sw t0, [zero, 0]
                ; fence.i
            );
            dynasm!(a ; .arch riscv32e ; lui t0, high ; jalr zero, t0, low);
        })
        .map_err(no_room)?;
        let mut put = |at: u32, words: &[u32]| {
            for (i, w) in words.iter().enumerate() {
                let at = at as usize + 4 * i;
                sram[at..at + 4].copy_from_slice(&w.to_le_bytes());
            }
        };
        put(0, &jump);
        put(stub, &tail);
        Ok(sram)
    }
}

/// `jal zero, +target` from address 0; `target` is even and below 1 MB, as SRAM is.
fn encode_jal(target: u32) -> u32 {
    (target >> 20 & 1) << 31
        | (target >> 1 & 0x3ff) << 21
        | (target >> 11 & 1) << 20
        | (target >> 12 & 0xff) << 12
        | 0x6f
}

/// Refuses code that names x16 to x31.
fn check_registers(code: &[u8], address: u32) -> Result<(), ElfError> {
    let words: Vec<u32> = code
        .as_chunks::<4>()
        .0
        .iter()
        .map(|w| u32::from_le_bytes(*w))
        .collect();
    match asm::check_rv32e(&words) {
        Err(asm::AsmError::Rv32e { word, register }) => Err(ElfError::Rv32e {
            address: address.wrapping_add(4 * word as u32),
            register,
        }),
        _ => Ok(()),
    }
}
