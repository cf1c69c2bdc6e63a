//! A memory in Rust at the engine's streams, with stalls drawn from a seed.

use std::collections::VecDeque;
use synfire_format::config::PeConfig;
use synfire_golden::pass::run_chain;
use synfire_golden::scenario::{Rng, Scenario};
use synfire_hdl::emit::verilog;
use synfire_hdl::engine::Engine;
use synfire_sim::{BuildOptions, Machine, Port, build, lint};

/// The engine's Verilog in a configuration.
pub fn emitted(name: &str) -> String {
    let c = PeConfig::by_name(name).unwrap();
    if c.word_bits == 64 {
        verilog(Engine::<64, 8>::new(&c), "engine", "Engine alone").unwrap()
    } else {
        verilog(Engine::<32, 4>::new(&c), "engine", "Engine alone").unwrap()
    }
}

struct Read {
    valid: Port,
    addr: Port,
    ready: Port,
    rsp_valid: Port,
    rsp_data: Port,
    pending: VecDeque<(u64, u64)>,
}

struct Write {
    valid: Port,
    addr: Port,
    data: Port,
    be: Port,
    ready: Port,
}

/// What a run gave.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    pub cycles: u64,
    pub saturations: u64,
    pub faults: u64,
    pub passes: Vec<u32>,
}

pub struct Bench {
    machine: Machine,
    reads: Vec<Read>,
    writes: Vec<Write>,
    word_bytes: usize,
    pub memory: Vec<u8>,
    /// Cycles of the last run.
    pub cycles: u64,
}

impl Bench {
    pub fn new(name: &str, text: &str) -> Self {
        lint("engine", text).unwrap();
        Self::unlinted(name, text)
    }

    pub fn unlinted(name: &str, text: &str) -> Self {
        let c = PeConfig::by_name(name).unwrap();
        let machine = build("engine", text, &BuildOptions::default())
            .unwrap()
            .instance(7);
        let port = |s: &str, p: &str| machine.port(&format!("{s}${p}")).unwrap();
        let reads = ["f", "g", "y"].map(|s| Read {
            valid: port(s, "valid"),
            addr: port(s, "addr"),
            ready: port(s, "ready"),
            rsp_valid: port(s, "rsp_valid"),
            rsp_data: port(s, "rsp_data"),
            pending: VecDeque::new(),
        });
        let writes = ["w", "yw"].map(|s| Write {
            valid: port(s, "valid"),
            addr: port(s, "addr"),
            data: port(s, "data"),
            be: port(s, "be"),
            ready: port(s, "ready"),
        });
        Self {
            reads: reads.into(),
            writes: writes.into(),
            machine,
            word_bytes: c.word_bits as usize / 8,
            memory: Vec::new(),
            cycles: 0,
        }
    }

    /// Runs the chain at `first` on `self.memory`; each stream stalls once in `stalls` cycles (0 never).
    pub fn run(
        &mut self,
        first: u32,
        seed: u32,
        step: u32,
        private_base: u32,
        stall_seed: u64,
        stalls: u32,
    ) -> Result<Outcome, String> {
        let m = &self.machine;
        let set = |p: &str, v: u64| m.port(p).unwrap().set(v);
        let mut rng = Rng::new(stall_seed);
        for r in &mut self.reads {
            r.pending.clear();
            r.rsp_valid.set(0);
            r.ready.set(0);
        }
        set("seed", seed.into());
        set("step", step.into());
        set("private_base", private_base.into());
        set("chain_addr", first.into());
        set("chain_valid", 0);
        set("reset", 1);
        m.tick(3);
        set("reset", 0);
        set("chain_valid", 1);
        m.tick(1);
        set("chain_valid", 0);
        let (busy, sat, fault, done, at) = (
            m.port("busy").unwrap(),
            m.port("sat_inc").unwrap(),
            m.port("fault_set").unwrap(),
            m.port("pass_done").unwrap(),
            m.port("pass_addr").unwrap(),
        );
        let mut out = Outcome::default();
        let (size, bytes) = (self.memory.len(), self.word_bytes);
        let mut stall = || stalls != 0 && rng.one_in(stalls);
        loop {
            for r in &mut self.reads {
                r.ready.set(u64::from(!stall()));
                match r.pending.front() {
                    Some(&(due, data)) if due <= out.cycles => {
                        r.rsp_valid.set(1);
                        r.rsp_data.set(data);
                        r.pending.pop_front();
                    }
                    _ => {
                        r.rsp_valid.set(0);
                        r.rsp_data
                            .set(0xdead_beef_dead_beef & (u64::MAX >> (64 - 8 * bytes)));
                    }
                }
            }
            for w in &self.writes {
                w.ready.set(u64::from(!stall()));
            }
            m.eval();
            if busy.get() == 0 {
                self.cycles = out.cycles;
                return Ok(out);
            }
            out.saturations += sat.get();
            out.faults |= fault.get();
            if done.get() == 1 {
                out.passes.push(at.get() as u32);
            }
            for r in &mut self.reads {
                if r.valid.get() == 1 && r.ready.get() == 1 {
                    let a = r.addr.get() as usize % size / bytes * bytes;
                    let data =
                        (0..bytes).fold(0, |d, i| d | u64::from(self.memory[a + i]) << (8 * i));
                    let late = if stall() { 3 } else { 0 };
                    let after = r.pending.back().map_or(0, |&(due, _)| due + 1);
                    r.pending
                        .push_back(((out.cycles + 4 + late).max(after), data));
                    if r.pending.len() > 8 {
                        return Err("more than eight reads on their way".into());
                    }
                }
            }
            for w in &self.writes {
                if w.valid.get() == 1 && w.ready.get() == 1 {
                    let a = w.addr.get() as usize % size / bytes * bytes;
                    for i in 0..bytes {
                        if w.be.get() >> i & 1 == 1 {
                            self.memory[a + i] = (w.data.get() >> (8 * i)) as u8;
                        }
                    }
                }
            }
            m.tick(1);
            out.cycles += 1;
            if out.cycles > 2_000_000 {
                return Err(format!(
                    "still busy after {} cycles, passes done {:x?}",
                    out.cycles, out.passes
                ));
            }
        }
    }
}

/// Runs a scenario on both; the first difference in words, or `None`.
pub fn difference(bench: &mut Bench, s: &Scenario, seed: u64, stalls: u32) -> Option<String> {
    let (mut sram, mut state) = (s.memory(), s.state());
    let reports = run_chain(&mut sram, &mut state, s.first_descriptor);
    bench.memory = s.sram.clone();
    let out = match bench.run(
        s.first_descriptor,
        s.seed,
        s.step,
        s.private_base,
        seed,
        stalls,
    ) {
        Ok(out) => out,
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
    if out.saturations != u64::from(state.saturations) {
        return Some(format!(
            "{} saturations, reference {}",
            out.saturations, state.saturations
        ));
    }
    (out.faults != u64::from(state.faults))
        .then(|| format!("faults {:#x}, reference {:#x}", out.faults, state.faults))
}
