//! Cycles of typical passes on an undisturbed memory, held to what they were when measured; `--nocapture` prints them.

#[path = "support/engine_bench.rs"]
mod engine_bench;
#[path = "support/typical_passes.rs"]
mod typical_passes;

use engine_bench::{Bench, difference, emitted};
use typical_passes::scenarios;

#[test]
fn typical_passes_cost_what_the_documentation_says() {
    let mut bench = Bench::new("ecp5", &emitted("ecp5"));
    // A few per cent above what was measured on 2026-11-21.
    let limits = [2_500, 1_780, 820, 1_400, 360, 345];
    let all = scenarios();
    assert_eq!(all.len(), limits.len());
    for (s, limit) in all.into_iter().zip(limits) {
        assert_eq!(difference(&mut bench, &s, 0, 0), None, "{}", s.why);
        println!("{} cycles: {}", bench.cycles, s.why);
        let cycles = bench.cycles;
        assert!(
            cycles <= limit,
            "{cycles} cycles, {limit} at most: {}",
            s.why
        );
    }
}
