//! The host's end of the link to a machine: frames, a client that keeps the window full, and the wires under it.
//!
//! [`synfire_format::link`] is the protocol. The client is written apart from the model's bridge
//! ([`synfire_golden::bridge`]); the two meet on a wire only.

mod client;
mod faulty;
pub mod frame;
mod request;
mod wire;

pub use client::{Link, LinkError, Statistics, Ticket, nonce};
pub use faulty::{Faults, Faulty, Injected};
pub use request::{Refusal, Request};
pub use wire::{GoldenWire, RtlWire, SILENCE, SerialWire, Wire, WireError};
