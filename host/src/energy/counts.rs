//! What a PE does in a run, counted on the instruction-level model.
//!
//! Operations are those of the specification: [`synfire_golden::PassReport`] counts entries and SRAM accesses one an
//! element, the core's retire records give instructions, loads and stores. Two things are counted as the RTL does
//! them, not as the untimed model does: the O addends of a row are summed in a register and reach the SRAM once a
//! visited row, and elements that are read in line share a 64-bit word with their neighbours ([`Access::in_line`]).
//! Every instruction is a fetch from the SRAM, also where the RTL has it in its instruction cache.
//! Not counted: address arithmetic, clock, wires, registers, leakage.

use crate::deepr::machine::{Machine, ModelError, ModelMachine};
use serde::Serialize;
use synfire_format::config::PeConfig;
use synfire_format::elementary::LN1P;
use synfire_format::mmio;
use synfire_format::packet::{NEAREST_NEIGHBOUR, Packet};
use synfire_format::pass::{Descriptor, Rows, XKind};
use synfire_format::random::{DRAW_ROUNDS, KEY_ROUNDS};
use synfire_format::recipe::{Op, Recipe, Round};
use synfire_golden::core::Retire;
use synfire_golden::pass::{Accesses, Kind, fetch};
use synfire_golden::pe::LoadError;
use synfire_golden::{Engine, Inputs, PassReport, StepResult};

/// Additions of a draw: one of 16 bits a round, counted as one of 32.
const DRAW_ADDITIONS: u64 = DRAW_ROUNDS as u64;
/// Additions of a row's key: the sum and the round key, a round.
const KEY_ADDITIONS: u64 = 2 * KEY_ROUNDS as u64;
/// Additions of an exponential at its longest: argument, 5 subtractions of ln 2, 34 steps of two, rounding; each has
/// 41 bits and counts as two of 32.
const EXP_ADDITIONS: u64 = 2 * (1 + 5 + 2 * LN1P.len() as u64 + 1);
/// Additions of a reciprocal: one a step of the division.
const RECIPROCAL_ADDITIONS: u64 = 31;

/// SRAM accesses of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Access {
    pub what: &'static str,
    /// Of one access.
    pub bits: u64,
    pub write: bool,
    /// Neighbours follow each other, so a 64-bit word serves `64 / bits` of them; else an access takes a word alone.
    pub in_line: bool,
    pub count: u64,
}

/// What one part of the PE did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Work {
    /// 16 x 16 bits.
    pub multiplications: u64,
    /// 32 bits; comparisons and selections count as additions.
    pub additions: u64,
    pub accesses: Vec<Access>,
}

impl Work {
    fn access(&mut self, access: Access) {
        if access.count == 0 {
            return;
        }
        let same = |a: &&mut Access| Access { count: 0, ..**a } == Access { count: 0, ..access };
        match self.accesses.iter_mut().find(same) {
            Some(a) => a.count += access.count,
            None => self.accesses.push(access),
        }
    }
}

/// What a run did, in total; see [`Counts::parts`] for a sample's share.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    pub samples: u64,
    pub instructions: u64,
    /// Connections whose weight was multiplied with its input and summed: entries of forward row passes.
    pub forward_operations: u64,
    /// Connections that were updated: entries of backward row passes.
    pub update_operations: u64,
    /// Entries of vector passes.
    pub neuron_operations: u64,
    /// Recipe slots.
    pub slots: u64,
    pub forward: Work,
    pub update: Work,
    pub neurons: Work,
    /// Instructions with their loads and stores, exponentials, reciprocals, draws for redrawing, packets into the SRAM.
    pub core: Work,
}

impl Counts {
    /// The parts under their names.
    pub fn parts(&self) -> [(&'static str, &Work); 4] {
        [
            ("forward row passes", &self.forward),
            ("backward row passes", &self.update),
            ("vector passes", &self.neurons),
            ("core and packets", &self.core),
        ]
    }

    /// Connections visited, forward and backward.
    pub fn synaptic_operations(&self) -> u64 {
        self.forward_operations + self.update_operations
    }

    fn instruction(&mut self, retire: &Retire, sram_bytes: u32) {
        self.instructions += 1;
        let core = &mut self.core;
        core.additions += 1;
        core.access(Access {
            what: "instruction fetch",
            bits: 32,
            write: false,
            in_line: true,
            count: 1,
        });
        let inside = retire.mem_addr & !mmio::SRAM_ALIAS < sram_bytes;
        for (mask, what, write) in [
            (retire.mem_read_mask, "load of the core", false),
            (retire.mem_write_mask, "store of the core", true),
        ] {
            if mask != 0 && inside {
                core.access(Access {
                    what,
                    bits: 8 * u64::from(mask.count_ones()),
                    write,
                    in_line: false,
                    count: 1,
                });
            }
        }
        if retire.mem_write_mask != 0 && !inside {
            core.additions += match retire.mem_addr.wrapping_sub(mmio::MMIO_BASE) {
                mmio::EXP_ARGUMENT => EXP_ADDITIONS,
                mmio::RECIPROCAL_ARGUMENT => RECIPROCAL_ADDITIONS,
                mmio::RANDOM_INDEX => KEY_ADDITIONS + DRAW_ADDITIONS,
                _ => 0,
            };
        }
    }

    fn packet(&mut self) {
        self.core.access(Access {
            what: "packet into the SRAM",
            bits: 32,
            write: true,
            in_line: false,
            count: 1,
        });
    }

    fn pass(&mut self, report: &PassReport, d: &Descriptor, recipe: &Recipe) {
        self.slots += report.slots;
        // DEEP R's row passes: the forward one leaves its plane alone, the backward one writes it.
        let (work, operations) = if d.vector {
            (&mut self.neurons, &mut self.neuron_operations)
        } else if d.plane_writes == 0 {
            (&mut self.forward, &mut self.forward_operations)
        } else {
            (&mut self.update, &mut self.update_operations)
        };
        *operations += report.entries;
        let rows = u64::from(report.rows_visited);
        let (multiplications, additions, stochastic) = entry_arithmetic(d, recipe);
        work.multiplications += report.entries * multiplications;
        work.additions += report.entries * additions;
        if stochastic {
            work.additions += report.entries * DRAW_ADDITIONS + rows * KEY_ADDITIONS;
        }
        for access in pass_accesses(&report.accesses, d, rows) {
            work.access(access);
        }
    }
}

/// Multiplications and additions of an entry, and whether it takes a draw. A slot that does nothing is a
/// multiplication too: the lane computes it. So does one whose predicate fails.
fn entry_arithmetic(d: &Descriptor, recipe: &Recipe) -> (u64, u64, bool) {
    let (mut multiplications, mut additions, mut stochastic) = (0, 0, false);
    for slot in &recipe.slots {
        if slot.op == Op::Mac {
            multiplications += 1;
            // Rounding adds a term of its own, C another.
            additions += 1 + u64::from(slot.round != Round::Floor);
            stochastic |= slot.round == Round::Stochastic;
        } else {
            additions += 1;
        }
    }
    additions += u64::from(d.scatter) + u64::from(d.reduce);
    additions += u64::from(d.x_kind == XKind::Acc32);
    (multiplications, additions, stochastic)
}

/// A pass's accesses with their widths.
fn pass_accesses(a: &Accesses, d: &Descriptor, rows: u64) -> Vec<Access> {
    let x_bits = if d.x_kind == XKind::Acc32 { 32 } else { 16 };
    let mut all = Vec::new();
    for (kind, what, bits, in_line) in [
        (Kind::Descriptor, "descriptor", 64, true),
        (Kind::Recipe, "recipe", 64, true),
        (Kind::Scalar, "row scalar", 16, true),
        (Kind::Index, "index", 16, true),
        (Kind::Plane, "plane", 16, true),
        // Of sparse rows the inputs lie anywhere.
        (Kind::X, "X", x_bits, d.rows == Rows::Dense),
        (Kind::Y, "Y", 32, false),
        (Kind::O, "O", 32, false),
        (Kind::Table, "row table", 32, false),
        (Kind::Event, "event bit", 1, true),
        (Kind::Flag, "flag record", 32, false),
    ] {
        for (write, of_model) in [
            (false, a.reads[kind as usize]),
            (true, a.writes[kind as usize]),
        ] {
            let count = if kind == Kind::O {
                of_model.min(rows)
            } else {
                of_model
            };
            all.push(Access {
                what,
                bits,
                write,
                in_line,
                count,
            });
        }
    }
    all
}

/// The model of a PE that counts what it does from the first message on.
pub struct CountingMachine {
    model: ModelMachine,
    sent: std::collections::VecDeque<Packet>,
    sram_bytes: u32,
    chains: u32,
    counts: Counts,
}

impl CountingMachine {
    /// A PE of `config` with `image` loaded, whose program has run to where it waits for its first message.
    ///
    /// # Errors
    /// The image is larger than the SRAM.
    pub fn new(config: &PeConfig, image: &[u8]) -> Result<Self, LoadError> {
        let mut model = ModelMachine::new(config, Engine::Reference, image)?;
        // Whatever stops the program here stops it again at the first message, where it is reported.
        while matches!(model.pe.run(64), synfire_golden::Outcome::Limit) {}
        Ok(CountingMachine {
            chains: model.pe.chains(),
            model,
            sent: Default::default(),
            sram_bytes: config.sram_bytes,
            counts: Counts::default(),
        })
    }

    /// What was counted over `samples` samples.
    pub fn counts(self, samples: u64) -> Counts {
        Counts {
            samples,
            ..self.counts
        }
    }
}

impl Machine for CountingMachine {
    type Error = ModelError;

    fn push(&mut self, packet: Packet) {
        if packet.kind == NEAREST_NEIGHBOUR && packet.payload.is_some() {
            self.counts.packet();
        }
        self.model.push(packet);
    }

    fn message(&mut self) -> Result<Packet, ModelError> {
        loop {
            if let Some(p) = self.sent.pop_front() {
                return Ok(p);
            }
            let pe = &mut self.model.pe;
            let inputs = Inputs {
                cycle: pe.core().retired() as u32,
                tick: None,
            };
            match pe.step(&inputs) {
                StepResult::Retired(retire) => self.counts.instruction(&retire, self.sram_bytes),
                StepResult::Blocked => return Err(ModelError::Blocked),
                StepResult::Halted(halt) => return Err(ModelError::Ended(halt.code())),
            }
            if pe.chains() != self.chains {
                self.chains = pe.chains();
                for report in pe.last_chain() {
                    // A pass that ran can be fetched: passes of DEEP R write neither descriptors nor recipes.
                    if let Ok((d, recipe)) = fetch(pe.sram(), report.descriptor) {
                        self.counts.pass(report, &d, &recipe);
                    }
                }
            }
            self.sent.extend(pe.take_sent());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use synfire_format::recipe::{A, B, Slot};

    #[test]
    fn a_pass_is_counted_by_its_recipe_and_its_reads_by_their_place() {
        let mac = Slot {
            a: A::P(0),
            b: B::X,
            to_o: true,
            ..Slot::NOP
        };
        let update = Slot {
            shift: 4,
            round: Round::Stochastic,
            ..mac
        };
        let compare = Slot {
            op: Op::Max,
            ..Slot::NOP
        };
        let recipe = Recipe {
            constants: [0; 4],
            slots: vec![mac, compare, update],
        };
        let d = Descriptor {
            rows: Rows::Slots,
            x_kind: XKind::Vec16,
            planes: 1,
            plane_writes: 1,
            reduce: true,
            ..Descriptor::default()
        };
        let mut report = PassReport {
            rows_visited: 2,
            entries: 10,
            slots: 30,
            ..PassReport::default()
        };
        for (kind, n) in [(Kind::X, 10), (Kind::Plane, 10), (Kind::O, 10)] {
            report.accesses.reads[kind as usize] = n;
        }
        report.accesses.writes[Kind::Plane as usize] = 10;
        let mut c = Counts::default();
        c.pass(&report, &d, &recipe);
        c.pass(&report, &d, &recipe);
        assert_eq!((c.update_operations, c.forward_operations), (20, 0));
        assert_eq!((c.slots, c.update.multiplications), (60, 40));
        // An entry: 1 + 1 + 2 of the slots, 1 into O, 6 of its draw; a row: 16 of its key.
        assert_eq!(c.update.additions, 20 * (4 + 1 + 6) + 4 * 16);
        let of = |what, write| {
            let a = c
                .update
                .accesses
                .iter()
                .find(|a| (a.what, a.write) == (what, write));
            a.map(|a| (a.count, a.bits, a.in_line))
        };
        assert_eq!(of("X", false), Some((20, 16, false)));
        assert_eq!(of("plane", false), Some((20, 16, true)));
        assert_eq!(of("plane", true), Some((20, 16, true)));
        assert_eq!(of("O", false), Some((4, 32, false)), "once a visited row");
        assert_eq!(of("O", true), None);
    }

    #[test]
    fn an_instruction_is_a_fetch_an_addition_and_its_access() {
        let mut c = Counts::default();
        let store = |mem_addr, mask| Retire {
            mem_addr,
            mem_write_mask: mask,
            ..Retire::default()
        };
        for r in [
            Retire::default(),
            store(8, 0b1111),
            store(mmio::SRAM_ALIAS | 8, 0b0011),
            store(mmio::MMIO_BASE + mmio::RECIPROCAL_ARGUMENT, 0b1111),
        ] {
            c.instruction(&r, 65536);
        }
        assert_eq!((c.instructions, c.core.additions), (4, 4 + 31));
        let seen: Vec<_> = c
            .core
            .accesses
            .iter()
            .map(|a| (a.what, a.bits, a.count))
            .collect();
        let want = [
            ("instruction fetch", 32, 4),
            ("store of the core", 32, 1),
            ("store of the core", 16, 1),
        ];
        assert_eq!(seen, want);
    }
}
