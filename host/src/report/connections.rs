//! Where the network looks: connections of the first layer, by pixel.

use super::pictures::{BLUE, Canvas, Drawn, FAINT, INK, ORANGE, QUIET, text_at, tint};
use crate::deepr::network::Layer;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// Connections of each input.
pub(super) fn counts(layer: &Layer) -> Vec<f64> {
    let mut n = vec![0.0; layer.shape.n_in];
    for &i in &layer.index {
        n[usize::from(i)] += 1.0;
    }
    n
}

/// Sum of the magnitudes of each input's weights, 1 is a weight of 1.
pub(super) fn strengths(layer: &Layer) -> Vec<f64> {
    let mut sum = vec![0.0; layer.shape.n_in];
    for (&i, &w) in layer.index.iter().zip(&layer.weight) {
        sum[usize::from(i)] += f64::from(w).abs() / f64::from(1 << 14);
    }
    sum
}

/// Draws the number of connections by pixel of an image of `size` (rows, columns).
pub(super) fn count(area: &Canvas, layer: &Layer, size: (usize, usize)) -> Drawn {
    heat(area, &counts(layer), size, BLUE, "connections", 0)
}

/// Draws number and strength of the connections beside each other.
pub(super) fn both(area: &Canvas, layer: &Layer, size: (usize, usize)) -> Drawn {
    let halves = area.split_evenly((1, 2));
    count(&halves[0], layer, size)?;
    let strengths = strengths(layer);
    heat(&halves[1], &strengths, size, ORANGE, "sum of |weight|", 2)
}

/// One square a pixel, with the scale below; `decimals` of the scale's figures.
fn heat(
    area: &Canvas,
    values: &[f64],
    (rows, columns): (usize, usize),
    colour: RGBColor,
    what: &str,
    decimals: usize,
) -> Drawn {
    let (w, h) = area.dim_in_pixel();
    let (w, h) = (w as i32, h as i32);
    let (below, margin) = (40, 14);
    let square = ((w - 2 * margin) / columns as i32)
        .min((h - below) / rows as i32)
        .max(1);
    let (width, height) = (square * columns as i32, square * rows as i32);
    let left = margin;
    let most = values.iter().copied().fold(0.0, f64::max);
    let gap = i32::from(square > 6);
    for (i, v) in values.iter().enumerate() {
        let (x, y) = (
            left + square * (i % columns) as i32,
            square * (i / columns) as i32,
        );
        let share = if most > 0.0 { v / most } else { 0.0 };
        area.draw(&Rectangle::new(
            [(x, y), (x + square - gap, y + square - gap)],
            tint(colour, share).filled(),
        ))?;
    }
    area.draw(&Rectangle::new(
        [(left - 1, -1), (left + width, height)],
        FAINT.stroke_width(1),
    ))?;
    // The scale, in steps that are as wide as they are different.
    let (top, bottom) = (height + 12, height + 24);
    let (from, to) = (left + 12, left + 112);
    for s in 0..20 {
        let x = from + s * (to - from) / 20;
        area.draw(&Rectangle::new(
            [(x, top), (x + (to - from) / 20, bottom)],
            tint(colour, f64::from(s) / 19.0).filled(),
        ))?;
    }
    let middle = (top + bottom) / 2;
    area.draw(&Text::new(
        "0",
        (left, middle),
        text_at(13, QUIET, HPos::Left),
    ))?;
    area.draw(&Text::new(
        format!("{most:.decimals$} {what} a pixel"),
        (to + 6, middle),
        text_at(13, INK, HPos::Left),
    ))
}
