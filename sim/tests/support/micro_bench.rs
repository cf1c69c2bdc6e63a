//! A memory in Rust at the microcoded engine's port, with stalls drawn from a seed, and a core that accesses its registers.

#![allow(dead_code)] // each test file uses its part

use synfire_format::mmio;
use synfire_golden::pass::run_chain;
use synfire_golden::scenario::{Rng, Scenario};
use synfire_hdl::emit::verilog;
use synfire_hdl::micro_engine::MicroEngine;
use synfire_sim::{BuildOptions, Library, Machine, Port, build, lint};

/// The engine's Verilog.
pub fn emitted() -> String {
    verilog(
        MicroEngine::default(),
        "micro_engine",
        "Microcoded engine alone",
    )
    .unwrap()
}

pub fn library(text: &str) -> Library {
    build("micro_engine", text, &BuildOptions::default()).unwrap()
}

/// What a chain gave.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    pub cycles: u64,
    pub faults: u64,
    pub passes: Vec<u32>,
}

/// Cycles after which a sound engine has come to an end.
const PATIENCE: u64 = 4_000_000;

pub struct Bench {
    machine: Machine,
    p: Ports,
    pub memory: Vec<u8>,
    rng: Rng,
    /// The memory takes a request in all but one of this many cycles (0: always).
    stalls: u32,
    /// The word to show in the next cycle.
    due: Option<u32>,
    out: Outcome,
    /// Cycles after which a chain or an access is given up.
    pub patience: u64,
    /// Cycles of the last chain.
    pub chain_cycles: u64,
}

struct Ports {
    reset: Port,
    private_base: Port,
    busy: Port,
    fault_set: Port,
    pass_done: Port,
    pass_addr: Port,
    mem_valid: Port,
    mem_ready: Port,
    mem_addr: Port,
    mem_we: Port,
    mem_data: Port,
    mem_q: Port,
    unit_valid: Port,
    unit_write: Port,
    unit_op: Port,
    unit_arg: Port,
    unit_done: Port,
    unit_result: Port,
}

impl Bench {
    pub fn new(text: &str) -> Self {
        lint("micro_engine", text).unwrap();
        Self::unlinted(text)
    }

    pub fn unlinted(text: &str) -> Self {
        Self::powered_up(&library(text))
    }

    /// An instance with the scratchpad's first contents, which a broken program may destroy for good.
    pub fn powered_up(library: &Library) -> Self {
        let machine = library.instance(7);
        let port = |n: &str| machine.port(n).unwrap();
        Self {
            p: Ports {
                reset: port("reset"),
                private_base: port("private_base"),
                busy: port("busy"),
                fault_set: port("fault_set"),
                pass_done: port("pass_done"),
                pass_addr: port("pass_addr"),
                mem_valid: port("mem_valid"),
                mem_ready: port("mem_ready"),
                mem_addr: port("mem_addr"),
                mem_we: port("mem_we"),
                mem_data: port("mem_data"),
                mem_q: port("mem_q"),
                unit_valid: port("unit_valid"),
                unit_write: port("unit_write"),
                unit_op: port("unit_op"),
                unit_arg: port("unit_arg"),
                unit_done: port("unit_done"),
                unit_result: port("unit_result"),
            },
            machine,
            memory: vec![0; 64],
            rng: Rng::new(0),
            stalls: 0,
            due: None,
            out: Outcome::default(),
            patience: PATIENCE,
            chain_cycles: 0,
        }
    }

    /// Sets an input that a broken engine has beside its own.
    pub fn set(&self, port: &str, value: u64) {
        self.machine.port(port).unwrap().set(value);
    }

    /// Resets; the memory stalls once in `stalls` cycles (0 never).
    pub fn reset(&mut self, seed: u64, stalls: u32) {
        self.rng = Rng::new(seed);
        self.stalls = stalls;
        self.due = None;
        self.out = Outcome::default();
        self.p.unit_valid.set(0);
        self.p.mem_ready.set(0);
        self.p.reset.set(1);
        // What was under way is given up.
        self.machine.tick(2);
        self.p.reset.set(0);
    }

    /// One cycle of the memory; `Some` with what a load gave if an access of the core was answered in it.
    fn cycle(&mut self) -> Result<Option<u32>, String> {
        let p = &self.p;
        let ready = self.stalls == 0 || !self.rng.one_in(self.stalls);
        p.mem_ready.set(u64::from(ready));
        // A word is there in the one cycle after its request; otherwise anything is.
        let any = self.rng.bits() as u32;
        p.mem_q.set(u64::from(self.due.take().unwrap_or(any)));
        self.machine.eval();
        self.out.faults |= p.fault_set.get();
        if p.pass_done.get() == 1 {
            self.out.passes.push(p.pass_addr.get() as u32);
        }
        let answer = (p.unit_done.get() == 1).then(|| p.unit_result.get() as u32);
        if p.mem_valid.get() == 1 && ready {
            let at = p.mem_addr.get() as usize % self.memory.len() / 4 * 4;
            let word: &mut [u8] = &mut self.memory[at..at + 4];
            let (enables, data) = (p.mem_we.get(), p.mem_data.get());
            if enables == 0 {
                self.due = Some((0..4).fold(0, |w, i| w | u32::from(word[i]) << (8 * i)));
            }
            for (i, byte) in word.iter_mut().enumerate() {
                if enables >> i & 1 == 1 {
                    *byte = (data >> (8 * i)) as u8;
                }
            }
        }
        self.machine.tick(1);
        self.out.cycles += 1;
        if self.out.cycles > self.patience {
            return Err(format!(
                "no end after {} cycles, passes done {:x?}",
                self.patience, self.out.passes
            ));
        }
        Ok(answer)
    }

    fn access(&mut self, register: u32, write: bool, value: u32) -> Result<u32, String> {
        self.out.cycles = 0;
        self.p.unit_valid.set(1);
        self.p.unit_write.set(u64::from(write));
        self.p.unit_op.set(u64::from(register >> 2 & 15));
        self.p.unit_arg.set(u64::from(value));
        loop {
            if let Some(answer) = self.cycle()? {
                self.p.unit_valid.set(0);
                // The argument is looked at while it is offered only.
                self.p.unit_arg.set(0xdead_beef);
                return Ok(answer);
            }
        }
    }

    /// A store of the core to a register; returns when it is taken.
    pub fn store(&mut self, register: u32, value: u32) -> Result<(), String> {
        self.access(register, true, value).map(|_| ())
    }

    /// A load of the core.
    pub fn load(&mut self, register: u32) -> Result<u32, String> {
        self.access(register, false, 0x5555_aaaa)
    }

    /// Cycles of the last access.
    pub fn cycles(&self) -> u64 {
        self.out.cycles
    }

    /// Runs the chain at `first` on `self.memory`.
    pub fn chain(&mut self, first: u32, private_base: u32) -> Result<Outcome, String> {
        self.out = Outcome::default();
        self.p.private_base.set(private_base.into());
        self.store(mmio::CHAIN_START, first)?;
        self.out.cycles = 0;
        while self.p.busy.get() == 1 {
            self.cycle()?;
        }
        self.chain_cycles = self.out.cycles;
        Ok(std::mem::take(&mut self.out))
    }
}

/// Runs a scenario on both; the first difference, or `None`.
pub fn difference(bench: &mut Bench, s: &Scenario, seed: u64, stalls: u32) -> Option<String> {
    let (mut sram, mut state) = (s.memory(), s.state());
    let reports = run_chain(&mut sram, &mut state, s.first_descriptor);
    bench.reset(seed, stalls);
    bench.memory.clone_from(&s.sram);
    let mut run = || {
        bench.store(mmio::SEED, s.seed)?;
        bench.store(mmio::STEP, s.step)?;
        let out = bench.chain(s.first_descriptor, s.private_base)?;
        Ok((out, bench.load(mmio::SATURATIONS)?))
    };
    let (out, saturations) = match run() {
        Ok(got) => got,
        Err(e) => return Some(e),
    };
    let want: Vec<u32> = reports.iter().map(|r| r.descriptor).collect();
    if out.passes != want {
        return Some(format!("passes {:x?}, reference {want:x?}", out.passes));
    }
    let golden = sram.bytes();
    if let Some(i) = (0..golden.len()).find(|&i| golden[i] != bench.memory[i]) {
        let a = i & !7;
        return Some(format!(
            "word at {a:#x}: {:02x?}, reference {:02x?}, before {:02x?}",
            &bench.memory[a..a + 8],
            &golden[a..a + 8],
            &s.sram[a..a + 8]
        ));
    }
    if saturations != state.saturations {
        return Some(format!(
            "{saturations} saturations, reference {}",
            state.saturations
        ));
    }
    (out.faults != u64::from(state.faults))
        .then(|| format!("faults {:#x}, reference {:#x}", out.faults, state.faults))
}
