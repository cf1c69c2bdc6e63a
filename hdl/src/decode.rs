//! `Decode`: the core's decode stage, from an instruction to registered control bits, immediate and jump target.
//!
//! Latency: one cycle, taken when `take` is 1; outputs stay until the next. It finds illegal instructions (all of
//! RV32I or RV32E with Zicsr and Zifencei, machine mode only) and the two environment calls; whether a CSR exists is
//! the core's affair, except for numbers of other privilege modes and writes to read-only ones, which are illegal.

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Decode {
    pub clock: Signal<In, Clock>,
    pub take: Signal<In, Bit>,
    /// Without `take`: the instruction could not be fetched, and counts as 0.
    pub blank: Signal<In, Bit>,
    /// True where registers x16..x31 do not exist.
    pub rv32e: Signal<In, Bit>,
    pub insn: Signal<In, Bits<32>>,
    pub pc: Signal<In, Bits<32>>,
    pub insn_q: Signal<Out, Bits<32>>,
    pub imm_q: Signal<Out, Bits<32>>,
    /// pc + immediate.
    pub base_q: Signal<Out, Bits<32>>,
    /// The result is the sum, or where it goes (`jalr`).
    pub takes_sum_q: Signal<Out, Bit>,
    /// The result is `base_q` (`auipc`), or where it goes (branch, `jal`).
    pub takes_base_q: Signal<Out, Bit>,
    /// A jump that writes the address of the next instruction.
    pub link_q: Signal<Out, Bit>,
    /// The result is a comparison.
    pub less_q: Signal<Out, Bit>,
    /// The result is this logic operation of the ALU; 0 for none.
    pub logic_q: Signal<Out, Bits<2>>,
    /// The result is a shift.
    pub left_q: Signal<Out, Bit>,
    pub right_q: Signal<Out, Bit>,
    /// The second operand is the immediate.
    pub use_imm_q: Signal<Out, Bit>,
    /// Subtract.
    pub sub_q: Signal<Out, Bit>,
    pub branch_q: Signal<Out, Bit>,
    pub jal_q: Signal<Out, Bit>,
    pub jalr_q: Signal<Out, Bit>,
    pub load_q: Signal<Out, Bit>,
    pub store_q: Signal<Out, Bit>,
    pub csr_q: Signal<Out, Bit>,
    pub mret_q: Signal<Out, Bit>,
    pub fence_i_q: Signal<Out, Bit>,
    /// Writes a destination register other than x0 (loads aside).
    pub writes_q: Signal<Out, Bit>,
    /// Traps, all kinds above being false, with `cause_q`: illegal (2), breakpoint (3) or environment call (11).
    pub trap_q: Signal<Out, Bit>,
    pub cause_q: Signal<Out, Bits<4>>,
    r_insn: DFF<Bits<32>>,
    r_imm: DFF<Bits<32>>,
    r_base: DFF<Bits<32>>,
    r_takes_sum: DFF<Bit>,
    r_takes_base: DFF<Bit>,
    r_link: DFF<Bit>,
    r_less: DFF<Bit>,
    r_logic: DFF<Bits<2>>,
    r_left: DFF<Bit>,
    r_right: DFF<Bit>,
    r_use_imm: DFF<Bit>,
    r_sub: DFF<Bit>,
    r_branch: DFF<Bit>,
    r_jal: DFF<Bit>,
    r_jalr: DFF<Bit>,
    r_load: DFF<Bit>,
    r_store: DFF<Bit>,
    r_csr: DFF<Bit>,
    r_mret: DFF<Bit>,
    r_fence_i: DFF<Bit>,
    r_writes: DFF<Bit>,
    r_trap: DFF<Bit>,
    r_cause: DFF<Bits<4>>,
    opcode: Signal<Local, Bits<7>>,
    f3: Signal<Local, Bits<3>>,
    f7: Signal<Local, Bits<7>>,
    f12: Signal<Local, Bits<12>>,
    is_upper: Signal<Local, Bit>,
    is_jal: Signal<Local, Bit>,
    is_store_or_branch: Signal<Local, Bit>,
    /// Formats that use the register fields.
    uses_rd: Signal<Local, Bit>,
    uses_rs1: Signal<Local, Bit>,
    uses_rs2: Signal<Local, Bit>,
    high: Signal<Local, Bit>,
    legal: Signal<Local, Bit>,
    shift_legal: Signal<Local, Bit>,
    csr_legal: Signal<Local, Bit>,
    sign12: Signal<Local, Bits<12>>,
    imm_31_20: Signal<Local, Bits<12>>,
    imm_19_12: Signal<Local, Bits<8>>,
    imm_11: Signal<Local, Bit>,
    imm_10_5: Signal<Local, Bits<6>>,
    imm_4_1: Signal<Local, Bits<4>>,
    imm_0: Signal<Local, Bit>,
    imm: Signal<Local, Bits<32>>,
}

impl Logic for Decode {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            r_insn,
            r_imm,
            r_base,
            r_takes_sum,
            r_takes_base,
            r_link,
            r_less,
            r_logic,
            r_left,
            r_right,
            r_use_imm,
            r_sub,
            r_branch,
            r_jal,
            r_jalr,
            r_load,
            r_store,
            r_csr,
            r_mret,
            r_fence_i,
            r_writes,
            r_trap,
            r_cause
        );
        self.opcode.next = self.insn.val().get_bits::<7>(0);
        self.f3.next = self.insn.val().get_bits::<3>(12);
        self.f7.next = self.insn.val().get_bits::<7>(25);
        self.f12.next = self.insn.val().get_bits::<12>(20);
        self.is_upper.next = (self.opcode.val() == 0x37) | (self.opcode.val() == 0x17);
        self.is_jal.next = self.opcode.val() == 0x6f;
        self.is_store_or_branch.next = (self.opcode.val() == 0x23) | (self.opcode.val() == 0x63);

        // Immediate, put together from pieces that at most three formats fill differently.
        self.sign12.next = 0.into();
        if self.insn.val().get_bit(31) {
            self.sign12.next = 0xfff.into();
        }
        self.imm_31_20.next = self.sign12.val();
        self.imm_19_12.next = self.sign12.val().get_bits::<8>(0);
        self.imm_11.next = self.insn.val().get_bit(31);
        self.imm_10_5.next = self.insn.val().get_bits::<6>(25);
        self.imm_4_1.next = self.insn.val().get_bits::<4>(21);
        self.imm_0.next = self.insn.val().get_bit(20);
        if self.is_upper.val() | self.is_jal.val() {
            self.imm_19_12.next = self.insn.val().get_bits::<8>(12);
        }
        if self.is_jal.val() {
            self.imm_11.next = self.insn.val().get_bit(20);
            self.imm_0.next = false;
        }
        if self.is_store_or_branch.val() {
            self.imm_4_1.next = self.insn.val().get_bits::<4>(8);
            self.imm_0.next = self.insn.val().get_bit(7);
        }
        if self.opcode.val() == 0x63 {
            self.imm_11.next = self.insn.val().get_bit(7);
            self.imm_0.next = false;
        }
        if self.is_upper.val() {
            self.imm_31_20.next = self.insn.val().get_bits::<12>(20);
            self.imm_11.next = false;
            self.imm_10_5.next = 0.into();
            self.imm_4_1.next = 0.into();
            self.imm_0.next = false;
        }
        self.imm.next = (bit_cast::<32, 12>(self.imm_31_20.val()) << 20)
            | (bit_cast::<32, 8>(self.imm_19_12.val()) << 12)
            | (bit_cast::<32, 1>(self.imm_11.val().into()) << 11)
            | (bit_cast::<32, 6>(self.imm_10_5.val()) << 5)
            | (bit_cast::<32, 4>(self.imm_4_1.val()) << 1)
            | bit_cast::<32, 1>(self.imm_0.val().into());

        // Legality and kind.
        self.shift_legal.next = true;
        if self.f3.val() == 1 {
            self.shift_legal.next = self.f7.val() == 0;
        }
        if self.f3.val() == 5 {
            self.shift_legal.next = (self.f7.val() & 0x5f) == 0;
        }
        // csrrs and csrrc with register or immediate 0 do not write.
        self.csr_legal.next = (self.f12.val().get_bits::<2>(8) == 3)
            & ((self.f12.val().get_bits::<2>(10) != 3)
                | (self.f3.val().get_bit(1) & (self.insn.val().get_bits::<5>(15) == 0)));
        self.legal.next = false;
        self.uses_rd.next = false;
        self.uses_rs1.next = false;
        self.uses_rs2.next = false;

        if self.take.val() {
            self.r_insn.d.next = self.insn.val();
            self.r_imm.d.next = self.imm.val();
            self.r_base.d.next = self.pc.val() + self.imm.val();
            self.r_takes_sum.d.next = false;
            self.r_takes_base.d.next = false;
            self.r_link.d.next = false;
            self.r_less.d.next = false;
            self.r_logic.d.next = 0.into();
            self.r_left.d.next = false;
            self.r_right.d.next = false;
            self.r_use_imm.d.next = true;
            self.r_sub.d.next = false;
            self.r_branch.d.next = false;
            self.r_jal.d.next = false;
            self.r_jalr.d.next = false;
            self.r_load.d.next = false;
            self.r_store.d.next = false;
            self.r_csr.d.next = false;
            self.r_mret.d.next = false;
            self.r_fence_i.d.next = false;
            self.r_cause.d.next = 2.into();
            if self.is_upper.val() {
                self.legal.next = true;
                self.uses_rd.next = true;
                // The core reads x0 for `lui`.
                self.r_takes_sum.d.next = self.opcode.val().get_bit(5);
                self.r_takes_base.d.next = !self.opcode.val().get_bit(5);
            }
            if self.is_jal.val() {
                self.legal.next = true;
                self.uses_rd.next = true;
                self.r_jal.d.next = true;
                self.r_takes_base.d.next = true;
                self.r_link.d.next = self.insn.val().get_bits::<5>(7) != 0;
            }
            if self.opcode.val() == 0x67 {
                self.legal.next = self.f3.val() == 0;
                self.uses_rd.next = true;
                self.uses_rs1.next = true;
                self.r_jalr.d.next = true;
                self.r_takes_sum.d.next = true;
                self.r_link.d.next = self.insn.val().get_bits::<5>(7) != 0;
            }
            if self.opcode.val() == 0x63 {
                self.legal.next = self.f3.val().get_bits::<2>(1) != 1;
                self.uses_rs1.next = true;
                self.uses_rs2.next = true;
                self.r_branch.d.next = true;
                self.r_takes_base.d.next = true;
                self.r_use_imm.d.next = false;
                self.r_sub.d.next = true;
            }
            if self.opcode.val() == 0x03 {
                self.legal.next = (self.f3.val() != 3) & (self.f3.val().get_bits::<2>(1) != 3);
                self.uses_rd.next = true;
                self.uses_rs1.next = true;
                self.r_load.d.next = true;
            }
            if self.opcode.val() == 0x23 {
                self.legal.next = self.f3.val() < 3;
                self.uses_rs1.next = true;
                self.uses_rs2.next = true;
                self.r_store.d.next = true;
            }
            if (self.opcode.val() == 0x13) | (self.opcode.val() == 0x33) {
                self.uses_rd.next = true;
                self.uses_rs1.next = true;
                if self.f3.val().get_bits::<2>(0) == 1 {
                    self.r_left.d.next = !self.f3.val().get_bit(2);
                    self.r_right.d.next = self.f3.val().get_bit(2);
                } else if self.f3.val().get_bit(2) {
                    self.r_logic.d.next = 1.into();
                    if self.f3.val().get_bit(1) {
                        self.r_logic.d.next = 3.into();
                        if self.f3.val().get_bit(0) {
                            self.r_logic.d.next = 2.into();
                        }
                    }
                } else if self.f3.val().get_bit(1) {
                    self.r_less.d.next = true;
                    self.r_sub.d.next = true;
                } else {
                    self.r_takes_sum.d.next = true;
                }
                self.legal.next = self.shift_legal.val();
                if self.opcode.val().get_bit(5) {
                    self.uses_rs2.next = true;
                    self.r_use_imm.d.next = false;
                    self.legal.next = self.f7.val() == 0;
                    if (self.f7.val() == 0x20) & (self.f3.val() == 0) {
                        self.legal.next = true;
                        self.r_sub.d.next = true;
                    }
                    if (self.f7.val() == 0x20) & (self.f3.val() == 5) {
                        self.legal.next = true;
                    }
                }
            }
            if self.opcode.val() == 0x0f {
                self.legal.next = self.f3.val() < 2;
                self.r_fence_i.d.next = self.f3.val().get_bit(0);
            }
            if self.opcode.val() == 0x73 {
                if self.f3.val().get_bits::<2>(0) == 0 {
                    if (self.insn.val() == 0x0000_0073) | (self.insn.val() == 0x0010_0073) {
                        self.r_cause.d.next = 11.into();
                        if self.insn.val().get_bit(20) {
                            self.r_cause.d.next = 3.into();
                        }
                    }
                    if self.insn.val() == 0x3020_0073 {
                        self.legal.next = true;
                        self.r_mret.d.next = true;
                    }
                    // wfi: nothing to wait for, no interrupts.
                    if self.insn.val() == 0x1050_0073 {
                        self.legal.next = true;
                    }
                } else {
                    self.legal.next = self.csr_legal.val();
                    self.uses_rd.next = true;
                    self.uses_rs1.next = !self.f3.val().get_bit(2);
                    self.r_csr.d.next = true;
                }
            }
        }
        self.high.next = self.rv32e.val()
            & ((self.uses_rd.val() & self.insn.val().get_bit(11))
                | (self.uses_rs1.val() & self.insn.val().get_bit(19))
                | (self.uses_rs2.val() & self.insn.val().get_bit(24)));
        if self.take.val() & (!self.legal.val() | self.high.val()) {
            self.r_logic.d.next = 0.into();
            self.r_left.d.next = false;
            self.r_right.d.next = false;
            self.r_branch.d.next = false;
            self.r_jal.d.next = false;
            self.r_jalr.d.next = false;
            self.r_load.d.next = false;
            self.r_store.d.next = false;
            self.r_csr.d.next = false;
            self.r_mret.d.next = false;
            self.r_fence_i.d.next = false;
        }
        if self.blank.val() {
            self.r_insn.d.next = 0.into();
        }
        if self.take.val() {
            self.r_trap.d.next = !self.legal.val() | self.high.val();
            self.r_writes.d.next = self.uses_rd.val()
                & (self.insn.val().get_bits::<5>(7) != 0)
                & self.legal.val()
                & !self.high.val();
        }

        self.insn_q.next = self.r_insn.q.val();
        self.imm_q.next = self.r_imm.q.val();
        self.base_q.next = self.r_base.q.val();
        self.takes_sum_q.next = self.r_takes_sum.q.val();
        self.takes_base_q.next = self.r_takes_base.q.val();
        self.link_q.next = self.r_link.q.val();
        self.less_q.next = self.r_less.q.val();
        self.logic_q.next = self.r_logic.q.val();
        self.left_q.next = self.r_left.q.val();
        self.right_q.next = self.r_right.q.val();
        self.use_imm_q.next = self.r_use_imm.q.val();
        self.sub_q.next = self.r_sub.q.val();
        self.branch_q.next = self.r_branch.q.val();
        self.jal_q.next = self.r_jal.q.val();
        self.jalr_q.next = self.r_jalr.q.val();
        self.load_q.next = self.r_load.q.val();
        self.store_q.next = self.r_store.q.val();
        self.csr_q.next = self.r_csr.q.val();
        self.mret_q.next = self.r_mret.q.val();
        self.fence_i_q.next = self.r_fence_i.q.val();
        self.writes_q.next = self.r_writes.q.val();
        self.trap_q.next = self.r_trap.q.val();
        self.cause_q.next = self.r_cause.q.val();
    }
}
