//! `StoreRam`: the block RAM of a machine's sample store, words of 32 bits.
//!
//! Latency: a word appears one cycle after its address. Nobody reads a word in the cycle in which it is written: a host
//! keeps out of the samples that it feeds.

use rust_hdl::prelude::*;

/// See the module's comment. Addresses are words.
#[derive(LogicBlock, Default)]
pub struct StoreRam {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<16>>,
    pub write_data: Signal<In, Bits<32>>,
    pub read_addr: Signal<In, Bits<16>>,
    pub q: Signal<Out, Bits<32>>,
    _words: u32,
}

impl StoreRam {
    /// A store of `kb` KB, 1 to 256.
    pub fn new(kb: u32) -> Self {
        Self {
            _words: 256 * kb,
            ..Default::default()
        }
    }
}

impl Logic for StoreRam {
    // Verilator-only, as all memories.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let last = self._words - 1;
        let high = last.ilog2();
        Verilog::Custom(format!(
            "(* no_rw_check, ram_style = \"block\" *) reg [31:0] mem [0:{last}];
always @(posedge clock) begin
    if (write) mem[write_addr[{high}:0]] <= write_data;
    q <= mem[read_addr[{high}:0]];
end
"
        ))
    }
}
