//! The report of a run: one page with pictures of what training did, and the pictures as files beside it.

mod connections;
mod curves;
mod memory;
mod page;
mod pictures;
#[cfg(test)]
mod tests;

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

/// Why there is no report; nothing of it is half-written.
#[derive(Debug, Error)]
pub enum ReportError {
    #[error("the picture `{what}` cannot be drawn ({why}); this is a bug, please report it")]
    Drawing { what: &'static str, why: String },
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
    #[error(
        "{} cannot be read: {source}; write it with `synfire verify --json > FILE`", .path.display()
    )]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{} is not the line that `synfire verify --json` prints ({why}); write it anew", .path.display()
    )]
    NotVerify { path: PathBuf, why: String },
}

/// Mean cycles of one pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PassCycles {
    pub pass: String,
    pub cycles: f64,
}

/// What `synfire verify --json` prints, as far as the report shows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VerifyFigures {
    pub config: String,
    pub equal: bool,
    pub difference: Option<String>,
    pub rerun: String,
    pub samples: u64,
    pub instructions: u64,
    /// Clock cycles of the RTL in all.
    pub cycles: u64,
    pub cycles_per_sample: f64,
    pub bank_conflict_cycles: u64,
    /// In the order of a sample.
    pub passes: Vec<PassCycles>,
}

impl VerifyFigures {
    /// Reads the line that `synfire verify --json` printed.
    ///
    /// # Errors
    /// [`ReportError::Read`] and [`ReportError::NotVerify`].
    pub fn load(path: &Path) -> Result<Self, ReportError> {
        let text = std::fs::read_to_string(path).map_err(|source| ReportError::Read {
            path: path.into(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|e| ReportError::NotVerify {
            path: path.into(),
            why: e.to_string(),
        })
    }
}

/// What a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    pub checkpoint: &'a Checkpoint,
    /// Rows and columns of the images that the network reads.
    pub image_size: (usize, usize),
    pub verify: Option<VerifyFigures>,
    /// Validation accuracy, 0..1, of a dense float network of the same layers.
    pub dense_float: Option<f64>,
}

impl Report<'_> {
    /// Where the network lies in the SRAM of the configuration that was verified, or of `ecp5`.
    ///
    /// # Errors
    /// An unknown configuration, or a network that does not fit.
    pub fn layout(&self) -> Result<Layout, ReportError> {
        let name = self.verify.as_ref().map_or("ecp5", |v| &v.config);
        let config = PeConfig::by_name(name)?;
        let shapes = self.checkpoint.network.shapes();
        Ok(Layout::new(&shapes, config.sram_bytes)?)
    }

    /// Saturations of the whole run.
    fn saturations(&self) -> Saturations {
        let epochs = self.checkpoint.history.iter().map(|e| &e.training);
        epochs.chain([&self.checkpoint.counters]).fold(
            Saturations::default(),
            |mut sum, counters| {
                let s = &counters.saturations;
                sum.activation += s.activation;
                sum.delta += s.delta;
                sum.eta_delta += s.eta_delta;
                sum.weight += s.weight;
                sum
            },
        )
    }

    /// Flag records of the whole run that found no room in their queue.
    fn lost_flags(&self) -> u64 {
        let epochs = self.checkpoint.history.iter().map(|e| e.training.overflows);
        epochs.sum::<u64>() + self.checkpoint.counters.overflows
    }

    fn check_image_size(&self) -> Result<(), ReportError> {
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
}

/// One picture: the name of its file without ending, and its text.
struct Picture {
    name: &'static str,
    svg: String,
}

/// Height of one bar of the picture of cycles, and of its frame, in pixels.
const BAR: u32 = 24;
const BARS_FRAME: u32 = 36;

fn draw(input: &Report<'_>, layout: &Layout) -> Result<Vec<Picture>, ReportError> {
    let c = input.checkpoint;
    let mut all = Vec::new();
    let mut add =
        |name, svg: Result<String, ReportError>| svg.map(|svg| all.push(Picture { name, svg }));
    if !c.history.is_empty() {
        let chart = pictures::svg("Accuracy per epoch", (720, 340), |area| {
            curves::accuracy(area, &c.history, input.dense_float)
        });
        add("accuracy", chart)?;
        let chart = pictures::svg("Connections redrawn per epoch", (720, 300), |area| {
            curves::redrawn(area, &c.history)
        });
        add("redrawn", chart)?;
    }
    let title = "Where the connections of layer 1 sit on the image";
    let heat = pictures::svg(title, (840, 440), |area| {
        connections::both(area, &c.network.layers[0], input.image_size)
    });
    add("connections", heat)?;
    let bins = pictures::svg("Weights of each layer", (840, 280), |area| {
        curves::weights(area, &c.network)
    });
    add("weights", bins)?;
    let map = pictures::svg("Memory of the PE", (840, 320), |area| {
        memory::map(area, layout)
    });
    add("memory", map)?;
    if let Some(v) = &input.verify {
        let rows = curves::cycle_rows(v);
        let size = (840, BARS_FRAME + BAR * rows.len() as u32);
        let bars = pictures::svg("Cycles of a training sample on the RTL", size, |area| {
            curves::cycles(area, &rows)
        });
        add("cycles", bars)?;
    }
    Ok(all)
}

/// Writes `report.html` and its pictures into `directory`; returns their paths, the page first.
///
/// # Errors
/// [`ReportError`]. Everything is drawn before anything is written.
pub fn write(directory: &Path, input: &Report<'_>) -> Result<Vec<PathBuf>, ReportError> {
    input.check_image_size()?;
    let layout = input.layout()?;
    let pictures = draw(input, &layout)?;
    let page = page::render(input, &layout, &pictures);
    let path = directory.join("report.html");
    write_whole(&path, page.as_bytes())?;
    let mut files = vec![path];
    for p in &pictures {
        let path = directory.join(p.name).with_extension("svg");
        write_whole(&path, p.svg.as_bytes())?;
        files.push(path);
    }
    Ok(files)
}

/// Writes one compact picture, as the README shows it, to the SVG file `path`.
///
/// # Errors
/// [`ReportError`]
pub fn write_picture(path: &Path, input: &Report<'_>) -> Result<(), ReportError> {
    input.check_image_size()?;
    let svg = pictures::compact(input, &input.layout()?)?;
    Ok(write_whole(path, svg.as_bytes())?)
}
