//! The embedded 8 x 8 digits (`host/assets/digits`: provenance and licence).

use super::Splits;
use super::idx::{self, IdxError};
use std::path::Path;

/// Images held out: the last ones.
pub const HELD_OUT: usize = 360;

static IMAGES: &[u8] = include_bytes!("../../assets/digits/digits-images-idx3-ubyte.gz");
static LABELS: &[u8] = include_bytes!("../../assets/digits/digits-labels-idx1-ubyte.gz");

/// The 1,797 digits, pixels 0..16 times 16, at most 255; the last [`HELD_OUT`] are the validation part.
///
/// # Errors
/// None in a sound build: the embedded files go through the checks of any other.
pub fn load() -> Result<Splits, IdxError> {
    let images = idx::images_from_bytes(Path::new("embedded digit images"), IMAGES)?;
    let labels = idx::labels_from_bytes(Path::new("embedded digit labels"), LABELS)?;
    let mut all = idx::join(images, labels)?;
    for p in &mut all.pixels {
        *p = p.saturating_mul(16);
    }
    let (train, validation) = all.split_tail(HELD_OUT);
    Ok(Splits {
        train,
        validation,
        test: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_digits_are_1797_with_ten_classes_in_both_parts() {
        let d = load().unwrap();
        assert_eq!((d.train.len(), d.validation.len()), (1437, 360));
        assert_eq!((d.train.inputs(), d.train.classes), (64, 10));
        for part in [&d.train, &d.validation] {
            let mut counts = [0; 10];
            for i in 0..part.len() {
                counts[usize::from(part.label(i))] += 1;
            }
            assert!(counts.iter().all(|&c| c >= 30), "{counts:?}");
        }
        // The first digit of the set is a zero: bright ring, dark centre.
        assert_eq!(d.train.label(0), 0);
        assert_eq!(
            d.train.image(0)[..8],
            [0, 0, 80, 208, 144, 16, 0, 0],
            "the first row in sixteenths is 0 0 5 13 9 1 0 0"
        );
    }
}
