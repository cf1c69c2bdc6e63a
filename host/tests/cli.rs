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
            "nextpnr-ecp5"
        ]
    );
}

#[test]
fn an_unknown_command_is_refused() {
    assert!(error(&mut synfire(&["dance"])).contains("unrecognized subcommand"));
}
