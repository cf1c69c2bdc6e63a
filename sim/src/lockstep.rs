//! Model and RTL of one PE side by side: every retired instruction, the SRAM words of every pass, every packet sent,
//! and the whole SRAM at the end.
//!
//! The model has no time. It executes an instruction when the RTL retires it, with the values that depend on time
//! (`CYCLE`, ticks) taken from the RTL's record, and a chain at the store that starts it. The words that each pass of
//! the chain writes are computed then, by the reference executor, and compared when the RTL says that the pass ended.

use crate::rtl::Rtl;
use std::collections::VecDeque;
use std::fmt;
use synfire_format::config::PeConfig;
use synfire_format::mmio;
use synfire_format::packet::Packet;
use synfire_golden::core::{Retire as Retired, StepResult};
use synfire_golden::devices::Inputs;
use synfire_golden::pass::{fetch, run_pass};
use synfire_golden::pe::Pe;

/// Where model and RTL differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Instructions that both retired before.
    pub step: u64,
    /// Clock cycle of the RTL.
    pub cycle: u64,
    /// What differs: a field of the retire record, an SRAM word, a packet.
    pub place: String,
    pub golden: String,
    pub rtl: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "step {}, cycle {}: {} is {} in the model and {} in the RTL",
            self.step, self.cycle, self.place, self.golden, self.rtl
        )
    }
}

/// Why a lockstep run stopped early.
#[derive(Debug, thiserror::Error)]
pub enum LockstepError {
    #[error("model and RTL differ: {0}")]
    Differ(Box<Mismatch>),
    #[error("the RTL did nothing for {0} cycles: neither an instruction nor a pass nor a packet")]
    Stuck(u64),
    #[error("the program ended with code {0:#x} before it sent what was waited for")]
    Ended(u32),
}

/// A pass of the model that the RTL has not finished yet.
struct ExpectedPass {
    address: u32,
    /// (64-bit word, value after the pass)
    words: Vec<(u32, u64)>,
}

/// Cycles that one descriptor took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassCycles {
    pub address: u32,
    pub cycles: u64,
}

/// Model and RTL with the same image.
pub struct Lockstep {
    pub model: Pe,
    pub rtl: Rtl,
    passes: VecDeque<ExpectedPass>,
    steps: u64,
    /// Sent by the model and not yet by the RTL.
    expected: VecDeque<Packet>,
    /// Sent by both and not yet taken by the caller.
    sent: VecDeque<Packet>,
    /// Cycle of the last chain start or pass end.
    mark: u64,
    /// Cycles of the passes since the caller last took them.
    pub pass_cycles: Vec<PassCycles>,
}

/// Cycles without any progress after which a run is given up: longer than the longest pass of 64 KB.
pub const PATIENCE: u64 = 400_000;

impl Lockstep {
    /// Loads `image` into both and starts the core at address 0.
    pub fn new(config: &PeConfig, mut rtl: Rtl, image: &[u8]) -> Self {
        let mut model = Pe::new(config);
        let size = model.sram().size() as usize;
        let mut whole = image.to_vec();
        whole.resize(size, 0);
        model.sram_mut().bytes_mut().copy_from_slice(&whole);
        rtl.load(&whole);
        rtl.start();
        Lockstep {
            model,
            rtl,
            passes: VecDeque::new(),
            steps: 0,
            expected: VecDeque::new(),
            sent: VecDeque::new(),
            mark: 0,
            pass_cycles: Vec::new(),
        }
    }

    /// Gives a packet to both.
    pub fn push(&mut self, packet: Packet) {
        self.model.push_packet(packet);
        self.rtl.push(packet);
    }

    /// Instructions retired so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    fn differ<T: fmt::Debug>(&self, place: impl Into<String>, golden: T, rtl: T) -> LockstepError {
        LockstepError::Differ(Box::new(Mismatch {
            step: self.steps,
            cycle: self.rtl.cycles(),
            place: place.into(),
            golden: format!("{golden:x?}"),
            rtl: format!("{rtl:x?}"),
        }))
    }

    /// Runs until the program ends; returns its exit code. Compares the whole SRAM.
    ///
    /// # Errors
    /// [`LockstepError`].
    pub fn run_to_end(&mut self) -> Result<u32, LockstepError> {
        let mut idle = 0;
        loop {
            if let Some(code) = self.rtl.halted() {
                self.finish(code)?;
                return Ok(code);
            }
            idle = if self.cycle()? { 0 } else { idle + 1 };
            if idle > PATIENCE {
                return Err(LockstepError::Stuck(PATIENCE));
            }
        }
    }

    /// Runs until the PE has sent a message that was not taken yet, and takes it.
    ///
    /// # Errors
    /// [`LockstepError`].
    pub fn message(&mut self) -> Result<Packet, LockstepError> {
        let mut idle = 0;
        loop {
            if let Some(p) = self.sent.pop_front() {
                return Ok(p);
            }
            if let Some(code) = self.rtl.halted() {
                return Err(LockstepError::Ended(code));
            }
            idle = if self.cycle()? { 0 } else { idle + 1 };
            if idle > PATIENCE {
                return Err(LockstepError::Stuck(PATIENCE));
            }
        }
    }

    /// One clock cycle with its comparisons; true if something happened.
    fn cycle(&mut self) -> Result<bool, LockstepError> {
        self.rtl.cycle();
        let mut progress = false;
        if let Some(address) = self.rtl.pass_done() {
            self.pass(address)?;
            progress = true;
        }
        if let Some(record) = self.rtl.retire() {
            self.retire(record)?;
            progress = true;
        }
        while let Some(rtl) = self.rtl.sent.pop_front() {
            // The model sent it within an instruction that the RTL has retired.
            self.expected.extend(self.model.take_sent());
            let golden = self.expected.pop_front();
            if golden != Some(rtl) {
                return Err(self.differ("the packet sent", golden, Some(rtl)));
            }
            self.sent.push_back(rtl);
            progress = true;
        }
        Ok(progress)
    }

    /// Steps the model along a retired instruction.
    fn retire(&mut self, rtl: Retired) -> Result<(), LockstepError> {
        let register = |offset| rtl.mem_addr == mmio::MMIO_BASE + offset;
        if register(mmio::CHAIN_START) && rtl.mem_write_mask != 0 {
            self.expect_chain(rtl.mem_write_data);
        }
        let inputs = Inputs {
            cycle: rtl.mem_read_data,
            tick: (register(mmio::TICK_WAIT) && rtl.mem_read_mask != 0)
                .then_some(rtl.mem_read_data),
        };
        match self.model.step(&inputs) {
            StepResult::Retired(golden) => {
                if let Some((place, g, r)) = first_difference(&golden, &rtl) {
                    let place = format!("{place} of the instruction at {:#x}", golden.pc);
                    return Err(self.differ(place, g, r));
                }
            }
            other => {
                let place = format!("an instruction at {:#x} (model: {other:?})", rtl.pc);
                return Err(self.differ(place, 0, rtl.insn));
            }
        }
        self.steps += 1;
        Ok(())
    }

    /// Runs the chain's passes on a copy of the model and notes what each will have written.
    fn expect_chain(&mut self, first: u32) {
        let mut sram = self.model.sram().clone();
        let mut state = *self.model.engine();
        let mut address = first & !7;
        self.mark = self.rtl.cycles();
        while let Ok((descriptor, recipe)) = fetch(&sram, address) {
            let report = run_pass(&mut sram, &mut state, address, &descriptor, &recipe);
            let words = report
                .words_written
                .iter()
                .map(|&w| (w, sram.read_u64(8 * w).unwrap_or(0)))
                .collect();
            self.passes.push_back(ExpectedPass { address, words });
            if descriptor.next == 0 {
                break;
            }
            address = 8 * u32::from(descriptor.next);
        }
    }

    /// Compares what a finished pass wrote.
    fn pass(&mut self, address: u32) -> Result<(), LockstepError> {
        let Some(pass) = self.passes.pop_front() else {
            return Err(self.differ("the end of a pass", None, Some(address)));
        };
        if pass.address != address {
            return Err(self.differ(
                "the descriptor of the pass that ended",
                pass.address,
                address,
            ));
        }
        for (word, golden) in pass.words {
            let rtl = self.rtl.word64(word as usize);
            if rtl != golden {
                let place = format!("SRAM word {:#x} after the pass at {address:#x}", 8 * word);
                return Err(self.differ(place, golden, rtl));
            }
        }
        let now = self.rtl.cycles();
        self.pass_cycles.push(PassCycles {
            address,
            cycles: now - self.mark,
        });
        self.mark = now;
        Ok(())
    }

    /// What must hold once the program ended.
    fn finish(&mut self, code: u32) -> Result<(), LockstepError> {
        let golden = self.model.halt().map(|h| h.code());
        if golden != Some(code) {
            return Err(self.differ("the exit code", golden, Some(code)));
        }
        if let Some(p) = self.passes.front() {
            return Err(self.differ("the pass that should have ended", Some(p.address), None));
        }
        // Packets may still be on their way in and out of the port.
        for _ in 0..PATIENCE {
            if self.rtl.packets_taken() {
                break;
            }
            self.rtl.cycle();
        }
        for _ in 0..64 {
            self.rtl.cycle();
        }
        self.model.apply_pending_pokes();
        self.expected.extend(self.model.take_sent());
        let golden: Vec<Packet> = self.expected.drain(..).collect();
        let rtl: Vec<Packet> = self.rtl.sent.drain(..).collect();
        if golden != rtl {
            return Err(self.differ("the last packets sent", golden, rtl));
        }
        self.compare_sram()
    }

    /// Compares the whole SRAM now. Meaningful while no chain runs and no poke is on its way.
    ///
    /// # Errors
    /// The first word that differs.
    pub fn compare_sram(&self) -> Result<(), LockstepError> {
        for (i, golden) in self.model.sram().bytes().chunks_exact(8).enumerate() {
            let golden = u64::from_le_bytes(golden.try_into().expect("chunks of eight bytes"));
            let rtl = self.rtl.word64(i);
            if golden != rtl {
                return Err(self.differ(format!("SRAM word {:#x} at the end", 8 * i), golden, rtl));
            }
        }
        Ok(())
    }
}

/// The first field in which two records differ.
fn first_difference(golden: &Retired, rtl: &Retired) -> Option<(&'static str, u32, u32)> {
    let fields = |r: &Retired| {
        [
            ("pc", r.pc),
            ("the instruction word", r.insn),
            ("the trap bit", u32::from(r.trap)),
            ("the register written", u32::from(r.rd)),
            ("the value written", r.rd_value),
            ("the memory address", r.mem_addr),
            ("the read mask", u32::from(r.mem_read_mask)),
            ("the write mask", u32::from(r.mem_write_mask)),
            ("the data read", r.mem_read_data),
            ("the data written", r.mem_write_data),
            ("the next pc", r.next_pc),
        ]
    };
    fields(golden)
        .into_iter()
        .zip(fields(rtl))
        .find(|(g, r)| g.1 != r.1)
        .map(|(g, r)| (g.0, g.1, r.1))
}
