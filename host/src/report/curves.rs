//! Curves over epochs, histograms of weights, bars of cycles.

use super::VerifyFigures;
use super::pictures::{
    BLUE, Canvas, Drawn, FAINT, INK, ORANGE, QUIET, layer_colour, text, text_at, tint,
};
use crate::deepr::network::Network;
use crate::deepr::train::Epoch;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// The curves of one chart: name, colour, one value an epoch.
type Curves = Vec<(String, RGBColor, Vec<f64>)>;

/// Training accuracy before each update and validation accuracy after each epoch, in percent; `dense` in 0..1.
pub(super) fn accuracy(area: &Canvas, history: &[Epoch], dense: Option<f64>) -> Drawn {
    let validation: Vec<f64> = history
        .iter()
        .map(|e| 100.0 * e.validation.accuracy())
        .collect();
    let training = history
        .iter()
        .map(|e| 100.0 * e.training.correct as f64 / e.training.samples.max(1) as f64)
        .collect();
    let last = validation.last().copied().unwrap_or(0.0);
    let low = accuracy_floor(&validation);
    let curves: Curves = vec![
        ("training (before each update)".into(), QUIET, training),
        (format!("validation, {last:.2} %"), BLUE, validation),
    ];
    let line = dense.map(|d| {
        (
            format!("dense float network, {:.2} %", 100.0 * d),
            100.0 * d,
        )
    });
    over_epochs(area, (low, 100.0), "%", &curves, line)
}

/// Lower end of the accuracy axis in percent: a ten below that of the first quartile, so that the first epochs do not
/// flatten all others.
fn accuracy_floor(percent: &[f64]) -> f64 {
    let mut sorted = percent.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = sorted.get(sorted.len() / 4).copied().unwrap_or(100.0);
    ((quartile / 10.0).floor() * 10.0 - 10.0).clamp(0.0, 80.0)
}

/// Connections redrawn in each epoch, one curve a layer.
pub(super) fn redrawn(area: &Canvas, history: &[Epoch]) -> Drawn {
    let layers = history.first().map_or(0, |e| e.training.redrawn.len());
    let curves: Curves = (0..layers)
        .map(|l| {
            let values = history
                .iter()
                .map(|e| e.training.redrawn[l] as f64)
                .collect();
            (format!("layer {}", l + 1), layer_colour(l), values)
        })
        .collect();
    let most = curves
        .iter()
        .flat_map(|c| &c.2)
        .copied()
        .fold(1.0, f64::max);
    // Room for the legend above the curves.
    over_epochs(area, (0.0, 1.45 * most), "connections", &curves, None)
}

/// Draws curves over epochs 1, 2, ... and a dashed line at a value. What lies outside the axis is drawn at its end.
fn over_epochs(
    area: &Canvas,
    (low, high): (f64, f64),
    unit: &str,
    curves: &Curves,
    line: Option<(String, f64)>,
) -> Drawn {
    let epochs = curves.iter().map(|c| c.2.len()).max().unwrap_or(0);
    // One epoch is a point: the axis goes on to the second so that it has a length.
    let end = epochs.max(2) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin_right(18)
        .margin_top(6)
        .margin_left(8)
        .x_label_area_size(40)
        .y_label_area_size(74)
        .build_cartesian_2d(1.0..end, low..high)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .bold_line_style(FAINT)
        .axis_style(QUIET)
        .x_labels(epochs.clamp(2, 10))
        .x_label_formatter(&|x| {
            if x.fract().abs() < 1e-6 {
                format!("{x:.0}")
            } else {
                String::new()
            }
        })
        .y_labels(6)
        .y_label_formatter(&|y| format!("{y:.0}"))
        .label_style(text(13, INK))
        .axis_desc_style(text(13, QUIET))
        .x_desc("epoch")
        .y_desc(unit)
        .draw()?;
    let width = if epochs > 60 { 1 } else { 2 };
    for (name, colour, values) in curves {
        let colour = *colour;
        let points = || {
            (1..)
                .map(f64::from)
                .zip(values.iter().map(|v| v.clamp(low, high)))
        };
        chart
            .draw_series(LineSeries::new(points(), colour.stroke_width(width)))?
            .label(name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        if values.len() <= 30 {
            chart.draw_series(points().map(|p| Circle::new(p, 3, colour.filled())))?;
        }
    }
    if let Some((name, value)) = line {
        chart
            .draw_series(DashedLineSeries::new(
                [1.0, end].map(|x| (x, value.clamp(low, high))),
                6,
                4,
                ORANGE.stroke_width(2),
            ))?
            .label(name)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], ORANGE.stroke_width(2)));
    }
    let place = if low == 0.0 && unit != "%" {
        SeriesLabelPosition::UpperRight
    } else {
        SeriesLabelPosition::LowerRight
    };
    chart
        .configure_series_labels()
        .position(place)
        .margin(12)
        .label_font(text(13, INK))
        .background_style(WHITE.mix(0.85))
        .border_style(FAINT)
        .draw()
}

/// Bins of a histogram, half of them below 0.
const BINS: usize = 40;

/// Share of the weights, 0..1, in each of [`BINS`] equal bins over -limit..limit.
fn histogram(weights: &[i16], limit: f64) -> Vec<f64> {
    let mut bins = vec![0.0; BINS];
    for &w in weights {
        let at = (f64::from(w) / limit + 1.0) / 2.0 * BINS as f64;
        bins[(at as usize).min(BINS - 1)] += 1.0 / weights.len() as f64;
    }
    bins
}

/// Histogram of each layer's weights, all over the same range.
pub(super) fn weights(area: &Canvas, network: &Network) -> Drawn {
    let all = || network.layers.iter().flat_map(|l| &l.weight);
    let largest = all().map(|w| w.unsigned_abs()).max().unwrap_or(1).max(1);
    let one = f64::from(1 << 14);
    // A quarter is the grain of the axis.
    let limit = (f64::from(largest) / one * 4.0).ceil() / 4.0;
    let panels = area.split_evenly((1, network.layers.len()));
    for (l, (panel, layer)) in panels.iter().zip(&network.layers).enumerate() {
        let bins = histogram(&layer.weight, limit * one);
        let most = bins.iter().copied().fold(0.0, f64::max);
        let (head, body) = panel.split_vertically(20);
        let negative = layer.weight.iter().filter(|w| **w < 0).count();
        head.draw(&Text::new(
            format!(
                "layer {}: {} weights, {:.0} % negative",
                l + 1,
                layer.weight.len(),
                100.0 * negative as f64 / layer.weight.len() as f64
            ),
            (14, 8),
            text_at(13, INK, HPos::Left),
        ))?;
        let mut chart = ChartBuilder::on(&body)
            .margin_right(14)
            .margin_top(6)
            .x_label_area_size(28)
            .y_label_area_size(46)
            .build_cartesian_2d(-limit..limit, 0.0..110.0 * most)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .bold_line_style(FAINT)
            .axis_style(QUIET)
            .x_labels(5)
            .y_labels(5)
            .x_label_formatter(&|x| format!("{x:.2}"))
            .y_label_formatter(&|y| format!("{y:.0} %"))
            .label_style(text(12, INK))
            .draw()?;
        let width = 2.0 * limit / BINS as f64;
        chart.draw_series(
            bins.iter()
                .enumerate()
                .filter(|b| *b.1 > 0.0)
                .map(|(i, share)| {
                    let x = -limit + width * i as f64;
                    let colour = if i < BINS / 2 { ORANGE } else { BLUE };
                    Rectangle::new(
                        [(x, 0.0), (x + width, 100.0 * share)],
                        tint(colour, 0.85).filled(),
                    )
                }),
        )?;
    }
    Ok(())
}

/// A bar of the picture of cycles: what, mean cycles a sample, colour.
pub(super) type CycleRow = (String, f64, RGBColor);

/// Passes in their order, then what is left of a sample: the control core's own work between them.
pub(super) fn cycle_rows(v: &VerifyFigures) -> Vec<CycleRow> {
    let mut rows: Vec<CycleRow> = v
        .passes
        .iter()
        .map(|p| {
            let forward = p.pass.starts_with("forward") || p.pass.starts_with("activations");
            (
                p.pass.clone(),
                p.cycles,
                if forward { BLUE } else { ORANGE },
            )
        })
        .collect();
    let rest = v.cycles_per_sample - rows.iter().map(|r| r.1).sum::<f64>();
    if !rows.is_empty() && rest > 0.0 {
        rows.push(("between passes (core)".into(), rest, QUIET));
    }
    rows
}

/// Draws a bar a row.
pub(super) fn cycles(area: &Canvas, rows: &[CycleRow]) -> Drawn {
    let (left, right) = (200, area.dim_in_pixel().0 as i32 - 150);
    let sum: f64 = rows.iter().map(|r| r.1).sum();
    let most = rows.iter().map(|r| r.1).fold(1.0, f64::max);
    for (i, (what, n, colour)) in rows.iter().enumerate() {
        let y = 14 + 24 * i as i32;
        let end = left + (f64::from(right - left) * n / most) as i32;
        area.draw(&Text::new(
            what.clone(),
            (left - 8, y),
            text_at(13, INK, HPos::Right),
        ))?;
        area.draw(&Rectangle::new(
            [(left, y - 8), (end.max(left + 1), y + 8)],
            tint(*colour, 0.85).filled(),
        ))?;
        area.draw(&Text::new(
            format!("{n:.0} cycles, {:.1} %", 100.0 * n / sum.max(1.0)),
            (end + 6, y),
            text_at(13, INK, HPos::Left),
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accuracy_axis_begins_below_three_quarters_of_the_epochs() {
        assert_eq!(accuracy_floor(&[40.0, 91.0, 93.0, 95.0, 96.0]), 80.0);
        assert_eq!(accuracy_floor(&[40.0, 45.0]), 30.0);
        assert_eq!(accuracy_floor(&[]), 80.0);
    }

    #[test]
    fn a_histogram_has_every_weight_and_zero_begins_the_upper_half() {
        let bins = histogram(&[-16384, -1, 0, 16383], 16384.0);
        let filled: Vec<usize> = (0..BINS).filter(|&b| bins[b] > 0.0).collect();
        assert_eq!(filled, [0, 19, 20, 39]);
        assert_eq!(bins.iter().sum::<f64>(), 1.0);
    }
}
