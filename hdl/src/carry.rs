//! Adders whose second operand is a function of more words: on the ECP5, where the macro `ECP5` is defined, the function lies
//! in the look-up tables of the carry chain, which synthesis fills with the addition alone.
//!
//! The function must be 0 where its last two words are: what a cell hands on as carry is the first operand then. The counters
//! have no first operand: `AddOne` hands on 0 there, `CountDown` 1.

use rust_hdl::prelude::*;

/// A cell's table: input A plus (modulo 2) what `operand` makes of B, C and D.
fn table(operand: fn(u16, u16, u16) -> u16) -> u16 {
    (0..16).fold(0, |table, i| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|bit| i >> bit & 1);
        table | (a ^ operand(b, c, d)) << i
    })
}

/// Verilog of sum = `words[0]` plus the operand that is made of the other three (`0` for none, `b?` for a `b` of one bit), in
/// `text` again for everyone else.
fn chain(n: usize, table: u16, words: [&str; 4], text: &str) -> String {
    assert!(n.is_multiple_of(2), "a CCU2C adds two bits");
    let pins = |place: &str| {
        let bit = |(pin, word): (char, &str)| match word {
            "0" => format!(".{pin}{place}(1'b0), "),
            "b?" => format!(".{pin}{place}(b), "),
            _ => format!(".{pin}{place}({word}[i + {place}]), "),
        };
        "ABCD".chars().zip(words).map(bit).collect::<String>()
    };
    format!(
        "`ifdef ECP5
wire [{pairs}:0] carry;
wire [{top}:0] total;
assign carry[0] = 1'b0;
genvar i;
generate
    for (i = 0; i < {n}; i = i + 2) begin: pair
        CCU2C #(.INIT0(16'h{table:04x}), .INIT1(16'h{table:04x}), .INJECT1_0(\"NO\"), .INJECT1_1(\"NO\")) one (
            {}{}.CIN(carry[i / 2]), .S0(total[i]), .S1(total[i + 1]), .COUT(carry[i / 2 + 1]));
    end
endgenerate
always @(*) sum = total;
`else
always @(*) sum = {text};
`endif",
        pins("0"),
        pins("1"),
        pairs = n / 2,
        top = n - 1,
    )
}

/// sum = a + ((b & c) | d) modulo 2^N.
#[derive(LogicBlock, Default)]
pub struct AddMasked<const N: usize> {
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub sum: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for AddMasked<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.sum.connect();
    }

    fn hdl(&self) -> Verilog {
        let table = table(|b, c, d| (b & c) | d);
        let words = ["a", "b", "c", "d"];
        Verilog::Custom(chain(N, table, words, "a + ((b & c) | d)"))
    }
}

/// sum = a + (c ^ d) modulo 2^N.
#[derive(LogicBlock, Default)]
pub struct AddXor<const N: usize> {
    pub a: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub sum: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for AddXor<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.sum.connect();
    }

    fn hdl(&self) -> Verilog {
        let table = table(|_, c, d| c ^ d);
        let words = ["a", "0", "c", "d"];
        Verilog::Custom(chain(N, table, words, "a + (c ^ d)"))
    }
}

/// sum = a + (b ? c : d) modulo 2^N.
#[derive(LogicBlock, Default)]
pub struct AddChosen<const N: usize> {
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bit>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub sum: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for AddChosen<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.sum.connect();
    }

    fn hdl(&self) -> Verilog {
        let table = table(|b, c, d| if b == 1 { c } else { d });
        let words = ["a", "b?", "c", "d"];
        Verilog::Custom(chain(N, table, words, "a + (b ? c : d)"))
    }
}

/// Verilog of a chain of N bits between a bit that brings the carry `cin` in and one that shows the carry in total[N + 1].
/// `first` is the table of bit 0, `table` that of the others; pins C and D are `c` and `d`.
fn counter(n: usize, first: u16, table: u16, pins: [&str; 2], cin: &str) -> String {
    assert!(n.is_multiple_of(2), "a CCU2C adds two bits");
    let [c, d] = pins;
    format!(
        "wire [{pairs}:0] carry;
wire [{last}:0] total;
wire [{last}:0] wide_a = {{1'b0, a, {cin}}};
wire [{last}:0] wide_b = {{1'b0, b, 1'b0}};
wire [{last}:0] wide_c = {{1'b1, {c}, 1'b1}};
wire [{last}:0] wide_d = {{1'b1, {d}, 1'b0}};
assign carry[0] = 1'b0;
genvar i;
generate
    for (i = 0; i <= {n}; i = i + 2) begin: pair
        CCU2C #(.INIT0(i == 0 ? 16'h000a : 16'h{table:04x}), .INIT1(i == 0 ? 16'h{first:04x} : i == {n} ? 16'h0000 : 16'h{table:04x}),
            .INJECT1_0(\"NO\"), .INJECT1_1(\"NO\")) cell_pair (
            .A0(wide_a[i]), .B0(wide_b[i]), .C0(wide_c[i]), .D0(wide_d[i]),
            .A1(wide_a[i + 1]), .B1(wide_b[i + 1]), .C1(wide_c[i + 1]), .D1(wide_d[i + 1]),
            .CIN(carry[i / 2]), .S0(total[i]), .S1(total[i + 1]), .COUT(carry[i / 2 + 1]));
    end
endgenerate",
        pairs = n / 2 + 1,
        last = n + 1,
    )
}

/// sum = ((a & c) | (b & d)) + one modulo 2^N.
#[derive(LogicBlock, Default)]
pub struct AddOne<const N: usize> {
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub one: Signal<In, Bit>,
    pub sum: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for AddOne<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.sum.connect();
    }

    fn hdl(&self) -> Verilog {
        // Where the bit is 0 the carry that it hands on must be 0: the table is 0 where C and D are.
        let table = (0..16).fold(0, |table, i: u16| {
            table | ((((i & (i >> 2)) | ((i >> 1) & (i >> 3))) & 1) << i)
        });
        Verilog::Custom(format!(
            "`ifdef ECP5
{}
always @(*) sum = total[{N}:1];
`else
always @(*) sum = ((a & c) | (b & d)) + one;
`endif",
            counter(N, table, table, ["c", "d"], "one")
        ))
    }
}

/// left = (reload ? b - 1 : a) - 1 modulo 2^N; ended tells that it is below 0 without the modulus.
#[derive(LogicBlock, Default)]
pub struct CountDown<const N: usize> {
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub reload: Signal<In, Bit>,
    pub left: Signal<Out, Bits<N>>,
    pub ended: Signal<Out, Bit>,
}

impl<const N: usize> Logic for CountDown<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.left.connect();
        self.ended.connect();
    }

    fn hdl(&self) -> Verilog {
        // -2 and, without a reload, a carry in are added: bit 0 meets 0 and the others meet 1.
        let c = format!("{{{N}{{reload}}}}");
        let d = format!("{{{N}{{1'b1}}}}");
        Verilog::Custom(format!(
            "`ifdef ECP5
{}
always @(*) left = total[{N}:1];
always @(*) ended = ~total[{carry}];
`else
wire [{N}:0] difference = {{1'b0, reload ? b : a}} - {{{{{N}{{1'b0}}}}, 1'b1}} - {{{{{N}{{1'b0}}}}, reload}};
always @(*) left = difference[{top}:0];
always @(*) ended = difference[{N}];
`endif",
            counter(N, 0xca00, 0x35ff, [&c, &d], "~reload"),
            carry = N + 1,
            top = N - 1,
        ))
    }
}
