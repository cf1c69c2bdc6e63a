//! `CompactCore`: the RV32I or RV32E control core where cells are few: one adder, one memory port, no cache.
//!
//! An instruction takes eight cycles and what its access waits; a load or store three more, a comparison, branch, jump with a link
//! register or CSR access one more, a shift one more and one a bit. Registers, CSRs, what reads as it was written and the messages
//! that wait share the *scratch memory* of 128 words, read one at a time:
//!
//! | places | hold |
//! |---|---|
//! | `00 nnnnn` | register x*n* |
//! | `01 nnnnn` | mtvec, mscratch, mepc and mcause at 0 to 3; what registers of the core's numbers n hold hidden from loads; the exit code at `EXIT`'s |
//! | `10 nnnnn` | what a load of register number n reads, but for what the control block adds |
//! | `11 mmmmk` | payload (k = 0) and key of message m |
//!
//! What instructions do and which record retires is `Core`'s. The record stands in the cycle with `retire_valid`.

use rust_hdl::prelude::*;

use crate::access::Access;
use crate::align::Align;
use crate::compact_alu::CompactAlu;
use crate::compact_csr::CompactCsr;
use crate::compact_decode::CompactDecode;
use crate::compact_retire::CompactRetire;
use crate::compact_sequence::{CompactSequence, CompactState};
use crate::lut_ram::LutRam;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct CompactCore {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub run: Signal<In, Bit>,
    pub rv32e: Signal<In, Bit>,
    /// Address bits that are 0 in the SRAM and its alias.
    pub outside: Signal<In, Bits<32>>,
    /// A chain runs: accesses below `private_base` wait.
    pub busy: Signal<In, Bit>,
    pub private_base: Signal<In, Bits<19>>,
    /// The SRAM: a read or write is taken with `ready`; a read is answered later.
    pub valid: Signal<Out, Bit>,
    pub write: Signal<Out, Bit>,
    pub addr: Signal<Out, Bits<18>>,
    pub data: Signal<Out, Bits<32>>,
    pub lanes: Signal<Out, Bits<4>>,
    pub ready: Signal<In, Bit>,
    pub response: Signal<In, Bit>,
    pub word: Signal<In, Bits<32>>,
    /// A register is loaded or stored (`value`), as soon as `answers`. Which of them `is_store` tells with `register`, at least
    /// a cycle before.
    pub is_store: Signal<Out, Bit>,
    pub loads: Signal<Out, Bit>,
    pub stores: Signal<Out, Bit>,
    pub register: Signal<Out, Bits<5>>,
    pub value: Signal<Out, Bits<32>>,
    pub answers: Signal<In, Bit>,
    /// With it: one more is counted in the register with the next odd number; a message comes; a message goes; the
    /// program ends.
    pub counts: Signal<In, Bit>,
    pub receives: Signal<In, Bit>,
    pub sends: Signal<In, Bit>,
    pub exits: Signal<In, Bit>,
    /// The load returns 0.
    pub nothing: Signal<In, Bit>,
    /// The store is kept where loads find it, or where they do not.
    pub keeps: Signal<In, Bit>,
    pub hides: Signal<In, Bit>,
    /// Bits 2..0 and 31..19 are kept as 0.
    pub rounds: Signal<In, Bit>,
    /// Joins what a load returns; 0 but while a register is loaded.
    pub shown: Signal<In, Bits<32>>,
    /// `value` is the key of the message that goes.
    pub key: Signal<Out, Bit>,
    /// Message to take, and that it was.
    pub message: Signal<In, Bits<4>>,
    pub message_taken: Signal<Out, Bit>,
    /// Half a message for the scratch memory, taken with `push_ready`.
    pub push: Signal<In, Bit>,
    pub push_place: Signal<In, Bits<5>>,
    pub push_data: Signal<In, Bits<32>>,
    pub push_ready: Signal<Out, Bit>,
    /// What register `ID` reads.
    pub id: Signal<In, Bits<32>>,
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
    /// 0 until `halted`.
    pub exit_code: Signal<Out, Bits<32>>,
    sequence: CompactSequence,
    decode: CompactDecode,
    access: Access,
    align: Align,
    alu: CompactAlu,
    csr: CompactCsr,
    scratch: LutRam<7, 32>,
    retire: CompactRetire,
    pc: DFF<Bits<30>>,
    insn: DFF<Bits<32>>,
    /// First operand, shifted in place.
    a: DFF<Bits<32>>,
    /// Bits to shift; places to clear.
    left: DFF<Bits<7>>,
    /// What `Check` or `Locate` found of the address.
    is_outside: DFF<Bit>,
    is_below: DFF<Bit>,
    is_misaligned: DFF<Bit>,
    is_register: DFF<Bit>,
    /// The address.
    place: DFF<Bits<32>>,
    located: Signal<Local, Bits<32>>,
    /// What `Execute` found of the operands; whether the comparison holds, from them, and from `Flag` on.
    is_less: DFF<Bit>,
    is_equal: DFF<Bit>,
    holds: Signal<Local, Bit>,
    condition: DFF<Bit>,
    /// The write to the scratch memory that is done in this cycle: it was found in the one before.
    write_q: DFF<Bit>,
    write_at: DFF<Bits<7>>,
    write_word: DFF<Bits<32>>,
    /// Bits 2..0 and 31..19, or 1..0, are written as 0.
    rounds_q: DFF<Bit>,
    aligns_q: DFF<Bit>,
    f3: Signal<Local, Bits<3>>,
    state: Signal<Local, CompactState>,
    pc_word: Signal<Local, Bits<32>>,
    // Operands of the adder.
    use_pc: Signal<Local, Bit>,
    use_a: Signal<Local, Bit>,
    invert: Signal<Local, Bit>,
    carry: Signal<Local, Bit>,
    x: Signal<Local, Bits<32>>,
    y_plain: Signal<Local, Bits<32>>,
    sum: Signal<Local, Bits<32>>,
    use_logic: Signal<Local, Bit>,
    turned: Signal<Local, Bits<32>>,
    /// What joins the adder's or the logic's result.
    other: Signal<Local, Bits<32>>,
    result: Signal<Local, Bits<32>>,
    kept: Signal<Local, Bits<32>>,
    called: Signal<Local, Bit>,
    held: Signal<Local, Bit>,
    subtracts: Signal<Local, Bit>,
    use_q: Signal<Local, Bit>,
    /// The second operand is the instruction's immediate, or 4.
    own: Signal<Local, Bit>,
    four: Signal<Local, Bit>,
    field: Signal<Local, Bits<5>>,
    is_shift: Signal<Local, Bit>,
    is_compare: Signal<Local, Bit>,
    to_rd: Signal<Local, Bit>,
    writes: Signal<Local, Bit>,
    write_place: Signal<Local, Bits<7>>,
    reads: Signal<Local, Bit>,
    read_place: Signal<Local, Bits<7>>,
}

impl CompactCore {
    /// A core.
    pub fn new() -> Self {
        Self {
            scratch: LutRam::new(false),
            ..Self::default()
        }
    }
}

impl Logic for CompactCore {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            pc,
            insn,
            a,
            left,
            is_outside,
            is_below,
            is_misaligned,
            is_register,
            place,
            is_less,
            is_equal,
            condition,
            write_q,
            write_at,
            write_word,
            rounds_q,
            aligns_q
        );
        clock!(self, clock, sequence, decode, scratch, retire, csr);
        self.state.next = self.sequence.state.val();
        self.f3.next = self.insn.q.val().get_bits::<3>(12);
        self.field.next = self.insn.q.val().get_bits::<5>(15);
        self.decode.insn.next = self.insn.q.val();
        self.decode.rv32e.next = self.rv32e.val();
        self.pc_word.next = bit_cast::<32, 30>(self.pc.q.val()) << 2;
        self.value.next = self.scratch.q.val();
        self.register.next = self.place.q.val().get_bits::<5>(2);
        self.is_store.next = self.decode.is_store.val();
        self.loads.next = (self.state.val() == CompactState::Register) & self.decode.is_load.val();
        self.stores.next =
            (self.state.val() == CompactState::Register) & self.decode.is_store.val();
        self.is_shift.next = self.decode.is_operation.val() & (self.f3.val().get_bits::<2>(0) == 1);
        self.is_compare.next =
            self.decode.is_operation.val() & (self.f3.val().get_bits::<2>(1) == 1);
        self.called.next =
            (self.state.val() == CompactState::Fail) & (self.sequence.cause_q.val() == 11);

        self.holds.next = self.is_less.q.val();
        if self.decode.is_branch.val() {
            self.holds.next = self.is_equal.q.val() ^ self.f3.val().get_bit(0);
            if self.f3.val().get_bit(2) {
                self.holds.next = self.is_less.q.val() ^ self.f3.val().get_bit(0);
            }
        }

        // Operands.
        self.use_pc.next = (self.state.val() == CompactState::Check)
            | (self.state.val() == CompactState::Fetch)
            | (self.state.val() == CompactState::Link)
            | (self.state.val() == CompactState::Trap)
            | ((self.state.val() == CompactState::Execute) & self.decode.is_auipc.val())
            | ((self.state.val() == CompactState::Next)
                & !(self.decode.is_jalr.val() | self.decode.is_mret.val()));
        self.use_a.next = (self.state.val() == CompactState::Shift)
            | (self.state.val() == CompactState::Access)
            | ((self.state.val() == CompactState::Execute)
                & !(self.decode.is_lui.val() | self.decode.is_auipc.val()))
            | ((self.state.val() == CompactState::Next) & self.decode.is_jalr.val())
            | ((self.state.val() == CompactState::Store) & self.f3.val().get_bit(1))
            | self.called.val();
        self.x.next = 0.into();
        if self.use_pc.val() {
            self.x.next = self.pc_word.val();
        }
        if self.use_a.val() {
            self.x.next = self.a.q.val();
        }
        self.use_q.next = ((self.state.val() == CompactState::Execute)
            & (self.decode.is_register.val() | self.decode.is_branch.val()))
            | ((self.state.val() == CompactState::Register) & !self.nothing.val())
            | (self.state.val() == CompactState::Count)
            | (self.state.val() == CompactState::Message)
            | (self.state.val() == CompactState::Key)
            | (self.state.val() == CompactState::Vector)
            | ((self.state.val() == CompactState::Store) & !self.f3.val().get_bit(2))
            | ((self.state.val() == CompactState::Next) & self.decode.is_mret.val())
            | self.called.val();
        self.own.next = (self.state.val() == CompactState::Access)
            | ((self.state.val() == CompactState::Execute) & !self.decode.is_csr.val())
            | (self.state.val() == CompactState::Store)
            | ((self.state.val() == CompactState::Next)
                & (self.decode.is_jal.val()
                    | self.decode.is_jalr.val()
                    | (self.decode.is_branch.val() & self.condition.q.val())));
        self.four.next = (self.state.val() == CompactState::Link)
            | ((self.state.val() == CompactState::Next)
                & !(self.decode.is_jal.val()
                    | self.decode.is_jalr.val()
                    | (self.decode.is_branch.val() & self.condition.q.val())));
        self.y_plain.next = 0.into();
        if self.own.val() {
            self.y_plain.next = self.decode.imm.val();
        }
        if self.four.val() {
            self.y_plain.next = 4.into();
        }
        if self.use_q.val() {
            self.y_plain.next = self.scratch.q.val();
        }
        self.subtracts.next = (self.state.val() == CompactState::Execute)
            & (self.decode.is_branch.val()
                | self.is_compare.val()
                | (self.decode.is_register.val()
                    & self.insn.q.val().get_bit(30)
                    & !self.f3.val().get_bit(2)));
        self.invert.next = self.subtracts.val()
            | ((self.state.val() == CompactState::Store) & (self.f3.val().get_bits::<2>(0) == 3));
        self.carry.next = self.subtracts.val()
            | (self.state.val() == CompactState::Count)
            | ((self.state.val() == CompactState::Register) & self.counts.val())
            | self.called.val();

        // Results.
        self.alu.x.next = self.x.val();
        self.alu.y.next = self.y_plain.val();
        self.alu.invert.next = self.invert.val();
        self.alu.carry.next = self.carry.val();
        self.alu.f3.next = self.f3.val();
        self.alu.is_branch.next = self.decode.is_branch.val();
        self.sum.next = self.alu.sum.val();
        self.use_logic.next = ((self.state.val() == CompactState::Execute)
            & self.decode.is_operation.val()
            & self.f3.val().get_bit(2)
            & (self.f3.val().get_bits::<2>(0) != 1))
            | ((self.state.val() == CompactState::Store) & self.f3.val().get_bit(1));
        self.align.active.next = self.state.val() == CompactState::Answer;
        self.align.f3.next = self.f3.val();
        self.align.addr.next = self.place.q.val().get_bits::<2>(0);
        self.align.word.next = self.word.val();
        self.other.next = self.align.value.val() | self.shown.val();
        if (self.state.val() == CompactState::Flag) & self.holds.val() {
            self.other.next = 1.into();
        }
        if (self.state.val() == CompactState::Execute) & self.decode.is_csr.val() {
            self.other.next = self.csr.status.val();
        }
        if self.state.val() == CompactState::Cause {
            self.other.next = bit_cast::<32, 4>(self.sequence.cause_q.val());
        }
        if (self.state.val() == CompactState::Fail) & !self.called.val() {
            self.other.next = bit_cast::<32, 4>(self.sequence.cause_q.val()) | 0x8000_0000_u64;
        }
        if (self.state.val() == CompactState::Clear) & (self.left.q.val() == 0x40) {
            self.other.next = self.id.val();
        }
        self.result.next = self.sum.val() | self.other.val();
        if self.use_logic.val() {
            self.result.next = self.alu.bitwise.val() | self.other.val();
        }

        // First operand.
        self.turned.next = self.a.q.val() >> 1;
        if self.insn.q.val().get_bit(30) & self.a.q.val().get_bit(31) {
            self.turned.next = (self.a.q.val() >> 1) | 0x8000_0000_u64;
        }
        if !self.f3.val().get_bit(2) {
            self.turned.next = self.a.q.val() << 1;
        }
        if self.state.val() == CompactState::Operand {
            self.a.d.next = self.scratch.q.val();
        }
        if (self.state.val() == CompactState::Shift) & (self.left.q.val() != 0) {
            self.a.d.next = self.turned.val();
        }
        if self.state.val() == CompactState::Execute {
            self.left.d.next = bit_cast::<7, 5>(self.y_plain.val().get_bits::<5>(0));
        }
        if self.state.val() == CompactState::Shift {
            self.left.d.next = self.left.q.val() - 1;
        }
        if self.state.val() == CompactState::Clear {
            self.left.d.next = self.left.q.val() + 1;
        }

        // Addresses.
        if (self.state.val() == CompactState::Check) | (self.state.val() == CompactState::Execute) {
            self.place.d.next = self.sum.val();
            self.is_less.d.next = self.alu.less.val();
            self.is_equal.d.next = self.alu.equal.val();
        }
        // From registers: a comparison does not wait for the adder.
        self.located.next = self.place.q.val();
        if self.state.val() == CompactState::Check {
            self.located.next = self.pc_word.val();
        }
        self.access.active.next = true;
        self.access.f3.next = self.f3.val();
        self.access.addr.next = self.located.val();
        self.access.value.next = self.scratch.q.val();
        self.access.outside.next = self.outside.val();
        if (self.state.val() == CompactState::Check) | (self.state.val() == CompactState::Locate) {
            self.is_outside.d.next = !self.access.in_sram.val();
            self.is_below.d.next =
                bit_cast::<19, 18>(self.located.val().get_bits::<18>(0)) < self.private_base.val();
            self.is_misaligned.d.next = self.access.misaligned.val();
            self.is_register.d.next = self.access.in_mmio.val();
        }
        if self.state.val() == CompactState::Flag {
            self.condition.d.next = self.holds.val();
        }
        self.held.next = self.busy.val() & self.is_below.q.val();
        self.valid.next = !self.held.val()
            & !self.is_outside.q.val()
            & ((self.state.val() == CompactState::Fetch)
                | ((self.state.val() == CompactState::Access) & !self.is_misaligned.q.val()));
        self.write.next = (self.state.val() == CompactState::Access) & self.decode.is_store.val();
        self.addr.next = self.place.q.val().get_bits::<18>(0);
        self.data.next = self.access.store_data.val();
        self.lanes.next = self.access.lanes.val();
        if (self.state.val() == CompactState::Wait) & self.response.val() {
            self.insn.d.next = self.word.val();
        }
        if (self.state.val() == CompactState::Fetch) & self.is_outside.q.val() {
            self.insn.d.next = 0.into();
        }
        if (self.state.val() == CompactState::Next) | (self.state.val() == CompactState::Vector) {
            self.pc.d.next = self.sum.val().get_bits::<30>(2);
        }

        // Machine registers.
        self.csr.reset.next = self.reset.val();
        self.csr.number.next = self.insn.q.val().get_bits::<12>(20);
        self.csr.f3.next = self.f3.val();
        self.csr.field.next = self.field.val();
        self.csr.store.next = self.state.val() == CompactState::Store;
        self.csr.result.next = self.result.val();
        self.csr.operand.next = self.alu.operand.val();
        self.csr.leave.next =
            (self.state.val() == CompactState::Execute) & self.decode.is_mret.val();
        self.csr.trap.next = self.state.val() == CompactState::Trap;

        // Scratch memory.
        self.reads.next = false;
        self.read_place.next = bit_cast::<7, 5>(self.field.val());
        if self.state.val() == CompactState::Decode {
            self.reads.next = true;
            if self.decode.system_now.val() {
                // An environment call's argument.
                self.read_place.next = 10.into();
            }
            if self.decode.csr_now.val() {
                self.read_place.next = self.csr.place.val();
            }
        }
        if self.state.val() == CompactState::Operand {
            self.reads.next = true;
            if !self.decode.is_csr.val() {
                self.read_place.next = bit_cast::<7, 5>(self.insn.q.val().get_bits::<5>(20));
            }
        }
        if self.state.val() == CompactState::Execute {
            self.reads.next = self.decode.is_mret.val();
            self.read_place.next = 0x22.into();
        }
        if self.state.val() == CompactState::Access {
            self.reads.next = self.decode.is_load.val();
            self.read_place.next = bit_cast::<7, 5>(self.place.q.val().get_bits::<5>(2)) | 0x40;
        }
        if self.state.val() == CompactState::Register {
            self.reads.next =
                self.answers.val() & (self.counts.val() | self.receives.val() | self.sends.val());
            self.read_place.next = bit_cast::<7, 5>(self.place.q.val().get_bits::<5>(2)) | 0x41;
            if self.receives.val() {
                self.read_place.next = (bit_cast::<7, 4>(self.message.val()) << 1) | 0x60;
            }
            if self.sends.val() {
                self.read_place.next = 0x3a.into();
            }
        }
        if self.state.val() == CompactState::Message {
            self.reads.next = true;
            self.read_place.next = (bit_cast::<7, 4>(self.message.val()) << 1) | 0x61;
        }
        if self.state.val() == CompactState::Cause {
            self.reads.next = true;
            self.read_place.next = 0x20.into();
        }
        if self.state.val() == CompactState::Vector {
            self.reads.next = true;
            self.read_place.next = 10.into();
        }
        if self.state.val() == CompactState::Last {
            self.reads.next = true;
            self.read_place.next = 0x3d.into();
        }
        self.scratch.read.next = self.reads.val();
        self.scratch.read_addr.next = self.read_place.val();
        self.to_rd.next = self.decode.writes.val()
            & (((self.state.val() == CompactState::Execute)
                & (self.decode.is_lui.val()
                    | self.decode.is_auipc.val()
                    | self.decode.is_csr.val()
                    | (self.decode.is_operation.val()
                        & !self.is_shift.val()
                        & !self.is_compare.val())))
                | ((self.state.val() == CompactState::Shift) & (self.left.q.val() == 0))
                | (self.state.val() == CompactState::Flag)
                | ((self.state.val() == CompactState::Answer) & self.response.val())
                | (self.loads.val() & self.answers.val() & !self.receives.val())
                | (self.state.val() == CompactState::Message)
                | (self.state.val() == CompactState::Link));
        self.writes.next = self.to_rd.val();
        self.write_place.next = bit_cast::<7, 5>(self.insn.q.val().get_bits::<5>(7));
        self.rounds_q.d.next = self.stores.val() & self.rounds.val();
        self.aligns_q.d.next = (self.state.val() == CompactState::Store) & self.csr.aligned.val();
        if self.stores.val() {
            self.writes.next = self.answers.val() & (self.keeps.val() | self.hides.val());
            self.write_place.next = bit_cast::<7, 5>(self.place.q.val().get_bits::<5>(2)) | 0x40;
            if self.hides.val() {
                self.write_place.next =
                    bit_cast::<7, 5>(self.place.q.val().get_bits::<5>(2)) | 0x20;
            }
        }
        if (self.state.val() == CompactState::Count) | (self.state.val() == CompactState::Key) {
            self.writes.next = true;
            self.write_place.next = bit_cast::<7, 5>(self.place.q.val().get_bits::<5>(2)) | 0x41;
        }
        if self.state.val() == CompactState::Store {
            self.writes.next = self.csr.writes.val();
            self.write_place.next = self.csr.place.val();
        }
        if self.state.val() == CompactState::Trap {
            self.writes.next = true;
            self.write_place.next = 0x22.into();
        }
        if self.state.val() == CompactState::Cause {
            self.writes.next = true;
            self.write_place.next = 0x23.into();
        }
        if self.state.val() == CompactState::Fail {
            self.writes.next = true;
            self.write_place.next = 0x3d.into();
        }
        if self.state.val() == CompactState::Clear {
            self.writes.next = true;
            self.write_place.next = self.left.q.val();
        }
        self.write_q.d.next = self.writes.val();
        self.write_at.d.next = self.write_place.val();
        self.write_word.d.next = self.result.val();
        self.kept.next = self.write_word.q.val();
        if self.rounds_q.q.val() {
            self.kept.next = self.write_word.q.val() & 0x7_fff8;
        }
        if self.aligns_q.q.val() {
            self.kept.next = self.write_word.q.val() & 0xffff_fffc_u64;
        }
        self.push_ready.next = !self.write_q.q.val();
        self.scratch.write.next = self.write_q.q.val() | self.push.val();
        self.scratch.write_addr.next = self.write_at.q.val();
        self.scratch.write_data.next = self.kept.val();
        if !self.write_q.q.val() {
            self.scratch.write_addr.next = bit_cast::<7, 5>(self.push_place.val()) | 0x60;
            self.scratch.write_data.next = self.push_data.val();
        }
        self.message_taken.next = self.state.val() == CompactState::Key;
        self.key.next = self.state.val() == CompactState::Send;

        // What happens next.
        self.sequence.reset.next = self.reset.val();
        self.sequence.run.next = self.run.val();
        self.sequence.cleared.next = self.left.q.val() == 0x5f;
        self.sequence.outside.next = self.is_outside.q.val();
        self.sequence.held.next = self.held.val();
        self.sequence.ready.next = self.ready.val();
        self.sequence.response.next = self.response.val();
        self.sequence.trap.next = self.decode.trap.val();
        self.sequence.trap_cause.next = self.decode.cause.val();
        self.sequence.is_jump.next = self.decode.is_jal.val() | self.decode.is_jalr.val();
        self.sequence.is_load.next = self.decode.is_load.val();
        self.sequence.is_store.next = self.decode.is_store.val();
        self.sequence.is_shift.next = self.is_shift.val();
        self.sequence.is_compare.next = self.is_compare.val();
        self.sequence.is_csr.next = self.decode.is_csr.val();
        self.sequence.is_branch.next = self.decode.is_branch.val();
        self.sequence.crooked.next = (self.decode.crooked.val()
            & (self.decode.is_jal.val()
                | ((self.state.val() == CompactState::Flag) & self.holds.val())))
            | (self.decode.is_jalr.val() & self.sum.val().get_bit(1));
        self.sequence.misaligned.next = self.is_misaligned.q.val();
        self.sequence.in_sram.next = !self.is_outside.q.val();
        self.sequence.in_registers.next = self.is_register.q.val();
        self.sequence.shifted.next = self.left.q.val() == 0;
        self.sequence.answers.next = self.answers.val();
        self.sequence.counts.next = self.counts.val();
        self.sequence.receives.next = self.receives.val();
        self.sequence.sends.next = self.sends.val();
        self.sequence.exits.next = self.exits.val();
        self.sequence.unhandled.next = self.scratch.q.val() == 0;

        // Retire record.
        self.retire.clear.next = self.state.val() == CompactState::Check;
        self.retire.trap.next = self.state.val() == CompactState::Trap;
        self.retire.write.next = self.to_rd.val();
        self.retire.number.next = self.insn.q.val().get_bits::<5>(7);
        self.retire.value.next = self.result.val();
        self.retire.access.next = self.state.val() == CompactState::Access;
        self.retire.store.next = self.decode.is_store.val();
        self.retire.addr.next = self.sum.val();
        self.retire.lanes.next = self.access.lanes.val();
        self.retire.stored.next = self.access.store_data.val();
        self.retire.answer.next = self.state.val() == CompactState::Answer;
        self.retire.word.next = self.word.val();
        self.retire.register.next = self.loads.val() | (self.state.val() == CompactState::Message);
        self.retire_valid.next =
            (self.state.val() == CompactState::Next) | (self.state.val() == CompactState::Vector);
        self.retire_trap.next = self.state.val() == CompactState::Vector;
        self.retire_pc.next = self.pc_word.val();
        self.retire_insn.next = self.insn.q.val();
        self.retire_next_pc.next = self.sum.val() & 0xffff_fffc_u64;
        self.retire_rd.next = self.retire.rd.val();
        self.retire_rd_value.next = self.retire.rd_value.val();
        self.retire_mem_addr.next = self.retire.mem_addr.val();
        self.retire_rmask.next = self.retire.rmask.val();
        self.retire_wmask.next = self.retire.wmask.val();
        self.retire_rdata.next = self.retire.rdata.val();
        self.retire_wdata.next = self.retire.wdata.val();
        self.halted.next = self.state.val() == CompactState::Halt;
        self.exit_code.next = 0.into();
        if self.state.val() == CompactState::Halt {
            self.exit_code.next = self.scratch.q.val();
        }

        if self.reset.val() {
            self.pc.d.next = 0.into();
            self.left.d.next = 0.into();
        }
    }
}
