//! What the conformance tests share: DEEP R on the embedded digits, ready to run natively and on a PE.

#![allow(clippy::unnecessary_cast)] // in what `dynasm!` expands to

use synfire::asm::{self, Asm, AsmError, DynasmApi, dynasm};
use synfire::data::{Dataset, digits};
use synfire::deepr::layout::Layout;
use synfire::deepr::machine::{self, LayerState};
use synfire::deepr::native::Native;
use synfire::deepr::network::Network;
use synfire::deepr::train::Config;
use synfire_format::config::PeConfig;
use synfire_format::mmio;
use synfire_golden::scenario::Scenario;

/// DEEP R's default run: its data, its native trainer at sample 0, and the same in an SRAM image.
pub struct DigitsRun {
    pub config: Config,
    pub train: Dataset,
    pub native: Native,
    pub layout: Layout,
    pub image: Vec<u8>,
}

impl DigitsRun {
    /// The run of this seed on a PE of 64 KB.
    pub fn new(seed: u32) -> Self {
        let config = Config::digits(seed);
        let shapes = synfire::deepr::network::shapes(&config.widths, &config.slots)
            .expect("the default shapes are legal");
        let net = Network::new(&shapes, seed, config.hyper.gain_percent)
            .expect("the default shapes are legal");
        let rules = config.hyper.rules(0, shapes.len());
        let layout = Layout::new(&shapes, PeConfig::ecp5().sram_bytes)
            .expect("the default network fits 64 KB");
        let regrow = config.hyper.regrow;
        let image = machine::image(&layout, &states(&net), &rules, regrow, seed, 0)
            .expect("the firmware assembles");
        DigitsRun {
            train: digits::load().expect("the embedded digits load").train,
            native: Native::new(net, seed, 0, regrow, rules),
            config,
            layout,
            image,
        }
    }

    /// Input values and label of training sample `i`, over again after the last.
    pub fn sample(&self, i: usize) -> (Vec<i16>, u8) {
        let i = i % self.train.len();
        let x = self.train.image(i).iter().map(|p| i16::from(*p)).collect();
        (x, self.train.label(i))
    }
}

/// A network's state in the form that [`machine::image`] takes.
pub fn states(net: &Network) -> Vec<LayerState> {
    net.layers
        .iter()
        .map(|l| LayerState {
            index: l.index.clone(),
            weight: l.weight.clone(),
            delta: l.delta.clone(),
            owed: l.owed.clone(),
        })
        .collect()
}

/// Bytes of SRAM that scenarios for [`chain_image`] are made for: the lower half of 64 KB.
pub const SCENARIO_BYTES: u32 = 32 << 10;
/// Where the program of [`chain_image`] lies.
const PROGRAM: u32 = 48 << 10;

/// A 64 KB image whose program starts the scenario's chain, waits for it and ends with exit code 1. The scenario must
/// be made for [`SCENARIO_BYTES`]. A jump takes the place of its first two words; the program puts them back.
///
/// # Errors
/// Those of the assembler.
pub fn chain_image(scenario: &Scenario) -> Result<Vec<u8>, AsmError> {
    let mut image = scenario.sram.clone();
    image.resize(64 << 10, 0);
    let first =
        |i: usize| i32::from_le_bytes(image[4 * i..4 * i + 4].try_into().expect("four bytes"));
    let program = asm::assemble(PROGRAM, |a: &mut Asm| {
        for (i, word) in [first(0), first(1)].into_iter().enumerate() {
            asm::li(a, 5, word);
            dynasm!(a; .arch riscv32e; sw t0, [zero, 4 * i as i32]);
        }
        asm::li(a, 8, mmio::MMIO_BASE as i32);
        for (register, value) in [
            (mmio::PRIVATE_BASE, scenario.private_base),
            (mmio::SEED, scenario.seed),
            (mmio::STEP, scenario.step),
            (mmio::CHAIN_START, scenario.first_descriptor),
        ] {
            asm::li(a, 5, value as i32);
            dynasm!(a; .arch riscv32e; sw t0, [s0, register as i32]);
        }
        dynasm!(a
            ; .arch riscv32e
            ; lw t0, [s0, mmio::CHAIN_WAIT as i32]
            ; lw t0, [s0, mmio::SATURATIONS as i32]
            ; lw t0, [s0, mmio::FAULTS as i32]
            ; addi t0, zero, 1
            ; sw t0, [s0, mmio::EXIT as i32]
        );
    })?;
    let jump = asm::assemble(0, |a: &mut Asm| {
        let target = PROGRAM as i32;
        dynasm!(a; .arch riscv32e; lui t0, target; jalr zero, t0, 0);
    })?;
    for (at, words) in [(0, jump), (PROGRAM as usize, program)] {
        for (i, w) in words.iter().enumerate() {
            image[at + 4 * i..at + 4 * i + 4].copy_from_slice(&w.to_le_bytes());
        }
    }
    Ok(image)
}
