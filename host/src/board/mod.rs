//! The boards that bitstreams are built for: `constraints/<board>/board.toml` and its pins.

pub mod bitstream;
pub mod build;
mod ecp5;
pub mod family;
mod gowin;
mod ice40;
mod netlist;
pub mod place;
pub mod room;

use family::Family;
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
    /// Whose tools build it: ecp5, ice40 or gowin.
    pub family: Family,
    /// Device as the family's nextpnr calls it: 25k, 45k, 85k; up5k; GW2AR-LV18QN88C8/I7.
    pub device: String,
    /// Empty where the device's name says it.
    #[serde(default)]
    pub package: String,
    /// Speed grade of an ECP5; other families' devices have one, or their names say it.
    #[serde(default)]
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
    /// Places and routes with more weight on timing, which takes longer (ECP5).
    #[serde(default)]
    pub thorough: bool,
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
    #[error("{family} has no device `{asked}`: board.toml takes {known}")]
    Device {
        family: &'static str,
        asked: String,
        known: String,
    },
    #[error(
        "{pes} PEs of `{configuration}` do not fit on {board}: {most} fit, then {what} runs out ({need} needed, {have} there); {}",
        fewer(*most)
    )]
    Room {
        pes: usize,
        configuration: String,
        /// With its device.
        board: String,
        most: usize,
        what: &'static str,
        need: u64,
        have: u64,
    },
    #[error(
        "{pes} PE(s) of `{configuration}` do not fit on {board}: the netlist takes {need} {what} of {have}; give fewer --pes or a smaller --config"
    )]
    Full {
        pes: usize,
        configuration: String,
        /// With its device.
        board: String,
        what: &'static str,
        need: u64,
        have: u64,
    },
}

/// What to do where `most` PEs fit.
fn fewer(most: usize) -> String {
    match most {
        0 => "give a smaller --config".into(),
        _ => format!("give --pes {most}"),
    }
}

macro_rules! boards {
    ($($name:literal $pins:literal),*) => {
        [$((
            $name,
            include_str!(concat!("../../../constraints/", $name, "/board.toml")),
            include_str!(concat!("../../../constraints/", $name, "/", $pins)),
        )),*]
    };
}

const BOARDS: [(&str, &str, &str); 6] = boards!(
    "ulx3s-85f" "pins.lpf",
    "colorlight-i9" "pins.lpf",
    "colorlight-i5" "pins.lpf",
    "orangecrab-25f" "pins.lpf",
    "icebreaker" "pins.pcf",
    "tangnano20k" "pins.cst"
);

/// Names of the boards.
pub fn names() -> Vec<&'static str> {
    BOARDS.iter().map(|b| b.0).collect()
}

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

    /// What is built with so many PEs: its sample store is there where all of it fits beside them (two KB take a block RAM), and
    /// several PEs shift by multipliers where the device has them for all. One PE has logic enough, and is faster with its shifter:
    /// 2 % of the cycles of MNIST's training, 5 % of the digits'.
    ///
    /// # Errors
    /// A device that is none.
    pub fn shape(&self, pes: usize) -> Result<MachineShape, BoardError> {
        let room = self.room()?;
        let needs = self.family.flow().needs(&self.configuration);
        let taken = needs.map_or(0, |n| n.bridge.block_ram + pes as u64 * n.pe.block_ram);
        let left = room.block_ram.saturating_sub(taken);
        let each = needs
            .filter(|n| n.more_multipliers > 0)
            .map(|n| n.pe.multipliers + n.more_multipliers);
        let fits = u64::from(self.store_kb.div_ceil(2)) <= left;
        Ok(MachineShape {
            pes,
            store_kb: if fits { self.store_kb } else { 0 },
            many_multipliers: pes > 1
                && each.is_some_and(|each| {
                    needs.map_or(0, |n| n.bridge.multipliers) + pes as u64 * each
                        <= room.multipliers
                }),
        })
    }
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
            let flow = b.family.flow();
            for port in ["clkin", "rxd", "txd"] {
                assert!(b.pins.contains(&flow.pin(port)), "{name}: {port}");
            }
            let leds = (0..8).filter(|i| b.pins.contains(&flow.pin(&format!("led[{i}]"))));
            assert_eq!(leds.count(), b.leds, "{name}");
        }
    }

    #[test]
    fn an_unknown_board_is_refused_with_those_there_are() {
        assert_eq!(
            Board::by_name("nexys").unwrap_err().to_string(),
            "no board is called `nexys`: choose one of ulx3s-85f, colorlight-i9, colorlight-i5, orangecrab-25f, icebreaker, tangnano20k"
        );
        // The store goes where PEs take its block RAM: 2 + 3 * 41 + 64 of 208 fit, with a fourth PE no more.
        let b = Board::by_name("ulx3s-85f").unwrap();
        let store = |pes| b.shape(pes).unwrap().store_kb;
        assert_eq!((store(3), store(4)), (128, 0));
        // Five times 31 of 156 multipliers.
        let many = |b: &Board, pes| b.shape(pes).unwrap().many_multipliers;
        assert!(many(&b, 5) && !many(&b, 6) && !many(&b, 1));
        assert!(many(&Board::by_name("colorlight-i9").unwrap(), 2));
    }
}
