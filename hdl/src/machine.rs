//! `Machine`: the bridge and its PEs, bytes in parallel; and `Board`: the machine behind a UART, with its own reset and
//! four LEDs; and the Verilog of both.
//!
//! `Machine` takes a byte a cycle, always. A byte moves out where valid and ready meet. After reset the cores are held.

use crate::bridge::Bridge;
use crate::compact_pe::CompactPe;
use crate::emit::{EmitError, verilog};
use crate::pe::Pe;
use crate::uart::{UartRx, UartTx, increment};
use rust_hdl::prelude::*;
use synfire_format::FORMAT_VERSION;
use synfire_format::config::{MachineShape, PeConfig};
use synfire_format::link;

/// W = SRAM word in bits, E = W / 8.
#[derive(LogicBlock)]
pub struct Machine<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    pub in_data: Signal<In, Bits<8>>,
    pub out_valid: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    pub out_data: Signal<Out, Bits<8>>,
    /// A byte of the line had no stop bit.
    pub framing: Signal<In, Bit>,
    /// The line's rate, 0 where there is none.
    pub baud: Signal<In, Bits<32>>,
    /// One cycle: a fault of the link was counted, or a fault bit of a PE set.
    pub fault: Signal<Out, Bit>,
    /// A chain runs.
    pub busy: Signal<Out, Bit>,
    bridge: Bridge,
    /// PEs of several banks, or of single-port SRAM.
    pe: Vec<Pe<W, E>>,
    compact: Vec<CompactPe>,
    identity: Signal<Local, Bits<224>>,
    /// The identity without the rate: the words before it, and those after it.
    head: Constant<Bits<128>>,
    build: Constant<Bits<64>>,
    count: Constant<Bits<5>>,
    outside: Constant<Bits<32>>,
    _full: usize,
    _compact: usize,
}

impl<const W: usize, const E: usize> Machine<W, E> {
    /// A machine of that shape with PEs of `config`, whose word width must be W.
    ///
    /// # Panics
    /// If W is not the configuration's word width, or E not W / 8.
    pub fn new(config: &PeConfig, shape: MachineShape, clock_khz: u32, build: u64) -> Self {
        let pes = shape.pes;
        let id = u32::from(FORMAT_VERSION) << 16
            | config.mults << 12
            | config.lanes << 8
            | config.banks << 4
            | u32::from(config.word_bits == 64) << 1
            | u32::from(config.rv32e);
        let low = u64::from(link::VERSION)
            | (pes as u64) << 8
            | u64::from(FORMAT_VERSION) << 16
            | u64::from(id) << 32;
        let full = if config.single_port { 0 } else { pes };
        let high = u64::from(config.sram_bytes / 1024)
            | u64::from(shape.store_kb) << 16
            | u64::from(clock_khz) << 32;
        let head: Bits<128> =
            bit_cast::<128, 64>(low.to_bits()) | (bit_cast::<128, 64>(high.to_bits()) << 64);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            in_valid: Default::default(),
            in_ready: Default::default(),
            in_data: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out_data: Default::default(),
            framing: Default::default(),
            baud: Default::default(),
            fault: Default::default(),
            busy: Default::default(),
            bridge: Bridge::new(shape, !config.single_port),
            pe: (0..full)
                .map(|_| Pe::with_products(config, shape.many_multipliers))
                .collect(),
            compact: (full..pes).map(|_| CompactPe::new(config)).collect(),
            identity: Default::default(),
            head: Constant::new(head),
            build: Constant::new(build.to_bits()),
            count: Constant::new((pes as u64).to_bits()),
            outside: Constant::new(u64::from(!(config.sram_bytes - 1)).to_bits()),
            _full: full,
            _compact: pes - full,
        }
    }
}

impl<const W: usize, const E: usize> Logic for Machine<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, bridge);
        self.bridge.reset.next = self.reset.val();
        self.in_ready.next = true;
        self.bridge.in_valid.next = self.in_valid.val();
        self.bridge.in_data.next = self.in_data.val();
        self.bridge.framing.next = self.framing.val();
        self.out_valid.next = self.bridge.out_valid.val();
        self.out_data.next = self.bridge.out_data.val();
        self.bridge.out_ready.next = self.out_ready.val();
        self.identity.next = bit_cast::<224, 128>(self.head.val())
            | (bit_cast::<224, 32>(self.baud.val()) << 128)
            | (bit_cast::<224, 64>(self.build.val()) << 160);
        self.bridge.identity.next = self.identity.val();
        self.bridge.pes.next = self.count.val();
        self.bridge.outside.next = self.outside.val();
        self.fault.next = self.bridge.fault.val();
        self.busy.next = false;
        for i in 0..self._full {
            self.pe[i].clock.next = self.clock.val();
            self.pe[i].core_clock.next = self.clock.val();
            self.pe[i].lanes_clock.next = self.clock.val();
            self.pe[i].engine_clock.next = self.clock.val();
            self.pe[i].reset.next = self.bridge.pe_reset[i].val();
            self.pe[i].run.next = self.bridge.run[i].val();
            self.pe[i].rx_valid.next = self.bridge.rx_valid[i].val();
            self.pe[i].rx_data.next = self.bridge.rx_data.val();
            self.bridge.rx_ready[i].next = self.pe[i].rx_ready.val();
            self.bridge.tx_valid[i].next = self.pe[i].tx_valid.val();
            self.bridge.tx_data[i].next = self.pe[i].tx_data.val();
            self.pe[i].tx_ready.next = self.bridge.tx_ready[i].val();
            self.bridge.retire_valid[i].next = self.pe[i].retire_valid.val();
            self.bridge.retire_pc[i].next = self.pe[i].retire_pc.val();
            self.bridge.halted[i].next = self.pe[i].halted.val();
            self.bridge.exit_code[i].next = self.pe[i].exit_code.val();
            self.bridge.busy[i].next = self.pe[i].engine_busy.val();
            self.bridge.conflicts[i].next = self.pe[i].conflicts.val();
            if self.pe[i].fault.val() {
                self.fault.next = true;
            }
            if self.pe[i].engine_busy.val() {
                self.busy.next = true;
            }
        }
        for i in 0..self._compact {
            self.compact[i].clock.next = self.clock.val();
            self.compact[i].core_clock.next = self.clock.val();
            self.compact[i].lanes_clock.next = self.clock.val();
            self.compact[i].engine_clock.next = self.clock.val();
            self.compact[i].reset.next = self.bridge.pe_reset[i].val();
            self.compact[i].run.next = self.bridge.run[i].val();
            self.compact[i].rx_valid.next = self.bridge.rx_valid[i].val();
            self.compact[i].rx_data.next = self.bridge.rx_data.val();
            self.bridge.rx_ready[i].next = self.compact[i].rx_ready.val();
            self.bridge.tx_valid[i].next = self.compact[i].tx_valid.val();
            self.bridge.tx_data[i].next = self.compact[i].tx_data.val();
            self.compact[i].tx_ready.next = self.bridge.tx_ready[i].val();
            self.bridge.retire_valid[i].next = self.compact[i].retire_valid.val();
            self.bridge.retire_pc[i].next = self.compact[i].retire_pc.val();
            self.bridge.halted[i].next = self.compact[i].halted.val();
            self.bridge.exit_code[i].next = self.compact[i].exit_code.val();
            self.bridge.busy[i].next = self.compact[i].engine_busy.val();
            self.bridge.conflicts[i].next = self.compact[i].conflicts.val();
            if self.compact[i].fault.val() {
                self.fault.next = true;
            }
            if self.compact[i].engine_busy.val() {
                self.busy.next = true;
            }
        }
    }
}

/// The machine with pins.
#[derive(LogicBlock)]
pub struct Board<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    /// The clock is steady: the reset begins to end.
    pub locked: Signal<In, Bit>,
    pub rx: Signal<In, Bit>,
    pub tx: Signal<Out, Bit>,
    /// 1 is on: 0 heartbeat, 1 bytes on the link, 2 a chain ran, 3 a fault since power up.
    pub led: Signal<Out, Bits<4>>,
    machine: Machine<W, E>,
    receive: UartRx,
    transmit: UartTx,
    /// Cycles since the clock is steady, at most 64: the reset ends. The iCE40's block RAM may be read wrong in the first
    /// microseconds after configuration.
    started: DFF<Bits<7>>,
    beat: DFF<Bits<25>>,
    /// On for 2^21 to 2^22 cycles after the last event.
    traffic: DFF<Bits<2>>,
    learning: DFF<Bits<2>>,
    fault: DFF<Bit>,
    fade: Signal<Local, Bit>,
    reset: Signal<Local, Bit>,
    step: Constant<Bits<20>>,
    baud: Constant<Bits<32>>,
}

impl<const W: usize, const E: usize> Board<W, E> {
    /// The board's logic for a clock and a rate.
    ///
    /// # Panics
    /// As [`Machine::new`].
    pub fn new(
        config: &PeConfig,
        shape: MachineShape,
        clock_hz: u32,
        baud: u32,
        build: u64,
    ) -> Self {
        Self {
            clock: Default::default(),
            locked: Default::default(),
            rx: Default::default(),
            tx: Default::default(),
            led: Default::default(),
            machine: Machine::new(config, shape, clock_hz / 1000, build),
            receive: Default::default(),
            transmit: Default::default(),
            started: Default::default(),
            beat: Default::default(),
            traffic: Default::default(),
            learning: Default::default(),
            fault: Default::default(),
            fade: Default::default(),
            reset: Default::default(),
            step: Constant::new(u64::from(increment(clock_hz, baud)).to_bits()),
            baud: Constant::new(u64::from(baud).to_bits()),
        }
    }
}

impl<const W: usize, const E: usize> Logic for Board<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, started, beat, traffic, learning, fault);
        clock!(self, clock, machine, receive, transmit);
        self.reset.next = !self.started.q.val().get_bit(6);
        if self.reset.val() & self.locked.val() {
            self.started.d.next = self.started.q.val() + 1;
        }
        self.machine.reset.next = self.reset.val();
        self.receive.reset.next = self.reset.val();
        self.transmit.reset.next = self.reset.val();
        self.receive.increment.next = self.step.val();
        self.transmit.increment.next = self.step.val();
        self.machine.baud.next = self.baud.val();
        self.receive.rx.next = self.rx.val();
        self.tx.next = self.transmit.tx.val();
        self.machine.in_valid.next = self.receive.out_valid.val();
        self.machine.in_data.next = self.receive.out_data.val();
        self.machine.framing.next = self.receive.framing.val();
        self.transmit.in_valid.next = self.machine.out_valid.val();
        self.transmit.in_data.next = self.machine.out_data.val();
        self.machine.out_ready.next = self.transmit.in_ready.val();

        self.beat.d.next = self.beat.q.val() + 1;
        self.fade.next = self.beat.q.val().get_bits::<21>(0).all();
        if self.fade.val() {
            self.traffic.d.next = self.traffic.q.val() >> 1;
            self.learning.d.next = self.learning.q.val() >> 1;
        }
        if self.receive.out_valid.val() | self.machine.out_valid.val() {
            self.traffic.d.next = 3.into();
        }
        if self.machine.busy.val() {
            self.learning.d.next = 3.into();
        }
        if self.machine.fault.val() {
            self.fault.d.next = true;
        }
        self.led.next = bit_cast::<4, 1>(self.beat.q.val().get_bits::<1>(24))
            | (bit_cast::<4, 1>(self.traffic.q.val().get_bits::<1>(0)) << 1)
            | (bit_cast::<4, 1>(self.learning.q.val().get_bits::<1>(0)) << 2)
            | (bit_cast::<4, 1>(self.fault.q.val().into()) << 3);
    }
}

fn header(what: &str, config: &PeConfig, shape: MachineShape) -> String {
    let store = match shape.store_kb {
        0 => String::new(),
        kb => format!(", a sample store of {kb} KB"),
    };
    let shifts = ["", ", shifting by multipliers"][usize::from(shape.many_multipliers)];
    format!(
        "Synfire `{what}`, {} PE(s) of configuration `{}`{shifts}{store}\n\
         Generated by `synfire emit` from the crate synfire-hdl; edit the generator, not this text.",
        shape.pes, config.name
    )
}

/// The Verilog of the module `machine`: PEs of a configuration, as many as the shape (or number of PEs) says, behind
/// parallel byte ports.
///
/// `clock_khz` and `build` are told by HELLO; a machine that is simulated has no clock rate, 0.
///
/// # Errors
/// An illegal configuration or number of PEs, or a fault of the generator.
pub fn emit_machine(
    config: &PeConfig,
    shape: impl Into<MachineShape>,
    clock_khz: u32,
    build: u64,
) -> Result<String, EmitError> {
    let shape = shape.into();
    config.check()?;
    shape.check(&config.name)?;
    let header = header("machine", config, shape);
    match config.word_bits {
        32 => verilog(
            Machine::<32, 4>::new(config, shape, clock_khz, build),
            "machine",
            &header,
        ),
        _ => verilog(
            Machine::<64, 8>::new(config, shape, clock_khz, build),
            "machine",
            &header,
        ),
    }
}

/// The Verilog of the module `board`: the machine behind a UART.
///
/// # Errors
/// As [`emit_machine`].
pub fn emit_board(
    config: &PeConfig,
    shape: impl Into<MachineShape>,
    clock_hz: u32,
    baud: u32,
    build: u64,
) -> Result<String, EmitError> {
    let shape = shape.into();
    config.check()?;
    shape.check(&config.name)?;
    let header = format!(
        "{}\nClock {clock_hz} Hz, UART {baud} baud",
        header("board", config, shape)
    );
    match config.word_bits {
        32 => verilog(
            Board::<32, 4>::new(config, shape, clock_hz, baud, build),
            "board",
            &header,
        ),
        _ => verilog(
            Board::<64, 8>::new(config, shape, clock_hz, baud, build),
            "board",
            &header,
        ),
    }
}
