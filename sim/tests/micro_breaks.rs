//! Single breaks of the microcoded engine, and how many of them the comparison with the model sees.

mod bench;
#[path = "support/micro_bench.rs"]
mod micro_bench;

use bench::Draw;
use micro_bench::{Bench, difference, emitted, library};
use synfire_format::elementary::EXP_LIMIT;
use synfire_format::mmio;
use synfire_format::random::{RowIndex, draw, row_key};
use synfire_golden::exp::exp;
use synfire_golden::reciprocal::reciprocal;
use synfire_golden::scenario::{random_chain, random_pass};
use synfire_hdl::microcode::program;
use synfire_sim::mutate::{apply, choose};

/// What the core may load, and what it reads after a reset is 0.
const LOADS: [u32; 11] = [
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

fn expect(bench: &mut Bench, at: u32, want: u32) -> Result<(), String> {
    match bench.load(at)? {
        got if got == want => Ok(()),
        got => Err(format!("register {at:#x} reads {got:#x}, not {want:#x}")),
    }
}

/// Functions and registers, from a reset to after the next.
fn functions(bench: &mut Bench) -> Result<(), String> {
    let mut random = Draw(0x5eed_0004);
    let edges = [
        0,
        -1,
        i32::MIN,
        i32::MAX,
        EXP_LIMIT,
        EXP_LIMIT + 1,
        -EXP_LIMIT,
        -EXP_LIMIT - 1,
    ];
    for i in 0..60 {
        let x = match edges.get(i) {
            Some(&x) => x,
            None => random.below(2 * EXP_LIMIT as u64) as i32 - EXP_LIMIT,
        };
        bench.store(mmio::EXP_ARGUMENT, x as u32)?;
        bench.store(mmio::RECIPROCAL_ARGUMENT, x as u32)?;
        // Neither is written.
        bench.store(mmio::EXP_RESULT, random.word())?;
        bench.store(mmio::RECIPROCAL_RESULT, random.word())?;
        expect(bench, mmio::EXP_RESULT, exp(x) as u32)?;
        expect(bench, mmio::RECIPROCAL_RESULT, reciprocal(x) as u32)?;
    }
    for _ in 0..10 {
        let [seed, step, row, tag, index] = std::array::from_fn(|_| random.word());
        for (at, value) in [
            (mmio::SEED, seed),
            (mmio::STEP, step),
            (mmio::RANDOM_ROW, row),
            (mmio::RANDOM_TAG, tag),
            (mmio::RANDOM_INDEX, index),
            (mmio::RANDOM_VALUE, !index),
            (mmio::SATURATIONS, row ^ tag),
        ] {
            bench.store(at, value)?;
        }
        let place = RowIndex {
            population: (row >> 16) as u16,
            row: row as u16,
            tag: tag as u16,
        };
        let key = row_key(seed, step, place);
        let want = draw(key, (index >> 16) as u16, index as u16);
        expect(bench, mmio::RANDOM_VALUE, want)?;
        expect(bench, mmio::SEED, seed)?;
        expect(bench, mmio::STEP, step)?;
        expect(bench, mmio::SATURATIONS, row ^ tag)?;
        for at in [3, 5, 7, 8, 9] {
            expect(bench, LOADS[at], 0)?;
        }
    }
    bench.reset(9, 0);
    for at in LOADS {
        expect(bench, at, 0)?;
    }
    // Row and tag are 0 too.
    bench.store(mmio::RANDOM_INDEX, 5)?;
    let want = draw(row_key(0, 0, RowIndex::default()), 0, 5);
    expect(bench, mmio::RANDOM_VALUE, want)
}

fn wrong_function(bench: &mut Bench) -> Option<String> {
    bench.reset(9, 0);
    bench.set("private_base", 1 << 18);
    let before = bench.memory.clone();
    let fault = functions(bench).err();
    // No function touches the memory.
    fault.or_else(|| (bench.memory != before).then(|| "the memory is not as it was".into()))
}

/// The first difference from the model in passes, functions or chains.
fn seen(bench: &mut Bench) -> Option<String> {
    (0..10)
        .find_map(|seed| difference(bench, &random_pass(seed, 8 << 10), seed, 5))
        .or_else(|| wrong_function(bench))
        .or_else(|| {
            (10..50).find_map(|seed| difference(bench, &random_chain(seed, 8 << 10), seed, 5))
        })
}

/// The bits of a microinstruction that mean something (see `synfire_hdl::microinstruction`).
fn meaningful(word: u32) -> u32 {
    let gap = 16;
    let (to, result) = (word >> 19 & 7, word >> 10 & 3);
    let (place, first, second) = (0x3ff, 7 << 14, 3 << 12);
    // Of a read that nobody looks at, and of the bit that chooses between things from outside, nothing is seen.
    let request = if word >> 17 & 3 == 0 {
        1 << 18
    } else {
        3 << 17
    };
    let first = if word >> 15 & 1 == 0 { 3 << 14 } else { first };
    let always = 7 << 19 | request | 1 << 23;
    match word {
        _ if word == gap => 1 << 23,
        _ if word >> 23 == 1 => 0xff_ffff & !(15 << 10),
        // Store and pulse
        _ if to == 5 => always | first | 1 << 12 | place,
        _ if to == 7 => always | 7,
        // Shift; product and round; sum
        _ if result == 2 => always | 1 << 14 | second | 3 << 10 | 31,
        _ if result != 0 => always | 3 << 10 | place,
        _ => always | first | second | 3 << 10 | place,
    }
}

#[test]
fn most_flipped_bits_of_the_microcode_are_seen() {
    const FLIPS: u64 = 250;
    let text = emitted();
    // The word and bits that the inputs name read inverted.
    let good = "if (read) q <= mem[addr[9:0]];";
    let bad = "if (read) q <= mem[addr[9:0]] ^ ((addr == micro_engine.flip_word) ? micro_engine.flip_bits : 24'h0);";
    assert_eq!(text.matches(good).count(), 1);
    let text = text.replace(good, bad).replacen(
        "module micro_engine(",
        "module micro_engine(flip_word,flip_bits,",
        1,
    );
    let text = text.replacen(
        "    input wire  clock;\n",
        "    input wire [9:0] flip_word;\n    input wire [23:0] flip_bits;\n    input wire  clock;\n",
        1,
    );
    let library = library(&text);
    let mut bench = Bench::powered_up(&library);
    bench.set("flip_bits", 0);
    assert_eq!(seen(&mut bench), None, "nothing is flipped");
    let words = program();
    let mut random = Draw(0x5eed_0005);
    let mut unseen = Vec::new();
    for _ in 0..FLIPS {
        let (word, bit) = loop {
            let (word, bit) = (random.below(words.len() as u64), random.below(24));
            if meaningful(words[word as usize]) >> bit & 1 == 1 {
                break (word, bit);
            }
        };
        let mut bench = Bench::powered_up(&library);
        bench.patience = 150_000;
        bench.set("flip_word", word);
        bench.set("flip_bits", 1 << bit);
        if seen(&mut bench).is_none() {
            unseen.push((word, bit, words[word as usize]));
        }
    }
    println!("{} of {FLIPS} flipped bits are not seen:", unseen.len());
    for (word, bit, good) in &unseen {
        println!("  bit {bit} of word {word} ({good:#08x})");
    }
    // Mostly codes that are never sent, operations on registers whose contents do not matter, and last bits of
    // the exponential, which `micro_unit` sees with more arguments.
    assert!(unseen.len() <= 42, "{} of {FLIPS} not seen", unseen.len());
}

#[test]
fn most_breaks_of_the_datapath_are_seen() {
    const BREAKS: usize = 80;
    let text = emitted();
    let breaks = choose(&text, |m| m != "rom" && m != "scratchpad", BREAKS, 5);
    assert!(breaks.len() >= 60, "only {} places", breaks.len());
    let library = library(&apply(&text, "micro_engine", &breaks).unwrap());
    let mut bench = Bench::powered_up(&library);
    bench.set("mutant_select", 0);
    assert_eq!(seen(&mut bench), None, "nothing is broken");
    let mut unseen = Vec::new();
    for (n, b) in (1..).zip(&breaks) {
        let mut bench = Bench::powered_up(&library);
        bench.patience = 150_000;
        bench.set("mutant_select", n);
        if seen(&mut bench).is_none() {
            unseen.push(b);
        }
    }
    println!("{} of {} breaks are not seen:", unseen.len(), breaks.len());
    for b in &unseen {
        println!("  {b}");
    }
    assert!(
        10 * unseen.len() <= breaks.len(),
        "{} not seen",
        unseen.len()
    );
}
