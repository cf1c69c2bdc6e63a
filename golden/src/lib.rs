//! The fixed-point model that specifies every bit of the Synfire machine.

pub mod bridge;
pub mod builder;
pub mod core;
pub mod csr;
pub mod devices;
pub mod encode;
pub mod exp;
pub mod fast;
pub mod feeder;
mod frame;
pub mod pass;
pub mod pe;
pub mod program;
pub mod recipe;
pub mod reciprocal;
pub mod scenario;
pub mod sram;

pub use bridge::Bridge;
pub use core::{Halt, Retire, StepResult};
pub use devices::{Engine, Inputs};
pub use pass::{EngineState, PassReport, run_chain, run_pass};
pub use pe::{Outcome, Pe};
pub use sram::Sram;
