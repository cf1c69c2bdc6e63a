//! `Pick4`: a multiplexer of four whose select comes from registers, at two LUT4 a bit.

use rust_hdl::prelude::*;

/// Verilog of q = one of a, b, c, d by `sel1, sel0`, in two 4-input functions a bit.
///
/// The first function hands `sel0` on where the second needs it. That is two LUT4 a bit instead of three, but only as
/// long as synthesis does not know that `sel1_n` is not `sel1`: they must come from two registers.
pub(crate) fn pick4(n: usize, sel: [&str; 3], words: [&str; 4]) -> String {
    let [sel1, sel0, sel1_n] = sel.map(|s| format!("{{{n}{{{s}}}}}"));
    let [a, b, c, d] = words;
    format!(
        "wire [{}:0] first = ({sel1_n} & (({sel0} & {b}) | (~{sel0} & {a}))) | (~{sel1_n} & {sel0});
always @(*) q = ({sel1} & ((first & {d}) | (~first & {c}))) | (~{sel1} & first);",
        n - 1
    )
}

/// q = one of a, b, c, d; `sel1_n` is not `sel1`, from a register of its own.
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
