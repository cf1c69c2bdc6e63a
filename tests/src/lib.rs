//! What the conformance tests share: DEEP R on the embedded digits, ready to run natively and on a PE.

pub mod fuzz;

use synfire::data::{Dataset, digits};
use synfire::deepr::layout::Layout;
use synfire::deepr::machine::{self, LayerState};
use synfire::deepr::native::Native;
use synfire::deepr::network::Network;
use synfire::deepr::train::Config;
use synfire_format::config::PeConfig;

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
        Self::of(Config::digits(seed))
    }

    /// The run of these settings, e.g. with other slots a row, on a PE of 64 KB.
    pub fn of(config: Config) -> Self {
        let seed = config.seed;
        let shapes = synfire::deepr::network::shapes(&config.widths, &config.slots)
            .expect("the default shapes are legal");
        let net = Network::new(&shapes, seed, config.hyper.gain_percent)
            .expect("the default shapes are legal");
        let rules = config.hyper.rules(0, shapes.len());
        let layout = Layout::new(&shapes, PeConfig::ecp5().sram_bytes)
            .expect("the default network fits 64 KB");
        let image = machine::image(&layout, &states(&net), &rules, seed, 0)
            .expect("the firmware assembles");
        DigitsRun {
            train: digits::load().expect("the embedded digits load").train,
            native: Native::new(net, seed, 0, rules),
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
