//! The reference executor of passes and chains: plain, untimed, in the order that [`synfire_format::pass`] specifies.
//!
//! It is the specification; a second executor gives the same bits sooner.

use std::collections::BTreeSet;

use synfire_format::mmio::{FAULT_ADDRESS, FAULT_CODE, FAULT_PRIVATE, FAULT_QUEUE};
use synfire_format::pass::{DESCRIPTOR_BYTES, Descriptor, FlagTo, Rows, XKind};
use synfire_format::random::{RowIndex, draw, row_key};
use synfire_format::recipe::Recipe;

use crate::recipe::{Entry, run_recipe, sat16};
use crate::sram::Sram;

/// What the engines keep between passes; the core sees it as registers ([`synfire_format::mmio`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EngineState {
    pub seed: u32,
    pub step: u32,
    /// Byte address from which on engines may not write; 0 after reset, so that they may write nowhere.
    pub private_base: u32,
    /// Clipped values so far; stays at `u32::MAX`.
    pub saturations: u32,
    /// Fault bits so far.
    pub faults: u32,
}

/// What an SRAM access of an engine is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Kind {
    /// 64-bit words of descriptors.
    Descriptor = 0,
    /// 64-bit words of recipes.
    Recipe = 1,
    /// Halfwords of row scalars.
    Scalar = 2,
    /// Halfwords of stored indices.
    Index = 3,
    /// Halfwords of planes.
    Plane = 4,
    /// Halfwords or words of X.
    X = 5,
    /// Words of Y.
    Y = 6,
    /// Words of O.
    O = 7,
    /// Words of the row table.
    Table = 8,
    /// Bits of the event list, one a row tested.
    Event = 9,
    /// Words of a flag queue or halfwords of a flag bitmap.
    Flag = 10,
}

/// Number of [`Kind`]s.
pub const KINDS: usize = 11;

/// Accesses as the specification counts them, by [`Kind`]: one for each element, whatever the hardware's word size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accesses {
    pub reads: [u64; KINDS],
    pub writes: [u64; KINDS],
}

/// What one pass did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassReport {
    /// Byte address of the descriptor.
    pub descriptor: u32,
    /// Rows whose entries ran.
    pub rows_visited: u32,
    /// Rows that were left out: not in the event list, or a zero scalar with `skip`.
    pub rows_skipped: u32,
    pub entries: u64,
    /// Slots executed: entries times the recipe's slots.
    pub slots: u64,
    /// Entries whose flag was set (whether or not the pass keeps flags).
    pub flags: u64,
    /// Values this pass clipped.
    pub saturations: u64,
    /// Fault bits this pass raised.
    pub faults: u32,
    pub accesses: Accesses,
    /// 64-bit words (byte address / 8) that the pass wrote, ascending, each once. Only the reference fills it.
    pub words_written: Vec<u32>,
}

/// Runs the chain whose first descriptor lies at this byte address (its lowest three bits are ignored).
///
/// The chain ends at `next` = 0, at a descriptor outside the SRAM (`FAULT_ADDRESS`), at one that means nothing or
/// whose recipe means nothing or breaks the recipe rules (`FAULT_CODE`), and at one that ran in this chain before
/// (`FAULT_CODE`): such a chain would never end.
pub fn run_chain(
    sram: &mut Sram,
    state: &mut EngineState,
    first_descriptor: u32,
) -> Vec<PassReport> {
    walk_chain(sram, state, first_descriptor, run_pass)
}

/// The walk along a chain, shared by the executors; `pass` runs one descriptor.
pub(crate) fn walk_chain(
    sram: &mut Sram,
    state: &mut EngineState,
    first_descriptor: u32,
    mut pass: impl FnMut(&mut Sram, &mut EngineState, u32, &Descriptor, &Recipe) -> PassReport,
) -> Vec<PassReport> {
    let mut reports = Vec::new();
    let mut seen = BTreeSet::new();
    let mut address = first_descriptor & !7;
    loop {
        if !seen.insert(address) {
            state.faults |= FAULT_CODE;
            return reports;
        }
        let (descriptor, recipe) = match fetch(sram, address) {
            Ok(both) => both,
            Err(fault) => {
                state.faults |= fault;
                return reports;
            }
        };
        reports.push(pass(sram, state, address, &descriptor, &recipe));
        if descriptor.next == 0 {
            return reports;
        }
        address = 8 * u32::from(descriptor.next);
    }
}

/// Reads a descriptor and its recipe.
///
/// # Errors
/// The fault bit: `FAULT_ADDRESS` outside the SRAM, `FAULT_CODE` for what means nothing.
pub fn fetch(sram: &Sram, address: u32) -> Result<(Descriptor, Recipe), u32> {
    let word = |address: u32, i: u32| {
        let at = address.checked_add(8 * i).ok_or(FAULT_ADDRESS)?;
        sram.read_u64(at).ok_or(FAULT_ADDRESS)
    };
    let mut words = [0; (DESCRIPTOR_BYTES / 8) as usize];
    for (i, w) in words.iter_mut().enumerate() {
        *w = word(address, i as u32)?;
    }
    let descriptor = Descriptor::decode(&words).ok_or(FAULT_CODE)?;
    let recipe_words = (0..1 + u32::from(descriptor.slots).div_ceil(2))
        .map(|i| word(8 * u32::from(descriptor.recipe), i))
        .collect::<Result<Vec<_>, _>>()?;
    let recipe = Recipe::decode(&recipe_words, usize::from(descriptor.slots)).ok_or(FAULT_CODE)?;
    recipe.check().map_err(|_| FAULT_CODE)?;
    Ok((descriptor, recipe))
}

/// Runs one pass; `address` (of the descriptor, bytes) is only reported.
pub fn run_pass(
    sram: &mut Sram,
    state: &mut EngineState,
    address: u32,
    descriptor: &Descriptor,
    recipe: &Recipe,
) -> PassReport {
    let mut pass = Pass {
        sram,
        private_base: state.private_base,
        seed: state.seed,
        step: state.step,
        d: descriptor,
        recipe,
        written: BTreeSet::new(),
        queued: 0,
        lost: 0,
        report: PassReport {
            descriptor: address,
            ..PassReport::default()
        },
    };
    pass.report.accesses.reads[Kind::Descriptor as usize] = u64::from(DESCRIPTOR_BYTES / 8);
    pass.report.accesses.reads[Kind::Recipe as usize] = 1 + u64::from(descriptor.slots).div_ceil(2);
    for row in 0..u32::from(descriptor.row_count) {
        pass.row(u32::from(descriptor.row_first) + row);
    }
    pass.end_queue();
    let mut report = pass.report;
    report.words_written = pass.written.into_iter().collect();
    let clipped = u32::try_from(report.saturations).unwrap_or(u32::MAX);
    state.saturations = state.saturations.saturating_add(clipped);
    state.faults |= report.faults;
    report
}

/// Byte address of a base field. Addresses are 64-bit while they are computed: stride times row passes 32 bits.
fn bytes(base: u16) -> u64 {
    8 * u64::from(base)
}

/// One running pass.
struct Pass<'a> {
    sram: &'a mut Sram,
    private_base: u32,
    seed: u32,
    step: u32,
    d: &'a Descriptor,
    recipe: &'a Recipe,
    written: BTreeSet<u32>,
    queued: u32,
    lost: u32,
    report: PassReport,
}

impl Pass<'_> {
    /// One row: event list, scalars, skip, entries.
    fn row(&mut self, row: u32) {
        if self.d.event_walk && !self.event(row) {
            self.report.rows_skipped += 1;
            return;
        }
        let mut scalars = [0; 4];
        for (k, s) in scalars.iter_mut().enumerate().take(self.d.scalars.into()) {
            let at = bytes(self.d.scalar_base[k]) + 2 * u64::from(row);
            *s = self.read16(Kind::Scalar, at) as i16;
        }
        if self.d.skip && scalars[0] == 0 {
            self.report.rows_skipped += 1;
            return;
        }
        self.report.rows_visited += 1;
        let (row_start, length) = self.extent(row);
        let key = row_key(
            self.seed,
            self.step,
            RowIndex {
                population: self.d.population,
                row: self.d.row_offset.wrapping_add(row as u16),
                tag: self.d.tag,
            },
        );
        let mut bitmap = 0;
        for c in 0..length {
            let flag = self.entry(row, row_start, c, scalars, key);
            self.flag(row, c, length, flag, &mut bitmap);
        }
    }

    /// Bit `row` of the event list.
    fn event(&mut self, row: u32) -> bool {
        let at = bytes(self.d.event_base) + u64::from(row / 8);
        self.report.accesses.reads[Kind::Event as usize] += 1;
        match self.inside(at).and_then(|a| self.sram.read_u8(a)) {
            Some(byte) => byte >> (row % 8) & 1 == 1,
            None => {
                self.report.faults |= FAULT_ADDRESS;
                false
            }
        }
    }

    /// Where the row's entries start (bytes from each base) and how many there are.
    fn extent(&mut self, row: u32) -> (u64, u16) {
        if self.d.rows == Rows::Table {
            let at = bytes(self.d.table_base) + 4 * u64::from(row);
            let word = self.read32(Kind::Table, at);
            (8 * u64::from(word & 0xffff), (word >> 16) as u16)
        } else {
            let row_start = 8 * u64::from(self.d.row_stride) * u64::from(row);
            (row_start, self.d.entries)
        }
    }

    /// One entry; returns its flag.
    fn entry(&mut self, row: u32, row_start: u64, c: u16, scalars: [i16; 4], key: u64) -> bool {
        let place = row_start + 2 * u64::from(c);
        let idx = if self.d.rows == Rows::Dense {
            c
        } else {
            self.read16(Kind::Index, bytes(self.d.index_base) + place)
        };
        let mut entry = Entry {
            scalars,
            draw: draw(key, c, 0) as u16,
            ..Entry::default()
        };
        for p in 0..usize::from(self.d.planes) {
            let at = bytes(self.d.plane_base[p]) + place;
            entry.planes[p] = self.read16(Kind::Plane, at) as i16;
        }
        entry.x = self.x(idx);

        let outcome = run_recipe(self.recipe, &mut entry);
        self.report.entries += 1;
        self.report.slots += self.recipe.slots.len() as u64;
        self.report.flags += u64::from(outcome.flag);
        self.report.saturations += u64::from(outcome.saturations);

        for p in 0..usize::from(self.d.planes) {
            if self.d.plane_writes >> p & 1 == 1 {
                let at = bytes(self.d.plane_base[p]) + place;
                self.write16(Kind::Plane, at, entry.planes[p] as u16);
            }
        }
        if self.d.scatter {
            let at = bytes(self.d.y_base) + 4 * u64::from(idx);
            self.add32(Kind::Y, at, outcome.y);
        }
        if self.d.reduce {
            let at = bytes(self.d.o_base) + 4 * u64::from(row);
            self.add32(Kind::O, at, outcome.o);
        }
        outcome.flag
    }

    /// X of index `idx`: 0, a halfword, or an accumulator scaled to 16 bits (rounded half up, saturated).
    fn x(&mut self, idx: u16) -> i16 {
        match self.d.x_kind {
            XKind::None => 0,
            XKind::Vec16 => {
                let at = bytes(self.d.x_base) + 2 * u64::from(idx);
                self.read16(Kind::X, at) as i16
            }
            XKind::Acc32 => {
                let at = bytes(self.d.x_base) + 4 * u64::from(idx);
                let acc = self.read32(Kind::X, at) as i32;
                if self.d.x_clear {
                    self.write32(Kind::X, at, 0);
                }
                let (x, clipped) = scale_accumulator(acc, self.d.x_shift);
                self.report.saturations += u64::from(clipped);
                x
            }
        }
    }

    /// Keeps the flag of entry `c` as the pass says. A bitmap is written in halfwords, zeros behind the last entry.
    fn flag(&mut self, row: u32, c: u16, length: u16, flag: bool, bitmap: &mut u16) {
        match self.d.flag_to {
            FlagTo::None => {}
            FlagTo::Queue if !flag => {}
            FlagTo::Queue if self.queued < u32::from(self.d.queue_capacity) => {
                let at = bytes(self.d.queue_base) + 8 + 4 * u64::from(self.queued);
                self.write32(Kind::Flag, at, row << 16 | u32::from(c));
                self.queued += 1;
            }
            FlagTo::Queue => {
                self.lost += 1;
                self.report.faults |= FAULT_QUEUE;
            }
            FlagTo::Bitmap => {
                *bitmap |= u16::from(flag) << (c % 16);
                if c % 16 == 15 || c + 1 == length {
                    let at = bytes(self.d.queue_base) + 2 * u64::from(c / 16);
                    self.write16(Kind::Flag, at, *bitmap);
                    *bitmap = 0;
                }
            }
        }
    }

    /// The queue's two counts, written at the end of the pass even if no row was visited.
    fn end_queue(&mut self) {
        if self.d.flag_to == FlagTo::Queue {
            let at = bytes(self.d.queue_base);
            self.write32(Kind::Flag, at, self.queued);
            self.write32(Kind::Flag, at + 4, self.lost);
        }
    }

    /// The address if it can lie in any SRAM; the SRAM itself checks the size.
    fn inside(&self, at: u64) -> Option<u32> {
        u32::try_from(at).ok()
    }

    fn read16(&mut self, kind: Kind, at: u64) -> u16 {
        self.report.accesses.reads[kind as usize] += 1;
        let value = self.inside(at).and_then(|a| self.sram.read_u16(a));
        value.unwrap_or_else(|| {
            self.report.faults |= FAULT_ADDRESS;
            0
        })
    }

    fn read32(&mut self, kind: Kind, at: u64) -> u32 {
        self.report.accesses.reads[kind as usize] += 1;
        let value = self.inside(at).and_then(|a| self.sram.read_u32(a));
        value.unwrap_or_else(|| {
            self.report.faults |= FAULT_ADDRESS;
            0
        })
    }

    fn write16(&mut self, kind: Kind, at: u64, value: u16) {
        if let Some(a) = self.writable(at, 2) {
            self.written.insert(a / 8);
            self.report.accesses.writes[kind as usize] += 1;
            self.sram.write_u16(a, value);
        }
    }

    fn write32(&mut self, kind: Kind, at: u64, value: u32) {
        if let Some(a) = self.writable(at, 4) {
            self.written.insert(a / 8);
            self.report.accesses.writes[kind as usize] += 1;
            self.sram.write_u32(a, value);
        }
    }

    /// word += addend, modulo 2^32: wrapping makes sums free of order; the builder's bounds make it exact.
    fn add32(&mut self, kind: Kind, at: u64, addend: i32) {
        let old = self.read32(kind, at);
        self.write32(kind, at, old.wrapping_add(addend as u32));
    }

    /// The address if an engine may write there, else the fault is raised.
    fn writable(&mut self, at: u64, size: u64) -> Option<u32> {
        if at + size > u64::from(self.sram.size()) {
            self.report.faults |= FAULT_ADDRESS;
            return None;
        }
        if at >= u64::from(self.private_base) {
            self.report.faults |= FAULT_PRIVATE;
            return None;
        }
        Some(at as u32)
    }
}

/// `sat16((acc + 2^(shift - 1)) >> shift)`, exact: the sum is taken in 64 bits. No rounding term at shift 0.
/// Returns the value and whether it was clipped.
pub fn scale_accumulator(acc: i32, shift: u8) -> (i16, bool) {
    let half = (1i64 << shift) >> 1;
    // |acc + half| < 2^31 + 2^14; at shift >= 1 the quotient fits 32 bits, and at shift 0 nothing was added.
    sat16(((i64::from(acc) + half) >> shift) as i32)
}
