//! `CompactMemory`: the single-port SRAM of 32-bit words, shared by control and engine.
//!
//! One access a cycle. The engine goes first, so that its requests never wait: it computes between them, and control, which asks for
//! a word now and then, has the cycles in between. A word comes in the cycle after its read was taken, and stays for that
//! cycle alone. What was written is read from the next cycle on. `conflicts` counts the cycles in which control waited. The
//! SRAM is not reset.

use crate::bank::BankRam;
use rust_hdl::prelude::*;
use synfire_format::config::PeConfig;

/// See the module's comment. Byte addresses, which stand for the words that contain them; byte enables, 0 of a read.
#[derive(LogicBlock)]
pub struct CompactMemory {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub control_valid: Signal<In, Bit>,
    pub control_ready: Signal<Out, Bit>,
    pub control_addr: Signal<In, Bits<18>>,
    pub control_we: Signal<In, Bits<4>>,
    pub control_data: Signal<In, Bits<32>>,
    /// The word that control read is there.
    pub control_response: Signal<Out, Bit>,
    pub engine_valid: Signal<In, Bit>,
    pub engine_ready: Signal<Out, Bit>,
    pub engine_addr: Signal<In, Bits<18>>,
    pub engine_we: Signal<In, Bits<4>>,
    pub engine_data: Signal<In, Bits<32>>,
    pub q: Signal<Out, Bits<32>>,
    /// Cycles since reset in which control waited; wraps.
    pub conflicts: Signal<Out, Bits<32>>,
    bank: BankRam<32, 4>,
    response: DFF<Bit>,
    count: DFF<Bits<32>>,
    addr: Signal<Local, Bits<18>>,
}

impl CompactMemory {
    /// The SRAM of `config`, one bank of 32-bit words.
    pub fn new(config: &PeConfig) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            control_valid: Default::default(),
            control_ready: Default::default(),
            control_addr: Default::default(),
            control_we: Default::default(),
            control_data: Default::default(),
            control_response: Default::default(),
            engine_valid: Default::default(),
            engine_ready: Default::default(),
            engine_addr: Default::default(),
            engine_we: Default::default(),
            engine_data: Default::default(),
            q: Default::default(),
            conflicts: Default::default(),
            bank: BankRam::new(config),
            response: Default::default(),
            count: Default::default(),
            addr: Default::default(),
        }
    }
}

impl Logic for CompactMemory {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, response, count);
        clock!(self, clock, bank);
        self.control_ready.next = !self.engine_valid.val();
        self.engine_ready.next = true;
        self.addr.next = self.control_addr.val();
        self.bank.data.next = self.control_data.val();
        self.bank.we.next = 0.into();
        if self.control_valid.val() {
            self.bank.we.next = self.control_we.val();
        }
        if self.engine_valid.val() {
            self.addr.next = self.engine_addr.val();
            self.bank.data.next = self.engine_data.val();
            self.bank.we.next = self.engine_we.val();
        }
        self.bank.read_addr.next = self.addr.val();
        self.bank.write_addr.next = self.addr.val();
        self.response.d.next = self.control_valid.val()
            & (self.control_we.val() == 0)
            & !self.engine_valid.val()
            & !self.reset.val();
        self.control_response.next = self.response.q.val();
        self.q.next = self.bank.q.val();
        if self.engine_valid.val() & self.control_valid.val() {
            self.count.d.next = self.count.q.val() + 1;
        }
        self.conflicts.next = self.count.q.val();
        if self.reset.val() {
            self.count.d.next = 0.into();
        }
    }
}
