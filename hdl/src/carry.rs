//! Adders whose second operand is a function of more words: on the ECP5, where the macro `ECP5` is defined, the function lies
//! in the look-up tables of the carry chain, which synthesis fills with the addition alone.
//!
//! The function must be 0 where its last two words are: what a cell hands on as carry is the first operand then.

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
