//! From a board to its bitstream: emit, synthesise, place and route with one seed after another until timing is met, pack.
//!
//! A netlist lies in `target/boards/<family>/<key>`, a board's placements in a directory below it; each key is a hash of what
//! went in and of the tools' versions. What was made once is found again, seed by seed.

use super::bitstream::{self, Repacked};
use super::netlist::netlist;
use super::place::{Placed, place};
use super::room::Counted;
use super::{Board, BoardError};
use crate::output::write_whole;
use crate::synth::{SynthError, run};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use synfire_format::config::PeConfig;
use thiserror::Error;

/// Why there is no bitstream.
#[derive(Debug, Error)]
pub enum BuildError {
    #[error(transparent)]
    Board(#[from] BoardError),
    #[error(transparent)]
    Config(#[from] synfire_format::config::ConfigError),
    #[error(transparent)]
    Emit(#[from] synfire_hdl::emit::EmitError),
    #[error(transparent)]
    Synth(#[from] SynthError),
    #[error(transparent)]
    Output(#[from] crate::output::OutputError),
    #[error("{path} cannot be read: {source}", path = .path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "no PLL setting gives {asked} MHz from {oscillator} MHz: give --clock-mhz near a multiple of it ({log})"
    )]
    Pll {
        asked: f64,
        oscillator: f64,
        log: String,
    },
    #[error(
        "{baud} baud is more than an eighth of {clock_mhz} MHz, which the UART needs: give --clock-mhz {least} or more"
    )]
    Baud {
        baud: u32,
        clock_mhz: f64,
        least: f64,
    },
    #[error(
        "timing is not met: {asked:.1} MHz asked, the best of {tried} seed(s) is {best:.1} MHz (seed {seed}). Its critical path:\n{path}\nAsk for less (--clock-mhz {less:.0}) or try more seeds (--seeds {more})"
    )]
    Timing {
        asked: f64,
        tried: u32,
        best: f64,
        seed: u32,
        path: String,
        less: f64,
        more: u32,
    },
    #[error("{bitstream}: {what}", bitstream = .bitstream.display())]
    Repack { bitstream: PathBuf, what: String },
    #[error(
        "no tool unpacks a {family} bitstream to what can be packed again: leave out --check-bitstream"
    )]
    NoUnpacker { family: &'static str },
}

impl BuildError {
    /// A PLL calculator that refused.
    pub(super) fn pll(board: &Board, asked: f64, error: SynthError) -> Self {
        match error {
            SynthError::Failed { log, .. } => Self::Pll {
                asked,
                oscillator: board.oscillator_mhz,
                log,
            },
            other => other.into(),
        }
    }
}

/// What is built.
#[derive(Debug, Clone)]
pub struct Request {
    pub board: Board,
    pub pes: usize,
    pub clock_mhz: f64,
    /// Seeds tried, 1 to this.
    pub seeds: u32,
    /// Place with every seed, also after timing is met: for a median.
    pub all_seeds: bool,
    /// Unpack the bitstream, pack it again and compare.
    pub check_bitstream: bool,
    /// Where builds are kept.
    pub out: PathBuf,
}

/// What goes between the pins: Verilog with a module `board` of the ports `clock`, `locked`, `rx`, `tx` and `led`.
#[derive(Debug, Clone)]
pub struct Machine {
    pub verilog: String,
    pub configuration: String,
    pub pes: usize,
    /// KB of the sample store.
    pub store_kb: u32,
    /// Of what the machine was made from; HELLO tells it.
    pub build: u64,
}

impl Machine {
    /// The machine of a board.
    ///
    /// # Errors
    /// A configuration that is none, a rate that is too high for the clock, a fault of the generator.
    pub fn of(board: &Board, pes: usize, clock_mhz: f64) -> Result<Self, BuildError> {
        let config = PeConfig::by_name(&board.configuration)?;
        let hertz = (clock_mhz * 1e6).round() as u32;
        if board.baud > hertz / 8 {
            return Err(BuildError::Baud {
                baud: board.baud,
                clock_mhz,
                least: f64::from(board.baud) * 8e-6,
            });
        }
        let shape = board.shape(pes)?;
        let emit =
            |build| synfire_hdl::machine::emit_board(&config, shape, hertz, board.baud, build);
        // The machine's text without its own hash is what the hash is of.
        let hash = blake3::hash(emit(0)?.as_bytes());
        let mut low = [0; 8];
        low.copy_from_slice(&hash.as_bytes()[..8]);
        let build = u64::from_le_bytes(low);
        Ok(Self {
            verilog: emit(build)?,
            configuration: config.name,
            pes,
            store_kb: shape.store_kb,
            build,
        })
    }

    /// For people.
    pub fn what(&self) -> String {
        format!("{} PE(s) of `{}`", self.pes, self.configuration)
    }
}

/// The result of a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Built {
    pub board: String,
    pub device: String,
    pub configuration: String,
    pub pes: usize,
    /// KB of the sample store.
    #[serde(default)]
    pub store_kb: u32,
    /// Asked.
    pub clock_mhz: f64,
    /// That the PLL's setting gives.
    pub given_mhz: f64,
    pub baud: u32,
    /// Of what the machine was made from; HELLO tells it.
    pub build: String,
    /// Of the netlist.
    pub cells: Counted,
    /// In the order of the seeds; the last met timing, or all were asked for.
    pub placed: Vec<Placed>,
    /// The seed in the bitstream.
    pub seed: u32,
    pub bitstream: PathBuf,
    pub bitstream_bytes: u64,
    /// BLAKE3 of the bitstream.
    pub bitstream_hash: String,
    /// Where it was asked for.
    pub repacked: Option<Repacked>,
    /// Versions of the Python packages.
    pub tools: BTreeMap<String, String>,
    pub synthesis_seconds: f64,
    /// Of this call, in which some may have been found.
    pub wall_seconds: f64,
}

impl Built {
    /// Of the placements' clocks.
    pub fn median_mhz(&self) -> f64 {
        let mut all: Vec<f64> = self.placed.iter().map(|p| p.fmax_mhz).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    }
}

/// Builds a board's machine, or finds what was built.
///
/// # Errors
/// [`BuildError`]; nothing is left that a later build would take for whole.
pub fn build(request: &Request) -> Result<Built, BuildError> {
    request.board.check(request.pes)?;
    let machine = Machine::of(&request.board, request.pes, request.clock_mhz)?;
    build_machine(request, &machine)
}

/// Builds `machine` for the board, whatever it is.
///
/// # Errors
/// As [`build`].
pub fn build_machine(request: &Request, machine: &Machine) -> Result<Built, BuildError> {
    let start = Instant::now();
    let board = &request.board;
    let flow = board.family.flow();
    if request.check_bitstream && flow.unpack("", "").is_none() {
        return Err(BuildError::NoUnpacker {
            family: flow.name(),
        });
    }
    for package in flow.packages() {
        package.check().map_err(SynthError::from)?;
    }
    let netlist = netlist(&request.out, board, machine, request.clock_mhz)?;
    eprintln!("{}: {}", board.name, board.share(&netlist.cells)?);
    board.check_netlist(machine.pes, &netlist.cells)?;

    // What a placement is made of: the pins, and the command without its seed.
    let mut hash = blake3::Hasher::new();
    hash.update(board.pins.as_bytes());
    for part in flow.place(board, request.clock_mhz, 0, "seed").get_args() {
        hash.update(&[0]);
        hash.update(part.as_encoded_bytes());
    }
    let key = hash.finalize().to_hex();
    let directory = netlist
        .directory
        .join(format!("{}-{}", board.name, &key[..8]));
    write_whole(&directory.join(flow.pins_file()), board.pins.as_bytes())?;
    let mut placed: Vec<Placed> = Vec::new();
    let mut met: Option<u32> = None;
    for seed in 1..=request.seeds {
        let one = place(&directory, board, request.clock_mhz, seed)?;
        eprintln!(
            "{}: seed {seed}: {:.1} MHz of {:.1} asked, {:.0} s",
            board.name, one.fmax_mhz, request.clock_mhz, one.seconds
        );
        if one.fmax_mhz >= request.clock_mhz && met.is_none() {
            met = Some(seed);
        }
        placed.push(one);
        if met.is_some() && !request.all_seeds {
            break;
        }
    }
    let Some(seed) = met else {
        return Err(not_met(request, &placed));
    };

    let name = format!("{}.{}", board.name, flow.bitstream());
    let routed = format!("seed{seed}.{}", flow.routed());
    let mut command = flow.pack(board, &routed, &name);
    let missing = SynthError::from(flow.packages()[flow.packages().len() - 1].missing());
    run("the packer", command.current_dir(&directory), missing)?;
    let bitstream = directory.join(&name);
    let bytes = std::fs::read(&bitstream).map_err(|source| BuildError::Unreadable {
        path: bitstream.clone(),
        source,
    })?;
    let repacked = request
        .check_bitstream
        .then(|| bitstream::check(board, &bitstream, &directory.join("repacked")))
        .transpose()?;
    let tools = flow.packages().iter();
    let built = Built {
        board: board.name.clone(),
        device: flow.device(board),
        configuration: machine.configuration.clone(),
        pes: machine.pes,
        store_kb: machine.store_kb,
        clock_mhz: request.clock_mhz,
        given_mhz: netlist.clock_mhz,
        baud: board.baud,
        build: format!("{:016x}", machine.build),
        cells: netlist.cells,
        placed,
        seed,
        bitstream,
        bitstream_bytes: bytes.len() as u64,
        bitstream_hash: blake3::hash(&bytes).to_hex().to_string(),
        repacked,
        tools: tools.map(|p| (p.name.into(), p.version.into())).collect(),
        synthesis_seconds: netlist.synthesis_seconds,
        wall_seconds: start.elapsed().as_secs_f64(),
    };
    let text =
        serde_json::to_string_pretty(&built).map_err(|_| SynthError::Unreadable("the build"))?;
    write_whole(&directory.join("build.json"), text.as_bytes())?;
    Ok(built)
}

/// What is said where no seed met timing.
fn not_met(request: &Request, placed: &[Placed]) -> BuildError {
    let best = placed
        .iter()
        .max_by(|a, b| a.fmax_mhz.total_cmp(&b.fmax_mhz));
    let Some(best) = best else {
        return SynthError::Unreadable("nextpnr").into();
    };
    BuildError::Timing {
        asked: request.clock_mhz,
        tried: request.seeds,
        best: best.fmax_mhz,
        seed: best.seed,
        path: best.critical_path.join("\n"),
        less: (best.fmax_mhz - 0.5).floor(),
        more: 2 * request.seeds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timing_that_is_not_met_names_the_best_seed_and_its_path() {
        let request = Request {
            board: Board::by_name("icebreaker").unwrap(),
            pes: 1,
            clock_mhz: 300.0,
            seeds: 2,
            all_seeds: false,
            check_bitstream: false,
            out: "x".into(),
        };
        let placed = |seed, fmax_mhz| Placed {
            seed,
            fmax_mhz,
            used: BTreeMap::new(),
            critical_path: vec![format!("    1.00 ns  path.of.seed{seed}")],
            seconds: 1.0,
        };
        let e = not_met(&request, &[placed(1, 40.25), placed(2, 38.0)]);
        assert_eq!(
            e.to_string(),
            "timing is not met: 300.0 MHz asked, the best of 2 seed(s) is 40.2 MHz (seed 1). Its critical path:\n    \
             1.00 ns  path.of.seed1\nAsk for less (--clock-mhz 39) or try more seeds (--seeds 4)"
        );
    }

    #[test]
    fn a_rate_that_the_clock_cannot_carry_is_refused() {
        let board = Board::by_name("icebreaker").unwrap();
        assert_eq!(
            Machine::of(&board, 1, 12.0).unwrap_err().to_string(),
            "2000000 baud is more than an eighth of 12 MHz, which the UART needs: give --clock-mhz 16 or more"
        );
    }
}
