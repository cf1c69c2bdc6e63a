//! Rules become recipes that compute them; passes that must not run are refused with what is wrong and by how much.

use synfire_format::pass::{Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::{Flag, Recipe, Slot};
use synfire_golden::builder::{Built, Facts, Rule, Value, check_pass};
use synfire_golden::recipe::{Entry, run_recipe};
use synfire_golden::scenario::{random_chain, random_pass, random_recipe};

fn error(rule: &Rule) -> String {
    rule.build().unwrap_err().to_string()
}

#[test]
fn a_chain_of_dependent_statements_is_spread_over_pairs() {
    let mut rule = Rule::new();
    let (w, x, s) = (rule.plane("w", 0), rule.x("x"), rule.scalar("s", 0));
    let a = rule.mac(x, s, 4).named("a");
    let b = rule.mac(a, s, 4).named("b");
    rule.mac(b, s, 4).plus(w).into_plane(w);
    let built = rule.build().unwrap();
    assert_eq!(
        built.to_string(),
        "0: a = sat16(floor(x * s >> 4))\n\
         1: nothing\n\
         2: b = sat16(floor(a * s >> 4))\n\
         3: nothing\n\
         4: w = sat16(w + floor(b * s >> 4))\n"
    );
    let mut entry = Entry {
        planes: [5, 0, 0, 0],
        x: 1000,
        scalars: [32, 0, 0, 0],
        ..Entry::default()
    };
    run_recipe(&built.recipe, &mut entry);
    assert_eq!(entry.planes[0], 5 + 8000);
}

#[test]
fn independent_statements_fill_the_gaps_and_order_is_kept_where_it_matters() {
    let mut rule = Rule::new();
    let (p, q, x, s) = (
        rule.plane("p", 0),
        rule.plane("q", 1),
        rule.x("x"),
        rule.scalar("s", 0),
    );
    let t = rule.mac(x, s, 0).named("t");
    rule.mac(t, s, 0).into_plane(p);
    rule.mac(q, s, 0).into_y();
    // Reads p as the second statement left it.
    rule.mac(p, s, 0).into_o();
    let built = rule.build().unwrap();
    assert_eq!(
        built.to_string(),
        "0: t = sat16(x * s)\n\
         1: Y += q * s\n\
         2: p = sat16(t * s)\n\
         3: nothing\n\
         4: O += p * s\n"
    );
}

#[test]
fn conditions_select_and_switch_products() {
    let mut rule = Rule::new();
    let (v, w) = (rule.plane("v", 0), rule.plane("w", 1));
    let (theta, one) = (rule.constant("theta", 100), rule.constant("one", 1));
    let spike = rule.ge(v, theta);
    rule.mac(w, one, 0).plus(v).unless(spike).into_plane(w);
    let reset = rule.select(spike, v, Value::Zero).named("reset");
    let kept = rule.mac(reset, one, 0).plus(w).value();
    rule.mac(kept, one, 0).into_plane(v);
    let built = rule.build().unwrap();
    for (v, w) in [(99i16, 7i16), (100, 7), (30000, -5)] {
        let mut e = Entry {
            planes: [v, w, 0, 0],
            ..Entry::default()
        };
        run_recipe(&built.recipe, &mut e);
        let new_w = if v >= 100 { v } else { v + w };
        let reset = if v >= 100 { v } else { 0 };
        assert_eq!(
            e.planes[..2],
            [reset.saturating_add(new_w), new_w],
            "{built}"
        );
    }
}

#[test]
fn a_product_of_planes_is_copied_round() {
    let mut rule = Rule::new();
    let (p, q) = (rule.plane("p", 0), rule.plane("q", 1));
    rule.mac(p, q, 2).into_plane(p);
    let built = rule.build().unwrap();
    let mut e = Entry {
        planes: [-40, 9, 0, 0],
        ..Entry::default()
    };
    run_recipe(&built.recipe, &mut e);
    assert_eq!(e.planes[0], -90, "{built}");
}

#[test]
fn rules_that_no_recipe_can_hold_are_refused_with_a_sentence() {
    let mut rule = Rule::new();
    assert_eq!(
        error(&rule),
        "the recipe has no slot: a pass executes 1 to 8"
    );
    let (x, s) = (rule.x("x"), rule.scalar("s", 0));
    let mut t = rule.mac(x, s, 0).value();
    for _ in 0..4 {
        t = rule.mac(t, s, 0).value();
    }
    assert_eq!(
        error(&rule),
        "the recipe needs 9 slots, a pass executes at most 8: split the rule into two passes"
    );

    let mut rule = Rule::new();
    let (x, s) = (rule.x("x"), rule.scalar("s", 0));
    let r: Vec<_> = (0..4).map(|i| rule.mac(x, s, i).value()).collect();
    rule.mac(r[0], s, 0).plus(r[1]).into_y();
    rule.mac(r[2], s, 0).plus(r[3]).into_y();
    let fits = rule.build();
    assert!(fits.is_ok(), "two at a time are enough: {fits:?}");
    // Statements for the same target stay in order, so that all four live at the second.
    rule.mac(r[0], s, 0).plus(r[2]).into_y();
    rule.mac(r[1], s, 0).plus(r[3]).into_y();
    let text = error(&rule);
    assert!(
        text.ends_with("there are three results (0 to 2): deliver to a plane or order the rule so that fewer live at a time"),
        "{text}"
    );

    let mut rule = Rule::new();
    let (s, k) = (rule.scalar("s", 0), rule.constant("k", 3));
    rule.mac(s, k, 0).into_y();
    assert_eq!(
        error(&rule),
        "statement 0: one factor must be a plane, X or an earlier result, and the other a scalar, a constant, X or an earlier result: multiply scalars and constants before the pass"
    );

    let mut rule = Rule::new();
    for k in 0..5 {
        rule.constant("k", k);
    }
    assert_eq!(
        error(&rule),
        "the rule has 5 constants, a recipe has 4: pass the others as row scalars or fold them into shifts"
    );

    let mut rule = Rule::new();
    let (p, k) = (rule.plane("p", 0), rule.constant("k", 1));
    let first = rule.ge(p, k);
    rule.eq(p, k);
    rule.mac(p, k, 0).when(first).into_plane(p);
    assert_eq!(
        error(&rule),
        "statement 2: its condition is not the last comparison before it, and there is one predicate bit: compare again or move it up"
    );

    let mut rule = Rule::new();
    let (x, s) = (rule.x("x"), rule.scalar("s", 0));
    rule.mac(x, s, 0).plus(x).into_y();
    assert_eq!(
        error(&rule),
        "statement 0: X cannot be an addend or comparand: make it the first operand, or multiply it by a constant 1 first"
    );
}

#[test]
fn every_random_recipe_prints_a_line_for_each_slot() {
    for seed in 0..200 {
        let recipe = random_recipe(seed);
        let constants = recipe.constants.iter().filter(|&&k| k != 0).count();
        let text = Built::plain(recipe.clone()).to_string();
        assert_eq!(
            text.lines().count(),
            constants + recipe.slots.len(),
            "{text}"
        );
    }
}

/// Twenty rows of five entries, all at their own places.
fn pass() -> (Descriptor, Recipe, Facts) {
    let slot = Slot {
        to_y: true,
        to_o: true,
        flag: Flag::Negative,
        ..Slot::NOP
    };
    let recipe = Recipe {
        constants: [0; 4],
        slots: vec![slot],
    };
    let d = Descriptor {
        rows: Rows::Slots,
        x_kind: XKind::Vec16,
        planes: 1,
        plane_writes: 1,
        scatter: true,
        reduce: true,
        scalars: 1,
        flag_to: FlagTo::Queue,
        slots: 1,
        recipe: 1,
        row_count: 20,
        entries: 5,
        row_stride: 2,
        index_base: 10,
        plane_base: [50, 0, 0, 0],
        x_base: 100,
        y_base: 120,
        o_base: 150,
        scalar_base: [170, 0, 0, 0],
        queue_base: 180,
        queue_capacity: 10,
        ..Descriptor::default()
    };
    let facts = Facts {
        indices: 40,
        planes: [1000; 4],
        scalars: [1000; 4],
        y_terms: 20,
        ..Facts::new(4096)
    };
    (d, recipe, facts)
}

/// The refusal of the pass above after a change.
fn refusal(change: impl FnOnce(&mut Descriptor, &mut Recipe, &mut Facts)) -> String {
    let (mut d, mut recipe, mut facts) = pass();
    change(&mut d, &mut recipe, &mut facts);
    check_pass(&d, &recipe, 4096, &facts)
        .unwrap_err()
        .to_string()
}

#[test]
fn passes_are_refused_with_what_is_wrong_and_by_how_much() {
    let (d, recipe, facts) = pass();
    assert_eq!(check_pass(&d, &recipe, 4096, &facts), Ok(()));
    assert_eq!(
        refusal(|d, _, _| d.plane_base[0] = 480),
        "plane 0 takes bytes 3840 to 4154, the SRAM ends at 4096: it is 58 bytes too large or too high"
    );
    assert_eq!(
        refusal(|_, _, f| f.private_base = 1240),
        "O writes bytes 1200 to 1280, the core's private words begin at 1240: place it 40 bytes lower or raise the private base"
    );
    assert_eq!(
        refusal(|d, _, _| d.o_base = 139),
        "Y is written and shares 8 bytes from 1112 on with O: place them apart"
    );
    assert_eq!(
        refusal(|_, _, f| f.indices = 61),
        "Y is written and shares 4 bytes from 1200 on with O: place them apart"
    );
    assert_eq!(
        refusal(|d, _, _| d.x_base = 178),
        "the flag queue is written and shares 48 bytes from 1440 on with X: place them apart"
    );
    assert_eq!(
        refusal(|d, _, _| d.row_stride = 1),
        "rows of 5 entries lie 4 apart and would write over each other: raise the row stride to 2 words"
    );
    assert_eq!(
        refusal(|d, _, _| d.x_kind = XKind::Acc32),
        "X from 32-bit accumulators is for dense rows: scale them to 16 bits in a vector pass before"
    );
    assert_eq!(
        refusal(|d, _, _| d.flag_to = FlagTo::Bitmap),
        "a flag bitmap is for one row, the pass has 20: use a flag queue"
    );
    assert_eq!(
        refusal(|d, _, _| (d.skip, d.scalars) = (true, 0)),
        "rows are skipped by scalar 0, and the pass has no scalars: give it one"
    );
    assert_eq!(
        refusal(|d, _, _| d.plane_writes = 0b101),
        "plane 2 is written, and the pass has 1: add the plane"
    );
    assert_eq!(
        refusal(|d, _, _| d.slots = 2),
        "the recipe has 1 slots, the pass says 2: make them equal"
    );
    assert_eq!(
        refusal(|d, _, _| (d.rows, d.x_kind, d.x_clear) = (Rows::Dense, XKind::Acc32, true)),
        "the first of 20 rows would clear the accumulators that the others read: clear in a pass of one row"
    );
    assert_eq!(
        refusal(|_, r, _| r.slots[0].shift = 16),
        "slot 0: shift 16 does not exist, 0 to 15 do: scale an operand"
    );
}

#[test]
fn sums_that_could_reach_2_to_the_31_are_refused() {
    assert_eq!(
        refusal(|_, _, f| f.y_terms = 2148),
        "a sum in Y can reach 2148000000 (2148 terms of up to 1000000, starting from 0), a 32-bit accumulator ends at 2147483647: raise the shift or bound the operands 2 times lower"
    );
    let (d, recipe, mut facts) = pass();
    // The largest sums that fit.
    facts.y_terms = 2147;
    facts.y_start = 483_647;
    facts.o_start = i32::MAX as u32 - 5_000_000;
    assert_eq!(check_pass(&d, &recipe, 4096, &facts), Ok(()));
    facts.o_start += 1;
    let text = check_pass(&d, &recipe, 4096, &facts)
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("a sum in O can reach 2147483648 (5 terms"),
        "{text}"
    );
}

#[test]
fn every_scenario_is_a_pass_that_the_check_accepts() {
    let table =
        |sram: &[u8], at: u32| u32::from_le_bytes(sram[at as usize..][..4].try_into().unwrap());
    for seed in 0..300 {
        for s in [random_pass(seed, 8 << 10), random_chain(seed, 64 << 10)] {
            for (_, d, recipe) in &s.passes {
                let rows = u32::from(d.row_first)..u32::from(d.row_first) + u32::from(d.row_count);
                let mut facts = Facts {
                    // Scenarios let sums wrap on purpose: that is defined, and a test of the adders.
                    y_terms: 0,
                    ..Facts::new(s.sram.len() as u32)
                };
                let mut places: Vec<(u32, u32)> = Vec::new();
                for row in rows {
                    let (start, n) = if d.rows == Rows::Table {
                        let t = table(&s.sram, 8 * u32::from(d.table_base) + 4 * row);
                        (8 * (t & 0xffff), t >> 16)
                    } else {
                        (8 * u32::from(d.row_stride) * row, d.entries.into())
                    };
                    facts.longest_row = facts.longest_row.max(n);
                    if n > 0 {
                        facts.table_words = facts.table_words.max((start + 2 * n).div_ceil(8));
                    }
                    places.push((start, n));
                }
                if d.rows != Rows::Dense {
                    for (start, n) in places {
                        for c in 0..n {
                            let at = 8 * u32::from(d.index_base) + start + 2 * c;
                            facts.indices = facts
                                .indices
                                .max(1 + (table(&s.sram, at & !3) >> (8 * (at & 2)) & 0xffff));
                        }
                    }
                }
                // The bound of O is this check's business elsewhere.
                let d = Descriptor {
                    reduce: false,
                    ..d.clone()
                };
                assert_eq!(
                    check_pass(&d, recipe, s.sram.len() as u32, &facts),
                    Ok(()),
                    "seed {seed}: {}",
                    s.why
                );
            }
        }
    }
}
