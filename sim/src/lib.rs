//! Verilated RTL as a Rust value, and lockstep of model and RTL.
//!
//! [`verilated`] turns emitted Verilog into a compiled [`Library`] (cached by content) and its instances into
//! [`Machine`]s with safe ports and memories. All of the project's `unsafe` is in `verilated/raw.rs`.

#![deny(unsafe_code)]

pub mod conformance;
mod error;
pub mod link;
pub mod lockstep;
pub mod mutate;
pub mod netlist;
pub mod rtl;
pub mod verilated;

pub use error::SimError;
pub use verilated::{BuildOptions, Library, Machine, Memory, Optimise, Port, build, lint};
