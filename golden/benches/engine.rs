//! A forward and a backward sparse pass of a 784-300 layer with seven slots a row, on both executors.
//!
//! `cargo bench -p synfire-golden --bench engine`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use synfire_format::pass::{Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::{A, B, C, Flag, Recipe, Round, Slot};
use synfire_golden::fast::Executor;
use synfire_golden::pass::{EngineState, run_pass};
use synfire_golden::scenario::Rng;
use synfire_golden::sram::Sram;

const ROWS: u16 = 300;
const SLOTS: u16 = 7;
const INPUTS: u32 = 784;

// Bases in 64-bit words.
const INDEX: u16 = 0;
const WEIGHTS: u16 = 600;
const INPUT: u16 = 1200;
const SUMS: u16 = 1400;
const DELTAS: u16 = 1600;
const ERRORS: u16 = 1700;
const QUEUE: u16 = 2200;

/// Weights of either sign, inputs 40 % active, `active` of 100 rows with an error.
fn memory(active: u32) -> Sram {
    let rng = &mut Rng::new(1);
    let mut sram = Sram::new(64 << 10);
    for i in 0..u32::from(ROWS) * 8 {
        sram.write_u16(8 * u32::from(INDEX) + 2 * i, rng.below(INPUTS) as u16);
        let weight = rng.below(8000) as u16;
        sram.write_u16(8 * u32::from(WEIGHTS) + 2 * i, weight + 1000);
    }
    for i in 0..INPUTS {
        let x = if rng.below(100) < 40 {
            rng.below(256)
        } else {
            0
        };
        sram.write_u16(8 * u32::from(INPUT) + 2 * i, x as u16);
    }
    for row in 0..u32::from(ROWS) {
        let delta = if rng.below(100) < active {
            1 + rng.below(200)
        } else {
            0
        };
        sram.write_u16(8 * u32::from(DELTAS) + 2 * row, delta as u16);
    }
    sram
}

fn forward() -> (Descriptor, Recipe) {
    let product = Slot {
        a: A::P(0),
        b: B::X,
        shift: 8,
        round: Round::Nearest,
        to_o: true,
        ..Slot::NOP
    };
    let d = Descriptor {
        rows: Rows::Slots,
        x_kind: XKind::Vec16,
        planes: 1,
        reduce: true,
        slots: 1,
        row_count: ROWS,
        entries: SLOTS,
        row_stride: 2,
        index_base: INDEX,
        plane_base: [WEIGHTS, 0, 0, 0],
        x_base: INPUT,
        o_base: SUMS,
        ..Descriptor::default()
    };
    let recipe = Recipe {
        constants: [0; 4],
        slots: vec![product],
    };
    (d, recipe)
}

/// t = S0 * X; Y += w * S0; w -= eta * t, stochastic; a weight that is no longer positive is flagged.
fn backward() -> (Descriptor, Recipe) {
    let gradient = Slot {
        a: A::X,
        b: B::S(0),
        shift: 6,
        round: Round::Nearest,
        result: Some(0),
        ..Slot::NOP
    };
    let error = Slot {
        a: A::P(0),
        b: B::S(0),
        shift: 10,
        round: Round::Nearest,
        to_y: true,
        ..Slot::NOP
    };
    let step = Slot {
        a: A::R(0),
        b: B::K(0),
        c: C::P(0),
        shift: 15,
        round: Round::Stochastic,
        plane: Some(0),
        flag: Flag::NotPositive,
        ..Slot::NOP
    };
    let (forward, _) = forward();
    let d = Descriptor {
        reduce: false,
        scatter: true,
        plane_writes: 1,
        scalars: 1,
        skip: true,
        flag_to: FlagTo::Queue,
        slots: 3,
        scalar_base: [DELTAS, 0, 0, 0],
        y_base: ERRORS,
        queue_base: QUEUE,
        queue_capacity: 200,
        ..forward
    };
    let recipe = Recipe {
        constants: [-3, 0, 0, 0],
        slots: vec![gradient, error, step],
    };
    (d, recipe)
}

fn passes(c: &mut Criterion) {
    for (name, (d, recipe), active) in [
        ("forward", forward(), 100),
        ("backward, 30 % of rows", backward(), 30),
    ] {
        assert_eq!(recipe.check(), Ok(()));
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(
            u64::from(ROWS) * u64::from(SLOTS) * u64::from(active) / 100,
        ));
        let state = EngineState {
            private_base: 64 << 10,
            ..EngineState::default()
        };
        group.bench_function("reference", |b| {
            let (mut sram, mut state) = (memory(active), state);
            b.iter(|| black_box(run_pass(&mut sram, &mut state, 0, &d, &recipe)));
        });
        group.bench_function("fast", |b| {
            let (mut sram, mut state) = (memory(active), state);
            let mut executor = Executor::default();
            b.iter(|| black_box(executor.run_pass(&mut sram, &mut state, 0, &d, &recipe)));
            assert_eq!(executor.fallbacks, 0, "the fast path is what is measured");
        });
        group.finish();
    }
}

criterion_group!(benches, passes);
criterion_main!(benches);
