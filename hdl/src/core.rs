//! `Core`: the RV32I or RV32E control core, in order, with a retire record.
//!
//! Two cycles an instruction on straight code: `Decode` (register files read into registers, control bits,
//! immediate and jump target formed) and `Execute` (adder, logic, shifter, comparison, write back); a jump to an
//! instruction in the cache takes no more. With an SRAM that answers n cycles after it took a request: load 2 + n, store
//! 3, register store 4, register load 5, a jump elsewhere 3 + n more, one that writes a link register, `mret`, a CSR
//! access and a shift with a late shifter 1 more, trap 3 more, `fence.i` 16 more. One access is under way at a time. The retire record appears the cycle
//! after an instruction has finished.
//!
//! All results meet in one bus, `result`, by `or`: whoever is not asked gives 0. It feeds the register file and, in a
//! jump, the program counter. After reset the core clears its registers and CSRs in 32 cycles, so that no power-up
//! value is seen.
//!
//! It does not know the private base, engines or registers behind `mmio`: an access stalls for as long as its
//! stream's ready is 0. It takes no interrupts. While `run` is 0 it holds before the next instruction, and sees code
//! that was poked meanwhile.

use rust_hdl::prelude::*;

use crate::access::Access;
use crate::align::Align;
use crate::alu::Alu;
use crate::carry::AddOne;
use crate::csr::Csr;
use crate::decode::Decode;
use crate::fetch::Fetch;
use crate::lut_ram::LutRam;
use crate::retire::Retire;
use crate::sequence::{CoreState, Sequence};

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Core {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub run: Signal<In, Bit>,
    /// The port wrote a word to the SRAM.
    pub poked: Signal<In, Bit>,
    pub rv32e: Signal<In, Bit>,
    /// True for SRAM words of two instructions.
    pub wide: Signal<In, Bit>,
    /// Address bits that are 0 in the SRAM and its alias.
    pub outside: Signal<In, Bits<32>>,
    pub fetch_valid: Signal<Out, Bit>,
    pub fetch_addr: Signal<Out, Bits<18>>,
    pub fetch_ready: Signal<In, Bit>,
    pub fetch_response: Signal<In, Bit>,
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
    /// Data of a fetch: two words, or one in the low half.
    pub response_data: Signal<In, Bits<64>>,
    /// The word that a load asked for.
    pub response_word: Signal<In, Bits<32>>,
    /// A shift in its execute cycle; `shifted` is 0 without a direction.
    pub shift_a: Signal<Out, Bits<32>>,
    pub shift_amount: Signal<Out, Bits<5>>,
    pub shift_left: Signal<Out, Bit>,
    pub shift_right: Signal<Out, Bit>,
    pub shift_arithmetic: Signal<Out, Bit>,
    pub shifted: Signal<In, Bits<32>>,
    /// `shifted` is the shift of the cycle before.
    pub shift_late: Signal<In, Bit>,
    pub mmio_valid: Signal<Out, Bit>,
    /// 0 in a load alone.
    pub mmio_write: Signal<Out, Bit>,
    /// A load is at `mmio_addr`, or will be in the next cycle: `mmio_rdata` must be 0 in the cycle after one without.
    pub mmio_asking: Signal<Out, Bit>,
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
    /// The core clears its memories, and whoever listens the place `clear_place` of its own.
    pub clears: Signal<Out, Bit>,
    pub clear_place: Signal<Out, Bits<4>>,
    pub halted: Signal<Out, Bit>,
    pub exit_code: Signal<Out, Bits<32>>,
    fetch: Fetch,
    decode: Decode,
    rs1: LutRam<5, 32>,
    rs2: LutRam<5, 32>,
    csr: Csr,
    access: Access,
    align: Align,
    alu: Alu,
    retire: Retire,
    sequence: Sequence,
    /// Next instruction to decode.
    pc: DFF<Bits<32>>,
    /// Instruction in execution.
    pc_x: DFF<Bits<32>>,
    /// Of a load or store; 0 otherwise.
    addr: DFF<Bits<32>>,
    /// What a register or CSR answered; 0 but in the cycle after.
    loaded: DFF<Bits<32>>,
    /// The program counter's words: one more, or where a jump goes.
    advance: AddOne<30>,
    ahead: Signal<Local, Bits<30>>,
    elsewhere: Signal<Local, Bits<30>>,
    insn: Signal<Local, Bits<32>>,
    fault: Signal<Local, Bit>,
    /// Go to `result`.
    redirect: Signal<Local, Bit>,
    f3: Signal<Local, Bits<3>>,
    /// The instruction works on register x0 in place of rs1: `lui`, CSR access with an immediate.
    bare: Signal<Local, Bit>,
    execute: Signal<Local, Bit>,
    linking: Signal<Local, Bit>,
    late_shift: Signal<Local, Bit>,
    from_sum: Signal<Local, Bits<32>>,
    from_base: Signal<Local, Bits<32>>,
    from_pc: Signal<Local, Bits<32>>,
    from_less: Signal<Local, Bits<32>>,
    /// The part of `result` that a jump can go to.
    target: Signal<Local, Bits<32>>,
    /// The address of a load, from registers alone.
    early_sum: Signal<Local, Bits<18>>,
    result: Signal<Local, Bits<32>>,
    condition: Signal<Local, Bit>,
    /// The jump is taken and its target is no multiple of four.
    crooked: Signal<Local, Bit>,
    wiping: Signal<Local, Bit>,
    write: Signal<Local, Bit>,
    rd: Signal<Local, Bits<5>>,
    exit_value: Signal<Local, Bits<32>>,
    exit_call: Signal<Local, Bits<32>>,
    exit_cause: Signal<Local, Bits<32>>,
}

impl Core {
    /// A core; `distributed` puts its register file into LUT RAM.
    pub fn new(distributed: bool) -> Self {
        Self {
            rs1: LutRam::new(distributed),
            rs2: LutRam::new(distributed),
            csr: Csr::new(distributed),
            fetch: Fetch::new(distributed),
            ..Self::default()
        }
    }
}

impl Logic for Core {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, pc, pc_x, addr, loaded);
        clock!(self, clock, sequence, fetch, decode, rs1, rs2, csr, retire);
        self.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.rd.next = self.decode.insn_q.val().get_bits::<5>(7);

        self.execute.next = self.sequence.state.val() == CoreState::Execute;

        // Decode: the register files read what the instruction names; an environment call reads a0.
        self.insn.next = self.fetch.insn.val();
        self.fault.next = (self.pc.q.val() & self.outside.val()) != 0;
        self.decode.rv32e.next = self.rv32e.val();
        self.decode.insn.next = self.insn.val();
        self.decode.pc.next = self.pc.q.val();
        self.decode.take.next = self.sequence.take.val();
        self.decode.blank.next = self.sequence.blank.val();
        self.fetch.pop.next = self.sequence.take.val();
        self.rs1.read.next = self.sequence.state.val() == CoreState::Decode;
        self.rs2.read.next = self.sequence.state.val() == CoreState::Decode;
        self.bare.next = (self.insn.val().get_bits::<7>(0) == 0x37)
            | ((self.insn.val().get_bits::<7>(0) == 0x73) & self.insn.val().get_bit(14));
        self.rs1.read_addr.next = self.insn.val().get_bits::<5>(15);
        if self.bare.val() {
            self.rs1.read_addr.next = 0.into();
        }
        self.rs2.read_addr.next = self.insn.val().get_bits::<5>(20);
        if self.insn.val().get_bits::<15>(0) == 0x0073 {
            self.rs2.read_addr.next = 10.into();
        }

        // CSRs.
        self.csr.reset.next = self.reset.val();
        self.csr.clear.next = self.sequence.state.val() == CoreState::Clear;
        self.csr.clear_index.next = self.sequence.clear_index.val().get_bits::<2>(0);
        self.csr.take.next = self.sequence.state.val() == CoreState::Decode;
        self.csr.number.next = self.fetch.insn.val().get_bits::<12>(20);
        self.csr.access.next = self.decode.csr_q.val();
        self.csr.update.next =
            (self.sequence.state.val() == CoreState::Load) & self.decode.csr_q.val();
        self.csr.present.next = self.loaded.q.val();
        self.csr.mret.next = self.decode.mret_q.val();
        self.csr.leave.next = self.execute.val() & self.decode.mret_q.val();
        self.csr.trap.next = self.sequence.state.val() == CoreState::Trap;
        self.csr.vector.next = self.sequence.state.val() == CoreState::Vector;
        self.csr.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.csr.field.next = self.decode.insn_q.val().get_bits::<5>(15);
        self.csr.source.next = self.rs1.q.val();
        self.csr.pc.next = self.pc_x.q.val();
        self.csr.cause.next = self.sequence.cause_q.val();

        // Adder, comparison, logic, shifter.
        self.alu.a.next = self.rs1.q.val();
        self.alu.register.next = self.rs2.q.val();
        self.alu.imm.next = self.decode.imm_q.val();
        self.alu.use_imm.next = self.decode.use_imm_q.val();
        self.alu.sub.next = self.decode.sub_q.val();
        self.alu.operation.next = self.decode.logic_q.val();
        self.alu.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.shift_a.next = self.rs1.q.val();
        // From registers alone: what a combinational block reads must not share logic with what its result changes.
        self.shift_amount.next = self.rs2.q.val().get_bits::<5>(0);
        if self.decode.use_imm_q.val() {
            self.shift_amount.next = self.decode.imm_q.val().get_bits::<5>(0);
        }
        self.late_shift.next =
            self.shift_late.val() & (self.decode.left_q.val() | self.decode.right_q.val());
        self.shift_left.next = self.execute.val() & self.decode.left_q.val();
        self.shift_right.next = self.execute.val() & self.decode.right_q.val();
        self.shift_arithmetic.next = self.decode.insn_q.val().get_bit(30);

        // The result, of registers or of memory. A jump goes to it, after it has written its link register.
        self.linking.next = self.execute.val() & self.decode.link_q.val();
        self.from_pc.next = 0.into();
        self.from_sum.next = 0.into();
        self.from_base.next = 0.into();
        if self.linking.val() {
            self.from_pc.next = self.pc.q.val();
        } else if self.execute.val() | (self.sequence.state.val() == CoreState::Jump) {
            if self.decode.takes_sum_q.val() {
                self.from_sum.next = self.alu.sum.val();
            }
            if self.decode.takes_base_q.val() {
                self.from_base.next = self.decode.base_q.val();
            }
        }
        self.from_less.next =
            bit_cast::<32, 1>((self.decode.less_q.val() & self.alu.less.val()).into());
        self.target.next = (self.from_sum.val() | self.from_base.val())
            | (self.from_pc.val() | self.loaded.q.val());
        self.result.next = self.target.val()
            | (self.alu.bitwise.val() | self.shifted.val())
            | (self.align.value.val() | self.from_less.val());
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
        self.redirect.next = (self.sequence.state.val() == CoreState::Jump)
            | (self.sequence.state.val() == CoreState::Enter)
            | (self.execute.val()
                & ((self.decode.jal_q.val()
                    & !self.decode.link_q.val()
                    & !self.decode.base_q.val().get_bit(1))
                    | (self.decode.jalr_q.val()
                        & !self.decode.link_q.val()
                        & !self.alu.sum.val().get_bit(1))
                    | (self.decode.branch_q.val()
                        & (self.condition.val() ^ self.f3.val().get_bit(0))
                        & !self.decode.base_q.val().get_bit(1))));

        // Loads and stores.
        self.access.active.next = self.sequence.state.val() == CoreState::Memory;
        self.access.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.access.addr.next = self.addr.q.val();
        self.access.value.next = self.rs2.q.val();
        self.access.outside.next = self.outside.val();
        self.data_valid.next = self.access.data_valid.val() & !self.sequence.asked_q.val();
        self.data_write.next = self.decode.store_q.val();
        self.data_addr.next = self.addr.q.val().get_bits::<18>(0);
        self.data_wdata.next = self.access.store_data.val();
        self.data_be.next = self.access.lanes.val();
        self.mmio_valid.next = self.sequence.state.val() == CoreState::Register;
        self.mmio_write.next =
            !(self.decode.load_q.val() & (self.sequence.state.val() == CoreState::Register));
        self.mmio_asking.next = self.decode.load_q.val()
            & ((self.sequence.state.val() == CoreState::Register)
                | (self.sequence.state.val() == CoreState::Memory));
        self.mmio_addr.next = self.addr.q.val().get_bits::<5>(2);
        self.mmio_wdata.next = self.rs2.q.val();
        // Bit 30 of the base tells registers from SRAM nearly always; what is wrong is found a cycle later.
        self.early_valid.next = (self.sequence.state.val() == CoreState::Execute)
            & self.decode.load_q.val()
            & !self.rs1.q.val().get_bit(30)
            & !self.sequence.unwanted_q.val();
        self.early_sum.next =
            self.rs1.q.val().get_bits::<18>(0) + self.decode.imm_q.val().get_bits::<18>(0);
        self.early_addr.next = self.early_sum.val();
        self.align.active.next = self.sequence.state.val() == CoreState::Memory;
        self.align.f3.next = self.decode.insn_q.val().get_bits::<3>(12);
        self.align.addr.next = self.addr.q.val().get_bits::<2>(0);
        self.align.word.next = self.response_word.val();
        self.loaded.d.next = 0.into();
        if (self.sequence.state.val() == CoreState::Register)
            | (self.sequence.state.val() == CoreState::Vector)
            | self.execute.val()
        {
            self.loaded.d.next = self.mmio_rdata.val() | self.csr.old.val();
        }
        if self.execute.val() {
            self.addr.d.next = 0.into();
            if self.decode.load_q.val() | self.decode.store_q.val() {
                self.addr.d.next = self.alu.sum.val();
            }
        }
        if self.sequence.state.val() == CoreState::Trap {
            self.addr.d.next = 0.into();
        }

        // What happens next.
        self.sequence.reset.next = self.reset.val();
        self.sequence.run.next = self.run.val();
        self.sequence.poked.next = self.poked.val();
        self.sequence.fault.next = self.fault.val();
        self.sequence.available.next = self.fetch.available.val();
        self.sequence.idle.next = self.fetch.idle.val();
        self.sequence.trap.next = self.decode.trap_q.val();
        self.sequence.trap_cause.next = self.decode.cause_q.val();
        self.sequence.crooked.next = self.crooked.val();
        self.sequence.load.next = self.decode.load_q.val();
        self.sequence.store.next = self.decode.store_q.val();
        self.sequence.csr.next = self.decode.csr_q.val() | self.late_shift.val();
        self.sequence.jump.next = self.decode.link_q.val() | self.decode.mret_q.val();
        self.sequence.fence_i.next = self.decode.fence_i_q.val();
        self.sequence.misaligned.next = self.access.misaligned.val();
        self.sequence.in_sram.next = self.access.in_sram.val();
        self.sequence.in_mmio.next = self.access.in_mmio.val();
        self.sequence.data_ready.next = self.data_ready.val();
        self.sequence.data_response.next = self.data_response.val();
        self.sequence.early_ready.next = self.early_ready.val();
        self.sequence.mmio_ready.next = self.mmio_ready.val();
        self.sequence.mmio_exit.next = self.mmio_exit.val();
        self.sequence.unhandled.next = self.loaded.q.val() == 0;
        if self.sequence.take.val() | self.sequence.blank.val() {
            self.pc_x.d.next = self.pc.q.val();
        }
        // The next instruction is taken in a decode cycle, and no other goes elsewhere.
        self.ahead.next = 0.into();
        self.elsewhere.next = 0.into();
        if self.sequence.state.val() == CoreState::Decode {
            self.ahead.next = 0x3fff_ffff.into();
        } else {
            self.elsewhere.next = 0x3fff_ffff.into();
        }
        self.advance.a.next = self.pc.q.val().get_bits::<30>(2);
        self.advance.b.next = self.target.val().get_bits::<30>(2);
        self.advance.c.next = self.ahead.val();
        self.advance.d.next = self.elsewhere.val();
        self.advance.one.next = self.sequence.state.val() == CoreState::Decode;
        if self.sequence.take.val() | self.redirect.val() {
            self.pc.d.next = bit_cast::<32, 30>(self.advance.sum.val()) << 2;
        }
        // Only a link register can meet a crooked target, and branches write none.
        self.write.next = (self.sequence.state.val() == CoreState::Clear)
            | (self.decode.writes_q.val() & self.sequence.arrives.val())
            | (self.execute.val()
                & self.decode.writes_q.val()
                & !self.decode.load_q.val()
                & !self.decode.csr_q.val()
                & !self.late_shift.val()
                & !(self.decode.jal_q.val() & self.decode.base_q.val().get_bit(1))
                & !(self.decode.jalr_q.val() & self.alu.sum.val().get_bit(1)));
        if self.sequence.state.val() == CoreState::Clear {
            self.rd.next = self.sequence.clear_index.val();
        }
        self.rs1.write.next = self.write.val();
        self.rs2.write.next = self.write.val();
        self.rs1.write_addr.next = self.rd.val();
        self.rs2.write_addr.next = self.rd.val();
        self.rs1.write_data.next = self.result.val();
        self.rs2.write_data.next = self.result.val();

        self.fetch.reset.next = self.reset.val();
        self.fetch.wide.next = self.wide.val();
        self.wiping.next = (self.sequence.state.val() == CoreState::Clear)
            | (self.sequence.state.val() == CoreState::Wipe);
        self.fetch.enable.next =
            self.run.val() & !self.wiping.val() & (self.sequence.state.val() != CoreState::Halt);
        self.fetch.wipe.next = self.wiping.val();
        self.fetch.wipe_place.next = self.sequence.clear_index.val().get_bits::<4>(0);
        self.fetch.pc.next = self.pc.q.val().get_bits::<18>(0);
        self.fetch.redirect.next = self.redirect.val();
        self.fetch.target.next = self.target.val().get_bits::<18>(0);
        self.fetch_valid.next = self.fetch.request_valid.val();
        self.fetch_addr.next = self.fetch.request_addr.val();
        self.fetch.request_ready.next = self.fetch_ready.val();
        self.fetch.response_valid.next = self.fetch_response.val();
        self.fetch.response_data.next = self.response_data.val();

        // Retire record. The next instruction's address and the present one's still stand in the cycle after.
        self.retire.reset.next = self.reset.val();
        self.retire.finish.next = self.sequence.finish.val();
        self.retire.trap.next = self.sequence.state.val() == CoreState::Enter;
        self.retire.keep.next = self.sequence.state.val() == CoreState::Jump;
        self.retire.write.next = self.write.val();
        self.retire.rd.next = self.rd.val();
        self.retire.value.next = self.result.val();
        self.retire.load.next = self.decode.load_q.val()
            & ((self.sequence.state.val() == CoreState::Memory)
                | (self.sequence.state.val() == CoreState::Load));
        self.retire.store.next = self.decode.store_q.val()
            & ((self.sequence.state.val() == CoreState::Memory)
                | (self.sequence.state.val() == CoreState::Register));
        self.retire.lanes.next = self.access.lanes.val();
        self.retire.loaded.next = self.response_word.val();
        if self.sequence.state.val() == CoreState::Load {
            self.retire.loaded.next = self.loaded.q.val();
        }
        self.retire.stored.next = self.access.store_data.val();
        self.retire_valid.next = self.retire.valid_q.val();
        self.retire_pc.next = self.pc_x.q.val();
        self.retire_insn.next = self.decode.insn_q.val();
        self.retire_next_pc.next = self.pc.q.val();
        self.retire_rd.next = self.retire.rd_q.val();
        self.retire_rd_value.next = self.retire.value_q.val();
        self.retire_mem_addr.next = self.addr.q.val() & 0xffff_fffc_u64;
        self.retire_rmask.next = self.retire.rmask_q.val();
        self.retire_wmask.next = self.retire.wmask_q.val();
        self.retire_rdata.next = self.retire.rdata_q.val();
        self.retire_wdata.next = self.retire.wdata_q.val();
        self.retire_trap.next = self.retire.trap_q.val();

        self.clears.next = self.sequence.state.val() == CoreState::Clear;
        self.clear_place.next = self.sequence.clear_index.val().get_bits::<4>(0);
        self.halted.next = self.sequence.state.val() == CoreState::Halt;
        self.exit_value.next = 0.into();
        if self.sequence.exited_q.val() {
            self.exit_value.next = self.rs2.q.val();
        }
        self.exit_call.next = 0.into();
        if self.sequence.called_q.val() {
            self.exit_call.next = (self.rs2.q.val() << 1) | 1;
        }
        self.exit_cause.next = 0.into();
        if self.sequence.failed_q.val() {
            self.exit_cause.next = bit_cast::<32, 4>(self.sequence.cause_q.val()) | 0x8000_0000_u64;
        }
        self.exit_code.next = self.exit_value.val() | self.exit_call.val() | self.exit_cause.val();

        if self.reset.val() {
            self.pc.d.next = 0.into();
        }
    }
}
