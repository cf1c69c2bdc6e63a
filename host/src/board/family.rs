//! The families of FPGAs: which tools build for one, with which arguments, and how their cells are called.

use super::Board;
use super::build::BuildError;
use super::room::{Cell, Kinds, Needs, Room};
use crate::tools::{Package, repository};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// A family of FPGAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Ecp5,
    Ice40,
    Gowin,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 3] = [Family::Ecp5, Family::Ice40, Family::Gowin];

    /// How to build for it.
    pub fn flow(self) -> &'static dyn Flow {
        match self {
            Family::Ecp5 => &super::ecp5::Ecp5,
            Family::Ice40 => &super::ice40::Ice40,
            Family::Gowin => &super::gowin::Gowin,
        }
    }
}

/// Names of the ports of a module `pll`: oscillator in, clock out, steady.
#[derive(Debug, Clone, Copy)]
pub struct PllPorts {
    pub oscillator: &'static str,
    pub clock: &'static str,
    pub locked: &'static str,
}

/// How bitstreams of a family are built. Commands run in the directory of the build, where `top.v` holds the pins'
/// module `top`.
pub trait Flow: Sync {
    /// For people.
    fn name(&self) -> &'static str;
    /// The parts of `host/setup.sh` that install the tools.
    fn parts(&self) -> &'static [&'static str];
    /// What they install: Yosys, nextpnr and what more there is.
    fn packages(&self) -> &'static [Package];
    /// Devices as `board.toml` calls them, with what they hold.
    fn devices(&self) -> &'static [(&'static str, Room)];
    fn kinds(&self) -> Kinds;
    /// The cells of a netlist that take room.
    fn cells(&self) -> &'static [(&'static str, Cell)];
    /// What PEs of a configuration take; none where that was not measured.
    fn needs(&self, configuration: &str) -> Option<Needs>;
    /// The whole device, for people.
    fn device(&self, board: &Board) -> String;
    /// The file of pins, as the placement names it.
    fn pins_file(&self) -> &'static str;
    /// How a line of that file names a port.
    fn pin(&self, port: &str) -> String;
    /// What of the device the PLL's setting depends on.
    fn pll_device<'a>(&self, _board: &'a Board) -> &'a str {
        ""
    }
    fn pll_ports(&self) -> PllPorts;
    /// Writes `pll.v`, module `pll`, and tells the clock in MHz that it gives.
    ///
    /// # Errors
    /// [`BuildError::Pll`] where no setting comes near.
    fn pll(&self, directory: &Path, board: &Board, clock_mhz: f64) -> Result<f64, BuildError>;
    /// Options of `read_verilog`: the macro by which the RTL knows the family, if it does.
    fn macros(&self) -> &'static str {
        ""
    }
    /// Yosys' commands that make the netlist `top.json` of module `top`, with so many PEs.
    fn synthesis(&self, pes: usize) -> &'static [&'static str];
    /// Places and routes `top.json` to `<stem>.<routed>`, reports to `<stem>.json`.
    fn place(&self, board: &Board, clock_mhz: f64, seed: u32, stem: &str) -> Command;
    /// Ending of the file of a placed design.
    fn routed(&self) -> &'static str;
    /// Cells of nextpnr's report for the table: look-up tables (or logic cells), flip-flops where they are counted.
    fn used(&self) -> &'static [&'static str];
    /// Packs a placed design into a bitstream.
    fn pack(&self, board: &Board, routed: &str, bitstream: &str) -> Command;
    /// Ending of a bitstream.
    fn bitstream(&self) -> &'static str;
    /// Turns a bitstream back into a placed design; none where no tool does it in a form that can be packed again.
    fn unpack(&self, bitstream: &str, routed: &str) -> Option<Command>;
    /// The text of a placed design with one bit changed, for a check of the check.
    fn flip(&self, routed: &str) -> Option<String>;
}

/// A program of the virtual environment.
pub(super) fn venv(program: &str) -> Command {
    Command::new(repository().join(".venv/bin").join(program))
}

/// `text` with the bit at `at`, a character `0` or `1`, changed.
pub(super) fn flip_bit(text: &str, at: usize) -> Option<String> {
    let other = match text.as_bytes().get(at)? {
        b'0' => "1",
        b'1' => "0",
        _ => return None,
    };
    Some([&text[..at], other, &text[at + 1..]].concat())
}
