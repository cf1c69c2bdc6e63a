//! Generators of the Synfire machine's RTL: one file a block, each a rust-hdl structure that [`emit`] turns into Verilog.
//!
//! The RTL is written independently of the model: this crate uses the format table alone. What a kernel computes is
//! fixed by its Verilog (run by `synfire-sim`), never by the generator's own simulator.

pub mod access;
pub mod bus;
pub mod cells;
pub mod control;
pub mod core;
pub mod decode;
pub mod emit;
pub mod sram;
pub mod streams;
pub mod exp;
pub mod fetch;
pub mod lut_ram;
pub mod port;
pub mod random;
pub mod reciprocal;
pub mod shifter;
pub mod timer;

pub use emit::EmitError;
