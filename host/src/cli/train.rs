//! `synfire train`

use super::data::DataArguments;
use super::device::{DeviceArguments, link_figures, print_link};
use super::{Verdict, print_json};
use crate::data::warp::Warp;
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::float::{Dense, DenseHyper};
use crate::deepr::train::{Config, Epoch, OnDeviceError, Progress, Run};
use crate::device::{Device, Streamed};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

#[derive(Debug, clap::Subcommand)]
pub enum Arguments {
    /// DEEP R: a sparse network that rewires itself while it learns
    Deepr(DeeprArguments),
}

#[derive(Debug, clap::Args)]
pub struct DeeprArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Passes over the training images
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Stop after this many epochs of this command, to go on with --resume
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..))]
    stop_after: Option<u32>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Checkpoint, written after every epoch and at Ctrl-C
    #[arg(long, default_value = "target/deepr/checkpoint.synfire")]
    checkpoint: PathBuf,
    /// Go on from a checkpoint, to the same bits as an uninterrupted run; its settings hold
    #[arg(long, value_name = "CHECKPOINT", conflicts_with_all = ["epochs", "seed"])]
    resume: Option<PathBuf>,
    /// Skip the dense float run of the same layers that the embedded digits are compared with
    #[arg(long)]
    no_float: bool,
    /// Train on the images as they are; the embedded digits are otherwise distorted, each sample anew
    #[arg(long, conflicts_with = "resume")]
    undistorted: bool,
    #[command(flatten)]
    device: DeviceArguments,
    /// Keep the training images in the device's sample store and send their numbers alone
    #[arg(long, requires = "device")]
    resident: bool,
    /// End with one line of JSON, progress on standard error
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    match arguments {
        Arguments::Deepr(a) => deepr(a),
    }
}

fn deepr(a: &DeeprArguments) -> anyhow::Result<Verdict> {
    let splits = a.data.load()?;
    let mut run = match &a.resume {
        Some(path) => Run::resume(Checkpoint::load(path)?, splits.train.len())?,
        None => {
            let mut config = if a.data.embedded() {
                Config::digits(a.seed)
            } else {
                Config::mnist(a.seed)
            };
            if let Some(epochs) = a.epochs {
                config.hyper.epochs = epochs;
            }
            if a.undistorted {
                config.hyper.warp = Warp::default();
            }
            Run::new(config, splits.train.len())?
        }
    };
    let (have, want) = (splits.train.inputs(), run.config().widths[0]);
    if have != want {
        anyhow::bail!(
            "the images have {have} pixels and the network has {want} inputs: name with --data the files of a digit set of \
             {want} pixels (MNIST has 784), or leave --data out for the embedded digits"
        );
    }
    if let Some(dir) = a.checkpoint.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).with_context(|| {
            format!(
                "the checkpoint's directory {} cannot be made; name another with --checkpoint",
                dir.display()
            )
        })?;
    }
    if a.resident && !run.config().hyper.warp.is_none() {
        anyhow::bail!(
            "--resident keeps the training images as they are and this run distorts each of them anew at every sample: \
             begin one with --undistorted, or leave --resident out"
        );
    }
    let mut device = a.device.open()?;
    if let (true, Some(d)) = (a.resident, &mut device) {
        d.keep(&splits.train)?;
    }
    let mut streamed = Streamed::default();
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    ctrlc::set_handler(move || seen.store(true, Ordering::Relaxed))
        .context("Ctrl-C cannot be caught")?;
    let began = Instant::now();
    let first_sample = u64::from(run.checkpoint().step);
    let mut evaluating = std::time::Duration::ZERO;
    if !a.json {
        println!(
            "{} connections, {:.3} % of the dense network's weights; {} training, {} validation images",
            run.network().connections(),
            100.0 * run.network().connectivity(),
            splits.train.len(),
            splits.validation.len()
        );
    }
    let stop_at = a
        .stop_after
        .map_or(usize::MAX, |n| run.history().len() + n as usize);
    while !run.is_done() && run.history().len() < stop_at {
        let bar = bar(splits.train.len() as u64, run.history().len() as u32);
        let mut last = Instant::now();
        let mut progress = |p: Progress| {
            bar.set_position(u64::from(p.done));
            last = Instant::now();
            if stop.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let (train, validation) = (&splits.train, &splits.validation);
        let epoch = match &mut device {
            None => run.epoch(train, validation, &mut progress)?.cloned(),
            Some(d) => match run.epoch_on(d, train, validation, &mut streamed, &mut progress) {
                Ok(epoch) => epoch.cloned(),
                Err(e) => {
                    bar.finish_and_clear();
                    return Err(saved(a, &run, e));
                }
            },
        };
        evaluating += last.elapsed();
        bar.finish_and_clear();
        run.checkpoint().save(&a.checkpoint)?;
        match epoch {
            Some(e) => report(&e, a.json),
            None => {
                eprintln!("stopped; go on with: {}", a.resume_line());
                return Ok(Verdict::No);
            }
        }
    }
    let trained = u64::from(run.checkpoint().step) - first_sample;
    let seconds = began.elapsed().saturating_sub(evaluating).as_secs_f64();
    let speed = if trained == 0 {
        0.0
    } else {
        trained as f64 / seconds.max(1e-9)
    };
    let validation = run.evaluate(&splits.validation)?.accuracy();
    let test = match &splits.test {
        Some(set) => Some(run.evaluate(set)?.accuracy()),
        None => None,
    };
    let float = (a.data.embedded() && !a.no_float).then(|| {
        Dense::new(run.config())
            .run(
                run.config(),
                DenseHyper::default(),
                &splits.train,
                &splits.validation,
                &mut |_| {},
            )
            .accuracy()
    });
    let checkpoint = run.checkpoint();
    let saturations: u64 = checkpoint
        .history
        .iter()
        .map(|e| e.training.saturations.total())
        .sum();
    let lost: u64 = checkpoint
        .history
        .iter()
        .map(|e| e.training.overflows)
        .sum();
    if a.json {
        let mut figures = serde_json::json!({
            "val_accuracy": validation,
            "connectivity": run.network().connectivity(),
            "connections": run.network().connections(),
            "samples_per_s": speed,
            "checkpoint_hash": checkpoint.state_hash(),
            "checkpoint": a.checkpoint,
            "epochs": checkpoint.history.len(),
            "seed": checkpoint.config.seed,
            "saturations": saturations,
            "lost_flags": lost,
        });
        if let Some(d) = &device {
            figures["device"] = serde_json::to_value(d.identity())?;
            figures["link"] = link_figures(&streamed, d.statistics())?;
        }
        if let Some(t) = test {
            figures["test_accuracy"] = t.into();
        }
        if let Some(f) = float {
            figures["dense_float_val_accuracy"] = f.into();
        }
        print_json(&figures)?;
    } else {
        println!("validation accuracy  {:6.2} %", 100.0 * validation);
        if let Some(t) = test {
            println!("test accuracy        {:6.2} %", 100.0 * t);
        }
        if let Some(f) = float {
            println!(
                "dense float network  {:6.2} %  (validation, same layers)",
                100.0 * f
            );
        }
        let on = match &device {
            None => "native executor".into(),
            Some(d) => format!("device: {}", d.identity()),
        };
        println!("training speed       {speed:6.0} samples/s ({on})");
        if let Some(d) = &device {
            print_link(&streamed, d.statistics());
        }
        println!("saturations {saturations}, flag records without room {lost}");
        println!(
            "checkpoint {} hash {}",
            a.checkpoint.display(),
            checkpoint.state_hash()
        );
    }
    Ok(Verdict::Yes)
}

impl DeeprArguments {
    /// The command that goes on from the checkpoint.
    fn resume_line(&self) -> String {
        format!(
            "synfire train deepr {}{}{}--resume {}",
            self.data
                .line()
                .map_or(String::new(), |data| format!("{data} ")),
            self.device.line(),
            if self.resident { "--resident " } else { "" },
            self.checkpoint.display()
        )
    }
}

/// Saves the state that the device had last, and says how to go on.
fn saved(a: &DeeprArguments, run: &Run, error: OnDeviceError) -> anyhow::Error {
    let gone = matches!(error, OnDeviceError::Device(_));
    let checkpoint = run.checkpoint();
    let error = anyhow::Error::new(error);
    if let Err(e) = checkpoint.save(&a.checkpoint) {
        return error.context(e.to_string());
    }
    if !gone {
        return error;
    }
    let step = checkpoint.step;
    let line = a.resume_line();
    anyhow::anyhow!(
        "{error}; the state after {step} training samples, the last read back, is saved: when the device is there again \
         go on with: {line}"
    )
}

fn bar(samples: u64, epoch: u32) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(samples);
    if let Ok(style) =
        ProgressStyle::with_template("epoch {prefix} [{bar:40}] {pos}/{len} {per_sec} {eta}")
    {
        bar.set_style(style);
    }
    bar.set_prefix(format!("{}", epoch + 1));
    bar
}

fn report(e: &Epoch, json: bool) {
    let redrawn: u64 = e.training.redrawn.iter().sum();
    let line = format!(
        "epoch {:3}: validation {:6.2} %, training {:6.2} %, {:.2} connections redrawn a sample",
        e.epoch + 1,
        100.0 * e.validation.accuracy(),
        100.0 * e.training.correct as f64 / e.training.samples.max(1) as f64,
        redrawn as f64 / e.training.samples.max(1) as f64
    );
    if json {
        eprintln!("{line}");
    } else {
        println!("{line}");
    }
}
