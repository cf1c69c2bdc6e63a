//! `CompactStreams`: the compact control block with the ports of `Control` of 32-bit words.

use super::units::Units;
use rust_hdl::prelude::*;
use synfire_format::config::PeConfig;
use synfire_hdl::compact_control::CompactControl;

/// See the module's comment.
#[derive(LogicBlock)]
pub struct CompactStreams {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub run: Signal<In, Bit>,
    pub read_valid: Signal<Out, Bit>,
    pub read_addr: Signal<Out, Bits<18>>,
    pub read_ready: Signal<In, Bit>,
    pub read_rsp_valid: Signal<In, Bit>,
    pub read_rsp_data: Signal<In, Bits<32>>,
    pub write_valid: Signal<Out, Bit>,
    pub write_addr: Signal<Out, Bits<18>>,
    pub write_data: Signal<Out, Bits<32>>,
    pub write_be: Signal<Out, Bits<4>>,
    pub write_ready: Signal<In, Bit>,
    pub chain_valid: Signal<Out, Bit>,
    pub chain_addr: Signal<Out, Bits<18>>,
    pub busy: Signal<In, Bit>,
    pub sat_inc: Signal<In, Bits<8>>,
    pub fault_set: Signal<In, Bits<5>>,
    pub seed: Signal<Out, Bits<32>>,
    pub step: Signal<Out, Bits<32>>,
    pub private_base: Signal<Out, Bits<19>>,
    pub rx_valid: Signal<In, Bit>,
    pub rx_ready: Signal<Out, Bit>,
    pub rx_data: Signal<In, Bits<72>>,
    pub tx_valid: Signal<Out, Bit>,
    pub tx_ready: Signal<In, Bit>,
    pub tx_data: Signal<Out, Bits<72>>,
    pub retire_valid: Signal<Out, Bit>,
    pub retire_pc: Signal<Out, Bits<32>>,
    pub retire_insn: Signal<Out, Bits<32>>,
    pub retire_next_pc: Signal<Out, Bits<32>>,
    pub retire_rd: Signal<Out, Bits<5>>,
    pub retire_rd_value: Signal<Out, Bits<32>>,
    pub retire_mem_addr: Signal<Out, Bits<32>>,
    pub retire_rmask: Signal<Out, Bits<4>>,
    pub retire_wmask: Signal<Out, Bits<4>>,
    pub retire_rdata: Signal<Out, Bits<32>>,
    pub retire_wdata: Signal<Out, Bits<32>>,
    pub retire_trap: Signal<Out, Bit>,
    pub fault: Signal<Out, Bit>,
    pub halted: Signal<Out, Bit>,
    pub exit_code: Signal<Out, Bits<32>>,
    control: CompactControl,
    units: Units,
}

macro_rules! streams_with {
    ($($given:ident = $value:expr),* ; $($field:ident),* $(,)?) => {
        Self { $($given: $value,)* $($field: Default::default(),)* }
    };
}

impl CompactStreams {
    /// The control block of a PE of 32-bit words.
    pub fn new(config: &PeConfig) -> Self {
        streams_with!(
            control = CompactControl::new(config);
            clock, reset, run, read_valid, read_addr, read_ready, read_rsp_valid, read_rsp_data, write_valid, write_addr,
            write_data, write_be, write_ready, chain_valid, chain_addr, busy, sat_inc, fault_set, seed, step, private_base,
            rx_valid, rx_ready, rx_data, tx_valid, tx_ready, tx_data, retire_valid, retire_pc, retire_insn, retire_next_pc,
            retire_rd, retire_rd_value, retire_mem_addr, retire_rmask, retire_wmask, retire_rdata, retire_wdata,
            retire_trap, fault, halted, exit_code, units
        )
    }
}

impl Logic for CompactStreams {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, control, units);
        self.control.reset.next = self.reset.val();
        self.units.reset.next = self.reset.val();
        self.control.run.next = self.run.val();
        self.read_valid.next = self.control.mem_valid.val() & !self.control.mem_write.val();
        self.read_addr.next = self.control.mem_addr.val();
        self.write_valid.next = self.control.mem_valid.val() & self.control.mem_write.val();
        self.write_addr.next = self.control.mem_addr.val();
        self.write_data.next = self.control.mem_data.val();
        self.write_be.next = self.control.mem_lanes.val();
        self.control.mem_ready.next = self.read_ready.val();
        if self.control.mem_write.val() {
            self.control.mem_ready.next = self.write_ready.val();
        }
        self.control.mem_response.next = self.read_rsp_valid.val();
        self.control.mem_word.next = self.read_rsp_data.val();
        self.units.unit_valid.next = self.control.unit_valid.val();
        self.units.unit_write.next = self.control.unit_write.val();
        self.units.unit_op.next = self.control.unit_op.val();
        self.units.unit_arg.next = self.control.unit_arg.val();
        self.control.unit_done.next = self.units.unit_done.val();
        self.control.unit_result.next = self.units.unit_result.val();
        self.control.busy.next = self.units.busy.val();
        self.control.fault_set.next = self.fault_set.val();
        self.chain_valid.next = self.units.chain_valid.val();
        self.chain_addr.next = self.units.chain_addr.val();
        self.units.engine_busy.next = self.busy.val();
        self.units.sat_inc.next = self.sat_inc.val();
        self.seed.next = self.units.seed.val();
        self.step.next = self.units.step.val();
        self.private_base.next = self.control.private_base.val();
        self.control.rx_valid.next = self.rx_valid.val();
        self.control.rx_data.next = self.rx_data.val();
        self.rx_ready.next = self.control.rx_ready.val();
        self.tx_valid.next = self.control.tx_valid.val();
        self.tx_data.next = self.control.tx_data.val();
        self.control.tx_ready.next = self.tx_ready.val();
        self.retire_valid.next = self.control.retire_valid.val();
        self.retire_pc.next = self.control.retire_pc.val();
        self.retire_insn.next = self.control.retire_insn.val();
        self.retire_next_pc.next = self.control.retire_next_pc.val();
        self.retire_rd.next = self.control.retire_rd.val();
        self.retire_rd_value.next = self.control.retire_rd_value.val();
        self.retire_mem_addr.next = self.control.retire_mem_addr.val();
        self.retire_rmask.next = self.control.retire_rmask.val();
        self.retire_wmask.next = self.control.retire_wmask.val();
        self.retire_rdata.next = self.control.retire_rdata.val();
        self.retire_wdata.next = self.control.retire_wdata.val();
        self.retire_trap.next = self.control.retire_trap.val();
        self.fault.next = self.control.fault.val();
        self.halted.next = self.control.halted.val();
        self.exit_code.next = self.control.exit_code.val();
    }
}
