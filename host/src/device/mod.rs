//! Machines behind the host link, whatever they are made of: the model's bridge, the RTL under Verilator, a board.

mod board;
mod choice;
mod resident;
mod sample;

pub use board::Board;
pub use choice::{Choice, ChoiceError};
pub use sample::{Feed, Streamed};

use crate::data::Dataset;
use crate::deepr::layout::Layout;
use crate::deepr::machine::Answer;
use crate::link::{LinkError, Statistics, WireError};
use std::fmt;
use synfire_format::FORMAT_VERSION;
use synfire_format::config::{ConfigError, PeConfig};
use synfire_format::link::{IDENTITY_BYTES, counter, identity};
use synfire_format::packet::Packet;
use synfire_golden::Pe;
use thiserror::Error;

/// What a machine says of itself at a session's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Identity {
    pub pes: u8,
    pub format: u16,
    /// The register [`synfire_format::mmio::ID`].
    pub id: u32,
    pub sram_bytes: u32,
    /// KB of the sample store, 0 without one.
    pub store_kb: u32,
    /// 0 where there is no clock: the model.
    pub clock_khz: u32,
    /// 0 where bytes come in parallel.
    pub baud: u32,
    /// Of what the machine was made from.
    pub build: u64,
}

impl Identity {
    /// Reads `HELLO`'s response.
    pub fn new(bytes: &[u8; IDENTITY_BYTES]) -> Self {
        let number = |at: usize, length: usize| {
            let bytes = bytes[at..at + length].iter().rev();
            bytes.fold(0u64, |n, &b| n << 8 | u64::from(b))
        };
        Identity {
            pes: bytes[identity::PES],
            format: number(identity::FORMAT, 2) as u16,
            id: number(identity::ID, 4) as u32,
            sram_bytes: 1024 * number(identity::SRAM_KB, 2) as u32,
            store_kb: number(identity::STORE_KB, 2) as u32,
            clock_khz: number(identity::CLOCK_KHZ, 4) as u32,
            baud: number(identity::BAUD, 4) as u32,
            build: number(identity::BUILD, 8),
        }
    }

    /// The machine's configuration in words: its name, or what its ID says.
    pub fn configuration(&self) -> String {
        let same = |c: &PeConfig| id(c) & 0xffff == self.id & 0xffff;
        match PeConfig::all().into_iter().find(same) {
            Some(c) if c.sram_bytes == self.sram_bytes => format!("`{}`", c.name),
            Some(c) => format!("`{}` with {} bytes of SRAM", c.name, self.sram_bytes),
            None => format!(
                "{} banks, {} lanes of {} multipliers, {} bytes of SRAM (ID {:#x})",
                self.id >> 4 & 15,
                self.id >> 8 & 15,
                self.id >> 12 & 15,
                self.sram_bytes,
                self.id
            ),
        }
    }

    /// Refuses a machine of another format or configuration than the programs and images made here are for.
    ///
    /// # Errors
    /// Both are named.
    pub fn expect(&self, config: &PeConfig) -> Result<(), DeviceError> {
        if self.format != FORMAT_VERSION {
            return Err(DeviceError::Format {
                theirs: self.format,
            });
        }
        if (self.id, self.sram_bytes) != (id(config), config.sram_bytes) {
            return Err(DeviceError::Configuration {
                theirs: self.configuration(),
                ours: config.name.clone(),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pes = if self.pes == 1 { "PE" } else { "PEs" };
        write!(
            f,
            "{} {pes} of configuration {}, format {}, build {:016x}",
            self.pes,
            self.configuration(),
            self.format,
            self.build
        )?;
        if self.store_kb != 0 {
            write!(f, ", a sample store of {} KB", self.store_kb)?;
        }
        if self.clock_khz != 0 {
            write!(
                f,
                ", {}.{:03} MHz",
                self.clock_khz / 1000,
                self.clock_khz % 1000
            )?;
        }
        if self.baud != 0 {
            write!(f, ", {} baud", self.baud)?;
        }
        Ok(())
    }
}

/// The register ID of a configuration, which the model knows.
fn id(config: &PeConfig) -> u32 {
    Pe::new(config).id()
}

/// Why a device cannot be used, or not any more.
#[derive(Debug, Error)]
pub enum DeviceError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Sim(#[from] synfire_sim::SimError),
    #[error(transparent)]
    Netlist(#[from] crate::netlist::NetlistError),
    #[error(
        "the machine has format version {theirs} and this program version {FORMAT_VERSION}: use a machine and a program \
         of the same version"
    )]
    Format { theirs: u16 },
    #[error(
        "the machine is of configuration {theirs} and `{ours}` is asked for: name the machine's with --device-config, or \
         connect one of `{ours}`"
    )]
    Configuration { theirs: String, ours: String },
    #[error(
        "the machine has no sample store to keep samples in: train without --resident, or on a board whose board.toml has \
         a store_kb"
    )]
    NoStore,
    #[error(
        "{samples} samples of {each} bytes take {need_kb} KB and the machine's sample store has {store_kb} KB: {fit} fit; \
         train without --resident, on fewer images, or on a board whose board.toml has a larger store_kb"
    )]
    StoreRoom {
        samples: usize,
        each: usize,
        need_kb: usize,
        store_kb: u32,
        fit: usize,
    },
    #[error(
        "sample {index} is asked for and is not among those in the machine's store: keep the set that is trained on"
    )]
    NotKept { index: usize },
    #[error("{address:#x} and {bytes} bytes from there are asked for: take whole 32-bit words")]
    Words { address: u32, bytes: usize },
    #[error(
        "no answer to a sample in {seconds} s; the core {core}: load the program again, and try `synfire verify` on the \
         same samples"
    )]
    Stuck { seconds: u64, core: CoreState },
    #[error(
        "the machine answered {what}, which the protocol does not have: use a machine of this version"
    )]
    Nonsense { what: String },
}

/// The control core, as `CONTROL` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct CoreState {
    /// Program counter of the last instruction retired.
    pub pc: u32,
    pub running: bool,
    /// The program's exit code, where it has ended.
    pub exit: Option<u32>,
    /// The step asked for retired its instruction.
    pub stepped: bool,
}

impl fmt::Display for CoreState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doing = match (self.exit, self.running) {
            (Some(code), _) => format!("ended with code {code:#x}"),
            (None, true) => "runs".into(),
            (None, false) => "is held".into(),
        };
        write!(f, "{doing}, last instruction at {:#x}", self.pc)
    }
}

/// Counters of link and PE, see [`counter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct DeviceCounters {
    pub carried_out: u32,
    pub damaged: u32,
    pub repeated: u32,
    pub out_of_order: u32,
    pub framing: u32,
    pub overrun: u32,
    pub cycles: u64,
    pub retired: u32,
    pub conflicts: u32,
    pub busy: u32,
}

impl DeviceCounters {
    fn new(bytes: &[u8]) -> Option<Self> {
        let words: Vec<u32> = bytes
            .chunks_exact(4)
            .map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]))
            .collect();
        (bytes.len() == 4 * counter::COUNT).then(|| DeviceCounters {
            carried_out: words[counter::CARRIED_OUT],
            damaged: words[counter::DAMAGED],
            repeated: words[counter::REPEATED],
            out_of_order: words[counter::OUT_OF_ORDER],
            framing: words[counter::FRAMING],
            overrun: words[counter::OVERRUN],
            cycles: u64::from(words[counter::CYCLES_HIGH]) << 32
                | u64::from(words[counter::CYCLES]),
            retired: words[counter::RETIRED],
            conflicts: words[counter::CONFLICTS],
            busy: words[counter::BUSY],
        })
    }
}

/// A machine that programs are loaded into and run on. Addresses are bytes and multiples of 4.
pub trait Device {
    fn identity(&self) -> Identity;

    /// Resets the PE and fills its SRAM from address 0; the core is held at its first instruction.
    ///
    /// # Errors
    /// [`DeviceError`], as all below.
    fn load(&mut self, image: &[u8]) -> Result<(), DeviceError>;

    /// `bytes` bytes (a multiple of 4) from `address`.
    ///
    /// # Errors
    /// A range outside the SRAM.
    fn read(&mut self, address: u32, bytes: usize) -> Result<Vec<u8>, DeviceError>;

    /// Writes whole words.
    ///
    /// # Errors
    /// A range outside the SRAM.
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), DeviceError>;

    /// Lets the core run.
    ///
    /// # Errors
    /// Those of the link.
    fn start(&mut self) -> Result<CoreState, DeviceError>;

    /// Holds the core before its next instruction.
    ///
    /// # Errors
    /// Those of the link.
    fn stop(&mut self) -> Result<CoreState, DeviceError>;

    /// Lets the core retire one instruction.
    ///
    /// # Errors
    /// Those of the link.
    fn step(&mut self) -> Result<CoreState, DeviceError>;

    /// Registers as after power up, no messages; the core is held at address 0 and the SRAM stays.
    ///
    /// # Errors
    /// Those of the link.
    fn reset(&mut self) -> Result<CoreState, DeviceError>;

    /// Counters of link and PE.
    ///
    /// # Errors
    /// Those of the link.
    fn counters(&mut self) -> Result<DeviceCounters, DeviceError>;

    /// Sends packets to the PE's port.
    ///
    /// # Errors
    /// Those of the link.
    fn send(&mut self, packets: &[Packet]) -> Result<(), DeviceError>;

    /// The PE's next `count` messages, waited for.
    ///
    /// # Errors
    /// They do not come.
    fn receive(&mut self, count: usize) -> Result<Vec<Packet>, DeviceError>;

    /// Writes `samples` into the machine's store, where they stay: from now on [`Device::samples`] sends their numbers,
    /// not their pixels, and takes samples of this set alone.
    ///
    /// # Errors
    /// They do not fit.
    fn keep(&mut self, samples: &Dataset) -> Result<(), DeviceError>;

    /// Streams samples of DEEP R through the PE, whose image is of `layout`: pixels into the two input buffers, the
    /// message, and the answers back, in order. At most two samples are without an answer, and the link's window is
    /// kept full. Returns when `feed` is at its end and all is answered.
    ///
    /// # Errors
    /// An answer does not come.
    fn samples(
        &mut self,
        layout: &Layout,
        train: bool,
        feed: &mut dyn Feed,
    ) -> Result<Streamed, DeviceError>;

    /// What went over the link.
    fn statistics(&self) -> Statistics;

    /// Baud, ten bits a byte; `None` where bytes come in parallel.
    fn baud(&self) -> Option<u32>;
}

/// One answer as the firmware's message has it.
pub(crate) fn answer(payload: u32) -> Answer {
    Answer {
        class: payload as u8,
        correct: payload >> 8 & 1 == 1,
        redrawn: (payload >> 16) as u16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(format: u16, config: &PeConfig) -> Identity {
        Identity {
            pes: 1,
            format,
            id: id(config),
            sram_bytes: config.sram_bytes,
            store_kb: 128,
            clock_khz: 48_000,
            baud: 3_000_000,
            build: 7,
        }
    }

    #[test]
    fn another_configuration_or_format_is_refused_and_both_are_named() {
        let small = identity(FORMAT_VERSION, &PeConfig::small());
        small.expect(&PeConfig::small()).unwrap();
        assert_eq!(
            small.expect(&PeConfig::ecp5()).unwrap_err().to_string(),
            "the machine is of configuration `small` and `ecp5` is asked for: name the machine's with --device-config, or \
             connect one of `ecp5`"
        );
        let later = identity(FORMAT_VERSION + 1, &PeConfig::small());
        assert_eq!(
            later.expect(&PeConfig::small()).unwrap_err().to_string(),
            "the machine has format version 2 and this program version 1: use a machine and a program of the same version"
        );
        assert_eq!(
            small.to_string(),
            "1 PE of configuration `small`, format 1, build 0000000000000007, a sample store of 128 KB, 48.000 MHz, 3000000 baud"
        );
    }
}
