//! Prints how many instructions a second the PE model executes:
//! `cargo run --release -p synfire-golden --example core_speed`.

use std::time::Instant;

use synfire_format::config::PeConfig;
use synfire_golden::Pe;
use synfire_golden::encode::*;

/// Instructions measured.
const INSTRUCTIONS: u64 = 200_000_000;

fn main() {
    let mut pe = Pe::new(&PeConfig::ecp5());
    let words = [
        addi(5, 0, 1024),
        addi(6, 5, 256),
        addi(7, 0, 0),
        load(2, 8, 5, 0),
        addi(5, 5, 4),
        r(0x33, 0, 0, 7, 7, 8),
        branch(1, 5, 6, -12),
        op_imm(5, 7, 7, 1024 + 3),
        store(2, 7, 6, 0),
        jal(0, -36),
    ];
    if let Err(e) = pe.load_words(0, &words) {
        eprintln!("{e}");
        return;
    }
    let start = Instant::now();
    let outcome = pe.run(INSTRUCTIONS);
    let micros = start.elapsed().as_micros().max(1);
    let rate = u128::from(pe.core().retired()) * 10 / micros;
    println!(
        "{} instructions, {outcome:?}: {}.{} M instructions/s",
        pe.core().retired(),
        rate / 10,
        rate % 10
    );
}
