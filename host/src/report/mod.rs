//! The demo's report: what a run did, in pictures and tables, as one page that needs nothing beside it.
//!
//! `page` lays out the HTML, `curves` draws what changes over epochs and how weights and cycles spread, `connections`
//! where the network looks on the image, `memory` what lies where in the PE's SRAM. Pictures are SVG in the page, where text
//! stays text, and PNG beside it; `paper` draws both, and no font has to be installed.

mod connections;
mod curves;
mod memory;
mod page;
mod paper;
mod pictures;
#[cfg(test)]
mod tests;

use self::pictures::Drawing;
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::layout::{Layout, LayoutError};
use crate::deepr::native::Saturations;
use crate::output::{OutputError, write_whole};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use synfire_format::config::{ConfigError, PeConfig};
use thiserror::Error;

/// Format of each kind of number, as the checkpoint and the SRAM hold it.
pub const FORMATS: [(&str, &str); 7] = [
    ("weight", "S1.14"),
    ("activation", "S7.8"),
    ("error (delta)", "S5.10"),
    ("sum", "S9.22"),
    ("error sum", "S7.24"),
    ("exponential", "U0.15, operand U3.12"),
    ("index", "U16"),
];

/// What a report is made from.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    pub checkpoint: &'a Checkpoint,
    /// Rows and columns of an input image; their product is the network's number of inputs.
    pub image_size: (usize, usize),
    /// Figures of `synfire verify --json`.
    pub verify: Option<VerifyFigures>,
    /// Validation accuracy, 0..1, of the dense float network of the same layers.
    pub dense_float: Option<f64>,
}

/// The line that `synfire verify --json` prints.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VerifyFigures {
    /// Configuration of the PE.
    pub config: String,
    /// Whether model, RTL and native trainer had equal bits throughout.
    pub equal: bool,
    /// The first difference.
    pub difference: Option<String>,
    /// Command that repeats the run with a waveform.
    pub rerun: String,
    /// Training samples run.
    pub samples: u64,
    /// Instructions of the control core.
    pub instructions: u64,
    /// Clock cycles of the RTL.
    pub cycles: u64,
    pub cycles_per_sample: f64,
    /// Cycles in which a stream waited for a bank.
    pub bank_conflict_cycles: u64,
    /// In the order in which a sample runs them.
    pub passes: Vec<PassCycles>,
}

/// Mean cycles of one pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PassCycles {
    pub pass: String,
    pub cycles: f64,
}

/// Why there is no report.
#[derive(Debug, Error)]
pub enum ReportError {
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(
        "images of {height} x {width} pixels do not fit a network of {inputs} inputs; name the data that it was trained on with --data"
    )]
    ImageSize {
        height: usize,
        width: usize,
        inputs: usize,
    },
    #[error("cannot read {}: {source}; check the path and its permissions", .path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{} is not the line that `synfire verify --json` prints ({source}); write that line to the file and try again",
        .path.display()
    )]
    NotVerify {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("the picture {name} cannot be drawn: {what}; this is a bug, please report it")]
    Draw { name: &'static str, what: String },
}

impl VerifyFigures {
    /// Reads a file that holds the line.
    ///
    /// # Errors
    /// [`ReportError::Read`], or [`ReportError::NotVerify`] for another content.
    pub fn load(path: &Path) -> Result<Self, ReportError> {
        let bytes = std::fs::read(path).map_err(|source| ReportError::Read {
            path: path.into(),
            source,
        })?;
        serde_json::from_slice(&bytes).map_err(|source| ReportError::NotVerify {
            path: path.into(),
            source,
        })
    }
}

impl Report<'_> {
    /// The PE's memory with this network in it: of the verified configuration, else of `ecp5`.
    fn layout(&self) -> Result<Layout, ReportError> {
        let name = self.verify.as_ref().map_or("ecp5", |v| &v.config);
        let config = PeConfig::by_name(name)?;
        let shapes = self.checkpoint.network.shapes();
        Ok(Layout::new(&shapes, config.sram_bytes)?)
    }

    fn check(&self) -> Result<(), ReportError> {
        let (height, width) = self.image_size;
        let inputs = self.checkpoint.network.layers[0].shape.n_in;
        if height * width == inputs {
            return Ok(());
        }
        Err(ReportError::ImageSize {
            height,
            width,
            inputs,
        })
    }

    /// Saturations of the whole run, the unfinished epoch included.
    fn saturations(&self) -> Saturations {
        let c = self.checkpoint;
        let mut sum = c.counters.saturations;
        for e in &c.history {
            let s = e.training.saturations;
            sum.activation += s.activation;
            sum.delta += s.delta;
            sum.eta_delta += s.eta_delta;
            sum.weight += s.weight;
        }
        sum
    }

    /// Flag records of the whole run that found no room in their queue.
    fn lost_flags(&self) -> u64 {
        let c = self.checkpoint;
        let complete: u64 = c.history.iter().map(|e| e.training.overflows).sum();
        complete + c.counters.overflows
    }
}

/// A picture of the report.
struct Picture {
    /// Its files are `name.svg` and `name.png`.
    name: &'static str,
    svg: String,
    png: Vec<u8>,
}

/// Draws every picture that the input has figures for, in the page's order.
fn pictures(input: &Report, layout: &Layout) -> Result<Vec<Picture>, ReportError> {
    let network = &input.checkpoint.network;
    let history = &input.checkpoint.history;
    let mut all = Vec::new();
    let mut add = |name, d: Drawing| {
        let Drawing { svg, png } = d;
        all.push(Picture { name, svg, png });
    };
    if !history.is_empty() {
        let draw = |c: &pictures::Canvas| curves::accuracy(c, history, input.dense_float);
        add(
            "accuracy",
            pictures::drawing("accuracy", (720, 340), "Accuracy per epoch", draw)?,
        );
        let draw = |c: &pictures::Canvas| curves::redrawn(c, history);
        add(
            "redrawn",
            pictures::drawing("redrawn", (720, 300), "Connections redrawn per epoch", draw)?,
        );
    }
    let first = &network.layers[0];
    let size = input.image_size;
    add(
        "connections",
        pictures::drawing(
            "connections",
            (840, 440),
            "Where the connections of layer 1 sit on the image",
            |c| connections::both(c, first, size),
        )?,
    );
    add(
        "weights",
        pictures::drawing("weights", (840, 280), "Weights of each layer", |c| {
            curves::weights(c, network)
        })?,
    );
    let title = format!("Memory of the PE, {} KB", layout.sram_bytes >> 10);
    add(
        "memory",
        pictures::drawing("memory", (840, 320), &title, |c| memory::map(c, layout))?,
    );
    if let Some(v) = &input.verify {
        let rows = curves::cycle_rows(v);
        if !rows.is_empty() {
            let height = 60 + 24 * rows.len() as u32;
            add(
                "cycles",
                pictures::drawing(
                    "cycles",
                    (840, height),
                    "Cycles of a training sample on the RTL",
                    |c| curves::cycles(c, &rows),
                )?,
            );
        }
    }
    Ok(all)
}

/// Writes `report.html` and its pictures as SVG and PNG files to `dir`, making it; each file appears whole or not at
/// all.
/// Returns the files, the page first.
///
/// # Errors
/// Image size or configuration that do not fit the network, or a directory that takes no file.
pub fn write(dir: &Path, input: &Report) -> Result<Vec<PathBuf>, ReportError> {
    input.check()?;
    let layout = input.layout()?;
    let pictures = pictures(input, &layout)?;
    let page = page::render(input, &layout, &pictures);
    let mut files = vec![dir.join("report.html")];
    write_whole(&files[0], page.as_bytes())?;
    for p in &pictures {
        for (extension, bytes) in [("svg", p.svg.as_bytes()), ("png", &p.png)] {
            let path = dir.join(p.name).with_extension(extension);
            write_whole(&path, bytes)?;
            files.push(path);
        }
    }
    Ok(files)
}

/// Writes one compact picture of the run: connections on the image, accuracy, memory map; PNG where `path` ends so,
/// else SVG.
///
/// # Errors
/// As [`write()`].
pub fn write_picture(path: &Path, input: &Report) -> Result<(), ReportError> {
    input.check()?;
    let layout = input.layout()?;
    let c = input.checkpoint;
    let drawing = pictures::untitled("demo", (960, 500), |canvas| {
        let (top, bottom) = canvas.split_vertically(300);
        let (left, right) = top.split_horizontally(280);
        let left = pictures::titled(&left, "Connections of layer 1 on the image")?;
        connections::count(&left, &c.network.layers[0], input.image_size)?;
        let right = pictures::titled(&right, "Accuracy per epoch")?;
        curves::accuracy(&right, &c.history, input.dense_float)?;
        let title = format!(
            "Memory of the PE, {} KB: training and inference with {} connections, {:.1} % of the dense network's",
            layout.sram_bytes >> 10,
            c.network.connections(),
            100.0 * c.network.connectivity()
        );
        let bottom = pictures::titled(&bottom, &title)?;
        memory::map(&bottom, &layout)
    })?;
    let bytes = match path.extension() {
        Some(e) if e == "png" => &drawing.png,
        _ => drawing.svg.as_bytes(),
    };
    Ok(write_whole(path, bytes)?)
}
