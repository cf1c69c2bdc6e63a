//! `Control`: the control core with its machine registers, elementary functions, random draws, timer and port.
//!
//! A register access takes one cycle more than an SRAM store; blocking loads stall until their answer exists. What is
//! ordered: a chain starts, and the program ends, after every earlier store has been taken by the SRAM; while a chain
//! runs, accesses below the private base and writes of what it uses (private base, seed, step, counters) stall.
//! Nothing here looks at descriptors: chains belong to the engines.

use rust_hdl::prelude::*;
use synfire_format::FORMAT_VERSION;
use synfire_format::config::PeConfig;

use crate::answer::Answer;
use crate::awake::Awake;
use crate::bus::Bus;
use crate::carry::AddOne;
use crate::cells::DistRam;
use crate::core::Core;
use crate::exp::Exp;
use crate::port::Port;
use crate::product_shifter::ProductShifter;
use crate::random::Random;
use crate::reciprocal::Reciprocal;
use crate::shifter::Shifter;
use crate::timer::Timer;

/// `W` = SRAM word in bits, `E` = its byte enables (`W / 8`).
#[derive(LogicBlock)]
pub struct Control<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    /// See [`crate::awake`]: of the core and of the units that it starts.
    pub core_clock: Signal<In, Clock>,
    pub core_awake: Signal<Out, Bit>,
    pub reset: Signal<In, Bit>,
    /// 0 holds the core before its next instruction; the port works on.
    pub run: Signal<In, Bit>,
    /// SRAM read stream; addresses in bytes, answers in order.
    pub read_valid: Signal<Out, Bit>,
    pub read_addr: Signal<Out, Bits<18>>,
    pub read_ready: Signal<In, Bit>,
    pub read_rsp_valid: Signal<In, Bit>,
    pub read_rsp_data: Signal<In, Bits<W>>,
    /// SRAM write stream.
    pub write_valid: Signal<Out, Bit>,
    pub write_addr: Signal<Out, Bits<18>>,
    pub write_data: Signal<Out, Bits<W>>,
    pub write_be: Signal<Out, Bits<E>>,
    pub write_ready: Signal<In, Bit>,
    /// One cycle: start the chain at `chain_addr`. `busy` must be 1 at the latest in the third cycle after it.
    pub chain_valid: Signal<Out, Bit>,
    pub chain_addr: Signal<Out, Bits<18>>,
    pub busy: Signal<In, Bit>,
    /// Saturations of this cycle.
    pub sat_inc: Signal<In, Bits<8>>,
    /// Fault bits to set.
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
    /// One cycle: a fault bit is set.
    pub fault: Signal<Out, Bit>,
    pub halted: Signal<Out, Bit>,
    pub exit_code: Signal<Out, Bits<32>>,
    core: Core,
    awake: Awake,
    bus: Bus<W, E>,
    answer: Answer,
    exp: Exp,
    /// One of the two.
    shifter: Vec<Shifter>,
    products: Vec<ProductShifter>,
    reciprocal: Reciprocal,
    random: Random,
    timer: Timer,
    port: Port,
    cycle: DFF<Bits<32>>,
    /// The start pulse.
    chain: DFF<Bit>,
    chain_at: DFF<Bits<18>>,
    /// Cycles until `busy` tells the truth about the chain just started.
    starting: DFF<Bits<2>>,
    base: DFF<Bits<19>>,
    seed_q: DFF<Bits<32>>,
    step_q: DFF<Bits<32>>,
    saturations: DFF<Bits<32>>,
    /// The count has passed its largest value.
    saturated: DFF<Bit>,
    /// What was written to the registers that read so, how many chains were started and how many tick events returned, by
    /// bits of their numbers. The core's first 32 cycles clear it.
    mirror: DistRam<4, 32>,
    /// What goes into the mirror: what it shows or what is stored, and one more of what is counted.
    count: AddOne<32>,
    faults: DFF<Bits<5>>,
    random_row: DFF<Bits<32>>,
    random_tag: DFF<Bits<16>>,
    rx_key: DFF<Bits<32>>,
    tx_key: DFF<Bits<32>>,
    engines_busy: Signal<Local, Bit>,
    quiet: Signal<Local, Bit>,
    /// `quiet`, a cycle late.
    quiet_q: DFF<Bit>,
    register: Signal<Local, Bits<5>>,
    wdata: Signal<Local, Bits<32>>,
    ready: Signal<Local, Bit>,
    keep: Signal<Local, Bits<32>>,
    stored: Signal<Local, Bits<32>>,
    counts: Signal<Local, Bit>,
    on_mirror: Signal<Local, Bit>,
    place: Signal<Local, Bits<4>>,
    changes: Signal<Local, Bit>,
    mirrored: Signal<Local, Bit>,
    written: Signal<Local, Bit>,
    loads: Signal<Local, Bit>,
    stores: Signal<Local, Bit>,
    more: Signal<Local, Bits<9>>,
    saturate: AddOne<26>,
    sets: Signal<Local, Bit>,
    lowest: Signal<Local, Bits<8>>,
    from_count: Signal<Local, Bits<26>>,
    from_store: Signal<Local, Bits<26>>,
    fault_bits: Signal<Local, Bits<5>>,
    id: Constant<Bits<32>>,
    outside: Constant<Bits<32>>,
    is_wide: Constant<Bit>,
    is_rv32e: Constant<Bit>,
    is_late: Constant<Bit>,
    _shifters: usize,
    _products: usize,
}

macro_rules! control_with {
    ($($given:ident = $value:expr),* ; $($field:ident),* $(,)?) => {
        Self { $($given: $value,)* $($field: Default::default(),)* }
    };
}

impl<const W: usize, const E: usize> Control<W, E> {
    /// The control block of a PE; `config.word_bits` must be `W` and `E` its eighth.
    /// With `products` it shifts by two multipliers, a cycle later, and has no shifter.
    pub fn new(config: &PeConfig, products: bool) -> Self {
        let (shifters, multiplies) = (usize::from(!products), usize::from(products));
        let id = u32::from(FORMAT_VERSION) << 16
            | config.mults << 12
            | config.lanes << 8
            | config.banks << 4
            | u32::from(config.word_bits == 64) << 1
            | u32::from(config.rv32e);
        // Bit 31 tells the SRAM from its alias.
        let outside = 0x7fff_ffff & !(config.sram_bytes - 1);
        control_with!(
            core = Core::new(config.word_bits == 64),
            port = Port::default(),
            id = Constant::new(u64::from(id).into()),
            outside = Constant::new(u64::from(outside).into()),
            is_wide = Constant::new(W == 64),
            is_rv32e = Constant::new(config.rv32e),
            is_late = Constant::new(products),
            shifter = (0..shifters).map(|_| Shifter::default()).collect(),
            products = (0..multiplies).map(|_| ProductShifter::default()).collect(),
            _shifters = shifters,
            _products = multiplies;
            clock, core_clock, core_awake, awake, reset, run, read_valid, read_addr, read_ready, read_rsp_valid, read_rsp_data,
            write_valid, write_addr, write_data, write_be, write_ready, chain_valid, chain_addr,
            busy, sat_inc, fault_set, seed, step, private_base, rx_valid, rx_ready, rx_data,
            tx_valid, tx_ready, tx_data, retire_valid, retire_pc, retire_insn, retire_next_pc,
            retire_rd, retire_rd_value, retire_mem_addr, retire_rmask, retire_wmask, retire_rdata,
            retire_wdata, retire_trap, fault, halted, exit_code, bus, exp, reciprocal, random, timer,
            cycle, chain, chain_at, starting, base, seed_q, step_q, saturations, faults,
            random_row, random_tag, rx_key, tx_key, engines_busy, quiet, quiet_q, register, wdata, ready,
            mirrored, answer, saturated, mirror, counts, on_mirror, place, changes, keep, stored, count, written, loads, stores, more, saturate, sets, lowest, from_count, from_store, fault_bits
        )
    }
}

impl<const W: usize, const E: usize> Logic for Control<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            cycle,
            chain,
            chain_at,
            starting,
            base,
            seed_q,
            step_q,
            saturations,
            saturated,
            faults,
            random_row,
            random_tag,
            rx_key,
            tx_key,
            quiet_q
        );
        clock!(self, clock, awake, answer, bus, timer, port, mirror);
        self.core.clock.next = self.core_clock.val();
        self.exp.clock.next = self.core_clock.val();
        self.reciprocal.clock.next = self.core_clock.val();
        self.random.clock.next = self.core_clock.val();
        self.core.reset.next = self.reset.val();
        self.bus.reset.next = self.reset.val();
        self.exp.reset.next = self.reset.val();
        self.reciprocal.reset.next = self.reset.val();
        self.random.reset.next = self.reset.val();
        self.timer.reset.next = self.reset.val();
        self.port.reset.next = self.reset.val();

        // Core, bus and port.
        self.core.run.next = self.run.val();
        self.core.rv32e.next = self.is_rv32e.val();
        self.core.wide.next = self.is_wide.val();
        self.core.outside.next = self.outside.val();
        self.bus.wide.next = self.is_wide.val();
        self.bus.private_base.next = self.base.q.val();
        self.bus.fetch_valid.next = self.core.fetch_valid.val();
        self.bus.fetch_addr.next = self.core.fetch_addr.val();
        self.core.fetch_ready.next = self.bus.fetch_ready.val();
        self.core.fetch_response.next = self.bus.fetch_response.val();
        self.bus.data_valid.next = self.core.data_valid.val();
        self.bus.data_write.next = self.core.data_write.val();
        self.bus.data_addr.next = self.core.data_addr.val();
        self.bus.data_wdata.next = self.core.data_wdata.val();
        self.bus.data_be.next = self.core.data_be.val();
        self.core.data_ready.next = self.bus.data_ready.val();
        self.bus.early_valid.next = self.core.early_valid.val();
        self.bus.early_addr.next = self.core.early_addr.val();
        self.core.early_ready.next = self.bus.early_ready.val();
        self.core.data_response.next = self.bus.data_response.val();
        self.core.response_data.next = self.bus.response_data.val();
        self.core.response_word.next = self.bus.response_word.val();
        self.port.outside.next = self.outside.val();
        self.bus.peek_valid.next = self.port.peek_valid.val();
        self.bus.poke_valid.next = self.port.poke_valid.val();
        self.bus.port_addr.next = self.port.addr.val();
        self.bus.poke_data.next = self.port.poke_data.val();
        self.core.poked.next = self.port.poke_valid.val();
        self.port.peek_ready.next = self.bus.peek_ready.val();
        self.port.poke_ready.next = self.bus.poke_ready.val();
        self.port.response.next = self.bus.peek_response.val();
        self.port.response_word.next = self.bus.response_word.val();
        self.read_valid.next = self.bus.read_valid.val();
        self.read_addr.next = self.bus.read_addr.val();
        self.bus.read_ready.next = self.read_ready.val();
        self.bus.read_rsp_valid.next = self.read_rsp_valid.val();
        self.bus.read_rsp_data.next = self.read_rsp_data.val();
        self.write_valid.next = self.bus.write_valid.val();
        self.write_addr.next = self.bus.write_addr.val();
        self.write_data.next = self.bus.write_data.val();
        self.write_be.next = self.bus.write_be.val();
        self.bus.write_ready.next = self.write_ready.val();
        self.port.rx_valid.next = self.rx_valid.val();
        self.port.rx_data.next = self.rx_data.val();
        self.rx_ready.next = self.port.rx_ready.val();
        self.tx_valid.next = self.port.tx_valid.val();
        self.tx_data.next = self.port.tx_data.val();
        self.port.tx_ready.next = self.tx_ready.val();

        // Engines.
        self.engines_busy.next = self.busy.val() | (self.starting.q.val() != 0);
        self.bus.busy.next = self.engines_busy.val();
        self.quiet.next = !self.engines_busy.val();
        self.quiet_q.d.next = self.quiet.val();
        self.chain.d.next = false;
        if self.starting.q.val() != 0 {
            self.starting.d.next = self.starting.q.val() - 1;
        }
        self.chain_valid.next = self.chain.q.val();
        self.chain_addr.next = self.chain_at.q.val();
        self.seed.next = self.seed_q.q.val();
        self.step.next = self.step_q.q.val();
        self.private_base.next = self.base.q.val();
        self.cycle.d.next = self.cycle.q.val() + 1;
        self.fault_bits.next = self.faults.q.val();

        // Registers: whether the access can be answered now, and the answer of a load.
        self.register.next = self.core.mmio_addr.val();
        self.wdata.next = self.core.mmio_wdata.val();
        self.ready.next = true;
        if self.core.mmio_write.val() {
            if (self.register.val() == 0x04) | (self.register.val() == 0x1d) {
                // CHAIN_START, EXIT
                self.ready.next = self.quiet.val();
            }
            if (self.register.val() == 0x06)
                | (self.register.val() == 0x09)
                | (self.register.val() == 0x0a)
            {
                // PRIVATE_BASE, SATURATIONS, FAULTS
                self.ready.next = self.quiet.val();
            }
            if (self.register.val() == 0x07) | (self.register.val() == 0x08) {
                // SEED, STEP: in use by a chain or a draw
                self.ready.next = self.quiet.val() & !self.random.busy.val();
            }
            if self.register.val() == 0x0c {
                self.ready.next = !self.exp.busy.val();
            }
            if self.register.val() == 0x0e {
                self.ready.next = !self.reciprocal.busy.val();
            }
            if (self.register.val() == 0x10)
                | (self.register.val() == 0x11)
                | (self.register.val() == 0x12)
            {
                // RANDOM_ROW, RANDOM_TAG, RANDOM_INDEX
                self.ready.next = !self.random.busy.val();
            }
            if (self.register.val() == 0x1b) | (self.register.val() == 0x1c) {
                // TX_PAYLOAD, TX_SEND
                self.ready.next = self.port.send_ready.val();
            }
        } else {
            if (self.register.val() == 0x05)
                | (self.register.val() == 0x09)
                | (self.register.val() == 0x0a)
            {
                // The answer knows a cycle late whether the count of saturations is at its end.
                self.ready.next = self.quiet.val() & self.quiet_q.q.val();
            }
            if self.register.val() == 0x0d {
                self.ready.next = !self.exp.busy.val();
            }
            if self.register.val() == 0x0f {
                self.ready.next = !self.reciprocal.busy.val();
            }
            if self.register.val() == 0x13 {
                self.ready.next = !self.random.busy.val();
            }
            if self.register.val() == 0x15 {
                self.ready.next = self.timer.available.val();
            }
            if self.register.val() == 0x18 {
                self.ready.next = self.port.message_valid.val();
            }
        }
        // PRIVATE_BASE, SEED, STEP, TIMER_PERIOD
        self.mirrored.next = (self.register.val() == 0x06)
            | (self.register.val() == 0x07)
            | (self.register.val() == 0x08)
            | (self.register.val() == 0x14);
        self.answer.asking.next = self.core.mmio_asking.val();
        self.answer.register.next = self.register.val();
        // Where a tick event is there or will come the load returns its number, which is one more than were returned.
        self.answer.mirrored.next = self.mirrored.val()
            | (self.register.val() == 0x05)
            | ((self.register.val() == 0x15) & self.timer.ticks.val());
        self.answer.mirror.next = self.count.sum.val();
        self.answer.id.next = self.id.val();
        self.answer.cycle.next = self.cycle.q.val();
        self.answer.saturations.next = self.saturations.q.val();
        self.answer.saturated.next = self.saturated.q.val();
        self.answer.faults.next = self.faults.q.val();
        self.answer.exp.next = self.exp.result.val();
        self.answer.reciprocal.next = self.reciprocal.result.val();
        self.answer.random.next = self.random.value.val();
        self.answer.payload.next = self.port.message_payload.val();
        self.answer.key.next = self.rx_key.q.val();
        self.core.mmio_rdata.next = self.answer.value.val();
        self.core.mmio_ready.next = self.ready.val();
        // It stands still in a blocking access that cannot be answered yet.
        self.awake.want.next = self.reset.val()
            | !self.core.mmio_valid.val()
            | self.ready.val()
            | self.bus.fetch_response.val()
            | self.bus.data_response.val()
            | self.port.poke_valid.val()
            | self.exp.busy.val()
            | self.reciprocal.busy.val()
            | self.random.busy.val();
        self.core_awake.next = self.awake.on.val();
        self.core.mmio_exit.next = self.register.val() == 0x1d;
        // The units below look at their own state and ignore what comes too early, so they need not wait for `ready`.
        self.loads.next = self.core.mmio_valid.val() & !self.core.mmio_write.val();
        self.stores.next = self.core.mmio_valid.val() & self.core.mmio_write.val();
        self.written.next = self.stores.val() & self.ready.val();

        // A count that is stored is chosen in the adder's tables, but for the bits that add.
        self.sets.next = self.written.val() & (self.register.val() == 0x09);
        self.more.next = bit_cast::<9, 8>(self.saturations.q.val().get_bits::<8>(0))
            + bit_cast::<9, 8>(self.sat_inc.val());
        self.lowest.next = self.more.val().get_bits::<8>(0);
        self.from_count.next = 0x3ff_ffff.into();
        self.from_store.next = 0.into();
        if self.sets.val() {
            self.lowest.next = self.wdata.val().get_bits::<8>(0);
            self.from_count.next = 0.into();
            self.from_store.next = 0x3ff_ffff.into();
        }
        self.saturate.a.next = bit_cast::<26, 24>(self.saturations.q.val().get_bits::<24>(8));
        self.saturate.b.next = bit_cast::<26, 24>(self.wdata.val().get_bits::<24>(8));
        self.saturate.c.next = self.from_count.val();
        self.saturate.d.next = self.from_store.val();
        self.saturate.one.next = self.more.val().get_bit(8) & !self.sets.val();
        self.saturations.d.next = bit_cast::<32, 8>(self.lowest.val())
            | (bit_cast::<32, 24>(self.saturate.sum.val().get_bits::<24>(0)) << 8);
        if self.saturate.sum.val().get_bit(24) {
            self.saturated.d.next = true;
        }
        if self.sets.val() {
            self.saturated.d.next = false;
        }

        // What a load takes away.
        self.timer.take.next = self.loads.val() & (self.register.val() == 0x15);
        self.port.message_take.next = self.loads.val() & (self.register.val() == 0x18);
        if self.loads.val() & (self.register.val() == 0x18) {
            self.rx_key.d.next = self.port.message_key.val();
        }

        // The core's shifts and the exponential's.
        self.core.shift_late.next = self.is_late.val();
        self.exp.late.next = self.is_late.val();
        self.exp.beside.next = 0.into();
        for i in 0..self._shifters {
            self.shifter[i].a.next = self.core.shift_a.val();
            self.shifter[i].amount.next = self.core.shift_amount.val();
            self.shifter[i].left.next = self.core.shift_left.val();
            self.shifter[i].right.next = self.core.shift_right.val();
            self.shifter[i].arithmetic.next = self.core.shift_arithmetic.val();
            self.core.shifted.next = self.shifter[i].result.val();
            self.shifter[i].factor.next = self.exp.factor.val();
            self.shifter[i].by.next = self.exp.by.val();
            self.exp.shifted.next = self.shifter[i].shifted.val();
        }
        for i in 0..self._products {
            self.products[i].clock.next = self.core_clock.val();
            self.products[i].a.next = self.core.shift_a.val();
            self.products[i].amount.next = self.core.shift_amount.val();
            self.products[i].left.next = self.core.shift_left.val();
            self.products[i].right.next = self.core.shift_right.val();
            self.products[i].arithmetic.next = self.core.shift_arithmetic.val();
            self.core.shifted.next = self.products[i].result.val();
            self.products[i].factor.next = self.exp.factor.val();
            self.products[i].by.next = self.exp.by.val();
            self.products[i].upper.next = self.exp.upper.val();
            self.exp.shifted.next = self.products[i].shifted.val();
            self.exp.beside.next = self.products[i].beside.val();
        }
        self.exp.taken_away.next = self.core.shift_left.val() | self.core.shift_right.val();

        // What a store does.
        self.exp.argument.next = self.wdata.val();
        self.exp.start.next = self.stores.val() & (self.register.val() == 0x0c);
        self.reciprocal.argument.next = self.wdata.val();
        self.reciprocal.start.next = self.stores.val() & (self.register.val() == 0x0e);
        self.random.seed.next = self.seed_q.q.val();
        self.random.step.next = self.step_q.q.val();
        self.random.row.next = self.random_row.q.val();
        self.random.tag.next = self.random_tag.q.val();
        self.random.index.next = self.wdata.val();
        self.random.start.next = self.stores.val() & (self.register.val() == 0x12);
        self.timer.value.next = self.wdata.val();
        self.timer.write.next = self.stores.val() & (self.register.val() == 0x14);
        self.port.send_key.next = self.tx_key.q.val();
        self.port.send_payload.next = self.wdata.val();
        self.port.send_has_payload.next = self.register.val() == 0x1b;
        // The port's own ready must not depend on its valid's, so the request does not wait for `ready`.
        self.port.send_valid.next = self.core.mmio_valid.val()
            & self.core.mmio_write.val()
            & ((self.register.val() == 0x1b) | (self.register.val() == 0x1c));
        // The mirror: CHAIN_START counts what CHAINS reads, and TICK what it returns.
        self.counts.next = (self.stores.val() & (self.register.val() == 0x04))
            | (self.loads.val() & (self.register.val() == 0x15));
        self.on_mirror.next =
            self.loads.val() | (self.stores.val() & (self.register.val() == 0x04));
        self.keep.next = 0.into();
        if self.on_mirror.val() {
            self.keep.next = 0xffff_ffff_u64.into();
        }
        self.stored.next = 0.into();
        if self.stores.val() & (self.register.val() != 0x04) {
            self.stored.next = 0xffff_ffff_u64.into();
            if self.register.val() == 0x06 {
                self.stored.next = 0x7_fff8.into();
            }
        }
        self.place.next = self.register.val().get_bits::<4>(0) & 7;
        if self.register.val() == 0x05 {
            self.place.next = 4.into();
        }
        if self.register.val().get_bit(4) {
            self.place.next = (self.register.val().get_bits::<4>(0) & 7) | 8;
        }
        if self.core.clears.val() {
            self.place.next = self.core.clear_place.val();
        }
        self.changes.next = self.core.clears.val()
            | self.timer.taken.val()
            | (self.written.val() & (self.mirrored.val() | (self.register.val() == 0x04)));
        self.count.a.next = self.mirror.q.val();
        self.count.b.next = self.wdata.val();
        self.count.c.next = self.keep.val();
        self.count.d.next = self.stored.val();
        self.count.one.next = self.counts.val();
        self.mirror.write.next = self.changes.val();
        self.mirror.write_addr.next = self.place.val();
        self.mirror.read_addr.next = self.place.val();
        self.mirror.write_data.next = self.count.sum.val();
        if self.written.val() {
            if self.register.val() == 0x04 {
                self.chain.d.next = true;
                self.chain_at.d.next = self.wdata.val().get_bits::<18>(0);
                self.starting.d.next = 3.into();
            }
            if self.register.val() == 0x06 {
                self.base.d.next = self.wdata.val().get_bits::<19>(0) & 0x7_fff8;
            }
            if self.register.val() == 0x07 {
                self.seed_q.d.next = self.wdata.val();
            }
            if self.register.val() == 0x08 {
                self.step_q.d.next = self.wdata.val();
            }
            if self.register.val() == 0x0a {
                self.fault_bits.next = self.faults.q.val() & !self.wdata.val().get_bits::<5>(0);
            }
            if self.register.val() == 0x10 {
                self.random_row.d.next = self.wdata.val();
            }
            if self.register.val() == 0x11 {
                self.random_tag.d.next = self.wdata.val().get_bits::<16>(0);
            }
            if self.register.val() == 0x1a {
                self.tx_key.d.next = self.wdata.val();
            }
        }
        // Bit 4 is FAULT_PACKET.
        self.faults.d.next = self.fault_bits.val()
            | self.fault_set.val()
            | (bit_cast::<5, 1>(self.port.fault.val().into()) << 4);

        self.fault.next = self.port.fault.val() | self.fault_set.val().any();

        if self.reset.val() {
            self.cycle.d.next = 0.into();
            self.chain.d.next = false;
            self.starting.d.next = 0.into();
            self.base.d.next = 0.into();
            self.seed_q.d.next = 0.into();
            self.step_q.d.next = 0.into();
            self.saturations.d.next = 0.into();
            self.saturated.d.next = false;
            self.faults.d.next = 0.into();
            self.random_row.d.next = 0.into();
            self.random_tag.d.next = 0.into();
            self.rx_key.d.next = 0.into();
            self.tx_key.d.next = 0.into();
        }

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
    }
}
