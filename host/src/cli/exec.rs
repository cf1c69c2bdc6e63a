//! `synfire exec`: runs a bare RV32 ELF program on one PE, model or RTL.

use super::Verdict;
use crate::elf::Program;
use anyhow::bail;
use std::path::PathBuf;
use synfire_format::config::PeConfig;
use synfire_format::mmio::{SRAM_ALIAS, cause};
use synfire_golden::pe::{Outcome, Pe};
use synfire_sim::rtl::PeLibrary;

/// What executes the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Device {
    /// The instruction-level model
    Golden,
    /// The generated Verilog under Verilator
    Rtl,
}

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// ELF executable for RV32I (RV32E with --config tiny)
    file: PathBuf,
    /// Address of the word whose store ends the program [default: the symbol `tohost`]
    #[arg(long, value_parser = address)]
    tohost: Option<u32>,
    /// What executes the program
    #[arg(long, value_enum, default_value = "golden")]
    device: Device,
    /// Configuration of the PE: tiny, small, gowin or ecp5
    #[arg(long, default_value = "small")]
    config: String,
    /// Instructions (with --device rtl: clock cycles) after which a program that has not ended is given up
    #[arg(long, default_value_t = 100_000_000)]
    limit: u64,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Reads an address in decimal or, after `0x`, hexadecimal.
fn address(text: &str) -> Result<u32, String> {
    let clean = text.replace('_', "");
    let parsed = match clean.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => clean.parse(),
    };
    parsed.map_err(|_| format!("`{text}` is not an address: write e.g. 0x80001000 or 4096"))
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    /// As [`synfire_golden::core::Halt::code`]: 1 passed.
    code: u32,
    instructions: u64,
    /// Of the RTL.
    cycles: Option<u64>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let config = PeConfig::by_name(&arguments.config)?;
    let program = Program::read(&arguments.file, config.sram_bytes, config.rv32e)?;
    let tohost = match arguments.tohost {
        Some(a) if a & !SRAM_ALIAS & !3 < config.sram_bytes => Some(a & !SRAM_ALIAS & !3),
        Some(a) => bail!(
            "--tohost {a:#010x} is outside the SRAM of {} bytes at 0x00000000 and 0x80000000: give an address inside",
            config.sram_bytes
        ),
        None => program.tohost,
    };
    let image = program.image()?;
    let end = match arguments.device {
        Device::Golden => on_model(&config, &image, tohost, arguments.limit)?,
        Device::Rtl => on_rtl(&config, &image, tohost, arguments.limit)?,
    };
    let passed = end.code == 1;
    if arguments.json {
        super::print_json(&serde_json::json!({
            "device": arguments.device,
            "config": config.name,
            "passed": passed,
            "code": end.code,
            "test": failed_test(end.code),
            "instructions": end.instructions,
            "cycles": end.cycles,
        }))?;
    } else {
        let cycles = end
            .cycles
            .map_or(String::new(), |c| format!(", {c} cycles"));
        println!(
            "{} ({} instructions{cycles})",
            verdict(end.code),
            end.instructions
        );
    }
    Ok(if passed { Verdict::Yes } else { Verdict::No })
}

/// The number of the failed test, where the code holds one.
fn failed_test(code: u32) -> Option<u32> {
    (code != 1 && code & 1 == 1 && code >> 31 == 0).then_some(code >> 1)
}

/// The end of a program in words.
fn verdict(code: u32) -> String {
    match (code, failed_test(code)) {
        (1, _) => "passed".into(),
        (_, Some(test)) => format!("failed: test {test}"),
        (c, _) if c >> 31 == 1 => format!(
            "failed: trap without a handler, cause {} ({})",
            c & 0x7fff_ffff,
            cause_name(c & 0x7fff_ffff)
        ),
        (c, _) => format!("failed: ended with the even code {c:#x}"),
    }
}

fn cause_name(code: u32) -> &'static str {
    match code {
        cause::MISALIGNED_FETCH => "misaligned jump",
        cause::FETCH_FAULT => "instruction fetch outside the SRAM",
        cause::ILLEGAL => "illegal instruction",
        cause::BREAKPOINT => "ebreak",
        cause::MISALIGNED_LOAD => "misaligned load",
        cause::LOAD_FAULT => "load outside SRAM and registers",
        cause::MISALIGNED_STORE => "misaligned store",
        cause::STORE_FAULT => "store outside SRAM and registers",
        _ => "unknown",
    }
}

fn on_model(
    config: &PeConfig,
    image: &[u8],
    tohost: Option<u32>,
    limit: u64,
) -> anyhow::Result<End> {
    let mut pe = Pe::new(config);
    pe.load(0, image)?;
    pe.set_watch(tohost);
    match pe.run(limit) {
        Outcome::Halted(halt) => Ok(End {
            code: halt.code(),
            instructions: pe.core().retired(),
            cycles: None,
        }),
        Outcome::Blocked => bail!(
            "the program waits at {:#010x} for a message packet, `exec` sends none: run programs that end by themselves",
            pe.core().pc()
        ),
        Outcome::Limit => bail!(
            "the program had not ended after {limit} instructions: store to tohost, write EXIT, or raise --limit"
        ),
    }
}

fn on_rtl(config: &PeConfig, image: &[u8], tohost: Option<u32>, limit: u64) -> anyhow::Result<End> {
    let mut rtl = PeLibrary::build(config, false)?.instance(1)?;
    rtl.load(image);
    rtl.start();
    let mut watched = tohost.map_or(0, |t| {
        let t = t as usize;
        u32::from_le_bytes([image[t], image[t + 1], image[t + 2], image[t + 3]])
    });
    let mut instructions = 0;
    for _ in 0..limit {
        rtl.cycle();
        if let Some(code) = rtl.halted() {
            instructions += u64::from(rtl.retire().is_some());
            return Ok(End {
                code,
                instructions,
                cycles: Some(rtl.cycles()),
            });
        }
        let Some(r) = rtl.retire() else { continue };
        instructions += 1;
        if r.mem_write_mask != 0 && tohost == Some(r.mem_addr & !SRAM_ALIAS) {
            for lane in 0..4 {
                if r.mem_write_mask >> lane & 1 == 1 {
                    let mask = 0xff << (8 * lane);
                    watched = watched & !mask | r.mem_write_data & mask;
                }
            }
            if watched != 0 {
                return Ok(End {
                    code: watched,
                    instructions,
                    cycles: Some(rtl.cycles()),
                });
            }
        }
    }
    bail!(
        "the program had not ended after {limit} cycles: store to tohost, write EXIT, or raise --limit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_riscv_tests_mean_them() {
        assert_eq!(verdict(1), "passed");
        assert_eq!(verdict(7), "failed: test 3");
        assert_eq!(
            verdict(0x8000_0002),
            "failed: trap without a handler, cause 2 (illegal instruction)"
        );
        assert_eq!(verdict(4), "failed: ended with the even code 0x4");
    }

    #[test]
    fn addresses_are_decimal_or_hexadecimal() {
        assert_eq!(address("0x8000_1000"), Ok(0x8000_1000));
        assert_eq!(address("4096"), Ok(4096));
        assert!(address("tohost").is_err_and(|e| e.contains("is not an address")));
    }
}
