//! Images with labels: what training and evaluation read.
//!
//! [`idx`] reads MNIST's file form, [`digits`] holds the embedded 8 x 8 digits.

pub mod digits;
pub mod idx;
pub mod warp;

use std::ops::Range;

/// Images of one size with a class each. A pixel is a byte, `U0.8`: it enters a network as p / 256 in `S7.8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Image after image, row by row.
    pixels: Vec<u8>,
    /// 0 .. classes.
    labels: Vec<u8>,
    /// Rows of an image.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
}

impl Dataset {
    /// Joins pixels and labels; `None` unless there are height * width pixels a label and every label is a class.
    pub fn new(
        pixels: Vec<u8>,
        labels: Vec<u8>,
        height: usize,
        width: usize,
        classes: usize,
    ) -> Option<Self> {
        let fits = pixels.len() == labels.len() * height * width
            && labels.iter().all(|&l| usize::from(l) < classes);
        fits.then_some(Dataset {
            pixels,
            labels,
            height,
            width,
            classes,
        })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels an image.
    pub fn inputs(&self) -> usize {
        self.height * self.width
    }

    /// Pixels of image `i`.
    ///
    /// # Panics
    /// Where there is no image `i`, as slices do.
    pub fn image(&self, i: usize) -> &[u8] {
        let n = self.inputs();
        &self.pixels[i * n..(i + 1) * n]
    }

    /// Class of image `i`.
    ///
    /// # Panics
    /// Where there is no image `i`, as slices do.
    pub fn label(&self, i: usize) -> u8 {
        self.labels[i]
    }

    /// A copy of some images.
    ///
    /// # Panics
    /// Where the range ends beyond the images, as slices do.
    pub fn part(&self, range: Range<usize>) -> Dataset {
        let n = self.inputs();
        Dataset {
            pixels: self.pixels[range.start * n..range.end * n].to_vec(),
            labels: self.labels[range].to_vec(),
            ..*self
        }
    }

    /// All but the last `held_out` images, and those.
    pub fn split_tail(&self, held_out: usize) -> (Dataset, Dataset) {
        let cut = self.len().saturating_sub(held_out);
        (self.part(0..cut), self.part(cut..self.len()))
    }
}

/// What a run reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits {
    pub train: Dataset,
    /// The last images of the training files, never trained on.
    pub validation: Dataset,
    pub test: Option<Dataset>,
}
