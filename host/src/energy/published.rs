//! Published energies that counted operations are multiplied with, each with its process, voltage and source.

use serde::Serialize;

/// A published energy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Published {
    pub what: &'static str,
    pub pj: f64,
    pub process: &'static str,
    pub voltage: &'static str,
    pub source: &'static str,
}

const HOROWITZ: &str = "Horowitz, ISSCC 2014";
const SENECA: &str = "Tang et al. 2023, 10.3389/fnins.2023.1187252";
const LOIHI: &str = "Davies et al. 2018, 10.1109/MM.2018.112130359, simulated";
const SPINNAKER2: &str = "Hoeppner et al. 2021, arXiv 2103.08392";

const fn horowitz(what: &'static str, pj: f64) -> Published {
    Published {
        what,
        pj,
        process: "45 nm",
        voltage: "0.9 V",
        source: HOROWITZ,
    }
}

const fn seneca(what: &'static str, pj: f64) -> Published {
    Published {
        what,
        pj,
        process: "22 nm",
        voltage: "0.8 V",
        source: SENECA,
    }
}

/// The energies of one column of figures. [`Energies::PUBLISHED`] is what the command uses; a test changes one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Energies {
    pub add32: Published,
    pub multiply8: Published,
    pub sram64: Published,
    pub load16: Published,
    pub store16: Published,
}

impl Energies {
    pub const PUBLISHED: Self = Energies {
        add32: horowitz("32-bit integer addition", 0.1),
        multiply8: horowitz("8-bit integer multiplication", 0.2),
        sram64: horowitz("64-bit access of an SRAM of 8 KB", 10.0),
        load16: seneca("load of 16 bits", 3.7),
        store16: seneca("store of 16 bits", 3.9),
    };

    /// In the order in which they are printed.
    pub fn list(&self) -> [Published; 5] {
        [
            self.add32,
            self.multiply8,
            self.sram64,
            self.load16,
            self.store16,
        ]
    }

    /// pJ of a 16-bit multiplication: four of 8 bits, whose partial products make it up. The additions that join them
    /// are left out; four times an 8-bit multiplier is also how the area of an array multiplier grows.
    pub fn multiply16_pj(&self) -> f64 {
        4.0 * self.multiply8.pj
    }
}

/// Published energies of a synaptic operation, to stand beside the projected one.
pub const SYNAPTIC: [Published; 3] = [
    Published {
        what: "Loihi, synaptic operation",
        pj: 23.6,
        process: "14 nm",
        voltage: "0.75 V",
        source: LOIHI,
    },
    Published {
        what: "Loihi, plasticity update of a synapse",
        pj: 120.0,
        process: "14 nm",
        voltage: "0.75 V",
        source: LOIHI,
    },
    Published {
        what: "SpiNNaker 2, synaptic event, about",
        pj: 10.0,
        process: "22 nm",
        voltage: "0.5 V",
        source: SPINNAKER2,
    },
];
