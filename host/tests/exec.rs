//! `synfire exec` on tiny programs: how they end is told as the program meant it.

mod program;

use assert_cmd::Command;
use program::Elf;
use synfire::asm::{self, Asm, DynasmApi, DynasmLabelApi, dynasm};

/// Runs a program; exit status and the verdict's line.
fn exec(elf: &Elf, arguments: &[&str]) -> (i32, String) {
    let d = tempfile::tempdir().unwrap();
    let file = d.path().join("program.elf");
    std::fs::write(&file, elf.bytes()).unwrap();
    let out = Command::cargo_bin("synfire")
        .unwrap()
        .arg("exec")
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap();
    let text = [out.stdout, out.stderr].concat();
    (
        out.status.code().unwrap(),
        String::from_utf8(text).unwrap().trim_end().to_string(),
    )
}

/// A program at the SRAM's second address that stores `value` to the word 0x80000800.
fn to_host(value: i32) -> Elf {
    let words = asm::assemble(0, |a: &mut Asm| {
        asm::li(a, 10, value);
        dynasm!(a
            ; .arch riscv32e
            ; lui a1, 0x8000_0000u32 as i32
            ; addi a1, a1, 0x400
            ; sw a0, [a1, 0x400]
            ; forever:
            ; j <forever
        );
    })
    .unwrap();
    let mut e = Elf::new(0x8000_0000, words);
    e.tohost = Some(0x8000_0800);
    e.zeros = 0x900;
    e
}

#[test]
fn a_store_of_one_to_the_symbol_tohost_passes() {
    let (status, text) = exec(&to_host(1), &[]);
    assert_eq!(status, 0, "{text}");
    assert!(text.starts_with("passed ("), "{text}");
}

#[test]
fn another_odd_store_fails_as_its_test() {
    let (status, text) = exec(&to_host(7), &[]);
    assert_eq!(status, 1, "{text}");
    assert!(text.starts_with("failed: test 3 ("), "{text}");
    let (status, text) = exec(&to_host(7), &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (status, &json["test"], &json["passed"]),
        (1, &3.into(), &false.into())
    );
}

#[test]
fn the_address_on_the_command_line_goes_before_the_symbol() {
    let mut e = to_host(1);
    e.tohost = Some(0x8000_0880);
    let (status, text) = exec(&e, &["--tohost", "0x80000800"]);
    assert_eq!(status, 0, "{text}");
    let (status, text) = exec(&e, &["--limit", "1000"]);
    assert_eq!(status, 2, "{text}");
    assert!(
        text.contains("had not ended after 1000 instructions"),
        "{text}"
    );
    let (status, text) = exec(&e, &["--tohost", "0x90000000"]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("is outside the SRAM"), "{text}");
}

#[test]
fn ecall_without_a_handler_ends_the_program_with_a0() {
    let ecall = |a0| {
        let words = asm::assemble(0, |a: &mut Asm| {
            asm::li(a, 10, a0);
            dynasm!(a ; .arch riscv32e ; ecall);
        });
        Elf::new(0, words.unwrap())
    };
    assert_eq!(exec(&ecall(0), &[]).0, 0);
    let (status, text) = exec(&ecall(5), &[]);
    assert_eq!(status, 1);
    assert!(text.starts_with("failed: test 5"), "{text}");
}

#[test]
fn a_program_starts_at_its_own_address_with_its_first_word_restored() {
    // auipc gives the linked address; the word at the SRAM's start is the program's own; t0 alone is not 0.
    let words = asm::assemble(0, |a: &mut Asm| {
        dynasm!(a
            ; .arch riscv32e
            ; auipc a0, 0
            ; lui a1, 0x8000_0000u32 as i32
            ; bne a0, a1, >bad
            ; lw a2, [zero, 0]
            ; lw a3, [a1, 0]
            ; bne a2, a3, >bad
            ; li.12 a4, 0x517
            ; bne a2, a4, >bad
            ; li.12 a0, 0
            ; ecall
            ; bad:
            ; li.12 a0, 1
            ; ecall
        );
    });
    let (status, text) = exec(&Elf::new(0x8000_0000, words.unwrap()), &[]);
    assert_eq!(status, 0, "{text}");
}

#[test]
fn a_trap_without_a_handler_is_named() {
    let (status, text) = exec(&Elf::new(0, vec![0]), &[]);
    assert_eq!(status, 1);
    assert!(text.contains("cause 2 (illegal instruction)"), "{text}");
}

#[test]
fn a_missing_file_is_one_paragraph() {
    let out = Command::cargo_bin("synfire")
        .unwrap()
        .args(["exec", "no-such-file"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
    let text = String::from_utf8(out.stderr).unwrap();
    assert!(text.contains("give the path of an RV32 ELF file"), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn the_rtl_needs_verilator_and_says_how_to_install_it() {
    let d = tempfile::tempdir().unwrap();
    let file = d.path().join("program.elf");
    std::fs::write(&file, to_host(1).bytes()).unwrap();
    let out = Command::cargo_bin("synfire")
        .unwrap()
        .arg("exec")
        .arg(&file)
        .args(["--device", "rtl"])
        .env("PATH", d.path())
        .env("VERILATOR", d.path().join("verilator"))
        .env("SYNFIRE_CACHE", d.path())
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    let text = String::from_utf8(out.stderr).unwrap();
    assert!(text.contains("sudo apt install verilator"), "{text}");
}

#[test]
fn the_rtl_ends_programs_as_the_model_does() {
    for value in [1, 7] {
        let model = exec(&to_host(value), &["--json"]);
        let rtl = exec(&to_host(value), &["--device", "rtl", "--json"]);
        let model_json: serde_json::Value = serde_json::from_str(&model.1).unwrap();
        let rtl_json: serde_json::Value = serde_json::from_str(&rtl.1).unwrap();
        assert_eq!(model.0, rtl.0);
        for key in ["passed", "code", "test", "instructions"] {
            assert_eq!(model_json[key], rtl_json[key], "{key}");
        }
    }
}
