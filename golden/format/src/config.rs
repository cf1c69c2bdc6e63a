//! The named configurations of a processing element (PE). They change speed and area, never a computed bit.

use crate::link::MAX_STORE_KB;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A processing element's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PeConfig {
    /// Name in commands, module headers and reports.
    pub name: String,
    /// SRAM size in bytes.
    pub sram_bytes: u32,
    /// SRAM word width in bits: 64, or 32 for the single-port shape of the iCE40UP5K.
    pub word_bits: u32,
    /// Banks, each a contiguous range of `sram_bytes / banks` bytes (bank = top address bits).
    pub banks: u32,
    /// True where a bank has one port that reads or writes in a cycle; false for one read and one write port.
    pub single_port: bool,
    /// Entries handled side by side (L).
    pub lanes: u32,
    /// Recipe slots computed in a cycle in each lane (M).
    pub mults: u32,
    /// RV32E: registers x16..x31 do not exist.
    pub rv32e: bool,
}

/// Why a configuration is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("no configuration is called `{0}`: choose one of tiny, small, gowin, ecp5")]
    Unknown(String),
    #[error("configuration `{name}`: {what}")]
    Illegal { name: String, what: String },
}

/// What a machine is beside the configuration of its PEs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineShape {
    /// PEs behind one link, 1 to 16.
    pub pes: usize,
    /// KB of the sample store ([`crate::link`]), 0 without one.
    pub store_kb: u32,
    /// PEs shift by multipliers wherever they can, also where that takes more than the 28 of an LFE5U-25F. The bits are the same.
    pub many_multipliers: bool,
}

impl From<usize> for MachineShape {
    /// That many PEs and no store.
    fn from(pes: usize) -> Self {
        Self {
            pes,
            store_kb: 0,
            many_multipliers: false,
        }
    }
}

impl MachineShape {
    /// Refuses what the link cannot reach. `name` is the PEs' configuration.
    ///
    /// # Errors
    /// A sentence that says what was asked and what may be.
    pub fn check(&self, name: &str) -> Result<(), ConfigError> {
        let fail = |what: String| {
            Err(ConfigError::Illegal {
                name: name.into(),
                what,
            })
        };
        if !(1..=16).contains(&self.pes) {
            return fail(format!("{} PEs behind one link: choose 1 to 16", self.pes));
        }
        if self.store_kb > MAX_STORE_KB {
            return fail(format!(
                "a sample store of {} KB: choose 0 to {MAX_STORE_KB}",
                self.store_kb
            ));
        }
        Ok(())
    }
}

impl PeConfig {
    /// RV32E, one 32-bit single-port SRAM, one lane, one multiplier: the shape of the iCE40UP5K.
    pub fn tiny() -> Self {
        Self {
            name: "tiny".into(),
            sram_bytes: 64 << 10,
            word_bits: 32,
            banks: 1,
            single_port: true,
            lanes: 1,
            mults: 1,
            rv32e: true,
        }
    }

    /// Two lanes, one multiplier, two banks: builds fastest, used by the tests.
    pub fn small() -> Self {
        Self {
            name: "small".into(),
            sram_bytes: 64 << 10,
            word_bits: 64,
            banks: 2,
            single_port: false,
            lanes: 2,
            mults: 1,
            rv32e: false,
        }
    }

    /// Two lanes of two multipliers on 64 KB in four banks: the GW2AR-18 has 648 blocks of LUT RAM and 46 of block RAM, of which
    /// `ecp5` asks for 538 and 43.
    pub fn gowin() -> Self {
        Self {
            name: "gowin".into(),
            lanes: 2,
            ..Self::ecp5()
        }
    }

    /// Four lanes of two multipliers on 64 KB in four banks of 2048 x 64.
    pub fn ecp5() -> Self {
        Self {
            name: "ecp5".into(),
            sram_bytes: 64 << 10,
            word_bits: 64,
            banks: 4,
            single_port: false,
            lanes: 4,
            mults: 2,
            rv32e: false,
        }
    }

    /// Every named configuration, smallest first.
    pub fn all() -> Vec<Self> {
        vec![Self::tiny(), Self::small(), Self::gowin(), Self::ecp5()]
    }

    /// The configuration called `name`.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`] lists the names there are.
    pub fn by_name(name: &str) -> Result<Self, ConfigError> {
        Self::all()
            .into_iter()
            .find(|c| c.name == name)
            .ok_or_else(|| ConfigError::Unknown(name.into()))
    }

    /// Bytes in one bank.
    pub fn bank_bytes(&self) -> u32 {
        self.sram_bytes / self.banks
    }

    /// Refuses what the generator cannot build.
    ///
    /// # Errors
    /// A sentence that names the field, what it is and what it may be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let fail = |what: String| {
            Err(ConfigError::Illegal {
                name: self.name.clone(),
                what,
            })
        };
        if !self.sram_bytes.is_power_of_two() || !(4 << 10..=256 << 10).contains(&self.sram_bytes) {
            return fail(format!(
                "{} bytes of SRAM: choose a power of two from 4 KB to 256 KB",
                self.sram_bytes
            ));
        }
        if ![32, 64].contains(&self.word_bits) {
            return fail(format!(
                "{}-bit SRAM words: choose 32 or 64",
                self.word_bits
            ));
        }
        if ![1, 2, 4, 8].contains(&self.banks) {
            return fail(format!("{} banks: choose 1, 2, 4 or 8", self.banks));
        }
        if self.single_port && self.banks != 1 {
            return fail(format!(
                "single-port SRAM is one bank, {} were asked for",
                self.banks
            ));
        }
        if self.single_port && self.word_bits != 32 {
            return fail(format!(
                "single-port SRAM has 32-bit words, {}-bit ones were asked for",
                self.word_bits
            ));
        }
        if ![1, 2, 4].contains(&self.lanes) || self.lanes * 16 > self.word_bits {
            return fail(format!(
                "{} lanes on {}-bit words: choose 1, 2 or 4 with 16 bits a lane in a word",
                self.lanes, self.word_bits
            ));
        }
        if ![1, 2].contains(&self.mults) {
            return fail(format!("{} multipliers a lane: choose 1 or 2", self.mults));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_configurations_are_legal() {
        for c in PeConfig::all() {
            assert_eq!(c.check(), Ok(()));
            assert_eq!(PeConfig::by_name(&c.name).as_ref(), Ok(&c));
        }
    }

    #[test]
    fn illegal_configurations_are_refused_with_a_sentence() {
        let c = PeConfig {
            lanes: 4,
            ..PeConfig::tiny()
        };
        assert_eq!(
            c.check().unwrap_err().to_string(),
            "configuration `tiny`: 4 lanes on 32-bit words: choose 1, 2 or 4 with 16 bits a lane in a word"
        );
        let c = PeConfig {
            word_bits: 64,
            ..PeConfig::tiny()
        };
        assert_eq!(
            c.check().unwrap_err().to_string(),
            "configuration `tiny`: single-port SRAM has 32-bit words, 64-bit ones were asked for"
        );
        assert_eq!(
            PeConfig::by_name("huge").unwrap_err().to_string(),
            "no configuration is called `huge`: choose one of tiny, small, gowin, ecp5"
        );
        let shape = MachineShape {
            pes: 1,
            store_kb: 257,
            many_multipliers: false,
        };
        assert_eq!(
            shape.check("small").unwrap_err().to_string(),
            "configuration `small`: a sample store of 257 KB: choose 0 to 256"
        );
    }
}
