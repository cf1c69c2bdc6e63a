//! Which device: `golden`, `rtl`, `netlist` or `serial:PATH`.

use super::{Board, DeviceError};
use crate::link::{GoldenWire, RtlWire, SILENCE, SerialWire, Wire};
use std::fmt;
use std::str::FromStr;
use synfire_format::config::{MachineShape, PeConfig};
use synfire_golden::{Bridge, Engine, Pe};
use synfire_sim::link::MachineLibrary;
use thiserror::Error;

/// Seed of the RTL's power-up values.
const POWER_UP: u64 = 1;

/// KB of the sample store of a machine in this process, as large as that of the boards that have one. `tiny` has none:
/// its FPGA has no block RAM to spare. The netlist has none either.
fn store_kb(config: &PeConfig) -> u32 {
    if config.name == "tiny" { 0 } else { 128 }
}

/// A device as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The model of machine and bridge, in this process.
    Golden,
    /// The RTL of both under Verilator, in this process.
    Rtl,
    /// The ECP5's netlist of both, as Yosys makes it, under Verilator, in this process.
    Netlist,
    /// A board, or what stands for one, at a serial port.
    Serial(String),
}

/// A device that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChoiceError {
    #[error(
        "no device is called `{0}`: choose golden, rtl, netlist, or serial:PATH (as in serial:/dev/ttyUSB0)"
    )]
    Unknown(String),
    #[error("`serial:` names no port: write serial:PATH, as in serial:/dev/ttyUSB0")]
    NoPath,
}

impl FromStr for Choice {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        match text.split_once(':') {
            Some(("serial", "")) => Err(ChoiceError::NoPath),
            Some(("serial", path)) => Ok(Choice::Serial(path.into())),
            None if text == "golden" => Ok(Choice::Golden),
            None if text == "rtl" => Ok(Choice::Rtl),
            None if text == "serial" => Err(ChoiceError::NoPath),
            None if text == "netlist" => Ok(Choice::Netlist),
            _ => Err(ChoiceError::Unknown(text.into())),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choice::Golden => f.write_str("golden"),
            Choice::Rtl => f.write_str("rtl"),
            Choice::Netlist => f.write_str("netlist"),
            Choice::Serial(path) => write!(f, "serial:{path}"),
        }
    }
}

impl Choice {
    /// The wire to this device, a new machine of `config` where it is in this process; `baud` is a port's rate.
    ///
    /// # Errors
    /// A port that cannot be opened, RTL that cannot be built.
    pub fn wire(&self, config: &PeConfig, baud: u32) -> Result<Box<dyn Wire>, DeviceError> {
        Ok(match self {
            Choice::Golden => {
                let mut pe = Pe::new(config);
                pe.set_engine(Engine::Fast);
                let bridge = Bridge::new(vec![pe], 0).with_store(store_kb(config));
                Box::new(GoldenWire { bridge })
            }
            Choice::Rtl => {
                eprintln!(
                    "building the RTL of `{}` with Verilator (kept for the next time)",
                    config.name
                );
                let shape = MachineShape {
                    pes: 1,
                    store_kb: store_kb(config),
                    many_multipliers: false,
                };
                let rtl = MachineLibrary::build(config, shape, false)?.instance(POWER_UP)?;
                Box::new(RtlWire {
                    rtl,
                    silence: SILENCE,
                })
            }
            Choice::Netlist => {
                eprintln!(
                    "building the ECP5 netlist of `{}` with Yosys and Verilator (some minutes, kept for the next time)",
                    config.name
                );
                let rtl = crate::netlist::machine(config)?.instance(POWER_UP)?;
                Box::new(RtlWire {
                    rtl,
                    silence: SILENCE,
                })
            }
            Choice::Serial(path) => Box::new(SerialWire::open(path, baud)?),
        })
    }

    /// Opens the device and refuses it where it is not of `config`.
    ///
    /// # Errors
    /// [`DeviceError`]
    pub fn open(&self, config: &PeConfig, baud: u32) -> Result<Board<Box<dyn Wire>>, DeviceError> {
        let board = Board::open(self.wire(config, baud)?)?;
        super::Device::identity(&board).expect(config)?;
        Ok(board)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_or_refused_with_those_there_are() {
        for text in ["golden", "rtl", "netlist", "serial:/dev/ttyUSB0"] {
            assert_eq!(text.parse::<Choice>().unwrap().to_string(), text);
        }
        let refused = |text: &str| text.parse::<Choice>().unwrap_err().to_string();
        assert_eq!(
            refused("board"),
            "no device is called `board`: choose golden, rtl, netlist, or serial:PATH (as in serial:/dev/ttyUSB0)"
        );
        assert!(refused("netlist:ecp5").contains("no device is called `netlist:ecp5`"));
        for text in ["serial", "serial:"] {
            assert!(refused(text).contains("write serial:PATH"));
        }
    }
}
