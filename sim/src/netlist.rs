//! Models of the ECP5's cells, which a netlist of Yosys runs on.

/// Their Verilog. Where a netlist asks for what a model does not have, Verilator refuses it.
pub const CELLS_ECP5: &str = include_str!("cells_ecp5.v");
