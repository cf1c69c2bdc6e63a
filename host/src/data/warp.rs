//! Random small distortions of training images, in integers: the same picture on every machine.

use serde::{Deserialize, Serialize};
use synfire_format::random::{RowIndex, draw, row_key};

/// Random tag of distortions.
pub const WARP_TAG: u16 = 5;

/// Limits of a distortion; all 0 leaves images as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Warp {
    /// Largest change of width and height, in percent.
    pub scale_percent: u16,
    /// Largest slant, horizontal and vertical on their own (both together turn the image), in percent.
    pub shear_percent: u16,
    /// Largest shift in hundredths of a pixel.
    pub shift_percent: u16,
}

impl Warp {
    /// Whether images stay as they are.
    pub fn is_none(&self) -> bool {
        *self == Warp::default()
    }

    /// Distorts `image` (height x width, row by row) into `out`, the distortion of training sample `step`.
    ///
    /// Each pixel is read at `source = centre + M (place - centre) + shift` with M = 1 + the six draws 0..=5 of
    /// `row_key(seed, step, 0, 0, WARP_TAG)` (scale x and y, slant x and y, shift x and y; uniform within the limits),
    /// in 1/256 of a pixel, linearly between its four neighbours, 0 outside.
    pub fn apply(
        &self,
        seed: u32,
        step: u32,
        image: &[u8],
        (height, width): (usize, usize),
        out: &mut [u8],
    ) {
        let at = RowIndex {
            population: 0,
            row: 0,
            tag: WARP_TAG,
        };
        let key = row_key(seed, step, at);
        // Uniform within +-limit / 100, 16 fraction bits.
        let uniform = |i: u16, limit: u16| {
            let d = i64::from(draw(key, i, 0)) - (1 << 31);
            d * i64::from(limit) / (100 << 15)
        };
        let one = 1i64 << 16;
        let m = [
            one + uniform(0, self.scale_percent),
            uniform(2, self.shear_percent),
            uniform(3, self.shear_percent),
            one + uniform(1, self.scale_percent),
        ];
        let shift = [
            uniform(4, self.shift_percent),
            uniform(5, self.shift_percent),
        ];
        // Places relative to the centre in half pixels.
        let (h, w) = (height as i64, width as i64);
        let pixel = |x: i64, y: i64| {
            if (0..w).contains(&x) && (0..h).contains(&y) {
                i64::from(image[(y * w + x) as usize])
            } else {
                0
            }
        };
        for y in 0..h {
            for x in 0..w {
                let (dx, dy) = (2 * x - (w - 1), 2 * y - (h - 1));
                // Half pixels with 16 fraction bits: 9 bits down to 1/256 of a pixel.
                let sx = ((m[0] * dx + m[1] * dy + (w - 1) * one) / 2 + shift[0]) >> 8;
                let sy = ((m[2] * dx + m[3] * dy + (h - 1) * one) / 2 + shift[1]) >> 8;
                let (x0, y0, fx, fy) = (sx >> 8, sy >> 8, sx & 255, sy & 255);
                let top = pixel(x0, y0) * (256 - fx) + pixel(x0 + 1, y0) * fx;
                let bottom = pixel(x0, y0 + 1) * (256 - fx) + pixel(x0 + 1, y0 + 1) * fx;
                let v = (top * (256 - fy) + bottom * fy + (1 << 15)) >> 16;
                out[(y * w + x) as usize] = v as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Vec<u8> {
        (0..64).map(|i| (i * 37 % 256) as u8).collect()
    }

    #[test]
    fn no_distortion_returns_the_image_and_a_distortion_is_a_function_of_seed_and_step() {
        let (image, mut a, mut b) = (picture(), vec![0; 64], vec![0; 64]);
        Warp::default().apply(1, 2, &image, (8, 8), &mut a);
        assert_eq!(a, image);
        let warp = Warp {
            scale_percent: 15,
            shear_percent: 30,
            shift_percent: 70,
        };
        warp.apply(1, 2, &image, (8, 8), &mut a);
        warp.apply(1, 2, &image, (8, 8), &mut b);
        assert_eq!(a, b);
        assert_ne!(a, image);
        warp.apply(1, 3, &image, (8, 8), &mut b);
        assert_ne!(a, b);
    }

    #[test]
    fn a_shift_moves_brightness_by_less_than_its_limit() {
        let mut image = vec![0; 64];
        image[8 * 4 + 4] = 200;
        let warp = Warp {
            shift_percent: 90,
            ..Warp::default()
        };
        let mut out = vec![0; 64];
        for step in 0..50 {
            warp.apply(1, step, &image, (8, 8), &mut out);
            let sum: u32 = out.iter().map(|&v| u32::from(v)).sum();
            assert!((196..=204).contains(&sum), "{sum}");
            for (i, &v) in out.iter().enumerate() {
                let near = (i / 8).abs_diff(4) <= 1 && (i % 8).abs_diff(4) <= 1;
                assert!(near || v == 0, "pixel {i} has {v}");
            }
        }
    }
}
