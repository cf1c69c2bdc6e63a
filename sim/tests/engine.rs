//! The engine against the reference executor: random passes and chains on a memory that stalls at will.

#[path = "support/engine_bench.rs"]
mod engine_bench;

use engine_bench::{Bench, difference, emitted};
use synfire_golden::scenario::{Scenario, random_chain, random_pass};

const CONFIGS: [&str; 3] = ["small", "tiny", "ecp5"];

/// A number from the environment.
fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(otherwise)
}

/// Seeds of the scenarios; `SYNFIRE_FIRST` and `SYNFIRE_SCENARIOS` (the end) ask for others.
fn seeds() -> std::ops::Range<u64> {
    number("SYNFIRE_FIRST", 0)..number("SYNFIRE_SCENARIOS", 150)
}

fn compare_all(name: &str, scenarios: impl Fn(u64) -> Scenario) {
    let mut bench = Bench::new(name, &emitted(name));
    for seed in seeds() {
        let s = scenarios(seed);
        for stalls in [0, 4] {
            if let Some(d) = difference(&mut bench, &s, seed, stalls) {
                panic!(
                    "{name}, seed {seed}, stalls {stalls}: {}\n{d}\n{:?}",
                    s.why, s.passes
                );
            }
        }
    }
}

#[test]
fn random_passes_give_the_reference_memory_in_every_configuration() {
    for name in CONFIGS {
        compare_all(name, |seed| random_pass(seed, 16 << 10));
    }
}

#[test]
fn random_chains_give_the_reference_memory_in_every_configuration() {
    for name in CONFIGS {
        compare_all(name, |seed| random_chain(seed, 16 << 10));
    }
}

#[test]
fn a_break_in_synapse_engine_neuron_engine_or_lanes_is_caught() {
    let text = emitted("small");
    for (block, from, to) in [
        (
            "synapse_engine",
            "left$q[(32'h0)+:(3)] <= lanes",
            "left$q[(32'h0)+:(3)] < lanes",
        ),
        ("neuron_engine", "(one << shift) >> 32'h1", "(one << shift)"),
        ("lanes", "slot_next < slots", "slot_next <= slots"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{block} holds `{from}`");
        let mut bench = Bench::new("small", &broken);
        let caught =
            (0..40).find_map(|seed| difference(&mut bench, &random_pass(seed, 16 << 10), seed, 0));
        assert!(caught.is_some(), "{block}: `{to}` gave the same bits");
    }
}
