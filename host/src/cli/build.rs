//! `synfire build` and `synfire flash`

use super::{Verdict, print_json};
use crate::board::build::{Built, Request, build};
use crate::board::{Board, share};
use crate::tools::repository;
use std::path::PathBuf;
use std::process::Command;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Board, e.g. ulx3s-85f
    #[arg(long)]
    board: String,
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

/// Makes sure of the tools, telling on standard error what it installs.
fn tools() -> anyhow::Result<()> {
    let script = repository().join("host/setup.sh");
    let done = Command::new("sh")
        .arg(script)
        .args(["yosys", "nextpnr"])
        .stdout(std::io::stderr())
        .status()?;
    anyhow::ensure!(
        done.success(),
        "Yosys and nextpnr are not there: run `host/setup.sh yosys nextpnr` in the repository"
    );
    Ok(())
}

fn make(a: &Arguments) -> anyhow::Result<Built> {
    let board = Board::by_name(&a.board)?;
    let pes = a.pes.unwrap_or(board.pes);
    let clock_mhz = a.clock_mhz.unwrap_or(board.clock_mhz);
    anyhow::ensure!(
        (1.0..=400.0).contains(&clock_mhz),
        "{clock_mhz} MHz is no clock for these devices: give --clock-mhz from 1 to 400"
    );
    board.check(pes)?;
    tools()?;
    Ok(build(&Request {
        pes,
        clock_mhz,
        seeds: a.seeds,
        all_seeds: a.all_seeds,
        out: std::path::absolute(&a.out)?,
        board,
    })?)
}

fn median(built: &Built) -> f64 {
    let mut all: Vec<f64> = built.placed.iter().map(|p| p.fmax_mhz).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let built = make(a)?;
    if a.json {
        print_json(&built)?;
        return Ok(Verdict::Yes);
    }
    let board = Board::by_name(&built.board)?;
    println!(
        "{} ({}): {} PE(s) of `{}`, a sample store of {} KB, build {}",
        built.board, built.device, built.pes, built.configuration, built.store_kb, built.build
    );
    println!("  cells      {}", share(&built.cells, board.cells()?));
    println!(
        "  clock      {:.1} MHz asked, {:.1} MHz median of {} placement(s); link {} baud",
        built.clock_mhz,
        median(&built),
        built.placed.len(),
        built.baud
    );
    for p in &built.placed {
        println!(
            "  seed {:2}    {:6.2} MHz, {} COMB, {} FF, {:.0} s{}",
            p.seed,
            p.fmax_mhz,
            p.comb,
            p.ff,
            p.seconds,
            if p.seed == built.seed {
                "  <- in the bitstream"
            } else {
                ""
            }
        );
    }
    let used = built.placed.iter().find(|p| p.seed == built.seed);
    println!("  critical path");
    for line in used.into_iter().flat_map(|p| &p.critical_path) {
        println!("  {line}");
    }
    println!(
        "  tools      Yosys (pyosys {}), nextpnr {}; synthesis {:.0} s",
        built.yosys, built.nextpnr, built.synthesis_seconds
    );
    println!("  bitstream  {}", built.bitstream.display());
    Ok(Verdict::Yes)
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
