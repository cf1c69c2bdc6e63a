//! The fast executor against the reference, over everything an engine leaves behind.

use proptest::prelude::*;
use synfire_format::mmio::{FAULT_ADDRESS, FAULT_CODE, FAULT_PRIVATE, FAULT_QUEUE};
use synfire_format::pass::{Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::{Op, Recipe, Round};
use synfire_golden::fast::Executor;
use synfire_golden::pass::{EngineState, PassReport, run_chain, run_pass};
use synfire_golden::scenario::{Rng, Scenario, random_chain, random_pass, random_recipe};
use synfire_golden::sram::Sram;

/// What a run left behind.
type Left = (Sram, EngineState, Vec<PassReport>);

fn reference(s: &Scenario) -> Left {
    let (mut sram, mut state) = (s.memory(), s.state());
    let mut reports = run_chain(&mut sram, &mut state, s.first_descriptor);
    for r in &mut reports {
        r.words_written.clear();
    }
    (sram, state, reports)
}

fn fast(executor: &mut Executor, s: &Scenario) -> Left {
    let (mut sram, mut state) = (s.memory(), s.state());
    let reports = executor.run_chain(&mut sram, &mut state, s.first_descriptor);
    (sram, state, reports)
}

/// The first difference, in words.
fn compare(golden: &Left, other: &Left) -> Result<(), String> {
    let words = golden.0.bytes().iter().zip(other.0.bytes());
    if let Some((at, (g, o))) = words.enumerate().find(|(_, (g, o))| g != o) {
        return Err(format!("byte {at:#x}: reference {g:#x}, fast {o:#x}"));
    }
    if golden.1 != other.1 {
        return Err(format!("reference {:?}, fast {:?}", golden.1, other.1));
    }
    if golden.2 != other.2 {
        return Err(format!("reference {:?}, fast {:?}", golden.2, other.2));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fast_and_reference_leave_the_same_bits_after_a_pass(seed: u64, size in 0u32..5) {
        let s = random_pass(seed, 4096 << size);
        let result = compare(&reference(&s), &fast(&mut Executor::default(), &s));
        prop_assert!(result.is_ok(), "{}: {}", s.why, result.unwrap_err());
    }

    #[test]
    fn fast_and_reference_leave_the_same_bits_after_a_chain(seed: u64, size in 0u32..5) {
        let s = random_chain(seed, 4096 << size);
        let mut executor = Executor::default();
        // A second run in the same working memory must not see the first.
        fast(&mut executor, &random_chain(!seed, 4096));
        let result = compare(&reference(&s), &fast(&mut executor, &s));
        prop_assert!(result.is_ok(), "{}: {}", s.why, result.unwrap_err());
    }

    #[test]
    fn fast_and_reference_agree_on_descriptors_that_the_builder_refuses(seed: u64) {
        let s = wild(seed);
        let result = compare(&reference(&s), &fast(&mut Executor::default(), &s));
        prop_assert!(result.is_ok(), "{}: {}", s.why, result.unwrap_err());
    }
}

/// Found by the property above: one visited row without entries whose index base lies behind the SRAM.
#[test]
fn a_row_without_entries_reads_no_index_wherever_its_base_points() {
    let s = wild(14645482659658079485);
    compare(&reference(&s), &fast(&mut Executor::default(), &s)).unwrap();
}

/// A pass whose ranges overlap and leave the SRAM as they like, bounded so that it ends soon.
fn wild(seed: u64) -> Scenario {
    let rng = &mut Rng::new(seed);
    let recipe = random_recipe(rng.bits());
    let bytes = 4096u32;
    let base = |rng: &mut Rng| match rng.below(8) {
        0 => rng.below(1024) as u16,
        _ => rng.below(96) as u16,
    };
    let d = Descriptor {
        rows: rng.pick(&[Rows::Dense, Rows::Slots, Rows::Table]),
        event_walk: rng.one_in(3),
        x_kind: rng.pick(&[XKind::None, XKind::Vec16, XKind::Acc32]),
        x_clear: rng.one_in(2),
        planes: rng.below(5) as u8,
        plane_writes: rng.below(16) as u8,
        scatter: rng.one_in(2),
        reduce: rng.one_in(2),
        vector: rng.one_in(2),
        scalars: rng.below(5) as u8,
        skip: rng.one_in(2),
        flag_to: rng.pick(&[FlagTo::None, FlagTo::Queue, FlagTo::Bitmap]),
        x_shift: rng.below(16) as u8,
        slots: recipe.slots.len() as u8,
        next: 0,
        recipe: 500,
        row_first: rng.below(9) as u16,
        row_count: rng.below(9) as u16,
        entries: rng.below(30) as u16,
        row_stride: rng.below(9) as u16,
        index_base: base(rng),
        plane_base: std::array::from_fn(|_| base(rng)),
        x_base: base(rng),
        y_base: base(rng),
        o_base: base(rng),
        scalar_base: std::array::from_fn(|_| base(rng)),
        table_base: base(rng),
        event_base: base(rng),
        queue_base: base(rng),
        queue_capacity: rng.below(20) as u16,
        population: 1,
        row_offset: 2,
        tag: 3,
    };
    let mut sram = Sram::new(bytes);
    for i in 0..bytes / 2 {
        let value = if rng.one_in(2) {
            rng.below(40) as u16
        } else {
            rng.bits() as u16
        };
        sram.write_u16(2 * i, value);
    }
    sram.write_words(8 * 500, &recipe.encode());
    sram.write_words(8 * 490, &d.encode());
    Scenario {
        sram: sram.bytes().to_vec(),
        first_descriptor: 8 * 490,
        seed: 4,
        step: 5,
        private_base: if rng.one_in(2) {
            bytes
        } else {
            8 * rng.below(512)
        },
        why: format!("{d:?}"),
        passes: vec![(8 * 490, d, recipe)],
    }
}

#[test]
fn most_random_passes_run_on_the_fast_path() {
    let mut executor = Executor::default();
    for seed in 0..400 {
        fast(&mut executor, &random_pass(seed, 16 << 10));
    }
    // One scenario in eight has private words amid the SRAM; hardly any other pass may fall back.
    assert!(executor.fallbacks < 70, "{} of 400", executor.fallbacks);
}

#[test]
fn random_passes_reach_every_feature() {
    let (mut faults, mut saturated, mut lost, mut empty_rows, mut skipped) = (0, 0, 0, 0, 0);
    let mut kinds = [[0; 3]; 3];
    for seed in 0..1000 {
        let s = random_pass(seed, 16 << 10);
        let (_, state, reports) = reference(&s);
        faults |= state.faults;
        saturated += u32::from(state.saturations > 0);
        lost += u32::from(state.faults & FAULT_QUEUE != 0);
        empty_rows += u32::from(reports[0].rows_visited > 0 && reports[0].entries == 0);
        skipped += u32::from(reports[0].rows_skipped > 0 && reports[0].rows_visited > 0);
        let d = &s.passes[0].1;
        kinds[d.rows as usize][d.flag_to as usize] += u32::from(reports[0].flags > 0);
    }
    assert_eq!(faults, FAULT_PRIVATE | FAULT_QUEUE);
    for (count, what) in [
        (saturated, "saturations"),
        (lost, "lost records"),
        (empty_rows, "empty rows"),
        (skipped, "skipped rows"),
    ] {
        assert!(count >= 20, "{what}: {count} of 1000");
    }
    assert!(kinds.iter().flatten().all(|&n| n >= 10), "{kinds:?}");
}

#[test]
fn an_executor_that_rounds_differently_is_caught() {
    let mut caught = 0;
    let mut used = 0;
    for seed in 0..400 {
        let s = random_pass(seed, 8 << 10);
        let (at, d, recipe) = &s.passes[0];
        let mut broken: Recipe = recipe.clone();
        let nearest = |r: &Round| *r == Round::Nearest;
        for slot in &mut broken.slots {
            if slot.op == Op::Mac && slot.shift > 0 && nearest(&slot.round) {
                slot.round = Round::Floor;
            }
        }
        used += u32::from(broken != *recipe);
        let (mut sram, mut state) = (s.memory(), s.state());
        let report = Executor::default().run_pass(&mut sram, &mut state, *at, d, &broken);
        let other = (sram, state, vec![report]);
        caught += u32::from(compare(&reference(&s), &other).is_err());
    }
    // Not every slot reaches the memory, and not every product has a fraction of a half or more.
    assert!(used > 200 && caught > used / 5, "{caught} of {used}");
}

#[test]
fn a_cyclic_chain_ends_with_a_fault() {
    let mut s = random_chain(7, 8 << 10);
    let (last, first) = (s.passes.len() - 1, s.first_descriptor);
    let (at, mut d, _) = s.passes[last].clone();
    d.next = (first / 8) as u16;
    for (i, word) in d.encode().iter().enumerate() {
        let at = at as usize + 8 * i;
        s.sram[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }
    if first == 0 {
        panic!("a descriptor lies at word 0, where `next` cannot lead");
    }
    let (_, state, reports) = reference(&s);
    assert_eq!(reports.len(), last + 1);
    assert_eq!(state.faults & FAULT_CODE, FAULT_CODE);
    assert_eq!(
        compare(&reference(&s), &fast(&mut Executor::default(), &s)),
        Ok(())
    );
}

#[test]
fn chains_that_leave_the_sram_or_mean_nothing_end_with_a_fault() {
    let run = |at: u32, word: u64| {
        let (mut sram, mut state) = (Sram::new(4096), EngineState::default());
        sram.write_u64(1024, word);
        let reports = run_chain(&mut sram, &mut state, at);
        (reports.len(), state.faults)
    };
    assert_eq!(run(4096 - 56, 0), (0, FAULT_ADDRESS));
    assert_eq!(run(u32::MAX, 0), (0, FAULT_ADDRESS));
    assert_eq!(run(1024, 3), (0, FAULT_CODE), "row kind 3 does not exist");
    assert_eq!(run(1024, 0), (0, FAULT_CODE), "no slots");
    assert_eq!(
        run(1024, 1 << 26 | 511 << 48),
        (0, FAULT_ADDRESS),
        "half a recipe"
    );
    assert_eq!(run(1024, 1 << 26), (1, 0), "an empty pass");
}

#[test]
fn saturations_stay_at_the_largest_count() {
    let s = (0..)
        .map(|seed| random_pass(seed, 8 << 10))
        .find(|s| reference(s).1.saturations > 1);
    let s = s.expect("an endless search that ended found one");
    let (_, d, recipe) = &s.passes[0];
    let mut state = EngineState {
        saturations: u32::MAX - 1,
        ..s.state()
    };
    run_pass(&mut s.memory(), &mut state, 0, d, recipe);
    assert_eq!(state.saturations, u32::MAX);
}
