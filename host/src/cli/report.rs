//! `synfire report`

use super::{Verdict, print_json};
use crate::data::{digits, idx};
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::float::{Dense, DenseHyper};
use crate::deepr::train::Config;
use crate::report::{Report, VerifyFigures, write, write_picture};
use anyhow::Context;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Checkpoint of `train deepr`
    checkpoint: PathBuf,
    /// Directory with the IDX files that it was trained on; without it images are taken as square
    #[arg(long)]
    data: Option<PathBuf>,
    /// File with the line that `verify --json` printed
    #[arg(long, value_name = "FILE")]
    verify: Option<PathBuf>,
    /// Directory of the report
    #[arg(long, default_value = "target/demo")]
    out: PathBuf,
    /// Write one compact picture to this file instead of the report: PNG where the name ends in .png, else SVG
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    picture: Option<PathBuf>,
    /// Skip the dense float run of the same layers that the embedded digits are compared with
    #[arg(long)]
    no_float: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let checkpoint = Checkpoint::load(&a.checkpoint)?;
    let verify = a.verify.as_deref().map(VerifyFigures::load).transpose()?;
    let inputs = checkpoint.config.widths[0];
    let image_size = match &a.data {
        Some(dir) => {
            let set = idx::load_dir(dir, None)?.train;
            (set.height, set.width)
        }
        None => {
            let side = inputs.isqrt();
            (side * side == inputs)
                .then_some((side, side))
                .with_context(|| {
                    format!("{inputs} inputs are no square image; name the data with --data")
                })?
        }
    };
    let digits_run = a.data.is_none()
        && checkpoint.config.widths == Config::digits(checkpoint.config.seed).widths;
    let dense_float = if digits_run && !a.no_float {
        let d = digits::load()?;
        let c = &checkpoint.config;
        let score = Dense::new(c).run(
            c,
            DenseHyper::default(),
            &d.train,
            &d.validation,
            &mut |_| {},
        );
        Some(score.accuracy())
    } else {
        None
    };
    let input = Report {
        checkpoint: &checkpoint,
        image_size,
        verify,
        dense_float,
    };
    let files = match &a.picture {
        Some(path) => {
            write_picture(path, &input)?;
            vec![path.clone()]
        }
        None => write(&a.out, &input)?,
    };
    if a.json {
        print_json(&serde_json::json!({ "files": files }))?;
    } else {
        for file in &files {
            println!("wrote {}", file.display());
        }
    }
    Ok(Verdict::Yes)
}
