//! Random programs for the core: start-up, a trap handler, and instructions that keep to what those need.

use super::bench::{Draw, asm};
use synfire_format::config::PeConfig;

/// Where random code begins, and the data that it may store to.
const CODE: u32 = 0x200;
pub const DATA: u32 = 0x8000;

/// Start-up and trap handler: x8 points into the data, x9 at the registers, x13..x15 belong to the handler, which
/// goes on after the trapping instruction, or at `x13` where that could not be fetched.
fn prologue(draw: &mut Draw) -> Vec<u32> {
    let alias = if draw.below(2) == 0 { 0 } else { 0x8000_0000 };
    let mut p = vec![];
    p.extend(asm::li(8, alias + DATA + 0x800));
    p.extend(asm::li(9, 0x4000_0000));
    p.extend(asm::li(13, alias + CODE + 4 * draw.below(64) as u32));
    p.extend(asm::li(15, 0x100));
    p.push(asm::csr(1, 0, 0x305, 15));
    for rd in [1, 2, 3, 4, 5, 6, 7] {
        p.extend(asm::li(rd, draw.word()));
    }
    let at = 4 * p.len() as i32;
    p.push(asm::jal(0, CODE as i32 - at));
    p.resize(0x100 / 4, asm::EBREAK);
    p.extend([
        asm::csr(2, 15, 0x342, 0),
        asm::addi(14, 0, 1),
        asm::branch(1, 15, 14, 12),
        asm::csr(1, 0, 0x341, 13),
        asm::MRET,
        asm::csr(2, 15, 0x341, 0),
        asm::addi(15, 15, 4),
        asm::csr(1, 0, 0x341, 15),
        asm::MRET,
    ]);
    p.resize(CODE as usize / 4, asm::EBREAK);
    p
}

/// A random instruction that keeps the handler's registers and stores to data alone.
fn instruction(draw: &mut Draw, registers: u64) -> u32 {
    let any = |d: &mut Draw| d.below(registers) as u32;
    let rd = loop {
        let r = any(draw);
        if ![8, 9, 13, 14, 15].contains(&r) {
            break r;
        }
    };
    let (a, b) = (any(draw), any(draw));
    let imm = draw.word() as i32 >> 20;
    let f3 = draw.below(8) as u32;
    match draw.below(32) {
        0..=6 => asm::i(
            0x13,
            f3,
            rd,
            a,
            if f3 & 3 == 1 {
                imm & 31 | (imm & 0x20) << 5
            } else {
                imm
            },
        ),
        7..=12 => {
            let alternative = draw.below(3) == 0 && (f3 == 0 || f3 == 5);
            asm::r(if alternative { 0x20 } else { 0 }, b, a, f3, rd)
        }
        13 => asm::lui(rd, draw.word()),
        14 => asm::auipc(rd, draw.word() & 0x3000),
        15..=18 => {
            let half = if draw.below(16) == 0 { 2 } else { 0 };
            asm::branch(f3, a, b, (draw.below(24) as i32 - 6) * 4 + half)
        }
        19 => asm::jal(
            rd,
            (draw.below(40) as i32 - 10) * 4 + if draw.below(12) == 0 { 2 } else { 0 },
        ),
        20 => asm::i(
            0x67,
            0,
            rd,
            if draw.below(8) == 0 { a } else { 13 },
            (draw.below(64) * 4) as i32 + i32::from(draw.below(4) == 0),
        ),
        21..=24 => asm::i(0x03, f3, rd, if draw.below(8) == 0 { a } else { 8 }, imm),
        25..=27 => {
            let widths = if draw.below(8) == 0 { 8 } else { 3 };
            asm::store(draw.below(widths) as u32, b, 8, imm)
        }
        28 => {
            // Registers whose answers do not depend on time or packets.
            let list = [
                0x00, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x34, 0x3c, 0x4c, 0x50, 0x64, 0x04, 0x08,
                0x78, 0x7c, 0x80,
            ];
            let offset = list[draw.below(list.len() as u64) as usize];
            let f3 = if draw.below(12) == 0 { f3 } else { 2 };
            asm::i(0x03, f3, rd, 9, offset)
        }
        29 => {
            let list = [
                0x1c, 0x20, 0x24, 0x28, 0x30, 0x38, 0x40, 0x44, 0x48, 0x00, 0x7c, 0x84,
            ];
            let offset = list[draw.below(list.len() as u64) as usize];
            let f3 = if draw.below(12) == 0 {
                draw.below(3) as u32
            } else {
                2
            };
            asm::store(f3, b, 9, offset)
        }
        30 => {
            let list = [
                0x300, 0x340, 0x340, 0x342, 0x341, 0xf14, 0xf11, 0x301, 0x344, 0xc00, 0x100, 0xb00,
            ];
            let number = list[draw.below(list.len() as u64) as usize];
            // mtvec and, most of the time, mepc keep their values.
            let source = if number == 0x341 { 0 } else { a };
            let f3 = if number == 0x341 { 2 } else { f3 };
            asm::csr(f3, rd, number, source)
        }
        _ => match draw.below(8) {
            0 => asm::ECALL,
            1 => asm::EBREAK,
            2 => asm::FENCE_I,
            3 => 0x0ff0_000f,
            4 => asm::WFI,
            5 => 0,
            // Anything that is no store, no jump and no write of a kept register.
            _ => {
                let w = draw.word();
                let kept = [8, 9, 13, 14, 15].contains(&(w >> 7 & 31));
                if [0x23, 0x63, 0x67, 0x6f, 0x73].contains(&(w & 0x7f)) || kept {
                    0xffff_ffff
                } else {
                    w | 3
                }
            }
        },
    }
}

/// A program of random instructions that ends by none of its own.
pub fn random_program(draw: &mut Draw, config: &PeConfig) -> Vec<u32> {
    let mut p = prologue(draw);
    // RV32E programs use a missing register now and then.
    let registers = if config.rv32e { 16 } else { 32 };
    while p.len() < DATA as usize / 4 {
        let n = if draw.below(50) == 0 { 32 } else { registers };
        p.push(instruction(draw, n));
    }
    p
}
