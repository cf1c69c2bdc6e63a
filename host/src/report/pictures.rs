//! Canvas, colours and text that all pictures share.

use super::ReportError;
use super::paper::{self, Paper};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(super) type Canvas<'a> = DrawingArea<Paper<'a>, Shift>;
pub(super) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

pub(super) const INK: RGBColor = RGBColor(34, 40, 49);
pub(super) const FAINT: RGBColor = RGBColor(222, 226, 232);
pub(super) const QUIET: RGBColor = RGBColor(110, 118, 130);
pub(super) const BLUE: RGBColor = RGBColor(38, 103, 176);
pub(super) const ORANGE: RGBColor = RGBColor(217, 119, 43);

/// Colours of layers 1, 2, ...; told apart with any kind of colour sight.
const LAYERS: [RGBColor; 5] = [
    BLUE,
    ORANGE,
    RGBColor(20, 140, 110),
    RGBColor(168, 76, 148),
    RGBColor(120, 120, 120),
];

/// Colour of layer `l`, counted from 0.
pub(super) fn layer_colour(l: usize) -> RGBColor {
    LAYERS[l % LAYERS.len()]
}

/// A colour `share` of the way from white to `full`; `share` in 0..=1.
pub(super) fn tint(full: RGBColor, share: f64) -> RGBColor {
    let mix = |c: u8| (255.0 - (255.0 - f64::from(c)) * share.clamp(0.0, 1.0)).round() as u8;
    RGBColor(mix(full.0), mix(full.1), mix(full.2))
}

/// Text of `size` pixels.
pub(super) fn text(size: u32, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour)
}

/// Text anchored at its middle height, its left end, middle or right end.
pub(super) fn text_at(size: u32, colour: RGBColor, end: HPos) -> TextStyle<'static> {
    text(size, colour).pos(Pos::new(end, VPos::Center))
}

/// Writes `what` into the upper left corner and returns the area below it.
pub(super) fn titled<'a>(area: &Canvas<'a>, what: &str) -> Drawn<Canvas<'a>> {
    let (head, body) = area.split_vertically(32);
    head.draw(&Text::new(what.to_string(), (14, 10), text(17, INK)))?;
    Ok(body)
}

/// A picture in both forms.
pub(super) struct Drawing {
    pub(super) svg: String,
    pub(super) png: Vec<u8>,
}

/// Draws a picture without a title. White lies under it: a page may be dark.
pub(super) fn untitled(
    name: &'static str,
    size: (u32, u32),
    draw: impl Fn(&Canvas) -> Drawn,
) -> Result<Drawing, ReportError> {
    let fail = |what: String| ReportError::Draw { name, what };
    let on = |paper: Paper| -> Drawn {
        let root = paper.into_drawing_area();
        root.fill(&WHITE)?;
        draw(&root)?;
        root.present()
    };
    let mut svg = String::new();
    on(Paper::svg(&mut svg, size)).map_err(|e| fail(e.to_string()))?;
    let mut buffer = vec![0; paper::buffer_bytes(size)];
    on(Paper::pixels(&mut buffer, size)).map_err(|e| fail(e.to_string()))?;
    let png = paper::png(&buffer, size).map_err(|e| fail(e.to_string()))?;
    Ok(Drawing { svg, png })
}

/// Draws a picture below its title.
pub(super) fn drawing(
    name: &'static str,
    size: (u32, u32),
    title: &str,
    draw: impl Fn(&Canvas) -> Drawn,
) -> Result<Drawing, ReportError> {
    untitled(name, size, |root| draw(&titled(root, title)?))
}
