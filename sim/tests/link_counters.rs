//! The counters of the bridge, near their ends.

mod bench;

use bench::Draw;
use rust_hdl::prelude::Block;
use synfire_hdl::compact_counters::CompactCounters;
use synfire_hdl::compact_link_counters::CompactLinkCounters;
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

/// The text with every break in it: the value n of the added input `mutant_select` puts the n-th's last part in place of the
/// part before it, wherever its first part precedes that.
fn breakable(text: &str, top: &str, breaks: &[(&str, &str, &str)]) -> String {
    let mut text = text.to_string();
    for (n, (before, good, bad)) in (1..).zip(breaks) {
        let mut times = 0;
        for end in [";", ")", " "] {
            let from = format!("{before}{good}{end}");
            times += text.matches(&from).count();
            let choice = format!("{before}((mutant_select == 16'd{n}) ? ({bad}) : ({good})){end}");
            text = text.replace(&from, &choice);
        }
        assert!(times > 0, "{before}{good} is not in the text");
    }
    let header = format!("module {top}(");
    let clock = "    input wire  clock;\n";
    text.replacen(&header, &format!("{header}mutant_select,"), 1)
        .replacen(
            clock,
            &format!("{clock}    input wire [15:0] mutant_select;\n"),
            1,
        )
}

/// What a module of the PE's counters has in registers, and how long a reading waits at most.
#[derive(Clone, Copy)]
struct Shape {
    /// The lowest count that is a carry.
    carry: u64,
    polls: usize,
}

const FULL: Shape = Shape {
    carry: 16,
    polls: 10,
};
const COMPACT: Shape = Shape {
    carry: 32,
    polls: 30,
};

/// The counter, read as the executor does: it waits until its word is right. None where it never is.
fn pe_counter(m: &Machine, shape: Shape, number: u64) -> Option<u64> {
    set(m, "number", number);
    for _ in 0..shape.polls {
        m.eval();
        if m.port("settled").unwrap().get() == 1 {
            return Some(m.port("word").unwrap().get());
        }
        m.tick(1);
    }
    None
}

/// Clears, and sets the words; the cycles count from 5 more on.
fn pe_start(m: &Machine, words: [u64; 4]) {
    let ram = m.memory("ram.mem").unwrap();
    for port in ["hold", "retired", "busy"] {
        set(m, port, 0);
    }
    set(m, "clear", 1);
    m.tick(2);
    set(m, "clear", 0);
    m.tick(4);
    for (i, word) in words.into_iter().enumerate() {
        ram.set(i, word);
    }
    m.tick(1);
}

/// Counts random events from random starts, some close to the end; readings that differ from integers.
fn pe_differences(m: &Machine, shape: Shape) -> usize {
    let mut draw = Draw(5);
    let mut wrong = 0;
    for round in 0..60 {
        // The cycles' low word began to count with the end of the reset.
        let mut start = [0u64; 4];
        for (i, s) in start.iter_mut().enumerate() {
            *s = match draw.below(3) {
                0 => 0,
                1 => 0xffff_ff00 + shape.carry * draw.below(0x100 / shape.carry),
                _ => u64::from(draw.word()) / shape.carry * shape.carry,
            };
            if i == 0 && round % 2 == 0 {
                *s = 0xffff_ff00;
            }
        }
        pe_start(m, start);
        // Every second time the cycles wrap while they are read.
        let count = match round % 2 {
            0 => 256 - 12 + draw.below(8),
            _ => draw.below(400),
        };
        let mut cycles = (start[1] << 32 | start[0]) + 5;
        let (mut retired, mut busy) = (start[2], start[3]);
        for _ in 0..count {
            let (r, b) = (draw.below(2), draw.below(2));
            set(m, "retired", r);
            set(m, "busy", b);
            m.tick(1);
            cycles = cycles.wrapping_add(1);
            retired = (retired + r).min(0xffff_ffff);
            busy = (busy + b).min(0xffff_ffff);
        }
        set(m, "retired", 0);
        set(m, "busy", 0);
        let before = m.cycles();
        wrong += usize::from(pe_counter(m, shape, 2) != Some(retired));
        wrong += usize::from(pe_counter(m, shape, 3) != Some(busy));
        let low = pe_counter(m, shape, 0);
        cycles = cycles.wrapping_add(m.cycles() - before);
        wrong += usize::from(low != Some(cycles & 0xffff_ffff));
        // Both words are of one moment, however long the second waits.
        set(m, "hold", 1);
        m.tick(round % 16);
        let high = pe_counter(m, shape, 1);
        wrong += usize::from(high != Some(cycles >> 32));
        let held = m.cycles();
        set(m, "hold", 0);
        m.tick(8);
        let now = cycles.wrapping_add(m.cycles() - held + round % 16);
        wrong += usize::from(pe_counter(m, shape, 1) != Some(now >> 32));
    }
    wrong
}

/// The high word stands still from any cycle on in which `hold` begins, and follows afterwards; how often it does not.
fn moved(m: &Machine) -> usize {
    let ram = m.memory("ram.mem").unwrap();
    let mut wrong = 0;
    for after in 240..290 {
        pe_start(m, [0xffff_ff00, 7, 0, 0]);
        m.tick(after);
        let high = ram.get(1);
        set(m, "hold", 1);
        m.tick(20);
        wrong += usize::from(ram.get(1) != high);
        set(m, "hold", 0);
        m.tick(20);
        wrong += usize::from(ram.get(1) != 8);
    }
    wrong
}

/// Words that are not 0 after a clearing.
fn left_over(m: &Machine) -> usize {
    pe_start(m, [1 << 20; 4]);
    set(m, "clear", 1);
    m.tick(1);
    set(m, "clear", 0);
    m.tick(5);
    let ram = m.memory("ram.mem").unwrap();
    (0..4).filter(|i| ram.get(*i) != 0).count()
}

/// Counts that stay settle while their events go on; how many do not.
fn restless(m: &Machine, shape: Shape) -> usize {
    pe_start(m, [0, 0, 0xffff_ffe0, 0xffff_ffe0]);
    set(m, "retired", 1);
    set(m, "busy", 1);
    m.tick(100);
    let reads = [2, 3].map(|number| pe_counter(m, shape, number));
    reads.iter().filter(|r| **r != Some(0xffff_ffff)).count()
}

#[test]
fn a_pe_s_counters_carry_wrap_and_stay() {
    let good = text(PeCounters::default(), "pe_counters");
    let differences = |text: &str| {
        let m = library("pe_counters", text).instance(3);
        pe_differences(&m, FULL) + restless(&m, FULL)
    };
    assert_eq!(differences(&good), 0);
    for (from, to) in [
        ("full2$q <= 1'b1", "full2$q <= 1'b0"),
        ("waits = pending$q & 32'hd", "waits = pending$q"),
        ("& ~full2$q", ""),
        ("& ~full3$q", ""),
    ] {
        let bad = good.replace(from, to);
        assert!(good != bad, "{from}");
        assert!(differences(&bad) > 0, "{from}");
    }
}

#[test]
fn a_compact_pe_s_counters_carry_wrap_and_stay() {
    let good = text(CompactCounters::default(), "compact_counters");
    let breaks = [
        ("waits = ", "pending$q & 32'hd", "pending$q"),
        ("wrapped = ", "(chosen$q == 32'h0) & full", "1'b0"),
        ("ram$write = ", "~stays", "1'b1"),
        ("full2$q <= ", "1'b1", "1'b0"),
        ("full3$q <= ", "1'b1", "1'b0"),
        ("low2$q <= ", "32'h1f", "32'h1e"),
        ("low3$q <= ", "32'h1f", "32'h1e"),
        ("step = ", "32'h20", "32'h40"),
        ("step = ", "32'h1", "32'h2"),
        ("left = ", "pending$q & 32'he", "pending$q"),
        ("left = ", "pending$q & 32'hd", "pending$q"),
        ("left = ", "pending$q & 32'hb", "pending$q"),
        ("left = ", "pending$q & 32'h7", "pending$q & 32'h3"),
        ("ram$read_addr = ", "number", "chosen$q"),
        ("ram$write_data = ", "32'h0", "32'h20"),
        ("low = ", "low3$q", "low2$q"),
        ("", "~full2$q", "1'b1"),
        ("", "~full3$q", "1'b1"),
        (
            "assign full = ",
            "&ram$q[(32'h5)+:(27)]",
            "&ram$q[(32'h6)+:(26)]",
        ),
        ("", "(number_q$q == number)", "1'b1"),
        ("", "(waits == 32'h0)", "1'b1"),
        ("", "((chosen$q == 32'h1) & hold)", "1'b0"),
    ];
    let m = library(
        "compact_counters",
        &breakable(&good, "compact_counters", &breaks),
    )
    .instance(3);
    let wrong = |select: usize| {
        set(&m, "mutant_select", select as u64);
        pe_differences(&m, COMPACT) + moved(&m) + left_over(&m) + restless(&m, COMPACT)
    };
    assert_eq!(wrong(0), 0);
    for (n, b) in (1..).zip(&breaks) {
        assert!(wrong(n) > 0, "{b:?}");
    }
}

/// Counts random events, each `pause` cycles after the last; readings that differ. A word is there a cycle after its number,
/// or in the same cycle.
fn link_differences(m: &Machine, pause: u64, late: bool) -> usize {
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
            // Readings now and then hold the counting up; they show the word before or after it.
            m.tick(draw.below(3));
            let reads = draw.below(2);
            let number = draw.below(6);
            port("read").set(reads);
            port("number").set(number);
            m.tick(1);
            let old = want[number as usize];
            let new = (old + (happened >> number & 1)).min(0xffff_ffff);
            let word = port("word").get();
            wrong += usize::from(reads == 1 && word != old && word != new);
            port("read").set(0);
            m.tick(pause);
            for (i, w) in want.iter_mut().enumerate() {
                *w = (*w + (happened >> i & 1)).min(0xffff_ffff);
            }
        }
        port("read").set(1);
        for (i, w) in want.iter().enumerate() {
            port("number").set(i as u64);
            // The simulated clock stands behind its falling edge.
            m.tick(u64::from(late));
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
    let differences =
        |text: &str| link_differences(&library("link_counters", text).instance(4), 6, false);
    assert_eq!(differences(&good), 0);
    let bad = good.replace("pending$q & 32'h3d", "pending$q & 32'h39");
    assert!(good != bad);
    assert!(differences(&bad) > 0);
}

#[test]
fn the_compact_link_s_counters_count_each_event_and_stay() {
    let good = text(CompactLinkCounters::default(), "compact_link_counters");
    let breaks = [
        ("counts$q <= ", "~read", "1'b1"),
        ("if (", "fetches$q & ~read", "fetches$q"),
        ("left = ", "pending$q & ~taken", "pending$q"),
        ("ram$write = ", "counts$q & ~&count$q", "counts$q"),
        ("choice = ", "32'h4", "32'h5"),
        ("chosen$q <= ", "choice", "32'h0"),
        ("assign sum = ", "count$q + 32'h1", "count$q + 32'h2"),
        ("ram$write_data = ", "32'h0", "32'h1"),
        ("ram$read_addr = ", "number", "chosen$q"),
    ];
    let text = breakable(&good, "compact_link_counters", &breaks);
    let m = library("compact_link_counters", &text).instance(4);
    let wrong = |select: usize| {
        set(&m, "mutant_select", select as u64);
        link_differences(&m, 20, true)
    };
    assert_eq!(wrong(0), 0);
    for (n, b) in (1..).zip(&breaks) {
        assert!(wrong(n) > 0, "{b:?}");
    }
}
