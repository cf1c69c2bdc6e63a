//! Library and command line of the Synfire machine.

pub mod asm;
