//! `Core`: the RV32I or RV32E control core, in order, with a retire record.
//!
//! Two cycles an instruction on straight code: `Decode` (register files read into registers, control bits,
//! immediate and jump target formed) and `Execute` (adder, logic, shifter, comparison, write back). With an SRAM that
//! answers n cycles after it took a request: load 2 + n, store 3, register store 4, register load 5, taken branch or
//! `jal` 1 + n, other jumps 2 + n, trap two more. One access is under way at a time. The retire record is registered: it appears the cycle after an instruction has finished.
//!
//! After reset the core clears
//! its registers and CSRs in 32 cycles, so that no power-up value is seen.
//!
//! It does not know the private base, engines or registers behind `mmio`: an access stalls for as long as its
//! stream's ready is 0. It takes no interrupts. While `run` is 0 it holds before the next instruction and forgets
//! what it had fetched.

use rust_hdl::prelude::*;

use crate::access::Access;
use crate::alu::Alu;
use crate::csr::Csr;
use crate::decode::{Decode, Writeback};
use crate::fetch::Fetch;
use crate::lut_ram::LutRam;
use crate::shifter::Shifter;

/// What the core is doing.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum CoreState {
    /// Writes 0 to one register a cycle.
    Clear,
    Decode,
    Execute,
    /// Decodes an address, waits for the access to be taken and for what it answers.
    Memory,
    /// Waits for a register access to be taken.
    Register,
    /// Writes a loaded register's value back.
    Load,
    /// Stores mepc, reads mtvec.
    Trap,
    /// Stores mcause, goes to the handler or halts.
    Vector,
    Halt,
}

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Core {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub run: Signal<In, Bit>,
    pub rv32e: Signal<In, Bit>,
    /// True for SRAM words of two instructions.
    pub wide: Signal<In, Bit>,
    /// Address bits that are 0 in the SRAM and its alias.
    pub outside: Signal<In, Bits<32>>,
    pub fetch_valid: Signal<Out, Bit>,
    pub fetch_addr: Signal<Out, Bits<18>>,
    /// The request may be for nothing: its answer comes with `guess_response`.
    pub fetch_guess: Signal<Out, Bit>,
    pub fetch_ready: Signal<In, Bit>,
    pub fetch_response: Signal<In, Bit>,
    pub guess_response: Signal<In, Bit>,
    pub data_valid: Signal<Out, Bit>,
    pub data_write: Signal<Out, Bit>,
    pub data_addr: Signal<Out, Bits<18>>,
    pub data_wdata: Signal<Out, Bits<32>>,
    pub data_be: Signal<Out, Bits<4>>,
    pub data_ready: Signal<In, Bit>,
    pub data_response: Signal<In, Bit>,
    /// A load in its execute cycle, before its address is checked: `early_addr` settles late, the answer may be dropped.
    pub early_valid: Signal<Out, Bit>,
    pub early_addr: Signal<Out, Bits<18>>,
    pub early_ready: Signal<In, Bit>,
    /// Data of either response: two words, or one in the low half.
    pub response_data: Signal<In, Bits<64>>,
    pub mmio_valid: Signal<Out, Bit>,
    pub mmio_write: Signal<Out, Bit>,
    /// Register number (byte offset / 4).
    pub mmio_addr: Signal<Out, Bits<5>>,
    pub mmio_wdata: Signal<Out, Bits<32>>,
    /// Taken; `mmio_rdata` is valid in the same cycle.
    pub mmio_ready: Signal<In, Bit>,
    pub mmio_rdata: Signal<In, Bits<32>>,
    /// With `mmio_ready`: this write ends the program.
    pub mmio_exit: Signal<In, Bit>,
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
    pub halted: Signal<Out, Bit>,
    pub exit_code: Signal<Out, Bits<32>>,
    fetch: Fetch,
    decode: Decode,
    rs1: LutRam<5, 32>,
    rs2: LutRam<5, 32>,
    csr: Csr,
    access: Access,
    alu: Alu,
    shifter: Shifter,
    state: DFF<CoreState>,
    /// Register to clear next.
    clear: DFF<Bits<5>>,
    /// Next instruction to decode.
    pc: DFF<Bits<32>>,
    /// Instruction in execution.
    pc_x: DFF<Bits<32>>,
    cause: DFF<Bits<4>>,
    /// The trapping instruction was never fetched.
    no_insn: DFF<Bit>,
    addr: DFF<Bits<32>>,
    /// What a register answered.
    loaded: DFF<Bits<32>>,
    /// The SRAM owes the present load an answer.
    asked: DFF<Bit>,
    /// The SRAM owes an answer that nobody wants.
    unwanted: DFF<Bit>,
    code: DFF<Bits<32>>,
    ret_valid: DFF<Bit>,
    ret_pc: DFF<Bits<32>>,
    ret_insn: DFF<Bits<32>>,
    ret_next: DFF<Bits<32>>,
    ret_rd: DFF<Bits<5>>,
    ret_value: DFF<Bits<32>>,
    ret_addr: DFF<Bits<32>>,
    ret_rmask: DFF<Bits<4>>,
    ret_wmask: DFF<Bits<4>>,
    ret_rdata: DFF<Bits<32>>,
    ret_wdata: DFF<Bits<32>>,
    ret_trap: DFF<Bit>,
    insn: Signal<Local, Bits<32>>,
    fault: Signal<Local, Bit>,
    redirect: Signal<Local, Bit>,
    target: Signal<Local, Bits<32>>,
    f3: Signal<Local, Bits<3>>,
    /// The address of a load, from registers alone.
    early_sum: Signal<Local, Bits<18>>,
    result: Signal<Local, Bits<32>>,
    condition: Signal<Local, Bit>,
    /// The jump is taken and its target is no multiple of four.
    crooked: Signal<Local, Bit>,
    answered: Signal<Local, Bit>,
    word: Signal<Local, Bits<32>>,
    half: Signal<Local, Bits<16>>,
    octet: Signal<Local, Bits<8>>,
    loaded_value: Signal<Local, Bits<32>>,
    write: Signal<Local, Bit>,
    value: Signal<Local, Bits<32>>,
    rd: Signal<Local, Bits<5>>,
    finish: Signal<Local, Bit>,
}

impl Core {
    /// A core; `distributed` puts its register file into LUT RAM.
    pub fn new(distributed: bool) -> Self {
        Self {
            rs1: LutRam::new(distributed),
            rs2: LutRam::new(distributed),
            csr: Csr::new(distributed),
            ..Self::default()
        }
    }
}

impl Logic for Core {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, state, clear, pc, pc_x, cause, no_insn, addr, loaded, asked, unwanted,
            code, ret_valid, ret_pc, ret_insn, ret_next, ret_rd, ret_value, ret_addr, ret_rmask,
            ret_wmask, ret_rdata, ret_wdata, ret_trap
        );
        clock!(self, clock, fetch, decode, rs1, rs2, csr);
        self.finish.next = false;
        self.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.rd.next = self.decode.insn_q.val().get_bits::<5>(7);

        // Decode: the register files read what the instruction names; an environment call reads a0.
        self.insn.next = self.fetch.insn.val();
        self.fault.next = (self.pc.q.val() & self.outside.val()) != 0;
        self.decode.rv32e.next = self.rv32e.val();
        self.decode.insn.next = self.insn.val();
        self.decode.pc.next = self.pc.q.val();
        self.decode.take.next = false;
        self.fetch.pop.next = false;
        self.rs1.read.next = self.state.q.val() == CoreState::Decode;
        self.rs2.read.next = self.state.q.val() == CoreState::Decode;
        self.rs1.read_addr.next = self.insn.val().get_bits::<5>(15);
        if self.insn.val().get_bits::<15>(0) == 0x0073 {
            self.rs1.read_addr.next = 10.into();
        }
        self.rs2.read_addr.next = self.insn.val().get_bits::<5>(20);

        // CSRs.
        self.csr.reset.next = self.reset.val();
        self.csr.clear.next = self.state.q.val() == CoreState::Clear;
        self.csr.clear_index.next = self.clear.q.val().get_bits::<2>(0);
        self.csr.take.next = self.state.q.val() == CoreState::Decode;
        self.csr.number.next = self.fetch.insn.val().get_bits::<12>(20);
        self.csr.execute.next =
            (self.state.q.val() == CoreState::Execute) & self.decode.csr_q.val();
        self.csr.mret.next = (self.state.q.val() == CoreState::Execute) & self.decode.mret_q.val();
        self.csr.trap.next = self.state.q.val() == CoreState::Trap;
        self.csr.vector.next = self.state.q.val() == CoreState::Vector;
        self.csr.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.csr.field.next = self.decode.insn_q.val().get_bits::<5>(15);
        self.csr.source.next = self.rs1.q.val();
        self.csr.pc.next = self.pc_x.q.val();
        self.csr.cause.next = self.cause.q.val();

        // Adder, comparison, logic, shifter.
        self.alu.a.next = self.rs1.q.val();
        self.alu.register.next = self.rs2.q.val();
        self.alu.imm.next = self.decode.imm_q.val();
        self.alu.use_imm.next = self.decode.use_imm_q.val();
        self.alu.sub.next = self.decode.sub_q.val();
        self.alu.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.shifter.a.next = self.rs1.q.val();
        // From registers alone: what a combinational block reads must not share logic with what its result changes.
        self.shifter.amount.next = self.rs2.q.val().get_bits::<5>(0);
        if self.decode.use_imm_q.val() {
            self.shifter.amount.next = self.decode.imm_q.val().get_bits::<5>(0);
        }
        self.shifter.left.next = !self.decode.insn_q.val().get_bit(14);
        self.shifter.arithmetic.next = self.decode.insn_q.val().get_bit(30);

        match self.decode.result_q.val() {
            Writeback::Add => {
                self.result.next = self.alu.sum.val();
            }
            Writeback::Bitwise => {
                self.result.next = self.alu.bitwise.val();
            }
            Writeback::Less => {
                self.result.next = bit_cast::<32, 1>(self.alu.less.val().into());
            }
            Writeback::Shift => {
                self.result.next = self.shifter.result.val();
            }
            Writeback::Base => {
                self.result.next = self.decode.base_q.val();
            }
            Writeback::Link => {
                self.result.next = self.pc.q.val();
            }
            _ => {
                self.result.next = self.csr.old.val();
            }
        }
        self.condition.next = self.alu.equal.val();
        if self.f3.val().get_bit(2) {
            self.condition.next = self.alu.less.val();
        }
        // The decoder clears all of these for an instruction that traps.
        self.crooked.next = (self.decode.jal_q.val() & self.decode.base_q.val().get_bit(1))
            | (self.decode.jalr_q.val() & self.alu.sum.val().get_bit(1))
            | (self.decode.branch_q.val()
                & (self.condition.val() ^ self.f3.val().get_bit(0))
                & self.decode.base_q.val().get_bit(1));
        self.redirect.next = (self.state.q.val() == CoreState::Execute)
            & ((self.decode.jal_q.val() & !self.decode.base_q.val().get_bit(1))
                | (self.decode.jalr_q.val() & !self.alu.sum.val().get_bit(1))
                | (self.decode.branch_q.val()
                    & (self.condition.val() ^ self.f3.val().get_bit(0))
                    & !self.decode.base_q.val().get_bit(1))
                | self.decode.mret_q.val()
                | self.decode.fence_i_q.val());
        // Where a jump goes; the fetch looks at it only with `redirect`.
        self.target.next = self.decode.base_q.val();
        if self.decode.jalr_q.val() {
            self.target.next = self.alu.sum.val() & 0xffff_fffe_u64;
        }
        if self.decode.fence_i_q.val() {
            self.target.next = self.pc.q.val();
        }
        if self.decode.mret_q.val() | (self.state.q.val() == CoreState::Vector) {
            self.target.next = self.csr.value.val();
        }
        if self.state.q.val() == CoreState::Decode {
            self.target.next = self.pc.q.val();
        }

        // Loads and stores.
        self.access.active.next = self.state.q.val() == CoreState::Memory;
        self.access.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.access.addr.next = self.addr.q.val();
        self.access.value.next = self.rs2.q.val();
        self.access.outside.next = self.outside.val();
        self.data_valid.next = self.access.data_valid.val() & !self.asked.q.val();
        self.data_write.next = self.decode.store_q.val();
        self.data_addr.next = self.addr.q.val().get_bits::<18>(0);
        self.data_wdata.next = self.access.store_data.val();
        self.data_be.next = self.access.lanes.val();
        self.mmio_valid.next = self.state.q.val() == CoreState::Register;
        self.mmio_write.next = self.decode.store_q.val();
        self.mmio_addr.next = self.addr.q.val().get_bits::<5>(2);
        self.mmio_wdata.next = self.rs2.q.val();
        // Bit 30 of the base tells registers from SRAM nearly always; what is wrong is found a cycle later.
        self.early_valid.next = (self.state.q.val() == CoreState::Execute)
            & self.decode.load_q.val()
            & !self.rs1.q.val().get_bit(30)
            & !self.unwanted.q.val();
        self.early_sum.next =
            self.rs1.q.val().get_bits::<18>(0) + self.decode.imm_q.val().get_bits::<18>(0);
        self.early_addr.next = self.early_sum.val();
        self.answered.next = self.data_response.val() & !self.unwanted.q.val();
        if self.data_response.val() {
            self.unwanted.d.next = false;
        }
        self.word.next = self.response_data.val().get_bits::<32>(0);
        if self.wide.val() & self.addr.q.val().get_bit(2) {
            self.word.next = self.response_data.val().get_bits::<32>(32);
        }
        if self.state.q.val() == CoreState::Load {
            self.word.next = self.loaded.q.val();
        }
        self.half.next = self.word.val().get_bits::<16>(0);
        if self.addr.q.val().get_bit(1) {
            self.half.next = self.word.val().get_bits::<16>(16);
        }
        self.octet.next = self.half.val().get_bits::<8>(0);
        if self.addr.q.val().get_bit(0) {
            self.octet.next = self.half.val().get_bits::<8>(8);
        }
        self.loaded_value.next = self.word.val();
        if self.f3.val().get_bits::<2>(0) == 0 {
            self.loaded_value.next = bit_cast::<32, 8>(self.octet.val());
            if self.octet.val().get_bit(7) & !self.f3.val().get_bit(2) {
                self.loaded_value.next = bit_cast::<32, 8>(self.octet.val()) | 0xffff_ff00_u64;
            }
        }
        if self.f3.val().get_bit(0) {
            self.loaded_value.next = bit_cast::<32, 16>(self.half.val());
            if self.half.val().get_bit(15) & !self.f3.val().get_bit(2) {
                self.loaded_value.next = bit_cast::<32, 16>(self.half.val()) | 0xffff_0000_u64;
            }
        }
        // Retire record of an instruction without memory access; the states below change what differs.
        self.ret_valid.d.next = false;
        self.ret_pc.d.next = self.pc_x.q.val();
        self.ret_insn.d.next = self.decode.insn_q.val();
        self.ret_next.d.next = self.pc.q.val();
        self.ret_rd.d.next = 0.into();
        self.ret_value.d.next = 0.into();
        self.ret_addr.d.next = 0.into();
        self.ret_rmask.d.next = 0.into();
        self.ret_wmask.d.next = 0.into();
        self.ret_rdata.d.next = 0.into();
        self.ret_wdata.d.next = 0.into();
        self.ret_trap.d.next = false;
        // Written out flat: only a link register can meet a crooked target, and branches write none.
        self.write.next = (self.state.q.val() == CoreState::Execute)
            & self.decode.writes_q.val()
            & !self.decode.load_q.val()
            & !(self.decode.jal_q.val() & self.decode.base_q.val().get_bit(1))
            & !(self.decode.jalr_q.val() & self.alu.sum.val().get_bit(1));
        self.value.next = self.result.val();

        match self.state.q.val() {
            CoreState::Clear => {
                self.write.next = true;
                self.value.next = 0.into();
                self.rd.next = self.clear.q.val();
                self.clear.d.next = self.clear.q.val() + 1;
                if self.clear.q.val() == 31 {
                    self.state.d.next = CoreState::Decode;
                }
            }
            CoreState::Decode => {
                self.no_insn.d.next = self.fault.val();
                self.cause.d.next = 1.into();
                if !self.run.val() {
                    self.redirect.next = true;
                } else if self.fault.val() {
                    self.pc_x.d.next = self.pc.q.val();
                    self.state.d.next = CoreState::Trap;
                } else if self.fetch.available.val() {
                    self.decode.take.next = true;
                    self.fetch.pop.next = true;
                    self.pc_x.d.next = self.pc.q.val();
                    self.pc.d.next = self.pc.q.val() + 4;
                    self.state.d.next = CoreState::Execute;
                }
            }
            CoreState::Execute => {
                self.addr.d.next = self.alu.sum.val();
                self.asked.d.next = self.early_ready.val();
                if self.decode.trap_q.val() {
                    self.cause.d.next = self.decode.cause_q.val();
                    self.state.d.next = CoreState::Trap;
                } else if self.crooked.val() {
                    self.cause.d.next = 0.into();
                    self.state.d.next = CoreState::Trap;
                } else if self.decode.load_q.val() | self.decode.store_q.val() {
                    self.state.d.next = CoreState::Memory;
                } else {
                    self.state.d.next = CoreState::Decode;
                    self.finish.next = true;
                }
            }
            CoreState::Memory => {
                self.cause.d.next = 4.into();
                if !self.access.misaligned.val() {
                    self.cause.d.next = 5.into();
                }
                if self.decode.store_q.val() {
                    self.cause.d.next = 6.into();
                    if !self.access.misaligned.val() {
                        self.cause.d.next = 7.into();
                    }
                }
                self.value.next = self.loaded_value.val();
                if self.answered.val() {
                    self.asked.d.next = false;
                }
                if self.access.misaligned.val() {
                    self.state.d.next = CoreState::Trap;
                    self.unwanted.d.next = self.asked.q.val() & !self.answered.val();
                } else if self.access.in_sram.val() {
                    if self.decode.store_q.val() {
                        if self.data_ready.val() {
                            self.state.d.next = CoreState::Decode;
                            self.finish.next = true;
                        }
                    } else if self.asked.q.val() {
                        if self.answered.val() {
                            self.write.next = self.decode.writes_q.val();
                            self.finish.next = true;
                            self.state.d.next = CoreState::Decode;
                        }
                    } else if self.data_ready.val() {
                        self.asked.d.next = true;
                    }
                } else if self.access.in_mmio.val() {
                    self.unwanted.d.next = self.asked.q.val() & !self.answered.val();
                    self.state.d.next = CoreState::Register;
                } else {
                    self.state.d.next = CoreState::Trap;
                    self.unwanted.d.next = self.asked.q.val() & !self.answered.val();
                }
                self.ret_addr.d.next = self.addr.q.val() & 0xffff_fffc_u64;
                if self.decode.store_q.val() {
                    self.ret_wmask.d.next = self.access.lanes.val();
                    self.ret_wdata.d.next =
                        self.access.store_data.val() & self.access.lane_bits.val();
                } else {
                    self.ret_rmask.d.next = self.access.lanes.val();
                    self.ret_rdata.d.next = self.word.val() & self.access.lane_bits.val();
                }
            }
            CoreState::Register => {
                self.loaded.d.next = self.mmio_rdata.val();
                self.code.d.next = self.rs2.q.val();
                if self.mmio_ready.val() {
                    self.state.d.next = CoreState::Load;
                    if self.decode.store_q.val() {
                        self.state.d.next = CoreState::Decode;
                        self.finish.next = true;
                        if self.mmio_exit.val() {
                            self.state.d.next = CoreState::Halt;
                        }
                    }
                }
                self.ret_addr.d.next = self.addr.q.val() & 0xffff_fffc_u64;
                self.ret_wmask.d.next = self.access.lanes.val();
                self.ret_wdata.d.next = self.rs2.q.val();
            }
            CoreState::Load => {
                self.value.next = self.loaded_value.val();
                self.write.next = self.decode.writes_q.val();
                self.finish.next = true;
                self.state.d.next = CoreState::Decode;
                self.ret_addr.d.next = self.addr.q.val() & 0xffff_fffc_u64;
                self.ret_rmask.d.next = self.access.lanes.val();
                self.ret_rdata.d.next = self.word.val() & self.access.lane_bits.val();
            }
            CoreState::Trap => {
                self.state.d.next = CoreState::Vector;
            }
            CoreState::Vector => {
                self.ret_trap.d.next = true;
                self.finish.next = true;
                if self.csr.value.val() == 0 {
                    self.state.d.next = CoreState::Halt;
                    self.code.d.next = bit_cast::<32, 4>(self.cause.q.val()) | 0x8000_0000_u64;
                    if self.cause.q.val() == 11 {
                        self.code.d.next = (self.rs1.q.val() << 1) | 1;
                    }
                } else {
                    self.state.d.next = CoreState::Decode;
                }
                self.redirect.next = true;
                if self.no_insn.q.val() {
                    self.ret_insn.d.next = 0.into();
                }
            }
            _ => {
                self.state.d.next = CoreState::Halt;
            }
        }
        if self.redirect.val() {
            self.pc.d.next = self.target.val();
            self.ret_next.d.next = self.target.val();
        }
        self.ret_valid.d.next = self.finish.val();
        if self.write.val() {
            self.ret_rd.d.next = self.rd.val();
            self.ret_value.d.next = self.value.val();
        }
        self.rs1.write.next = self.write.val();
        self.rs2.write.next = self.write.val();
        self.rs1.write_addr.next = self.rd.val();
        self.rs2.write_addr.next = self.rd.val();
        self.rs1.write_data.next = self.value.val();
        self.rs2.write_data.next = self.value.val();

        self.fetch.reset.next = self.reset.val();
        self.fetch.wide.next = self.wide.val();
        self.fetch.enable.next = self.run.val()
            & (self.state.q.val() != CoreState::Clear)
            & (self.state.q.val() != CoreState::Halt);
        self.fetch.redirect.next = self.redirect.val();
        self.fetch.guess_valid.next = (self.state.q.val() == CoreState::Execute)
            & (self.decode.jal_q.val() | self.decode.branch_q.val());
        self.fetch.guess.next = self.decode.base_q.val().get_bits::<18>(0);
        self.fetch.target.next = self.target.val().get_bits::<18>(0);
        self.fetch_valid.next = self.fetch.request_valid.val();
        self.fetch_addr.next = self.fetch.request_addr.val();
        self.fetch.request_ready.next = self.fetch_ready.val();
        self.fetch.response_valid.next = self.fetch_response.val();
        self.fetch.guess_response.next = self.guess_response.val();
        self.fetch_guess.next = self.fetch.request_guess.val();
        self.fetch.response_data.next = self.response_data.val();

        if self.reset.val() {
            self.state.d.next = CoreState::Clear;
            self.clear.d.next = 0.into();
            self.pc.d.next = 0.into();
            self.code.d.next = 0.into();
            self.asked.d.next = false;
            self.unwanted.d.next = false;
            self.ret_valid.d.next = false;
        }

        self.halted.next = self.state.q.val() == CoreState::Halt;
        self.exit_code.next = self.code.q.val();
        self.retire_valid.next = self.ret_valid.q.val();
        self.retire_pc.next = self.ret_pc.q.val();
        self.retire_insn.next = self.ret_insn.q.val();
        self.retire_next_pc.next = self.ret_next.q.val();
        self.retire_rd.next = self.ret_rd.q.val();
        self.retire_rd_value.next = self.ret_value.q.val();
        self.retire_mem_addr.next = self.ret_addr.q.val();
        self.retire_rmask.next = self.ret_rmask.q.val();
        self.retire_wmask.next = self.ret_wmask.q.val();
        self.retire_rdata.next = self.ret_rdata.q.val();
        self.retire_wdata.next = self.ret_wdata.q.val();
        self.retire_trap.next = self.ret_trap.q.val();
    }
}
