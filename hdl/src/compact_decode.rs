//! `CompactDecode`: what an instruction is, for the compact core: its kind, whether it is legal, its immediate.
//!
//! What it tells is valid a cycle after the instruction, which stands until the next one is fetched; `system_now` and
//! `csr_now` are valid in the same cycle. It finds what `Decode` finds (all of RV32I or RV32E with Zicsr and Zifencei, machine
//! mode only).

use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct CompactDecode {
    pub clock: Signal<In, Clock>,
    pub insn: Signal<In, Bits<32>>,
    /// True where registers x16..x31 do not exist.
    pub rv32e: Signal<In, Bit>,
    pub system_now: Signal<Out, Bit>,
    pub csr_now: Signal<Out, Bit>,
    /// The immediate, 0 where there is none.
    pub imm: Signal<Out, Bits<32>>,
    /// It is no multiple of four (of jumps and branches).
    pub crooked: Signal<Out, Bit>,
    /// Not legal, `ebreak` or `ecall`: traps with `cause`. The kinds below mean nothing then.
    pub trap: Signal<Out, Bit>,
    pub cause: Signal<Out, Bits<4>>,
    pub is_lui: Signal<Out, Bit>,
    pub is_auipc: Signal<Out, Bit>,
    pub is_jal: Signal<Out, Bit>,
    pub is_jalr: Signal<Out, Bit>,
    pub is_branch: Signal<Out, Bit>,
    pub is_load: Signal<Out, Bit>,
    pub is_store: Signal<Out, Bit>,
    /// Register or immediate operation.
    pub is_operation: Signal<Out, Bit>,
    /// Its second operand is a register.
    pub is_register: Signal<Out, Bit>,
    pub is_csr: Signal<Out, Bit>,
    pub is_mret: Signal<Out, Bit>,
    /// It has a destination register other than x0.
    pub writes: Signal<Out, Bit>,
    imm_q: DFF<Bits<32>>,
    cause_q: DFF<Bits<4>>,
    crooked_q: DFF<Bit>,
    trap_q: DFF<Bit>,
    is_lui_q: DFF<Bit>,
    is_auipc_q: DFF<Bit>,
    is_jal_q: DFF<Bit>,
    is_jalr_q: DFF<Bit>,
    is_branch_q: DFF<Bit>,
    is_load_q: DFF<Bit>,
    is_store_q: DFF<Bit>,
    is_operation_q: DFF<Bit>,
    is_register_q: DFF<Bit>,
    is_csr_q: DFF<Bit>,
    is_mret_q: DFF<Bit>,
    writes_q: DFF<Bit>,
    opcode: Signal<Local, Bits<7>>,
    f3: Signal<Local, Bits<3>>,
    f7: Signal<Local, Bits<7>>,
    upper: Signal<Local, Bit>,
    jal: Signal<Local, Bit>,
    jalr: Signal<Local, Bit>,
    branch: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    store: Signal<Local, Bit>,
    immediate: Signal<Local, Bit>,
    register: Signal<Local, Bit>,
    system: Signal<Local, Bit>,
    csr: Signal<Local, Bit>,
    /// The twelve upper bits of a system instruction that has nothing else, as far as they are looked at.
    plain: Signal<Local, Bit>,
    legal: Signal<Local, Bit>,
    shift_legal: Signal<Local, Bit>,
    csr_legal: Signal<Local, Bit>,
    uses_rd: Signal<Local, Bit>,
    uses_rs1: Signal<Local, Bit>,
    uses_rs2: Signal<Local, Bit>,
    high: Signal<Local, Bit>,
    sign: Signal<Local, Bit>,
    sign12: Signal<Local, Bits<12>>,
    /// Bits 4..1 come from the places of I and J, or of S and B, or of a CSR's immediate.
    by_i: Signal<Local, Bit>,
    by_s: Signal<Local, Bit>,
    by_z: Signal<Local, Bit>,
    why: Signal<Local, Bits<4>>,
    imm_31_20: Signal<Local, Bits<12>>,
    imm_19_12: Signal<Local, Bits<8>>,
    imm_11: Signal<Local, Bit>,
    imm_10_5: Signal<Local, Bits<6>>,
    from_i: Signal<Local, Bits<4>>,
    from_s: Signal<Local, Bits<4>>,
    from_z: Signal<Local, Bits<4>>,
    imm_4_1: Signal<Local, Bits<4>>,
    imm_0: Signal<Local, Bit>,
}

impl Logic for CompactDecode {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            imm_q,
            cause_q,
            crooked_q,
            trap_q,
            is_lui_q,
            is_auipc_q,
            is_jal_q,
            is_jalr_q,
            is_branch_q,
            is_load_q,
            is_store_q,
            is_operation_q,
            is_register_q,
            is_csr_q,
            is_mret_q,
            writes_q
        );
        self.opcode.next = self.insn.val().get_bits::<7>(0);
        self.f3.next = self.insn.val().get_bits::<3>(12);
        self.f7.next = self.insn.val().get_bits::<7>(25);
        self.upper.next = (self.opcode.val() == 0x37) | (self.opcode.val() == 0x17);
        self.jal.next = self.opcode.val() == 0x6f;
        self.jalr.next = self.opcode.val() == 0x67;
        self.branch.next = self.opcode.val() == 0x63;
        self.load.next = self.opcode.val() == 0x03;
        self.store.next = self.opcode.val() == 0x23;
        self.immediate.next = self.opcode.val() == 0x13;
        self.register.next = self.opcode.val() == 0x33;
        self.system.next = self.opcode.val() == 0x73;
        self.csr.next = self.system.val() & (self.f3.val().get_bits::<2>(0) != 0);
        self.is_lui_q.d.next = self.upper.val() & self.insn.val().get_bit(5);
        self.is_auipc_q.d.next = self.upper.val() & !self.insn.val().get_bit(5);
        self.is_jal_q.d.next = self.jal.val();
        self.is_jalr_q.d.next = self.jalr.val();
        self.is_branch_q.d.next = self.branch.val();
        self.is_load_q.d.next = self.load.val();
        self.is_store_q.d.next = self.store.val();
        self.is_operation_q.d.next = self.immediate.val() | self.register.val();
        self.is_register_q.d.next = self.register.val();
        self.system_now.next = self.system.val();
        self.csr_now.next = self.csr.val();
        self.is_csr_q.d.next = self.csr.val();
        self.is_mret_q.d.next =
            self.system.val() & !self.csr.val() & (self.insn.val().get_bits::<2>(28) == 3);

        // Legality.
        self.shift_legal.next = true;
        if self.f3.val() == 1 {
            self.shift_legal.next = self.f7.val() == 0;
        }
        if self.f3.val() == 5 {
            self.shift_legal.next = (self.f7.val() & 0x5f) == 0;
        }
        // csrrs and csrrc with register or immediate 0 do not write.
        self.csr_legal.next = (self.insn.val().get_bits::<2>(28) == 3)
            & ((self.insn.val().get_bits::<2>(30) != 3)
                | (self.f3.val().get_bit(1) & (self.insn.val().get_bits::<5>(15) == 0)));
        self.plain.next =
            self.system.val() & (self.insn.val().get_bits::<13>(7) == 0) & !self.csr.val();
        self.legal.next = self.upper.val() | self.jal.val();
        self.why.next = 2.into();
        if self.jalr.val() {
            self.legal.next = self.f3.val() == 0;
        }
        if self.branch.val() {
            self.legal.next = self.f3.val().get_bits::<2>(1) != 1;
        }
        if self.load.val() {
            self.legal.next = (self.f3.val() != 3) & (self.f3.val().get_bits::<2>(1) != 3);
        }
        if self.store.val() {
            self.legal.next = self.f3.val() < 3;
        }
        if self.immediate.val() {
            self.legal.next = self.shift_legal.val();
        }
        if self.register.val() {
            self.legal.next = (self.f7.val() == 0)
                | ((self.f7.val() == 0x20) & ((self.f3.val() == 0) | (self.f3.val() == 5)));
        }
        if self.opcode.val() == 0x0f {
            self.legal.next = self.f3.val() < 2;
        }
        if self.csr.val() {
            self.legal.next = self.csr_legal.val();
        }
        if self.plain.val() {
            // wfi has nothing to wait for: there are no interrupts.
            self.legal.next = (self.insn.val().get_bits::<12>(20) == 0x302)
                | (self.insn.val().get_bits::<12>(20) == 0x105);
            if self.insn.val().get_bits::<12>(20) == 0 {
                self.why.next = 11.into();
            }
            if self.insn.val().get_bits::<12>(20) == 1 {
                self.why.next = 3.into();
            }
        }
        self.uses_rd.next = self.upper.val()
            | self.jal.val()
            | self.jalr.val()
            | self.load.val()
            | self.immediate.val()
            | self.register.val()
            | self.csr.val();
        self.uses_rs1.next = self.jalr.val()
            | self.branch.val()
            | self.load.val()
            | self.store.val()
            | self.immediate.val()
            | self.register.val()
            | (self.csr.val() & !self.f3.val().get_bit(2));
        self.uses_rs2.next = self.branch.val() | self.store.val() | self.register.val();
        self.high.next = self.rv32e.val()
            & ((self.uses_rd.val() & self.insn.val().get_bit(11))
                | (self.uses_rs1.val() & self.insn.val().get_bit(19))
                | (self.uses_rs2.val() & self.insn.val().get_bit(24)));
        self.trap_q.d.next = !self.legal.val() | self.high.val();
        self.writes_q.d.next = self.uses_rd.val() & (self.insn.val().get_bits::<5>(7) != 0);

        // Immediate: each piece is 0 unless a format asks for it.
        self.sign.next = self.insn.val().get_bit(31) & !self.csr.val() & !self.upper.val();
        self.sign12.next = 0.into();
        if self.sign.val() {
            self.sign12.next = 0xfff.into();
        }
        self.by_s.next = self.store.val() | self.branch.val();
        self.by_z.next = self.csr.val();
        self.by_i.next =
            !(self.store.val() | self.branch.val() | self.upper.val() | self.csr.val());
        self.imm_31_20.next = self.sign12.val();
        self.imm_19_12.next = self.sign12.val().get_bits::<8>(0);
        if self.upper.val() {
            self.imm_31_20.next = self.insn.val().get_bits::<12>(20);
        }
        if self.upper.val() | self.jal.val() {
            self.imm_19_12.next = self.insn.val().get_bits::<8>(12);
        }
        self.imm_11.next = self.sign.val();
        if self.jal.val() {
            self.imm_11.next = self.insn.val().get_bit(20);
        }
        if self.branch.val() {
            self.imm_11.next = self.insn.val().get_bit(7);
        }
        self.imm_10_5.next = 0.into();
        if self.by_i.val() | self.by_s.val() {
            self.imm_10_5.next = self.insn.val().get_bits::<6>(25);
        }
        self.from_i.next = 0.into();
        if self.by_i.val() {
            self.from_i.next = self.insn.val().get_bits::<4>(21);
        }
        self.from_s.next = 0.into();
        if self.by_s.val() {
            self.from_s.next = self.insn.val().get_bits::<4>(8);
        }
        self.from_z.next = 0.into();
        if self.by_z.val() {
            self.from_z.next = self.insn.val().get_bits::<4>(16);
        }
        self.imm_4_1.next = self.from_i.val() | self.from_s.val() | self.from_z.val();
        self.imm_0.next = (self.by_i.val() & !self.jal.val() & self.insn.val().get_bit(20))
            | (self.by_s.val() & self.store.val() & self.insn.val().get_bit(7))
            | (self.by_z.val() & self.insn.val().get_bit(15));
        self.imm_q.d.next = (bit_cast::<32, 12>(self.imm_31_20.val()) << 20)
            | (bit_cast::<32, 8>(self.imm_19_12.val()) << 12)
            | (bit_cast::<32, 1>(self.imm_11.val().into()) << 11)
            | (bit_cast::<32, 6>(self.imm_10_5.val()) << 5)
            | (bit_cast::<32, 4>(self.imm_4_1.val()) << 1)
            | bit_cast::<32, 1>(self.imm_0.val().into());
        // Of jumps: bit 1 of a branch stands where S has it.
        self.crooked_q.d.next = (self.jal.val() & self.insn.val().get_bit(21))
            | (self.branch.val() & self.insn.val().get_bit(8));
        self.cause_q.d.next = self.why.val();
        self.imm.next = self.imm_q.q.val();
        self.cause.next = self.cause_q.q.val();
        self.crooked.next = self.crooked_q.q.val();
        self.trap.next = self.trap_q.q.val();
        self.is_lui.next = self.is_lui_q.q.val();
        self.is_auipc.next = self.is_auipc_q.q.val();
        self.is_jal.next = self.is_jal_q.q.val();
        self.is_jalr.next = self.is_jalr_q.q.val();
        self.is_branch.next = self.is_branch_q.q.val();
        self.is_load.next = self.is_load_q.q.val();
        self.is_store.next = self.is_store_q.q.val();
        self.is_operation.next = self.is_operation_q.q.val();
        self.is_register.next = self.is_register_q.q.val();
        self.is_csr.next = self.is_csr_q.q.val();
        self.is_mret.next = self.is_mret_q.q.val();
        self.writes.next = self.writes_q.q.val();
    }
}
