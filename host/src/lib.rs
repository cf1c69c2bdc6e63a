//! Library and command line of the Synfire machine.

pub mod asm;
pub mod board;
pub mod breaks;
pub mod cli;
pub mod data;
pub mod deepr;
pub mod device;
pub mod elf;
pub mod energy;
pub mod link;
pub mod netlist;
pub mod output;
pub mod progress;
pub mod report;
pub mod speed;
pub mod synth;
pub mod tools;
