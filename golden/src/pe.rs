//! One processing element as an instruction-level model: control core, SRAM, registers, engines and packet port.
//!
//! It has no time. A chain runs to its end within the store to `CHAIN_START`; the values that depend on time are
//! [`Inputs`]. What a program computes is therefore the same here, in the RTL and on a board.

use synfire_format::config::PeConfig;
use synfire_format::mmio::SRAM_ALIAS;
use synfire_format::packet::Packet;
use thiserror::Error;

use crate::core::{Core, Halt, StepResult};
use crate::devices::{Devices, Engine, Inputs};
use crate::pass::{EngineState, PassReport};
use crate::sram::Sram;

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The program ended.
    Halted(Halt),
    /// `RX_WAIT` waits for a message: push one and run on.
    Blocked,
    /// The instructions allowed were executed.
    Limit,
}

/// Why a PE refused a program.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LoadError {
    /// Some bytes lie outside the SRAM.
    #[error(
        "{bytes} bytes at {address:#x} do not fit the SRAM, which is {sram} bytes at 0 and again at 0x80000000: link the program there"
    )]
    Outside {
        /// Where they were to go.
        address: u32,
        /// How many there are.
        bytes: usize,
        /// Size of the SRAM in bytes.
        sram: u32,
    },
}

/// One processing element.
pub struct Pe {
    core: Core,
    devices: Devices,
    rv32e: bool,
}

impl Pe {
    /// A PE out of reset: SRAM and registers 0, the core at address 0, the reference executor.
    pub fn new(config: &PeConfig) -> Self {
        Self {
            core: Core::new(config.rv32e, 0),
            devices: Devices::new(config),
            rv32e: config.rv32e,
        }
    }

    /// Chooses the executor of chains.
    pub fn set_engine(&mut self, engine: Engine) {
        self.devices.runner = engine;
    }

    /// Ends the program at a store after which the word at this address (of the SRAM's first or second place, bits
    /// 1..0 ignored) is not 0, with that word as code: the `tohost` convention of bare test programs. `None`: no watch.
    pub fn set_watch(&mut self, address: Option<u32>) {
        self.devices.watch = address.map(|a| a & !SRAM_ALIAS & !3);
    }

    /// Writes bytes into the SRAM at either of its places.
    ///
    /// # Errors
    /// [`LoadError::Outside`], with nothing written.
    pub fn load(&mut self, address: u32, bytes: &[u8]) -> Result<(), LoadError> {
        let at = (address & !SRAM_ALIAS) as usize;
        let sram = self.devices.sram.size();
        let place = at
            .checked_add(bytes.len())
            .and_then(|end| self.devices.sram.bytes_mut().get_mut(at..end));
        let Some(place) = place else {
            let bytes = bytes.len();
            return Err(LoadError::Outside {
                address,
                bytes,
                sram,
            });
        };
        place.copy_from_slice(bytes);
        Ok(())
    }

    /// [`Self::load`] of 32-bit words.
    ///
    /// # Errors
    /// [`LoadError::Outside`], with nothing written.
    pub fn load_words(&mut self, address: u32, words: &[u32]) -> Result<(), LoadError> {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        self.load(address, &bytes)
    }

    /// Resets the core, which then starts at `pc` (bits 1..0 ignored); SRAM, registers and packets stay.
    pub fn start(&mut self, pc: u32) {
        self.core = Core::new(self.rv32e, pc);
    }

    /// Resets all but the SRAM: the core starts at address 0, registers are as after power up, packets are gone. The
    /// executor and the watch stay.
    pub fn reset(&mut self) {
        self.core = Core::new(self.rv32e, 0);
        self.devices.reset();
    }

    /// What the register [`synfire_format::mmio::ID`] reads.
    pub fn id(&self) -> u32 {
        self.devices.id()
    }

    /// Executes one instruction, with these values of what depends on time.
    #[inline]
    pub fn step(&mut self, inputs: &Inputs) -> StepResult {
        self.devices.inputs = *inputs;
        self.core.step(&mut self.devices)
    }

    /// Executes at most `max_instructions`; ticks happen when they are waited for and `CYCLE` reads the number of
    /// instructions retired (low 32 bits).
    pub fn run(&mut self, max_instructions: u64) -> Outcome {
        for _ in 0..max_instructions {
            let inputs = Inputs {
                cycle: self.core.retired() as u32,
                tick: None,
            };
            match self.step(&inputs) {
                StepResult::Retired(_) => {}
                StepResult::Blocked => return Outcome::Blocked,
                StepResult::Halted(halt) => return Outcome::Halted(halt),
            }
        }
        self.core.halt().map_or(Outcome::Limit, Outcome::Halted)
    }

    /// A packet arrives. Messages wait for `RX_WAIT`; pokes and peeks before a message take effect when that message
    /// is taken. The model's queue has no end: a full one stalls the sender, which no program sees.
    pub fn push_packet(&mut self, packet: Packet) {
        self.devices.arrived.push_back(packet);
    }

    /// The 72 bits of a packet arrive: [`Self::push_packet`], or counted and dropped where their parity is even.
    pub fn push_bits(&mut self, bits: u128) {
        match Packet::decode(bits) {
            Some(packet) => self.push_packet(packet),
            None => self.devices.refuse(),
        }
    }

    /// Lets every poke and peek that has arrived take effect: at load time, and at the end. Messages go on waiting.
    pub fn apply_pending_pokes(&mut self) {
        self.devices.apply_pending();
    }

    /// Packets (messages, pokes, peeks) that have arrived and not taken effect.
    pub fn packets_waiting(&self) -> usize {
        self.devices.arrived.len()
    }

    /// Whether [`Self::take_sent`] has something to give.
    #[inline]
    pub fn has_sent(&self) -> bool {
        !self.devices.sent.is_empty()
    }

    /// What the core has sent since the last call, in order.
    pub fn take_sent(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.devices.sent)
    }

    /// Answers to peeks since the last call, in order of the peeks. How they interleave with what the core sends is a
    /// matter of time, so they are kept apart.
    pub fn take_answers(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.devices.answers)
    }

    /// Packets of types or addresses that a PE does not serve.
    pub fn packets_dropped(&self) -> u64 {
        self.devices.dropped
    }

    /// Chains started so far.
    pub fn chains(&self) -> u32 {
        self.devices.chains
    }

    /// Reports of the passes of the last chain.
    pub fn last_chain(&self) -> &[PassReport] {
        &self.devices.reports
    }

    /// Registers and state of the control core.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Why the program ended, if it did.
    pub fn halt(&self) -> Option<Halt> {
        self.core.halt()
    }

    /// SRAM contents.
    pub fn sram(&self) -> &Sram {
        &self.devices.sram
    }

    /// SRAM contents.
    pub fn sram_mut(&mut self) -> &mut Sram {
        &mut self.devices.sram
    }

    /// Random seed and step, private base, saturations and faults.
    pub fn engine(&self) -> &EngineState {
        &self.devices.engine
    }
}
