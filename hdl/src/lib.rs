//! Generators of the Synfire machine's RTL: one file a block, each a rust-hdl structure that [`emit`] turns into Verilog.
//!
//! The RTL is written independently of the model: this crate uses the format table alone. What a kernel computes is
//! fixed by its Verilog (run by `synfire-sim`), never by the generator's own simulator.

pub mod access;
pub mod align;
pub mod alu;
pub mod answer;
pub mod arbiter;
pub mod bank;
pub mod bridge;
pub mod bus;
pub mod cells;
pub mod control;
pub mod core;
pub mod crc32;
pub mod csr;
pub mod decode;
pub mod draw;
pub mod emit;
pub mod engine;
pub mod executor;
pub mod exp;
pub mod fetch;
pub mod frame_ram;
pub mod frame_receiver;
pub mod frame_transmitter;
pub mod lane;
pub mod lanes;
pub mod link_counters;
pub mod loader;
pub mod lut_ram;
pub mod machine;
pub mod mux;
pub mod neuron_engine;
pub mod packet_part;
pub mod pe;
pub mod pe_counters;
pub mod pick;
pub mod port;
pub mod random;
pub mod reader;
pub mod reciprocal;
pub mod request_check;
pub mod retire;
pub mod row_walker;
pub mod run_control;
pub mod scatter;
pub mod sequence;
pub mod session;
pub mod shifter;
pub mod skid;
mod slice;
pub mod slip;
pub mod slot;
pub mod slot_control;
pub mod slot_decode;
pub mod sram;
pub mod station;
pub mod streams;
pub mod synapse_engine;
pub mod timer;
pub mod uart;
pub mod write_back;

pub use emit::EmitError;
