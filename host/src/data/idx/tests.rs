//! Sound files load; each kind of bad file is refused with its own sentence.

use super::*;
use std::io::Write;

fn images(count: u32, height: u32, width: u32) -> Vec<u8> {
    let mut b: Vec<u8> = [MAGIC_IMAGES, count, height, width]
        .iter()
        .flat_map(|w| w.to_be_bytes())
        .collect();
    b.extend((0..count * height * width).map(|i| i as u8));
    b
}

fn labels(count: u32) -> Vec<u8> {
    let mut b: Vec<u8> = [MAGIC_LABELS, count]
        .iter()
        .flat_map(|w| w.to_be_bytes())
        .collect();
    b.extend((0..count).map(|i| (i % 10) as u8));
    b
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    e.write_all(bytes).unwrap();
    e.finish().unwrap()
}

fn image_error(bytes: &[u8]) -> String {
    images_from_bytes(Path::new("a"), bytes)
        .unwrap_err()
        .to_string()
}

fn label_error(bytes: &[u8]) -> String {
    labels_from_bytes(Path::new("b"), bytes)
        .unwrap_err()
        .to_string()
}

#[test]
fn plain_and_gzipped_files_give_the_same_data() {
    let plain = images_from_bytes(Path::new("a"), &images(7, 3, 2)).unwrap();
    let packed = images_from_bytes(Path::new("a"), &gzip(&images(7, 3, 2))).unwrap();
    assert_eq!(plain, packed);
    let set = join(
        plain,
        labels_from_bytes(Path::new("b"), &labels(7)).unwrap(),
    )
    .unwrap();
    assert_eq!(set.image(1), [6, 7, 8, 9, 10, 11]);
    assert_eq!((set.label(6), set.len(), set.inputs()), (6, 7, 6));
}

#[test]
fn bad_image_files_are_refused_with_what_to_do() {
    assert_eq!(image_error(&[]), "a is empty; fetch the file again");
    assert_eq!(image_error(&gzip(&[])), "a is empty; fetch the file again");
    assert_eq!(
        image_error(&labels(9)),
        "a holds labels where images are wanted: exchange the two files"
    );
    assert_eq!(
        image_error(b"PNG or something"),
        "a starts with 0x504e4720, an IDX file of images starts with 0x00000803; name the right file"
    );
    assert_eq!(
        image_error(&images(2, 2, 2)[..10]),
        "a is truncated: its header of 16 bytes is not complete, it has 10 bytes; fetch the file again"
    );
    assert_eq!(
        image_error(&images(2, 2, 2)[..20]),
        "a is truncated: its header promises 8 bytes of data, it has 4; fetch the file again"
    );
    let mut long = images(2, 2, 2);
    long.push(0);
    assert!(image_error(&long).starts_with("a has 9 bytes of data where its header promises 8"));
    assert_eq!(
        image_error(&images(0, 28, 28)),
        "a holds no images; name a file with at least one"
    );
    let packed = gzip(&images(100, 4, 4));
    assert!(image_error(&packed[..packed.len() / 2]).starts_with("a is a damaged gzip file"));
}

#[test]
fn bad_label_files_are_refused_with_what_to_do() {
    assert_eq!(
        label_error(&images(1, 1, 1)),
        "b holds images where labels are wanted: exchange the two files"
    );
    let mut out_of_range = labels(5);
    out_of_range[8 + 3] = 10;
    assert_eq!(
        label_error(&out_of_range),
        "b has label 10 at position 3, labels are 0 to 9; fetch the file again or correct it"
    );
    assert!(label_error(&labels(5)[..9]).starts_with("b is truncated"));
}

fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

#[test]
fn a_folder_gives_training_validation_and_test_parts() {
    let train = [
        ("train-images-idx3-ubyte.gz", gzip(&images(50, 2, 2))),
        ("train-labels-idx1-ubyte", labels(50)),
    ];
    let splits = load_dir(folder(&train).path(), Some((2, 2))).unwrap();
    assert_eq!((splits.train.len(), splits.validation.len()), (40, 10));
    assert_eq!(splits.test, None);
    let mut four = train.to_vec();
    four.push(("t10k-images-idx3-ubyte", images(3, 2, 2)));
    let error = load_dir(folder(&four).path(), None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("has no t10k-labels-idx1-ubyte (nor"),
        "{error}"
    );
    four.push(("t10k-labels-idx1-ubyte.gz", gzip(&labels(3))));
    let splits = load_dir(folder(&four).path(), None).unwrap();
    assert_eq!(splits.test.unwrap().len(), 3);
}

#[test]
fn a_folder_with_wrong_sizes_or_counts_or_without_files_is_refused() {
    let error = |files: &[(&str, Vec<u8>)], size| {
        load_dir(folder(files).path(), size)
            .unwrap_err()
            .to_string()
    };
    let small = [
        ("train-images-idx3-ubyte", images(50, 2, 2)),
        ("train-labels-idx1-ubyte", labels(50)),
    ];
    let text = error(&small, Some((28, 28)));
    assert!(
        text.ends_with(
            "holds images of 2 x 2 pixels, 28 x 28 are wanted; use files of that size or a network with 4 inputs"
        ),
        "{text}"
    );
    let mut fewer = small.clone();
    fewer[1].1 = labels(49);
    let text = error(&fewer, None);
    assert!(
        text.contains("holds 50 images and") && text.contains("holds 49 labels"),
        "{text}"
    );
    assert!(error(&[], None).contains("has no train-images-idx3-ubyte"));
    let text = error(
        &[
            ("train-images-idx3-ubyte", images(4, 2, 2)),
            ("train-labels-idx1-ubyte", labels(4)),
        ],
        None,
    );
    assert!(text.contains("at least 5 are needed"), "{text}");
    let text = load_dir(Path::new("no/such/folder"), None)
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("cannot read no/such/folder"), "{text}");
}
