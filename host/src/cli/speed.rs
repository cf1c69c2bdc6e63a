//! `synfire speed`

use super::link::enlarged;
use super::{Verdict, print_json};
use crate::board::Board;
use crate::data::{digits, idx};
use crate::deepr::train::{Config, Run};
use crate::speed::{Speed, measure};
use std::path::PathBuf;
use synfire_format::config::PeConfig;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The board, whose clock, rate and configuration hold
    #[arg(long, default_value = "ulx3s-85f")]
    board: String,
    /// Clock in MHz instead of the board's
    #[arg(long, value_name = "MHZ")]
    clock_mhz: Option<f64>,
    /// Samples whose cycles are counted
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    samples: u32,
    /// Directory with MNIST's IDX files; without it the embedded digits, enlarged, stand for MNIST
    #[arg(long)]
    data: Option<PathBuf>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Counts cycles and bytes, and shows what they are at the board's clock and rate.
pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let board = Board::by_name(&a.board)?;
    let config = PeConfig::by_name(&board.configuration)?;
    let clock_mhz = a.clock_mhz.unwrap_or(board.clock_mhz);
    anyhow::ensure!(
        (1.0..=400.0).contains(&clock_mhz),
        "{clock_mhz} MHz is no clock for these devices: give --clock-mhz from 1 to 400"
    );
    let shape = board.shape(board.pes)?;
    let store_kb = shape.store_kb;
    let mnist = match &a.data {
        Some(dir) => idx::load_dir(dir, None)?.train,
        None => enlarged(512)?,
    };
    let digits = digits::load()?.train;
    let mut rows: Vec<(&str, Speed)> = Vec::new();
    for (name, run, set) in [
        ("MNIST", Config::mnist(1), &mnist),
        ("digits", Config::digits(1), &digits),
    ] {
        let run = Run::new(run, set.len())?;
        let both = measure(&run, set, &config, shape, a.samples as usize)?;
        rows.extend(both.map(|speed| (name, speed)));
    }
    let hertz = clock_mhz * 1e6;
    if a.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, s)| {
                serde_json::json!({
                    "samples": name,
                    "train": s.train,
                    "cycles_per_sample": s.cycles,
                    "engine_bound_samples_per_s": s.engine_bound(hertz),
                    "link_bound_streamed_samples_per_s": s.streamed.link_bound(board.baud),
                    "link_bound_resident_samples_per_s": s.resident.link_bound(board.baud),
                    "fit_in_store": s.fit,
                })
            })
            .collect();
        print_json(&serde_json::json!({
            "board": board.name,
            "configuration": config.name,
            "clock_mhz": clock_mhz,
            "baud": board.baud,
            "store_kb": store_kb,
            "speeds": rows,
        }))?;
        return Ok(Verdict::Yes);
    }
    println!(
        "{}: a PE of `{}` at {clock_mhz} MHz, link of {} baud, sample store of {store_kb} KB; samples/s",
        board.name, config.name, board.baud
    );
    println!(
        "{:<18} {:>13} {:>13} {:>21} {:>21}  samples in the store",
        "", "cycles each", "engine-bound", "link-bound, streamed", "link-bound, resident"
    );
    for (name, s) in &rows {
        let what = if s.train { "training" } else { "inference" };
        let resident = match s.fit {
            0 => "-".to_owned(),
            _ => format!("{:.0}", s.resident.link_bound(board.baud)),
        };
        println!(
            "{:<18} {:>13.0} {:>13.0} {:>21.0} {resident:>21}  {} at most",
            format!("{name} {what}"),
            s.cycles,
            s.engine_bound(hertz),
            s.streamed.link_bound(board.baud),
            s.fit
        );
    }
    Ok(Verdict::Yes)
}
