//! Assembling RV32 firmware in Rust with `dynasmrt`'s RISC-V back end: labels, pseudo-instructions and relocations
//! come from there, and no cross compiler is needed.
//!
//! ```
//! use synfire::asm::{self, Asm, DynasmApi, DynasmLabelApi, dynasm};
//!
//! let words = asm::assemble(0, |a: &mut Asm| {
//!     asm::li(a, 10, 3);
//!     dynasm!(a
//!         ; .arch riscv32i
//!         ; again:
//!         ; addi a0, a0, -1
//!         ; bnez a0, <again
//!         ; ret
//!     );
//! })?;
//! assert_eq!(words, [0x0030_0513, 0xfff5_0513, 0xfe05_1ee3, 0x0000_8067]);
//! # Ok::<(), synfire::asm::AsmError>(())
//! ```
//!
//! What to know about `dynasm!` on RV32:
//! - every macro call starts with `; .arch riscv32i` (or `riscv32e`); CSR instructions and `fence.i` need
//!   `; .feature zicsr, zifencei` after it; `mret` is missing there and is [`mret`] here
//! - a load is `lw a0, [t0, 4]`, a store `sw a0, [t0, 4]`; `lui t0, 0x4000_0000` takes the whole value, as `i32`
//! - local labels `again:` with `<again` and `>again`, global labels `->main:` with `->main`, dynamic labels
//!   `=>label` from `a.new_dynamic_label()`
//! - `li` is always two instructions (its value may be decided at run time); [`li`] here takes one where one does
//! - `X(n)` is register n at run time; register names are checked against RV32E at compile time, `X(n)` only by
//!   [`check_rv32e`]
//! - an immediate that is computed at run time and does not fit its field panics: pass such values through [`li`],
//!   or bound them with [`fits_i12`] first
//! - `call` and `la` are two instructions relative to the program counter; `jal ra, ->f` is one and reaches 1 MB
//! - data: `.u32 0x1234`, `.align 8`

pub use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use dynasmrt::{VecAssembler, riscv::RiscvRelocation};
use thiserror::Error;

/// The assembler that `dynasm!` writes to.
pub type Asm = VecAssembler<RiscvRelocation>;

/// Why firmware could not be assembled.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AsmError {
    /// A label without a place, or a branch further than its field reaches (4 KB; `jal` 1 MB).
    #[error("the firmware does not assemble: {0}: define the label, or branch over a `j`")]
    Label(String),
    /// Code and data are not a whole number of words.
    #[error("the firmware is {0} bytes, not a multiple of 4: end its data with `.align 4`")]
    Ragged(usize),
    /// A register that RV32E does not have.
    #[error(
        "word {word} of the firmware uses x{register}, RV32E has x0 to x15: choose another register"
    )]
    Rv32e {
        /// Index of the instruction in words.
        word: usize,
        /// Register number, 16..=31.
        register: u32,
    },
}

/// Runs `write` on an empty assembler at byte address `base` and returns the code's 32-bit words.
///
/// # Errors
/// [`AsmError::Label`] and [`AsmError::Ragged`].
pub fn assemble(base: u32, write: impl FnOnce(&mut Asm)) -> Result<Vec<u32>, AsmError> {
    let mut asm = Asm::new(base as usize);
    write(&mut asm);
    let bytes = asm.finalize().map_err(|e| AsmError::Label(e.to_string()))?;
    let (words, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(AsmError::Ragged(bytes.len()));
    }
    Ok(words.iter().map(|w| u32::from_le_bytes(*w)).collect())
}

/// True if `value` fits the 12-bit signed immediate of loads, stores and `addi`.
pub fn fits_i12(value: i32) -> bool {
    (-2048..2048).contains(&value)
}

/// Loads `value` into register `rd` (0..=31) in one instruction (`addi` or `lui`) where that does, else in two.
pub fn li(asm: &mut Asm, rd: u8, value: i32) {
    let rd = u32::from(rd & 31) << 7;
    let low = (value as u32) << 20;
    // addi sign-extends, so lui takes what is left after rounding to the nearest 4096.
    let high = (value as u32).wrapping_add(0x800) & !0xfff;
    const LUI: u32 = 0x37;
    const ADDI: u32 = 0x13;
    if fits_i12(value) {
        asm.push_u32(low | rd | ADDI);
        return;
    }
    asm.push_u32(high | rd | LUI);
    if low != 0 {
        asm.push_u32(low | rd << 8 | rd | ADDI);
    }
}

/// Returns from a trap; `dynasm!` does not know this instruction.
pub fn mret(asm: &mut Asm) {
    asm.push_u32(0x3020_0073);
}

/// Checks that the first `words` instructions use x0 to x15 alone, as RV32E asks for.
///
/// # Errors
/// [`AsmError::Rv32e`] names the first instruction that does not.
pub fn check_rv32e(words: &[u32]) -> Result<(), AsmError> {
    for (word, &w) in words.iter().enumerate() {
        let (rd, rs1, rs2) = (w >> 7 & 31, w >> 15 & 31, w >> 20 & 31);
        let used: &[u32] = match w & 0x7f {
            0x37 | 0x17 | 0x6f => &[rd],
            0x67 | 0x03 | 0x13 => &[rd, rs1],
            0x63 | 0x23 => &[rs1, rs2],
            0x33 => &[rd, rs1, rs2],
            // CSR instructions with an immediate (funct3 bit 2) have no rs1.
            0x73 if w >> 14 & 1 == 1 => &[rd],
            0x73 => &[rd, rs1],
            _ => &[],
        };
        if let Some(&register) = used.iter().find(|&&r| r > 15) {
            return Err(AsmError::Rv32e { word, register });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected words are those of `llvm-mc -arch=riscv32 -mattr=-c,+zicsr,+zifencei`.
    #[test]
    fn every_instruction_of_rv32i_has_its_published_encoding() {
        let words = assemble(0, |a| {
            dynasm!(a
                ; .arch riscv32e
                ; .feature zicsr, zifencei
                ; lui t0, 0x4000_0000
                ; auipc t0, 0x1000
                ; lb a0, [a1, -1]
                ; lh a0, [a1, 2]
                ; lw a0, [a1, 4]
                ; lbu a0, [a1, 1]
                ; lhu a0, [a1, 2]
                ; sb a0, [a1, -1]
                ; sh a0, [a1, 2]
                ; sw a0, [a1, 2047]
                ; addi a0, a1, -2048
                ; slti a0, a1, 1
                ; sltiu a0, a1, 1
                ; xori a0, a1, -1
                ; ori a0, a1, 1
                ; andi a0, a1, 255
                ; slli a0, a1, 31
                ; srli a0, a1, 1
                ; srai a0, a1, 16
                ; add a0, a1, a2
                ; sub a0, a1, a2
                ; sll a0, a1, a2
                ; slt a0, a1, a2
                ; sltu a0, a1, a2
                ; xor a0, a1, a2
                ; srl a0, a1, a2
                ; sra a0, a1, a2
                ; or a0, a1, a2
                ; and a0, a1, a2
                ; jalr ra, t0, 8
                ; csrrw a0, 0x305, a1
                ; csrrs a0, 0x342, zero
                ; csrrc zero, 0x300, a1
                ; csrrwi zero, 0x340, 5
                ; ecall
                ; ebreak
                ; fence.i
            );
            mret(a);
        })
        .unwrap();
        assert_eq!(words, EXPECTED);
    }

    const EXPECTED: [u32; 38] = [
        0x4000_02b7,
        0x0000_1297,
        0xfff5_8503,
        0x0025_9503,
        0x0045_a503,
        0x0015_c503,
        0x0025_d503,
        0xfea5_8fa3,
        0x00a5_9123,
        0x7ea5_afa3,
        0x8005_8513,
        0x0015_a513,
        0x0015_b513,
        0xfff5_c513,
        0x0015_e513,
        0x0ff5_f513,
        0x01f5_9513,
        0x0015_d513,
        0x4105_d513,
        0x00c5_8533,
        0x40c5_8533,
        0x00c5_9533,
        0x00c5_a533,
        0x00c5_b533,
        0x00c5_c533,
        0x00c5_d533,
        0x40c5_d533,
        0x00c5_e533,
        0x00c5_f533,
        0x0082_80e7,
        0x3055_9573,
        0x3420_2573,
        0x3005_b073,
        0x3402_d073,
        0x0000_0073,
        0x0010_0073,
        0x0000_100f,
        0x3020_0073,
    ];

    #[test]
    fn labels_reach_both_ways_and_calls_are_relative() {
        let words = assemble(0x100, |a| {
            let done = a.new_dynamic_label();
            dynasm!(a
                ; .arch riscv32i
                ; ->main:
                ; beqz a0, =>done
                ; again:
                ; addi a0, a0, -1
                ; bnez a0, <again
                ; jal ra, ->main
                ; j >over
                ; .u32 0x1234_5678
                ; over:
                ; =>done
                ; ret
            );
        })
        .unwrap();
        assert_eq!(
            words,
            [
                0x0005_0c63, // beqz a0, +24
                0xfff5_0513,
                0xfe05_1ee3, // bnez a0, -4
                0xff5f_f0ef, // jal ra, -12
                0x0080_006f, // j +8
                0x1234_5678,
                0x0000_8067,
            ]
        );
    }

    #[test]
    fn li_takes_one_instruction_where_one_does() {
        let li = |v| assemble(0, |a| li(a, 10, v)).unwrap();
        assert_eq!(li(5), [0x0050_0513]);
        assert_eq!(li(-2048), [0x8000_0513]);
        assert_eq!(li(0x4000_0000), [0x4000_0537]);
        // The low half is negative, so lui takes one more.
        assert_eq!(li(0x1234_5fff), [0x1234_6537, 0xfff5_0513]);
        assert_eq!(li(0x7fff_ffff), [0x8000_0537, 0xfff5_0513]);
        assert_eq!(li(2048), [0x0000_1537, 0x8005_0513]);
    }

    #[test]
    fn impossible_programs_are_refused_with_a_sentence() {
        let far = assemble(0, |a| {
            dynasm!(a ; .arch riscv32i ; beqz a0, >far);
            for _ in 0..2000 {
                dynasm!(a ; .arch riscv32i ; nop);
            }
            dynasm!(a ; .arch riscv32i ; far: ; ret);
        });
        assert!(matches!(far, Err(AsmError::Label(_))), "{far:?}");
        let missing = assemble(0, |a| dynasm!(a ; .arch riscv32i ; j ->nowhere));
        assert!(matches!(missing, Err(AsmError::Label(_))), "{missing:?}");
        assert_eq!(assemble(0, |a| a.push(1)), Err(AsmError::Ragged(1)));
    }

    #[test]
    fn registers_beyond_rv32e_are_found() {
        let ok = assemble(
            0,
            |a| dynasm!(a ; .arch riscv32i ; add a5, a4, a3 ; sw a5, [sp, 64]),
        )
        .unwrap();
        assert_eq!(check_rv32e(&ok), Ok(()));
        let bad = assemble(0, |a| dynasm!(a ; .arch riscv32i ; nop ; sw s2, [sp, 0])).unwrap();
        assert_eq!(
            check_rv32e(&bad),
            Err(AsmError::Rv32e {
                word: 1,
                register: 18
            })
        );
    }
}
