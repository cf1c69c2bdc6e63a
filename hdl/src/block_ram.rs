//! `BlockRam`: a block RAM of one write and one read port.
//!
//! Latency: a word appears one cycle after `read` with its address, and stays until the next `read`. What is read of the word
//! that is written in the same cycle is not defined: the blocks that use it never look at it. It has no reset.

use rust_hdl::prelude::*;

/// `2^A` words of `D` bits.
#[derive(LogicBlock, Default)]
pub struct BlockRam<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<A>>,
    pub write_data: Signal<In, Bits<D>>,
    pub read: Signal<In, Bit>,
    pub read_addr: Signal<In, Bits<A>>,
    pub q: Signal<Out, Bits<D>>,
}

impl<const A: usize, const D: usize> Logic for BlockRam<A, D> {
    // Verilator-only, as all memories.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "(* no_rw_check, ram_style = \"block\" *) reg [{}:0] mem [0:{}];
always @(posedge clock) begin
    if (write) mem[write_addr] <= write_data;
    if (read) q <= mem[read_addr];
end
",
            D - 1,
            (1usize << A) - 1
        ))
    }
}
