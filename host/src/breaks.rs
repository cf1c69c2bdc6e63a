//! The list of breaks: statements of the emitted RTL of `small`, each changed on purpose, and how the comparison of
//! model and RTL reports them. All are compiled into one text behind a selector.

use crate::deepr::layout::Layout;
use crate::deepr::machine::{self, LayerState, Session};
use crate::deepr::train::{Config, Run, Stream};
use serde::{Deserialize, Serialize};
use synfire_format::config::PeConfig;
use synfire_sim::SimError;
use synfire_sim::conformance::Case;
use synfire_sim::lockstep::{Lockstep, LockstepError};
use synfire_sim::mutate::{self, Break, MutateError};
use synfire_sim::rtl::PeLibrary;
use thiserror::Error;

/// A break and the report that it must cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Block of the PE: core, sram, synapse engine, neuron engine, lanes, exp, random.
    pub block: String,
    #[serde(flatten)]
    pub change: Break,
    /// Part of the report's text: the place where it is first seen.
    pub place: String,
}

/// Why a break cannot be made.
#[derive(Debug, Error)]
pub enum BreakError {
    #[error("break {asked} is asked for, the list has 1 to {have}")]
    Number { asked: u16, have: usize },
    #[error("the breaks are statements of `small`, not of `{0}`: give --config small")]
    Config(String),
    #[error(transparent)]
    Mutate(#[from] MutateError),
    #[error(transparent)]
    Sim(#[from] SimError),
    #[error(transparent)]
    Emit(#[from] synfire_hdl::emit::EmitError),
}

/// The list, in the order of the numbers that choose from it (the first is 1).
pub fn list() -> Vec<Listed> {
    serde_json::from_str(include_str!("breaks.json")).expect("the list is read by a test")
}

/// The RTL with every listed break compiled in; `n` is only checked.
///
/// # Errors
/// [`BreakError`]
pub fn library(config: &PeConfig, n: u16, trace: bool) -> Result<PeLibrary, BreakError> {
    let all = list();
    if n == 0 || usize::from(n) > all.len() {
        return Err(BreakError::Number {
            asked: n,
            have: all.len(),
        });
    }
    if config.name != PeConfig::small().name {
        return Err(BreakError::Config(config.name.clone()));
    }
    let verilog = synfire_hdl::pe::emit_pe(config)?;
    let breaks: Vec<Break> = all.into_iter().map(|l| l.change).collect();
    let verilog = mutate::apply(&verilog, "pe", &breaks)?;
    Ok(PeLibrary::from_verilog(config, &verilog, trace)?)
}

/// Random programs, and as many passes and chains, that every break is tried on (`--cases` of `synfire verify`).
pub const WORKLOAD: u64 = 24;
/// Samples of DEEP R on the embedded digits after them (`--samples`).
pub const SAMPLES: usize = 6;

/// Where the RTL of `library` with break `select`, powered up with that seed, first differs from the model in the workload,
/// if it does.
///
/// # Errors
/// The library is not a PE.
pub fn place(
    library: &PeLibrary,
    config: &PeConfig,
    select: u16,
    power_up: u64,
) -> Result<Option<String>, SimError> {
    let machine = || {
        let mut rtl = library.instance(power_up)?;
        rtl.select_mutant(select);
        Ok::<_, SimError>(rtl)
    };
    let place = |e: LockstepError| match e {
        LockstepError::Differ(m) => m.place,
        other => other.to_string(),
    };
    for case in Case::first(WORKLOAD) {
        if let Err(e) = case.run(config, machine()?) {
            return Ok(Some(place(e)));
        }
    }
    let splits = crate::data::digits::load().expect("the embedded digits load");
    let run = Run::new(Config::digits(1), splits.train.len()).expect("the default run is sound");
    let layout =
        Layout::new(&run.network().shapes(), config.sram_bytes).expect("the default network fits");
    let states: Vec<LayerState> = run.network().layers.iter().map(LayerState::from).collect();
    let rules = run.config().hyper.rules(0, layout.shapes.len());
    let image =
        machine::image(&layout, &states, &rules, 1, 0).expect("the firmware assembles and fits");
    let mut stream = Stream::new(run.config());
    let samples: Vec<(Vec<i16>, u8)> = (0..SAMPLES as u32)
        .map(|i| {
            let (pixels, label) = stream.sample(&splits.train, i);
            (pixels.iter().map(|&p| i16::from(p)).collect(), label)
        })
        .collect();
    let mut session = Session::new(Lockstep::new(config, machine()?, &image), &layout);
    let outcome = session
        .run(samples.iter().map(|(x, l)| (&x[..], *l)), true, |_| {})
        .and_then(|()| session.machine.compare_sram());
    Ok(outcome.err().map(place))
}
