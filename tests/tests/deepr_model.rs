//! DEEP R's kernel and recipes on the instruction-level PE model against the native trainer, sample by sample.

use conformance::{DigitsRun, states};
use synfire::deepr::machine::{self, ModelMachine, Session};
use synfire::deepr::train::Config;
use synfire_format::config::PeConfig;
use synfire_golden::Engine;

/// Trains `samples` on both; returns the first sample after which they differ, or the PE's counters.
fn first_difference(
    config: &PeConfig,
    engine: Engine,
    samples: usize,
    image: impl FnOnce(&mut Vec<u8>),
) -> Result<machine::Counters, usize> {
    difference_of(DigitsRun::new(1), config, engine, samples, image)
}

fn difference_of(
    mut run: DigitsRun,
    config: &PeConfig,
    engine: Engine,
    samples: usize,
    image: impl FnOnce(&mut Vec<u8>),
) -> Result<machine::Counters, usize> {
    let mut bytes = run.image.clone();
    image(&mut bytes);
    let pe = ModelMachine::new(config, engine, &bytes).expect("the image fits");
    let layout = run.layout.clone();
    let mut session = Session::new(pe, &layout);
    for i in 0..samples {
        let (x, label) = run.sample(i);
        let mut answer = None;
        session
            .run([(&x[..], label)], true, |a| answer = Some(a))
            .expect("the kernel answers");
        let redrawn = |n: &synfire::deepr::native::Native| n.counters().redrawn.iter().sum::<u64>();
        let before = redrawn(&run.native);
        let pixels: Vec<u8> = x.iter().map(|v| *v as u8).collect();
        let class = run.native.train(&pixels, label);
        let answer = answer.expect("one sample, one answer");
        let same = usize::from(answer.class) == class
            && answer.correct == (class == usize::from(label))
            && u64::from(answer.redrawn) == redrawn(&run.native) - before
            && machine::states(&layout, session.machine.pe.sram().bytes())
                == states(run.native.network());
        if !same {
            return Err(i);
        }
    }
    let (_, counters) = session.stop().expect("the kernel stops");
    assert_eq!(
        u64::from(counters.saturations),
        run.native.counters().saturations.total()
    );
    Ok(counters)
}

#[test]
fn the_kernel_on_the_pe_model_equals_the_native_trainer_after_each_of_1000_samples() {
    for config in PeConfig::all() {
        let counters = first_difference(&config, Engine::Fast, 1000, |_| {}).unwrap();
        assert_eq!(counters.faults, 0, "{}", config.name);
    }
}

/// Rows of fewer than four slots and of an odd number, rows too long for the kernel's unrolled comparison, full rows.
#[test]
fn rows_of_any_length_train_and_rewire_alike_on_the_pe_model() {
    for (slots, rate) in [
        ([3, 15, 32], 0.16),
        ([40, 22, 31], 0.3),
        ([64, 17, 1], 0.16),
    ] {
        let mut settings = Config::digits(3);
        settings.slots = slots.to_vec();
        settings.hyper.rate = rate;
        settings.hyper.l1 = 2e-3;
        settings.hyper.regrow = 40;
        let run = DigitsRun::of(settings);
        difference_of(run, &PeConfig::small(), Engine::Fast, 400, |_| {})
            .unwrap_or_else(|i| panic!("{slots:?} differ at sample {i}"));
    }
}

#[test]
fn the_reference_executor_gives_the_same_training() {
    first_difference(&PeConfig::small(), Engine::Reference, 100, |_| {}).unwrap();
}

#[test]
fn one_changed_constant_of_the_learning_rate_is_seen() {
    let run = DigitsRun::new(1);
    // Constant 1 of the output layer's error recipe is the learning rate.
    let at = run.layout.recipe_address(2 * run.layout.shapes.len()) as usize + 2;
    let seen = first_difference(&PeConfig::small(), Engine::Fast, 1000, |image| {
        let rate = i16::from_le_bytes([image[at], image[at + 1]]);
        image[at..at + 2].copy_from_slice(&(rate - 1).to_le_bytes());
    });
    assert!(seen.is_err_and(|sample| sample < 20), "{seen:?}");
}
