//! DEEP R in the RTL of every configuration: lockstep with the model, then the state against the native trainer.

use conformance::{DigitsRun, states};
use synfire::deepr::machine::{self, Session};
use synfire_format::config::PeConfig;
use synfire_sim::lockstep::Lockstep;
use synfire_sim::rtl::PeLibrary;

const SAMPLES: usize = 12;

fn train_in_lockstep(config: &PeConfig) {
    let library = PeLibrary::build(config, false).unwrap();
    for power_up in [1, 2] {
        let mut run = DigitsRun::new(1);
        let rtl = library.instance(power_up).unwrap();
        let layout = run.layout.clone();
        let mut session = Session::new(Lockstep::new(config, rtl, &run.image), &layout);
        let samples: Vec<_> = (0..SAMPLES).map(|i| run.sample(i)).collect();
        let mut answers = Vec::new();
        session
            .run(
                samples.iter().map(|(x, label)| (&x[..], *label)),
                true,
                |a| answers.push(a),
            )
            .unwrap_or_else(|e| panic!("{} power-up {power_up}: {e}", config.name));
        assert_eq!(answers.len(), SAMPLES);
        for (x, label) in &samples {
            let pixels: Vec<u8> = x.iter().map(|v| *v as u8).collect();
            run.native.train(&pixels, *label);
        }
        session.machine.compare_sram().unwrap();
        let sram = session.machine.rtl.sram();
        assert_eq!(
            machine::states(&layout, &sram),
            states(run.native.network())
        );
        let (_, counters) = session.stop().unwrap();
        assert_eq!(counters.faults, 0);
    }
}

#[test]
fn small_trains_digits_in_lockstep() {
    train_in_lockstep(&PeConfig::small());
}

#[test]
fn ecp5_trains_digits_in_lockstep() {
    train_in_lockstep(&PeConfig::ecp5());
}

#[test]
fn tiny_trains_digits_in_lockstep() {
    train_in_lockstep(&PeConfig::tiny());
}
