//! Places that take no file, or no more of it.

use super::{checkpoint, error, names, synfire};
use assert_cmd::Command;

/// A directory that takes no file, whoever asks: a kernel's own.
const UNWRITABLE: &str = "/proc/synfire";

#[test]
fn a_directory_that_takes_no_file_is_named_by_every_command_that_writes() {
    let d = tempfile::tempdir().unwrap();
    let c = checkpoint(d.path());
    let c = c.to_str().unwrap();
    for (command, next) in [
        (
            &["emit", "--config", "small", "--out", UNWRITABLE][..],
            "choose a directory",
        ),
        (
            &["report", c, "--no-float", "--out", UNWRITABLE],
            "choose a directory",
        ),
        (
            &["report", c, "--no-float", "--picture", "/proc/x.png"],
            "choose a directory",
        ),
        (
            &["train", "deepr", "--checkpoint", "/proc/synfire/c"],
            "name another with --checkpoint",
        ),
    ] {
        let text = error(&mut synfire(command));
        assert!(
            text.contains("/proc/") && text.contains(next),
            "{command:?}: {text}"
        );
    }
    let text = error(synfire(&["verify", "--samples", "1"]).env("SYNFIRE_CACHE", UNWRITABLE));
    assert!(
        text.contains("or set SYNFIRE_CACHE to another one") || text.contains("was not found"),
        "{text}"
    );
}

#[test]
fn a_full_disk_behind_the_standard_output_is_told_and_is_no_bug() {
    let d = tempfile::tempdir().unwrap();
    let c = checkpoint(d.path());
    for command in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["inspect", c.to_str().unwrap()],
        &["inspect", "--json", c.to_str().unwrap()],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let out = std::process::Command::new(assert_cmd::cargo::cargo_bin("synfire"))
            .args(command)
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(2), "{out:?}");
        assert_eq!(
            String::from_utf8(out.stderr).unwrap(),
            "synfire: the output cannot be written: No space left on device (os error 28); send it to a place that has \
             room, or to a reader that stays\n"
        );
    }
}

/// Files of at most `blocks` blocks of 512 bytes for what `command` runs: a write beyond fails, as on a full disk.
fn limited(blocks: u32, command: &[&str]) -> Command {
    let mut c = Command::new("sh");
    // The signal of a file that grows too large is ignored, so that the write fails instead.
    c.arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""))
        .arg("sh")
        .arg(assert_cmd::cargo::cargo_bin("synfire"))
        .args(command);
    c
}

#[test]
fn a_write_that_fails_in_the_middle_leaves_the_old_file_and_nothing_beside_it() {
    let d = tempfile::tempdir().unwrap();
    let c = checkpoint(d.path());
    let out = d.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let (c, o) = (c.to_str().unwrap(), out.to_str().unwrap());
    let old = out.join("c.synfire");
    let old_text = old.to_str().unwrap();
    std::fs::copy(c, &old).unwrap();
    for (command, next) in [
        (
            &["emit", "--config", "small", "--out", o][..],
            "choose a directory",
        ),
        (
            &["report", c, "--no-float", "--out", o],
            "choose a directory",
        ),
        (
            &["report", c, "--no-float", "--picture", old_text],
            "choose a directory",
        ),
    ] {
        let text = error(&mut limited(1, command));
        assert!(
            text.contains("cannot be written: File too large") && text.contains(next),
            "{command:?}: {text}"
        );
        assert_eq!(names(&out), ["c.synfire"], "{command:?}");
    }
    // Training prints before it writes.
    let resume = [
        "train",
        "deepr",
        "--stop-after",
        "1",
        "--no-float",
        "--json",
        "--resume",
        c,
    ];
    let out_of_training = limited(1, &resume)
        .arg("--checkpoint")
        .arg(&old)
        .output()
        .unwrap();
    assert_eq!(
        out_of_training.status.code(),
        Some(2),
        "{out_of_training:?}"
    );
    let text = String::from_utf8(out_of_training.stderr).unwrap();
    assert!(
        text.contains("cannot write checkpoint") && text.contains("nothing was left half-written"),
        "{text}"
    );
    assert_eq!(names(&out), ["c.synfire"]);
    assert_eq!(std::fs::read(&old).unwrap(), std::fs::read(c).unwrap());
}
