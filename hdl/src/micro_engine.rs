//! `MicroEngine`: the engine of configuration `tiny`, a microprogrammed machine of one accumulator.
//!
//! It runs chains of passes as `engine` does, and serves the core's registers that need its arithmetic: exponential,
//! reciprocal, draws, seed, step and the count of saturations live in its scratchpad. The program is
//! [`crate::microcode`], the instructions [`crate::microinstruction`].
//!
//! Two stages: *decode* (the ROM's word; branches; the scratchpad's address) and *execute* (the scratchpad's word and
//! the accumulator go through ALU, multiplier or shifter). One instruction a cycle, but for shifts (15 places a
//! cycle) and requests that the memory has not taken. A read's word is looked at two instructions after the read.
//! Nothing is checked at run time but the private base: descriptors come from a host that checks them.

use crate::cells::MulS;
use crate::micro_memory::{MicroRom, Scratchpad};
use crate::micro_parts::{ArxRound, Condition, Operand, Places, Turn};
use rust_hdl::prelude::*;

/// See the module text.
#[derive(LogicBlock)]
pub struct MicroEngine {
    pub clock: Signal<In, Clock>,
    /// At least one cycle.
    pub reset: Signal<In, Bit>,
    /// Holds while `busy`.
    pub private_base: Signal<In, Bits<19>>,
    /// A chain runs; from the cycle of the answer to the store that starts it.
    pub busy: Signal<Out, Bit>,
    /// Fault bits of this cycle.
    pub fault_set: Signal<Out, Bits<5>>,
    /// The pass of the descriptor at `pass_addr` is over; its last write was taken before this cycle.
    pub pass_done: Signal<Out, Bit>,
    pub pass_addr: Signal<Out, Bits<18>>,
    /// A request; moves where valid and ready meet. Byte address; no byte enable: a read, its word comes in the next cycle.
    pub mem_valid: Signal<Out, Bit>,
    pub mem_ready: Signal<In, Bit>,
    pub mem_addr: Signal<Out, Bits<18>>,
    pub mem_we: Signal<Out, Bits<4>>,
    pub mem_data: Signal<Out, Bits<32>>,
    pub mem_q: Signal<In, Bits<32>>,
    /// An access of the core to a register: bits 5..2 of its address. Held until `unit_done`.
    pub unit_valid: Signal<In, Bit>,
    pub unit_write: Signal<In, Bit>,
    pub unit_op: Signal<In, Bits<4>>,
    pub unit_arg: Signal<In, Bits<32>>,
    pub unit_done: Signal<Out, Bit>,
    /// What was loaded; valid with `unit_done`.
    pub unit_result: Signal<Out, Bits<32>>,
    rom: MicroRom,
    scratchpad: Scratchpad,
    places: Places,
    condition: Condition,
    operand: Operand,
    multiplier: MulS<16, 16, 32>,
    turn: Turn,
    arx: ArxRound,
    /// Address of the word in decode.
    pc: DFF<Bits<10>>,
    acc: DFF<Bits<32>>,
    /// The slot or the pass's flags: names operands, shift and conditions.
    slot: DFF<Bits<32>>,
    /// Points into the scratchpad.
    index: DFF<Bits<8>>,
    mar: DFF<Bits<18>>,
    /// The request at the port: 0 none, 1 read, 2 write of a halfword, 3 of a word.
    request: DFF<Bits<2>>,
    /// Places left to shift.
    count: DFF<Bits<5>>,
    /// The entry's predicate and flag.
    predicate: DFF<Bit>,
    flag: DFF<Bit>,
    busy_q: DFF<Bit>,
    x_dest: DFF<Bits<3>>,
    x_request: DFF<Bits<2>>,
    x_a: DFF<Bits<3>>,
    x_b: DFF<Bits<2>>,
    x_result: DFF<Bits<2>>,
    x_place: DFF<Bits<8>>,
    word: Signal<Local, Bits<24>>,
    branch: Signal<Local, Bit>,
    dispatched: Signal<Local, Bits<5>>,
    target: Signal<Local, Bits<10>>,
    next: Signal<Local, Bits<10>>,
    /// The memory has not taken the request; nothing moves.
    stall: Signal<Local, Bit>,
    /// Nothing moves but the shifter.
    hold: Signal<Local, Bit>,
    shifts: Signal<Local, Bit>,
    turns: Signal<Local, Bit>,
    misc: Signal<Local, Bit>,
    write: Signal<Local, Bit>,
    private: Signal<Local, Bit>,
    at: Signal<Local, Bits<19>>,
    code: Signal<Local, Bits<3>>,
    accept: Signal<Local, Bit>,
}

impl Default for MicroEngine {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            private_base: Default::default(),
            busy: Default::default(),
            fault_set: Default::default(),
            pass_done: Default::default(),
            pass_addr: Default::default(),
            mem_valid: Default::default(),
            mem_ready: Default::default(),
            mem_addr: Default::default(),
            mem_we: Default::default(),
            mem_data: Default::default(),
            mem_q: Default::default(),
            unit_valid: Default::default(),
            unit_write: Default::default(),
            unit_op: Default::default(),
            unit_arg: Default::default(),
            unit_done: Default::default(),
            unit_result: Default::default(),
            rom: MicroRom::new(&crate::microcode::program()),
            scratchpad: Scratchpad::new(&crate::microcode::contents()),
            places: Default::default(),
            condition: Default::default(),
            operand: Default::default(),
            multiplier: Default::default(),
            turn: Default::default(),
            arx: Default::default(),
            pc: Default::default(),
            acc: Default::default(),
            slot: Default::default(),
            index: Default::default(),
            mar: Default::default(),
            request: Default::default(),
            count: Default::default(),
            predicate: Default::default(),
            flag: Default::default(),
            busy_q: Default::default(),
            x_dest: Default::default(),
            x_request: Default::default(),
            x_a: Default::default(),
            x_b: Default::default(),
            x_result: Default::default(),
            x_place: Default::default(),
            word: Default::default(),
            branch: Default::default(),
            dispatched: Default::default(),
            target: Default::default(),
            next: Default::default(),
            stall: Default::default(),
            hold: Default::default(),
            shifts: Default::default(),
            turns: Default::default(),
            misc: Default::default(),
            write: Default::default(),
            private: Default::default(),
            at: Default::default(),
            code: Default::default(),
            accept: Default::default(),
        }
    }
}

impl Logic for MicroEngine {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, pc, acc, slot, index, mar, request, count, predicate, flag, busy_q,
            x_dest, x_request, x_a, x_b, x_result, x_place
        );
        clock!(self, clock, rom, scratchpad);
        // What stands still
        self.stall.next = (self.request.q.val() != 0) & !self.mem_ready.val();
        self.shifts.next = self.x_result.q.val() == 2;
        self.turn.count.next = self.count.q.val();
        self.turns.next = self.shifts.val() & self.turn.more.val();
        self.hold.next = self.stall.val() | self.turns.val();
        // Decode: the next word's address
        self.word.next = self.rom.q.val();
        self.branch.next = self.word.val().get_bit(23);
        self.condition.select.next = self.word.val().get_bits::<6>(16);
        self.condition.invert.next = self.word.val().get_bit(22);
        self.condition.slot.next = self.slot.q.val();
        self.condition.acc.next = self.acc.q.val();
        self.condition.predicate.next = self.predicate.q.val();
        self.condition.flag.next = self.flag.q.val();
        self.condition.asked.next = self.unit_valid.val();
        self.condition.busy.next = self.busy_q.q.val();
        self.dispatched.next = 0.into();
        if self.word.val().get_bit(14) {
            self.dispatched.next = bit_cast::<5, 3>(self.slot.q.val().get_bits::<3>(0));
        }
        if self.word.val().get_bit(15) {
            self.dispatched.next = bit_cast::<5, 4>(self.unit_op.val())
                | (bit_cast::<5, 1>(self.unit_write.val().into()) << 4);
        }
        self.target.next =
            self.word.val().get_bits::<10>(0) | bit_cast::<10, 5>(self.dispatched.val());
        self.next.next = self.pc.q.val() + 1;
        if self.branch.val() & self.condition.holds.val() {
            self.next.next = self.target.val();
        }
        if self.reset.val() {
            self.next.next = 0.into();
        }
        self.accept.next = !self.hold.val() | self.reset.val();
        self.rom.read.next = self.accept.val();
        self.rom.addr.next = self.next.val();
        // Decode: the operand's place
        self.places.mode.next = self.word.val().get_bits::<2>(8);
        self.places.named.next = self.word.val().get_bits::<8>(0);
        self.places.slot.next = self.slot.q.val();
        self.places.index.next = self.index.q.val();
        self.scratchpad.read.next = self.accept.val();
        self.scratchpad.read_addr.next = self.places.place.val();
        if self.accept.val() {
            self.pc.d.next = self.next.val();
            self.x_dest.d.next = self.word.val().get_bits::<3>(19);
            self.x_request.d.next = self.word.val().get_bits::<2>(17);
            self.x_a.d.next = self.word.val().get_bits::<3>(14);
            self.x_b.d.next = self.word.val().get_bits::<2>(12);
            self.x_result.d.next = self.word.val().get_bits::<2>(10);
            self.x_place.d.next = self.places.place.val();
            if self.branch.val() {
                self.x_dest.d.next = 0.into();
                self.x_request.d.next = 0.into();
                self.x_result.d.next = 0.into();
            }
            self.count.d.next = self.word.val().get_bits::<5>(0);
            if self.word.val().get_bit(14) {
                self.count.d.next = bit_cast::<5, 4>(self.slot.q.val().get_bits::<4>(14));
            }
            if self.places.step.val() & !self.branch.val() {
                self.index.d.next = self.index.q.val() + 1;
            }
        }
        // Execute
        self.operand.acc.next = self.acc.q.val();
        self.operand.scratch.next = self.scratchpad.q.val();
        self.operand.mem.next = self.mem_q.val();
        self.operand.argument.next = self.unit_arg.val();
        self.operand.upper.next = self.mar.q.val().get_bit(1);
        self.operand.a_select.next = self.x_a.q.val();
        self.operand.b_select.next = self.x_b.q.val();
        self.multiplier.a.next = self.acc.q.val().get_bits::<16>(0);
        self.multiplier.b.next = self.scratchpad.q.val().get_bits::<16>(0);
        self.turn.value.next = self.acc.q.val();
        self.turn.kind.next = self.x_b.q.val();
        self.arx.value.next = self.acc.q.val();
        self.arx.key.next = self.scratchpad.q.val().get_bits::<16>(0);
        if (self.x_dest.q.val() == 1)
            & !self.stall.val()
            & !(self.shifts.val() & self.turn.none.val())
        {
            self.acc.d.next = self.operand.sum.val();
            if self.x_result.q.val() == 1 {
                self.acc.d.next = self.multiplier.p.val();
            } else if self.x_result.q.val() == 2 {
                self.acc.d.next = self.turn.turned.val();
            } else if self.x_result.q.val() == 3 {
                self.acc.d.next = self.arx.mixed.val();
            }
        }
        if self.shifts.val() & !self.stall.val() & self.turns.val() {
            self.count.d.next = self.turn.left.val();
        }
        self.scratchpad.write.next = (self.x_dest.q.val() == 5) & !self.hold.val();
        self.scratchpad.write_addr.next = self.x_place.q.val();
        self.scratchpad.write_data.next = self.operand.a.val();
        self.misc.next = (self.x_dest.q.val() == 7) & !self.hold.val();
        self.code.next = self.x_place.q.val().get_bits::<3>(0);
        self.write.next = self.x_request.q.val().get_bit(1) & !self.hold.val();
        self.at.next = bit_cast::<19, 18>(self.mar.q.val());
        self.private.next = self.at.val() >= self.private_base.val();
        self.fault_set.next = 0.into();
        if self.write.val() & self.private.val() {
            self.fault_set.next = 1.into();
        }
        self.pass_done.next = false;
        self.unit_done.next = false;
        if !self.hold.val() {
            if self.x_dest.q.val() == 2 {
                self.mar.d.next = self.operand.sum.val().get_bits::<18>(0);
            }
            if self.x_dest.q.val() == 3 {
                self.slot.d.next = self.operand.sum.val();
            }
            if self.x_dest.q.val() == 4 {
                self.index.d.next = self.operand.sum.val().get_bits::<8>(0);
            }
        }
        if self.scratchpad.write.val() & self.x_b.q.val().get_bit(0) {
            self.flag.d.next = self.condition.raised.val();
        }
        if self.misc.val() {
            if self.code.val() == 0 {
                self.predicate.d.next = false;
            }
            if self.code.val() == 1 {
                self.predicate.d.next = true;
            }
            if self.code.val() == 2 {
                self.fault_set.next = 2.into();
            }
            if self.code.val() == 3 {
                self.pass_done.next = true;
            }
            if self.code.val() == 4 {
                self.unit_done.next = true;
            }
            if self.code.val() == 5 {
                self.busy_q.d.next = true;
            }
            if self.code.val() == 6 {
                self.busy_q.d.next = false;
            }
            if self.code.val() == 7 {
                self.flag.d.next = self.condition.raised.val();
            }
        }
        if !self.stall.val() {
            self.request.d.next = self.x_request.q.val();
            if self.turns.val() | (self.write.val() & self.private.val()) {
                self.request.d.next = 0.into();
            }
        }
        // The port
        self.mem_valid.next = self.request.q.val() != 0;
        self.mem_addr.next = self.mar.q.val();
        self.mem_data.next = self.acc.q.val();
        self.mem_we.next = 0.into();
        if self.request.q.val() == 3 {
            self.mem_we.next = 15.into();
        }
        if self.request.q.val() == 2 {
            self.mem_we.next = 3.into();
            self.mem_data.next = bit_cast::<32, 16>(self.acc.q.val().get_bits::<16>(0))
                | (bit_cast::<32, 16>(self.acc.q.val().get_bits::<16>(0)) << 16);
            if self.mar.q.val().get_bit(1) {
                self.mem_we.next = 12.into();
            }
        }
        self.busy.next = self.busy_q.q.val();
        self.pass_addr.next = self.mar.q.val();
        self.unit_result.next = self.acc.q.val();
        if self.reset.val() {
            self.busy_q.d.next = false;
            self.request.d.next = 0.into();
            self.x_dest.d.next = 0.into();
            self.x_request.d.next = 0.into();
            self.x_result.d.next = 0.into();
        }
    }
}
