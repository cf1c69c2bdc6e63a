//! What every PE must do alike: random programs and random chains of passes, in lockstep with the model.

use crate::lockstep::{Lockstep, LockstepError};
use crate::rtl::Rtl;
use std::fmt;
use std::str::FromStr;
use synfire_format::config::PeConfig;
use synfire_format::mmio;
use synfire_golden::encode::{addi, jal, li, load, store};
use synfire_golden::program::random_program;
use synfire_golden::scenario::{Scenario, random_chain, random_pass};

/// One run, made from its seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// A random program of the control core.
    Program(u64),
    /// A random pass (even seeds) or chain of passes (odd seeds), started by a short program.
    Chain(u64),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Case::Program(seed) => write!(f, "program:{seed}"),
            Case::Chain(seed) => write!(f, "chain:{seed}"),
        }
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is no case: name program:SEED or chain:SEED with a number, e.g. chain:7"
            )
        };
        let (kind, seed) = text.split_once(':').ok_or_else(fault)?;
        let seed = seed.parse().map_err(|_| fault())?;
        match kind {
            "program" => Ok(Case::Program(seed)),
            "chain" => Ok(Case::Chain(seed)),
            _ => Err(fault()),
        }
    }
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// An image with the scenario at its bottom and behind it a program that starts the chain, reads what it counted and
/// ends with exit code 1.
pub fn chain_image(s: &Scenario) -> Vec<u8> {
    let code_at = s.sram.len() as i32;
    let mut code = li(4, mmio::MMIO_BASE).to_vec();
    for (register, value) in [
        (mmio::SEED, s.seed),
        (mmio::STEP, s.step),
        (mmio::PRIVATE_BASE, s.private_base),
        (mmio::CHAIN_START, s.first_descriptor),
    ] {
        code.extend(li(5, value));
        code.push(store(2, 5, 4, register as i32));
    }
    for register in [mmio::SATURATIONS, mmio::FAULTS, mmio::CHAIN_WAIT] {
        code.push(load(2, 5, 4, register as i32));
    }
    code.extend([addi(5, 0, 1), store(2, 5, 4, mmio::EXIT as i32)]);
    let mut all = s.sram.clone();
    all.extend(bytes(&code));
    // Word 0 is never an index, a table or a descriptor, so the way to the program may lie there.
    all[..4].copy_from_slice(&jal(0, code_at).to_le_bytes());
    all
}

impl Case {
    /// The first `count` programs and as many passes and chains.
    pub fn first(count: u64) -> impl Iterator<Item = Case> {
        (0..count)
            .map(Case::Program)
            .chain((0..count).map(Case::Chain))
    }

    /// The SRAM image of the case.
    pub fn image(self, config: &PeConfig) -> Vec<u8> {
        let half = config.sram_bytes / 2;
        match self {
            Case::Program(seed) => bytes(&random_program(seed, config.rv32e)),
            Case::Chain(seed) if seed % 2 == 0 => chain_image(&random_pass(seed, half)),
            Case::Chain(seed) => chain_image(&random_chain(seed, half)),
        }
    }

    /// What the scenario of a chain tries.
    pub fn why(self, config: &PeConfig) -> String {
        let half = config.sram_bytes / 2;
        match self {
            Case::Program(_) => "a random program".into(),
            Case::Chain(seed) if seed % 2 == 0 => random_pass(seed, half).why,
            Case::Chain(seed) => random_chain(seed, half).why,
        }
    }

    /// Runs the case to its end; the SRAM is compared whole.
    ///
    /// # Errors
    /// The first difference, or a program that does not end with code 1.
    pub fn run(self, config: &PeConfig, rtl: Rtl) -> Result<Lockstep, LockstepError> {
        let mut both = Lockstep::new(config, rtl, &self.image(config));
        match both.run_to_end()? {
            1 => Ok(both),
            code => Err(LockstepError::Ended(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_named_as_they_are_read() {
        for case in Case::first(3) {
            assert_eq!(case.to_string().parse(), Ok(case));
        }
        for wrong in ["chain", "chain:x", "row:1", ""] {
            assert!(wrong.parse::<Case>().is_err(), "{wrong}");
        }
    }
}
