//! `synfire synth`

use super::{Verdict, print_json};
use crate::synth;
use std::path::PathBuf;
use synfire_format::config::PeConfig;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Configuration: tiny, small, gowin or ecp5
    #[arg(long, default_value = "ecp5")]
    config: String,
    /// Place and route the PE alone too, with its ports behind shift registers (LFE5U-85F, speed 6)
    #[arg(long)]
    place: bool,
    /// Placements, with seeds 1, 2, ...
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=9))]
    seeds: u32,
    /// Directory of the netlists
    #[arg(long, default_value = "target/synth")]
    out: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let config = PeConfig::by_name(&a.config)?;
    let verilog = synfire_hdl::pe::emit_pe(&config)?;
    let directory = a.out.join(&config.name);
    let cells = synth::synthesise(&directory, &verilog)?;
    let placements = if a.place {
        synth::place(&directory, &verilog, a.seeds)?
    } else {
        Vec::new()
    };
    let median = synth::median_mhz(&placements);
    if a.json {
        print_json(&serde_json::json!({
            "config": config.name,
            "cells": cells,
            "placements": placements,
            "median_fmax_mhz": median,
        }))?;
        return Ok(Verdict::Yes);
    }
    println!(
        "{}: {} LUT4, {} FF, {} MULT18X18D, {} DP16KD, {} DPR16X4, {} CCU2C (synth_ecp5 -nowidelut; check -assert clean)",
        config.name,
        cells.lut4,
        cells.ff,
        cells.mult18x18d,
        cells.dp16kd,
        cells.dpr16x4,
        cells.ccu2c
    );
    for p in &placements {
        println!(
            "  seed {}: {:6.2} MHz, {} COMB, {} FF",
            p.seed, p.fmax_mhz, p.comb, p.ff
        );
    }
    if let Some(m) = median {
        println!("  median {m:.2} MHz");
    }
    Ok(Verdict::Yes)
}
