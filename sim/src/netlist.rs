//! Models of the ECP5's and the iCE40's cells, which a netlist of Yosys runs on.

/// Verilog of the ECP5's cells. Where a netlist asks for what a model does not have, Verilator refuses it.
pub const CELLS_ECP5: &str = include_str!("cells_ecp5.v");

/// Verilog of the iCE40 UltraPlus' memories and multiplier; its other cells are Yosys' own models.
pub const CELLS_ICE40: &str = include_str!("cells_ice40.v");
