//! `synfire verify`

use super::data::DataArguments;
use super::{Verdict, print_json};
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::layout::Layout;
use crate::deepr::machine::{self, LayerState, Session};
use crate::deepr::train::{Config, Run, Stream};
use anyhow::Context;
use std::path::PathBuf;
use synfire_format::config::PeConfig;
use synfire_sim::lockstep::{Lockstep, LockstepError};
use synfire_sim::rtl::PeLibrary;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Configuration: tiny, small or ecp5
    #[arg(long, default_value = "ecp5")]
    config: String,
    #[command(flatten)]
    data: DataArguments,
    /// Training samples to run in lockstep
    #[arg(long, default_value_t = 20)]
    samples: usize,
    /// Classify only, do not learn
    #[arg(long)]
    inference: bool,
    /// Start from this checkpoint instead of a fresh network
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// Seed of a fresh network
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Seed of the RTL's power-up values
    #[arg(long, default_value_t = 1)]
    power_up: u64,
    /// Write an FST waveform of the whole run to this file
    #[arg(long)]
    trace: Option<PathBuf>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Trains in model and RTL side by side and compares every instruction, every pass and the end with the native trainer.
pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let config = PeConfig::by_name(&a.config)?;
    let splits = a.data.load()?;
    let mut run = match &a.checkpoint {
        Some(path) => Run::resume(Checkpoint::load(path)?, splits.train.len())?,
        None if a.data.embedded() => Run::new(Config::digits(a.seed), splits.train.len())?,
        None => Run::new(Config::mnist(a.seed), splits.train.len())?,
    };
    let start = run.checkpoint();
    let epoch = start.step / start.samples;
    let rules = start.config.hyper.rules(epoch, start.network.layers.len());
    run.native_mut().set_rules(rules.clone());
    let shapes = start.network.shapes();
    let layout = Layout::new(&shapes, config.sram_bytes)?;
    let states: Vec<LayerState> = start.network.layers.iter().map(LayerState::from).collect();
    let image = machine::image(
        &layout,
        &states,
        &rules,
        start.config.hyper.regrow,
        start.config.seed,
        start.step,
    )?;
    eprintln!(
        "building the RTL of `{}` with Verilator (kept for the next time)",
        config.name
    );
    let library = PeLibrary::build(&config, a.trace.is_some())?;
    let rtl = library.instance(a.power_up)?;
    if let Some(path) = &a.trace {
        rtl.open_trace(path)?;
    }
    let mut stream = Stream::new(&start.config);
    let samples: Vec<(Vec<i16>, u8)> = (0..a.samples)
        .map(|i| {
            let (pixels, label) = stream.sample(&splits.train, start.step + i as u32);
            (pixels.iter().map(|&p| i16::from(p)).collect(), label)
        })
        .collect();
    let mut session = Session::new(Lockstep::new(&config, rtl, &image), &layout);
    let began = session.machine.rtl.cycles();
    let mut ends = Vec::new();
    let outcome = session.run(
        samples.iter().map(|(x, l)| (&x[..], *l)),
        !a.inference,
        |answer| ends.push(answer),
    );
    let rerun = format!(
        "synfire verify --config {} --samples {} --seed {} --power-up {} --trace wave.fst",
        config.name, a.samples, start.config.seed, a.power_up
    );
    let outcome = outcome.and_then(|()| session.machine.compare_sram());
    let cycles = session.machine.rtl.cycles() - began;
    let steps = session.machine.steps();
    let mut native_equal = false;
    let mut classes = Vec::new();
    if outcome.is_ok() {
        for (x, label) in &samples {
            let pixels: Vec<u8> = x.iter().map(|v| *v as u8).collect();
            if a.inference {
                classes.push(run.native_mut().classify(&pixels));
            } else {
                classes.push(run.native_mut().train(&pixels, *label));
            }
        }
        let rtl = machine::states(&layout, &session.machine.rtl.sram());
        let native: Vec<LayerState> = run.network().layers.iter().map(LayerState::from).collect();
        native_equal = rtl == native
            && classes
                .iter()
                .zip(&ends)
                .all(|(c, e)| *c == usize::from(e.class));
    }
    let equal = outcome.is_ok() && native_equal;
    let phases = phases(&layout, &session.machine);
    let redrawn: u64 = ends.iter().map(|e| u64::from(e.redrawn)).sum();
    let difference = match &outcome {
        Ok(()) if !native_equal => {
            Some("the RTL's network differs from the native trainer's".into())
        }
        Ok(()) => None,
        Err(LockstepError::Differ(m)) => Some(m.to_string()),
        Err(e) => Some(e.to_string()),
    };
    if a.json {
        print_json(&serde_json::json!({
            "config": config.name,
            "equal": equal,
            "difference": difference,
            "rerun": rerun,
            "samples": ends.len(),
            "instructions": steps,
            "cycles": cycles,
            "cycles_per_sample": cycles as f64 / a.samples.max(1) as f64,
            "redrawn": redrawn,
            "bank_conflict_cycles": session.machine.rtl.conflicts(),
            "passes": phases.iter().map(|(n, c)| serde_json::json!({"pass": n, "cycles": c})).collect::<Vec<_>>(),
        }))?;
    } else {
        match &difference {
            None => println!(
                "equal: {} samples, {steps} instructions, every pass and the whole SRAM; {:.0} cycles a sample",
                ends.len(),
                cycles as f64 / a.samples.max(1) as f64
            ),
            Some(text) => println!("DIFFERENT: {text}\nrerun with a waveform: {rerun}"),
        }
        for (name, cycles) in &phases {
            println!("  {cycles:8.1} cycles  {name}");
        }
    }
    session
        .stop()
        .map(|_| ())
        .or_else(|e| if equal { Err(e) } else { Ok(()) })
        .context("the program did not stop cleanly")?;
    Ok(if equal { Verdict::Yes } else { Verdict::No })
}

/// Mean cycles of each pass, named.
fn phases(layout: &Layout, lockstep: &Lockstep) -> Vec<(String, f64)> {
    let layers = layout.shapes.len();
    let mut names = Vec::new();
    for l in 1..=layers {
        names.push(format!("forward rows of layer {l}"));
        if l < layers {
            names.push(format!("activations of layer {l}"));
        }
    }
    for l in (1..=layers).rev() {
        names.push(format!("errors of layer {l}"));
        names.push(format!("backward rows of layer {l}"));
    }
    names
        .into_iter()
        .enumerate()
        .filter_map(|(i, name)| {
            let address = layout.forward_chain() + 64 * i as u32;
            let of_this: Vec<u64> = lockstep
                .pass_cycles
                .iter()
                .filter(|p| p.address == address)
                .map(|p| p.cycles)
                .collect();
            let mean = of_this.iter().sum::<u64>() as f64 / of_this.len() as f64;
            (!of_this.is_empty()).then_some((name, mean))
        })
        .collect()
}
