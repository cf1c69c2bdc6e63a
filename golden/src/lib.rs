//! The fixed-point model that specifies every bit of the Synfire machine.

pub mod pass;
pub mod recipe;
pub mod sram;

pub use pass::{EngineState, PassReport, run_chain, run_pass};
pub use sram::Sram;
