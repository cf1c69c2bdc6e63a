//! Models of cells for netlists of the ECP5.

/// Block RAM and multiplier of the ECP5, which Yosys' library has only as black boxes.
pub const CELLS_ECP5: &str = include_str!("cells_ecp5.v");
