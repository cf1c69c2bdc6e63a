//! Random programs: they end, they reach what they are to reach, and a changed instruction is seen.

use synfire_format::config::PeConfig;
use synfire_format::mmio::{MMIO_BASE, cause, csr};
use synfire_golden::program::{DATA, MOST_INSTRUCTIONS, random_program};
use synfire_golden::{Halt, Inputs, Outcome, Pe, Retire, StepResult};

fn pe(seed: u64, rv32e: bool) -> Pe {
    let config = if rv32e {
        PeConfig::tiny()
    } else {
        PeConfig::ecp5()
    };
    let mut pe = Pe::new(&config);
    pe.load_words(0, &random_program(seed, rv32e)).unwrap();
    pe
}

fn trace(pe: &mut Pe) -> Vec<Retire> {
    let mut records = Vec::new();
    while let StepResult::Retired(retire) = pe.step(&Inputs::default()) {
        records.push(retire);
    }
    records
}

#[test]
fn every_program_ends_by_itself_and_leaves_its_code_alone() {
    for rv32e in [false, true] {
        for seed in 0..400 {
            let mut pe = pe(seed, rv32e);
            let before = pe.sram().bytes().to_vec();
            assert_eq!(
                pe.run(MOST_INSTRUCTIONS),
                Outcome::Halted(Halt::Exit { code: 1 }),
                "seed {seed}, rv32e {rv32e}, pc {:#x}",
                pe.core().pc()
            );
            let (from, to) = (DATA as usize - 2048, DATA as usize + 2048);
            assert!(before.len() > to && random_program(seed, rv32e).len() < 4096);
            assert_eq!(before[..from], pe.sram().bytes()[..from], "seed {seed}");
            assert_eq!(before[to..], pe.sram().bytes()[to..], "seed {seed}");
        }
    }
}

#[test]
fn programs_reach_every_opcode_every_trap_and_the_registers() {
    for rv32e in [false, true] {
        let mut opcodes = std::collections::BTreeSet::new();
        let mut registers = std::collections::BTreeSet::new();
        let mut causes = std::collections::BTreeSet::new();
        for seed in 0..100 {
            let mut pe = pe(seed, rv32e);
            while let StepResult::Retired(retire) = pe.step(&Inputs::default()) {
                opcodes.insert((retire.insn & 0x7f, retire.insn >> 12 & 7));
                if retire.mem_addr & 0xffff_ff80 == MMIO_BASE {
                    registers.insert(retire.mem_addr);
                }
                if retire.trap {
                    causes.insert(pe.core().csrs().read(csr::MCAUSE));
                }
            }
        }
        for funct3 in 0..8 {
            for opcode in [0x13, 0x33] {
                assert!(opcodes.contains(&(opcode, funct3)));
            }
        }
        for (opcode, kinds) in [
            (0x03, &[0, 1, 2, 4, 5][..]),
            (0x23, &[0, 1, 2]),
            (0x63, &[0, 1, 4, 5, 6, 7]),
            (0x73, &[0, 1, 2, 3, 5, 6, 7]),
            (0x0f, &[0, 1]),
            (0x67, &[0]),
            (0x6f, &[0]),
        ] {
            for kind in kinds {
                assert!(opcodes.contains(&(opcode, *kind)), "{opcode:#x} {kind}");
            }
        }
        assert!(registers.len() >= 20, "{registers:x?}");
        let all = [
            cause::MISALIGNED_FETCH,
            cause::FETCH_FAULT,
            cause::ILLEGAL,
            cause::BREAKPOINT,
            cause::MISALIGNED_LOAD,
            cause::LOAD_FAULT,
            cause::MISALIGNED_STORE,
            cause::STORE_FAULT,
            cause::ECALL,
        ];
        assert_eq!(causes, all.into_iter().map(Some).collect());
    }
}

#[test]
fn programs_differ_by_seed_and_are_the_same_for_one_seed() {
    assert_eq!(random_program(7, false), random_program(7, false));
    assert_ne!(random_program(7, false), random_program(8, false));
    assert_ne!(random_program(7, false), random_program(7, true));
}

#[test]
fn a_changed_instruction_shows_in_the_records() {
    let (mut right, mut wrong) = (pe(3, false), pe(3, false));
    let records = trace(&mut right);
    let add = records
        .iter()
        .find(|r| r.insn & 0xfe00_707f == 0x33 && r.rd != 0)
        .expect("an `add` that writes a register");
    wrong.load_words(add.pc, &[add.insn | 0x4000_0000]).unwrap();
    assert_ne!(records, trace(&mut wrong));
    assert_eq!(records, trace(&mut pe(3, false)));
}
