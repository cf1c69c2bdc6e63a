//! Every wrapped cell against Rust integers on random and edge operands.

use rust_hdl::prelude::Block;
use std::collections::VecDeque;
use synfire_hdl::carry::{AddChosen, AddMasked, AddOne, AddXor, CountDown};
use synfire_hdl::cells::*;
use synfire_hdl::emit::verilog;
use synfire_hdl::mux::{PlacedChoose2, PlacedChooseOn};
use synfire_sim::{BuildOptions, Machine, build, lint, netlist::CELLS_ECP5};

/// xorshift: a fixed stream, so that a failure repeats.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Random bits, every fourth time an edge.
    fn operand(&mut self, bits: u32) -> u64 {
        let edges = [0, 1, (1 << (bits - 1)) - 1, 1 << (bits - 1), u64::MAX];
        let v = self.next();
        let v = if v & 3 == 0 {
            edges[(v >> 8) as usize % 5]
        } else {
            v >> 9
        };
        v & (u64::MAX >> (64 - bits))
    }
}

fn signed(v: u64, bits: u32) -> i64 {
    (v << (64 - bits)) as i64 >> (64 - bits)
}

fn machine<B: Block>(block: B, name: &str) -> Machine {
    let text = verilog(block, name, "A cell alone").unwrap();
    lint(name, &text).unwrap();
    build(name, &text, &BuildOptions::default())
        .unwrap()
        .instance(1)
}

/// Drives the inputs (name, width) and compares the first output, cut to `bits`, with `want`.
fn compare(
    m: &Machine,
    inputs: [(&str, u32); 2],
    output: (&str, u32),
    want: impl Fn(u64, u64) -> u64,
) {
    let a = m.port(inputs[0].0).unwrap();
    let b = m.port(inputs[1].0).unwrap();
    let out = m.port(output.0).unwrap();
    let mut draw = Draw(0x1234_5678_9abc_def1);
    for _ in 0..20_000 {
        let (x, y) = (draw.operand(inputs[0].1), draw.operand(inputs[1].1));
        a.set(x);
        b.set(y);
        m.eval();
        let w = want(x, y) & (u64::MAX >> (64 - output.1));
        assert_eq!(out.get(), w, "{} of {x:#x}, {y:#x}", output.0);
    }
}

#[test]
fn products_sums_and_differences_are_exact() {
    let m = machine(MulS::<16, 17, 33>::default(), "mul_s");
    compare(&m, [("a", 16), ("b", 17)], ("p", 33), |a, b| {
        (signed(a, 16) * signed(b, 17)) as u64
    });
    let m = machine(MulU::<16, 16, 32>::default(), "mul_u");
    compare(&m, [("a", 16), ("b", 16)], ("p", 32), |a, b| a * b);
    let m = machine(AddS::<16, 33, 34>::default(), "add_s");
    compare(&m, [("a", 16), ("b", 33)], ("sum", 34), |a, b| {
        (signed(a, 16) + signed(b, 33)) as u64
    });
    let m = machine(SubS::<33, 16, 34>::default(), "sub_s");
    compare(&m, [("a", 33), ("b", 16)], ("difference", 34), |a, b| {
        (signed(a, 33) - signed(b, 16)) as u64
    });
}

/// The first difference of an adder of 16 bits from `want` of its operands a, b (of `b_bits`), c and d.
fn adder(text: &str, b_bits: u32, want: fn([u64; 4]) -> u64) -> Option<[u64; 4]> {
    let m = build("adder", text, &BuildOptions::default())
        .unwrap()
        .instance(1);
    let mut draw = Draw(0x1234_5678_9abc_def1);
    (0..20_000).find_map(|_| {
        let operands = [16, b_bits, 16, 16].map(|bits| draw.operand(bits));
        for (port, value) in ["a", "b", "c", "d"].into_iter().zip(operands) {
            // `AddXor` has no b.
            if let Ok(port) = m.port(port) {
                port.set(value);
            }
        }
        m.eval();
        (m.port("sum").unwrap().get() != want(operands) & 0xffff).then_some(operands)
    })
}

#[test]
fn carry_chains_with_an_operand_in_their_tables_add_as_the_text_for_others_does() {
    let masked = verilog(AddMasked::<16>::default(), "adder", "An adder").unwrap();
    let xor = verilog(AddXor::<16>::default(), "adder", "An adder").unwrap();
    let chosen = verilog(AddChosen::<16>::default(), "adder", "An adder").unwrap();
    let ecp5 = |text: &str| format!("`define ECP5\n{text}\n{CELLS_ECP5}");
    let sum: fn([u64; 4]) -> u64 = |[a, b, c, d]| a + ((b & c) | d);
    let sum_xor: fn([u64; 4]) -> u64 = |[a, _, c, d]| a + (c ^ d);
    let sum_chosen: fn([u64; 4]) -> u64 = |[a, b, c, d]| a + if b & 1 == 1 { c } else { d };
    for (text, b_bits, want, table) in [
        (masked, 16, sum, "16'h556a"),
        (xor, 16, sum_xor, "16'ha55a"),
        (chosen, 1, sum_chosen, "16'h596a"),
    ] {
        assert_eq!(adder(&text, b_bits, want), None);
        assert_eq!(adder(&ecp5(&text), b_bits, want), None);
        let broken = ecp5(&text).replacen(table, "16'h555a", 1);
        assert!(
            adder(&broken, b_bits, want).is_some(),
            "another table is seen"
        );
    }
}

/// The number of 20,000 random operands on which `output`, masked to 17 bits, is not what `want` makes of the inputs.
fn wrong(text: &str, inputs: &[(&str, u32)], output: &str, want: fn(&[u64]) -> u64) -> usize {
    let m = build("placed", text, &BuildOptions::default())
        .unwrap()
        .instance(1);
    let mut draw = Draw(0x1234_5678_9abc_def1);
    (0..20_000)
        .filter(|_| {
            let operands: Vec<u64> = inputs
                .iter()
                .map(|&(port, bits)| {
                    let value = draw.operand(bits);
                    m.port(port).unwrap().set(value);
                    value
                })
                .collect();
            m.eval();
            m.port(output).unwrap().get() != want(&operands)
        })
        .count()
}

#[test]
fn counters_and_choices_in_placed_cells_do_as_the_text_for_others_does() {
    let one = verilog(AddOne::<16>::default(), "placed", "A cell").unwrap();
    let down = verilog(CountDown::<16>::default(), "placed", "A cell").unwrap();
    let two = verilog(PlacedChoose2::<16>::default(), "placed", "A cell").unwrap();
    let on = verilog(PlacedChooseOn::<16>::default(), "placed", "A cell").unwrap();
    let sum: fn(&[u64]) -> u64 = |v| (((v[0] & v[2]) | (v[1] & v[3])) + v[4]) & 0xffff;
    let left: fn(&[u64]) -> u64 = |v| v[v[2] as usize].wrapping_sub(1 + v[2]) & 0xffff;
    let ended: fn(&[u64]) -> u64 = |v| u64::from(v[v[2] as usize] < 1 + v[2]);
    let first: fn(&[u64]) -> u64 = |v| [v[1], v[2], 0, 0xffff][v[0] as usize];
    let next: fn(&[u64]) -> u64 = |v| match v[0] {
        0 => v[1],
        _ => (v[1] & v[3]) | (!v[1] & v[2]),
    };
    let words = [("a", 16), ("b", 16), ("c", 16), ("d", 16), ("one", 1)];
    let count = [("a", 16), ("b", 16), ("reload", 1)];
    // Nearly all words are large.
    let small = [("a", 2), ("b", 2), ("reload", 1)];
    let choice = [("sel", 2), ("a", 16), ("b", 16)];
    let chain = [("here", 1), ("so_far", 16), ("c", 16), ("d", 16)];
    type Case<'a> = (
        &'a str,
        &'a [(&'a str, u32)],
        &'a str,
        fn(&[u64]) -> u64,
        &'a str,
    );
    let cases: [Case; 6] = [
        (&one, &words, "sum", sum, "16'heca0"),
        (&down, &count, "left", left, "16'h35ff"),
        (&down, &count, "ended", ended, "16'h35ff"),
        (&down, &small, "ended", ended, "16'h35ff"),
        (&two, &choice, "q", first, "16'h"),
        (&on, &chain, "q", next, "16'h"),
    ];
    for (text, inputs, output, want, table) in cases {
        let ecp5 = format!("`define ECP5\n{text}\n{CELLS_ECP5}");
        assert_eq!(wrong(text, inputs, output, want), 0, "{output}");
        assert_eq!(wrong(&ecp5, inputs, output, want), 0, "{output}");
        assert!(ecp5.contains(table), "{table} is not in the text");
        let table = &text[text.find(table).unwrap()..][..8];
        let broken = ecp5.replacen(table, "16'h555a", 2);
        assert!(
            wrong(&broken, inputs, output, want) > 0,
            "another table is seen"
        );
    }
}

#[test]
fn a_wrong_product_is_caught() {
    let text = verilog(MulS::<16, 17, 33>::default(), "mul_s", "broken").unwrap();
    let text = text.replace("$signed(b)", "b");
    let m = build("mul_s", &text, &BuildOptions::default())
        .unwrap()
        .instance(1);
    let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        compare(&m, [("a", 16), ("b", 17)], ("p", 33), |a, b| {
            (signed(a, 16) * signed(b, 17)) as u64
        });
    }));
    assert!(wrong.is_err());
}

#[test]
fn shifts_extensions_and_comparisons_keep_the_sign() {
    let m = machine(ShiftRightS::<34, 4>::default(), "shift_right_s");
    compare(&m, [("a", 34), ("shift", 4)], ("q", 34), |a, s| {
        (signed(a, 34) >> s) as u64
    });
    let m = machine(ShiftProducts::default(), "shift_products");
    let mut draw = Draw(0x1234_5678_9abc_def1);
    for shift in (0..16).cycle().take(20_000) {
        let a = draw.operand(32);
        m.port("a").unwrap().set(a);
        m.port("power").unwrap().set(1 << (15 - shift));
        m.eval();
        let [low, high] = ["low", "high"].map(|port| m.port(port).unwrap().get() as u32);
        let want = (signed(a, 32) >> shift) as u32;
        assert_eq!(low | high, want, "{a:#x} >> {shift}");
        assert_eq!(high & 3, 0);
    }
    let m = machine(CompareS::<33>::default(), "compare_s");
    compare(&m, [("a", 33), ("b", 33)], ("less", 1), |a, b| {
        u64::from(signed(a, 33) < signed(b, 33))
    });
    compare(&m, [("a", 33), ("b", 33)], ("equal", 1), |a, b| {
        u64::from(a == b)
    });
    let m = machine(ExtendS::<16, 33>::default(), "extend_s");
    compare(&m, [("a", 16), ("a", 16)], ("q", 33), |_, a| {
        signed(a, 16) as u64
    });
}

#[test]
fn saturation_clips_and_says_so() {
    let m = machine(SaturateS::<34, 16>::default(), "saturate_s");
    let sat = |a: u64| signed(a, 34).clamp(-32768, 32767);
    compare(&m, [("a", 34), ("a", 34)], ("q", 16), |_, a| sat(a) as u64);
    compare(&m, [("a", 34), ("a", 34)], ("clipped", 1), |_, a| {
        u64::from(sat(a) != signed(a, 34))
    });
    let a = m.port("a").unwrap();
    for (v, clipped) in [(32767i64, 0), (32768, 1), (-32768, 0), (-32769, 1)] {
        a.set(v as u64);
        m.eval();
        assert_eq!(m.port("clipped").unwrap().get(), clipped, "{v}");
    }
}

#[test]
fn the_fifo_keeps_order_and_loses_nothing() {
    for (seed, distributed) in [(1, true), (2, true), (1, false), (2, false)] {
        let queue = Fifo::<20, 2, 3>::placed(distributed);
        let text = verilog(queue, "fifo", "A queue of four").unwrap();
        assert_eq!(text.contains("negedge"), !distributed);
        lint("fifo", &text).unwrap();
        let m = build("fifo", &text, &BuildOptions::default())
            .unwrap()
            .instance(seed);
        let port = |n: &str| m.port(n).unwrap();
        let (iv, ir, id) = (port("in_valid"), port("in_ready"), port("in_data"));
        let (ov, or, od, level) = (
            port("out_valid"),
            port("out_ready"),
            port("out_data"),
            port("level"),
        );
        iv.set(0);
        or.set(0);
        port("reset").set(1);
        m.tick(2);
        port("reset").set(0);
        let (mut model, mut draw) = (VecDeque::new(), Draw(99));
        let mut most = 0;
        for _ in 0..20_000 {
            let r = draw.next();
            iv.set(r & 1);
            or.set(r >> 1 & r >> 12);
            id.set(r >> 20);
            // Block RAM shows its word from the falling edge on.
            port("clock").set(0);
            m.eval();
            assert_eq!(level.get(), model.len() as u64);
            assert_eq!(ir.get(), u64::from(model.len() < 4));
            assert_eq!(ov.get(), u64::from(!model.is_empty()));
            if let Some(&front) = model.front() {
                assert_eq!(od.get(), front);
            }
            if ov.get() & or.get() == 1 {
                model.pop_front();
            }
            if iv.get() & ir.get() == 1 {
                model.push_back(id.get());
            }
            most = most.max(model.len());
            m.tick(1);
        }
        assert_eq!(most, 4, "the queue was full at times");
    }
}

#[test]
fn emission_gives_the_same_bytes_each_time() {
    let text = || verilog(Fifo::<20, 2, 3>::new(), "fifo", "A queue").unwrap();
    assert_eq!(text(), text());
}
