//! What lies where in the PE's SRAM.

use super::pictures::{
    BLUE, Canvas, Drawn, FAINT, INK, ORANGE, QUIET, layer_colour, text_at, tint,
};
use crate::deepr::layout::{Layout, Region};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// What a region is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connections,
    Values,
    Errors,
    Program,
}

impl Kind {
    pub(super) const ALL: [(Kind, &'static str); 4] = [
        (Kind::Connections, "connections: indices, weights"),
        (Kind::Values, "images, activations, sums"),
        (Kind::Errors, "errors, flags"),
        (Kind::Program, "firmware, recipes, passes"),
    ];

    /// By the region's name, as [`Layout::new`] gives it.
    pub(super) fn of(name: &str) -> Kind {
        let is = |words: &[&str]| words.iter().any(|w| name.contains(w));
        if is(&["indices", "weights"]) {
            Kind::Connections
        } else if is(&["errors", "delta", "owed", "queue", "one-hot"]) {
            Kind::Errors
        } else if is(&["input", "activations", "sums", "exponentials", "reciprocal"]) {
            Kind::Values
        } else {
            Kind::Program
        }
    }

    fn colour(self) -> RGBColor {
        match self {
            Kind::Connections => BLUE,
            Kind::Values => layer_colour(2),
            Kind::Errors => ORANGE,
            Kind::Program => layer_colour(3),
        }
    }
}

/// Bytes that the regions take, in whole words of 64 bits.
pub(super) fn used(regions: &[Region]) -> u32 {
    regions.iter().map(|r| r.bytes.next_multiple_of(8)).sum()
}

/// Rows of the bar: the quarters that [`Layout::new`] keeps apart.
const QUARTERS: u32 = 4;

/// Draws the memory as four bars of a quarter each, and the legend.
pub(super) fn map(area: &Canvas, layout: &Layout) -> Drawn {
    let (w, h) = area.dim_in_pixel();
    let (left, right, below) = (78, w as i32 - 14, 54);
    let pitch = (h as i32 - below) / QUARTERS as i32;
    let bar = pitch - 8;
    let quarter = layout.sram_bytes / QUARTERS;
    let x_of = |offset: u32| {
        left + (i64::from(right - left) * i64::from(offset) / i64::from(quarter)) as i32
    };
    for q in 0..QUARTERS {
        let y = pitch * q as i32;
        area.draw(&Text::new(
            format!("{:#07x}", q * quarter),
            (left - 8, y + bar / 2),
            text_at(13, QUIET, HPos::Right),
        ))?;
        area.draw(&Rectangle::new(
            [(left, y), (right, y + bar)],
            FAINT.filled(),
        ))?;
    }
    let regions = layout.map();
    for r in &regions {
        for q in 0..QUARTERS {
            let from = r.address.max(q * quarter);
            let to = (r.address + r.bytes).min((q + 1) * quarter);
            if from < to {
                let y = pitch * q as i32;
                let (x0, x1) = (x_of(from - q * quarter), x_of(to - q * quarter));
                piece(area, r, [(x0, y), (x1, y + bar)])?;
            }
        }
    }
    let used = used(&regions);
    let y = pitch * QUARTERS as i32 + 10;
    let mut x = left;
    for (kind, what) in Kind::ALL {
        area.draw(&Rectangle::new(
            [(x, y - 5), (x + 11, y + 6)],
            tint(kind.colour(), 0.75).filled(),
        ))?;
        area.draw(&Text::new(what, (x + 17, y), text_at(13, INK, HPos::Left)))?;
        x += 40 + 6 * what.len() as i32;
    }
    area.draw(&Text::new(
        format!(
            "{used} of {} bytes used, {} free",
            layout.sram_bytes,
            layout.sram_bytes - used
        ),
        (left, y + 24),
        text_at(13, INK, HPos::Left),
    ))
}

/// A region's part within one bar, with its name if that has room.
fn piece(area: &Canvas, r: &Region, [from, to]: [(i32, i32); 2]) -> Drawn {
    let colour = tint(Kind::of(&r.name).colour(), 0.75);
    let to = (to.0.max(from.0 + 1), to.1);
    area.draw(&Rectangle::new([from, to], colour.filled()))?;
    area.draw(&Rectangle::new([from, to], WHITE.stroke_width(1)))?;
    // About 6 pixels a letter: there is no font here to measure.
    if to.0 - from.0 > 6 * r.name.len() as i32 + 6 {
        area.draw(&Text::new(
            r.name.clone(),
            ((from.0 + to.0) / 2, (from.1 + to.1) / 2),
            text_at(12, WHITE, HPos::Center),
        ))?;
    }
    Ok(())
}
