//! The microcoded engine against the reference executor: random passes and chains on a memory that stalls at will.

#[path = "support/micro_bench.rs"]
mod micro_bench;
#[path = "support/typical_passes.rs"]
mod typical_passes;

use micro_bench::{Bench, difference, emitted};
use synfire_format::pass::{Descriptor, Rows, XKind};
use synfire_format::recipe::{A, B, C, Slot};
use synfire_golden::scenario::{Scenario, random_chain, random_pass};
use typical_passes::{mac, scenario};

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

#[test]
fn typical_passes_cost_no_more_than_measured() {
    let mut bench = Bench::new(&emitted());
    let pass = |rows, entries, slots| {
        let d = Descriptor {
            rows: Rows::Slots,
            x_kind: XKind::Vec16,
            planes: 1,
            row_count: rows,
            entries,
            row_stride: entries.div_ceil(4),
            reduce: true,
            index_base: 0x2000 / 8,
            plane_base: [0x4000 / 8, 0, 0, 0],
            x_base: 0xa000 / 8,
            o_base: 0xc800 / 8,
            ..Descriptor::default()
        };
        scenario("sparse reduce", d, slots)
    };
    let two = vec![
        // No product of these clips, as in a network.
        Slot {
            shift: 15,
            result: Some(0),
            ..mac(A::P(0), B::X)
        },
        Slot {
            shift: 3,
            to_o: true,
            c: C::P(0),
            ..mac(A::X, B::K(2))
        },
    ];
    let mut cycles = |rows, entries| {
        let s = pass(rows, entries, two.clone());
        assert_eq!(difference(&mut bench, &s, 0, 0), None);
        bench.chain_cycles
    };
    let (empty, one, many) = (cycles(0, 8), cycles(100, 8), cycles(100, 16));
    let entry = (many - one) as f64 / 800.0;
    let row = (one - empty) as f64 / 100.0 - 8.0 * entry;
    println!("a pass costs {empty} cycles, a row {row:.1}, an entry of two slots {entry:.1}");
    assert!(entry <= 60.0, "{entry:.1} cycles an entry");
    // A few per cent above what was measured.
    let limits = [113_000, 239_000, 140_000, 241_000, 42_500, 6_600];
    let all = typical_passes::scenarios();
    assert_eq!(all.len(), limits.len());
    for (s, limit) in all.into_iter().zip(limits) {
        assert_eq!(difference(&mut bench, &s, 0, 0), None, "{}", s.why);
        let cycles = bench.chain_cycles;
        println!("{cycles} cycles: {}", s.why);
        assert!(
            cycles <= limit,
            "{cycles} cycles, {limit} at most: {}",
            s.why
        );
    }
}
