//! A chunk of entries and the loops over it.

use synfire_format::pass::{Descriptor, Rows, XKind};
use synfire_format::random::{RowIndex, draw, row_key};
use synfire_format::recipe::{A, B, C, Flag, Op, Pred, Recipe, Round, Slot};

use super::extent::Row;
use super::{at, word};

/// Entries in a chunk; a multiple of 16 (flag bitmaps are written in halfwords).
pub(super) const CHUNK: usize = 256;

/// Halfwords that short rows are moved by; columns have room for one block behind the chunk.
const BLOCK: usize = 8;
const ROOM: usize = CHUNK + BLOCK;

// Columns of operands: planes 0..=3, then
const X: usize = 4;
const R: usize = 5;
const ZERO: usize = 8;
const S: usize = 9;
const K: usize = 13;
const COLUMNS: usize = 17;

/// Entries of one row within a chunk.
pub(super) struct Segment {
    /// The row, by its place among the visited ones.
    pub row: Row,
    /// Bytes from each base to the segment's first entry.
    pub place: usize,
    /// Number of that entry in its row.
    pub c: u16,
    /// Its place in the chunk.
    pub first: usize,
    pub len: usize,
}

/// A slot with its operands' columns.
struct Step {
    slot: Slot,
    a: usize,
    b: usize,
    c: usize,
    /// This slot is the last that gives Y, O, the flag.
    y: bool,
    o: bool,
    flag: bool,
}

/// A pass, decoded.
pub(super) struct Plan {
    steps: Vec<Step>,
    constants: [i16; 4],
    /// Columns read by a slot.
    read: [bool; COLUMNS],
    /// A slot rounds by the draw.
    pub draws: bool,
    gives_y: bool,
    gives_o: bool,
    gives_flag: bool,
}

impl Plan {
    pub fn new(d: &Descriptor, recipe: &Recipe) -> Self {
        let last = |f: fn(&Slot) -> bool| recipe.slots.iter().rposition(f);
        let (y, o) = (last(|s| s.to_y), last(|s| s.to_o));
        let flag = last(|s| s.flag != Flag::None);
        let mut read = [false; COLUMNS];
        let steps = recipe.slots.iter().enumerate().map(|(i, s)| {
            let step = Step {
                slot: *s,
                a: match s.a {
                    A::P(n) => n.into(),
                    A::X => X,
                    A::R(n) => R + usize::from(n),
                },
                b: match s.b {
                    B::S(n) => S + usize::from(n),
                    B::K(n) => K + usize::from(n),
                    B::X => X,
                    B::R(n) => R + usize::from(n),
                },
                c: match s.c {
                    C::Zero => ZERO,
                    C::R(n) => R + usize::from(n),
                    C::P(n) => n.into(),
                    C::S(n) => S + usize::from(n),
                    C::K(n) => K + usize::from(n),
                },
                y: d.scatter && y == Some(i),
                o: d.reduce && o == Some(i),
                flag: flag == Some(i),
            };
            for column in [step.a, step.b, step.c] {
                read[column] = true;
            }
            step
        });
        Self {
            steps: steps.collect(),
            constants: recipe.constants,
            draws: recipe
                .slots
                .iter()
                .any(|s| s.op == Op::Mac && s.round == Round::Stochastic && s.shift > 0),
            gives_y: y.is_some(),
            gives_o: o.is_some(),
            gives_flag: flag.is_some(),
            read,
        }
    }
}

/// What a chunk counted.
pub(super) struct Done {
    pub saturations: u64,
    pub flags: u64,
}

/// One chunk.
pub(super) struct Lanes {
    pub segments: Vec<Segment>,
    /// Entries in the chunk.
    pub len: usize,
    pub flag: [u8; CHUNK],
    columns: [[i16; ROOM]; COLUMNS],
    index: [u16; ROOM],
    draw: [u16; ROOM],
    p: [bool; CHUNK],
    r: [i32; CHUNK],
    y: [i32; CHUNK],
    o: [i32; CHUNK],
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            segments: Vec::new(),
            len: 0,
            flag: [0; CHUNK],
            columns: [[0; ROOM]; COLUMNS],
            index: [0; ROOM],
            draw: [0; ROOM],
            p: [false; CHUNK],
            r: [0; CHUNK],
            y: [0; CHUNK],
            o: [0; CHUNK],
        }
    }
}

impl Lanes {
    /// Before a pass whose chunks have `most` entries at most.
    pub fn start(&mut self, plan: &Plan, most: usize) {
        self.segments.clear();
        self.len = 0;
        for (k, &constant) in plan.constants.iter().enumerate() {
            if plan.read[K + k] {
                self.columns[K + k][..most].fill(constant);
            }
        }
        // Addends and flags that no slot gives stay 0 for the whole pass.
        if !plan.gives_y {
            self.y[..most].fill(0);
        }
        if !plan.gives_o {
            self.o[..most].fill(0);
        }
        if !plan.gives_flag {
            self.flag[..most].fill(0);
        }
    }

    /// Planes, indices and scalars of the chunk; zeros in results, P and planes that the pass does not have.
    pub fn load(&mut self, bytes: &[u8], d: &Descriptor, plan: &Plan) {
        let n = self.len;
        for p in 0..4 {
            if p >= usize::from(d.planes) {
                self.columns[p][..n].fill(0);
                continue;
            }
            let base = at(d.plane_base[p]);
            for s in &self.segments {
                let to = blocks(&mut self.columns[p], s);
                gather(bytes, base + s.place, s.len, to, i16::from_le_bytes);
            }
        }
        for r in 0..3 {
            if plan.read[R + r] {
                self.columns[R + r][..n].fill(0);
            }
        }
        self.p[..n].fill(false);
        for k in 0..4 {
            if plan.read[S + k] {
                for s in &self.segments {
                    for block in blocks(&mut self.columns[S + k], s) {
                        *block = [s.row.scalars[k]; BLOCK];
                    }
                }
            }
        }
        let base = at(d.index_base);
        for s in &self.segments {
            let to = blocks(&mut self.index, s);
            if d.rows == Rows::Dense {
                for (i, idx) in to.as_flattened_mut().iter_mut().enumerate() {
                    *idx = s.c.wrapping_add(i as u16);
                }
            } else {
                gather(bytes, base + s.place, s.len, to, u16::from_le_bytes);
            }
        }
    }

    /// The entries' draws.
    pub fn draw(&mut self, d: &Descriptor, seed: u32, step: u32) {
        for s in &self.segments {
            let key = row_key(
                seed,
                step,
                RowIndex {
                    population: d.population,
                    row: d.row_offset.wrapping_add(s.row.row as u16),
                    tag: d.tag,
                },
            );
            for (b, to) in blocks(&mut self.draw, s).iter_mut().enumerate() {
                let c = s.c.wrapping_add((BLOCK * b) as u16);
                *to = std::array::from_fn(|i| draw(key, c.wrapping_add(i as u16), 0) as u16);
            }
        }
    }

    /// X of the entries; returns how many were clipped.
    pub fn x(&mut self, bytes: &mut [u8], d: &Descriptor) -> u64 {
        let n = self.len;
        let base = at(d.x_base);
        let column = &mut self.columns[X][..n];
        match d.x_kind {
            XKind::None => column.fill(0),
            XKind::Vec16 => {
                let (halves, _) = bytes[base..].as_chunks::<2>();
                for (x, &idx) in column.iter_mut().zip(&self.index[..n]) {
                    *x = i16::from_le_bytes(halves[usize::from(idx)]);
                }
            }
            XKind::Acc32 => {
                let mut clipped = 0;
                let half = (1i64 << d.x_shift) >> 1;
                for (x, &idx) in column.iter_mut().zip(&self.index[..n]) {
                    let place = base + 4 * usize::from(idx);
                    let acc = i64::from(word(bytes, place) as i32);
                    let scaled = acc.wrapping_add(half) >> d.x_shift;
                    let value = scaled.clamp(i16::MIN.into(), i16::MAX.into());
                    clipped += u64::from(value != scaled);
                    *x = value as i16;
                    if d.x_clear {
                        bytes[place..place + 4].fill(0);
                    }
                }
                return clipped;
            }
        }
        0
    }

    /// Every slot over the whole chunk.
    pub fn execute(&mut self, plan: &Plan) -> Done {
        let mut done = Done {
            saturations: 0,
            flags: 0,
        };
        for step in &plan.steps {
            self.compute(step);
            done.saturations += self.deliver(step);
        }
        done.flags = self.flag[..self.len].iter().map(|&f| u64::from(f)).sum();
        done
    }

    /// r of one slot for every entry.
    fn compute(&mut self, step: &Step) {
        let n = self.len;
        let slot = &step.slot;
        let (a, c) = (&self.columns[step.a][..n], &self.columns[step.c][..n]);
        let (r, p) = (&mut self.r[..n], &mut self.p[..n]);
        let each = r.iter_mut().zip(a.iter().zip(c));
        let wide = |(&a, &c): (&i16, &i16)| (i32::from(a), i32::from(c));
        match slot.op {
            Op::Mac => {
                let b = &self.columns[step.b][..n];
                mac(slot, r, a, b, c, &self.draw[..n]);
                let unless = match slot.pred {
                    Pred::Always => return,
                    Pred::IfP => false,
                    Pred::IfNotP => true,
                };
                for ((r, &c), &p) in r.iter_mut().zip(c).zip(&*p) {
                    *r = if p == unless { i32::from(c) } else { *r };
                }
            }
            Op::Min => each.for_each(|(r, ac)| *r = wide(ac).0.min(wide(ac).1)),
            Op::Max => each.for_each(|(r, ac)| *r = wide(ac).0.max(wide(ac).1)),
            Op::Ge => each.zip(p).for_each(|((r, (a, c)), p)| {
                *p = a >= c;
                *r = i32::from(*p);
            }),
            Op::Eq => each.zip(p).for_each(|((r, (a, c)), p)| {
                *p = a == c;
                *r = i32::from(*p);
            }),
            Op::Sel => each
                .zip(p)
                .for_each(|((r, (&a, &c)), p)| *r = i32::from(if *p { a } else { c })),
            Op::NegIf => each.for_each(|(r, ac)| {
                let (a, c) = wide(ac);
                *r = if a < 0 { c.wrapping_neg() } else { c };
            }),
        }
    }

    /// r of one slot to where it goes; returns how many entries were clipped.
    fn deliver(&mut self, step: &Step) -> u64 {
        let n = self.len;
        let r = &self.r[..n];
        let places = [
            step.slot.result.map(|n| R + usize::from(n)),
            step.slot.plane.map(usize::from),
        ];
        for column in places.into_iter().flatten() {
            for (to, &r) in self.columns[column][..n].iter_mut().zip(r) {
                *to = r.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            }
        }
        if step.y {
            self.y[..n].copy_from_slice(r);
        }
        if step.o {
            self.o[..n].copy_from_slice(r);
        }
        if step.flag {
            let flag = self.flag[..n].iter_mut().zip(r);
            match step.slot.flag {
                Flag::None => {}
                Flag::NotPositive => flag.for_each(|(f, &r)| *f = u8::from(r <= 0)),
                Flag::NonZero => flag.for_each(|(f, &r)| *f = u8::from(r != 0)),
                Flag::Negative => flag.for_each(|(f, &r)| *f = u8::from(r < 0)),
            }
        }
        if places == [None, None] {
            return 0;
        }
        let clipped = r.iter().fold(0u32, |count, &r| {
            count.wrapping_add(u32::from(r != i32::from(r as i16)))
        });
        clipped.into()
    }

    /// Planes back, addends to Y and O.
    pub fn store(&mut self, bytes: &mut [u8], d: &Descriptor, plan: &Plan) {
        for p in 0..usize::from(d.planes) {
            if d.plane_writes >> p & 1 == 0 {
                continue;
            }
            let base = at(d.plane_base[p]);
            for s in &self.segments {
                let from = &self.columns[p][s.first..s.first + s.len];
                let to = &mut bytes[base + s.place..base + s.place + 2 * s.len];
                for (b, v) in to.as_chunks_mut().0.iter_mut().zip(from) {
                    *b = v.to_le_bytes();
                }
            }
        }
        if d.scatter && plan.gives_y {
            let (words, _) = bytes[at(d.y_base)..].as_chunks_mut::<4>();
            for (&idx, &y) in self.index[..self.len].iter().zip(&self.y) {
                let w = &mut words[usize::from(idx)];
                *w = i32::from_le_bytes(*w).wrapping_add(y).to_le_bytes();
            }
        }
        if d.reduce && plan.gives_o {
            for s in &self.segments {
                let o = &self.o[s.first..s.first + s.len];
                let sum = o.iter().fold(0i32, |sum, &o| sum.wrapping_add(o));
                let place = at(d.o_base) + 4 * s.row.row as usize;
                let new = word(bytes, place).wrapping_add(sum as u32);
                bytes[place..place + 4].copy_from_slice(&new.to_le_bytes());
            }
        }
    }
}

/// The segment's lanes in whole blocks: the lanes behind it belong to the next segment, which is filled later.
fn blocks<'a, T>(column: &'a mut [T; ROOM], s: &Segment) -> &'a mut [[T; BLOCK]] {
    let end = s.first + s.len.next_multiple_of(BLOCK);
    column[s.first..end].as_chunks_mut().0
}

/// Fills `len` lanes (and what else the blocks hold, where the SRAM has it) from the halfwords at byte `at`.
fn gather<T>(bytes: &[u8], at: usize, len: usize, to: &mut [[T; BLOCK]], half: fn([u8; 2]) -> T) {
    let whole = bytes.get(at..at + 2 * BLOCK * to.len());
    let exact = || &bytes[at..at + 2 * len];
    let (halves, _) = whole.unwrap_or_else(exact).as_chunks::<2>();
    if let (from, []) = halves.as_chunks::<BLOCK>() {
        for (to, from) in to.iter_mut().zip(from) {
            *to = from.map(half);
        }
    } else {
        for (to, from) in to.as_flattened_mut().iter_mut().zip(halves) {
            *to = half(*from);
        }
    }
}

/// `r = c + round((a * b) >> shift)`; one loop for each rounding.
fn mac(slot: &Slot, r: &mut [i32], a: &[i16], b: &[i16], c: &[i16], draws: &[u16]) {
    let shift = u32::from(slot.shift);
    let one = |a: i16, b: i16, c: i16, term: i32| {
        let product = i32::from(a).wrapping_mul(i32::from(b));
        i32::from(c).wrapping_add(product.wrapping_add(term).wrapping_shr(shift))
    };
    let each = r.iter_mut().zip(a).zip(b).zip(c);
    if slot.round == Round::Stochastic && shift > 0 {
        let mask = (1u16 << shift).wrapping_sub(1);
        for ((((r, &a), &b), &c), &d) in each.zip(draws) {
            *r = one(a, b, c, i32::from(d & mask));
        }
    } else {
        let nearest = slot.round == Round::Nearest;
        let term = if nearest { (1 << shift) >> 1 } else { 0 };
        for (((r, &a), &b), &c) in each {
            *r = one(a, b, c, term);
        }
    }
}
