//! Every instruction, trap and machine register of the control core, one at a time.

use synfire_format::config::PeConfig;
use synfire_format::mmio::{MMIO_BASE, SRAM_ALIAS, cause, csr as number};
use synfire_golden::core::{Halt, Retire, StepResult};
use synfire_golden::encode::*;
use synfire_golden::{Inputs, Outcome, Pe};

const CODE: u32 = 0x100;
const HANDLER: u32 = 0x80;

/// A PE at CODE with a handler set and these values in x5 and x6, about to execute `word`.
fn ready(config: &PeConfig, word: u32, a: u32, b: u32) -> Pe {
    let mut pe = Pe::new(config);
    let setup = [
        [addi(7, 0, HANDLER as i32), csr(1, 0, number::MTVEC, 7)],
        li(5, a),
        li(6, b),
    ];
    let words = setup.concat();
    pe.load_words(CODE - 4 * words.len() as u32, &words)
        .unwrap();
    pe.load_words(CODE, &[word]).unwrap();
    pe.start(CODE - 4 * words.len() as u32);
    assert_eq!(pe.run(words.len() as u64), Outcome::Limit);
    assert_eq!(pe.core().pc(), CODE);
    pe
}

fn step(pe: &mut Pe) -> Retire {
    match pe.step(&Inputs::default()) {
        StepResult::Retired(retire) => retire,
        other => panic!("{other:?}"),
    }
}

fn one(word: u32, a: u32, b: u32) -> Retire {
    step(&mut ready(&PeConfig::ecp5(), word, a, b))
}

/// What a run of one word says of its trap: the cause, or `None`.
fn trap_of(config: &PeConfig, word: u32, a: u32) -> Option<u32> {
    let mut pe = ready(config, word, a, 0);
    let retire = step(&mut pe);
    if !retire.trap {
        return None;
    }
    assert_eq!((retire.rd, retire.rd_value), (0, 0));
    assert_eq!((retire.mem_read_mask, retire.mem_write_mask), (0, 0));
    assert_eq!(retire.next_pc, HANDLER);
    assert_eq!(pe.core().csrs().read(number::MEPC), Some(CODE));
    pe.core().csrs().read(number::MCAUSE)
}

const CORNERS: [u32; 8] = [
    0,
    1,
    31,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1234_5678,
    0xdead_beef,
];

/// The operation called `name`, in 64-bit arithmetic.
fn expected(name: &str, a: u32, b: u32) -> u32 {
    let (ua, ub) = (u64::from(a), u64::from(b));
    let (sa, sb) = (i64::from(a as i32), i64::from(b as i32));
    match name {
        "add" => (ua + ub) as u32,
        "sub" => (sa - sb) as u32,
        "sll" => (ua << (b % 32)) as u32,
        "slt" => u32::from(sa < sb),
        "sltu" => u32::from(ua < ub),
        "xor" => a ^ b,
        "srl" => (ua >> (b % 32)) as u32,
        "sra" => (sa >> (b % 32)) as u32,
        "or" => a | b,
        "and" => a & b,
        _ => unreachable!("{name}"),
    }
}

#[test]
fn register_and_immediate_operations_compute_what_their_names_say() {
    for (name, funct7, funct3) in OPS {
        for a in CORNERS {
            for b in CORNERS {
                let retire = one(r(0x33, funct7, funct3, 8, 5, 6), a, b);
                assert_eq!(retire.rd_value, expected(name, a, b), "{name} {a:x} {b:x}");
                assert_eq!((retire.rd, retire.next_pc), (8, CODE + 4));
            }
            for b in [-2048, -1, 0, 1, 31, 2047] {
                let shift = name.starts_with('s') && !name.starts_with("slt");
                if name == "sub" || (shift && !(0..32).contains(&b)) {
                    continue;
                }
                let field = if name == "sra" { b + 1024 } else { b };
                let retire = one(op_imm(funct3, 8, 5, field), a, 0);
                assert_eq!(
                    retire.rd_value,
                    expected(name, a, b as u32),
                    "{name} {a:x} {b}"
                );
            }
        }
    }
}

#[test]
fn writes_to_x0_are_lost_and_say_so() {
    let mut pe = ready(&PeConfig::ecp5(), addi(0, 5, 1), 7, 0);
    let retire = step(&mut pe);
    assert_eq!((retire.rd, retire.rd_value), (0, 0));
    assert_eq!(pe.core().register(0), 0);
}

#[test]
fn upper_immediates_load_and_add_to_the_pc() {
    assert_eq!(one(lui(8, 0xabcd_e000), 0, 0).rd_value, 0xabcd_e000);
    assert_eq!(
        one(auipc(8, 0xabcd_e000), 0, 0).rd_value,
        0xabcd_e000 + CODE
    );
}

#[test]
fn branches_follow_their_comparison() {
    type Test = fn(u32, u32) -> bool;
    let tests: [(u32, Test); 6] = [
        (0, |a, b| a == b),
        (1, |a, b| a != b),
        (4, |a, b| (a as i32) < (b as i32)),
        (5, |a, b| (a as i32) >= (b as i32)),
        (6, |a, b| a < b),
        (7, |a, b| a >= b),
    ];
    for (funct3, taken) in tests {
        for a in CORNERS {
            for b in CORNERS {
                for offset in [-4096, -8, 8, 2048, 4092] {
                    let next = if taken(a, b) { offset as u32 } else { 4 };
                    let retire = one(branch(funct3, 5, 6, offset), a, b);
                    assert_eq!(retire.next_pc, CODE.wrapping_add(next));
                    assert_eq!(retire.rd, 0);
                }
            }
        }
    }
}

#[test]
fn jumps_link_and_land() {
    for offset in [-1 << 20, -2048, -4, 4, 2048, 4096, (1 << 20) - 4] {
        let retire = one(jal(8, offset), 0, 0);
        assert_eq!(retire.next_pc, CODE.wrapping_add(offset as u32));
        assert_eq!((retire.rd, retire.rd_value), (8, CODE + 4));
    }
    for (base, offset, target) in [(0x400, -4, 0x3fc), (0x400, 5, 0x404), (0xffff_fffc, 8, 4)] {
        let retire = one(jalr(5, 5, offset), base, 0);
        assert_eq!(retire.next_pc, target);
        assert_eq!((retire.rd, retire.rd_value), (5, CODE + 4));
    }
}

#[test]
fn loads_take_their_lanes_and_extend_their_sign() {
    let word = 0x8081_7ff0u32;
    let cases = [
        (0, 0, 0xffff_fff0, 0b0001, 0xf0),
        (0, 1, 0x7f, 0b0010, 0x7f00),
        (0, 3, 0xffff_ff80, 0b1000, 0x8000_0000),
        (4, 3, 0x80, 0b1000, 0x8000_0000),
        (1, 0, 0x7ff0, 0b0011, 0x7ff0),
        (1, 2, 0xffff_8081, 0b1100, 0x8081_0000),
        (5, 2, 0x8081, 0b1100, 0x8081_0000),
        (2, 0, word, 0b1111, word),
    ];
    for place in [0, SRAM_ALIAS] {
        for (funct3, lane, value, mask, lanes) in cases {
            let mut pe = ready(
                &PeConfig::ecp5(),
                load(funct3, 8, 5, lane - 4),
                place + 0x2004,
                0,
            );
            pe.load_words(0x2000, &[word]).unwrap();
            let retire = step(&mut pe);
            assert_eq!((retire.rd, retire.rd_value), (8, value));
            assert_eq!(retire.mem_addr, place + 0x2000);
            assert_eq!((retire.mem_read_mask, retire.mem_read_data), (mask, lanes));
            assert_eq!((retire.mem_write_mask, retire.mem_write_data), (0, 0));
        }
    }
}

#[test]
fn stores_write_their_lanes_only() {
    let value = 0x8899_aabb;
    let cases = [
        (0, 0, 0x1111_11bb, 0b0001, 0xbb),
        (0, 3, 0xbb11_1111, 0b1000, 0xbb00_0000),
        (1, 2, 0xaabb_1111, 0b1100, 0xaabb_0000),
        (2, 0, value, 0b1111, value),
    ];
    for (funct3, lane, after, mask, lanes) in cases {
        let mut pe = ready(
            &PeConfig::ecp5(),
            store(funct3, 6, 5, lane - 4),
            0x2004,
            value,
        );
        pe.load_words(0x2000, &[0x1111_1111]).unwrap();
        let retire = step(&mut pe);
        assert_eq!(pe.sram().read_u32(0x2000), Some(after));
        assert_eq!((retire.mem_addr, retire.rd), (0x2000, 0));
        assert_eq!(
            (retire.mem_write_mask, retire.mem_write_data),
            (mask, lanes)
        );
        assert_eq!((retire.mem_read_mask, retire.mem_read_data), (0, 0));
    }
}

#[test]
fn traps_have_their_cause_and_do_nothing_else() {
    let config = PeConfig::ecp5();
    let end = config.sram_bytes;
    let cases = [
        (ECALL, 0, cause::ECALL),
        (EBREAK, 0, cause::BREAKPOINT),
        (0, 0, cause::ILLEGAL),
        (jal(8, 6), 0, cause::MISALIGNED_FETCH),
        (jalr(8, 5, 3), 0, cause::MISALIGNED_FETCH),
        (branch(0, 0, 0, 2), 0, cause::MISALIGNED_FETCH),
        (load(1, 8, 5, 0), 1, cause::MISALIGNED_LOAD),
        (load(2, 8, 5, 0), 2, cause::MISALIGNED_LOAD),
        (store(1, 6, 5, 0), 3, cause::MISALIGNED_STORE),
        (store(2, 6, 5, 0), 1, cause::MISALIGNED_STORE),
        (load(2, 8, 5, 0), end, cause::LOAD_FAULT),
        (load(0, 8, 5, 0), SRAM_ALIAS + end, cause::LOAD_FAULT),
        (store(0, 8, 5, 0), end, cause::STORE_FAULT),
        (load(2, 8, 5, 0), MMIO_BASE + 0x80, cause::LOAD_FAULT),
        (load(5, 8, 5, 0), MMIO_BASE, cause::LOAD_FAULT),
        (store(0, 8, 5, 0), MMIO_BASE + 0x1c, cause::STORE_FAULT),
        // Misaligned comes before unmapped.
        (load(2, 8, 5, 0), end + 1, cause::MISALIGNED_LOAD),
        (store(1, 8, 5, 0), MMIO_BASE + 1, cause::MISALIGNED_STORE),
    ];
    for (word, a, expected) in cases {
        assert_eq!(
            trap_of(&config, word, a),
            Some(expected),
            "{word:08x} {a:x}"
        );
    }
    // An untaken branch to a misaligned target is no trap.
    assert_eq!(trap_of(&config, branch(1, 0, 0, 2), 0), None);
}

#[test]
fn a_fetch_from_nowhere_traps_at_its_target() {
    for target in [0x1_0000, 0x2000_0000, MMIO_BASE, SRAM_ALIAS + 0x1_0000] {
        let mut pe = ready(&PeConfig::ecp5(), jalr(8, 5, 0), target, 0);
        assert!(!step(&mut pe).trap);
        let retire = step(&mut pe);
        assert_eq!((retire.pc, retire.insn, retire.trap), (target, 0, true));
        assert_eq!(pe.core().csrs().read(number::MEPC), Some(target));
        assert_eq!(
            pe.core().csrs().read(number::MCAUSE),
            Some(cause::FETCH_FAULT)
        );
    }
}

#[test]
fn words_that_mean_nothing_are_illegal() {
    let config = PeConfig::ecp5();
    let mut words = vec![
        u32::MAX,
        0x0000_0001,
        MRET | 1 << 7,
        ECALL | 1 << 15,
        0x0020_0073,
    ];
    words.extend([3, 6, 7].map(|f| load(f, 8, 5, 0)));
    words.extend((3..8).map(|f| store(f, 8, 5, 0)));
    words.extend([2, 3].map(|f| branch(f, 5, 6, 8)));
    words.extend((1..8).map(|f| i(0x67, f, 8, 5, 0)));
    words.extend((2..8).map(|f| i(0x0f, f, 0, 0, 0)));
    words.extend((0..8).map(|f| r(0x33, 1, f, 8, 5, 6)));
    words.extend([1, 2, 3, 4, 6, 7].map(|f| r(0x33, 0x20, f, 8, 5, 6)));
    words.extend([32, 64, 1024, 2047].map(|v| op_imm(1, 8, 5, v)));
    words.extend([32, 512, 1024 + 32].map(|v| op_imm(5, 8, 5, v)));
    words.extend([
        csr(2, 8, 0x100, 0),
        csr(1, 8, 0xc00, 0),
        csr(4, 8, number::MSTATUS, 0),
    ]);
    for word in words {
        assert_eq!(
            trap_of(&config, word, 0x2000),
            Some(cause::ILLEGAL),
            "{word:08x}"
        );
    }
    for word in [FENCE, FENCE_I, WFI, FENCE | 31 << 7, FENCE_I | 31 << 15] {
        assert_eq!(trap_of(&config, word, 0), None);
    }
}

#[test]
fn rv32e_refuses_registers_above_x15_where_they_are_used() {
    let tiny = PeConfig::tiny();
    let used = [
        addi(16, 5, 0),
        addi(8, 16, 0),
        r(0x33, 0, 0, 8, 5, 31),
        lui(31, 0),
        auipc(16, 0),
        jal(16, 8),
        jalr(16, 0, 8),
        jalr(0, 16, 8),
        branch(0, 16, 0, 8),
        branch(0, 0, 16, 8),
        load(2, 16, 0, 0),
        load(2, 8, 16, 0),
        store(2, 16, 0, 0),
        store(2, 8, 16, 0),
        csr(2, 16, number::MSCRATCH, 0),
        csr(1, 0, number::MSCRATCH, 16),
    ];
    for word in used {
        assert_eq!(trap_of(&tiny, word, 0), Some(cause::ILLEGAL), "{word:08x}");
        assert_ne!(trap_of(&PeConfig::ecp5(), word, 0), Some(cause::ILLEGAL));
    }
    let fields = [
        addi(8, 5, 31),
        lui(8, 0xf_ffff << 12),
        csr(5, 8, number::MSCRATCH, 31),
        FENCE | 31 << 15,
    ];
    for word in fields {
        assert_eq!(trap_of(&tiny, word, 0), None, "{word:08x}");
    }
}

#[test]
fn machine_registers_keep_what_they_can_hold() {
    let kept = [
        (number::MSTATUS, 0x1888),
        (number::MSCRATCH, u32::MAX),
        (number::MEPC, !3),
        (number::MCAUSE, u32::MAX),
        (number::MTVEC, !3),
        (0x343, 0),
        (0x304, 0),
        (0xb00, 0),
    ];
    for (n, value) in kept {
        let mut pe = ready(&PeConfig::ecp5(), csr(1, 8, n, 5), u32::MAX, 0);
        assert!(!step(&mut pe).trap);
        assert_eq!(pe.core().csrs().read(n), Some(value), "{n:x}");
    }
    // Set and clear by register and by immediate; the old value is what rd gets.
    for (funct3, old, operand, new) in [(2, 0xf0, 0x1f, 0xff), (3, 0xff, 0x1f, 0xe0)] {
        for immediate in [0, 4] {
            let field = if immediate == 4 { operand } else { 6 };
            let word = csr(funct3 + immediate, 8, number::MSCRATCH, field);
            let mut pe = ready(
                &PeConfig::ecp5(),
                csr(1, 0, number::MSCRATCH, 5),
                old,
                operand,
            );
            pe.load_words(CODE + 4, &[word]).unwrap();
            step(&mut pe);
            assert_eq!(step(&mut pe).rd_value, old);
            assert_eq!(pe.core().csrs().read(number::MSCRATCH), Some(new));
        }
    }
}

#[test]
fn read_only_machine_registers_can_be_read_and_not_written() {
    let config = PeConfig::ecp5();
    for n in [number::MHARTID, 0xf11, 0xfff] {
        assert_eq!(trap_of(&config, csr(2, 8, n, 0), 0), None);
        assert_eq!(trap_of(&config, csr(7, 8, n, 0), 0), None);
        assert_eq!(trap_of(&config, csr(1, 8, n, 0), 0), Some(cause::ILLEGAL));
        assert_eq!(trap_of(&config, csr(2, 8, n, 5), 0), Some(cause::ILLEGAL));
        assert_eq!(trap_of(&config, csr(6, 8, n, 1), 0), Some(cause::ILLEGAL));
    }
}

#[test]
fn a_trap_stacks_the_interrupt_enable_and_mret_brings_it_back() {
    let mut pe = ready(&PeConfig::ecp5(), csr(6, 0, number::MSTATUS, 8), 0, 0);
    pe.load_words(CODE + 4, &[ECALL]).unwrap();
    pe.load_words(HANDLER, &[MRET]).unwrap();
    let mstatus = |pe: &Pe| pe.core().csrs().read(number::MSTATUS);
    step(&mut pe);
    assert_eq!(mstatus(&pe), Some(0x1808));
    assert!(step(&mut pe).trap);
    assert_eq!(mstatus(&pe), Some(0x1880));
    assert_eq!(step(&mut pe).next_pc, CODE + 4);
    assert_eq!(mstatus(&pe), Some(0x1888));
}

#[test]
fn without_a_handler_a_trap_retires_once_and_ends_the_program() {
    for (words, halt, code) in [
        (vec![ECALL], Halt::Ecall { a0: 0 }, 1),
        (vec![addi(10, 0, 3), ECALL], Halt::Ecall { a0: 3 }, 7),
        (
            vec![addi(10, 0, 3), EBREAK],
            Halt::Trap { cause: 3, pc: 4 },
            0x8000_0003,
        ),
    ] {
        let mut pe = Pe::new(&PeConfig::small());
        pe.load_words(0, &words).unwrap();
        for _ in 1..words.len() {
            step(&mut pe);
        }
        let last = step(&mut pe);
        assert!(last.trap && last.next_pc == 0);
        assert_eq!((pe.halt(), halt.code()), (Some(halt), code));
        assert_eq!(pe.step(&Inputs::default()), StepResult::Halted(halt));
        assert_eq!(pe.core().retired(), words.len() as u64);
        assert_eq!(halt.passed(), code == 1);
    }
}
