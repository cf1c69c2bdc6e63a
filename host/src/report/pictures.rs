//! What the pictures share: canvas, colours, text; and the one compact picture of the README.

use super::{Report, ReportError, connections, curves, memory};
use crate::deepr::layout::Layout;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What a picture is drawn on.
pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Whether a picture could be drawn.
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Forward, positive, first.
pub(super) const BLUE: RGBColor = RGBColor(0x26, 0x67, 0xb0);
/// Backward, negative, second.
pub(super) const ORANGE: RGBColor = RGBColor(0xd9, 0x77, 0x2b);
/// Text.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x28, 0x31);
/// Text and lines that stand back.
pub(super) const QUIET: RGBColor = RGBColor(0x6e, 0x76, 0x82);
/// Frames and grids.
pub(super) const FAINT: RGBColor = RGBColor(0xde, 0xe2, 0xe8);

/// Colour of layer `l`, from 0.
pub(super) fn layer_colour(l: usize) -> RGBColor {
    const COLOURS: [RGBColor; 4] = [
        BLUE,
        ORANGE,
        RGBColor(0x14, 0x8c, 0x6e),
        RGBColor(0xa8, 0x4c, 0x94),
    ];
    COLOURS[l % COLOURS.len()]
}

/// `colour` thinned with white: 0 is white, 1 the colour.
pub(super) fn tint(colour: RGBColor, share: f64) -> RGBColor {
    let mix = |c: u8| (255.0 - share.clamp(0.0, 1.0) * (255.0 - f64::from(c))) as u8;
    RGBColor(mix(colour.0), mix(colour.1), mix(colour.2))
}

/// Text of `size` pixels that begins at its place.
pub(super) fn text(size: i32, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour)
}

/// Text whose left end, middle or right end is at its place, vertically centred.
pub(super) fn text_at(size: i32, colour: RGBColor, h: HPos) -> TextStyle<'static> {
    text(size, colour).pos(Pos::new(h, VPos::Center))
}

/// Height of a title in pixels.
pub(super) const TITLE: u32 = 32;

/// Draws a picture of (width, height) pixels as SVG.
fn untitled(
    what: &'static str,
    size: (u32, u32),
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, ReportError> {
    let mut out = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut out, size).into_drawing_area();
        area.fill(&WHITE)
            .and_then(|()| draw(&area))
            .and_then(|()| area.present())
    };
    drawn.map_err(|e| ReportError::Drawing {
        what,
        why: e.to_string(),
    })?;
    Ok(out)
}

/// Splits a title off the top and writes it; returns what is left.
fn titled<'a>(
    area: &Canvas<'a>,
    title: &str,
) -> Result<Canvas<'a>, DrawingAreaErrorKind<std::io::Error>> {
    let (head, body) = area.split_vertically(TITLE);
    head.draw(&Text::new(title.to_string(), (14, 10), text(17, INK)))?;
    Ok(body)
}

/// Draws a picture of (width, height) pixels under its title, as SVG.
pub(super) fn svg(
    title: &'static str,
    size: (u32, u32),
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, ReportError> {
    untitled(title, size, |area| draw(&titled(area, title)?))
}

/// The compact picture: connections on the image, accuracy, memory.
pub(super) fn compact(input: &Report<'_>, layout: &Layout) -> Result<String, ReportError> {
    let c = input.checkpoint;
    let kilobytes = layout.sram_bytes >> 10;
    let memory_title = format!(
        "Memory of the PE, {kilobytes} KB: training and inference with {} connections, {:.1} % of the dense network's",
        c.network.connections(),
        100.0 * c.network.connectivity()
    );
    untitled("the compact picture", (960, 500), |area| {
        let (top, bottom) = area.split_vertically(310);
        let (left, right) = top.split_horizontally(280);
        let picture = titled(&left, "Connections of layer 1 on the image")?;
        connections::count(&picture, &c.network.layers[0], input.image_size)?;
        let chart = titled(&right, "Accuracy per epoch")?;
        curves::accuracy(&chart, &c.history, input.dense_float)?;
        memory::map(&titled(&bottom, &memory_title)?, layout)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tint_goes_from_white_to_the_colour() {
        assert_eq!(tint(BLUE, 0.0), RGBColor(255, 255, 255));
        assert_eq!(tint(BLUE, 1.0), BLUE);
        assert_eq!(tint(BLUE, 2.0), BLUE);
    }
}
