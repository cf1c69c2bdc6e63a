//! `CompactPe`: the processing element of single-port SRAM: compact control block, microcoded engine, memory.
//!
//! Its ports and what they mean are [`Pe`](crate::pe::Pe)'s. Nothing in it stands still: the clocks of the domains are not looked at.

use crate::compact_control::CompactControl;
use crate::compact_memory::CompactMemory;
use crate::micro_engine::MicroEngine;
use rust_hdl::prelude::*;
use synfire_format::config::PeConfig;

/// See the module's comment.
#[derive(LogicBlock)]
pub struct CompactPe {
    pub clock: Signal<In, Clock>,
    pub core_clock: Signal<In, Clock>,
    pub lanes_clock: Signal<In, Clock>,
    pub engine_clock: Signal<In, Clock>,
    pub core_awake: Signal<Out, Bit>,
    pub lanes_awake: Signal<Out, Bit>,
    pub engine_awake: Signal<Out, Bit>,
    pub reset: Signal<In, Bit>,
    pub run: Signal<In, Bit>,
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
    pub pass_done: Signal<Out, Bit>,
    pub pass_addr: Signal<Out, Bits<18>>,
    pub engine_busy: Signal<Out, Bit>,
    pub conflicts: Signal<Out, Bits<32>>,
    control: CompactControl,
    engine: MicroEngine,
    sram: CompactMemory,
    /// The reset, a cycle late: it reaches every register of the PE.
    reset_q: DFF<Bit>,
}

macro_rules! pe_with {
    ($($given:ident = $value:expr),* ; $($field:ident),* $(,)?) => {
        Self { $($given: $value,)* $($field: Default::default(),)* }
    };
}

impl CompactPe {
    /// The PE of `config`, a single-port one.
    pub fn new(config: &PeConfig) -> Self {
        pe_with!(
            control = CompactControl::new(config),
            engine = MicroEngine::default(),
            sram = CompactMemory::new(config);
            clock, core_clock, lanes_clock, engine_clock, core_awake, lanes_awake, engine_awake, reset, run, rx_valid, rx_ready,
            rx_data, tx_valid, tx_ready, tx_data, retire_valid, retire_pc, retire_insn, retire_next_pc, retire_rd,
            retire_rd_value, retire_mem_addr, retire_rmask, retire_wmask, retire_rdata, retire_wdata, retire_trap, fault,
            halted, exit_code, pass_done, pass_addr, engine_busy, conflicts, reset_q,
        )
    }
}

impl Logic for CompactPe {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, reset_q);
        clock!(self, clock, control, engine, sram);
        self.core_awake.next = true;
        self.lanes_awake.next = true;
        self.engine_awake.next = true;
        self.reset_q.d.next = self.reset.val();
        self.control.reset.next = self.reset_q.q.val();
        self.engine.reset.next = self.reset_q.q.val();
        self.sram.reset.next = self.reset_q.q.val();
        self.control.run.next = self.run.val();

        self.sram.control_valid.next = self.control.mem_valid.val();
        self.sram.control_addr.next = self.control.mem_addr.val();
        self.sram.control_data.next = self.control.mem_data.val();
        self.sram.control_we.next = 0.into();
        if self.control.mem_write.val() {
            self.sram.control_we.next = self.control.mem_lanes.val();
        }
        self.control.mem_ready.next = self.sram.control_ready.val();
        self.control.mem_response.next = self.sram.control_response.val();
        self.control.mem_word.next = self.sram.q.val();
        self.sram.engine_valid.next = self.engine.mem_valid.val();
        self.sram.engine_addr.next = self.engine.mem_addr.val();
        self.sram.engine_we.next = self.engine.mem_we.val();
        self.sram.engine_data.next = self.engine.mem_data.val();
        self.engine.mem_ready.next = self.sram.engine_ready.val();
        self.engine.mem_q.next = self.sram.q.val();

        self.engine.private_base.next = self.control.private_base.val();
        self.engine.unit_valid.next = self.control.unit_valid.val();
        self.engine.unit_write.next = self.control.unit_write.val();
        self.engine.unit_op.next = self.control.unit_op.val();
        self.engine.unit_arg.next = self.control.unit_arg.val();
        self.control.unit_done.next = self.engine.unit_done.val();
        self.control.unit_result.next = self.engine.unit_result.val();
        self.control.busy.next = self.engine.busy.val();
        self.control.fault_set.next = self.engine.fault_set.val();
        self.engine_busy.next = self.engine.busy.val();
        self.pass_done.next = self.engine.pass_done.val();
        self.pass_addr.next = self.engine.pass_addr.val();
        self.conflicts.next = self.sram.conflicts.val();

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
