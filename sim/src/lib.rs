//! Verilated RTL as a Rust value, and lockstep of model and RTL.
