//! The control block's registers against the model: chains, counters, timer, packets out, and what stalls when.

mod bench;

use bench::{Bench, QUICK, ROUGH, asm, control_text, library, lockstep};
use synfire_format::config::PeConfig;
use synfire_golden::Pe;
use synfire_sim::Library;

/// x9 points at the registers, x8 at `0x8000`.
fn start() -> Vec<u32> {
    [asm::li(9, 0x4000_0000), asm::li(8, 0x8000)].concat()
}

/// Runs `words` on a control block whose chains keep the engines busy for `chain_cycles`, beside the model.
fn run(library: &Library, config: &PeConfig, words: &[u32], chain_cycles: u64) -> (Bench, Pe) {
    let mut bench = Bench::new(library, config, ROUGH, 21);
    bench.chain_cycles = chain_cycles;
    let mut pe = Pe::new(config);
    bench.load(0, words);
    pe.load_words(0, words).unwrap();
    lockstep(&mut bench, &mut pe, 10_000).unwrap();
    assert!(bench.halted().is_some(), "the program ends");
    (bench, pe)
}

/// Starts three chains of an empty descriptor at 0x9000 and waits for them in different ways.
fn chain_program() -> Vec<u32> {
    let mut p = start();
    p.extend(asm::li(1, 0x9000));
    p.extend([
        asm::sw(1, 8, 0),
        asm::sw(1, 9, 0x10), // CHAIN_START: nothing is below the private base
        asm::lw(2, 8, 0),
        asm::lw(3, 9, 0x14), // CHAIN_WAIT
        asm::lui(4, 0x8000),
        asm::sw(4, 9, 0x18), // PRIVATE_BASE: the code is now below
        asm::sw(1, 9, 0x10), // stalls fetches
        asm::sw(3, 9, 0x1c), // SEED
        asm::sw(3, 9, 0x20), // STEP
        asm::lw(5, 9, 0x24), // SATURATIONS
        asm::sw(1, 9, 0x10),
        asm::lw(6, 9, 0x24),
        asm::lw(7, 0, 0),
        asm::sw(7, 0, 0x700),
        asm::lw(3, 9, 0x14),
        asm::sw(3, 9, 0x74), // EXIT
    ]);
    p
}

#[test]
fn chains_are_started_in_order_and_hold_what_they_own() {
    for config in [PeConfig::small(), PeConfig::tiny()] {
        let library = library(&control_text(&config));
        for cycles in [0, 1, 40, 300] {
            let (bench, _) = run(&library, &config, &chain_program(), cycles);
            assert_eq!(bench.chains, [0x9000; 3]);
            assert_eq!(bench.halted(), Some(3));
            if cycles == 300 {
                assert!(bench.cycle > 900, "only {} cycles", bench.cycle);
            }
        }
    }
}

/// First cycle in which an access below the private base was taken while a chain ran.
fn guarded(library: &Library, config: &PeConfig) -> Option<u64> {
    let mut bench = Bench::new(library, config, QUICK, 3);
    bench.chain_cycles = 200;
    let mut p = start();
    p.extend(asm::li(1, 0x8000));
    p.push(asm::sw(1, 9, 0x18));
    p.push(asm::sw(1, 9, 0x10));
    p.extend([asm::addi(3, 3, 1); 12]);
    p.extend([asm::lw(2, 0, 0x100), asm::sw(2, 0, 0x104), asm::lw(2, 8, 0)]);
    p.push(asm::sw(9, 9, 0x74));
    bench.load(0, &p);
    // Fetches taken before the chain started are answered for; from its first busy cycle on none may be taken.
    bench.guard = 0x8000;
    bench.run_to_halt(5_000).expect("the program ends");
    bench.broken_guard
}

#[test]
fn nothing_below_the_private_base_is_touched_while_a_chain_runs() {
    for config in [PeConfig::small(), PeConfig::tiny()] {
        let library = library(&control_text(&config));
        assert_eq!(guarded(&library, &config), None);
    }
}

#[test]
fn a_bus_that_ignores_a_running_chain_is_caught() {
    let config = PeConfig::small();
    let good = control_text(&config);
    let bad = good.replace("fetch_held = busy &", "fetch_held = 1'b0 &");
    assert_ne!(good, bad);
    assert!(guarded(&library(&bad), &config).is_some());
}

#[test]
fn tick_events_are_numbered_from_one_and_none_is_lost() {
    let config = PeConfig::small();
    let library = library(&control_text(&config));
    let mut p = start();
    p.extend([
        asm::lw(1, 9, 0x54), // stopped: 0 at once
        asm::addi(2, 0, 100),
        asm::sw(2, 9, 0x50),
        asm::lw(3, 9, 0x54), // 1
        asm::lw(4, 9, 0x54), // 2
        asm::addi(5, 0, 150),
        asm::addi(5, 5, -1), // 300 cycles and more: three events wait
        asm::branch(1, 5, 0, -4),
        asm::lw(6, 9, 0x54), // 3
        asm::lw(6, 9, 0x54), // 4
        asm::sw(2, 9, 0x50), // restarts the count, not the numbers
        asm::lw(6, 9, 0x54),
        asm::lw(7, 9, 0x50),
        asm::lw(10, 9, 0x04), // CYCLE
        asm::sw(6, 9, 0x74),
    ]);
    let (bench, _) = run(&library, &config, &p, 0);
    assert_eq!(bench.halted(), Some(5));
}

#[test]
fn saturations_stay_at_the_largest_count_and_faults_until_cleared() {
    let config = PeConfig::small();
    let library = library(&control_text(&config));
    let mut bench = Bench::new(&library, &config, ROUGH, 8);
    let mut p = start();
    p.extend([
        asm::lw(1, 9, 0x60),
        asm::lw(1, 9, 0x24),
        asm::sw(1, 8, 0),
        asm::addi(2, 0, -3),
        asm::sw(2, 9, 0x24),
        asm::lw(1, 9, 0x28),
        asm::sw(1, 8, 4),
        asm::addi(2, 0, 1),
        asm::sw(2, 9, 0x28),
        asm::lw(1, 9, 0x28),
        asm::sw(1, 8, 8),
        asm::lw(1, 9, 0x60),
        asm::lw(1, 9, 0x24),
        asm::sw(1, 8, 12),
        asm::sw(9, 9, 0x74),
    ]);
    bench.load(0, &p);
    bench.report(200, 0b00001);
    bench.report(100, 0b00010);
    let message = synfire_format::packet::Packet {
        kind: 0,
        key: 0,
        payload: None,
    };
    bench.rx.push_back(message.encode());
    for _ in 0..600 {
        bench.tick();
    }
    bench.report(2, 0);
    bench.report(255, 0);
    bench.rx.push_back(message.encode());
    bench.run_to_halt(2_000).expect("the program ends");
    for _ in 0..20 {
        bench.tick();
    }
    let words: Vec<u32> = (0..4).map(|i| bench.word(0x8000 + 4 * i)).collect();
    assert_eq!(words, [300, 3, 2, u32::MAX]);
}

#[test]
fn registers_are_zero_after_a_reset_whatever_they_powered_up_with() {
    for config in [PeConfig::small(), PeConfig::tiny()] {
        let text = control_text(&config);
        assert_eq!(not_zero(&text, &config), None, "{}", config.name);
        if config.name == "small" {
            let broken = text.replacen("if (core$clears) begin", "if (1'b0) begin", 1);
            assert_ne!(broken, text);
            assert!(not_zero(&broken, &config).is_some());
        }
    }
}

/// The sum of what a program reads of all registers, where it is not 0, and the power-up values then.
fn not_zero(text: &str, config: &PeConfig) -> Option<(u64, Option<u32>)> {
    let library = library(text);
    let mut p = start();
    for (i, offset) in (0..0x80).step_by(4).enumerate() {
        // CYCLE and the two waits answer with what is not zero, or not at all.
        if ![0x00, 0x04, 0x60].contains(&offset) {
            p.push(asm::lw(1, 9, offset));
            p.push(asm::sw(1, 8, 4 * i as i32));
            p.push(asm::r(0, 1, 10, 6, 10));
        }
    }
    for x in 1..16 {
        if ![8, 9].contains(&x) {
            p.push(asm::r(0, x, 10, 6, 10));
        }
    }
    p.push(asm::sw(10, 9, 0x74));
    [1, 2].into_iter().find_map(|seed| {
        let mut bench = Bench::new(&library, config, ROUGH, seed);
        bench.load(0, &p);
        let sum = bench.run_to_halt(5_000);
        (sum != Some(0)).then_some((seed, sum))
    })
}
