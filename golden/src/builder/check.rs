//! Whether a pass may run: what [`synfire_format::pass`] leaves to the builder.

use std::ops::Range;

use synfire_format::pass::{Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::{A, B, C, Op, Recipe, RecipeError, Round, Slot};
use thiserror::Error;

/// What a descriptor does not say and its caller knows. Magnitudes are the largest |value| in raw units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Stored indices are below this (sparse rows; dense rows have their entry number).
    pub indices: u32,
    /// Longest row of the row table, in entries (table rows only).
    pub longest_row: u32,
    /// 64-bit words from each base to the end of the last row (table rows only).
    pub table_words: u32,
    /// Bytes from which on the core's words are private.
    pub private_base: u32,
    /// Entries of the pass that share one index at most: the terms of one sum in Y.
    pub y_terms: u32,
    /// |Y|, |O| before the pass at most.
    pub y_start: u32,
    pub o_start: u32,
    /// |P0|..|P3|, |X|, |S0|..|S3| at most.
    pub planes: [u32; 4],
    pub x: u32,
    pub scalars: [u32; 4],
}

impl Facts {
    /// Nothing known about operands (any 16-bit value), sums that start at 0, no private words.
    pub fn new(sram_bytes: u32) -> Self {
        Self {
            indices: 0,
            longest_row: 0,
            table_words: 0,
            private_base: sram_bytes,
            y_terms: 1,
            y_start: 0,
            o_start: 0,
            planes: [1 << 15; 4],
            x: 1 << 15,
            scalars: [1 << 15; 4],
        }
    }
}

/// Why a pass is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PassError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("{what}")]
    Shape { what: String },
    #[error(
        "{what} takes bytes {start} to {end}, the SRAM ends at {size}: it is {} bytes too large or too high", end - size
    )]
    Outside {
        what: String,
        start: u64,
        end: u64,
        size: u64,
    },
    #[error(
        "{what} writes bytes {start} to {end}, the core's private words begin at {base}: place it {} bytes lower or raise the private base", end - base
    )]
    Private {
        what: String,
        start: u64,
        end: u64,
        base: u64,
    },
    #[error(
        "{written} is written and shares {bytes} bytes from {start} on with {other}: place them apart"
    )]
    Overlap {
        written: String,
        other: String,
        start: u64,
        bytes: u64,
    },
    #[error(
        "a sum in {target} can reach {largest} ({terms} terms of up to {addend}, starting from {start}), a 32-bit accumulator ends at 2147483647: raise the shift or bound the operands {factor} times lower"
    )]
    Sum {
        target: &'static str,
        largest: u64,
        terms: u64,
        addend: u64,
        start: u64,
        factor: u64,
    },
}

/// A range of bytes of the pass.
struct Used {
    what: String,
    bytes: Range<u64>,
    written: bool,
}

/// Checks a pass: its recipe, shape, ranges and sums.
///
/// # Errors
/// What is wrong, by how much, and what to do.
pub fn check_pass(
    d: &Descriptor,
    recipe: &Recipe,
    sram_bytes: u32,
    facts: &Facts,
) -> Result<(), PassError> {
    recipe.check()?;
    shape(d, recipe)?;
    let used = ranges(d, recipe, facts);
    let size = u64::from(sram_bytes);
    let base = u64::from(facts.private_base);
    for u in &used {
        let (start, end) = (u.bytes.start, u.bytes.end);
        let what = u.what.clone();
        if end > size {
            return Err(PassError::Outside {
                what,
                start,
                end,
                size,
            });
        }
        if u.written && end > base {
            return Err(PassError::Private {
                what,
                start,
                end,
                base,
            });
        }
    }
    apart(&used)?;
    sums(d, recipe, facts)
}

/// Combinations of fields that mean nothing or depend on the order of steps.
fn shape(d: &Descriptor, recipe: &Recipe) -> Result<(), PassError> {
    let fail = |what: String| Err(PassError::Shape { what });
    let (slots, said) = (recipe.slots.len(), d.slots);
    if slots != usize::from(said) {
        return fail(format!(
            "the recipe has {slots} slots, the pass says {said}: make them equal"
        ));
    }
    if d.x_kind == XKind::Acc32 && d.rows != Rows::Dense {
        return fail("X from 32-bit accumulators is for dense rows: scale them to 16 bits in a vector pass before".into());
    }
    if d.x_clear && d.x_kind != XKind::Acc32 {
        return fail("only 32-bit accumulators can be cleared after reading: set X to them or leave the clearing out".into());
    }
    if d.x_clear && d.row_count > 1 {
        return fail(format!(
            "the first of {} rows would clear the accumulators that the others read: clear in a pass of one row",
            d.row_count
        ));
    }
    if d.flag_to == FlagTo::Bitmap && d.row_count > 1 {
        return fail(format!(
            "a flag bitmap is for one row, the pass has {}: use a flag queue",
            d.row_count
        ));
    }
    if d.skip && d.scalars == 0 {
        return fail(
            "rows are skipped by scalar 0, and the pass has no scalars: give it one".into(),
        );
    }
    if d.planes > 4 || d.scalars > 4 {
        return fail(format!(
            "{} planes and {} scalars: a pass has four of each",
            d.planes, d.scalars
        ));
    }
    if d.plane_writes >> d.planes != 0 {
        return fail(format!(
            "plane {} is written, and the pass has {}: add the plane",
            7 - d.plane_writes.leading_zeros(),
            d.planes
        ));
    }
    if d.vector && (d.rows != Rows::Dense || d.row_count != 1) {
        return fail("a vector pass is one dense row: set rows and row count so".into());
    }
    let last = u32::from(d.row_first) + u32::from(d.row_count);
    if last > 1 << 16 {
        return fail(format!(
            "the pass ends at row {last}, rows are numbered to 65535: split the population"
        ));
    }
    let stride = 4 * u32::from(d.row_stride);
    if d.rows != Rows::Table
        && d.row_count > 1
        && d.plane_writes != 0
        && u32::from(d.entries) > stride
    {
        return fail(format!(
            "rows of {} entries lie {stride} apart and would write over each other: raise the row stride to {} words",
            d.entries,
            d.entries.div_ceil(4)
        ));
    }
    Ok(())
}

/// Everything the pass reads or writes.
fn ranges(d: &Descriptor, recipe: &Recipe, facts: &Facts) -> Vec<Used> {
    let mut used = Vec::new();
    let mut add = |what: &str, base: u16, from: u64, to: u64, written: bool| {
        let base = 8 * u64::from(base);
        if from < to {
            used.push(Used {
                what: what.into(),
                bytes: base + from..base + to,
                written,
            });
        }
    };
    let first = u64::from(d.row_first);
    let rows = u64::from(d.row_count);
    let end = first + rows;
    let longest = longest(d, facts);
    let stride = 8 * u64::from(d.row_stride);
    let (from, to) = match d.rows {
        Rows::Table => (0, 8 * u64::from(facts.table_words)),
        _ if rows == 0 || longest == 0 => (0, 0),
        _ => (stride * first, stride * (end - 1) + 2 * longest),
    };
    let indices = if d.rows == Rows::Dense {
        longest
    } else {
        facts.indices.into()
    };
    add(
        "the recipe",
        d.recipe,
        0,
        8 * recipe.encode().len() as u64,
        false,
    );
    if d.rows != Rows::Dense {
        add("the index array", d.index_base, from, to, false);
    }
    for p in 0..usize::from(d.planes) {
        let written = d.plane_writes >> p & 1 == 1;
        add(&format!("plane {p}"), d.plane_base[p], from, to, written);
    }
    match d.x_kind {
        XKind::None => {}
        XKind::Vec16 => add("X", d.x_base, 0, 2 * indices, false),
        XKind::Acc32 => add("X", d.x_base, 0, 4 * indices, d.x_clear),
    }
    if d.scatter {
        add("Y", d.y_base, 0, 4 * indices, true);
    }
    if d.reduce {
        add("O", d.o_base, 4 * first, 4 * end, true);
    }
    for k in 0..usize::from(d.scalars) {
        add(
            &format!("scalar {k}"),
            d.scalar_base[k],
            2 * first,
            2 * end,
            false,
        );
    }
    if d.rows == Rows::Table {
        add("the row table", d.table_base, 4 * first, 4 * end, false);
    }
    if d.event_walk && rows > 0 {
        add(
            "the event list",
            d.event_base,
            first / 8,
            (end - 1) / 8 + 1,
            false,
        );
    }
    match d.flag_to {
        FlagTo::None => {}
        FlagTo::Queue => add(
            "the flag queue",
            d.queue_base,
            0,
            8 + 4 * u64::from(d.queue_capacity),
            true,
        ),
        FlagTo::Bitmap => add(
            "the flag bitmap",
            d.queue_base,
            0,
            2 * longest.div_ceil(16),
            true,
        ),
    }
    used
}

fn longest(d: &Descriptor, facts: &Facts) -> u64 {
    if d.rows == Rows::Table {
        facts.longest_row.into()
    } else {
        d.entries.into()
    }
}

/// No written range may share a byte with another.
fn apart(used: &[Used]) -> Result<(), PassError> {
    for (i, u) in used.iter().enumerate() {
        for v in &used[i + 1..] {
            let start = u.bytes.start.max(v.bytes.start);
            let end = u.bytes.end.min(v.bytes.end);
            if start < end && (u.written || v.written) {
                let (w, o) = if u.written { (u, v) } else { (v, u) };
                return Err(PassError::Overlap {
                    written: w.what.clone(),
                    other: o.what.clone(),
                    start,
                    bytes: end - start,
                });
            }
        }
    }
    Ok(())
}

/// Bounds of every value by the bounds of the operands; sums must stay below 2^31.
fn sums(d: &Descriptor, recipe: &Recipe, facts: &Facts) -> Result<(), PassError> {
    let (y, o) = addends(d, recipe, facts);
    let fits = |target: &'static str, terms: u64, addend: u64, start: u32| {
        let start = u64::from(start);
        let largest = terms * addend + start;
        if largest < 1 << 31 {
            return Ok(());
        }
        let factor = largest.div_ceil((1 << 31) - 1);
        Err(PassError::Sum {
            target,
            largest,
            terms,
            addend,
            start,
            factor,
        })
    };
    if d.scatter {
        fits("Y", facts.y_terms.into(), y, facts.y_start)?;
    }
    if d.reduce {
        fits("O", longest(d, facts), o, facts.o_start)?;
    }
    Ok(())
}

/// The largest |addend| to Y and to O.
fn addends(d: &Descriptor, recipe: &Recipe, facts: &Facts) -> (u64, u64) {
    let given = |bound: u32, exists: bool| {
        if exists {
            u64::from(bound.min(1 << 15))
        } else {
            0
        }
    };
    let mut planes: [u64; 4] =
        std::array::from_fn(|p| given(facts.planes[p], p < usize::from(d.planes)));
    let scalars: [u64; 4] =
        std::array::from_fn(|k| given(facts.scalars[k], k < usize::from(d.scalars)));
    let x = given(facts.x, d.x_kind != XKind::None);
    let constants = recipe.constants.map(|k| u64::from(k.unsigned_abs()));
    let (mut results, mut y, mut o) = ([0; 3], 0, 0);
    for s in &recipe.slots {
        let a = match s.a {
            A::P(n) => planes[usize::from(n)],
            A::X => x,
            A::R(n) => results[usize::from(n)],
        };
        let b = match s.b {
            B::S(n) => scalars[usize::from(n)],
            B::K(n) => constants[usize::from(n)],
            B::X => x,
            B::R(n) => results[usize::from(n)],
        };
        let c = match s.c {
            C::Zero => 0,
            C::R(n) => results[usize::from(n)],
            C::P(n) => planes[usize::from(n)],
            C::S(n) => scalars[usize::from(n)],
            C::K(n) => constants[usize::from(n)],
        };
        let r = bound(s, a, b, c);
        if let Some(n) = s.result {
            results[usize::from(n)] = r.min(1 << 15);
        }
        if let Some(n) = s.plane {
            planes[usize::from(n)] = r.min(1 << 15);
        }
        if s.to_y {
            y = r;
        }
        if s.to_o {
            o = r;
        }
    }
    (y, o)
}

/// |r| at most. Every rounding gives at most the quotient rounded away from 0.
fn bound(s: &Slot, a: u64, b: u64, c: u64) -> u64 {
    match s.op {
        Op::Mac if s.round == Round::Nearest && s.shift > 0 => {
            c + ((a * b + (1 << (s.shift - 1))) >> s.shift)
        }
        Op::Mac => c + (a * b).div_ceil(1 << s.shift),
        Op::Min | Op::Max | Op::Sel => a.max(c),
        Op::Ge | Op::Eq => 1,
        Op::NegIf => c,
    }
}
