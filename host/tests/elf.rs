//! Programs are placed as linked, or refused with a sentence.

mod program;

use object::elf as format;
use program::Elf;
use synfire::asm::{self, Asm, dynasm};
use synfire::elf::Program;

const SRAM: u32 = 64 << 10;

fn refusal(e: &Elf, rv32e: bool) -> String {
    Program::parse(&e.bytes(), SRAM, rv32e)
        .unwrap_err()
        .to_string()
}

fn word(image: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(image[at..at + 4].try_into().unwrap())
}

#[test]
fn a_program_linked_at_either_address_of_the_sram_lies_at_its_offset() {
    for base in [0, 0x8000_0000] {
        let mut e = Elf::new(base + 0x100, vec![0x13, 0x11223344]);
        e.tohost = Some(base + 0x104);
        e.zeros = 8;
        let p = Program::parse(&e.bytes(), SRAM, false).unwrap();
        assert_eq!((p.entry, p.tohost), (base + 0x100, Some(0x104)));
        let image = p.image().unwrap();
        assert_eq!(image.len(), SRAM as usize);
        assert_eq!(
            (word(&image, 0x100), word(&image, 0x104)),
            (0x13, 0x1122_3344)
        );
    }
}

#[test]
fn a_program_that_starts_at_zero_is_not_touched() {
    let p = Program::parse(&Elf::new(0, vec![0x13, 0x6f]).bytes(), SRAM, false).unwrap();
    let image = p.image().unwrap();
    assert_eq!((word(&image, 0), word(&image, 4)), (0x13, 0x6f));
    assert!(image[8..].iter().all(|b| *b == 0));
}

#[test]
fn what_the_pe_cannot_run_is_refused_with_the_next_step() {
    let mut e = Elf::new(0x8000_0000, vec![0x13]);
    e.zeros = SRAM;
    assert_eq!(
        refusal(&e, false),
        "the program occupies 0x80000000 to 0x80010003, the PE has 65536 bytes of SRAM at 0x00000000 and again at 0x80000000: link it to fit there"
    );
    let mut e = Elf::new(0, vec![0x13]);
    e.flags = format::EF_RISCV_RVC;
    assert!(refusal(&e, false).contains("compile it with `-march=rv32i`"));
    let mut e = Elf::new(0, vec![0x13]);
    e.machine = format::EM_386;
    assert!(refusal(&e, false).contains("another machine"));
    let mut e = Elf::new(0, vec![0x13]);
    e.entry = 0x4000_0000;
    assert!(refusal(&e, false).contains("0x40000000, which is not a multiple of 4 inside"));
    let mut e = Elf::new(0, vec![0x13]);
    e.tohost = Some(0x9000_0000);
    assert!(refusal(&e, false).contains("tohost at 0x90000000"));
    assert!(refusal(&Elf::new(0, vec![]), false).contains("nothing to load"));
    let cut = &Elf::new(0, vec![0x13; 64]).bytes()[..90];
    let text = Program::parse(cut, SRAM, false).unwrap_err().to_string();
    assert!(text.contains("not a whole RV32 ELF file"), "{text}");
    let full = Elf::new(0x8000_0000, vec![0x13; SRAM as usize / 4]);
    let full = Program::parse(&full.bytes(), SRAM, false).unwrap();
    assert!(
        full.image()
            .unwrap_err()
            .to_string()
            .contains("unused bytes")
    );
}

#[test]
fn rv32e_refuses_a_program_that_uses_the_upper_registers() {
    let words = asm::assemble(
        0,
        |a: &mut Asm| dynasm!(a ; .arch riscv32i ; nop ; add s2, a0, a0),
    )
    .unwrap();
    let e = Elf::new(0x8000_0000, words);
    assert!(Program::parse(&e.bytes(), SRAM, false).is_ok());
    assert!(
        refusal(&e, true)
            .starts_with("at 0x80000004 the program uses x18, this configuration is RV32E")
    );
}
