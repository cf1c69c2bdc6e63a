//! `CompactRetire`: what the compact core's retire record holds of an instruction until it retires.
//!
//! Nothing in the core reads it back: a design that leaves it unconnected has no such registers.

use rust_hdl::prelude::*;

/// See the module's comment. The fields are those of the RISC-V formal interface.
#[derive(LogicBlock, Default)]
pub struct CompactRetire {
    pub clock: Signal<In, Clock>,
    /// The next instruction begins; the present one traps.
    pub clear: Signal<In, Bit>,
    pub trap: Signal<In, Bit>,
    /// It writes `value` to register `number`.
    pub write: Signal<In, Bit>,
    pub number: Signal<In, Bits<5>>,
    pub value: Signal<In, Bits<32>>,
    /// It accesses these lanes of a word; `stored` is what lies in them, of a store.
    pub access: Signal<In, Bit>,
    pub store: Signal<In, Bit>,
    pub addr: Signal<In, Bits<32>>,
    pub lanes: Signal<In, Bits<4>>,
    pub stored: Signal<In, Bits<32>>,
    /// The SRAM's word, until its answer has come; what a register load reads (`value`).
    pub answer: Signal<In, Bit>,
    pub word: Signal<In, Bits<32>>,
    pub register: Signal<In, Bit>,
    pub rd: Signal<Out, Bits<5>>,
    pub rd_value: Signal<Out, Bits<32>>,
    pub mem_addr: Signal<Out, Bits<32>>,
    pub rmask: Signal<Out, Bits<4>>,
    pub wmask: Signal<Out, Bits<4>>,
    pub rdata: Signal<Out, Bits<32>>,
    pub wdata: Signal<Out, Bits<32>>,
    r_rd: DFF<Bits<5>>,
    r_value: DFF<Bits<32>>,
    r_addr: DFF<Bits<32>>,
    r_rmask: DFF<Bits<4>>,
    r_wmask: DFF<Bits<4>>,
    r_rdata: DFF<Bits<32>>,
    r_wdata: DFF<Bits<32>>,
    used: Signal<Local, Bits<4>>,
    ones0: Signal<Local, Bits<32>>,
    ones1: Signal<Local, Bits<32>>,
    ones2: Signal<Local, Bits<32>>,
    ones3: Signal<Local, Bits<32>>,
    ones: Signal<Local, Bits<32>>,
}

impl Logic for CompactRetire {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, r_rd, r_value, r_addr, r_rmask, r_wmask, r_rdata, r_wdata
        );
        self.used.next = self.lanes.val();
        if self.answer.val() {
            self.used.next = self.r_rmask.q.val();
        }
        self.ones0.next = 0.into();
        self.ones1.next = 0.into();
        self.ones2.next = 0.into();
        self.ones3.next = 0.into();
        if self.used.val().get_bit(0) {
            self.ones0.next = 0x0000_00ff.into();
        }
        if self.used.val().get_bit(1) {
            self.ones1.next = 0x0000_ff00.into();
        }
        if self.used.val().get_bit(2) {
            self.ones2.next = 0x00ff_0000.into();
        }
        if self.used.val().get_bit(3) {
            self.ones3.next = 0xff00_0000_u64.into();
        }
        self.ones.next =
            (self.ones0.val() | self.ones1.val()) | (self.ones2.val() | self.ones3.val());
        if self.write.val() {
            self.r_rd.d.next = self.number.val();
            self.r_value.d.next = self.value.val();
        }
        if self.access.val() {
            self.r_addr.d.next = self.addr.val() & 0xffff_fffc_u64;
            if self.store.val() {
                self.r_wmask.d.next = self.lanes.val();
                self.r_wdata.d.next = self.stored.val() & self.ones.val();
            } else {
                self.r_rmask.d.next = self.lanes.val();
            }
        }
        if self.answer.val() {
            self.r_rdata.d.next = self.word.val() & self.ones.val();
        }
        if self.register.val() {
            self.r_rdata.d.next = self.value.val();
        }
        if self.clear.val() | self.trap.val() {
            self.r_rd.d.next = 0.into();
            self.r_value.d.next = 0.into();
            self.r_addr.d.next = 0.into();
            self.r_rmask.d.next = 0.into();
            self.r_wmask.d.next = 0.into();
            self.r_rdata.d.next = 0.into();
            self.r_wdata.d.next = 0.into();
        }
        self.rd.next = self.r_rd.q.val();
        self.rd_value.next = self.r_value.q.val();
        self.mem_addr.next = self.r_addr.q.val();
        self.rmask.next = self.r_rmask.q.val();
        self.wmask.next = self.r_wmask.q.val();
        self.rdata.next = self.r_rdata.q.val();
        self.wdata.next = self.r_wdata.q.val();
    }
}
