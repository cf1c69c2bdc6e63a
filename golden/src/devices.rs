//! What the control core is connected to: the SRAM, the registers of [`synfire_format::mmio`] and the packet port.
//!
//! Addresses below the SRAM's size and the same from [`mmio::SRAM_ALIAS`] on are the SRAM; [`mmio::MMIO_BASE`] and the
//! [`mmio::MMIO_BYTES`] from there are registers, in whole words only; instructions come from the SRAM only. Everything
//! else is an access fault. Registers written only read 0, writes of registers read only are ignored.
//!
//! All registers, results and numbers are 0 at reset: `EXP_RESULT`, `RECIPROCAL_RESULT` and `RANDOM_VALUE` before the
//! first computation too. There is no time here: a chain runs to its end within the store that starts it.

use std::collections::VecDeque;

use synfire_format::FORMAT_VERSION;
use synfire_format::config::PeConfig;
use synfire_format::mmio;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, Packet};
use synfire_format::random::{RowIndex, draw, row_key};

use crate::core::{Bus, Halt, Refusal};
use crate::exp::exp;
use crate::fast::Executor;
use crate::pass::{EngineState, PassReport, run_chain};
use crate::reciprocal::reciprocal;
use crate::sram::Sram;

/// What `PRIVATE_BASE` keeps: multiples of 8 up to the end of the largest SRAM (256 KB).
const PRIVATE_BASE_MASK: u32 = 0x7_fff8;

/// Which executor runs the chains. Both give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// The specification; its reports name the words written.
    #[default]
    Reference,
    /// Sooner; its reports do not name the words written.
    Fast,
}

/// What an untimed model cannot know, as lockstep records it from the RTL for each instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Inputs {
    /// What `CYCLE` reads.
    pub cycle: u32,
    /// What `TICK_WAIT` read, if it did. The model believes only what can be: the number after the last one read, or 0
    /// with the timer stopped. Otherwise it gives what it expects, and the retire records differ.
    /// `None`: the next tick happens when it is waited for.
    pub tick: Option<u32>,
}

/// SRAM, registers and port of one PE.
pub struct Devices {
    pub(crate) sram: Sram,
    pub(crate) engine: EngineState,
    pub(crate) inputs: Inputs,
    pub(crate) runner: Engine,
    pub(crate) watch: Option<u32>,
    pub(crate) reports: Vec<PassReport>,
    /// Packets that have arrived and not taken effect.
    pub(crate) arrived: VecDeque<Packet>,
    pub(crate) sent: Vec<Packet>,
    pub(crate) answers: Vec<Packet>,
    pub(crate) dropped: u64,
    pub(crate) chains: u32,
    executor: Executor,
    id: u32,
    exp_result: u32,
    reciprocal_result: u32,
    random_row: u32,
    random_tag: u16,
    random_value: u32,
    timer_period: u32,
    /// Number of the last tick event that was read.
    tick: u32,
    rx_key: u32,
    tx_key: u32,
}

impl Devices {
    pub(crate) fn new(config: &PeConfig) -> Self {
        let id = u32::from(FORMAT_VERSION) << 16
            | config.mults << 12
            | config.lanes << 8
            | config.banks << 4
            | u32::from(config.word_bits == 64) << 1
            | u32::from(config.rv32e);
        Self::at_reset(Sram::new(config.sram_bytes), id)
    }

    /// Registers as after power up, nothing arrived or sent; the SRAM, the executor and the watch stay.
    pub(crate) fn reset(&mut self) {
        let sram = std::mem::replace(&mut self.sram, Sram::new(0));
        let fresh = Self::at_reset(sram, self.id);
        *self = Self {
            runner: self.runner,
            watch: self.watch,
            ..fresh
        };
    }

    fn at_reset(sram: Sram, id: u32) -> Self {
        Self {
            sram,
            engine: EngineState::default(),
            inputs: Inputs::default(),
            runner: Engine::default(),
            watch: None,
            reports: Vec::new(),
            arrived: VecDeque::new(),
            sent: Vec::new(),
            answers: Vec::new(),
            dropped: 0,
            chains: 0,
            executor: Executor::default(),
            id,
            exp_result: 0,
            reciprocal_result: 0,
            random_row: 0,
            random_tag: 0,
            random_value: 0,
            timer_period: 0,
            tick: 0,
            rx_key: 0,
            tx_key: 0,
        }
    }

    /// Byte address in the SRAM, if `address` is there at its first or second place. Aligned accesses do not cross
    /// the end, whose address is a power of two.
    #[inline(always)]
    pub(crate) fn sram_offset(&self, address: u32) -> Option<u32> {
        let offset = address & !mmio::SRAM_ALIAS;
        (offset < self.sram.size()).then_some(offset)
    }

    /// What the register `ID` reads.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Counts a packet that is not served.
    pub(crate) fn refuse(&mut self) {
        self.dropped += 1;
        self.engine.faults |= mmio::FAULT_PACKET;
    }

    /// Applies a poke, answers a peek or counts a packet that is not served; messages are given back.
    fn serve(&mut self, packet: Packet) -> Option<Packet> {
        let at = packet.key & !mmio::SRAM_ALIAS & !3;
        let inside = at < self.sram.size();
        match (packet.kind, packet.payload) {
            (MULTICAST, _) => return Some(packet),
            (NEAREST_NEIGHBOUR, Some(word)) if inside => {
                self.sram.write_u32(at, word);
            }
            (NEAREST_NEIGHBOUR, None) if inside => {
                self.answers.push(Packet {
                    payload: self.sram.read_u32(at),
                    ..packet
                });
            }
            _ => self.refuse(),
        }
        None
    }

    /// Everything that arrived but messages takes effect, in order; messages stay, in order.
    pub(crate) fn apply_pending(&mut self) {
        for packet in std::mem::take(&mut self.arrived) {
            let message = self.serve(packet);
            self.arrived.extend(message);
        }
    }

    /// The next message; what arrived before it takes effect first. Nothing happens if there is no message.
    fn next_message(&mut self) -> Option<u32> {
        if !self.arrived.iter().any(|p| p.kind == MULTICAST) {
            return None;
        }
        while let Some(packet) = self.arrived.pop_front() {
            if let Some(message) = self.serve(packet) {
                self.rx_key = message.key;
                return Some(message.payload.unwrap_or(0));
            }
        }
        None
    }

    /// The next tick event's number, see [`Inputs::tick`].
    fn next_tick(&mut self) -> u32 {
        let stopped = self.timer_period == 0;
        let none = match self.inputs.tick {
            Some(0) => true,
            Some(_) => false,
            None => stopped,
        };
        if stopped && none {
            return 0;
        }
        self.tick = self.tick.wrapping_add(1);
        self.tick
    }

    /// `None` where the load waits.
    fn read_register(&mut self, offset: u32) -> Option<u32> {
        Some(match offset {
            mmio::ID => self.id,
            mmio::CYCLE => self.inputs.cycle,
            mmio::CHAIN_WAIT => self.chains,
            mmio::PRIVATE_BASE => self.engine.private_base,
            mmio::SEED => self.engine.seed,
            mmio::STEP => self.engine.step,
            mmio::SATURATIONS => self.engine.saturations,
            mmio::FAULTS => self.engine.faults,
            mmio::EXP_RESULT => self.exp_result,
            mmio::RECIPROCAL_RESULT => self.reciprocal_result,
            mmio::RANDOM_VALUE => self.random_value,
            mmio::TIMER_PERIOD => self.timer_period,
            mmio::TICK_WAIT => self.next_tick(),
            mmio::RX_WAIT => return self.next_message(),
            mmio::RX_KEY => self.rx_key,
            _ => 0,
        })
    }

    fn write_register(&mut self, offset: u32, value: u32) -> Option<Halt> {
        match offset {
            mmio::CHAIN_START => {
                self.chains = self.chains.wrapping_add(1);
                let (sram, state) = (&mut self.sram, &mut self.engine);
                self.reports = match self.runner {
                    Engine::Reference => run_chain(sram, state, value),
                    Engine::Fast => self.executor.run_chain(sram, state, value),
                };
            }
            mmio::PRIVATE_BASE => self.engine.private_base = value & PRIVATE_BASE_MASK,
            mmio::SEED => self.engine.seed = value,
            mmio::STEP => self.engine.step = value,
            mmio::SATURATIONS => self.engine.saturations = value,
            mmio::FAULTS => self.engine.faults &= !value,
            mmio::EXP_ARGUMENT => self.exp_result = exp(value as i32) as u32,
            mmio::RECIPROCAL_ARGUMENT => self.reciprocal_result = reciprocal(value as i32) as u32,
            mmio::RANDOM_ROW => self.random_row = value,
            mmio::RANDOM_TAG => self.random_tag = value as u16,
            mmio::RANDOM_INDEX => {
                let at = RowIndex {
                    population: (self.random_row >> 16) as u16,
                    row: self.random_row as u16,
                    tag: self.random_tag,
                };
                let key = row_key(self.engine.seed, self.engine.step, at);
                self.random_value = draw(key, (value >> 16) as u16, value as u16);
            }
            mmio::TIMER_PERIOD => self.timer_period = value,
            mmio::TX_KEY => self.tx_key = value,
            mmio::TX_PAYLOAD => self.send(Some(value)),
            mmio::TX_SEND => self.send(None),
            mmio::EXIT => return Some(Halt::Exit { code: value }),
            _ => {}
        }
        None
    }

    fn send(&mut self, payload: Option<u32>) {
        self.sent.push(Packet {
            kind: MULTICAST,
            key: self.tx_key,
            payload,
        });
    }

    /// The watch ends the program if the word now holds something.
    fn watched(&self, offset: u32) -> Option<Halt> {
        if self.watch != Some(offset & !3) {
            return None;
        }
        let code = self.sram.read_u32(offset & !3)?;
        (code != 0).then_some(Halt::Watch { code })
    }
}

/// Offset of a register access, refused unless it is a whole word among the registers.
#[inline(always)]
fn register(address: u32, bytes: u32) -> Result<u32, Refusal> {
    let offset = address.wrapping_sub(mmio::MMIO_BASE);
    if offset < mmio::MMIO_BYTES && bytes == 4 {
        Ok(offset)
    } else {
        Err(Refusal::Fault)
    }
}

impl Bus for Devices {
    #[inline(always)]
    fn fetch(&mut self, address: u32) -> Option<u32> {
        self.sram.read_u32(address & !mmio::SRAM_ALIAS)
    }

    #[inline(always)]
    fn load(&mut self, address: u32, bytes: u32) -> Result<u32, Refusal> {
        if let Some(at) = self.sram_offset(address) {
            return match bytes {
                1 => self.sram.read_u8(at).map(u32::from),
                2 => self.sram.read_u16(at).map(u32::from),
                _ => self.sram.read_u32(at),
            }
            .ok_or(Refusal::Fault);
        }
        let offset = register(address, bytes)?;
        self.read_register(offset).ok_or(Refusal::Blocked)
    }

    #[inline(always)]
    fn store(&mut self, address: u32, bytes: u32, value: u32) -> Result<Option<Halt>, Refusal> {
        if let Some(at) = self.sram_offset(address) {
            match bytes {
                1 => self.sram.write_u8(at, value as u8),
                2 => self.sram.write_u16(at, value as u16),
                _ => self.sram.write_u32(at, value),
            }
            .ok_or(Refusal::Fault)?;
            return Ok(self.watched(at));
        }
        let offset = register(address, bytes)?;
        Ok(self.write_register(offset, value))
    }
}
