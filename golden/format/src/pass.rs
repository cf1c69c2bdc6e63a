//! Pass descriptors: one walk of an engine over rows of entries, executing a recipe.
//!
//! A descriptor is 32 16-bit fields (64 bytes, eight 64-bit words, little endian, 8-byte aligned) in SRAM. All base
//! fields are addresses in 64-bit words (byte address / 8), so every plane, vector and row starts on 8 bytes; rows of
//! entries are `row_stride` 64-bit words apart and are padded to that.
//!
//! # What a pass does (untimed; the order below is the specification)
//! For every visited row, in row order:
//! 1. Scalars: `S[k] = halfword at scalar_base[k] * 8 + 2 * row` for k < scalar count; others are 0.
//! 2. With `skip`, a row whose S0 is 0 is not visited further.
//! 3. For every entry c = 0 .. n-1 (n = `entries`, or the length in the row table):
//!    - idx = c in dense rows; else the halfword at `index_base * 8 + row_start + 2 * c`, unsigned
//!    - plane p (p < plane count): halfword at `plane_base[p] * 8 + row_start + 2 * c`; others are 0
//!    - X: none 0; `Vec16` halfword at `x_base * 8 + 2 * idx`; `Acc32` (dense only) word at `x_base * 8 + 4 * idx`
//!      scaled: `sat16((acc + 2^(x_shift - 1)) >> x_shift)` (no rounding term at shift 0; exact, the sum cannot
//!      overflow; a clipped value is counted as a saturation), and with `x_clear` the word becomes 0
//!    - the recipe runs with the draw `draw(row_key(seed, step, population, row_offset + row, tag), c, 0)` low half
//!    - planes whose write bit is set are written back
//!    - with `scatter`: word at `y_base * 8 + 4 * idx` += Y addend, modulo 2^32
//!    - with `reduce`: word at `o_base * 8 + 4 * row` += O addend, modulo 2^32
//!    - flags: see below
//!
//! `row_start` (bytes) is `8 * row_stride * row`, or in table mode `8 * start` of the row table's entry.
//! The row table is at `table_base`: per row one 32-bit word, start (64-bit words, low half) and length (entries).
//! *Walk*: linear visits rows `row_first .. row_first + row_count`; an event list visits, among these rows, those whose
//! bit is set in the bitmap at `event_base` (bit r of the bitmap is row r: byte r / 8, bit r % 8), ascending.
//! *Flag queue*: word 0 at `queue_base` is the number of records, word 1 the number that found no room (both written
//! at the end of the pass, starting from 0); records follow from byte 8, `row << 16 | c`, in (row, c) order, at most
//! `queue_capacity`. A record without room also raises [`crate::mmio::FAULT_QUEUE`].
//! *Flag bitmap* (one row only): the bitmap at `queue_base` gets bit c = flag for c < n, bits up to the next multiple
//! of 16 are written 0.
//! The *vector pass* of the neuron engine is a dense pass of one row (`vector` set): planes are state vectors, X is
//! usually `Acc32`, flags usually go to a bitmap (the spike list).
//!
//! The pass builder refuses passes in which a range that is written overlaps another range of the pass, so the order
//! of steps within a row is not observable. After a pass the chain goes on at `next` (0 ends it).
//!
//! Writes of an engine at or above the core's private base (see [`crate::mmio::PRIVATE_BASE`]) are not done and raise
//! [`crate::mmio::FAULT_PRIVATE`]; so does a scatter, gather or row outside the SRAM raise
//! [`crate::mmio::FAULT_ADDRESS`] in the model (the builder and the index checks of the host exclude it; the RTL
//! wraps addresses at the SRAM's size).

use serde::{Deserialize, Serialize};

/// 16-bit fields in a descriptor.
pub const FIELDS: usize = 32;
/// Bytes of a descriptor.
pub const DESCRIPTOR_BYTES: u32 = 64;

/// How a row's entries are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[repr(u16)]
pub enum Rows {
    /// idx = c.
    #[default]
    Dense = 0,
    /// A stored index per entry, the same number of entries in each row.
    Slots = 1,
    /// A stored index per entry, start and length from the row table.
    Table = 2,
}

/// Where X comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[repr(u16)]
pub enum XKind {
    #[default]
    None = 0,
    Vec16 = 1,
    /// 32-bit accumulators, dense rows only.
    Acc32 = 2,
}

/// Where flags go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[repr(u16)]
pub enum FlagTo {
    #[default]
    None = 0,
    Queue = 1,
    Bitmap = 2,
}

/// A pass descriptor. Field numbers in brackets; bases in 64-bit words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Descriptor {
    /// `[0]` bits 1..0
    pub rows: Rows,
    /// `[0]` bit 2: visit only rows of the event list
    pub event_walk: bool,
    /// `[0]` bits 4..3
    pub x_kind: XKind,
    /// `[0]` bit 5: clear accumulators after reading (`Acc32` only)
    pub x_clear: bool,
    /// `[0]` bits 8..6: 0..=4
    pub planes: u8,
    /// `[0]` bits 12..9: bit p writes plane p back (p < planes)
    pub plane_writes: u8,
    /// `[0]` bit 13
    pub scatter: bool,
    /// `[0]` bit 14
    pub reduce: bool,
    /// `[0]` bit 15: a vector pass (neuron engine)
    pub vector: bool,
    /// `[1]` bits 2..0: 0..=4
    pub scalars: u8,
    /// `[1]` bit 3: skip rows with S0 = 0
    pub skip: bool,
    /// `[1]` bits 5..4
    pub flag_to: FlagTo,
    /// `[1]` bits 9..6: 0..=15
    pub x_shift: u8,
    /// `[1]` bits 13..10: 1..=8
    pub slots: u8,
    /// `[2]` next descriptor, 0 ends the chain
    pub next: u16,
    /// `[3]`
    pub recipe: u16,
    /// `[4]`
    pub row_first: u16,
    /// `[5]`
    pub row_count: u16,
    /// `[6]` entries a row (not in table mode)
    pub entries: u16,
    /// `[7]` distance of rows in 64-bit words
    pub row_stride: u16,
    /// `[8]`
    pub index_base: u16,
    /// `[9..=12]`
    pub plane_base: [u16; 4],
    /// `[13]`
    pub x_base: u16,
    /// `[14]`
    pub y_base: u16,
    /// `[15]`
    pub o_base: u16,
    /// `[16..=19]`
    pub scalar_base: [u16; 4],
    /// `[20]`
    pub table_base: u16,
    /// `[21]`
    pub event_base: u16,
    /// `[22]` flag queue or bitmap
    pub queue_base: u16,
    /// `[23]` records
    pub queue_capacity: u16,
    /// `[24]` random index
    pub population: u16,
    /// `[25]` global number of local row 0
    pub row_offset: u16,
    /// `[26]` random index
    pub tag: u16,
    // [27..=31] are 0
}

impl Descriptor {
    /// The 32 fields in order.
    pub fn fields(&self) -> [u16; FIELDS] {
        let mut f = [0; FIELDS];
        f[0] = self.rows as u16
            | u16::from(self.event_walk) << 2
            | (self.x_kind as u16) << 3
            | u16::from(self.x_clear) << 5
            | u16::from(self.planes) << 6
            | u16::from(self.plane_writes) << 9
            | u16::from(self.scatter) << 13
            | u16::from(self.reduce) << 14
            | u16::from(self.vector) << 15;
        f[1] = u16::from(self.scalars)
            | u16::from(self.skip) << 3
            | (self.flag_to as u16) << 4
            | u16::from(self.x_shift) << 6
            | u16::from(self.slots) << 10;
        f[2] = self.next;
        f[3] = self.recipe;
        f[4] = self.row_first;
        f[5] = self.row_count;
        f[6] = self.entries;
        f[7] = self.row_stride;
        f[8] = self.index_base;
        f[9..13].copy_from_slice(&self.plane_base);
        f[13] = self.x_base;
        f[14] = self.y_base;
        f[15] = self.o_base;
        f[16..20].copy_from_slice(&self.scalar_base);
        f[20] = self.table_base;
        f[21] = self.event_base;
        f[22] = self.queue_base;
        f[23] = self.queue_capacity;
        f[24] = self.population;
        f[25] = self.row_offset;
        f[26] = self.tag;
        f
    }

    /// The descriptor as eight 64-bit SRAM words, field 0 lowest.
    pub fn encode(&self) -> [u64; 8] {
        let f = self.fields();
        std::array::from_fn(|w| (0..4).fold(0, |x, i| x | u64::from(f[4 * w + i]) << (16 * i)))
    }

    /// Reads a descriptor; `None` where a field holds a code that means nothing.
    pub fn decode(words: &[u64; 8]) -> Option<Self> {
        let f: [u16; FIELDS] = std::array::from_fn(|i| (words[i / 4] >> (16 * (i % 4))) as u16);
        let bit = |w: u16, b: u32| w >> b & 1 == 1;
        let d = Descriptor {
            rows: match f[0] & 3 {
                0 => Rows::Dense,
                1 => Rows::Slots,
                2 => Rows::Table,
                _ => return None,
            },
            event_walk: bit(f[0], 2),
            x_kind: match f[0] >> 3 & 3 {
                0 => XKind::None,
                1 => XKind::Vec16,
                2 => XKind::Acc32,
                _ => return None,
            },
            x_clear: bit(f[0], 5),
            planes: (f[0] >> 6 & 7) as u8,
            plane_writes: (f[0] >> 9 & 15) as u8,
            scatter: bit(f[0], 13),
            reduce: bit(f[0], 14),
            vector: bit(f[0], 15),
            scalars: (f[1] & 7) as u8,
            skip: bit(f[1], 3),
            flag_to: match f[1] >> 4 & 3 {
                0 => FlagTo::None,
                1 => FlagTo::Queue,
                2 => FlagTo::Bitmap,
                _ => return None,
            },
            x_shift: (f[1] >> 6 & 15) as u8,
            slots: (f[1] >> 10 & 15) as u8,
            next: f[2],
            recipe: f[3],
            row_first: f[4],
            row_count: f[5],
            entries: f[6],
            row_stride: f[7],
            index_base: f[8],
            plane_base: [f[9], f[10], f[11], f[12]],
            x_base: f[13],
            y_base: f[14],
            o_base: f[15],
            scalar_base: [f[16], f[17], f[18], f[19]],
            table_base: f[20],
            event_base: f[21],
            queue_base: f[22],
            queue_capacity: f[23],
            population: f[24],
            row_offset: f[25],
            tag: f[26],
        };
        (d.planes <= 4 && d.scalars <= 4 && (1..=8).contains(&d.slots)).then_some(d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_round_trip() {
        let d = Descriptor {
            rows: Rows::Table,
            event_walk: true,
            x_kind: XKind::Acc32,
            x_clear: true,
            planes: 4,
            plane_writes: 0b1010,
            scatter: true,
            reduce: true,
            vector: true,
            scalars: 3,
            skip: true,
            flag_to: FlagTo::Bitmap,
            x_shift: 14,
            slots: 8,
            next: 2,
            recipe: 3,
            row_first: 4,
            row_count: 5,
            entries: 6,
            row_stride: 7,
            index_base: 8,
            plane_base: [9, 10, 11, 12],
            x_base: 13,
            y_base: 14,
            o_base: 15,
            scalar_base: [16, 17, 18, 19],
            table_base: 20,
            event_base: 21,
            queue_base: 22,
            queue_capacity: 23,
            population: 24,
            row_offset: 25,
            tag: 26,
        };
        assert_eq!(Descriptor::decode(&d.encode()), Some(d.clone()));
        for (i, f) in d.fields().iter().enumerate().skip(2).take(25) {
            assert_eq!(usize::from(*f), i, "field {i} has its own number here");
        }
    }
}
