//! The microcoded engine against the reference executor: random passes and chains on a memory that stalls at will.

#[path = "support/micro_bench.rs"]
mod micro_bench;

use micro_bench::{Bench, difference, emitted};
use synfire_golden::scenario::{Scenario, random_chain, random_pass};

/// A number from the environment.
fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(otherwise)
}

/// Seeds of the scenarios; `SYNFIRE_FIRST` and `SYNFIRE_SCENARIOS` (the end) ask for others.
fn seeds() -> std::ops::Range<u64> {
    number("SYNFIRE_FIRST", 0)..number("SYNFIRE_SCENARIOS", 300)
}

fn compare_all(scenarios: impl Fn(u64) -> Scenario) {
    let mut bench = Bench::new(&emitted());
    for seed in seeds() {
        let s = scenarios(seed);
        for stalls in [0, 4] {
            if let Some(d) = difference(&mut bench, &s, seed, stalls) {
                panic!(
                    "seed {seed}, stalls {stalls}: {}\n{d}\n{:?}",
                    s.why, s.passes
                );
            }
        }
    }
}

#[test]
fn random_passes_give_the_reference_memory() {
    compare_all(|seed| random_pass(seed, 16 << 10));
}

#[test]
fn random_chains_give_the_reference_memory() {
    compare_all(|seed| random_chain(seed, 16 << 10));
}
