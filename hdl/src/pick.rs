//! `Pick4`, `Pick6`: multiplexers whose select comes from registers, at a LUT4 a bit for two more sources.
//!
//! A 4-input function takes two new sources if the value of the one before tells which of them is meant. So it goes only
//! as long as synthesis does not know how the select bits depend on each other: each comes from a register of its own.

use rust_hdl::prelude::*;

/// Verilog of q = one of a, b, c, d by `sel1, sel0`, in two 4-input functions a bit: the first hands `sel0` on where the
/// second needs it.
pub(crate) fn pick4(n: usize, sel: [&str; 3], words: [&str; 4]) -> String {
    let [sel1, sel0, sel1_n] = sel.map(|s| format!("{{{n}{{{s}}}}}"));
    let [a, b, c, d] = words;
    format!(
        "wire [{}:0] two = ({sel1_n} & (({sel0} & {b}) | (~{sel0} & {a}))) | (~{sel1_n} & {sel0});
always @(*) q = ({sel1} & ((two & {d}) | (~two & {c}))) | (~{sel1} & two);",
        n - 1
    )
}

/// q = one of a, b, c, d by `sel1, sel0`; `sel1_n` is the inverse of `sel1`. All three 0: q = 0.
#[derive(LogicBlock, Default)]
pub struct Pick4<const N: usize> {
    pub sel0: Signal<In, Bit>,
    pub sel1: Signal<In, Bit>,
    pub sel1_n: Signal<In, Bit>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for Pick4<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let sel = ["sel1", "sel0", "sel1_n"];
        Verilog::Custom(pick4(N, sel, ["a", "b", "c", "d"]))
    }
}

/// q = a or b with `first`, c or d with `second`, e or f with `third`, always the latter with `odd`.
#[derive(LogicBlock, Default)]
pub struct Pick6<const N: usize> {
    pub odd: Signal<In, Bit>,
    pub first: Signal<In, Bit>,
    pub second: Signal<In, Bit>,
    pub third: Signal<In, Bit>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub e: Signal<In, Bits<N>>,
    pub f: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for Pick6<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let [odd, first, second, third] =
            ["odd", "first", "second", "third"].map(|s| format!("{{{N}{{{s}}}}}"));
        let top = N - 1;
        Verilog::Custom(format!(
            "wire [{top}:0] two = ({first} & (({odd} & b) | (~{odd} & a))) | (~{first} & {odd});
wire [{top}:0] four = ({second} & ((two & d) | (~two & c))) | (~{second} & two);
always @(*) q = ({third} & ((four & f) | (~four & e))) | (~{third} & four);"
        ))
    }
}
