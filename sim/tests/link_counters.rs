//! The counters of the bridge, near their ends.

mod bench;

use bench::Draw;
use rust_hdl::prelude::Block;
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

/// The PE whose counters are looked at, of so many.
#[derive(Clone, Copy)]
struct Shape {
    pes: u64,
    pe: u64,
}

impl Shape {
    /// Cycles in which every word comes by.
    fn round(self) -> u64 {
        4 * self.pes
    }

    fn port(self, name: &str) -> String {
        format!("{name}${}", self.pe)
    }

    /// The place of the counter in the memory.
    fn place(self, number: usize) -> usize {
        4 * self.pe as usize + number
    }
}

const SHAPES: [Shape; 4] = [
    Shape { pes: 1, pe: 0 },
    Shape { pes: 3, pe: 2 },
    Shape { pes: 5, pe: 0 },
    Shape { pes: 16, pe: 9 },
];
/// The lowest count that is a carry.
const CARRY: u64 = 128;

/// The counter, read as the executor does: it waits until its word is right. None where it never is.
fn pe_counter(m: &Machine, shape: Shape, number: u64) -> Option<u64> {
    set(m, "pe", shape.pe);
    set(m, "number", number);
    for _ in 0..3 * shape.round() {
        m.eval();
        if m.port("settled").unwrap().get() == 1 {
            return Some(m.port("word").unwrap().get());
        }
        m.tick(1);
    }
    None
}

/// Clears, and sets the words; the cycles count from so many more on. The other PEs' events go on all the time.
fn pe_start(m: &Machine, shape: Shape, words: [u64; 4]) -> u64 {
    let ram = m.memory("ram.mem").unwrap();
    set(m, "hold", 0);
    for pe in 0..shape.pes {
        set(m, &format!("retired${pe}"), u64::from(pe != shape.pe));
        set(m, &format!("busy${pe}"), u64::from(pe != shape.pe));
    }
    set(m, &shape.port("clear"), 1);
    m.tick(2);
    set(m, &shape.port("clear"), 0);
    m.tick(shape.round());
    for (i, word) in words.into_iter().enumerate() {
        ram.set(shape.place(i), word);
    }
    shape.round()
}

fn reset(m: &Machine, shape: Shape) {
    for pe in 0..shape.pes {
        set(m, &format!("clear${pe}"), 1);
    }
    set(m, "reset", 1);
    m.tick(4);
    for pe in 0..shape.pes {
        set(m, &format!("clear${pe}"), 0);
    }
    set(m, "reset", 0);
    m.tick(2 * shape.round());
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
                1 => 0xffff_fc00 + CARRY * draw.below(0x400 / CARRY),
                _ => u64::from(draw.word()) / CARRY * CARRY,
            };
            if i == 0 && round % 2 == 0 {
                *s = 0xffff_ff00;
            }
        }
        let begun = pe_start(m, shape, start);
        // Every second time the cycles wrap while they are read.
        let count = match round % 2 {
            0 => 256 - begun - 7 + draw.below(8),
            _ => draw.below(1600),
        };
        let mut cycles = (start[1] << 32 | start[0]) + begun;
        let (mut retired, mut busy) = (start[2], start[3]);
        for _ in 0..count {
            let (r, b) = (draw.below(2), draw.below(2));
            set(m, &shape.port("retired"), r);
            set(m, &shape.port("busy"), b);
            m.tick(1);
            cycles = cycles.wrapping_add(1);
            retired = (retired + r).min(0xffff_ffff);
            busy = (busy + b).min(0xffff_ffff);
        }
        set(m, &shape.port("retired"), 0);
        set(m, &shape.port("busy"), 0);
        let before = m.cycles();
        // The cycles first, half of the times: they wrap just then.
        let mut low = None;
        if round % 4 == 0 {
            low = pe_counter(m, shape, 0).map(|word| (word, m.cycles()));
        } else {
            wrong += usize::from(pe_counter(m, shape, 2) != Some(retired));
            wrong += usize::from(pe_counter(m, shape, 3) != Some(busy));
        }
        let (low, at) = low
            .or_else(|| pe_counter(m, shape, 0).map(|word| (word, m.cycles())))
            .unwrap_or((1, before));
        cycles = cycles.wrapping_add(at - before);
        wrong += usize::from(low != cycles & 0xffff_ffff);
        // Both words are of one moment, however long the second waits.
        m.tick(1);
        set(m, "hold", 1);
        m.tick(draw.below(2 * shape.round()));
        let high = pe_counter(m, shape, 1);
        wrong += usize::from(high != Some(cycles >> 32));
        set(m, "hold", 0);
        m.tick(2 * shape.round());
        let now = cycles.wrapping_add(m.cycles() - at);
        wrong += usize::from(pe_counter(m, shape, 1) != Some(now >> 32));
    }
    wrong
}

/// The high word stands still from any cycle on in which `hold` begins, and follows afterwards; how often it does not.
fn moved(m: &Machine, shape: Shape) -> usize {
    let ram = m.memory("ram.mem").unwrap();
    let mut wrong = 0;
    for after in 0..50 {
        let begun = pe_start(m, shape, [0xffff_ff00, 7, 0, 0]);
        m.tick(240 - begun + after);
        let high = ram.get(shape.place(1));
        set(m, "hold", 1);
        m.tick(150);
        wrong += usize::from(ram.get(shape.place(1)) != high);
        set(m, "hold", 0);
        m.tick(150);
        wrong += usize::from(ram.get(shape.place(1)) != 8);
    }
    wrong
}

/// Words that are not 0 after a clearing, and those of a neighbour that it cleared too.
fn left_over(m: &Machine, shape: Shape) -> usize {
    pe_start(m, shape, [1 << 20; 4]);
    let ram = m.memory("ram.mem").unwrap();
    let other = shape.place(0) as u64 / 4;
    let other = 4 * ((other + 1) % shape.pes) as usize + 3;
    if shape.pes > 1 {
        ram.set(other, 1 << 20);
    }
    set(m, &shape.port("clear"), 1);
    m.tick(1);
    set(m, &shape.port("clear"), 0);
    let early = [0, 1, 2, 3].map(|number| pe_counter(m, shape, number));
    (0..4).filter(|i| ram.get(shape.place(*i)) != 0).count()
        + early.iter().filter(|e| e.is_none_or(|e| e > 400)).count()
        + usize::from(shape.pes > 1 && ram.get(other) < 1 << 20)
}

/// Counts that stay settle while their events go on; how many do not.
fn restless(m: &Machine, shape: Shape) -> usize {
    pe_start(m, shape, [0, 0, 0xffff_ff00, 0xffff_ff00]);
    set(m, &shape.port("retired"), 1);
    set(m, &shape.port("busy"), 1);
    m.tick(600);
    let reads = [2, 3].map(|number| pe_counter(m, shape, number));
    reads.iter().filter(|r| **r != Some(0xffff_ffff)).count()
}

fn all_wrong(m: &Machine, shape: Shape) -> usize {
    reset(m, shape);
    pe_differences(m, shape) + moved(m, shape) + left_over(m, shape) + restless(m, shape)
}

#[test]
fn the_pe_s_counters_carry_wrap_and_stay() {
    for shape in SHAPES {
        for distributed in [false, true] {
            let counters = PeCounters::new(shape.pes as usize, distributed);
            let m = library("pe_counters", &text(counters, "pe_counters")).instance(3);
            assert_eq!(all_wrong(&m, shape), 0, "{} PEs", shape.pes);
        }
    }
}

#[test]
fn breaks_of_the_pe_s_counters_are_seen() {
    // In the parts of all PEs.
    let breaks = [
        ("waits = ", "pending$q & 32'hd", "pending$q"),
        ("full2$q <= ", "1'b1", "1'b0"),
        ("full3$q <= ", "1'b1", "1'b0"),
        ("low2$q <= ", "32'h7f", "32'h7e"),
        ("low3$q <= ", "32'h7f", "32'h7e"),
        ("step = ", "32'h80", "32'h100"),
        ("step = ", "32'h1", "32'h2"),
        ("full = ", "added & 32'hc", "added & 32'h8"),
        ("full = ", "added & 32'hc", "added & 32'h4"),
        ("ram$write_data = ", "32'h0", "32'h80"),
        ("low_busy = ", "low3$q", "low2$q"),
        ("", "~full2$q", "1'b1"),
        ("", "~full3$q", "1'b1"),
        ("clearing$q <= ", "32'hf", "32'he"),
        ("settled = ", "1'b0", "settled"),
        (
            "last_word = ",
            "&ram$q[(32'h7)+:(25)]",
            "&ram$q[(32'h8)+:(24)]",
        ),
        ("counts$1$ring_in = ", "counts$0$ring_out", "1'b0"),
        ("counts$1$low_before = ", "counts$0$low", "7'h1"),
    ];
    let shape = SHAPES[1];
    let good = text(PeCounters::new(shape.pes as usize, true), "pe_counters");
    let mut unseen = Vec::new();
    for (before, good_part, bad_part) in breaks {
        let bad = good.replace(
            &format!("{before}{good_part}"),
            &format!("{before}{bad_part}"),
        );
        assert!(bad != good, "{before}{good_part} is not in the text");
        let m = library("pe_counters", &bad).instance(3);
        if all_wrong(&m, shape) == 0 {
            unseen.push((before, good_part, bad_part));
        }
    }
    assert!(unseen.is_empty(), "{unseen:?}");
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
