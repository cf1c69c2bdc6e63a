//! `Pe`: a processing element: control block, engine and SRAM, and the Verilog of it and of its blocks.
//!
//! While `run` is 0 the core is held before its next instruction (after reset at pc 0); pokes and peeks are served. A packet moves at rx and tx where
//! valid and ready meet. `retire_*` describe the instruction that retires in a cycle with `retire_valid`. `pass_done`
//! pulses when all writes of the pass at byte address `pass_addr` are in the SRAM. `conflicts` is the SRAM's counter.

use crate::awake::Awake;
use crate::compact_control::CompactControl;
use crate::compact_memory::CompactMemory;
use crate::compact_pe::CompactPe;
use crate::control::Control;
use crate::emit::{EmitError, verilog};
use crate::engine::{ALL_UNITS, Engine, SHIFTING_PRODUCTS};
use crate::micro_engine::MicroEngine;
use crate::sram::Sram;
use crate::streams::{ReadClient, WriteClient};
use rust_hdl::prelude::*;
use synfire_format::config::PeConfig;

/// W = SRAM word in bits, E = W / 8.
#[derive(LogicBlock)]
pub struct Pe<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    /// The same clock, which may stand still: see [`crate::awake`].
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
    /// One cycle: a fault bit is set.
    pub fault: Signal<Out, Bit>,
    pub halted: Signal<Out, Bit>,
    pub exit_code: Signal<Out, Bits<32>>,
    pub pass_done: Signal<Out, Bit>,
    pub pass_addr: Signal<Out, Bits<18>>,
    pub engine_busy: Signal<Out, Bit>,
    pub conflicts: Signal<Out, Bits<32>>,
    control: Control<W, E>,
    engine: Engine<W, E>,
    sram: Sram<W, E>,
    /// A pass has ended whose last writes may still be queued at the SRAM.
    ending: DFF<Bit>,
    ending_addr: DFF<Bits<18>>,
    busy: Signal<Local, Bit>,
    awake: Awake,
    /// The reset, a cycle late: it reaches every register of the PE.
    reset_q: DFF<Bit>,
}

macro_rules! pe_with {
    ($($given:ident = $value:expr),* ; $($field:ident),* $(,)?) => {
        Self { $($given: $value,)* $($field: Default::default(),)* }
    };
}

impl<const W: usize, const E: usize> Pe<W, E> {
    /// The PE of `config`, whose word width must be W.
    ///
    /// # Panics
    /// If W is not the configuration's word width, or E not W / 8.
    pub fn new(config: &PeConfig) -> Self {
        Self::with_products(config, false)
    }

    /// The same; with `products` all its slot units shift by products and its control block has no shifter, which takes four
    /// multipliers more.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn with_products(config: &PeConfig, products: bool) -> Self {
        let units = if products {
            ALL_UNITS
        } else {
            SHIFTING_PRODUCTS
        };
        pe_with!(
            control = Control::new(config, products),
            engine = Engine::shifting(config, units),
            sram = Sram::new(config);
            clock, core_clock, lanes_clock, engine_clock, core_awake, lanes_awake, engine_awake, awake, reset_q, reset, run, rx_valid, rx_ready, rx_data, tx_valid, tx_ready, tx_data, retire_valid, retire_pc,
            retire_insn, retire_next_pc, retire_rd, retire_rd_value, retire_mem_addr, retire_rmask, retire_wmask,
            retire_rdata, retire_wdata, retire_trap, fault, halted, exit_code, pass_done, pass_addr, engine_busy, conflicts, ending, ending_addr, busy,
        )
    }
}

impl<const W: usize, const E: usize> Logic for Pe<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        ReadClient::<W>::join(&mut self.engine.f, &mut self.sram.f);
        ReadClient::<W>::join(&mut self.engine.g, &mut self.sram.g);
        ReadClient::<W>::join(&mut self.engine.y, &mut self.sram.y);
        WriteClient::<W, E>::join(&mut self.engine.w, &mut self.sram.w);
        WriteClient::<W, E>::join(&mut self.engine.yw, &mut self.sram.yw);
        dff_setup!(self, clock, ending, ending_addr, reset_q);
        clock!(self, clock, control, sram, awake);
        self.control.core_clock.next = self.core_clock.val();
        self.engine.clock.next = self.engine_clock.val();
        self.engine.lanes_clock.next = self.lanes_clock.val();
        self.core_awake.next = self.control.core_awake.val();
        self.lanes_awake.next = self.engine.lanes_awake.val();
        self.awake.want.next =
            self.reset_q.q.val() | self.control.chain_valid.val() | self.busy.val();
        self.engine_awake.next = self.awake.on.val();
        self.reset_q.d.next = self.reset.val();
        self.control.reset.next = self.reset_q.q.val();
        self.engine.reset.next = self.reset_q.q.val();
        self.sram.reset.next = self.reset_q.q.val();
        self.control.run.next = self.run.val();

        self.sram.c.valid.next = self.control.read_valid.val();
        self.sram.c.addr.next = self.control.read_addr.val();
        self.control.read_ready.next = self.sram.c.ready.val();
        self.control.read_rsp_valid.next = self.sram.c.rsp_valid.val();
        self.control.read_rsp_data.next = self.sram.c.rsp_data.val();
        self.sram.cw.valid.next = self.control.write_valid.val();
        self.sram.cw.addr.next = self.control.write_addr.val();
        self.sram.cw.data.next = self.control.write_data.val();
        self.sram.cw.be.next = self.control.write_be.val();
        self.control.write_ready.next = self.sram.cw.ready.val();

        self.engine.chain_valid.next = self.control.chain_valid.val();
        self.engine.chain_addr.next = self.control.chain_addr.val();
        self.engine.seed.next = self.control.seed.val();
        self.engine.step.next = self.control.step.val();
        self.engine.private_base.next = self.control.private_base.val();
        self.control.busy.next = self.busy.val();
        self.control.sat_inc.next = self.engine.sat_inc.val();
        self.control.fault_set.next = self.engine.fault_set.val();

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
        // The core sees a chain's end, and the world a pass's, when the last write is in the SRAM.
        self.busy.next = self.engine.busy.val() | self.engine.pass_done.val() | self.ending.q.val();
        self.engine_busy.next = self.busy.val();
        self.pass_done.next = self.ending.q.val() & self.sram.settled.val();
        self.pass_addr.next = self.ending_addr.q.val();
        if self.sram.settled.val() {
            self.ending.d.next = false;
        }
        if self.engine.pass_done.val() {
            self.ending.d.next = true;
            self.ending_addr.d.next = self.engine.pass_addr.val();
        }
        if self.reset_q.q.val() {
            self.ending.d.next = false;
        }
        self.conflicts.next = self.sram.conflicts.val();
    }
}

/// Blocks that [`emit_block`] knows.
pub const BLOCKS: [&str; 4] = ["pe", "control", "engine", "sram"];

fn header(name: &str, c: &PeConfig) -> String {
    format!(
        "Synfire `{name}`, configuration `{}`: {} KB of SRAM in {} {} bank(s) of {}-bit words, {} lane(s) of {} multiplier(s), {}\n\
         Generated by `synfire emit` from the crate synfire-hdl; edit the generator, not this text.",
        c.name,
        c.sram_bytes >> 10,
        c.banks,
        if c.single_port {
            "single-port"
        } else {
            "dual-port"
        },
        c.word_bits,
        c.lanes,
        c.mults,
        if c.rv32e { "RV32E" } else { "RV32I" },
    )
}

fn emit<const W: usize, const E: usize>(
    name: &str,
    c: &PeConfig,
    many_multipliers: bool,
) -> Result<String, EmitError> {
    let mut header = header(name, c);
    if many_multipliers {
        header += "\nShifting by multipliers";
    }
    match name {
        "pe" if c.single_port => verilog(CompactPe::new(c), name, &header),
        "control" if c.single_port => verilog(CompactControl::new(c), name, &header),
        "engine" if c.single_port => verilog(MicroEngine::default(), name, &header),
        "sram" if c.single_port => verilog(CompactMemory::new(c), name, &header),
        "pe" => verilog(
            Pe::<W, E>::with_products(c, many_multipliers),
            name,
            &header,
        ),
        "control" => verilog(Control::<W, E>::new(c, false), name, &header),
        "engine" => verilog(Engine::<W, E>::new(c), name, &header),
        "sram" => verilog(Sram::<W, E>::new(c), name, &header),
        _ => Err(EmitError::NoBlock {
            name: name.into(),
            known: BLOCKS.join(", "),
        }),
    }
}

/// The Verilog of one of [`BLOCKS`] alone, as the module `name`.
///
/// # Errors
/// An illegal configuration, an unknown name, or a fault of the generator.
pub fn emit_block(name: &str, config: &PeConfig) -> Result<String, EmitError> {
    config.check()?;
    match config.word_bits {
        32 => emit::<32, 4>(name, config, false),
        _ => emit::<64, 8>(name, config, false),
    }
}

/// The Verilog of the PE of a configuration, top module `pe`.
///
/// # Errors
/// An illegal configuration, or a fault of the generator.
pub fn emit_pe(config: &PeConfig) -> Result<String, EmitError> {
    emit_block("pe", config)
}

/// The same, shifting by multipliers wherever it can ([`synfire_format::config::MachineShape`]).
///
/// # Errors
/// As [`emit_pe`].
pub fn emit_pe_of_many_multipliers(config: &PeConfig) -> Result<String, EmitError> {
    config.check()?;
    match config.word_bits {
        32 => emit::<32, 4>("pe", config, true),
        _ => emit::<64, 8>("pe", config, true),
    }
}
