//! `MicroRom`, `Scratchpad`: the two memories of the microcoded engine, for block RAM with contents.
//!
//! Latency: a word appears one cycle after `read` with its address and stays until the next `read`. Of the
//! scratchpad's words only the program's constants have contents that anybody reads before they are written.

use crate::microinstruction::WORD_BITS;
use rust_hdl::prelude::*;

/// Microinstructions; never written.
#[derive(LogicBlock, Default)]
pub struct MicroRom {
    pub clock: Signal<In, Clock>,
    pub read: Signal<In, Bit>,
    pub addr: Signal<In, Bits<10>>,
    pub q: Signal<Out, Bits<24>>,
    _contents: Vec<u32>,
}

impl MicroRom {
    /// With this program.
    pub fn new(program: &[u32]) -> Self {
        Self {
            _contents: program.into(),
            ..Default::default()
        }
    }
}

/// One line for each word.
fn contents(words: &[u32], bits: usize) -> String {
    words
        .iter()
        .enumerate()
        .map(|(i, w)| format!("    mem[{i}] = {bits}'h{w:x};\n"))
        .collect()
}

impl Logic for MicroRom {
    // Verilator-only, as all memories.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let words = self._contents.len().next_power_of_two();
        Verilog::Custom(format!(
            "(* ram_style = \"block\" *) reg [{}:0] mem [0:{}];
integer i;
initial begin
    for (i = 0; i < {words}; i = i + 1) mem[i] = {WORD_BITS}'h0;
{}end
always @(posedge clock) if (read) q <= mem[addr[{}:0]];
",
            WORD_BITS - 1,
            words - 1,
            contents(&self._contents, WORD_BITS),
            words.ilog2() - 1
        ))
    }
}

/// 256 words of 32 bits, one read and one write port. Reading the word that is written in the same cycle is not defined.
#[derive(LogicBlock, Default)]
pub struct Scratchpad {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<8>>,
    pub write_data: Signal<In, Bits<32>>,
    pub read: Signal<In, Bit>,
    pub read_addr: Signal<In, Bits<8>>,
    pub q: Signal<Out, Bits<32>>,
    _contents: Vec<u32>,
}

impl Scratchpad {
    /// With these first contents.
    pub fn new(words: &[u32]) -> Self {
        Self {
            _contents: words.into(),
            ..Default::default()
        }
    }
}

impl Logic for Scratchpad {
    // Verilator-only, as all memories.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "(* no_rw_check, ram_style = \"block\" *) reg [31:0] mem [0:255];
initial begin
{}end
always @(posedge clock) begin
    if (write) mem[write_addr] <= write_data;
    if (read) q <= mem[read_addr];
end
",
            contents(&self._contents, 32)
        ))
    }
}
