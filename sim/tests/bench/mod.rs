//! The control block in a test bench: an SRAM with random stalls, a packet link, and the model beside it.

#![allow(dead_code)] // each test file uses its part

mod streams;
mod units;

use std::collections::VecDeque;
use streams::CompactStreams;
use synfire_format::config::PeConfig;
use synfire_golden::core::{Retire, StepResult};
use synfire_golden::{Inputs, Pe};
use synfire_hdl::control::Control;
use synfire_hdl::emit::verilog;
use synfire_sim::{BuildOptions, Library, Machine, Port, build};

/// xorshift64: a fixed stream, so that a failure repeats.
#[derive(Clone)]
pub struct Draw(pub u64);

impl Draw {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// 0 .. n
    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    pub fn word(&mut self) -> u32 {
        (self.next() >> 16) as u32
    }
}

/// The Verilog of the control block of `config`, with its streams to the SRAM.
pub fn control_text(config: &PeConfig) -> String {
    control_text_with(config, false)
}

/// The same with or without `products` in place of its shifter.
pub fn control_text_with(config: &PeConfig, products: bool) -> String {
    let header = format!("The control block of `{}` alone", config.name);
    match config.single_port {
        false => verilog(Control::<64, 8>::new(config, products), "control", &header),
        true => verilog(CompactStreams::new(config), "control", &header),
    }
    .unwrap()
}

pub fn library(text: &str) -> Library {
    build("control", text, &BuildOptions::default()).unwrap()
}

/// How the SRAM behaves: requests are refused `stall` times of 8, answers come after `latency` cycles or more.
#[derive(Clone, Copy)]
pub struct Timing {
    pub stall: u64,
    pub latency: u64,
    pub jitter: u64,
}

/// What the PE's SRAM does without contention.
pub const QUICK: Timing = Timing {
    stall: 0,
    latency: 4,
    jitter: 0,
};

pub const ROUGH: Timing = Timing {
    stall: 3,
    latency: 1,
    jitter: 5,
};

struct Ports {
    reset: Port,
    run: Port,
    read_valid: Port,
    read_addr: Port,
    read_ready: Port,
    read_rsp_valid: Port,
    read_rsp_data: Port,
    write_valid: Port,
    write_addr: Port,
    write_data: Port,
    write_be: Port,
    write_ready: Port,
    chain_valid: Port,
    chain_addr: Port,
    busy: Port,
    sat_inc: Port,
    fault_set: Port,
    rx_valid: Port,
    rx_ready: Port,
    rx_data: Port,
    tx_valid: Port,
    tx_ready: Port,
    tx_data: Port,
    retire_valid: Port,
    retire: [Port; 11],
    halted: Port,
    exit_code: Port,
}

/// The control block, its SRAM and its link.
pub struct Bench {
    machine: Machine,
    p: Ports,
    word_bytes: usize,
    pub timing: Timing,
    pub draw: Draw,
    pub memory: Vec<u8>,
    answers: VecDeque<(u64, u64)>,
    pub cycle: u64,
    /// Packets to the port, and cycles between them at random.
    pub rx: VecDeque<u128>,
    pub tx: Vec<u128>,
    rx_offered: bool,
    /// Addresses of the chains started; each keeps `busy` up for `chain_cycles`.
    pub chains: Vec<u32>,
    pub chain_cycles: u64,
    /// Cycle of each access below `guard` while busy, which must not happen.
    pub guard: u32,
    pub broken_guard: Option<u64>,
    busy_from: u64,
    busy_until: u64,
    retired: u64,
}

impl Bench {
    pub fn new(library: &Library, config: &PeConfig, timing: Timing, seed: u64) -> Self {
        let machine = library.instance(seed);
        let port = |name: &str| machine.port(name).unwrap();
        let p = Ports {
            reset: port("reset"),
            run: port("run"),
            read_valid: port("read_valid"),
            read_addr: port("read_addr"),
            read_ready: port("read_ready"),
            read_rsp_valid: port("read_rsp_valid"),
            read_rsp_data: port("read_rsp_data"),
            write_valid: port("write_valid"),
            write_addr: port("write_addr"),
            write_data: port("write_data"),
            write_be: port("write_be"),
            write_ready: port("write_ready"),
            chain_valid: port("chain_valid"),
            chain_addr: port("chain_addr"),
            busy: port("busy"),
            sat_inc: port("sat_inc"),
            fault_set: port("fault_set"),
            rx_valid: port("rx_valid"),
            rx_ready: port("rx_ready"),
            rx_data: port("rx_data"),
            tx_valid: port("tx_valid"),
            tx_ready: port("tx_ready"),
            tx_data: port("tx_data"),
            retire_valid: port("retire_valid"),
            retire: [
                "retire_pc",
                "retire_insn",
                "retire_next_pc",
                "retire_rd",
                "retire_rd_value",
                "retire_mem_addr",
                "retire_rmask",
                "retire_wmask",
                "retire_rdata",
                "retire_wdata",
                "retire_trap",
            ]
            .map(port),
            halted: port("halted"),
            exit_code: port("exit_code"),
        };
        let bench = Self {
            machine,
            p,
            word_bytes: config.word_bits as usize / 8,
            timing,
            draw: Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            memory: vec![0; config.sram_bytes as usize],
            answers: VecDeque::new(),
            cycle: 0,
            rx: VecDeque::new(),
            tx: Vec::new(),
            rx_offered: false,
            chains: Vec::new(),
            chain_cycles: 0,
            guard: 0,
            broken_guard: None,
            busy_from: 0,
            busy_until: 0,
            retired: 0,
        };
        let quiet = [
            &bench.p.sat_inc,
            &bench.p.fault_set,
            &bench.p.busy,
            &bench.p.rx_valid,
        ];
        for port in quiet {
            port.set(0);
        }
        bench.p.reset.set(1);
        bench.machine.tick(2);
        bench.p.reset.set(0);
        bench.p.run.set(1);
        bench
    }

    /// Switches a break on (`synfire_sim::mutate`), and resets.
    pub fn break_with(&mut self, select: u64) {
        self.machine.port("mutant_select").unwrap().set(select);
        self.p.reset.set(1);
        self.machine.tick(2);
        self.p.reset.set(0);
    }

    pub fn set_run(&mut self, run: bool) {
        self.p.run.set(run.into());
    }

    /// Engines report these in the next cycle alone.
    pub fn report(&mut self, saturations: u64, faults: u64) {
        self.p.sat_inc.set(saturations);
        self.p.fault_set.set(faults);
        self.tick();
        self.p.sat_inc.set(0);
        self.p.fault_set.set(0);
    }

    pub fn load(&mut self, address: u32, words: &[u32]) {
        for (i, w) in words.iter().enumerate() {
            let at = address as usize + 4 * i;
            self.memory[at..at + 4].copy_from_slice(&w.to_le_bytes());
        }
    }

    pub fn word(&self, address: u32) -> u32 {
        let at = address as usize;
        u32::from_le_bytes(self.memory[at..at + 4].try_into().unwrap())
    }

    pub fn halted(&self) -> Option<u32> {
        (self.p.halted.get() == 1).then(|| self.p.exit_code.get() as u32)
    }

    fn place(&self, address: u64) -> usize {
        address as usize & (self.memory.len() - 1) & !(self.word_bytes - 1)
    }

    /// One cycle; the instruction that finished in the cycle before, if one did.
    pub fn tick(&mut self) -> Option<Retire> {
        let now = self.cycle;
        let stall = |d: &mut Draw, t: Timing| d.below(8) >= t.stall;
        let read_ready = stall(&mut self.draw, self.timing);
        let write_ready = stall(&mut self.draw, self.timing);
        let tx_ready = stall(&mut self.draw, self.timing);
        let busy = (self.busy_from..self.busy_until).contains(&now);
        self.p.busy.set(busy.into());
        self.p.read_ready.set(read_ready.into());
        self.p.write_ready.set(write_ready.into());
        self.p.tx_ready.set(tx_ready.into());
        // A packet once offered stays.
        self.rx_offered =
            !self.rx.is_empty() && (self.rx_offered || stall(&mut self.draw, self.timing));
        self.p.rx_valid.set(self.rx_offered.into());
        if let Some(&bits) = self.rx.front() {
            self.p
                .rx_data
                .set_wide(&[bits as u32, (bits >> 32) as u32, (bits >> 64) as u32]);
        }
        let answer = self.answers.front().filter(|a| a.0 <= now).copied();
        self.p.read_rsp_valid.set(answer.is_some().into());
        // Rubbish while there is no answer: nobody may look.
        self.p
            .read_rsp_data
            .set(answer.map_or_else(|| self.draw.next(), |a| a.1));
        if answer.is_some() {
            self.answers.pop_front();
        }
        self.machine.eval();
        let read = (self.p.read_valid.get() == 1 && read_ready).then(|| self.p.read_addr.get());
        let write = self.p.write_valid.get() == 1 && write_ready;
        if self.p.rx_ready.get() == 1 && self.rx_offered {
            self.rx.pop_front();
            self.rx_offered = false;
        }
        if self.p.tx_valid.get() == 1 && tx_ready {
            let mut w = [0; 3];
            self.p.tx_data.get_wide(&mut w);
            self.tx
                .push(u128::from(w[0]) | u128::from(w[1]) << 32 | u128::from(w[2]) << 64);
        }
        if let Some(address) = read {
            if busy && (address as u32) < self.guard && address != 0 {
                self.broken_guard.get_or_insert(now);
            }
            let at = self.place(address);
            let data =
                (0..self.word_bytes).fold(0, |d, i| d | u64::from(self.memory[at + i]) << (8 * i));
            let due = now + self.timing.latency + self.draw.below(self.timing.jitter + 1);
            let due = self.answers.back().map_or(due, |a| due.max(a.0 + 1));
            self.answers.push_back((due, data));
        }
        if write {
            let at = self.place(self.p.write_addr.get());
            let (data, be) = (self.p.write_data.get(), self.p.write_be.get());
            for i in (0..self.word_bytes).filter(|i| be >> i & 1 == 1) {
                self.memory[at + i] = (data >> (8 * i)) as u8;
            }
        }
        if self.p.chain_valid.get() == 1 {
            self.chains.push(self.p.chain_addr.get() as u32);
            self.busy_from = now + 1 + self.draw.below(2);
            self.busy_until = self.busy_from + self.chain_cycles;
        }
        self.machine.tick(1);
        self.cycle += 1;
        (self.p.retire_valid.get() == 1).then(|| {
            let v: Vec<u32> = self.p.retire.iter().map(|p| p.get() as u32).collect();
            self.retired += 1;
            Retire {
                order: self.retired - 1,
                pc: v[0],
                insn: v[1],
                next_pc: v[2],
                rd: v[3] as u8,
                rd_value: v[4],
                mem_addr: v[5],
                mem_read_mask: v[6] as u8,
                mem_write_mask: v[7] as u8,
                mem_read_data: v[8],
                mem_write_data: v[9],
                trap: v[10] == 1,
            }
        })
    }

    /// Cycles until the core halts; its code.
    pub fn run_to_halt(&mut self, cycles: u64) -> Option<u32> {
        for _ in 0..cycles {
            if let Some(code) = self.halted() {
                return Some(code);
            }
            self.tick();
        }
        None
    }
}

/// The first difference between RTL and model.
#[derive(Debug)]
pub struct Difference {
    pub cycle: u64,
    pub rtl: Option<Retire>,
    pub model: Option<StepResult>,
}

/// Runs both until the program ends or `instructions` have retired; 2,000 cycles without one is a difference.
pub fn follow(bench: &mut Bench, pe: &mut Pe, instructions: u64) -> Result<u64, Box<Difference>> {
    let (mut done, mut idle) = (0, 0);
    while done < instructions && idle <= 2_000 {
        let rtl = bench.tick();
        idle += 1;
        let Some(rtl) = rtl else {
            if bench.halted().is_some() {
                return Ok(done);
            }
            continue;
        };
        idle = 0;
        let inputs = Inputs {
            cycle: rtl.mem_read_data,
            tick: Some(rtl.mem_read_data),
        };
        let model = pe.step(&inputs);
        if model != StepResult::Retired(rtl) {
            return Err(Box::new(Difference {
                cycle: bench.cycle,
                rtl: Some(rtl),
                model: Some(model),
            }));
        }
        done += 1;
    }
    if idle > 2_000 {
        return Err(Box::new(Difference {
            cycle: bench.cycle,
            rtl: None,
            model: None,
        }));
    }
    Ok(done)
}

/// [`follow`], then compares how the program ended and the whole SRAM.
pub fn lockstep(bench: &mut Bench, pe: &mut Pe, instructions: u64) -> Result<u64, Box<Difference>> {
    let done = follow(bench, pe, instructions)?;
    // What was stored last may still be on its way; the core goes no further.
    bench.set_run(false);
    for _ in 0..50 {
        if let Some(rtl) = bench.tick() {
            let model = pe.step(&Inputs {
                cycle: rtl.mem_read_data,
                tick: Some(rtl.mem_read_data),
            });
            assert_eq!(model, StepResult::Retired(rtl));
        }
    }
    bench.set_run(true);
    let code = pe.halt().map(|h| h.code());
    assert_eq!(bench.halted(), code, "halted differently after {done}");
    let pairs = bench.memory.iter().zip(pe.sram().bytes());
    let at = pairs.into_iter().position(|(a, b)| a != b);
    assert_eq!(at, None, "SRAM differs");
    Ok(done)
}

/// Instruction words.
pub mod asm {
    pub fn r(f7: u32, rs2: u32, rs1: u32, f3: u32, rd: u32) -> u32 {
        f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | 0x33
    }
    pub fn i(op: u32, f3: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
        (imm as u32 & 0xfff) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op
    }
    pub fn addi(rd: u32, rs1: u32, imm: i32) -> u32 {
        i(0x13, 0, rd, rs1, imm)
    }
    pub fn lw(rd: u32, rs1: u32, imm: i32) -> u32 {
        i(0x03, 2, rd, rs1, imm)
    }
    pub fn store(f3: u32, rs2: u32, rs1: u32, imm: i32) -> u32 {
        let imm = imm as u32;
        (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (imm & 31) << 7 | 0x23
    }
    pub fn sw(rs2: u32, rs1: u32, imm: i32) -> u32 {
        store(2, rs2, rs1, imm)
    }
    pub fn branch(f3: u32, rs1: u32, rs2: u32, offset: i32) -> u32 {
        let o = offset as u32;
        (o >> 12 & 1) << 31
            | (o >> 5 & 0x3f) << 25
            | rs2 << 20
            | rs1 << 15
            | f3 << 12
            | (o >> 1 & 0xf) << 8
            | (o >> 11 & 1) << 7
            | 0x63
    }
    pub fn jal(rd: u32, offset: i32) -> u32 {
        let o = offset as u32;
        (o >> 20 & 1) << 31
            | (o >> 1 & 0x3ff) << 21
            | (o >> 11 & 1) << 20
            | (o >> 12 & 0xff) << 12
            | rd << 7
            | 0x6f
    }
    pub fn lui(rd: u32, value: u32) -> u32 {
        value & 0xffff_f000 | rd << 7 | 0x37
    }
    pub fn auipc(rd: u32, value: u32) -> u32 {
        value & 0xffff_f000 | rd << 7 | 0x17
    }
    pub fn csr(f3: u32, rd: u32, number: u32, rs1: u32) -> u32 {
        number << 20 | rs1 << 15 | f3 << 12 | rd << 7 | 0x73
    }
    /// Two words that load any constant.
    pub fn li(rd: u32, value: u32) -> [u32; 2] {
        let low = (value << 20) as i32 >> 20;
        [lui(rd, value.wrapping_sub(low as u32)), addi(rd, rd, low)]
    }
    pub const MRET: u32 = 0x3020_0073;
    pub const ECALL: u32 = 0x73;
    pub const EBREAK: u32 = 0x10_0073;
    pub const WFI: u32 = 0x1050_0073;
    pub const FENCE_I: u32 = 0x100f;
}
