//! The cells of a memory bank: the memory itself, the decoding of a bank's number, the selection of a bank's word.

use crate::pick::pick4;
use rust_hdl::prelude::*;
use synfire_format::config::PeConfig;

/// Memory cell of one bank: synchronous read, byte-wise write, both in one cycle unless `single_port`.
#[derive(LogicBlock, Default)]
pub struct BankRam<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    pub read_addr: Signal<In, Bits<18>>,
    pub q: Signal<Out, Bits<W>>,
    pub write_addr: Signal<In, Bits<18>>,
    pub data: Signal<In, Bits<W>>,
    pub we: Signal<In, Bits<E>>,
    _depth: u32,
    _single_port: bool,
}

impl<const W: usize, const E: usize> BankRam<W, E> {
    /// One bank of `config`.
    pub fn new(config: &PeConfig) -> Self {
        Self {
            _depth: config.bank_bytes() / E as u32,
            _single_port: config.single_port,
            ..Default::default()
        }
    }
}

impl<const W: usize, const E: usize> Logic for BankRam<W, E> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let low = E.ilog2();
        let high = low + self._depth.ilog2() - 1;
        let write = |addr: &str| -> String {
            (0..E)
                .map(|l| {
                    let (h, l8) = (8 * l + 7, 8 * l);
                    format!(
                        "    if (we[{l}]) mem[{addr}[{high}:{low}]][{h}:{l8}] <= data[{h}:{l8}];\n"
                    )
                })
                .collect()
        };
        let array = format!(
            "(* no_rw_check *) reg [{}:0] mem [0:{}] /* verilator public_flat_rw */;\n",
            W - 1,
            self._depth - 1
        );
        Verilog::Custom(if self._single_port {
            format!(
                "{array}wire [17:0] addr = (|we) ? write_addr : read_addr;\nalways @(posedge clock) begin\n{}    if (!(|we)) q <= mem[addr[{high}:{low}]];\nend\n",
                write("addr")
            )
        } else {
            format!(
                "{array}always @(posedge clock) begin\n{}    q <= mem[read_addr[{high}:{low}]];\nend\n",
                write("write_addr")
            )
        })
    }
}

/// Bank number of an address.
#[derive(LogicBlock, Default)]
pub struct BankDecode {
    pub addr: Signal<In, Bits<18>>,
    pub number: Signal<Out, Bits<3>>,
    _bank_bytes: u32,
    _banks: u32,
}

impl BankDecode {
    /// Decodes for the banks of `config`.
    pub fn new(config: &PeConfig) -> Self {
        Self {
            _bank_bytes: config.bank_bytes(),
            _banks: config.banks,
            ..Default::default()
        }
    }
}

impl Logic for BankDecode {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.number.connect();
    }

    fn hdl(&self) -> Verilog {
        let (low, bits) = (self._bank_bytes.ilog2(), self._banks.ilog2());
        let number = if bits == 0 {
            "3'd0".into()
        } else {
            format!("addr[{}:{low}]", low + bits - 1)
        };
        Verilog::Custom(format!("always @(*) number = {number};"))
    }
}

/// Word of the bank that `number` names.
#[derive(LogicBlock, Default)]
pub struct BankSelect<const W: usize> {
    pub number: Signal<In, Bits<3>>,
    /// Not bit 1 of `number`, from a register of its own (see `Pick4`).
    pub number1_n: Signal<In, Bit>,
    pub word: Vec<Signal<In, Bits<W>>>,
    pub q: Signal<Out, Bits<W>>,
}

impl<const W: usize> BankSelect<W> {
    /// Selects among the banks of `config`.
    pub fn new(config: &PeConfig) -> Self {
        Self {
            word: (0..config.banks).map(|_| Default::default()).collect(),
            ..Default::default()
        }
    }
}

impl<const W: usize> Logic for BankSelect<W> {
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let n = self.word.len();
        if n == 4 {
            let sel = ["number[1]", "number[0]", "number1_n"];
            let words = ["word$0", "word$1", "word$2", "word$3"];
            return Verilog::Custom(pick4(W, sel, words));
        }
        let mut arms: String = (0..n - 1)
            .map(|i| format!("    3'd{i}: q = word${i};\n"))
            .collect();
        arms += &format!("    default: q = word${};\n", n - 1);
        Verilog::Custom(format!("always @(*) case (number)\n{arms}endcase"))
    }
}
