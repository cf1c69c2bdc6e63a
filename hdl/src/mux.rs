//! Multiplexers that want their select decoded, from registers, and cost half a LUT4 a bit and input.
//!
//! `Choose2`, `ChooseOn` and what is made of them are left to synthesis, which keeps the chain where nothing is around it, as
//! in the lanes; the placed ones stay as they are in the middle of other logic.

use rust_hdl::prelude::*;

/// q = one of a, b, 0 or all ones, for select 0 to 3. Combinational.
#[derive(LogicBlock, Default)]
pub struct Choose2<const N: usize> {
    pub sel: Signal<In, Bits<2>>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
    none: Signal<Local, Bits<N>>,
}

impl<const N: usize> Logic for Choose2<N> {
    #[hdl_gen]
    fn update(&mut self) {
        self.none.next = 0.into();
        if self.sel.val().get_bit(1) {
            if self.sel.val().get_bit(0) {
                self.q.next = !self.none.val();
            } else {
                self.q.next = self.none.val();
            }
        } else {
            if self.sel.val().get_bit(0) {
                self.q.next = self.b.val();
            } else {
                self.q.next = self.a.val();
            }
        }
    }
}

/// q = c or d where `here`, by `so_far`, else `so_far`. Combinational.
///
/// A chain of these after a `Choose2`: what is so far decides by all zeros or all ones which of c and d it is, so each
/// two more inputs cost one LUT4 a bit (inputs so_far, c, d, here).
#[derive(LogicBlock, Default)]
pub struct ChooseOn<const N: usize> {
    pub here: Signal<In, Bit>,
    pub so_far: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for ChooseOn<N> {
    #[hdl_gen]
    fn update(&mut self) {
        if self.here.val() {
            self.q.next =
                (self.so_far.val() & self.d.val()) | ((!self.so_far.val()) & self.c.val());
        } else {
            self.q.next = self.so_far.val();
        }
    }
}

/// q = one of a, b | c, d, or 0, for select 0, 1 | 6, 7, or 2. Combinational.
#[derive(LogicBlock, Default)]
pub struct Choose4<const N: usize> {
    pub sel: Signal<In, Bits<3>>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
    first: Choose2<N>,
    second: ChooseOn<N>,
}

impl<const N: usize> Logic for Choose4<N> {
    #[hdl_gen]
    fn update(&mut self) {
        self.first.sel.next = self.sel.val().get_bits::<2>(0);
        self.first.a.next = self.a.val();
        self.first.b.next = self.b.val();
        self.second.here.next = self.sel.val().get_bit(2);
        self.second.so_far.next = self.first.q.val();
        self.second.c.next = self.c.val();
        self.second.d.next = self.d.val();
        self.q.next = self.second.q.val();
    }
}

/// q = one of a, b | c, d | e, f | g, h, or 0, for select 0, 1 | 6, 7 | 10, 11 | 18, 19, or 2. Combinational.
///
/// The select wants to come from registers or a memory: where synthesis sees how its bits depend on each other it finds
/// the larger tree again.
#[derive(LogicBlock, Default)]
pub struct Choose8<const N: usize> {
    pub sel: Signal<In, Bits<5>>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub e: Signal<In, Bits<N>>,
    pub f: Signal<In, Bits<N>>,
    pub g: Signal<In, Bits<N>>,
    pub h: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
    first: Choose4<N>,
    second: ChooseOn<N>,
    third: ChooseOn<N>,
}

impl<const N: usize> Logic for Choose8<N> {
    #[hdl_gen]
    fn update(&mut self) {
        self.first.sel.next = self.sel.val().get_bits::<3>(0);
        self.first.a.next = self.a.val();
        self.first.b.next = self.b.val();
        self.first.c.next = self.c.val();
        self.first.d.next = self.d.val();
        self.second.here.next = self.sel.val().get_bit(3);
        self.second.so_far.next = self.first.q.val();
        self.second.c.next = self.e.val();
        self.second.d.next = self.f.val();
        self.third.here.next = self.sel.val().get_bit(4);
        self.third.so_far.next = self.second.q.val();
        self.third.c.next = self.g.val();
        self.third.d.next = self.h.val();
        self.q.next = self.third.q.val();
    }
}

/// Verilog of one LUT4 a bit where the macro `ECP5` is defined, and of `text` for everyone else. Synthesis leaves such LUTs
/// as they are, where it takes the same function apart among other logic.
fn placed(n: usize, table: u16, pins: &str, text: &str) -> String {
    format!(
        "`ifdef ECP5
wire [{top}:0] chosen;
genvar i;
generate
    for (i = 0; i < {n}; i = i + 1) begin: place
        LUT4 #(.INIT(16'h{table:04x})) one ({pins}, .Z(chosen[i]));
    end
endgenerate
always @(*) q = chosen;
`else
always @(*) q = {text};
`endif",
        top = n - 1,
    )
}

/// [`Choose2`] in LUTs that stay as they are.
#[derive(LogicBlock, Default)]
pub struct PlacedChoose2<const N: usize> {
    pub sel: Signal<In, Bits<2>>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for PlacedChoose2<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        // Inputs A and B are the select, C and D the sources.
        let table = (0..16).fold(0, |table, i| {
            table | (([i >> 2, i >> 3, 0, 1][i & 3] & 1) as u16) << i
        });
        Verilog::Custom(placed(
            N,
            table,
            ".A(sel[0]), .B(sel[1]), .C(a[i]), .D(b[i])",
            &format!("sel[1] ? {{{N}{{sel[0]}}}} : sel[0] ? b : a"),
        ))
    }
}

/// [`ChooseOn`] in LUTs that stay as they are.
#[derive(LogicBlock, Default)]
pub struct PlacedChooseOn<const N: usize> {
    pub here: Signal<In, Bit>,
    pub so_far: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for PlacedChooseOn<N> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        // A is what is so far, B `here`, C and D the sources.
        let table = (0..16).fold(0, |table, i| {
            table | (([i, i, i >> 2, i >> 3][i & 3] & 1) as u16) << i
        });
        Verilog::Custom(placed(
            N,
            table,
            ".A(so_far[i]), .B(here), .C(c[i]), .D(d[i])",
            "here ? (so_far & d) | (~so_far & c) : so_far",
        ))
    }
}
