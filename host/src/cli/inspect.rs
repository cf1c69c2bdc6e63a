//! `synfire inspect`

use super::{Verdict, print_json};
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::layout::Layout;
use crate::report::FORMATS;
use std::path::PathBuf;
use synfire_format::config::PeConfig;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Checkpoint of `train deepr`
    checkpoint: PathBuf,
    /// Configuration whose SRAM the map is for
    #[arg(long, default_value = "ecp5")]
    config: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let checkpoint = Checkpoint::load(&a.checkpoint)?;
    let config = PeConfig::by_name(&a.config)?;
    let shapes = checkpoint.network.shapes();
    let layout = Layout::new(&shapes, config.sram_bytes)?;
    let map = layout.map();
    let used: u32 = map.iter().map(|r| r.bytes.next_multiple_of(8)).sum();
    let mut saturations = checkpoint.counters.saturations;
    for e in &checkpoint.history {
        let s = e.training.saturations;
        saturations.activation += s.activation;
        saturations.delta += s.delta;
        saturations.eta_delta += s.eta_delta;
        saturations.weight += s.weight;
    }
    let layers: Vec<_> = checkpoint
        .network
        .layers
        .iter()
        .map(|l| {
            let s = l.shape;
            serde_json::json!({
                "inputs": s.n_in,
                "rows": s.n_out,
                "slots": s.slots,
                "connections": l.weight.len(),
                "connectivity": l.weight.len() as f64 / (s.n_in * s.n_out) as f64,
                "negative": l.weight.iter().filter(|w| **w < 0).count(),
            })
        })
        .collect();
    if a.json {
        print_json(&serde_json::json!({
            "seed": checkpoint.config.seed,
            "step": checkpoint.step,
            "epochs_done": checkpoint.history.len(),
            "connectivity": checkpoint.network.connectivity(),
            "layers": layers,
            "memory_bytes": used,
            "memory_map": map,
            "saturations": {
                "activation": saturations.activation, "delta": saturations.delta,
                "eta_delta": saturations.eta_delta, "weight": saturations.weight,
            },
            "formats": FORMATS.iter().map(|(k, v)| (k.to_string(), *v)).collect::<std::collections::BTreeMap<_, _>>(),
            "checkpoint_hash": checkpoint.state_hash(),
        }))?;
        return Ok(Verdict::Yes);
    }
    println!(
        "seed {}, {} samples done, {} of {} epochs, hash {}",
        checkpoint.config.seed,
        checkpoint.step,
        checkpoint.history.len(),
        checkpoint.config.hyper.epochs,
        checkpoint.state_hash()
    );
    println!(
        "\nconnectivity {:.3} %",
        100.0 * checkpoint.network.connectivity()
    );
    for (i, l) in checkpoint.network.layers.iter().enumerate() {
        let s = l.shape;
        println!(
            "  layer {}: {:4} x {:3}, {:2} slots a row, {:5} connections, {:6.3} %",
            i + 1,
            s.n_in,
            s.n_out,
            s.slots,
            l.weight.len(),
            100.0 * l.weight.len() as f64 / (s.n_in * s.n_out) as f64
        );
    }
    println!("\nmemory map ({used} of {} bytes)", layout.sram_bytes);
    for r in &map {
        println!("  {:#07x}  {:6} bytes  {}", r.address, r.bytes, r.name);
    }
    println!(
        "\nsaturations: activation {}, error {}, error x rate {}, weight {}",
        saturations.activation, saturations.delta, saturations.eta_delta, saturations.weight
    );
    println!("\nformats");
    for (what, format) in FORMATS {
        println!("  {what:14} {format}");
    }
    Ok(Verdict::Yes)
}
