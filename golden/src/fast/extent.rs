//! Which rows a pass visits and which ranges of the SRAM it touches, found before it runs.

use std::ops::Range;

use synfire_format::pass::{Descriptor, FlagTo, Rows, XKind};

use super::{at, half, word};
use crate::sram::Sram;

/// One visited row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub row: u32,
    /// Bytes from each base to the row's first entry.
    pub start: usize,
    pub length: u16,
    /// S0..S3.
    pub scalars: [i16; 4],
}

/// The visited rows and their totals.
#[derive(Default)]
pub(super) struct Extent {
    pub rows: Vec<Row>,
    pub entries: u64,
    /// Rows whose scalars were read.
    pub tested: u64,
    reads: Vec<Range<usize>>,
    writes: Vec<Range<usize>>,
    order: Vec<(usize, usize)>,
}

impl Extent {
    /// Collects the rows; true if the pass may run chunk by chunk (see the module text of [`super`]).
    pub fn prove(&mut self, sram: &Sram, private_base: u32, d: &Descriptor) -> bool {
        self.reads.clear();
        self.writes.clear();
        let (first, end) = (
            usize::from(d.row_first),
            usize::from(d.row_first) + usize::from(d.row_count),
        );
        self.heads(d, first, end);
        let size = sram.bytes().len();
        if self.reads.iter().any(|r| r.end > size) {
            return false;
        }
        self.collect(sram.bytes(), d);
        if !self.ordered(d) {
            return false;
        }
        self.streams(d);
        if self.reads.iter().any(|r| r.end > size) {
            return false;
        }
        let limits = (size, size.min(private_base as usize));
        let streams = (self.reads.len(), self.writes.len());
        let rough = self.rough_indices(sram.bytes(), d);
        if rough.is_some_and(|n| self.safe(d, n, streams, limits)) {
            return true;
        }
        let exact = self.indices(sram.bytes(), d);
        self.safe(d, exact, streams, limits)
    }

    /// True if the pass is safe with indices below `indices`. The first `streams` ranges do not depend on them.
    fn safe(
        &mut self,
        d: &Descriptor,
        indices: usize,
        streams: (usize, usize),
        limits: (usize, usize),
    ) -> bool {
        self.reads.truncate(streams.0);
        self.writes.truncate(streams.1);
        self.targets(d, indices);
        self.reads.iter().all(|r| r.end <= limits.0)
            && self.writes.iter().all(|w| w.end <= limits.1)
            && self.disjoint()
    }

    /// Ranges that decide which rows are visited.
    fn heads(&mut self, d: &Descriptor, first: usize, end: usize) {
        if first == end {
            return;
        }
        if d.event_walk {
            let e = at(d.event_base);
            self.reads.push(e + first / 8..e + (end - 1) / 8 + 1);
        }
        for k in 0..usize::from(d.scalars) {
            let s = at(d.scalar_base[k]);
            self.reads.push(s + 2 * first..s + 2 * end);
        }
        if d.rows == Rows::Table {
            let t = at(d.table_base);
            self.reads.push(t + 4 * first..t + 4 * end);
        }
    }

    fn collect(&mut self, bytes: &[u8], d: &Descriptor) {
        self.rows.clear();
        (self.entries, self.tested) = (0, 0);
        let first = u32::from(d.row_first);
        for row in first..first + u32::from(d.row_count) {
            let r = row as usize;
            if d.event_walk && bytes[at(d.event_base) + r / 8] >> (r % 8) & 1 == 0 {
                continue;
            }
            self.tested += 1;
            let mut scalars = [0; 4];
            for (k, s) in scalars.iter_mut().enumerate().take(d.scalars.into()) {
                *s = half(bytes, at(d.scalar_base[k]) + 2 * r);
                if k == 0 && d.skip && *s == 0 {
                    break;
                }
            }
            if d.skip && scalars[0] == 0 {
                continue;
            }
            let (start, length) = if d.rows == Rows::Table {
                let entry = word(bytes, at(d.table_base) + 4 * r);
                (8 * (entry & 0xffff) as usize, (entry >> 16) as u16)
            } else {
                (8 * usize::from(d.row_stride) * r, d.entries)
            };
            self.entries += u64::from(length);
            self.rows.push(Row {
                row,
                start,
                length,
                scalars,
            });
        }
    }

    /// True if no row's written entries are another row's, and nothing depends on the order of rows.
    fn ordered(&mut self, d: &Descriptor) -> bool {
        let several = self.rows.len() > 1;
        if several && (d.flag_to == FlagTo::Bitmap || d.x_kind == XKind::Acc32 && d.x_clear)
            || d.x_kind == XKind::Acc32 && d.rows != Rows::Dense
        {
            return false;
        }
        if !several || d.plane_writes == 0 {
            return true;
        }
        if d.rows != Rows::Table {
            return 2 * usize::from(d.entries) <= 8 * usize::from(d.row_stride);
        }
        self.order.clear();
        let ranges = self.rows.iter().filter(|r| r.length > 0);
        self.order
            .extend(ranges.map(|r| (r.start, r.start + 2 * usize::from(r.length))));
        self.order.sort_unstable();
        self.order.windows(2).all(|w| w[0].1 <= w[1].0)
    }

    /// Ranges of stored indices and planes.
    fn streams(&mut self, d: &Descriptor) {
        let filled = self.rows.iter().filter(|r| r.length > 0);
        let start = filled.clone().map(|r| r.start).min().unwrap_or(0);
        let end = filled
            .map(|r| r.start + 2 * usize::from(r.length))
            .max()
            .unwrap_or(0);
        if start == end {
            return;
        }
        if d.rows != Rows::Dense {
            let i = at(d.index_base);
            self.reads.push(i + start..i + end);
        }
        for p in 0..usize::from(d.planes) {
            let b = at(d.plane_base[p]);
            let to = if d.plane_writes >> p & 1 == 1 {
                &mut self.writes
            } else {
                &mut self.reads
            };
            to.push(b + start..b + end);
        }
    }

    /// One more than the largest halfword between the first and the last index of fixed-slot rows: an upper bound
    /// found by one sweep over padding and rows that are not visited. `None` where a sweep does not pay.
    fn rough_indices(&self, bytes: &[u8], d: &Descriptor) -> Option<usize> {
        let (first, last) = (self.rows.first()?, self.rows.last()?);
        // Rows without entries read nothing, wherever their bases point.
        if d.rows != Rows::Slots || self.entries == 0 {
            return None;
        }
        let span = last.start + 2 * usize::from(last.length) - first.start;
        if span as u64 > 32 * self.entries {
            return None;
        }
        let base = at(d.index_base) + first.start;
        let halves = bytes[base..base + span].as_chunks().0;
        let largest = halves.iter().fold(0, |m, b| u16::from_le_bytes(*b).max(m));
        Some(usize::from(largest) + 1)
    }

    /// One more than the largest index of any visited entry.
    fn indices(&self, bytes: &[u8], d: &Descriptor) -> usize {
        let mut largest = 0u16;
        let base = at(d.index_base);
        for r in self.rows.iter().filter(|r| r.length > 0) {
            if d.rows == Rows::Dense {
                largest = largest.max(r.length - 1);
                continue;
            }
            let row = &bytes[base + r.start..base + r.start + 2 * usize::from(r.length)];
            for b in row.as_chunks().0 {
                largest = largest.max(u16::from_le_bytes(*b));
            }
        }
        if self.entries == 0 {
            0
        } else {
            usize::from(largest) + 1
        }
    }

    /// Ranges of X, Y, O and the flags.
    fn targets(&mut self, d: &Descriptor, indices: usize) {
        let first = usize::from(d.row_first);
        let end = first + usize::from(d.row_count);
        let x = at(d.x_base);
        match d.x_kind {
            XKind::None => {}
            XKind::Vec16 => self.reads.push(x..x + 2 * indices),
            XKind::Acc32 if d.x_clear => self.writes.push(x..x + 4 * indices),
            XKind::Acc32 => self.reads.push(x..x + 4 * indices),
        }
        if d.scatter {
            self.writes.push(at(d.y_base)..at(d.y_base) + 4 * indices);
        }
        if d.reduce && self.entries > 0 {
            self.writes
                .push(at(d.o_base) + 4 * first..at(d.o_base) + 4 * end);
        }
        let q = at(d.queue_base);
        match d.flag_to {
            FlagTo::None => {}
            FlagTo::Queue => {
                let records = self.entries.min(d.queue_capacity.into()) as usize;
                self.writes.push(q..q + 8 + 4 * records);
            }
            FlagTo::Bitmap => self
                .writes
                .push(q..q + 2 * self.entries.div_ceil(16) as usize),
        }
    }

    /// True if no written range overlaps another.
    fn disjoint(&self) -> bool {
        let apart = |a: &Range<usize>, b: &Range<usize>| {
            a.end <= b.start || b.end <= a.start || a.is_empty() || b.is_empty()
        };
        self.writes.iter().enumerate().all(|(i, w)| {
            self.reads.iter().all(|r| apart(w, r))
                && self.writes[i + 1..].iter().all(|v| apart(w, v))
        })
    }
}
