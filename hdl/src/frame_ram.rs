//! `FrameRam`: a block RAM of eight slots of 256 bytes, for the frames of the host link.
//!
//! Latency: a byte appears one cycle after its address. Nobody reads a byte in the cycle in which it is written: slots
//! are read after they were filled.

use rust_hdl::prelude::*;

/// See the module's comment. Addresses are `slot << 8 | byte`.
#[derive(LogicBlock, Default)]
pub struct FrameRam {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<11>>,
    pub write_data: Signal<In, Bits<8>>,
    pub read_addr: Signal<In, Bits<11>>,
    pub q: Signal<Out, Bits<8>>,
}

impl Logic for FrameRam {
    // Verilator-only, as all memories.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "(* no_rw_check, ram_style = \"block\" *) reg [7:0] mem [0:2047];
always @(posedge clock) begin
    if (write) mem[write_addr] <= write_data;
    q <= mem[read_addr];
end
"
            .into(),
        )
    }
}
