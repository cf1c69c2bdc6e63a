//! Single breaks of the compact core and control block, and how many of them the comparison with the model sees.

mod bench;
#[path = "support/random_program.rs"]
mod random_program;

use bench::{Bench, Draw, QUICK, ROUGH, asm, control_text, lockstep};
use random_program::random_program;
use std::panic::{AssertUnwindSafe, catch_unwind};
use synfire_format::config::PeConfig;
use synfire_golden::Pe;
use synfire_sim::mutate::{apply, choose};
use synfire_sim::{BuildOptions, Library, build};

/// Modules of the control block, without memories and port (no packet comes in here), and
/// without the bench around it.
const MODULES: [&str; 9] = [
    "core",
    "decode",
    "core_sequence",
    "alu",
    "csr",
    "access",
    "align",
    "timer",
    "top_control",
];

/// Registers of the control block: a chain, the private base, what is kept, packets out, the end.
fn registers() -> Vec<u32> {
    let mut p = [asm::li(9, 0x4000_0000), asm::li(8, 0x8000)].concat();
    p.extend(asm::li(1, 0x9000));
    p.extend([
        asm::sw(1, 9, 0x10), // CHAIN_START
        asm::lw(3, 9, 0x14), // CHAIN_WAIT
        asm::lui(4, 0x8000),
        asm::addi(4, 4, 0x7c),
        asm::sw(4, 9, 0x18), // PRIVATE_BASE, rounded
        asm::lw(5, 9, 0x18),
        asm::sw(5, 8, 0),
        asm::sw(1, 9, 0x10),
        asm::lw(2, 8, 0),
        asm::lw(3, 9, 0x14),
        asm::lw(2, 9, 0x00), // ID
        asm::addi(4, 0, 1000),
        asm::sw(4, 9, 0x50), // TIMER_PERIOD
        asm::lw(5, 9, 0x50),
        asm::lw(6, 9, 0x54), // TICK_WAIT
        asm::lw(6, 9, 0x54),
        asm::lw(7, 9, 0x04), // CYCLE
        asm::sw(5, 9, 0x68), // TX_KEY
        asm::sw(6, 9, 0x6c), // TX_PAYLOAD
        asm::sw(7, 9, 0x70), // TX without one
        asm::sw(3, 9, 0x74), // EXIT
    ]);
    p
}

/// Runs `words` beside the model; packets out are looked at too.
fn differs(library: &Library, config: &PeConfig, select: u64, words: &[u32], seed: u64) -> bool {
    let run = || {
        let timing = if seed.is_multiple_of(2) { QUICK } else { ROUGH };
        let mut bench = Bench::new(library, config, timing, seed);
        bench.chain_cycles = 150;
        bench.break_with(select);
        let mut pe = Pe::new(config);
        bench.load(0, words);
        pe.load_words(0, words).unwrap();
        lockstep(&mut bench, &mut pe, 1_000)
            .map_err(|d| format!("{d:#x?}"))
            .unwrap();
        let sent: Vec<u128> = pe.take_sent().iter().map(|p| p.encode()).collect();
        assert_eq!(bench.tx, sent);
    };
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

#[test]
fn most_breaks_of_the_compact_core_are_seen() {
    const BREAKS: usize = 80;
    let config = PeConfig::tiny();
    // The block and the bench around it have one name: a path could mean either.
    let text = control_text(&config).replacen("module control(", "module compact(", 1);
    let breaks = choose(&text, |m| MODULES.contains(&m), BREAKS, 11);
    assert!(breaks.len() >= 60, "only {} places", breaks.len());
    let library = build(
        "compact",
        &apply(&text, "compact", &breaks).unwrap(),
        &BuildOptions::default(),
    )
    .unwrap();
    let programs: Vec<Vec<u32>> = (0..16)
        .map(|k| random_program(&mut Draw(77 + 7919 * k), &config))
        .chain([registers()])
        .collect();
    let seen = |select| {
        let all = (0..).zip(&programs);
        all.into_iter()
            .any(|(seed, words)| differs(&library, &config, select, words, seed))
    };
    assert!(!seen(0), "nothing is broken");
    // What the breaks make of the programs fills pages.
    std::panic::set_hook(Box::new(|_| {}));
    let unseen: Vec<_> = (1..)
        .zip(&breaks)
        .filter(|(n, _)| !seen(*n))
        .map(|(_, b)| b)
        .collect();
    let _ = std::panic::take_hook();
    println!("{} of {} breaks are not seen:", unseen.len(), breaks.len());
    for b in &unseen {
        println!("  {b}");
    }
    // Bits of mstatus, bits that make instructions illegal, and messages, which no program here takes.
    assert!(
        5 * unseen.len() <= breaks.len(),
        "{} not seen",
        unseen.len()
    );
}
