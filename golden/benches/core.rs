//! Speed of the PE model in instructions: `cargo bench -p synfire-golden --bench core`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use synfire_format::config::PeConfig;
use synfire_golden::Pe;
use synfire_golden::encode::*;
use synfire_golden::program::random_program;

/// Instructions of one measured run.
const INSTRUCTIONS: u64 = 1_000_000;

/// An endless loop that adds up 64 words, scales the sum and stores it: what kernels do.
fn sums() -> Vec<u32> {
    vec![
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
    ]
}

fn core(c: &mut Criterion) {
    let mut group = c.benchmark_group("pe_instructions");
    group.throughput(Throughput::Elements(INSTRUCTIONS));
    let mut pe = Pe::new(&PeConfig::ecp5());
    pe.load_words(0, &sums()).expect("the loop fits");
    group.bench_function("sums", |b| b.iter(|| pe.run(INSTRUCTIONS)));
    group.finish();

    // Random programs end by themselves; they are restarted, and the loading is measured with them.
    let program = random_program(1, false);
    let mut pe = Pe::new(&PeConfig::ecp5());
    pe.load_words(0, &program).expect("the program fits");
    pe.run(u64::MAX);
    let mut group = c.benchmark_group("pe_random_program");
    group.throughput(Throughput::Elements(pe.core().retired()));
    group.bench_function("seed_1", |b| {
        b.iter(|| {
            pe.start(0);
            pe.run(u64::MAX)
        });
    });
    group.finish();
}

criterion_group!(benches, core);
criterion_main!(benches);
