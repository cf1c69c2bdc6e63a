//! The catalogue of wrapped cells: arithmetic whose Verilog the generator would get wrong, and the memories.
//!
//! Operands are plain bits; a name ending in `S` says that they are read as two's complement. The cells have no Rust
//! behaviour: the generator's own simulator is never evidence, so each is tested through Verilator (`sim/tests/cells.rs`).
//! All are combinational but the memories.

use rust_hdl::prelude::*;

/// Declares a cell: const generics, inputs, outputs, and its Verilog.
macro_rules! cell {
    ($(#[$doc:meta])* $name:ident<$($g:ident),*> { $($i:ident: $it:ty),* => $($o:ident: $ot:ty),* } $code:expr) => {
        $(#[$doc])*
        #[derive(LogicBlock, Default)]
        pub struct $name<$(const $g: usize),*> {
            $(pub $i: Signal<In, $it>,)*
            $(pub $o: Signal<Out, $ot>,)*
        }
        impl<$(const $g: usize),*> Logic for $name<$($g),*> {
            fn update(&mut self) {}
            fn connect(&mut self) {
                $(self.$o.connect();)*
            }
            fn hdl(&self) -> Verilog {
                Verilog::Custom($code)
            }
        }
    };
}

cell! {
    /// p = a * b, exact where P >= A + B. Up to 18 x 18 bits it is one MULT18X18D.
    MulS<A, B, P> { a: Bits<A>, b: Bits<B> => p: Bits<P> }
    "always @(*) p = $signed(a) * $signed(b);".into()
}

cell! {
    /// p = a * b of numbers without signs, exact where P >= A + B. 16 x 16 bits are one SB_MAC16: a product that is kept is
    /// not shared by synthesis with one of signed numbers, which would be of 17 x 17 bits.
    MulU<A, B, P> { a: Bits<A>, b: Bits<B> => p: Bits<P> }
    format!(
        "(* keep *) wire [{}:0] product = a * b;
always @(*) p = product;",
        P - 1
    )
}

cell! {
    /// sum = a + b modulo 2^P, operands sign-extended (or cut) to P bits.
    AddS<A, B, P> { a: Bits<A>, b: Bits<B> => sum: Bits<P> }
    "always @(*) sum = $signed(a) + $signed(b);".into()
}

cell! {
    /// difference = a - b modulo 2^P, operands sign-extended (or cut) to P bits.
    SubS<A, B, P> { a: Bits<A>, b: Bits<B> => difference: Bits<P> }
    "always @(*) difference = $signed(a) - $signed(b);".into()
}

cell! {
    /// q = floor(a / 2^shift): a barrel shifter of S stages.
    ShiftRightS<N, S> { a: Bits<N>, shift: Bits<S> => q: Bits<N> }
    "always @(*) q = $signed(a) >>> shift;".into()
}

cell! {
    /// low | high = floor(a / 2^shift) for `power` = 2^(15 - shift): the products of the low 17 bits, which have no sign, and
    /// of the upper 15, whose bits do not meet; `high` has no bits 1..0. Each is one MULT18X18D; the power wants to be a
    /// register, so that synthesis does not see a shift in it.
    ShiftProducts<> { a: Bits<32>, power: Bits<16> => low: Bits<32>, high: Bits<32> }
    "wire signed [33:0] lower = $signed({1'b0, a[16:0]}) * $signed({1'b0, power});
wire signed [33:0] upper = $signed(a[31:17]) * $signed({1'b0, power});
always @(*) begin
    low = {15'b0, lower[31:15]};
    high = {upper[29:0], 2'b0};
end".into()
}

cell! {
    /// q = a with its sign repeated up to M bits (or cut to M).
    ExtendS<N, M> { a: Bits<N> => q: Bits<M> }
    "always @(*) q = $signed(a);".into()
}

cell! {
    /// less = a < b, equal = a == b, both from the one difference.
    CompareS<N> { a: Bits<N>, b: Bits<N> => less: Bit, equal: Bit }
    format!(
        "reg [{n}:0] difference;
always @(*) begin
    difference = $signed(a) - $signed(b);
    less = difference[{n}];
    equal = difference == 0;
end",
        n = N
    )
}

cell! {
    /// q = a limited to -2^(M-1) ..= 2^(M-1) - 1 (M < N); clipped tells that a was outside.
    ///
    /// The upper bits are held against the sign three at a time: a LUT4 each.
    SaturateS<N, M> { a: Bits<N> => q: Bits<M>, clipped: Bit }
    {
        let (sign, low) = (N - 1, M - 1);
        let upper: Vec<String> = (low..sign)
            .step_by(3)
            .map(|i| {
                let high = (i + 2).min(sign - 1);
                format!("(a[{high}:{i}] != {{{}{{a[{sign}]}}}})", high - i + 1)
            })
            .collect();
        format!(
            "always @(*) begin
    clipped = {};
    q = clipped ? {{a[{sign}], {{{low}{{~a[{sign}]}}}}}} : a[{low}:0];
end",
            upper.join(" | ")
        )
    }
}

/// A small memory of 2^A words of D bits: one write port, one combinational read port. Reading the word that is written
/// in the same cycle gives the old one. Never reset.
///
/// It is LUT RAM; two words are flip-flops, which are free where a LUT RAM takes half as much again as the choice of one
/// of two. Where there is none (iCE40), block RAM whose read port has the clock's falling edge shows the same words
/// from the middle of the cycle on: address and what is made of the word have half a cycle each.
#[derive(LogicBlock)]
pub struct DistRam<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<D>>,
    pub read_addr: Signal<In, Bits<A>>,
    pub q: Signal<Out, Bits<D>>,
    _distributed: bool,
}

impl<const A: usize, const D: usize> DistRam<A, D> {
    /// In LUT RAM if `distributed`, in block RAM otherwise.
    pub fn new(distributed: bool) -> Self {
        Self {
            clock: Default::default(),
            write: Default::default(),
            write_addr: Default::default(),
            write_data: Default::default(),
            read_addr: Default::default(),
            q: Default::default(),
            _distributed: distributed,
        }
    }
}

impl<const A: usize, const D: usize> Default for DistRam<A, D> {
    fn default() -> Self {
        Self::new(true)
    }
}

impl<const A: usize, const D: usize> Logic for DistRam<A, D> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let (style, read) = if self._distributed && A == 1 {
            ("(* ram_style = \"registers\" *) ", "@(*) q =")
        } else if self._distributed {
            ("", "@(*) q =")
        } else {
            ("(* ram_style = \"block\" *) ", "@(negedge clock) q <=")
        };
        Verilog::Custom(format!(
            "{style}reg [{d}:0] mem [0:{w}];
always @(posedge clock) if (write) mem[write_addr] <= write_data;
always {read} mem[read_addr];",
            d = D - 1,
            w = (1usize << A) - 1
        ))
    }
}

/// A first-in first-out queue of 2^A words of D bits in a [`DistRam`]. `out_data` is valid with `out_valid` in the cycle after
/// the word came in (no fall-through); `in_ready` does not depend on `out_ready`. A word moves where valid and ready
/// meet. A1 must be A + 1.
#[derive(LogicBlock)]
pub struct Fifo<const D: usize, const A: usize, const A1: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    pub in_data: Signal<In, Bits<D>>,
    pub out_valid: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    pub out_data: Signal<Out, Bits<D>>,
    /// Words inside.
    pub level: Signal<Out, Bits<A1>>,
    ram: DistRam<A, D>,
    head: DFF<Bits<A1>>,
    tail: DFF<Bits<A1>>,
    used: Signal<Local, Bits<A1>>,
    push: Signal<Local, Bit>,
    pull: Signal<Local, Bit>,
    full: Constant<Bits<A1>>,
    none: Constant<Bits<A1>>,
}

impl<const D: usize, const A: usize, const A1: usize> Fifo<D, A, A1> {
    /// An empty queue in LUT RAM.
    ///
    /// # Panics
    /// If A1 is not A + 1.
    pub fn new() -> Self {
        Self::placed(true)
    }

    /// An empty queue, in LUT RAM if `distributed`, else in block RAM (see [`DistRam`]).
    ///
    /// # Panics
    /// If A1 is not A + 1.
    pub fn placed(distributed: bool) -> Self {
        assert_eq!(A1, A + 1, "the level counts to 2^A");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            in_valid: Default::default(),
            in_ready: Default::default(),
            in_data: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out_data: Default::default(),
            level: Default::default(),
            ram: DistRam::new(distributed),
            head: Default::default(),
            tail: Default::default(),
            used: Default::default(),
            push: Default::default(),
            pull: Default::default(),
            full: Constant::new((1u64 << A).to_bits()),
            none: Constant::new(0u64.to_bits()),
        }
    }
}

impl<const D: usize, const A: usize, const A1: usize> Default for Fifo<D, A, A1> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const D: usize, const A: usize, const A1: usize> Logic for Fifo<D, A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, head, tail);
        clock!(self, clock, ram);
        self.used.next = self.head.q.val() - self.tail.q.val();
        self.level.next = self.used.val();
        self.in_ready.next = self.used.val() != self.full.val();
        self.out_valid.next = self.used.val() != self.none.val();
        self.push.next = self.in_valid.val() & (self.used.val() != self.full.val());
        self.pull.next = self.out_ready.val() & (self.used.val() != self.none.val());
        self.ram.write.next = self.push.val();
        self.ram.write_addr.next = self.head.q.val().get_bits::<A>(0);
        self.ram.write_data.next = self.in_data.val();
        self.ram.read_addr.next = self.tail.q.val().get_bits::<A>(0);
        self.out_data.next = self.ram.q.val();
        if self.push.val() {
            self.head.d.next = self.head.q.val() + 1;
        }
        if self.pull.val() {
            self.tail.d.next = self.tail.q.val() + 1;
        }
        if self.reset.val() {
            self.head.d.next = 0.into();
            self.tail.d.next = 0.into();
        }
    }
}
