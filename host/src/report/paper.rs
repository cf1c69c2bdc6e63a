//! What pictures are drawn on: SVG, or pixels for a PNG. One set of drawing functions serves both.

use plotters::prelude::*;
use plotters::style::register_font;
use plotters::style::text_anchor::VPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use std::io::Error;
use std::sync::Once;

/// Pixels of a PNG for a pixel of the SVG, along each side: text of 12 pixels is read easily in neither print nor on
/// fine screens.
const SCALE: u32 = 2;

/// The font of measured and rasterised text; a machine need not have any. SVG text is the viewer's sans-serif.
const FONT: &[u8] = include_bytes!("../../assets/font/DejaVuSans-ASCII.ttf");

/// SVG text, or an RGB buffer of [`SCALE`] times its size.
pub(super) enum Paper<'a> {
    Svg(SVGBackend<'a>),
    Pixels(BitMapBackend<'a>),
}

type Done = Result<(), DrawingErrorKind<Error>>;

impl<'a> Paper<'a> {
    /// SVG of `size` pixels into `text`.
    pub(super) fn svg(text: &'a mut String, size: (u32, u32)) -> Self {
        use_font();
        Paper::Svg(SVGBackend::with_string(text, size))
    }

    /// The same picture as pixels; `buffer` has [`buffer_bytes`] of `size`.
    pub(super) fn pixels(buffer: &'a mut [u8], size: (u32, u32)) -> Self {
        use_font();
        Paper::Pixels(BitMapBackend::with_buffer(
            buffer,
            (SCALE * size.0, SCALE * size.1),
        ))
    }
}

fn use_font() {
    static ONCE: Once = Once::new();
    // A font that is none shows in the first picture as an error of its text.
    ONCE.call_once(|| drop(register_font("sans-serif", FontStyle::Normal, FONT)));
}

/// Bytes of a picture of `size` as pixels.
pub(super) fn buffer_bytes(size: (u32, u32)) -> usize {
    3 * (SCALE * size.0) as usize * (SCALE * size.1) as usize
}

/// The PNG file of a buffer that was drawn on.
pub(super) fn png(buffer: &[u8], size: (u32, u32)) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SCALE * size.0, SCALE * size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Plain areas and repeated rows, no gradients: filters only disturb the compression.
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_compression(png::Compression::Best);
    encoder.write_header()?.write_image_data(buffer)?;
    Ok(file)
}

/// A style with lines [`SCALE`] times as wide.
struct Scaled(BackendColor, u32);

impl BackendStyle for Scaled {
    fn color(&self) -> BackendColor {
        self.0
    }

    fn stroke_width(&self) -> u32 {
        self.1
    }
}

fn scaled(style: &impl BackendStyle) -> Scaled {
    Scaled(style.color(), SCALE * style.stroke_width())
}

fn far((x, y): BackendCoord) -> BackendCoord {
    (SCALE as i32 * x, SCALE as i32 * y)
}

/// The bitmap's errors as the SVG's, so that both have one type.
fn io<E: std::error::Error + Send + Sync>(
    outcome: Result<(), DrawingErrorKind<E>>,
) -> Result<(), DrawingErrorKind<Error>> {
    outcome.map_err(|e| match e {
        DrawingErrorKind::DrawingError(e) => {
            DrawingErrorKind::DrawingError(Error::other(e.to_string()))
        }
        DrawingErrorKind::FontError(e) => DrawingErrorKind::FontError(e),
    })
}

impl DrawingBackend for Paper<'_> {
    type ErrorType = Error;

    fn get_size(&self) -> (u32, u32) {
        match self {
            Paper::Svg(b) => b.get_size(),
            Paper::Pixels(b) => {
                let (w, h) = b.get_size();
                (w / SCALE, h / SCALE)
            }
        }
    }

    fn ensure_prepared(&mut self) -> Done {
        match self {
            Paper::Svg(b) => b.ensure_prepared(),
            Paper::Pixels(b) => io(b.ensure_prepared()),
        }
    }

    fn present(&mut self) -> Done {
        match self {
            Paper::Svg(b) => b.present(),
            Paper::Pixels(b) => io(b.present()),
        }
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Done {
        match self {
            Paper::Svg(b) => b.draw_pixel(at, color),
            Paper::Pixels(_) => self.draw_rect(at, (at.0 + 1, at.1 + 1), &color, true),
        }
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        match self {
            Paper::Svg(b) => b.draw_line(from, to, style),
            // A path of that width: the rasteriser's lines are one pixel wide.
            Paper::Pixels(b) => io(b.draw_path([far(from), far(to)], &scaled(style))),
        }
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        match self {
            Paper::Svg(b) => b.draw_rect(from, to, style, fill),
            Paper::Pixels(b) => io(b.draw_rect(far(from), far(to), &scaled(style), fill)),
        }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        match self {
            Paper::Svg(b) => b.draw_path(path, style),
            Paper::Pixels(b) => io(b.draw_path(path.into_iter().map(far), &scaled(style))),
        }
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        match self {
            Paper::Svg(b) => b.draw_circle(centre, radius, style, fill),
            Paper::Pixels(b) => {
                io(b.draw_circle(far(centre), SCALE * radius, &scaled(style), fill))
            }
        }
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Done {
        match self {
            Paper::Svg(b) => b.fill_polygon(corners, style),
            Paper::Pixels(b) => io(b.fill_polygon(corners.into_iter().map(far), &scaled(style))),
        }
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Done {
        match self {
            Paper::Svg(b) => b.draw_text(text, style, at),
            Paper::Pixels(b) => {
                let font = (style.family(), f64::from(SCALE) * style.size()).into_font();
                let large = TextStyle {
                    font: font.style(style.style()).transform(style.transform()),
                    color: style.color(),
                    pos: style.anchor(),
                };
                // A line's box has more room below its letters than above them.
                let lower = match style.anchor().v_pos {
                    VPos::Center => (0.24 * style.size()) as i32,
                    _ => 0,
                };
                let (x, y) = far(at);
                io(b.draw_text(text, &large, (x, y + lower)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_square_and_a_text_have_twice_their_size_in_pixels() {
        let size = (20, 12);
        let mut buffer = vec![255; buffer_bytes(size)];
        {
            let mut paper = Paper::pixels(&mut buffer, size);
            assert_eq!(paper.get_size(), size);
            let style = BLACK.filled();
            paper.draw_rect((1, 1), (3, 3), &style, true).unwrap();
            let text = ("sans-serif", 8).into_font().color(&BLACK);
            paper.draw_text("H", &text, (10, 2)).unwrap();
        }
        let dark = |x0: usize, x1: usize| {
            let rows = buffer.chunks(3 * 40);
            let pixels = rows.flat_map(|r| r.chunks(3).skip(x0).take(x1 - x0));
            pixels.filter(|p| p[0] < 128).count()
        };
        assert_eq!(dark(0, 12), 16);
        assert!(dark(18, 40) > 20, "{}", dark(18, 40));
        let file = png(&buffer, size).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut back = vec![0; buffer.len()];
        reader.next_frame(&mut back).unwrap();
        assert_eq!(back, buffer);
    }
}
