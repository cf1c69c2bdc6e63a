//! Random RV32 programs, a pure function of a seed, for holding two cores against each other.
//!
//! A program lies at address 0, sets a trap handler that goes on behind the trapping instruction, runs straight
//! pieces and short counted loops of random instructions and ends with a store of 1 to `EXIT`. It stores only into
//! the data window at [`DATA`] and into registers, never changes its own code, waits for nothing that might not come
//! (packets, timer) and does not read `CYCLE`, so it ends with the same SRAM everywhere.
//!
//! It uses every instruction, misaligned and unmapped accesses, both places of the SRAM, illegal words, machine
//! registers, the exponential, the reciprocal and random draws.

use synfire_format::mmio::{self, csr as number};

use crate::encode::{
    EBREAK, ECALL, FENCE, FENCE_I, MRET, OPS, WFI, addi, auipc, branch, csr, jal, jalr, li, load,
    lui, op_imm, r, store,
};
use crate::scenario::Rng;

/// Address of the middle of the data window, which reaches 2 KB either way.
pub const DATA: u32 = 0x8000;
/// No program retires more instructions than this.
pub const MOST_INSTRUCTIONS: u64 = 20_000;

/// Registers with a fixed job: loop counter, data window, registers, data window at the SRAM's second place, nowhere.
const COUNTER: u32 = 2;
const WINDOW: u32 = 3;
const MMIO: u32 = 4;
const ALIAS: u32 = 13;
const NOWHERE: u32 = 14;
/// Registers that random instructions write, in RV32E; RV32I adds 16..=31.
const FREE: [u32; 10] = [1, 5, 6, 7, 8, 9, 10, 11, 12, 15];

/// Registers of the map that a program may read at any time. Results are there or are waited for.
const READ: [u32; 14] = [
    mmio::ID,
    mmio::CHAIN_WAIT,
    mmio::PRIVATE_BASE,
    mmio::SEED,
    mmio::STEP,
    mmio::SATURATIONS,
    mmio::FAULTS,
    mmio::EXP_RESULT,
    mmio::RECIPROCAL_RESULT,
    mmio::RANDOM_VALUE,
    mmio::TIMER_PERIOD,
    mmio::RX_KEY,
    mmio::EXP_ARGUMENT,
    0x0c,
];
/// Registers that a program may write at any time.
const WRITTEN: [u32; 13] = [
    mmio::ID,
    mmio::PRIVATE_BASE,
    mmio::SEED,
    mmio::STEP,
    mmio::SATURATIONS,
    mmio::FAULTS,
    mmio::EXP_ARGUMENT,
    mmio::RECIPROCAL_ARGUMENT,
    mmio::RANDOM_ROW,
    mmio::RANDOM_TAG,
    mmio::RANDOM_INDEX,
    mmio::TX_KEY,
    0x78,
];

struct Writer {
    rng: Rng,
    rv32e: bool,
    words: Vec<u32>,
}

/// The program of `seed`, to be loaded at 0; it is shorter than 16 KB.
pub fn random_program(seed: u64, rv32e: bool) -> Vec<u32> {
    let mut w = Writer {
        rng: Rng::new(seed),
        rv32e,
        words: Vec::new(),
    };
    w.prologue();
    for _ in 0..4 + w.rng.below(8) {
        if w.rng.one_in(3) {
            let count = 1 + w.rng.below(4) as i32;
            w.words.push(addi(COUNTER, 0, count));
            let start = w.words.len();
            w.piece();
            w.words.push(addi(COUNTER, COUNTER, -1));
            let back = 4 * (start as i32 - w.words.len() as i32);
            w.words.push(branch(1, COUNTER, 0, back));
        } else {
            w.piece();
        }
    }
    w.words.push(addi(5, 0, 1));
    w.words.push(store(2, 5, MMIO, mmio::EXIT as i32));
    w.words
}

impl Writer {
    /// Jumps over the handler, sets it, gives every register a value.
    fn prologue(&mut self) {
        // A fetch from nowhere cannot go on behind itself: its jump left the way back in x1.
        self.words.extend([
            jal(0, 4 * 12),
            csr(1, 0, number::MSCRATCH, 5),
            csr(2, 5, number::MCAUSE, 0),
            addi(5, 5, -(mmio::cause::FETCH_FAULT as i32)),
            branch(0, 5, 0, 4 * 4),
            csr(2, 5, number::MEPC, 0),
            addi(5, 5, 4),
            jal(0, 4 * 2),
            addi(5, 1, 0),
            csr(1, 0, number::MEPC, 5),
            csr(2, 5, number::MSCRATCH, 0),
            MRET,
            addi(5, 0, 4),
            csr(1, 0, number::MTVEC, 5),
        ]);
        let fixed = [
            (WINDOW, DATA),
            (MMIO, mmio::MMIO_BASE),
            (ALIAS, DATA + mmio::SRAM_ALIAS),
            (NOWHERE, 0x2000_0000),
        ];
        for (rd, value) in fixed {
            self.words.extend(li(rd, value));
        }
        let free = if self.rv32e { 0..0 } else { 16..32 };
        for rd in FREE.into_iter().chain(free) {
            let value = self.rng.word() as u32;
            self.words.extend(li(rd, value));
        }
    }

    /// A straight piece; branches in it stay within it.
    fn piece(&mut self) {
        let length = 8 + self.rng.below(32) as usize;
        let end = self.words.len() + length;
        while self.words.len() < end {
            let left = (end - self.words.len()) as u32;
            let word = self.instruction(left);
            self.words.push(word);
        }
    }

    fn destination(&mut self) -> u32 {
        match self.rng.below(if self.rv32e { 16 } else { 32 }) {
            0 => 0,
            1..16 => self.rng.pick(&FREE),
            n => n,
        }
    }

    fn source(&mut self) -> u32 {
        self.rng.below(if self.rv32e { 16 } else { 32 })
    }

    fn immediate(&mut self) -> i32 {
        self.rng.below(4096) as i32 - 2048
    }

    /// One instruction; at most `left` instructions ahead is still in the piece.
    fn instruction(&mut self, left: u32) -> u32 {
        match self.rng.below(20) {
            0..5 => {
                let (_, funct7, funct3) = self.rng.pick(&OPS);
                let (rd, a, b) = (self.destination(), self.source(), self.source());
                r(0x33, funct7, funct3, rd, a, b)
            }
            5..8 => {
                let (rd, a, funct3) = (self.destination(), self.source(), self.rng.below(8));
                let immediate = match funct3 {
                    1 => self.rng.below(32) as i32,
                    5 => (self.rng.below(32) + 1024 * self.rng.below(2)) as i32,
                    _ => self.immediate(),
                };
                op_imm(funct3, rd, a, immediate)
            }
            8 => {
                let (rd, value) = (self.destination(), self.rng.bits() as u32);
                if self.rng.one_in(2) {
                    lui(rd, value)
                } else {
                    auipc(rd, value)
                }
            }
            9..12 => self.data_access(),
            12..14 => self.register_access(),
            14..17 => self.jump(left),
            17 => self.machine_register(),
            18 => self.rng.pick(&[ECALL, EBREAK, WFI, FENCE, FENCE_I]),
            _ => self.odd(),
        }
    }

    /// A load or store in the data window, one in sixteen misaligned, one in sixteen nowhere.
    fn data_access(&mut self) -> u32 {
        let base = match self.rng.below(16) {
            0 => NOWHERE,
            1..6 => ALIAS,
            _ => WINDOW,
        };
        let size = self.rng.below(3);
        let offset = self.immediate();
        let offset = if self.rng.one_in(16) {
            offset
        } else {
            offset >> size << size
        };
        if self.rng.one_in(2) {
            let source = self.source();
            store(size, source, base, offset)
        } else {
            let signs = if size == 2 { 0 } else { self.rng.below(2) };
            let rd = self.destination();
            // Now and then from the code, at 0.
            let base = if offset >= 0 && self.rng.one_in(8) {
                0
            } else {
                base
            };
            load(size + 4 * signs, rd, base, offset)
        }
    }

    /// A register of the map, one in sixteen not as a whole word, one in sixteen behind the last.
    fn register_access(&mut self) -> u32 {
        let (write, odd) = (self.rng.one_in(2), self.rng.below(16));
        let choices: &[u32] = if write { &WRITTEN } else { &READ };
        let mut offset = self.rng.pick(choices) as i32;
        if odd == 0 {
            offset = (mmio::MMIO_BYTES + 4 * self.rng.below(400)) as i32;
        }
        let size = if odd == 1 { self.rng.below(2) } else { 2 };
        if write {
            store(size, self.source(), MMIO, offset)
        } else {
            load(size, self.destination(), MMIO, offset)
        }
    }

    /// Forward within the piece; or a jump that traps: misaligned, or to where no code is.
    fn jump(&mut self, left: u32) -> u32 {
        let ahead = 4 * (1 + self.rng.below(left.min(6)) as i32);
        let target = 4 * self.words.len() as i32 + ahead;
        let odd = if self.rng.one_in(12) { 2 } else { 0 };
        let rd = self.destination();
        match self.rng.below(10) {
            0..7 => {
                let funct3 = self.rng.pick(&[0, 1, 4, 5, 6, 7]);
                let (a, b) = (self.source(), self.source());
                branch(funct3, a, b, ahead + odd)
            }
            7 => jal(rd, ahead + odd),
            8 if target < 2048 => jalr(rd, 0, target + odd + self.rng.below(2) as i32),
            8 => jal(rd, ahead),
            _ => {
                let base = self.rng.pick(&[NOWHERE, MMIO]);
                jalr(1, base, self.immediate() & !3)
            }
        }
    }

    /// Any machine register; mtvec is only read, because the handler must stay.
    fn machine_register(&mut self) -> u32 {
        let funct3 = self.rng.pick(&[1, 2, 3, 5, 6, 7]);
        let rd = self.destination();
        let any = 0x300 + self.rng.below(256) as u16;
        let any = if any == number::MTVEC {
            number::MSTATUS
        } else {
            any
        };
        match self.rng.below(4) {
            0 => csr(2, rd, self.rng.pick(&[number::MTVEC, number::MHARTID]), 0),
            1 => csr(funct3, rd, any, self.source()),
            _ => {
                let n = self.rng.pick(&[
                    number::MSTATUS,
                    number::MSCRATCH,
                    number::MEPC,
                    number::MCAUSE,
                ]);
                csr(funct3, rd, n, self.source())
            }
        }
    }

    /// Words that are illegal: here or in RV32E, at a writable or a read-only register, or nowhere at all.
    fn odd(&mut self) -> u32 {
        let (rd, a, b) = (self.destination(), self.source(), self.source());
        match self.rng.below(9) {
            0 => 0,
            1 => u32::MAX,
            2 => r(0x33, 1, self.rng.below(8), rd, a, b),
            3 => op_imm(1, rd, a, 32 + self.rng.below(900) as i32),
            4 => r(0x63, 0, 2 + self.rng.below(2), 4, a, b),
            5 => csr(2, rd, self.rng.below(0x300) as u16, a),
            6 => csr(1, rd, 0xf00 + self.rng.below(256) as u16, a),
            7 => free_system_word(self.rng.below(1 << 12)),
            // A register that RV32E does not have (legal in RV32I).
            _ => r(0x33, 0, 4, 31, a, b),
        }
    }
}

/// A SYSTEM word with funct3 0 and rd = x1: none of them means anything.
fn free_system_word(field: u32) -> u32 {
    field << 20 | 1 << 7 | 0x73
}
