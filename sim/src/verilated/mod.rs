//! The Verilator layer: emitted Verilog in, a compiled model behind safe Rust values out.
//!
//! [`build`] hashes the Verilog, the options, the shim and the Verilator version, and keeps one compiled library per
//! hash in `$SYNFIRE_CACHE` (default `target/verilated`). It builds aside under a lock and renames, so parallel tests
//! share builds and stale files never mix. Models are made with `--x-assign unique --x-initial unique`: whatever is
//! not reset starts from bits drawn from the seed of [`Library::instance`].

mod build;
mod locate;
mod machine;
mod raw;
mod shim;

pub use build::{BuildOptions, Optimise, build, cache, lint};
pub use locate::Verilator;
pub use machine::{Library, Machine, Memory, Port};
