//! `Retire`: the core's retire record, after the RISC-V formal interface.
//!
//! Registered: it describes the instruction that finished in the cycle before. Program counters and the instruction
//! itself still stand in the core then, so only what passes by is kept here. Nothing in the core reads it back: a
//! design that leaves it unconnected has no such registers.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Retire {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// An instruction finishes, with or without a trap.
    pub finish: Signal<In, Bit>,
    pub trap: Signal<In, Bit>,
    /// What it wrote was told in the cycle before.
    pub keep: Signal<In, Bit>,
    /// It writes `value` to register `rd`.
    pub write: Signal<In, Bit>,
    pub rd: Signal<In, Bits<5>>,
    pub value: Signal<In, Bits<32>>,
    /// It loads or stores, in these byte lanes.
    pub load: Signal<In, Bit>,
    pub store: Signal<In, Bit>,
    pub lanes: Signal<In, Bits<4>>,
    pub loaded: Signal<In, Bits<32>>,
    pub stored: Signal<In, Bits<32>>,
    pub valid_q: Signal<Out, Bit>,
    pub trap_q: Signal<Out, Bit>,
    pub rd_q: Signal<Out, Bits<5>>,
    pub value_q: Signal<Out, Bits<32>>,
    pub rmask_q: Signal<Out, Bits<4>>,
    pub wmask_q: Signal<Out, Bits<4>>,
    pub rdata_q: Signal<Out, Bits<32>>,
    pub wdata_q: Signal<Out, Bits<32>>,
    valid: DFF<Bit>,
    trapped: DFF<Bit>,
    number: DFF<Bits<5>>,
    result: DFF<Bits<32>>,
    rmask: DFF<Bits<4>>,
    wmask: DFF<Bits<4>>,
    /// A byte of the word loaded or stored; 0 where its lane is not used.
    read0: DFF<Bits<8>>,
    read1: DFF<Bits<8>>,
    read2: DFF<Bits<8>>,
    read3: DFF<Bits<8>>,
    write0: DFF<Bits<8>>,
    write1: DFF<Bits<8>>,
    write2: DFF<Bits<8>>,
    write3: DFF<Bits<8>>,
}

impl Logic for Retire {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, valid, trapped, number, result, rmask, wmask, read0, read1, read2, read3,
            write0, write1, write2, write3
        );
        self.valid.d.next = self.finish.val() & !self.reset.val();
        self.trapped.d.next = self.trap.val();
        if !self.keep.val() {
            self.number.d.next = 0.into();
            self.result.d.next = 0.into();
        }
        if self.write.val() {
            self.number.d.next = self.rd.val();
            self.result.d.next = self.value.val();
        }
        self.rmask.d.next = 0.into();
        self.read0.d.next = 0.into();
        self.read1.d.next = 0.into();
        self.read2.d.next = 0.into();
        self.read3.d.next = 0.into();
        if self.load.val() {
            self.rmask.d.next = self.lanes.val();
        }
        if self.load.val() & self.lanes.val().get_bit(0) {
            self.read0.d.next = self.loaded.val().get_bits::<8>(0);
        }
        if self.load.val() & self.lanes.val().get_bit(1) {
            self.read1.d.next = self.loaded.val().get_bits::<8>(8);
        }
        if self.load.val() & self.lanes.val().get_bit(2) {
            self.read2.d.next = self.loaded.val().get_bits::<8>(16);
        }
        if self.load.val() & self.lanes.val().get_bit(3) {
            self.read3.d.next = self.loaded.val().get_bits::<8>(24);
        }
        self.wmask.d.next = 0.into();
        self.write0.d.next = 0.into();
        self.write1.d.next = 0.into();
        self.write2.d.next = 0.into();
        self.write3.d.next = 0.into();
        if self.store.val() {
            self.wmask.d.next = self.lanes.val();
        }
        if self.store.val() & self.lanes.val().get_bit(0) {
            self.write0.d.next = self.stored.val().get_bits::<8>(0);
        }
        if self.store.val() & self.lanes.val().get_bit(1) {
            self.write1.d.next = self.stored.val().get_bits::<8>(8);
        }
        if self.store.val() & self.lanes.val().get_bit(2) {
            self.write2.d.next = self.stored.val().get_bits::<8>(16);
        }
        if self.store.val() & self.lanes.val().get_bit(3) {
            self.write3.d.next = self.stored.val().get_bits::<8>(24);
        }
        self.valid_q.next = self.valid.q.val();
        self.trap_q.next = self.trapped.q.val();
        self.rd_q.next = self.number.q.val();
        self.value_q.next = self.result.q.val();
        self.rmask_q.next = self.rmask.q.val();
        self.wmask_q.next = self.wmask.q.val();
        self.rdata_q.next = bit_cast::<32, 8>(self.read0.q.val())
            | (bit_cast::<32, 8>(self.read1.q.val()) << 8)
            | (bit_cast::<32, 8>(self.read2.q.val()) << 16)
            | (bit_cast::<32, 8>(self.read3.q.val()) << 24);
        self.wdata_q.next = bit_cast::<32, 8>(self.write0.q.val())
            | (bit_cast::<32, 8>(self.write1.q.val()) << 8)
            | (bit_cast::<32, 8>(self.write2.q.val()) << 16)
            | (bit_cast::<32, 8>(self.write3.q.val()) << 24);
    }
}
