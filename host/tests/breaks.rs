//! Every listed break of the emitted RTL is reported by `synfire verify`, at its place, and the unbroken RTL by none.

use assert_cmd::Command;
use std::collections::BTreeMap;
use synfire::breaks::{SAMPLES, WORKLOAD, list};

fn verify(extra: &[&str]) -> (i32, serde_json::Value) {
    let cases = WORKLOAD.to_string();
    let samples = SAMPLES.to_string();
    let out = Command::cargo_bin("synfire")
        .unwrap()
        .args(["verify", "--config", "small", "--json", "--cases", &cases])
        .args(["--samples", &samples])
        .args(extra)
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let last = text.lines().last().unwrap_or_default();
    let json = serde_json::from_str(last)
        .unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&out.stderr)));
    (out.status.code().unwrap(), json)
}

#[test]
fn every_listed_break_is_reported_at_its_place_and_the_unbroken_rtl_is_equal() {
    let all = list();
    assert!(all.len() >= 30, "{} breaks", all.len());
    let mut blocks: BTreeMap<&str, usize> = BTreeMap::new();
    for l in &all {
        *blocks.entry(&l.block).or_default() += 1;
    }
    for block in [
        "core",
        "sram",
        "synapse engine",
        "neuron engine",
        "exp",
        "random",
    ] {
        let n = blocks.get(block).copied().unwrap_or(0);
        assert!(n >= 3, "{n} breaks of the {block}");
    }
    assert_eq!(verify(&[]).0, 0);
    for (n, l) in (1..).zip(&all) {
        let (status, report) = verify(&["--break", &format!("{n}")]);
        let difference = report["difference"].as_str().unwrap_or("none");
        assert_eq!(status, 1, "break {n}, {}: {difference}", l.change);
        assert!(
            difference.contains(&l.place),
            "break {n} of the {}, {}: expected `{}`, reported `{difference}`",
            l.block,
            l.change,
            l.place
        );
        let rerun = report["rerun"].as_str().unwrap_or_default();
        assert!(rerun.contains(&format!("--break {n} ")), "{rerun}");
    }
}

#[test]
fn the_rtl_alone_is_compared_with_the_native_trainer_at_the_end() {
    let alone = |extra: &[&str]| {
        let out = Command::cargo_bin("synfire")
            .unwrap()
            .args(["verify", "--config", "small", "--json", "--alone"])
            .args(extra)
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let json: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        (out.status.code(), json)
    };
    let (status, report) = alone(&[]);
    assert_eq!((status, &report["equal"]), (Some(0), &true.into()));
    // The exponentials of the softmax: nothing stops, the weights come out otherwise.
    let exp = list()
        .iter()
        .position(|l| l.block == "exp" && l.change.statement.starts_with("n$q"))
        .unwrap();
    let (status, report) = alone(&["--break", &(exp + 1).to_string()]);
    assert_eq!(status, Some(1), "{report}");
    let difference = report["difference"].as_str().unwrap_or_default();
    assert!(difference.contains("native trainer"), "{difference}");
}

#[test]
fn a_break_that_is_not_listed_or_of_another_configuration_is_refused() {
    for (arguments, text) in [
        (["--config", "small", "--break", "999"], "the list has 1 to"),
        (["--config", "tiny", "--break", "1"], "give --config small"),
    ] {
        let out = Command::cargo_bin("synfire")
            .unwrap()
            .arg("verify")
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(2));
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(said.contains(text), "{said}");
    }
}
