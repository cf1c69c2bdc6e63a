//! Runs on the embedded digits.

use super::*;
use crate::data::digits;

fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn the_default_digit_run_reaches_95_percent_of_the_held_out_digits() {
    let d = digits::load().unwrap();
    let mut run = Run::new(Config::digits(1), d.train.len()).unwrap();
    while !run.is_done() {
        run.epoch(&d.train, &d.validation, &mut go).unwrap();
    }
    let last = run.history().last().unwrap().clone();
    assert!(last.validation.accuracy() >= 0.95, "{:?}", last.validation);
    // The same figure from outside, and evaluation changes nothing.
    let before = run.checkpoint();
    assert_eq!(run.evaluate(&d.validation).unwrap(), last.validation);
    assert_eq!(run.checkpoint(), before);
    assert!(last.training.redrawn.iter().sum::<u64>() > 0);
}

#[test]
fn each_epoch_shows_every_sample_once_and_orders_differ() {
    let (a, b) = (order(1, 0, 1000), order(1, 1, 1000));
    assert_ne!(a, b);
    assert_ne!(a, order(2, 0, 1000));
    for mut o in [a, b] {
        o.sort_unstable();
        assert!(o.into_iter().eq(0..1000));
    }
}

#[test]
fn the_stream_gives_a_sample_by_its_number_alone() {
    let d = digits::load().unwrap().train;
    let config = Config::digits(3);
    let mut forward = Stream::new(&config);
    let seen: Vec<(Vec<u8>, u8)> = (0..3000)
        .map(|t| {
            let (p, l) = forward.sample(&d, t);
            (p.to_vec(), l)
        })
        .collect();
    let mut jumping = Stream::new(&config);
    for t in (0..3000).rev().step_by(701) {
        let (p, l) = jumping.sample(&d, t);
        assert_eq!((p, l), (&seen[t as usize].0[..], seen[t as usize].1));
    }
}

#[test]
fn data_that_does_not_fit_is_refused_with_a_sentence() {
    let d = digits::load().unwrap();
    let mut run = Run::new(Config::mnist(1), d.train.len()).unwrap();
    assert_eq!(
        run.evaluate(&d.train).unwrap_err().to_string(),
        "the images have 64 pixels and the network has 784 inputs: use a network of 64 inputs or other images"
    );
    let mut run = Run::new(Config::digits(1), 100).unwrap();
    let text = run
        .epoch(&d.train, &d.validation, &mut go)
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "the run was begun with 100 training images and 1437 are given: resume with the same data"
    );
    let mut config = Config::digits(1);
    config.hyper.epochs = 0;
    assert_eq!(
        Run::new(config, 10).unwrap_err().to_string(),
        "0 epochs are asked for, a run has at least 1: correct the settings"
    );
}

#[test]
fn mnist_defaults_have_at_most_one_and_three_tenths_percent_of_the_connections() {
    let run = Run::new(Config::mnist(1), 50_000).unwrap();
    assert_eq!(run.network().connections(), 3400);
    assert!(run.network().connectivity() <= 0.013);
}
