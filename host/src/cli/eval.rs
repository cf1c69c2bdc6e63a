//! `synfire eval`

use super::data::{DataArguments, Part};
use super::{Verdict, print_json};
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::train::Run;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Checkpoint of `train deepr`
    checkpoint: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Which images
    #[arg(long, value_enum, default_value = "validation")]
    part: Part,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let checkpoint = Checkpoint::load(&a.checkpoint)?;
    let set = a.data.part(a.part)?;
    let hash = checkpoint.state_hash();
    let samples = checkpoint.samples as usize;
    let mut run = Run::resume(checkpoint, samples)?;
    let score = run.evaluate(&set)?;
    if a.json {
        print_json(&serde_json::json!({
            "accuracy": score.accuracy(),
            "correct": score.correct,
            "total": score.total,
            "connectivity": run.network().connectivity(),
            "checkpoint_hash": hash,
        }))?;
    } else {
        println!(
            "{} of {} right, {:.2} %",
            score.correct,
            score.total,
            100.0 * score.accuracy()
        );
    }
    Ok(Verdict::Yes)
}
