//! What the command line answers to what goes wrong: one paragraph, exit status 2, nothing left behind.

use assert_cmd::Command;

fn synfire(arguments: &[&str]) -> Command {
    let mut c = Command::cargo_bin("synfire").unwrap();
    c.args(arguments);
    c
}

/// Runs a command that must fail with status 2 and returns the paragraph.
fn error(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert!(out.stdout.is_empty(), "{out:?}");
    let text = String::from_utf8(out.stderr).unwrap();
    assert!(
        !text.contains("panicked") && !text.contains("internal error"),
        "{text}"
    );
    text
}

#[test]
fn doctor_says_what_each_missing_tool_prevents_when_there_is_none() {
    let empty = tempfile::tempdir().unwrap();
    let out = synfire(&["doctor"])
        .env("PATH", empty.path())
        .env("VERILATOR", empty.path().join("verilator"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(
        text.contains("verilator     MISSING  without it not: verify"),
        "{text}"
    );
    assert!(text.contains("install: sudo apt install g++"), "{text}");
}

#[test]
fn doctor_prints_json_with_every_tool() {
    let out = synfire(&["doctor", "--json"]).output().unwrap();
    let value: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let names: Vec<_> = value["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "verilator",
            "g++",
            "make",
            "python3",
            "yosys",
            "nextpnr-ecp5",
            "nextpnr-ice40",
            "nextpnr-gowin",
            "apicula"
        ]
    );
}

#[test]
fn an_unknown_command_is_refused() {
    assert!(error(&mut synfire(&["dance"])).contains("unrecognized subcommand"));
}

#[test]
fn an_unknown_configuration_is_named_with_those_there_are() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("rtl");
    let text = error(synfire(&["emit", "--config", "huge", "--out"]).arg(&out));
    assert_eq!(
        text,
        "synfire: no configuration is called `huge`: choose one of tiny, small, gowin, ecp5\n"
    );
    assert!(!out.exists());
}

#[test]
fn a_board_that_is_not_there_or_too_small_or_a_clock_that_is_none_is_refused() {
    for (arguments, said) in [
        (
            &["--board", "nexys"][..],
            "no board is called `nexys`: choose one of ulx3s-85f",
        ),
        (
            &["--board", "ulx3s-85f", "--pes", "7"],
            "7 PEs of `ecp5` do not fit on ulx3s-85f (85k): 5 fit, then block RAM (DP16KD) runs out",
        ),
        (
            &["--board", "colorlight-i5", "--clock-mhz", "0"],
            "give --clock-mhz from 1 to 400",
        ),
    ] {
        let text = error(synfire(&["build"]).args(arguments));
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn emit_writes_one_verilog_file_or_says_why_not() {
    let d = tempfile::tempdir().unwrap();
    let out = synfire(&["emit", "--config", "small", "--json", "--out"])
        .arg(d.path())
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let text = std::fs::read_to_string(d.path().join("synfire_pe_small.v")).unwrap();
    assert!(
        text.contains("module pe"),
        "{}",
        &text[..200.min(text.len())]
    );
    let many = ["--machine", "1", "--many-multipliers", "--out"];
    let text = error(
        synfire(&["emit", "--config", "tiny"])
            .args(many)
            .arg(d.path()),
    );
    assert!(text.contains("choose small, gowin or ecp5"), "{text}");
    let file = d.path().join("file");
    std::fs::write(&file, "").unwrap();
    let text = error(synfire(&["emit", "--config", "small", "--out"]).arg(&file));
    assert!(
        text.contains("choose a directory that is writable"),
        "{text}"
    );
}
