//! Row keys and draws of the random units against the format's definition.

mod bench;

use bench::Draw;
use rust_hdl::prelude::Block;
use synfire_format::random::{RowIndex, draw, row_key};
use synfire_hdl::emit::verilog;
use synfire_hdl::random::{Random, RowKey};
use synfire_sim::{BuildOptions, Machine, build, lint};

fn machine<B: Block>(block: B, name: &str, edit: (&str, &str)) -> Machine {
    let good = verilog(block, name, "A unit alone").unwrap();
    let text = good.replace(edit.0, edit.1);
    assert_eq!(
        good == text,
        edit.0 == edit.1,
        "`{}` is not in the text",
        edit.0
    );
    lint(name, &text).unwrap();
    let m = build(name, &text, &BuildOptions::default())
        .unwrap()
        .instance(3);
    m.port("start").unwrap().set(0);
    m.port("reset").unwrap().set(1);
    m.tick(2);
    m.port("reset").unwrap().set(0);
    m
}

/// Cycles from start until not busy.
fn run(m: &Machine) -> u64 {
    let (start, busy) = (m.port("start").unwrap(), m.port("busy").unwrap());
    start.set(1);
    m.tick(1);
    start.set(0);
    let mut cycles = 0;
    while busy.get() == 1 && cycles < 100 {
        m.tick(1);
        cycles += 1;
    }
    cycles
}

/// A word that is an edge every fourth time.
fn word(d: &mut Draw) -> u32 {
    match d.below(8) {
        0 => 0,
        1 => u32::MAX - d.below(10) as u32,
        _ => d.word(),
    }
}

fn wrong_draws(edit: (&str, &str)) -> usize {
    let m = machine(Random::default(), "random", edit);
    let set = |n: &str, v: u32| m.port(n).unwrap().set(v.into());
    let mut d = Draw(0xd2a3);
    (0..20_000)
        .filter(|_| {
            let (seed, step, row, tag, index) = (
                word(&mut d),
                word(&mut d),
                word(&mut d),
                word(&mut d),
                word(&mut d),
            );
            for (name, value) in [
                ("seed", seed),
                ("step", step),
                ("row", row),
                ("tag", tag),
                ("index", index),
            ] {
                set(name, value);
            }
            let cycles = run(&m);
            let at = RowIndex {
                population: (row >> 16) as u16,
                row: row as u16,
                tag: tag as u16,
            };
            let want = draw(row_key(seed, step, at), (index >> 16) as u16, index as u16);
            m.port("value").unwrap().get() as u32 != want || cycles > 16
        })
        .count()
}

#[test]
fn draws_of_the_core_have_the_formats_bits() {
    assert_eq!(wrong_draws(("", "")), 0);
}

#[test]
fn row_keys_are_there_after_eight_cycles_with_the_formats_bits() {
    let m = machine(RowKey::default(), "row_key", ("", ""));
    let mut d = Draw(0xbeef);
    for _ in 0..20_000 {
        let (seed, step, row, tag) = (word(&mut d), word(&mut d), word(&mut d), word(&mut d));
        let at = RowIndex {
            population: (row >> 16) as u16,
            row: row as u16,
            tag: tag as u16,
        };
        let values = [
            ("seed", seed),
            ("step", step),
            ("population", row >> 16),
            ("row", row & 0xffff),
            ("tag", tag & 0xffff),
        ];
        for (name, value) in values {
            m.port(name).unwrap().set(value.into());
        }
        assert_eq!(run(&m), 8);
        assert_eq!(m.port("key").unwrap().get(), row_key(seed, step, at));
    }
}

#[test]
fn one_round_more_of_a_draw_is_caught() {
    assert!(wrong_draws(("last = 4'h5", "last = 4'h6")) > 19_000);
}
