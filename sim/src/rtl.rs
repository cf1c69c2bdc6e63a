//! A Verilated processing element as a machine that is loaded, fed with packets and clocked.

use crate::SimError;
use crate::verilated::{BuildOptions, Library, Machine, Memory, Optimise, Port, build};
use std::collections::VecDeque;
use std::path::Path;
use synfire_format::config::PeConfig;
use synfire_format::packet::{MULTICAST, Packet};
use synfire_golden::core::Retire;

/// A compiled PE; its instances are [`Rtl`]s.
#[derive(Debug, Clone)]
pub struct PeLibrary {
    library: Library,
    config: PeConfig,
}

impl PeLibrary {
    /// Emits the PE of a configuration and compiles it (or finds it compiled).
    ///
    /// # Errors
    /// Emission, Verilator or the C++ compiler failed.
    pub fn build(config: &PeConfig, trace: bool) -> Result<Self, SimError> {
        let verilog = synfire_hdl::pe::emit_pe(config)?;
        Self::from_verilog(config, &verilog, trace)
    }

    /// Compiles this text, whose top module is `pe`, as a PE of `config`.
    ///
    /// # Errors
    /// Verilator or the C++ compiler failed.
    pub fn from_verilog(config: &PeConfig, verilog: &str, trace: bool) -> Result<Self, SimError> {
        let options = BuildOptions {
            trace,
            optimise: Optimise::Fast,
            ..BuildOptions::default()
        };
        Ok(PeLibrary {
            library: build("pe", verilog, &options)?,
            config: config.clone(),
        })
    }

    /// A machine out of reset, the core held, whatever has no reset drawn from `seed`.
    ///
    /// # Errors
    /// A port or memory that a PE must have is not there.
    pub fn instance(&self, seed: u64) -> Result<Rtl, SimError> {
        Rtl::new(self.library.instance(seed), &self.config)
    }
}

struct Ports {
    reset: Port,
    run: Port,
    rx_valid: Port,
    rx_ready: Port,
    rx_data: Port,
    tx_valid: Port,
    tx_ready: Port,
    tx_data: Port,
    halted: Port,
    exit_code: Port,
    pass_done: Port,
    pass_addr: Port,
    engine_busy: Port,
    conflicts: Port,
    mutant: Option<Port>,
    retire_valid: Port,
    /// pc, insn, next_pc, rd, rd_value, mem_addr, rmask, wmask, rdata, wdata, trap
    retire: [Port; 11],
}

/// One running PE. Packets pushed wait outside until its port takes them.
pub struct Rtl {
    machine: Machine,
    ports: Ports,
    banks: Vec<Memory>,
    word_bytes: usize,
    bank_words: usize,
    waiting: VecDeque<Packet>,
    /// Messages the core sent.
    pub sent: VecDeque<Packet>,
    /// Answers to peeks.
    pub answers: VecDeque<Packet>,
    retired: u64,
}

impl Rtl {
    fn new(machine: Machine, config: &PeConfig) -> Result<Self, SimError> {
        let port = |name: &str| machine.port(name);
        let retire = [
            "pc", "insn", "next_pc", "rd", "rd_value", "mem_addr", "rmask", "wmask", "rdata",
            "wdata", "trap",
        ];
        let mut fields = Vec::new();
        for name in retire {
            fields.push(port(&format!("retire_{name}"))?);
        }
        let ports = Ports {
            reset: port("reset")?,
            run: port("run")?,
            rx_valid: port("rx_valid")?,
            rx_ready: port("rx_ready")?,
            rx_data: port("rx_data")?,
            tx_valid: port("tx_valid")?,
            tx_ready: port("tx_ready")?,
            tx_data: port("tx_data")?,
            halted: port("halted")?,
            exit_code: port("exit_code")?,
            pass_done: port("pass_done")?,
            pass_addr: port("pass_addr")?,
            engine_busy: port("engine_busy")?,
            conflicts: port("conflicts")?,
            mutant: port("mutant_select").ok(),
            retire_valid: port("retire_valid")?,
            retire: fields.try_into().expect("eleven names give eleven ports"),
        };
        let mut paths: Vec<String> = machine
            .memories()
            .filter(|m| m.contains("sram.bank"))
            .map(String::from)
            .collect();
        paths.sort();
        if paths.len() != config.banks as usize {
            return Err(SimError::NoMemory {
                top: "pe".into(),
                name: format!("{} SRAM banks", config.banks),
                known: paths.join(", "),
            });
        }
        let mut banks = Vec::new();
        for path in &paths {
            banks.push(machine.memory(path)?);
        }
        let word_bytes = config.word_bits as usize / 8;
        let mut rtl = Rtl {
            machine,
            ports,
            banks,
            word_bytes,
            bank_words: config.bank_bytes() as usize / word_bytes,
            waiting: VecDeque::new(),
            sent: VecDeque::new(),
            answers: VecDeque::new(),
            retired: 0,
        };
        rtl.reset();
        Ok(rtl)
    }

    /// Resets the PE and holds its core; SRAM contents stay.
    pub fn reset(&mut self) {
        self.ports.reset.set(1);
        self.ports.run.set(0);
        self.ports.rx_valid.set(0);
        self.ports.tx_ready.set(1);
        self.machine.tick(4);
        self.ports.reset.set(0);
        self.machine.tick(1);
        self.retired = 0;
        self.waiting.clear();
        self.sent.clear();
        self.answers.clear();
    }

    /// Lets the core run from address 0.
    pub fn start(&mut self) {
        self.ports.run.set(1);
    }

    /// Holds the core before its next instruction.
    pub fn hold(&mut self) {
        self.ports.run.set(0);
    }

    /// Whether clock domains that are not awake may stand still, as they may from the start: speed apart, nothing
    /// depends on it.
    pub fn stand_still(&mut self, may: bool) {
        self.machine.stand_still(may);
    }

    /// Switches a break of [`crate::mutate`] on, 0 none, and resets the PE, as a reset may be what is broken.
    pub fn select_mutant(&mut self, select: u16) {
        if let Some(p) = &self.ports.mutant {
            p.set(u64::from(select));
        }
        self.reset();
    }

    /// Starts an FST waveform.
    ///
    /// # Errors
    /// The machine was built without tracing, or the file does not open.
    pub fn open_trace(&self, path: &Path) -> Result<(), SimError> {
        self.machine.open_trace(path)
    }

    /// Writes the whole SRAM.
    pub fn load(&mut self, image: &[u8]) {
        for (i, chunk) in image.chunks_exact(self.word_bytes).enumerate() {
            let word = chunk
                .iter()
                .rev()
                .fold(0, |w: u64, b| w << 8 | u64::from(*b));
            if let Some(bank) = self.banks.get(i / self.bank_words) {
                bank.set(i % self.bank_words, word);
            }
        }
    }

    /// The 64-bit word at byte address `8 * index`.
    pub fn word64(&self, index: usize) -> u64 {
        let word = |i: usize| self.banks[i / self.bank_words].get(i % self.bank_words);
        if self.word_bytes == 8 {
            word(index)
        } else {
            word(2 * index + 1) << 32 | word(2 * index)
        }
    }

    /// The whole SRAM.
    pub fn sram(&self) -> Vec<u8> {
        let words = self.banks.len() * self.bank_words * self.word_bytes / 8;
        (0..words)
            .flat_map(|i| self.word64(i).to_le_bytes())
            .collect()
    }

    /// Queues a packet at the port.
    pub fn push(&mut self, packet: Packet) {
        self.waiting.push_back(packet);
    }

    /// True if every pushed packet was taken.
    pub fn packets_taken(&self) -> bool {
        self.waiting.is_empty()
    }

    /// One clock cycle: offers the next packet, takes what is sent.
    #[inline]
    pub fn cycle(&mut self) {
        let offered = match self.waiting.front() {
            Some(p) => {
                let bits = p.encode();
                self.ports.rx_data.set_wide(&[
                    bits as u32,
                    (bits >> 32) as u32,
                    (bits >> 64) as u32,
                ]);
                self.ports.rx_valid.set(1);
                true
            }
            None => {
                self.ports.rx_valid.set(0);
                false
            }
        };
        // Both ready and valid are functions of registers, so what they show now is what the edge sees.
        let taken = offered && self.ports.rx_ready.get() == 1;
        if self.ports.tx_valid.get() == 1 {
            let mut words = [0; 3];
            self.ports.tx_data.get_wide(&mut words);
            let bits =
                u128::from(words[2]) << 64 | u128::from(words[1]) << 32 | u128::from(words[0]);
            if let Some(p) = Packet::decode(bits) {
                if p.kind == MULTICAST {
                    self.sent.push_back(p);
                } else {
                    self.answers.push_back(p);
                }
            }
        }
        self.machine.tick(1);
        if taken {
            self.waiting.pop_front();
        }
    }

    /// The instruction that retires in the present cycle.
    #[inline]
    pub fn retire(&mut self) -> Option<Retire> {
        if self.ports.retire_valid.get() == 0 {
            return None;
        }
        let f = |i: usize| self.ports.retire[i].get() as u32;
        let record = Retire {
            order: self.retired,
            pc: f(0),
            insn: f(1),
            next_pc: f(2),
            rd: f(3) as u8,
            rd_value: f(4),
            mem_addr: f(5),
            mem_read_mask: f(6) as u8,
            mem_write_mask: f(7) as u8,
            mem_read_data: f(8),
            mem_write_data: f(9),
            trap: f(10) == 1,
        };
        self.retired += 1;
        Some(record)
    }

    /// Byte address of the descriptor whose pass ends in the present cycle.
    #[inline]
    pub fn pass_done(&self) -> Option<u32> {
        (self.ports.pass_done.get() == 1).then(|| self.ports.pass_addr.get() as u32)
    }

    /// A chain runs.
    pub fn engine_busy(&self) -> bool {
        self.ports.engine_busy.get() == 1
    }

    /// The program's exit code, once it ended.
    #[inline]
    pub fn halted(&self) -> Option<u32> {
        (self.ports.halted.get() == 1).then(|| self.ports.exit_code.get() as u32)
    }

    /// Cycles since the instance was made.
    pub fn cycles(&self) -> u64 {
        self.machine.cycles()
    }

    /// Cycles in which a stream waited for another at a bank.
    pub fn conflicts(&self) -> u64 {
        self.ports.conflicts.get()
    }
}
