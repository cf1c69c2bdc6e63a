//! The core's RTL against the model, retire record by retire record, on an SRAM with random stalls.

mod bench;
#[path = "support/random_program.rs"]
mod random_program;

use bench::{Bench, Draw, QUICK, ROUGH, asm, control_text, control_text_with, library, lockstep};
use random_program::{DATA, random_program};
use synfire_format::config::PeConfig;
use synfire_golden::Pe;
use synfire_sim::{Library, lint};

/// Retired instructions, or the first difference, of `programs` random programs.
fn compare(library: &Library, config: &PeConfig, programs: u64, seed: u64) -> Result<u64, String> {
    let mut total = 0;
    for k in 0..programs {
        let mut draw = Draw(seed + k * 7919);
        draw.next();
        let words = random_program(&mut draw, config);
        let timing = if k % 3 == 0 { QUICK } else { ROUGH };
        let mut bench = Bench::new(library, config, timing, seed + k);
        let mut pe = Pe::new(config);
        bench.load(0, &words);
        pe.load_words(0, &words).map_err(|e| e.to_string())?;
        total += lockstep(&mut bench, &mut pe, 1_500)
            .map_err(|d| format!("program {k} of seed {seed}: {d:#x?}"))?;
    }
    Ok(total)
}

#[test]
fn random_programs_retire_as_in_the_model_on_64_bit_words() {
    let config = PeConfig::small();
    for products in [false, true] {
        let text = control_text_with(&config, products);
        lint("control", &text).unwrap();
        let done = compare(&library(&text), &config, 60, 1).unwrap();
        assert!(done > 60_000, "only {done} instructions retired");
    }
}

#[test]
fn random_programs_retire_as_in_the_model_on_32_bit_words_with_16_registers() {
    let config = PeConfig::tiny();
    let text = control_text(&config);
    lint("control", &text).unwrap();
    let done = compare(&library(&text), &config, 60, 2).unwrap();
    assert!(done > 60_000, "only {done} instructions retired");
}

#[test]
fn a_changed_constant_in_the_core_is_caught() {
    let config = PeConfig::small();
    // The shift by 16 of the barrel shifter becomes one by 15.
    let good = control_text(&config);
    let bad = good.replace("(s8 >> 32'h10)", "(s8 >> 32'hf)");
    assert_ne!(good, bad);
    assert!(compare(&library(&bad), &config, 6, 3).is_err());
}

fn run(config: &PeConfig, words: &[u32], timing: bench::Timing) -> (Bench, u32, u64) {
    let library = library(&control_text(config));
    let mut bench = Bench::new(&library, config, timing, 5);
    let mut pe = Pe::new(config);
    bench.load(0, words);
    pe.load_words(0, words).unwrap();
    let done = lockstep(&mut bench, &mut pe, 100_000).unwrap();
    let code = bench.halted().expect("the program ends");
    (bench, code, done)
}

#[test]
fn an_environment_call_ends_the_program_with_its_argument() {
    let config = PeConfig::small();
    assert_eq!(run(&config, &[asm::addi(10, 0, 0), asm::ECALL], QUICK).1, 1);
    assert_eq!(
        run(&config, &[asm::addi(10, 0, 21), asm::ECALL], QUICK).1,
        43
    );
    assert_eq!(run(&config, &[0], QUICK).1, 0x8000_0002);
    assert_eq!(
        run(&config, &[asm::lw(1, 0, 1), asm::ECALL], ROUGH).1,
        0x8000_0004
    );
    let far = [asm::lui(1, 0x1_0000), asm::i(0x67, 0, 1, 1, 0)];
    assert_eq!(run(&config, &far, QUICK).1, 0x8000_0001);
}

/// Cycles that `block` takes, on average over 200 copies in a row, on an SRAM without contention.
fn cycles(block: &[u32]) -> f64 {
    measure(|copies| (0..copies).flat_map(|_| block.iter().copied()).collect())
}

/// Cycles that `block` and a taken branch take in a loop.
fn loop_cycles(block: &[u32]) -> f64 {
    measure(|copies| {
        let mut words = asm::li(5, copies as u32).to_vec();
        words.extend(block);
        words.push(asm::addi(5, 5, -1));
        words.push(asm::branch(1, 5, 0, -4 * (block.len() as i32 + 1)));
        words
    }) - 2.0
}

/// Cycles of the 200 repetitions between 20 and 220, each.
fn measure(program: impl Fn(usize) -> Vec<u32>) -> f64 {
    let config = PeConfig::small();
    let library = library(&control_text(&config));
    let run = |copies: usize| {
        let mut words = asm::li(8, DATA).to_vec();
        words.extend(asm::li(9, 0x4000_0000));
        words.extend(program(copies));
        words.push(asm::ECALL);
        let mut bench = Bench::new(&library, &config, QUICK, 5);
        bench.load(0, &words);
        bench.run_to_halt(100_000).expect("the program ends");
        bench.cycle
    };
    (run(220) - run(20)) as f64 / 200.0
}

#[test]
fn instructions_take_the_cycles_that_the_core_documents() {
    let addi = asm::addi(1, 1, 1);
    let shown = [
        ("addi", cycles(&[addi])),
        ("lw", cycles(&[addi, addi, asm::lw(2, 8, 0)]) - 4.0),
        ("sw", cycles(&[addi, asm::sw(2, 8, 0)]) - 2.0),
        (
            "lw of a register",
            cycles(&[addi, addi, asm::lw(2, 9, 0)]) - 4.0,
        ),
        (
            "sw of a register",
            cycles(&[addi, asm::sw(2, 9, 0x1c)]) - 2.0,
        ),
        (
            "branch not taken",
            cycles(&[addi, asm::branch(1, 0, 0, 8)]) - 2.0,
        ),
        (
            "branch taken",
            cycles(&[addi, asm::branch(0, 0, 0, 4)]) - 2.0,
        ),
        ("jal", cycles(&[addi, asm::jal(0, 4)]) - 2.0),
        ("fence.i", cycles(&[addi, asm::FENCE_I]) - 2.0),
        ("branch taken in a loop", loop_cycles(&[addi]) - 2.0),
    ];
    println!("{shown:?}");
    // SRAM answers after 4 cycles; fetch traffic may cost a little more. `fence.i` empties the sixteen places of the cache.
    let limits = [2.05, 6.1, 3.1, 5.1, 4.1, 2.1, 4.1, 4.1, 25.0, 2.05];
    for ((name, cycles), limit) in shown.into_iter().zip(limits) {
        assert!(cycles <= limit, "{name}: {cycles} cycles");
    }
}

#[test]
fn self_written_code_runs_after_fence_i() {
    let config = PeConfig::small();
    let mut p = vec![];
    p.extend(asm::li(1, asm::addi(10, 0, 5)));
    p.push(asm::sw(1, 0, 24));
    p.push(asm::FENCE_I);
    p.push(asm::addi(0, 0, 0));
    p.push(asm::addi(0, 0, 0));
    p.push(asm::addi(10, 0, 1)); // at 24
    p.push(asm::ECALL);
    assert_eq!(run(&config, &p, QUICK).1, 11);
    assert_eq!(run(&config, &p, ROUGH).1, 11);
}

#[test]
fn a_core_that_is_held_goes_on_where_it_stood() {
    let config = PeConfig::small();
    let library = library(&control_text(&config));
    let mut bench = Bench::new(&library, &config, ROUGH, 9);
    let mut words = vec![asm::addi(10, 10, 1); 100];
    words.push(asm::ECALL);
    bench.load(0, &words);
    for k in 0..4_000 {
        bench.set_run(k / 7 % 3 != 0);
        bench.tick();
    }
    assert_eq!(bench.halted(), Some(201));
}
