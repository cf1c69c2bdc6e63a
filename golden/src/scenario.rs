//! Random legal recipes, passes and chains, a pure function of a seed: every engine runs the same ones.
//!
//! The generators look for trouble: ends of every format, shifts 0 and 15, full 32-bit accumulators, rows of no and of
//! one entry, indices that collide, queues that overflow, private bases amid the written words, later passes of a
//! chain that read what earlier ones wrote. All are passes that the machine must execute exactly; those it refuses
//! are not made here.

mod recipe;
mod rng;

pub use self::recipe::random_recipe;
pub use self::rng::Rng;

use synfire_format::pass::{DESCRIPTOR_BYTES, Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::{A, B, Flag, Recipe};

use crate::pass::EngineState;
use crate::sram::Sram;

/// An SRAM image and what to start on it.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The whole SRAM before the start.
    pub sram: Vec<u8>,
    /// Byte address of the chain's first descriptor.
    pub first_descriptor: u32,
    pub seed: u32,
    pub step: u32,
    pub private_base: u32,
    /// The chain as encoded in `sram`: byte address, descriptor, recipe.
    pub passes: Vec<(u32, Descriptor, Recipe)>,
    /// What this scenario exercises.
    pub why: String,
}

impl Scenario {
    /// The SRAM before the start.
    pub fn memory(&self) -> Sram {
        Sram::from_bytes(self.sram.clone())
    }

    /// The engines' state before the start: nothing counted yet.
    pub fn state(&self) -> EngineState {
        EngineState {
            seed: self.seed,
            step: self.step,
            private_base: self.private_base,
            ..EngineState::default()
        }
    }
}

/// A scenario of one random legal pass in an SRAM of `sram_bytes` bytes (4 KB or more).
pub fn random_pass(seed: u64, sram_bytes: u32) -> Scenario {
    generate(seed, sram_bytes, 1)
}

/// A scenario of two to five linked passes that share vectors, so that later ones read what earlier ones wrote.
pub fn random_chain(seed: u64, sram_bytes: u32) -> Scenario {
    let passes = 2 + Rng::new(!seed).below(4);
    generate(seed, sram_bytes, passes)
}

/// Tries ever smaller passes until they fit.
fn generate(seed: u64, sram_bytes: u32, passes: u32) -> Scenario {
    for scale in 0.. {
        if let Some(s) = Generator::new(seed, sram_bytes, scale).scenario(passes) {
            return s;
        }
    }
    unreachable!("at scale 8 every vector is a few words long and fits 4 KB")
}

/// A placed range.
#[derive(Clone, Copy)]
struct Region {
    start: u32,
    bytes: u32,
    /// Indices and tables keep their contents: passes may not use the range for anything else.
    fixed: bool,
    used: bool,
    written: bool,
}

struct Generator {
    rng: Rng,
    sram: Vec<u8>,
    /// Halves sizes.
    scale: u32,
    /// Regions start below this if they can: small windows make bank conflicts.
    window: u32,
    regions: Vec<Region>,
    /// Room ran out.
    full: bool,
}

impl Generator {
    fn new(seed: u64, sram_bytes: u32, scale: u32) -> Self {
        let mut rng = Rng::new(seed ^ u64::from(scale) << 56);
        let mut sram = vec![0; sram_bytes as usize];
        for chunk in sram.chunks_exact_mut(4) {
            let word = if rng.one_in(2) {
                rng.word()
            } else {
                i32::from(rng.half()) << 16 | i32::from(rng.half() as u16)
            };
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        let window = if rng.one_in(2) {
            sram_bytes
        } else {
            sram_bytes.min(4096)
        };
        Self {
            rng,
            sram,
            scale,
            window,
            regions: Vec::new(),
            full: false,
        }
    }

    fn scenario(mut self, count: u32) -> Option<Scenario> {
        let mut why = Vec::new();
        let mut passes = Vec::new();
        for _ in 0..count {
            for r in &mut self.regions {
                (r.used, r.written) = (false, false);
            }
            let recipe = random_recipe(self.rng.bits());
            let descriptor = self.pass(&recipe);
            why.push(describe(&descriptor));
            let at = self.place(DESCRIPTOR_BYTES, true);
            passes.push((at, descriptor, recipe));
        }
        if self.full {
            return None;
        }
        for i in 1..passes.len() {
            passes[i - 1].1.next = (passes[i].0 / 8) as u16;
        }
        for (at, descriptor, recipe) in &passes {
            self.store(*at, &descriptor.encode());
            self.store(8 * u32::from(descriptor.recipe), &recipe.encode());
        }
        let size = self.sram.len() as u32;
        let private_base = if self.rng.one_in(8) {
            let base = 8 * self.rng.below(self.window / 8);
            why.push(format!("the core's private words begin at {base}"));
            base
        } else {
            size
        };
        Some(Scenario {
            first_descriptor: passes[0].0,
            seed: self.rng.bits() as u32,
            step: self.rng.bits() as u32,
            sram: self.sram,
            private_base,
            passes,
            why: why.join("; then "),
        })
    }

    fn store(&mut self, at: u32, words: &[u64]) {
        for (i, w) in words.iter().enumerate() {
            let at = at as usize + 8 * i;
            self.sram[at..at + 8].copy_from_slice(&w.to_le_bytes());
        }
    }

    /// A size around `n`, smaller when room is short.
    fn size(&mut self, n: u32) -> u32 {
        (self.rng.below(n + 1)) >> self.scale.min(6)
    }

    /// Mostly what is `useful`, sometimes not.
    fn likely(&mut self, useful: bool) -> bool {
        useful != self.rng.one_in(6)
    }

    fn pass(&mut self, recipe: &Recipe) -> Descriptor {
        let mut d = Descriptor {
            slots: recipe.slots.len() as u8,
            recipe: (self.place(8 * recipe.encode().len() as u32, true) / 8) as u16,
            population: self.rng.bits() as u16,
            row_offset: self.rng.bits() as u16,
            tag: self.rng.bits() as u16,
            rows: self.rng.pick(&[Rows::Dense, Rows::Slots, Rows::Table]),
            planes: self.rng.below(5) as u8,
            scatter: self.likely(recipe.slots.iter().any(|s| s.to_y)),
            reduce: self.likely(recipe.slots.iter().any(|s| s.to_o)),
            scalars: self.rng.below(5) as u8,
            event_walk: self.rng.one_in(4),
            x_shift: self.rng.below(16) as u8,
            ..Descriptor::default()
        };
        // Mostly what the recipe computes is also kept, or else a wrong result would not be seen.
        for plane in recipe.slots.iter().filter_map(|s| s.plane) {
            if !self.rng.one_in(5) {
                d.planes = d.planes.max(plane + 1);
                d.plane_writes |= 1 << plane;
            }
        }
        for s in &recipe.slots {
            if let (A::P(n), false) = (s.a, self.rng.one_in(4)) {
                d.planes = d.planes.max(n + 1);
            }
            if let (B::S(n), false) = (s.b, self.rng.one_in(4)) {
                d.scalars = d.scalars.max(n + 1);
            }
        }
        d.plane_writes |= self.rng.below(16) as u8 & self.rng.below(16) as u8;
        d.plane_writes &= (1 << d.planes) - 1;
        d.skip = d.scalars > 0 && self.rng.one_in(3);
        let one_row = self.rng.one_in(4);
        d.vector = d.rows == Rows::Dense && one_row && self.rng.one_in(2);
        d.row_count = if one_row { 1 } else { self.size(14) as u16 };
        d.row_first = self.size(5) as u16;
        d.entries = match self.rng.below(4) {
            0 => self.size(5) as u16,
            1 => 1 + self.size(20) as u16,
            _ if one_row => 1 + self.size(200) as u16,
            _ => 1 + self.size(40) as u16,
        };
        let flags: &[FlagTo] = match (
            self.likely(recipe.slots.iter().any(|s| s.flag != Flag::None)),
            one_row,
        ) {
            (false, _) => &[FlagTo::None],
            (true, false) => &[FlagTo::Queue],
            (true, true) => &[FlagTo::Queue, FlagTo::Bitmap, FlagTo::Bitmap],
        };
        d.flag_to = self.rng.pick(flags);
        d.x_kind = match d.rows {
            Rows::Dense => self
                .rng
                .pick(&[XKind::None, XKind::Vec16, XKind::Acc32, XKind::Acc32]),
            _ => self.rng.pick(&[XKind::None, XKind::Vec16, XKind::Vec16]),
        };
        // With several rows only the first would see what it clears.
        d.x_clear = d.x_kind == XKind::Acc32 && one_row && self.rng.one_in(2);
        let (extent, longest) = self.extent(&mut d);
        let indices = self.indices(&mut d, extent, longest);
        self.vectors(&mut d, extent, longest, indices);
        d
    }

    /// Stride or table; returns the bytes of one plane and the longest row in entries.
    fn extent(&mut self, d: &mut Descriptor) -> (u32, u32) {
        let rows = u32::from(d.row_first) + u32::from(d.row_count);
        if d.rows != Rows::Table {
            let stride = u32::from(d.entries).div_ceil(4) + self.rng.below(2);
            d.row_stride = stride as u16;
            return (8 * stride * rows, d.entries.into());
        }
        let (mut at, mut longest, mut table) = (0, 0, Vec::new());
        for _ in 0..rows {
            let n = if self.rng.one_in(5) {
                0
            } else {
                self.rng.below(u32::from(d.entries) + 1)
            };
            table.push(n << 16 | at);
            longest = longest.max(n);
            at += n.div_ceil(4) + self.rng.below(2);
        }
        // Rows need not lie in order.
        for i in (1..table.len()).rev() {
            table.swap(i, self.rng.below(i as u32 + 1) as usize);
        }
        let base = self.place(4 * rows, true);
        d.table_base = (base / 8) as u16;
        for (i, word) in table.iter().enumerate() {
            let at = base as usize + 4 * i;
            if at + 4 <= self.sram.len() {
                self.sram[at..at + 4].copy_from_slice(&word.to_le_bytes());
            }
        }
        d.entries = 0;
        (8 * at, longest)
    }

    /// Stores the indices of sparse rows; returns how many elements X and Y need.
    fn indices(&mut self, d: &mut Descriptor, extent: u32, longest: u32) -> u32 {
        if d.rows == Rows::Dense {
            return longest;
        }
        let limit = 1 + match self.rng.below(4) {
            0 => self.rng.below(3),
            1 => self.size(16),
            2 => self.size(100),
            _ => self.size(self.sram.len() as u32 / 64),
        };
        let base = self.place(extent, true);
        d.index_base = (base / 8) as u16;
        let ascending = self.rng.one_in(2);
        let start = base as usize;
        if let Some(area) = self.sram.get_mut(start..start + extent as usize) {
            for (i, half) in area.chunks_exact_mut(2).enumerate() {
                let idx = if ascending {
                    i as u32 % limit
                } else {
                    self.rng.below(limit)
                };
                half.copy_from_slice(&(idx as u16).to_le_bytes());
            }
        }
        limit
    }

    /// Places planes, vectors, accumulators, event list and queue.
    fn vectors(&mut self, d: &mut Descriptor, extent: u32, longest: u32, indices: u32) {
        let rows = u32::from(d.row_first) + u32::from(d.row_count);
        for p in 0..usize::from(d.planes) {
            d.plane_base[p] = self.base(extent, d.plane_writes >> p & 1 == 1);
        }
        d.x_base = match d.x_kind {
            XKind::None => 0,
            XKind::Vec16 => self.base(2 * indices, false),
            XKind::Acc32 => self.base(4 * indices, d.x_clear),
        };
        if d.scatter {
            d.y_base = self.base(4 * indices, true);
        }
        if d.reduce {
            d.o_base = self.base(4 * rows, true);
        }
        for k in 0..usize::from(d.scalars) {
            d.scalar_base[k] = self.base(2 * rows, false);
            if self.rng.one_in(2) {
                let row = self.rng.below(rows.max(1)) as usize;
                let at = 8 * usize::from(d.scalar_base[k]) + 2 * row;
                self.sram[at..at + 2].fill(0);
            }
        }
        if d.event_walk {
            d.event_base = self.base(rows.div_ceil(8), false);
        }
        d.queue_base = match d.flag_to {
            FlagTo::None => 0,
            FlagTo::Bitmap => self.base(2 * longest.div_ceil(16), true),
            FlagTo::Queue => {
                let room = longest * u32::from(d.row_count);
                d.queue_capacity = self.rng.below(room.min(40) + 2) as u16;
                self.base(8 + 4 * u32::from(d.queue_capacity), true)
            }
        };
    }

    /// A vector in 64-bit words: often one that an earlier pass of the chain used, else a new one.
    fn base(&mut self, bytes: u32, write: bool) -> u16 {
        let fits = |r: &&mut Region| !(r.fixed || r.written || write && r.used) && r.bytes >= bytes;
        if self.rng.one_in(2)
            && let Some(r) = self.regions.iter_mut().rev().find(fits)
        {
            r.used = true;
            r.written = write;
            return (r.start / 8) as u16;
        }
        let at = self.place(bytes, false);
        if let Some(r) = self.regions.last_mut() {
            r.used = true;
            r.written = write;
        }
        (at / 8) as u16
    }

    /// A free range of whole 64-bit words; marks the scenario too large if there is none.
    fn place(&mut self, bytes: u32, fixed: bool) -> u32 {
        let bytes = bytes.next_multiple_of(8).max(8);
        let size = self.sram.len() as u32;
        let free = |regions: &[Region], at: u32| {
            // Word 0 is data's alone: as a chain's next descriptor it would end the chain.
            at + bytes <= size
                && !(fixed && at == 0)
                && regions
                    .iter()
                    .all(|r| at + bytes <= r.start || r.start + r.bytes <= at)
        };
        let random = (0..30)
            .map(|_| 8 * self.rng.below(self.window / 8))
            .find(|&at| free(&self.regions, at));
        // From the top downwards: the last words of the SRAM are an edge of their own.
        let start = random.or_else(|| {
            (0..size / 8)
                .rev()
                .map(|w| 8 * w)
                .find(|&at| free(&self.regions, at))
        });
        let Some(start) = start else {
            self.full = true;
            return 0;
        };
        self.regions.push(Region {
            start,
            bytes,
            fixed,
            used: true,
            written: fixed,
        });
        start
    }
}

/// What a pass exercises, in words.
fn describe(d: &Descriptor) -> String {
    let mut s = format!(
        "{:?} rows {}+{} of {} entries, {} slots, planes {} (written {:#b}), X {:?}",
        d.rows, d.row_first, d.row_count, d.entries, d.slots, d.planes, d.plane_writes, d.x_kind
    );
    for (is, what) in [
        (d.event_walk, "event list"),
        (d.skip, "skip"),
        (d.x_clear, "clear"),
        (d.scatter, "scatter"),
        (d.reduce, "reduce"),
        (d.flag_to == FlagTo::Bitmap, "bitmap"),
    ] {
        if is {
            s += ", ";
            s += what;
        }
    }
    if d.flag_to == FlagTo::Queue {
        s += &format!(", queue of {}", d.queue_capacity);
    }
    s
}

#[cfg(test)]
mod tests {
    use synfire_format::mmio::{FAULT_ADDRESS, FAULT_CODE};

    use super::*;
    use crate::pass::run_chain;

    #[test]
    fn scenarios_are_functions_of_their_seed_and_legal() {
        for seed in 0..300 {
            for (s, passes) in [
                (random_pass(seed, 4 << 10), 1..=1),
                (random_chain(seed, 64 << 10), 2..=5),
            ] {
                let (mut sram, mut state) = (s.memory(), s.state());
                let reports = run_chain(&mut sram, &mut state, s.first_descriptor);
                assert!(passes.contains(&reports.len()), "seed {seed}: {}", s.why);
                assert_eq!(
                    state.faults & (FAULT_ADDRESS | FAULT_CODE),
                    0,
                    "seed {seed}: {}",
                    s.why
                );
            }
            assert_eq!(
                random_chain(seed, 8 << 10).sram,
                random_chain(seed, 8 << 10).sram
            );
        }
    }
}
