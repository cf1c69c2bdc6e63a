//! What the microcoded engine serves the core: registers, draws, exponential and reciprocal, against the model.

mod bench;
#[path = "support/elementary_arguments.rs"]
mod elementary_arguments;
#[path = "support/micro_bench.rs"]
mod micro_bench;

use bench::Draw;
use elementary_arguments::{INPUTS, arguments};
use micro_bench::{Bench, emitted};
use synfire_format::mmio;
use synfire_format::random::{RowIndex, draw, row_key};
use synfire_golden::exp::exp;
use synfire_golden::reciprocal::reciprocal;

/// Results that differ from `want`, cycles at most and on average from the argument's answer to the result's.
fn differences(text: &str, argument: u32, result: u32, want: fn(i32) -> i32) -> (usize, u64, f64) {
    let mut bench = Bench::new(text);
    bench.patience = 20_000;
    bench.reset(1, 0);
    assert_eq!(bench.load(result), Ok(0), "the result before an argument");
    let (mut wrong, mut longest, mut total) = (0, 0, 0);
    for x in arguments() {
        let got = bench
            .store(argument, x as u32)
            .and_then(|()| bench.load(result));
        wrong += usize::from(got != Ok(want(x) as u32));
        longest = longest.max(bench.cycles());
        total += bench.cycles();
    }
    (wrong, longest, total as f64 / INPUTS as f64)
}

#[test]
fn exponentials_have_the_models_bits() {
    let (wrong, longest, mean) = differences(&emitted(), mmio::EXP_ARGUMENT, mmio::EXP_RESULT, exp);
    println!("exp: at most {longest} cycles, {mean:.1} on average");
    assert_eq!(wrong, 0);
    assert!(longest <= 1_700, "{longest} cycles");
}

#[test]
fn reciprocals_have_the_models_bits() {
    let (wrong, longest, mean) = differences(
        &emitted(),
        mmio::RECIPROCAL_ARGUMENT,
        mmio::RECIPROCAL_RESULT,
        reciprocal,
    );
    println!("reciprocal: at most {longest} cycles, {mean:.1} on average");
    assert_eq!(wrong, 0);
    assert!(longest <= 700, "{longest} cycles");
}

#[test]
fn one_wrong_bit_in_the_table_of_logarithms_is_caught() {
    // ln(1 + 2^-20), the 25th subtrahend: its last bit moves a result now and then.
    let at = 112 + 2 * 24;
    let (good, bad) = (
        format!("mem[{at}] = 32'h10000;"),
        format!("mem[{at}] = 32'h10001;"),
    );
    let text = emitted();
    assert_eq!(text.matches(&good).count(), 1);
    let broken = text.replace(&good, &bad);
    assert!(differences(&broken, mmio::EXP_ARGUMENT, mmio::EXP_RESULT, exp).0 > 0);
}

/// Draws that differ, of `count`.
fn wrong_draws(text: &str, count: usize) -> usize {
    let mut bench = Bench::new(text);
    bench.patience = 20_000;
    bench.reset(1, 0);
    assert_eq!(bench.load(mmio::RANDOM_VALUE), Ok(0));
    let mut random = Draw(0x5eed_0002);
    let mut wrong = 0;
    let (mut seed, mut step, mut row, mut tag) = (0, 0, 0, 0);
    for i in 0..count {
        // One part of the index changes at a time, sometimes to an end of its range.
        let mut word = random.word();
        if random.below(8) == 0 {
            word = if random.below(2) == 0 { 0 } else { u32::MAX };
        }
        let register = match i % 4 {
            0 => mmio::SEED,
            1 => mmio::STEP,
            2 => mmio::RANDOM_ROW,
            _ => mmio::RANDOM_TAG,
        };
        match i % 4 {
            0 => seed = word,
            1 => step = word,
            2 => row = word,
            _ => tag = word,
        }
        let index = random.word();
        let at = RowIndex {
            population: (row >> 16) as u16,
            row: row as u16,
            tag: tag as u16,
        };
        let key = row_key(seed, step, at);
        let want = draw(key, (index >> 16) as u16, index as u16);
        let got = bench
            .store(register, word)
            .and_then(|()| bench.store(mmio::RANDOM_INDEX, index))
            .and_then(|()| bench.load(mmio::RANDOM_VALUE));
        wrong += usize::from(got != Ok(want));
    }
    println!("a draw takes {} cycles", bench.cycles());
    wrong
}

#[test]
fn draws_have_the_models_bits() {
    assert_eq!(wrong_draws(&emitted(), 4_000), 0);
}

#[test]
fn a_round_that_turns_by_another_number_is_caught() {
    let text = emitted();
    let broken = text.replace("value[(32'h7)+:(9)]", "value[(32'h8)+:(9)]");
    assert!(text != broken);
    assert!(wrong_draws(&broken, 40) > 30);
}

#[test]
fn registers_read_what_the_model_reads() {
    let mut bench = Bench::new(&emitted());
    bench.reset(3, 0);
    let mut random = Draw(0x5eed_0003);
    let all = [
        mmio::SEED,
        mmio::STEP,
        mmio::SATURATIONS,
        mmio::EXP_ARGUMENT,
        mmio::EXP_RESULT,
        mmio::RECIPROCAL_ARGUMENT,
        mmio::RECIPROCAL_RESULT,
        mmio::RANDOM_ROW,
        mmio::RANDOM_TAG,
        mmio::RANDOM_INDEX,
        mmio::RANDOM_VALUE,
    ];
    let mut held = [0u32; 11];
    for i in 0..2_000 {
        let n = random.below(11) as usize;
        if i % 3 == 0 {
            let value = random.word();
            bench.store(all[n], value).unwrap();
            match all[n] {
                mmio::SEED | mmio::STEP | mmio::SATURATIONS => held[n] = value,
                mmio::EXP_ARGUMENT => held[4] = exp(value as i32) as u32,
                mmio::RECIPROCAL_ARGUMENT => held[6] = reciprocal(value as i32) as u32,
                // The row and tag are those of this test's last stores, which `wrong_draws` looks at.
                mmio::RANDOM_INDEX => held[10] = bench.load(mmio::RANDOM_VALUE).unwrap(),
                _ => {}
            }
        }
        // Stores to read-only registers change nothing, loads of write-only ones give 0.
        assert_eq!(bench.load(all[n]), Ok(held[n]), "register {:#x}", all[n]);
    }
    bench.reset(4, 0);
    for register in all {
        assert_eq!(bench.load(register), Ok(0), "{register:#x} after a reset");
    }
}
