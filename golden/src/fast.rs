//! The fast executor: the same bits as [`crate::pass`], slot after slot over chunks of entries.
//!
//! A pass is decoded once; entries of consecutive rows fill a chunk, and every slot is one loop over it without a
//! decision an entry, which compilers turn into vector instructions. Reading a chunk before writing it back is
//! invisible only where nothing that is written overlaps anything else of the pass; `Extent` proves that, and that
//! no access leaves the SRAM or enters the core's private words, before anything runs. A pass for which it cannot
//! runs on the reference, so that the bits agree for *every* pass, also for those the builder refuses.
//!
//! Operations wrap explicitly: the bounds in [`crate::recipe`] show that none does.

mod extent;
mod lanes;

use synfire_format::mmio::FAULT_QUEUE;
use synfire_format::pass::{DESCRIPTOR_BYTES, Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::Recipe;

use self::extent::Extent;
use self::lanes::{CHUNK, Lanes, Plan, Segment};
use crate::pass::{Accesses, EngineState, Kind, PassReport, run_pass, walk_chain};
use crate::sram::Sram;

/// The executor's working memory; holds nothing between passes that bits depend on.
#[derive(Default)]
pub struct Executor {
    lanes: Lanes,
    extent: Extent,
    /// Passes that ran on the reference because the extent was not provably safe.
    pub fallbacks: u64,
}

/// As [`crate::pass::run_chain`], with working memory of its own.
pub fn run_chain(
    sram: &mut Sram,
    state: &mut EngineState,
    first_descriptor: u32,
) -> Vec<PassReport> {
    Executor::default().run_chain(sram, state, first_descriptor)
}

impl Executor {
    /// As [`crate::pass::run_chain`]; the reports' `words_written` stay empty.
    pub fn run_chain(
        &mut self,
        sram: &mut Sram,
        state: &mut EngineState,
        first_descriptor: u32,
    ) -> Vec<PassReport> {
        walk_chain(
            sram,
            state,
            first_descriptor,
            |sram, state, at, d, recipe| self.run_pass(sram, state, at, d, recipe),
        )
    }

    /// As [`crate::pass::run_pass`]; the report's `words_written` stays empty.
    pub fn run_pass(
        &mut self,
        sram: &mut Sram,
        state: &mut EngineState,
        address: u32,
        descriptor: &Descriptor,
        recipe: &Recipe,
    ) -> PassReport {
        if !self.extent.prove(sram, state.private_base, descriptor) {
            self.fallbacks += 1;
            let mut report = run_pass(sram, state, address, descriptor, recipe);
            report.words_written.clear();
            return report;
        }
        let plan = Plan::new(descriptor, recipe);
        let mut run = Run {
            bytes: sram.bytes_mut(),
            d: descriptor,
            plan: &plan,
            lanes: &mut self.lanes,
            state,
            queued: 0,
            lost: 0,
            flags: 0,
            saturations: 0,
        };
        run.rows(&self.extent);
        let (queued, lost) = (run.queued, run.lost);
        let (flags, saturations) = (run.flags, run.saturations);
        let clipped = u32::try_from(saturations).unwrap_or(u32::MAX);
        state.saturations = state.saturations.saturating_add(clipped);
        let faults = if lost > 0 { FAULT_QUEUE } else { 0 };
        state.faults |= faults;
        let entries = self.extent.entries;
        let visited = self.extent.rows.len() as u32;
        PassReport {
            descriptor: address,
            rows_visited: visited,
            rows_skipped: u32::from(descriptor.row_count) - visited,
            entries,
            slots: entries * recipe.slots.len() as u64,
            flags,
            saturations,
            faults,
            accesses: accesses(descriptor, &self.extent, queued),
            words_written: Vec::new(),
        }
    }
}

/// What the reference counts one by one.
fn accesses(d: &Descriptor, extent: &Extent, queued: u32) -> Accesses {
    let (entries, rows) = (extent.entries, extent.rows.len() as u64);
    let mut a = Accesses::default();
    let mut add = |kind: Kind, reads: u64, writes: u64| {
        a.reads[kind as usize] = reads;
        a.writes[kind as usize] = writes;
    };
    add(Kind::Descriptor, u64::from(DESCRIPTOR_BYTES / 8), 0);
    add(Kind::Recipe, 1 + u64::from(d.slots).div_ceil(2), 0);
    add(Kind::Scalar, extent.tested * u64::from(d.scalars), 0);
    if d.rows != Rows::Dense {
        add(Kind::Index, entries, 0);
    }
    let written = d.plane_writes & ((1 << d.planes) - 1);
    add(
        Kind::Plane,
        entries * u64::from(d.planes),
        entries * u64::from(written.count_ones()),
    );
    if d.x_kind != XKind::None {
        let cleared = d.x_kind == XKind::Acc32 && d.x_clear;
        add(Kind::X, entries, if cleared { entries } else { 0 });
    }
    if d.scatter {
        add(Kind::Y, entries, entries);
    }
    if d.reduce {
        add(Kind::O, entries, entries);
    }
    if d.rows == Rows::Table {
        add(Kind::Table, rows, 0);
    }
    if d.event_walk {
        add(Kind::Event, d.row_count.into(), 0);
    }
    match d.flag_to {
        FlagTo::None => {}
        FlagTo::Queue => add(Kind::Flag, 0, 2 + u64::from(queued)),
        FlagTo::Bitmap => add(Kind::Flag, 0, entries.div_ceil(16)),
    }
    a
}

/// Byte offset of a base field.
fn at(base: u16) -> usize {
    8 * usize::from(base)
}

fn half(bytes: &[u8], at: usize) -> i16 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |b| i16::from_le_bytes(*b))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |b| u32::from_le_bytes(*b))
}

fn put_word(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// One running pass.
struct Run<'a> {
    bytes: &'a mut [u8],
    d: &'a Descriptor,
    plan: &'a Plan,
    lanes: &'a mut Lanes,
    state: &'a EngineState,
    queued: u32,
    lost: u32,
    flags: u64,
    saturations: u64,
}

impl Run<'_> {
    /// Fills chunks with the rows' entries and runs them.
    fn rows(&mut self, extent: &Extent) {
        let most = extent.entries.min(CHUNK as u64) as usize;
        self.lanes.start(self.plan, most);
        for row in &extent.rows {
            let mut c = 0;
            while c < row.length {
                let room = CHUNK - self.lanes.len;
                let take = usize::from(row.length - c).min(room);
                self.lanes.segments.push(Segment {
                    row: *row,
                    place: row.start + 2 * usize::from(c),
                    c,
                    first: self.lanes.len,
                    len: take,
                });
                self.lanes.len += take;
                c += take as u16;
                if self.lanes.len == CHUNK {
                    self.chunk();
                }
            }
        }
        if self.lanes.len > 0 {
            self.chunk();
        }
        if self.d.flag_to == FlagTo::Queue {
            let q = at(self.d.queue_base);
            put_word(self.bytes, q, self.queued);
            put_word(self.bytes, q + 4, self.lost);
        }
    }

    fn chunk(&mut self) {
        let (d, lanes) = (self.d, &mut *self.lanes);
        lanes.load(self.bytes, d, self.plan);
        if self.plan.draws {
            lanes.draw(d, self.state.seed, self.state.step);
        }
        self.saturations += lanes.x(self.bytes, d);
        let done = lanes.execute(self.plan);
        self.saturations += done.saturations;
        self.flags += done.flags;
        lanes.store(self.bytes, d, self.plan);
        match d.flag_to {
            FlagTo::None => {}
            FlagTo::Queue if done.flags == 0 => {}
            FlagTo::Queue => self.queue(),
            FlagTo::Bitmap => self.bitmap(),
        }
        self.lanes.segments.clear();
        self.lanes.len = 0;
    }

    /// Appends the chunk's flags to the queue, in (row, c) order.
    fn queue(&mut self) {
        for s in &self.lanes.segments {
            for i in 0..s.len {
                if self.lanes.flag[s.first + i] == 0 {
                    continue;
                }
                if self.queued < u32::from(self.d.queue_capacity) {
                    let q = at(self.d.queue_base) + 8 + 4 * self.queued as usize;
                    let c = u32::from(s.c) + i as u32;
                    put_word(self.bytes, q, s.row.row << 16 | c);
                    self.queued += 1;
                } else {
                    self.lost += 1;
                }
            }
        }
    }

    /// Writes the chunk's part of the one row's bitmap. Chunks start at multiples of 16 entries.
    fn bitmap(&mut self) {
        let Some(first) = self.lanes.segments.first() else {
            return;
        };
        let base = at(self.d.queue_base) + usize::from(first.c) / 8;
        for (i, flags) in self.lanes.flag[..self.lanes.len].chunks(16).enumerate() {
            let bits = flags
                .iter()
                .enumerate()
                .fold(0u16, |b, (j, &f)| b | u16::from(f) << j);
            self.bytes[base + 2 * i..base + 2 * i + 2].copy_from_slice(&bits.to_le_bytes());
        }
    }
}
