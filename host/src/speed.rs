//! How many samples a second a board trains or classifies: what its PE does with its clock, and what its link carries.
//!
//! Both are measured on the run's first samples. The PE's cycles are counted in its RTL alone, with packets at its port
//! whenever it takes them, so neither link nor bridge slows it. The link's bytes are those that the host exchanges with
//! the model of the machine; what asked for an answer in vain is left out, as a slower link asks later.

use crate::data::Dataset;
use crate::deepr::layout::{Layout, LayoutError};
use crate::deepr::machine::{self, Answer, ImageError, LayerState, Session};
use crate::deepr::rtl::RtlMachine;
use crate::deepr::train::{Run, Stream};
use crate::device::{Board, Choice, Device, DeviceError, Feed, Streamed};
use serde::Serialize;
use synfire_format::config::{MachineShape, PeConfig};
use synfire_hdl::pe::emit_pe_of_many_multipliers;
use synfire_sim::SimError;
use synfire_sim::lockstep::LockstepError;
use synfire_sim::rtl::PeLibrary;
use thiserror::Error;

/// Samples before those that are counted: two input buffers are to be filled.
const FIRST: usize = 2;

/// Why a speed is not known.
#[derive(Debug, Error)]
pub enum SpeedError {
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Sim(#[from] SimError),
    #[error(transparent)]
    Lockstep(#[from] LockstepError),
}

/// What one kind of sample takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Speed {
    pub train: bool,
    /// Of the PE's clock, a sample.
    pub cycles: f64,
    pub streamed: Streamed,
    pub resident: Streamed,
    /// Samples of this kind that the board's store holds at most.
    pub fit: usize,
}

impl Speed {
    /// Samples a second that the PE does.
    pub fn engine_bound(&self, clock_hz: f64) -> f64 {
        clock_hz / self.cycles
    }
}

/// The first samples of a run, round and round.
struct First<'a> {
    set: &'a Dataset,
    next: usize,
    end: usize,
}

impl Feed for First<'_> {
    fn next(&mut self) -> Option<(&[u8], u8)> {
        if self.next == self.end {
            return None;
        }
        self.next += 1;
        let i = self.index();
        Some((self.set.image(i), self.set.label(i)))
    }

    fn index(&self) -> usize {
        (self.next - 1) % self.set.len()
    }

    fn answer(&mut self, _: Answer) {}
}

/// Image and layout of a run at its beginning.
fn begin(run: &Run, config: &PeConfig) -> Result<(Layout, Vec<u8>), SpeedError> {
    let network = run.network();
    let rules = run.config().hyper.rules(0, network.layers.len());
    let layout = Layout::new(&network.shapes(), config.sram_bytes)?;
    let states: Vec<LayerState> = network.layers.iter().map(LayerState::from).collect();
    let image = machine::image(&layout, &states, &rules, run.config().seed, 0)?;
    Ok((layout, image))
}

/// Cycles of the RTL for the run's first `count` samples.
fn cycles(
    run: &Run,
    set: &Dataset,
    library: &PeLibrary,
    (layout, image): &(Layout, Vec<u8>),
    train: bool,
    count: usize,
) -> Result<u64, SpeedError> {
    let mut stream = Stream::new(run.config());
    let samples: Vec<(Vec<i16>, u8)> = (0..count)
        .map(|i| {
            let (pixels, label) = stream.sample(set, i as u32);
            (pixels.iter().map(|&p| p.into()).collect(), label)
        })
        .collect();
    let mut session = Session::new(RtlMachine::new(library.instance(1)?, image), layout);
    let before = session.machine.rtl.cycles();
    session.run(
        samples.iter().map(|(x, label)| (x.as_slice(), *label)),
        train,
        |_| {},
    )?;
    Ok(session.machine.rtl.cycles() - before)
}

/// The link's bytes for `count` samples of `set`.
fn bytes(
    set: &Dataset,
    config: &PeConfig,
    (layout, image): &(Layout, Vec<u8>),
    train: bool,
    resident: bool,
    count: usize,
) -> Result<Streamed, SpeedError> {
    // A session's first number is drawn from its nonce and now and then escaped: the figure must not follow the draw.
    let mut device = Board::with_nonce(Choice::Golden.wire(config, 0)?, 1)?;
    device.load(image)?;
    device.start()?;
    if resident {
        device.keep(set)?;
    }
    let mut feed = First {
        set,
        next: 0,
        end: count,
    };
    Ok(device.samples(layout, train, &mut feed)?)
}

/// Training and inference of `run` over `set`, on a PE of `config` as machines of `shape` have it: cycles of `count` samples,
/// bytes of 16 times as many.
///
/// # Errors
/// [`SpeedError`]: no Verilator, or a network that does not fit.
pub fn measure(
    run: &Run,
    set: &Dataset,
    config: &PeConfig,
    shape: MachineShape,
    count: usize,
) -> Result<[Speed; 2], SpeedError> {
    let library = if shape.many_multipliers {
        let verilog = emit_pe_of_many_multipliers(config).map_err(SimError::from)?;
        PeLibrary::from_verilog(config, &verilog, false)?
    } else {
        PeLibrary::build(config, false)?
    };
    let begun = begin(run, config)?;
    let fit = 1024 * shape.store_kb as usize / (4 * (1 + set.inputs().div_ceil(4)));
    // What the model's store holds of them for sure: bytes do not tell samples apart.
    let kept = set.part(0..set.len().min(100));
    let one = |train| -> Result<Speed, SpeedError> {
        let first = cycles(run, set, &library, &begun, train, FIRST)?;
        let all = cycles(run, set, &library, &begun, train, FIRST + count)?;
        Ok(Speed {
            train,
            cycles: (all - first) as f64 / count as f64,
            streamed: bytes(&kept, config, &begun, train, false, 16 * count)?,
            resident: bytes(&kept, config, &begun, train, true, 16 * count)?,
            fit,
        })
    };
    Ok([one(true)?, one(false)?])
}
