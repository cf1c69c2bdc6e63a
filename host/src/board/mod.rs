//! The boards that bitstreams are built for: `constraints/<board>/board.toml` and its pins.

pub mod build;

use crate::synth::Cells;
use serde::{Deserialize, Serialize};
use synfire_format::config::MachineShape;
use thiserror::Error;

/// What a board is, as its `board.toml` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Folder in `constraints/`, the board's name in commands.
    #[serde(skip)]
    pub name: String,
    pub title: String,
    /// Device as nextpnr-ecp5 calls it: 25k, 45k, 85k.
    pub device: String,
    pub package: String,
    /// Speed grade.
    pub speed: u32,
    pub oscillator_mhz: f64,
    /// The machine's clock, and what timing must meet.
    pub clock_mhz: f64,
    /// Rate of the UART.
    pub baud: u32,
    /// Configuration of the PEs.
    pub configuration: String,
    pub pes: usize,
    /// KB of the sample store, where block RAM is left for it; 0 is none.
    #[serde(default)]
    pub store_kb: u32,
    /// LEDs on the board that are used, the first of the machine's four.
    pub leds: usize,
    pub leds_active_low: bool,
    /// openFPGALoader's name of the board.
    pub loader: String,
    /// Pin constraints.
    #[serde(skip)]
    pub pins: String,
}

/// Why there is no board, or no room on it.
#[derive(Debug, Error, PartialEq)]
pub enum BoardError {
    #[error("no board is called `{asked}`: choose one of {known}")]
    Unknown { asked: String, known: String },
    #[error("constraints/{name}/board.toml: {what}")]
    Unreadable { name: String, what: String },
    #[error("no device is called `{0}`: board.toml takes 25k, 45k or 85k")]
    Device(String),
    #[error(
        "{pes} PEs of `{configuration}` do not fit on {board} ({device}): {most} fit, then {what} runs out ({need} needed, {have} there); give --pes {most}"
    )]
    Room {
        pes: usize,
        configuration: String,
        board: String,
        device: String,
        most: usize,
        what: &'static str,
        need: u64,
        have: u64,
    },
}

macro_rules! boards {
    ($($name:literal),*) => {
        [$((
            $name,
            include_str!(concat!("../../../constraints/", $name, "/board.toml")),
            include_str!(concat!("../../../constraints/", $name, "/pins.lpf")),
        )),*]
    };
}

const BOARDS: [(&str, &str, &str); 4] = boards!(
    "ulx3s-85f",
    "colorlight-i9",
    "colorlight-i5",
    "orangecrab-25f"
);

/// Names of the boards.
pub fn names() -> Vec<&'static str> {
    BOARDS.iter().map(|b| b.0).collect()
}

/// Cells of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub lut4: u64,
    pub dp16kd: u64,
    pub mult18x18d: u64,
}

/// What one PE takes beside the bridge, in cells of nextpnr (its look-up tables are some 14-20 % more than Yosys
/// counts, as carries and LUT RAM take some).
pub const PE: Device = Device {
    lut4: 12_800,
    dp16kd: 32,
    mult18x18d: 13,
};

/// What bridge and UART take.
pub const BRIDGE: Device = Device {
    lut4: 1_300,
    dp16kd: 2,
    mult18x18d: 0,
};

impl Board {
    /// The board called `name`.
    ///
    /// # Errors
    /// [`BoardError::Unknown`] lists the names there are.
    pub fn by_name(name: &str) -> Result<Self, BoardError> {
        let Some((name, text, pins)) = BOARDS.iter().find(|b| b.0 == name) else {
            return Err(BoardError::Unknown {
                asked: name.into(),
                known: names().join(", "),
            });
        };
        let mut board: Board = toml::from_str(text).map_err(|e| BoardError::Unreadable {
            name: (*name).into(),
            what: e.to_string(),
        })?;
        board.name = (*name).into();
        board.pins = (*pins).into();
        Ok(board)
    }

    /// Cells of its device.
    ///
    /// # Errors
    /// A device that is none.
    pub fn cells(&self) -> Result<Device, BoardError> {
        let (lut4, dp16kd, mult18x18d) = match self.device.as_str() {
            "25k" => (24_288, 56, 28),
            "45k" => (43_848, 108, 72),
            "85k" => (83_640, 208, 156),
            other => return Err(BoardError::Device(other.into())),
        };
        Ok(Device {
            lut4,
            dp16kd,
            mult18x18d,
        })
    }

    /// What is built with so many PEs: its sample store is there where all of it fits beside them. Two KB take a DP16KD.
    ///
    /// # Errors
    /// A device that is none.
    pub fn shape(&self, pes: usize) -> Result<MachineShape, BoardError> {
        let taken = BRIDGE.dp16kd + pes as u64 * PE.dp16kd;
        let left = self.cells()?.dp16kd.saturating_sub(taken);
        let fits = u64::from(self.store_kb.div_ceil(2)) <= left;
        Ok(MachineShape {
            pes,
            store_kb: if fits { self.store_kb } else { 0 },
        })
    }

    /// Refuses more PEs than fit.
    ///
    /// # Errors
    /// [`BoardError::Room`] with how many fit and what runs out.
    pub fn check(&self, pes: usize) -> Result<(), BoardError> {
        let have = self.cells()?;
        let kinds = [
            ("block RAM (DP16KD)", have.dp16kd, BRIDGE.dp16kd, PE.dp16kd),
            ("logic (LUT4)", have.lut4, BRIDGE.lut4, PE.lut4),
            (
                "multipliers (MULT18X18D)",
                have.mult18x18d,
                BRIDGE.mult18x18d,
                PE.mult18x18d,
            ),
        ];
        let most = |k: &(&str, u64, u64, u64)| (k.1 - k.2) / k.3;
        let tight = kinds.iter().min_by_key(|k| most(k)).expect("three kinds");
        let fit = most(tight) as usize;
        if (1..=fit).contains(&pes) {
            return Ok(());
        }
        Err(BoardError::Room {
            pes,
            configuration: self.configuration.clone(),
            board: self.name.clone(),
            device: self.device.clone(),
            most: fit,
            what: tight.0,
            need: tight.2 + pes as u64 * tight.3,
            have: tight.1,
        })
    }
}

/// A netlist's share of a device, as text.
pub fn share(cells: &Cells, device: Device) -> String {
    format!(
        "{} LUT4 of {}, {} DP16KD of {}, {} MULT18X18D of {}",
        cells.lut4, device.lut4, cells.dp16kd, device.dp16kd, cells.mult18x18d, device.mult18x18d
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_reads_has_its_pins_and_room_for_its_pes() {
        for name in names() {
            let b = Board::by_name(name).unwrap();
            b.check(b.pes).unwrap();
            let shape = b.shape(b.pes).unwrap();
            assert_eq!(
                shape.store_kb, b.store_kb,
                "{name}: block RAM for the store"
            );
            for port in ["clkin", "rxd", "txd"] {
                assert!(b.pins.contains(&format!("COMP \"{port}\"")), "{name}");
            }
            let leds = b.pins.matches("COMP \"led[").count();
            assert_eq!(leds, b.leds, "{name}");
        }
    }

    #[test]
    fn unknown_boards_and_too_many_pes_are_refused_with_what_is_possible() {
        assert_eq!(
            Board::by_name("nexys").unwrap_err().to_string(),
            "no board is called `nexys`: choose one of ulx3s-85f, colorlight-i9, colorlight-i5, orangecrab-25f"
        );
        let b = Board::by_name("colorlight-i5").unwrap();
        assert_eq!(
            b.check(2).unwrap_err().to_string(),
            "2 PEs of `ecp5` do not fit on colorlight-i5 (25k): 1 fit, then block RAM (DP16KD) runs out (66 needed, 56 there); give --pes 1"
        );
        let most = |name: &str| {
            let b = Board::by_name(name).unwrap();
            (1..10).take_while(|n| b.check(*n).is_ok()).count()
        };
        assert_eq!((most("ulx3s-85f"), most("colorlight-i9")), (6, 3));
        // The store goes where PEs take its block RAM: 2 + 4 * 32 + 64 of 208 fit, with a fifth PE no more.
        let b = Board::by_name("ulx3s-85f").unwrap();
        let store = |pes| b.shape(pes).unwrap().store_kb;
        assert_eq!((store(4), store(5)), (128, 0));
    }
}
