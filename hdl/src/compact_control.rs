//! `CompactControl`: the compact core with its registers, timer and port, where cells are few.
//!
//! It keeps `PRIVATE_BASE`, `FAULTS`, cycles, ticks and packets; what the engine alone uses (seed, step, saturations, functions, draws,
//! the start of a chain) is an access to the *unit*, which answers when it can. Core and port share one memory port: one
//! access is under way at a time, the port's goes first. What firmware sees is `Control`'s, in more cycles.

use rust_hdl::prelude::*;
use synfire_format::FORMAT_VERSION;
use synfire_format::config::PeConfig;

use crate::compact_core::CompactCore;
use crate::compact_port::CompactPort;
use crate::compact_timer::CompactTimer;

/// See the module's comment.
#[derive(LogicBlock)]
pub struct CompactControl {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// 0 holds the core before its next instruction; the port works on.
    pub run: Signal<In, Bit>,
    /// Memory: byte addresses of words; taken with `mem_ready`. A read is answered later.
    pub mem_valid: Signal<Out, Bit>,
    pub mem_write: Signal<Out, Bit>,
    pub mem_addr: Signal<Out, Bits<18>>,
    pub mem_data: Signal<Out, Bits<32>>,
    /// Byte enables of a write.
    pub mem_lanes: Signal<Out, Bits<4>>,
    pub mem_ready: Signal<In, Bit>,
    pub mem_response: Signal<In, Bit>,
    pub mem_word: Signal<In, Bits<32>>,
    /// A register access of the unit: held until `unit_done`, with which a load's value comes. `unit_op` is bits 5..2 of
    /// the register's address.
    pub unit_valid: Signal<Out, Bit>,
    pub unit_write: Signal<Out, Bit>,
    pub unit_op: Signal<Out, Bits<4>>,
    pub unit_arg: Signal<Out, Bits<32>>,
    pub unit_done: Signal<In, Bit>,
    pub unit_result: Signal<In, Bits<32>>,
    /// A chain runs: from the answer to its start on.
    pub busy: Signal<In, Bit>,
    /// Fault bits to set.
    pub fault_set: Signal<In, Bits<5>>,
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
    /// One cycle: a fault bit is set.
    pub fault: Signal<Out, Bit>,
    pub halted: Signal<Out, Bit>,
    pub exit_code: Signal<Out, Bits<32>>,
    core: CompactCore,
    timer: CompactTimer,
    port: CompactPort,
    cycle: DFF<Bits<32>>,
    base: DFF<Bits<19>>,
    faults: DFF<Bits<5>>,
    /// A read is under way; it is the port's.
    reading: DFF<Bit>,
    for_port: DFF<Bit>,
    register: Signal<Local, Bits<5>>,
    loads: Signal<Local, Bit>,
    stores: Signal<Local, Bit>,
    is_unit: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    /// What the register access waits for.
    waits_unit: DFF<Bit>,
    waits_idle: DFF<Bit>,
    waits_tick: DFF<Bit>,
    waits_message: DFF<Bit>,
    waits_send: DFF<Bit>,
    done: Signal<Local, Bit>,
    shown_cycle: Signal<Local, Bits<32>>,
    shown_unit: Signal<Local, Bits<32>>,
    shown_faults: Signal<Local, Bits<5>>,
    fault_bits: Signal<Local, Bits<5>>,
    port_asks: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    writes: Signal<Local, Bit>,
    id: Constant<Bits<32>>,
    outside: Constant<Bits<32>>,
    is_rv32e: Constant<Bit>,
}

macro_rules! control_with {
    ($($given:ident = $value:expr),* ; $($field:ident),* $(,)?) => {
        Self { $($given: $value,)* $($field: Default::default(),)* }
    };
}

impl CompactControl {
    /// The control block of a PE of 32-bit words.
    pub fn new(config: &PeConfig) -> Self {
        let id = u32::from(FORMAT_VERSION) << 16
            | config.mults << 12
            | config.lanes << 8
            | config.banks << 4
            | u32::from(config.word_bits == 64) << 1
            | u32::from(config.rv32e);
        // Bit 31 tells the SRAM from its alias.
        let outside = 0x7fff_ffff & !(config.sram_bytes - 1);
        control_with!(
            core = CompactCore::new(),
            id = Constant::new(u64::from(id).into()),
            outside = Constant::new(u64::from(outside).into()),
            is_rv32e = Constant::new(config.rv32e);
            clock, reset, run, mem_valid, mem_write, mem_addr, mem_data, mem_lanes, mem_ready, mem_response, mem_word,
            unit_valid, unit_write, unit_op, unit_arg, unit_done, unit_result, busy, fault_set, private_base,
            rx_valid, rx_ready, rx_data, tx_valid, tx_ready, tx_data, retire_valid, retire_pc, retire_insn,
            retire_next_pc, retire_rd, retire_rd_value, retire_mem_addr, retire_rmask, retire_wmask, retire_rdata,
            retire_wdata, retire_trap, fault, halted, exit_code, timer, port, cycle, base, faults, reading, for_port,
            register, loads, stores, is_unit, ready, waits_unit, waits_idle, waits_tick, waits_message, waits_send, done, shown_cycle, shown_unit, shown_faults, fault_bits, port_asks, asks, writes
        )
    }
}

impl Logic for CompactControl {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            cycle,
            base,
            faults,
            reading,
            for_port,
            waits_unit,
            waits_idle,
            waits_tick,
            waits_message,
            waits_send
        );
        clock!(self, clock, core, timer, port);
        self.core.reset.next = self.reset.val();
        self.timer.reset.next = self.reset.val();
        self.port.reset.next = self.reset.val();
        self.core.run.next = self.run.val();
        self.core.rv32e.next = self.is_rv32e.val();
        self.core.outside.next = self.outside.val();
        self.port.outside.next = self.outside.val();
        self.core.busy.next = self.busy.val();
        self.core.private_base.next = self.base.q.val();
        self.private_base.next = self.base.q.val();
        self.core.id.next = self.id.val();
        self.cycle.d.next = self.cycle.q.val() + 1;

        // Memory.
        self.port_asks.next =
            (self.port.peek_valid.val() | self.port.poke_valid.val()) & !self.reading.q.val();
        self.asks.next = self.port_asks.val() | (self.core.valid.val() & !self.reading.q.val());
        self.mem_valid.next = self.asks.val();
        self.writes.next = self.core.write.val();
        self.mem_addr.next = self.core.addr.val();
        self.mem_data.next = self.core.data.val();
        self.mem_lanes.next = self.core.lanes.val();
        if self.port_asks.val() {
            self.writes.next = self.port.poke_valid.val();
            self.mem_addr.next = self.port.addr.val();
            self.mem_data.next = self.port.data.val();
            self.mem_lanes.next = 15.into();
        }
        self.mem_write.next = self.writes.val();
        self.port.ready.next = self.mem_ready.val() & !self.reading.q.val();
        self.core.ready.next = self.mem_ready.val() & !self.reading.q.val() & !self.port_asks.val();
        if self.mem_response.val() {
            self.reading.d.next = false;
        }
        if self.asks.val() & self.mem_ready.val() & !self.writes.val() {
            self.reading.d.next = true;
            self.for_port.d.next = self.port_asks.val();
        }
        self.core.response.next = self.mem_response.val() & !self.for_port.q.val();
        self.port.response.next = self.mem_response.val() & self.for_port.q.val();
        self.core.word.next = self.mem_word.val();
        self.port.word.next = self.mem_word.val();

        // Registers: whether the access can be answered now.
        self.register.next = self.core.register.val();
        self.loads.next = self.core.loads.val();
        self.stores.next = self.core.stores.val();
        // CHAIN_START, SEED to SATURATIONS, EXP_ARGUMENT to RANDOM_VALUE
        self.is_unit.next = (self.register.val() == 0x04)
            | (self.register.val() == 0x07)
            | (self.register.val() == 0x08)
            | (self.register.val() == 0x09)
            | (self.register.val().get_bits::<3>(2) == 3)
            | (self.register.val().get_bits::<3>(2) == 4);
        self.unit_valid.next = (self.loads.val() | self.stores.val()) & self.is_unit.val();
        self.unit_write.next = self.stores.val();
        self.unit_op.next = self.register.val().get_bits::<4>(0);
        self.unit_arg.next = self.core.value.val();
        // What the access waits for, found while the core goes from `Access` to `Register`.
        self.waits_unit.d.next = self.is_unit.val();
        // FAULTS; PRIVATE_BASE, EXIT; CHAIN_WAIT
        self.waits_idle.d.next = (self.register.val() == 0x0a)
            | (self.core.is_store.val()
                & ((self.register.val() == 0x06) | (self.register.val() == 0x1d)))
            | (!self.core.is_store.val() & (self.register.val() == 0x05));
        self.waits_tick.d.next = !self.core.is_store.val() & (self.register.val() == 0x15);
        self.waits_message.d.next = !self.core.is_store.val() & (self.register.val() == 0x18);
        self.waits_send.d.next = self.core.is_store.val()
            & ((self.register.val() == 0x1b) | (self.register.val() == 0x1c));
        self.ready.next = !((self.waits_unit.q.val() & !self.unit_done.val())
            | (self.waits_idle.q.val() & self.busy.val())
            | (self.waits_tick.q.val() & !self.timer.available.val())
            | (self.waits_message.q.val() & !self.port.message_valid.val())
            | (self.waits_send.q.val() & !self.port.send_ready.val()));
        self.core.answers.next = self.ready.val();
        self.done.next = self.stores.val() & self.ready.val();

        // CHAIN_START counts chains, TICK_WAIT numbers events.
        self.core.counts.next = (self.stores.val() & (self.register.val() == 0x04))
            | (self.loads.val() & (self.register.val() == 0x15) & self.timer.due.val());
        self.core.nothing.next =
            self.loads.val() & (self.register.val() == 0x15) & !self.timer.due.val();
        self.core.receives.next = self.loads.val() & (self.register.val() == 0x18);
        self.core.sends.next =
            self.stores.val() & ((self.register.val() == 0x1b) | (self.register.val() == 0x1c));
        self.core.exits.next = self.stores.val() & (self.register.val() == 0x1d);
        // PRIVATE_BASE and TIMER_PERIOD read as written; TX_KEY and the exit code do not read.
        self.core.keeps.next = (self.register.val() == 0x06) | (self.register.val() == 0x14);
        self.core.hides.next = (self.register.val() == 0x1a) | (self.register.val() == 0x1d);
        self.core.rounds.next = self.register.val() == 0x06;
        self.shown_cycle.next = 0.into();
        self.shown_unit.next = 0.into();
        self.shown_faults.next = 0.into();
        if self.loads.val() {
            if self.register.val() == 0x01 {
                self.shown_cycle.next = self.cycle.q.val();
            }
            if self.is_unit.val() {
                self.shown_unit.next = self.unit_result.val();
            }
            if self.register.val() == 0x0a {
                self.shown_faults.next = self.faults.q.val();
            }
        }
        self.core.shown.next = self.shown_cycle.val()
            | self.shown_unit.val()
            | bit_cast::<32, 5>(self.shown_faults.val());

        self.timer.value.next = self.core.value.val();
        self.timer.write.next = self.stores.val() & (self.register.val() == 0x14);
        self.timer.take.next =
            self.loads.val() & (self.register.val() == 0x15) & self.timer.due.val();
        self.port.send.next =
            self.done.val() & ((self.register.val() == 0x1b) | (self.register.val() == 0x1c));
        self.port.send_has_payload.next = self.register.val() == 0x1b;
        self.port.send_key.next = self.core.key.val();
        self.port.value.next = self.core.value.val();
        self.core.message.next = self.port.message.val();
        self.port.message_taken.next = self.core.message_taken.val();
        self.core.push.next = self.port.push.val();
        self.core.push_place.next = self.port.push_place.val();
        self.core.push_data.next = self.port.push_data.val();
        self.port.push_ready.next = self.core.push_ready.val();
        self.fault_bits.next = self.faults.q.val();
        if self.done.val() & (self.register.val() == 0x06) {
            self.base.d.next = self.core.value.val().get_bits::<19>(0) & 0x7_fff8;
        }
        if self.done.val() & (self.register.val() == 0x0a) {
            self.fault_bits.next = self.faults.q.val() & !self.core.value.val().get_bits::<5>(0);
        }
        // Bit 4 is FAULT_PACKET.
        self.faults.d.next = self.fault_bits.val()
            | self.fault_set.val()
            | (bit_cast::<5, 1>(self.port.fault.val().into()) << 4);
        self.fault.next = self.port.fault.val() | self.fault_set.val().any();

        self.port.rx_valid.next = self.rx_valid.val();
        self.port.rx_data.next = self.rx_data.val();
        self.rx_ready.next = self.port.rx_ready.val();
        self.tx_valid.next = self.port.tx_valid.val();
        self.tx_data.next = self.port.tx_data.val();
        self.port.tx_ready.next = self.tx_ready.val();
        self.retire_valid.next = self.core.retire_valid.val();
        self.retire_pc.next = self.core.retire_pc.val();
        self.retire_insn.next = self.core.retire_insn.val();
        self.retire_next_pc.next = self.core.retire_next_pc.val();
        self.retire_rd.next = self.core.retire_rd.val();
        self.retire_rd_value.next = self.core.retire_rd_value.val();
        self.retire_mem_addr.next = self.core.retire_mem_addr.val();
        self.retire_rmask.next = self.core.retire_rmask.val();
        self.retire_wmask.next = self.core.retire_wmask.val();
        self.retire_rdata.next = self.core.retire_rdata.val();
        self.retire_wdata.next = self.core.retire_wdata.val();
        self.retire_trap.next = self.core.retire_trap.val();
        self.halted.next = self.core.halted.val();
        self.exit_code.next = self.core.exit_code.val();

        if self.reset.val() {
            self.cycle.d.next = 0.into();
            self.base.d.next = 0.into();
            self.faults.d.next = 0.into();
            self.reading.d.next = false;
        }
    }
}
