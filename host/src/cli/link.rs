//! `synfire link`

use super::device::{DeviceArguments, link_figures, print_link};
use super::{Verdict, print_json};
use crate::data::{Dataset, digits, idx};
use crate::deepr::train::{Config, Run};
use crate::device::{Device, Streamed};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    device: DeviceArguments,
    /// Training samples of MNIST's size to stream
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    samples: u32,
    /// Directory with MNIST's IDX files; without it the embedded digits, enlarged
    #[arg(long)]
    data: Option<PathBuf>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The embedded digits with 28 x 28 pixels, each between its four nearest, with half as much contrast again: MNIST's
/// strokes are bright.
pub(super) fn enlarged(count: usize) -> anyhow::Result<Dataset> {
    const SIZE: usize = 28;
    let small = digits::load()?.train;
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for i in (0..small.len()).cycle().take(count) {
        let image = small.image(i);
        for at in 0..SIZE * SIZE {
            // Sixteenths of a small pixel; the last row and column are the edge.
            let place = |p: usize| (p * 7 * 16 / (SIZE - 1)).min(7 * 16);
            let (y, x) = (place(at / SIZE), place(at % SIZE));
            let value = |dy: usize, dx: usize| {
                let (row, column) = ((y / 16 + dy).min(7), (x / 16 + dx).min(7));
                usize::from(image[8 * row + column])
            };
            let (fy, fx) = (y % 16, x % 16);
            let upper = value(0, 0) * (16 - fx) + value(0, 1) * fx;
            let lower = value(1, 0) * (16 - fx) + value(1, 1) * fx;
            let p = (upper * (16 - fy) + lower * fy) / 256;
            pixels.push((p * 3 / 2).min(255) as u8);
        }
        labels.push(small.label(i));
    }
    Dataset::new(pixels, labels, SIZE, SIZE, 10)
        .ok_or_else(|| anyhow::anyhow!("the enlarged digits do not fit; this is a bug: report it"))
}

/// Trains on samples of MNIST's size and shows what they take on the link.
pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let count = a.samples as usize;
    let train = match &a.data {
        Some(dir) => {
            let all = idx::load_dir(dir, None)?.train;
            all.part(0..count.min(all.len()))
        }
        None => enlarged(count)?,
    };
    let Some(mut device) = a.device.open()? else {
        anyhow::bail!("no device is named: give --device golden, rtl, netlist or serial:PATH");
    };
    let identity = device.identity();
    let mut run = Run::new(Config::mnist(1), train.len())?;
    let mut streamed = Streamed::default();
    let began = Instant::now();
    run.epoch_on(
        &mut device,
        &train,
        &train.part(0..1),
        &mut streamed,
        &mut |_| ControlFlow::Continue(()),
    )?;
    let seconds = began.elapsed().as_secs_f64();
    let speed = streamed.samples as f64 / seconds.max(1e-9);
    let counters = device.counters()?;
    if a.json {
        let mut figures = link_figures(&streamed, device.statistics())?;
        figures["device"] = serde_json::to_value(identity)?;
        figures["counters"] = serde_json::to_value(counters)?;
        figures["samples_per_s"] = speed.into();
        print_json(&figures)?;
    } else {
        println!("{identity}");
        println!(
            "{} training samples of {} bytes with loading and reading back: {speed:.0} samples/s",
            streamed.samples,
            train.inputs()
        );
        print_link(&streamed, device.statistics());
        println!(
            "machine              {} requests carried out, {} damaged frames, {} repeated, {} out of order, {} bytes \
             without a stop bit, {} overruns",
            counters.carried_out,
            counters.damaged,
            counters.repeated,
            counters.out_of_order,
            counters.framing,
            counters.overrun
        );
    }
    Ok(Verdict::Yes)
}
