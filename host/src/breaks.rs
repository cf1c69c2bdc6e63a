//! The list of breaks: statements of the emitted RTL of `small`, each changed on purpose, and how the comparison of
//! model and RTL reports them. All are compiled into one text behind a selector.

use serde::Deserialize;
use synfire_format::config::PeConfig;
use synfire_sim::SimError;
use synfire_sim::mutate::{self, Break, MutateError};
use synfire_sim::rtl::PeLibrary;
use thiserror::Error;

/// A break and the report that it must cause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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
