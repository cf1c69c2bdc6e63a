//! Generators of the Synfire machine's RTL: one file a block, each a rust-hdl structure that [`emit`] turns into Verilog.
//!
//! The RTL is written independently of the model: this crate uses the format table alone. What a kernel computes is
//! fixed by its Verilog (run by `synfire-sim`), never by the generator's own simulator.

pub mod cells;
pub mod emit;

pub use emit::EmitError;
