//! `synfire energy` on a checkpoint of the embedded digits.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

fn synfire(arguments: &[&str]) -> Command {
    let mut c = Command::cargo_bin("synfire").unwrap();
    c.args(arguments);
    c
}

fn trained(dir: &Path) -> PathBuf {
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
fn both_columns_are_printed_and_follow_from_counts_cycles_and_assumed_power() {
    let d = tempfile::tempdir().unwrap();
    let checkpoint = trained(d.path());
    let run = |more: &[&str]| {
        let out = synfire(&[
            "energy",
            "--samples",
            "5",
            "--cycles-per-sample",
            "6000",
            "--checkpoint",
        ])
        .arg(&checkpoint)
        .args(more)
        .output()
        .unwrap();
        assert!(out.status.success(), "{out:?}");
        String::from_utf8(out.stdout).unwrap()
    };
    let text = run(&[]);
    for part in [
        "Column 1: counted operations x published energies (projected)",
        "Column 2: time x assumed power",
        "10.0 pJ   45 nm, 0.9 V, Horowitz, ISSCC 2014",
        "0.0236 nJ   14 nm",
        "  PE      100 us x  1.00 W =    100 uJ\n",
        "for a whole board is an assumption",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let value: serde_json::Value =
        serde_json::from_str(&run(&["--json", "--clock-mhz", "30", "--board-watts", "2"])).unwrap();
    let close = |v: &serde_json::Value, want: f64| (v.as_f64().unwrap() / want - 1.0).abs() < 1e-9;
    assert!(close(&value["timed"]["pe"]["energy_j"], 400e-6), "{value}");
    let training = &value["projected"]["training"];
    // 928 connections, all of them visited forward at each of the 5 samples.
    assert_eq!(training["counts"]["forward_operations"], 5 * 928);
    assert!(training["counts"]["update_operations"].as_u64().unwrap() > 0);
    let inference = &value["projected"]["inference"];
    assert_eq!(inference["counts"]["update_operations"], 0);
    assert!(training["energy"]["sample_j"].as_f64() > inference["energy"]["sample_j"].as_f64());
}

#[test]
fn without_verilator_and_cycles_the_second_column_is_left_out_with_the_reason() {
    let d = tempfile::tempdir().unwrap();
    let checkpoint = trained(d.path());
    let out = synfire(&["energy", "--samples", "2", "--checkpoint"])
        .arg(&checkpoint)
        .env("VERILATOR", d.path().join("none"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(
        text.contains("left out: there are no cycles a sample, as Verilator was not found"),
        "{text}"
    );
    assert!(!text.contains("PE  "), "{text}");
}

#[test]
fn impossible_numbers_and_a_missing_checkpoint_are_refused_in_one_paragraph() {
    for (arguments, want) in [
        (
            &["--samples", "0"][..],
            "0 samples are asked for, at least 1 is needed to count: give --samples, e.g. 200",
        ),
        (
            &["--board-watts", "-1"],
            "--board-watts is -1 and must be above 0: give a power in W, e.g. 1.0",
        ),
        (
            &["--cpu-watts", "nan"],
            "--cpu-watts is NaN and must be above 0: give a power in W, e.g. 10",
        ),
        (
            &["--clock-mhz", "0"],
            "--clock-mhz is 0 and must be above 0: give a clock in MHz, e.g. 60",
        ),
        (
            &[],
            "cannot read checkpoint no-such-file: No such file or directory (os error 2); check the path and its permissions",
        ),
    ] {
        let out = synfire(&["energy", "--checkpoint", "no-such-file"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(2), "{out:?}");
        assert!(out.stdout.is_empty());
        assert_eq!(
            String::from_utf8(out.stderr).unwrap(),
            format!("synfire: {want}\n")
        );
    }
}
