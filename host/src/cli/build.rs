//! `synfire build` and `synfire flash`

use super::{Verdict, print_json};
use crate::board::Board;
use crate::board::build::{Built, Request, build};
use crate::tools::repository;
use std::path::PathBuf;
use std::process::Command;
use synfire_format::config::PeConfig;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Board: ulx3s-85f, colorlight-i9, colorlight-i5, orangecrab-25f, icebreaker or tangnano20k
    #[arg(long)]
    board: String,
    /// Configuration of the PEs; the board's own where nothing is said
    #[arg(long)]
    config: Option<String>,
    /// PEs behind the one link; the board's own number where nothing is said
    #[arg(long)]
    pes: Option<usize>,
    /// Clock of the machine in MHz that timing must meet; the board's own where nothing is said
    #[arg(long)]
    clock_mhz: Option<f64>,
    /// Placements tried until one meets timing
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    seeds: u32,
    /// Place with every seed, also after timing is met, and print the median
    #[arg(long)]
    all_seeds: bool,
    /// Unpack the bitstream, pack it again, compare every byte, and see a changed bit (ECP5, iCE40)
    #[arg(long)]
    check_bitstream: bool,
    /// Directory of the builds
    #[arg(long, default_value = "target/boards")]
    out: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct FlashArguments {
    #[command(flatten)]
    build: Arguments,
}

/// Makes sure of the tools, telling on standard error what it installs; the build checks their versions.
fn tools(parts: &[&str]) -> anyhow::Result<()> {
    let script = repository().join("host/setup.sh");
    let done = Command::new("sh")
        .arg(script)
        .args(parts)
        .stdout(std::io::stderr())
        .status()?;
    let parts = parts.join(" ");
    anyhow::ensure!(
        done.success(),
        "the tools are not there: run `host/setup.sh {parts}` in the repository"
    );
    Ok(())
}

fn make(a: &Arguments) -> anyhow::Result<Built> {
    let mut board = Board::by_name(&a.board)?;
    if let Some(config) = &a.config {
        board.configuration = PeConfig::by_name(config)?.name;
    }
    let pes = a.pes.unwrap_or(board.pes);
    let clock_mhz = a.clock_mhz.unwrap_or(board.clock_mhz);
    anyhow::ensure!(
        (1.0..=400.0).contains(&clock_mhz),
        "{clock_mhz} MHz is no clock for these devices: give --clock-mhz from 1 to 400"
    );
    board.check(pes)?;
    tools(board.family.flow().parts())?;
    Ok(build(&Request {
        pes,
        clock_mhz,
        seeds: a.seeds,
        all_seeds: a.all_seeds,
        check_bitstream: a.check_bitstream,
        out: std::path::absolute(&a.out)?,
        board,
    })?)
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let built = make(a)?;
    if a.json {
        print_json(&built)?;
    } else {
        print!("{}", table(&built)?);
    }
    Ok(Verdict::Yes)
}

/// A build, for people.
fn table(built: &Built) -> anyhow::Result<String> {
    use std::fmt::Write;
    let board = Board::by_name(&built.board)?;
    let flow = board.family.flow();
    let mut out = String::new();
    writeln!(
        out,
        "{} ({}): {} PE(s) of `{}`, a sample store of {} KB, build {}",
        built.board, built.device, built.pes, built.configuration, built.store_kb, built.build
    )?;
    writeln!(out, "  netlist    {}", board.share(&built.cells)?)?;
    writeln!(
        out,
        "  clock      {:.1} MHz asked ({:.3} given), {:.1} MHz median of {} placement(s); link {} baud",
        built.clock_mhz,
        built.given_mhz,
        built.median_mhz(),
        built.placed.len(),
        built.baud
    )?;
    for p in &built.placed {
        let used = flow.used().iter().map(|cell| {
            let n = p.used.get(*cell).copied().unwrap_or(0);
            format!("{n} {cell}, ")
        });
        writeln!(
            out,
            "  seed {:2}    {:6.2} MHz, {}{:.0} s{}",
            p.seed,
            p.fmax_mhz,
            used.collect::<String>(),
            p.seconds,
            if p.seed == built.seed {
                "  <- in the bitstream"
            } else {
                ""
            }
        )?;
    }
    let used = built.placed.iter().find(|p| p.seed == built.seed);
    writeln!(out, "  critical path")?;
    for line in used.into_iter().flat_map(|p| &p.critical_path) {
        writeln!(out, "  {line}")?;
    }
    let tools = built
        .tools
        .iter()
        .map(|(name, version)| format!("{name} {version}"));
    writeln!(out, "  tools      {}", tools.collect::<Vec<_>>().join(", "))?;
    writeln!(
        out,
        "  time       synthesis {:.0} s, this call {:.0} s",
        built.synthesis_seconds, built.wall_seconds
    )?;
    if let Some(r) = built.repacked {
        writeln!(
            out,
            "  repacked   unpacked and packed again: all {} bytes equal; one bit changed: {} differ",
            r.bytes, r.changed_bytes
        )?;
    }
    writeln!(
        out,
        "  bitstream  {} ({} bytes)",
        built.bitstream.display(),
        built.bitstream_bytes
    )?;
    Ok(out)
}

pub fn flash(a: &FlashArguments) -> anyhow::Result<Verdict> {
    let built = make(&a.build)?;
    let board = Board::by_name(&built.board)?;
    let line = format!(
        "openFPGALoader --board {} {}",
        board.loader,
        built.bitstream.display()
    );
    let started = Command::new("openFPGALoader")
        .args(["--board", &board.loader])
        .arg(&built.bitstream)
        .status();
    match started {
        Ok(status) if status.success() => Ok(Verdict::Yes),
        Ok(_) => anyhow::bail!(
            "`{line}` failed: see what it said above; is the board plugged in, and may you use its USB device?"
        ),
        Err(_) => anyhow::bail!(
            "openFPGALoader is not installed: `sudo apt install openfpgaloader`, then run `{line}`"
        ),
    }
}
