//! The ECP5 netlist of a machine: the emitted RTL after Yosys' synthesis, flat, compiled by Verilator with models of its
//! cells. What a bitstream would be made of runs here, before any place and route.

use crate::output::{OutputError, write_whole};
use crate::synth::{SynthError, yosys};
use crate::tools::PYOSYS;
use std::path::{Path, PathBuf};
use synfire_format::config::{MachineShape, PeConfig};
use synfire_hdl::EmitError;
use synfire_sim::SimError;
use synfire_sim::link::MachineLibrary;
use synfire_sim::verilated::cache;
use thiserror::Error;

/// Why there is no netlist.
#[derive(Debug, Error)]
pub enum NetlistError {
    #[error(transparent)]
    Synth(#[from] SynthError),
    #[error(transparent)]
    Emit(#[from] EmitError),
    #[error(transparent)]
    Sim(#[from] SimError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error("{path}: {source}; check that it is writable and has room, or set SYNFIRE_CACHE to another directory", path = .path.display())]
    Cache {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Yosys' commands from `top.v` to `netlist.v`. Vectors are split into wires: bits of one vector that depend on each
/// other would be a loop for Verilator, and slow.
fn commands(top: &str) -> Vec<String> {
    [
        "read_verilog -D ECP5 top.v",
        &format!("synth_ecp5 -nowidelut -top {top}"),
        "check -assert",
        "delete t:$scopeinfo",
        "splitnets",
        "opt_clean -purge",
        "write_verilog -noattr netlist.v",
    ]
    .map(String::from)
    .to_vec()
}

/// The netlist of the module `top` of `verilog` for the ECP5, flat, without its cells' models; synthesised by Yosys, or
/// found where an earlier call with the same text left it.
///
/// # Errors
/// [`NetlistError`]: no Yosys, or one that fails.
pub fn synthesise(top: &str, verilog: &str) -> Result<String, NetlistError> {
    let commands = commands(top);
    let mut hash = blake3::Hasher::new();
    for part in commands.iter().map(String::as_str).chain([verilog, PYOSYS]) {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let key = hash.finalize().to_hex();
    let kept = cache().join(format!("netlist-{top}-{}.v", &key[..32]));
    if !kept.is_file() {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            |source| NetlistError::Cache { path, source }
        };
        std::fs::create_dir_all(cache()).map_err(failed(&cache()))?;
        let aside = tempfile::tempdir_in(cache()).map_err(failed(&cache()))?;
        write_whole(&aside.path().join("top.v"), verilog.as_bytes())?;
        yosys(aside.path(), &commands)?;
        let made = aside.path().join("netlist.v");
        std::fs::rename(&made, &kept).map_err(failed(&made))?;
    }
    std::fs::read_to_string(&kept).map_err(|source| NetlistError::Cache { path: kept, source })
}

/// The netlist of one PE of a configuration behind parallel byte ports, shifting by multipliers as several on one
/// board do.
///
/// # Errors
/// As [`synthesise`], and an illegal configuration.
pub fn netlist(config: &PeConfig) -> Result<String, NetlistError> {
    let shape = MachineShape {
        many_multipliers: true,
        ..1.into()
    };
    let verilog = synfire_hdl::machine::emit_machine(config, shape, 0, 0)?;
    synthesise("machine", &verilog)
}

/// The same, compiled.
///
/// # Errors
/// As [`netlist`], and those of Verilator and the C++ compiler.
pub fn machine(config: &PeConfig) -> Result<MachineLibrary, NetlistError> {
    Ok(MachineLibrary::from_netlist(&netlist(config)?, false)?)
}
