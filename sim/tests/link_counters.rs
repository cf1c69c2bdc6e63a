//! The counters of the bridge, near their ends.

mod bench;

use bench::Draw;
use rust_hdl::prelude::Block;
use synfire_hdl::emit::verilog;
use synfire_hdl::link_counters::LinkCounters;
use synfire_hdl::pe_counters::PeCounters;
use synfire_sim::{BuildOptions, Library, Machine, build, lint};

fn text<B: Block>(block: B, name: &str) -> String {
    let text = verilog(block, name, "A block alone").unwrap();
    lint(name, &text).unwrap();
    text
}

fn library(name: &str, text: &str) -> Library {
    let options = BuildOptions {
        public_memories: true,
        ..BuildOptions::default()
    };
    build(name, text, &options).unwrap()
}

fn set(m: &Machine, port: &str, value: u64) {
    m.port(port).unwrap().set(value);
}

/// The counter, read as the executor does: it waits until its word is right.
fn pe_counter(m: &Machine, number: u64) -> u64 {
    set(m, "number", number);
    for _ in 0..10 {
        m.eval();
        if m.port("settled").unwrap().get() == 1 {
            return m.port("word").unwrap().get();
        }
        m.tick(1);
    }
    panic!("no counter settles");
}

/// Counts random events from random starts, some close to the end; readings that differ from integers.
fn pe_differences(library: &Library) -> usize {
    let m = library.instance(3);
    let ram = m.memory("ram.mem").unwrap();
    let mut draw = Draw(5);
    let mut wrong = 0;
    set(&m, "hold", 0);
    for round in 0..60 {
        set(&m, "clear", 1);
        set(&m, "retired", 0);
        set(&m, "busy", 0);
        m.tick(2);
        set(&m, "clear", 0);
        m.tick(5);
        // The cycles' low word began to count with the end of the reset.
        let mut start = [0u64; 4];
        for (i, s) in start.iter_mut().enumerate() {
            *s = match draw.below(3) {
                0 => 0,
                1 => 0xffff_ff00 + 16 * draw.below(15),
                _ => u64::from(draw.word()) & 0xffff_fff0,
            };
            if i == 0 && round % 2 == 0 {
                *s = 0xffff_ff00;
            }
            ram.set(i, *s);
        }
        // Every second time the cycles wrap while they are read.
        let count = match round % 2 {
            0 => 256 - 12 + draw.below(8),
            _ => draw.below(400),
        };
        let mut cycles = (start[1] << 32 | start[0]) + 5;
        let (mut retired, mut busy) = (start[2], start[3]);
        for _ in 0..count {
            let (r, b) = (draw.below(2), draw.below(2));
            set(&m, "retired", r);
            set(&m, "busy", b);
            m.tick(1);
            cycles = cycles.wrapping_add(1);
            retired = (retired + r).min(0xffff_ffff);
            busy = (busy + b).min(0xffff_ffff);
        }
        set(&m, "retired", 0);
        set(&m, "busy", 0);
        let before = m.cycles();
        wrong += usize::from(pe_counter(&m, 2) != retired);
        wrong += usize::from(pe_counter(&m, 3) != busy);
        let low = pe_counter(&m, 0);
        cycles = cycles.wrapping_add(m.cycles() - before);
        wrong += usize::from(low != cycles & 0xffff_ffff);
        // Both words are of one moment, however long the second waits.
        set(&m, "hold", 1);
        m.tick(round % 16);
        let high = pe_counter(&m, 1);
        wrong += usize::from(high != cycles >> 32);
        set(&m, "hold", 0);
        m.tick(8);
        let now = cycles.wrapping_add(8 + round % 16);
        wrong += usize::from(pe_counter(&m, 1) != now >> 32);
    }
    wrong
}

#[test]
fn a_pe_s_counters_carry_wrap_and_stay() {
    let good = text(PeCounters::default(), "pe_counters");
    assert_eq!(pe_differences(&library("pe_counters", &good)), 0);
    for (from, to) in [
        ("full2$q <= 1'b1", "full2$q <= 1'b0"),
        ("waits = pending$q & 32'hd", "waits = pending$q"),
    ] {
        let bad = good.replace(from, to);
        assert!(good != bad, "{from}");
        assert!(pe_differences(&library("pe_counters", &bad)) > 0, "{from}");
    }
}

/// Counts random events; readings that differ.
fn link_differences(library: &Library) -> usize {
    let m = library.instance(4);
    let ram = m.memory("ram.mem").unwrap();
    let mut draw = Draw(6);
    let mut wrong = 0;
    let port = |n: &str| m.port(n).unwrap();
    port("read").set(0);
    port("happened").set(0);
    port("reset").set(1);
    port("clear").set(0);
    m.tick(2);
    port("reset").set(0);
    m.tick(10);
    for round in 0..40 {
        let mut want = [0u64; 6];
        if round % 4 == 3 {
            port("clear").set(1);
            m.tick(1);
            port("clear").set(0);
            m.tick(10);
        } else {
            for (i, w) in want.iter_mut().enumerate() {
                *w = [0, 5, 0xffff_fffd][draw.below(3) as usize];
                ram.set(i, *w);
            }
        }
        for _ in 0..draw.below(30) {
            let happened = draw.below(64);
            port("happened").set(happened);
            m.tick(1);
            port("happened").set(0);
            // Readings now and then hold the counting up.
            port("read").set(draw.below(2));
            m.tick(1);
            port("read").set(0);
            m.tick(6);
            for (i, w) in want.iter_mut().enumerate() {
                *w = (*w + (happened >> i & 1)).min(0xffff_ffff);
            }
        }
        port("read").set(1);
        for (i, w) in want.iter().enumerate() {
            port("number").set(i as u64);
            m.eval();
            wrong += usize::from(port("word").get() != *w);
        }
        port("read").set(0);
    }
    wrong
}

#[test]
fn the_link_s_counters_count_each_event_and_stay() {
    let good = text(LinkCounters::default(), "link_counters");
    assert_eq!(link_differences(&library("link_counters", &good)), 0);
    let bad = good.replace("pending$q & 32'h3d", "pending$q & 32'h39");
    assert!(good != bad);
    assert!(link_differences(&library("link_counters", &bad)) > 0);
}
