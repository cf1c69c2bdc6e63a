//! `LutRam`: a small memory of one write and one registered read port, for LUT RAM.
//!
//! Latency: data appear one cycle after `read` with its address, and stay until the next `read`. Reading the word
//! that is written in the same cycle is not defined: the blocks that use it never do so. It has no reset; contents
//! that must be known are written by the block that owns it.

use rust_hdl::prelude::*;

/// `2^A` words of `D` bits.
#[derive(LogicBlock)]
pub struct LutRam<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<D>>,
    pub read: Signal<In, Bit>,
    pub read_addr: Signal<In, Bits<A>>,
    pub q: Signal<Out, Bits<D>>,
    _style: String,
}

impl<const A: usize, const D: usize> LutRam<A, D> {
    /// `distributed`: insist on LUT RAM (ECP5, Gowin); false leaves the choice to the synthesis (iCE40 has none).
    pub fn new(distributed: bool) -> Self {
        Self {
            clock: Default::default(),
            write: Default::default(),
            write_addr: Default::default(),
            write_data: Default::default(),
            read: Default::default(),
            read_addr: Default::default(),
            q: Default::default(),
            _style: if distributed {
                ", ram_style = \"distributed\"".into()
            } else {
                String::new()
            },
        }
    }
}

impl<const A: usize, const D: usize> Default for LutRam<A, D> {
    fn default() -> Self {
        Self::new(true)
    }
}

impl<const A: usize, const D: usize> Logic for LutRam<A, D> {
    // Verilator-only: the generator's own simulator is never evidence, so this memory has no Rust behaviour.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "(* no_rw_check{} *) reg [{}:0] mem [0:{}];
always @(posedge clock) begin
    if (write) mem[write_addr] <= write_data;
    if (read) q <= mem[read_addr];
end
",
            self._style,
            D - 1,
            (1usize << A) - 1
        ))
    }
}
