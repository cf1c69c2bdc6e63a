//! IDX files, the form of MNIST: big-endian header, then bytes; plain or gzipped (told by the content, not the name).

use super::{Dataset, Splits};
use std::io::Read;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// First word of a file of images (unsigned bytes, three dimensions).
pub const MAGIC_IMAGES: u32 = 0x803;
/// First word of a file of labels (unsigned bytes, one dimension).
pub const MAGIC_LABELS: u32 = 0x801;
/// Classes of digit files.
pub const CLASSES: usize = 10;
/// Images of the training files that become the validation part (a fifth of files with fewer than five times as many).
pub const HELD_OUT: usize = 10_000;
/// More bytes than any digit file unpacks to; beyond it a file is refused instead of filling the memory.
const MAX_BYTES: u64 = 1 << 30;

/// Why a file or folder gives no data. Each text says what was found, what is wanted, and what to do.
#[derive(Debug, Error)]
pub enum IdxError {
    #[error("cannot read {}: {source}; check the path and its permissions", .path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is empty; fetch the file again", .path.display())]
    Empty { path: PathBuf },
    #[error("{} is a damaged gzip file ({source}); fetch it again", .path.display())]
    Gzip {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} holds labels where images are wanted: exchange the two files", .path.display())]
    LabelsForImages { path: PathBuf },
    #[error("{} holds images where labels are wanted: exchange the two files", .path.display())]
    ImagesForLabels { path: PathBuf },
    #[error(
        "{} starts with {found:#010x}, an IDX file of {wanted} starts with {magic:#010x}; name the right file",
        .path.display()
    )]
    Magic {
        path: PathBuf,
        found: u32,
        wanted: &'static str,
        magic: u32,
    },
    #[error(
        "{} is truncated: its header of {header} bytes is not complete, it has {have} bytes; fetch the file again",
        .path.display()
    )]
    Header {
        path: PathBuf,
        header: usize,
        have: usize,
    },
    #[error(
        "{} is truncated: its header promises {want} bytes of data, it has {have}; fetch the file again",
        .path.display()
    )]
    Truncated { path: PathBuf, want: u64, have: u64 },
    #[error(
        "{} has {have} bytes of data where its header promises {want}: the file is damaged or is not what its header \
         says; fetch it again",
        .path.display()
    )]
    TooLong { path: PathBuf, want: u64, have: u64 },
    #[error("{} holds no images; name a file with at least one", .path.display())]
    NoImages { path: PathBuf },
    #[error(
        "{} holds images of {height} x {width} pixels, {want_height} x {want_width} are wanted; use files of that size \
         or a network with {} inputs",
        .path.display(), .height * .width
    )]
    Size {
        path: PathBuf,
        height: usize,
        width: usize,
        want_height: usize,
        want_width: usize,
    },
    #[error(
        "{} has label {label} at position {at}, labels are 0 to {}; fetch the file again or correct it",
        .path.display(), CLASSES - 1
    )]
    Label { path: PathBuf, label: u8, at: usize },
    #[error(
        "{} holds {images} images and {} holds {labels} labels: the two files do not belong together",
        .images_path.display(), .labels_path.display()
    )]
    Counts {
        images_path: PathBuf,
        labels_path: PathBuf,
        images: usize,
        labels: usize,
    },
    #[error(
        "{} has no {file} (nor {file}.gz); name a folder with MNIST's four IDX files or with the training pair",
        .dir.display()
    )]
    Missing { dir: PathBuf, file: String },
    #[error(
        "{} holds {have} images, at least {want} are needed to train on some and hold out others; add images",
        .path.display()
    )]
    TooFew {
        path: PathBuf,
        have: usize,
        want: usize,
    },
}

/// A file of images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    path: PathBuf,
    pub pixels: Vec<u8>,
    pub count: usize,
    pub height: usize,
    pub width: usize,
}

/// A file of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    path: PathBuf,
    pub labels: Vec<u8>,
}

fn unpack(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, IdxError> {
    if bytes.is_empty() {
        return Err(IdxError::Empty { path: path.into() });
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.to_vec());
    }
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(MAX_BYTES)
        .read_to_end(&mut out)
        .map_err(|source| IdxError::Gzip {
            path: path.into(),
            source,
        })?;
    if out.is_empty() {
        return Err(IdxError::Empty { path: path.into() });
    }
    Ok(out)
}

fn read(path: &Path) -> Result<Vec<u8>, IdxError> {
    std::fs::read(path).map_err(|source| IdxError::Read {
        path: path.into(),
        source,
    })
}

/// Big-endian word `i` of the header of `words` words.
fn header_word(path: &Path, bytes: &[u8], i: usize, words: usize) -> Result<u32, IdxError> {
    match bytes.get(4 * i..4 * i + 4) {
        Some(&[a, b, c, d]) => Ok(u32::from_be_bytes([a, b, c, d])),
        _ => Err(IdxError::Header {
            path: path.into(),
            header: 4 * words,
            have: bytes.len(),
        }),
    }
}

fn body(path: &Path, bytes: &[u8], header: usize, want: u64) -> Result<Vec<u8>, IdxError> {
    let have = (bytes.len() - header) as u64;
    let path = path.into();
    match have.cmp(&want) {
        std::cmp::Ordering::Less => Err(IdxError::Truncated { path, want, have }),
        std::cmp::Ordering::Greater => Err(IdxError::TooLong { path, want, have }),
        std::cmp::Ordering::Equal => Ok(bytes[header..].to_vec()),
    }
}

/// Reads images from the bytes of a file, plain or gzipped; `path` names them in errors.
///
/// # Errors
/// Whatever keeps the bytes from being images: see [`IdxError`].
pub fn images_from_bytes(path: &Path, bytes: &[u8]) -> Result<Images, IdxError> {
    let bytes = unpack(path, bytes)?;
    match header_word(path, &bytes, 0, 4)? {
        MAGIC_IMAGES => {}
        MAGIC_LABELS => return Err(IdxError::LabelsForImages { path: path.into() }),
        found => {
            return Err(IdxError::Magic {
                path: path.into(),
                found,
                wanted: "images",
                magic: MAGIC_IMAGES,
            });
        }
    }
    let [count, height, width] = [
        header_word(path, &bytes, 1, 4)?,
        header_word(path, &bytes, 2, 4)?,
        header_word(path, &bytes, 3, 4)?,
    ];
    let want = u64::from(count)
        .saturating_mul(u64::from(height))
        .saturating_mul(u64::from(width));
    let pixels = body(path, &bytes, 16, want)?;
    if pixels.is_empty() {
        return Err(IdxError::NoImages { path: path.into() });
    }
    Ok(Images {
        path: path.into(),
        pixels,
        count: count as usize,
        height: height as usize,
        width: width as usize,
    })
}

/// Reads labels from the bytes of a file, plain or gzipped; `path` names them in errors.
///
/// # Errors
/// Whatever keeps the bytes from being labels of [`CLASSES`] classes: see [`IdxError`].
pub fn labels_from_bytes(path: &Path, bytes: &[u8]) -> Result<Labels, IdxError> {
    let bytes = unpack(path, bytes)?;
    match header_word(path, &bytes, 0, 2)? {
        MAGIC_LABELS => {}
        MAGIC_IMAGES => return Err(IdxError::ImagesForLabels { path: path.into() }),
        found => {
            return Err(IdxError::Magic {
                path: path.into(),
                found,
                wanted: "labels",
                magic: MAGIC_LABELS,
            });
        }
    }
    let count = header_word(path, &bytes, 1, 2)?;
    let labels = body(path, &bytes, 8, u64::from(count))?;
    if let Some(at) = labels.iter().position(|&l| usize::from(l) >= CLASSES) {
        return Err(IdxError::Label {
            path: path.into(),
            label: labels[at],
            at,
        });
    }
    Ok(Labels {
        path: path.into(),
        labels,
    })
}

/// Images and their labels as one set.
///
/// # Errors
/// [`IdxError::Counts`] where they are not equally many.
pub fn join(images: Images, labels: Labels) -> Result<Dataset, IdxError> {
    let (have, want) = (images.count, labels.labels.len());
    Dataset::new(
        images.pixels,
        labels.labels,
        images.height,
        images.width,
        CLASSES,
    )
    .ok_or(IdxError::Counts {
        images_path: images.path,
        labels_path: labels.path,
        images: have,
        labels: want,
    })
}

/// Reads a pair of files; with `size`, images of another (height, width) are refused.
///
/// # Errors
/// See [`IdxError`].
pub fn load_pair(
    images: &Path,
    labels: &Path,
    size: Option<(usize, usize)>,
) -> Result<Dataset, IdxError> {
    let found = images_from_bytes(images, &read(images)?)?;
    if let Some((want_height, want_width)) = size
        && (found.height, found.width) != (want_height, want_width)
    {
        return Err(IdxError::Size {
            path: images.into(),
            height: found.height,
            width: found.width,
            want_height,
            want_width,
        });
    }
    join(found, labels_from_bytes(labels, &read(labels)?)?)
}

/// The file of a folder, plain before gzipped, with a dash or (as some unpackers leave it) a dot before `idx`.
fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    let dotted = name.replace("-idx", ".idx");
    [
        name.to_string(),
        format!("{name}.gz"),
        dotted.clone(),
        format!("{dotted}.gz"),
    ]
    .iter()
    .map(|n| dir.join(n))
    .find(|p| p.is_file())
}

fn require(dir: &Path, name: &str) -> Result<PathBuf, IdxError> {
    find(dir, name).ok_or_else(|| IdxError::Missing {
        dir: dir.into(),
        file: name.into(),
    })
}

/// Reads a folder with MNIST's four files, or with the training pair alone. The last [`HELD_OUT`] training images (a
/// fifth where there are fewer than five times as many) are the validation part; the `t10k` pair is the test set.
/// With `size`, images of another (height, width) are refused.
///
/// # Errors
/// See [`IdxError`]; one file of the test pair without the other is [`IdxError::Missing`].
pub fn load_dir(dir: &Path, size: Option<(usize, usize)>) -> Result<Splits, IdxError> {
    std::fs::read_dir(dir).map_err(|source| IdxError::Read {
        path: dir.into(),
        source,
    })?;
    let images = require(dir, "train-images-idx3-ubyte")?;
    let labels = require(dir, "train-labels-idx1-ubyte")?;
    let all = load_pair(&images, &labels, size)?;
    let held_out = HELD_OUT.min(all.len() / 5);
    if held_out == 0 {
        return Err(IdxError::TooFew {
            path: images,
            have: all.len(),
            want: 5,
        });
    }
    let names = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
    let test = if names.iter().any(|n| find(dir, n).is_some()) {
        let [images, labels] = [require(dir, names[0])?, require(dir, names[1])?];
        Some(load_pair(&images, &labels, Some((all.height, all.width)))?)
    } else {
        None
    };
    let (train, validation) = all.split_tail(held_out);
    Ok(Splits {
        train,
        validation,
        test,
    })
}

#[cfg(test)]
mod tests;
