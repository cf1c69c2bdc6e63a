//! The one format table of the Synfire machine: every width, fixed-point format, register, packet field and limit
//! that the golden model, the RTL generator and the host share (design invariant 5).
//!
//! This crate holds layouts and constants and the two pure functions that *are* formats: the counter-based random
//! generator ([`random`]) and the encodings of recipes and passes. The arithmetic of the machine is not here: the
//! model (`synfire-golden`) and the RTL (`synfire-hdl`) each write it on their own and are compared.
//!
//! Fixed-point formats are written `S7.8` (sign, 7 integer, 8 fraction bits) and `U0.16`.

pub mod config;
pub mod elementary;
pub mod link;
pub mod mmio;
pub mod packet;
pub mod pass;
pub mod random;
pub mod recipe;

/// Version of everything in this crate; a checkpoint or a machine of another version is refused.
pub const FORMAT_VERSION: u16 = 1;
