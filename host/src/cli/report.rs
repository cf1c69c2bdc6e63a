//! `synfire report`

use super::{Verdict, print_json};
use crate::data::{digits, idx};
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::float::{Dense, DenseHyper};
use crate::report::{self, Report, VerifyFigures};
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
    /// Write one compact picture to this SVG file instead of the report
    #[arg(long, value_name = "FILE")]
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
    let inputs = checkpoint.network.layers[0].shape.n_in;
    let image_size = match &a.data {
        Some(dir) => {
            let train = idx::load_dir(dir, None)?.train;
            (train.height, train.width)
        }
        // Inputs that are no square make one line of pixels.
        None if inputs.isqrt().pow(2) == inputs => (inputs.isqrt(), inputs.isqrt()),
        None => (1, inputs),
    };
    let splits = digits::load()?;
    let embedded = a.data.is_none()
        && inputs == splits.train.inputs()
        && checkpoint.samples as usize == splits.train.len();
    let dense_float = (embedded && !a.no_float).then(|| {
        let config = &checkpoint.config;
        Dense::new(config)
            .run(
                config,
                DenseHyper::default(),
                &splits.train,
                &splits.validation,
                &mut |_| {},
            )
            .accuracy()
    });
    let input = Report {
        checkpoint: &checkpoint,
        image_size,
        verify,
        dense_float,
    };
    let files = match &a.picture {
        Some(path) => {
            report::write_picture(path, &input)?;
            vec![path.clone()]
        }
        None => report::write(&a.out, &input)?,
    };
    if a.json {
        print_json(&serde_json::json!({ "files": files }))?;
    } else {
        println!("report: {}", files[0].display());
    }
    Ok(Verdict::Yes)
}
