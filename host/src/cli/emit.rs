//! `synfire emit`

use super::Verdict;
use crate::output::write_whole;
use std::path::PathBuf;
use synfire_format::config::{MachineShape, PeConfig};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Configuration: tiny, small, gowin or ecp5
    #[arg(long)]
    config: String,
    /// The machine: this many PEs behind the host link, instead of a PE alone
    #[arg(long, value_name = "PES")]
    machine: Option<usize>,
    /// With --machine: the same behind a UART with reset and LEDs, as on a board of this clock (Hz)
    #[arg(long, value_name = "HZ", requires = "machine", requires = "baud")]
    clock_hz: Option<u32>,
    /// The UART's rate
    #[arg(long, value_name = "BAUD", requires = "clock_hz")]
    baud: Option<u32>,
    /// With --machine: PEs shift by multipliers wherever they can, as several PEs on one board do
    #[arg(long, requires = "machine")]
    many_multipliers: bool,
    /// Directory that takes the Verilog file
    #[arg(long, default_value = "target/rtl")]
    out: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let config = PeConfig::by_name(&arguments.config)?;
    if arguments.many_multipliers && config.single_port {
        anyhow::bail!(
            "--many-multipliers: a PE of `{}` has one form; choose small, gowin or ecp5",
            config.name
        );
    }
    let shape = |pes| MachineShape {
        many_multipliers: arguments.many_multipliers,
        ..MachineShape::from(pes)
    };
    let (name, verilog) = match (arguments.machine, arguments.clock_hz, arguments.baud) {
        (Some(pes), Some(clock_hz), Some(baud)) => {
            if baud == 0 || u64::from(baud) * 8 > u64::from(clock_hz) {
                anyhow::bail!(
                    "{baud} baud from a clock of {clock_hz} Hz: the UART takes rates up to an eighth of its clock; choose 1 to {} baud",
                    clock_hz / 8
                );
            }
            let text = synfire_hdl::machine::emit_board(&config, shape(pes), clock_hz, baud, 0)?;
            ("board", text)
        }
        (Some(pes), ..) => (
            "machine",
            synfire_hdl::machine::emit_machine(&config, shape(pes), 0, 0)?,
        ),
        (None, ..) => ("pe", synfire_hdl::pe::emit_pe(&config)?),
    };
    let path = arguments
        .out
        .join(format!("synfire_{name}_{}.v", config.name));
    write_whole(&path, verilog.as_bytes())?;
    if arguments.json {
        super::print_json(&serde_json::json!({
            "config": config.name,
            "file": path,
            "lines": verilog.lines().count(),
        }))?;
    } else {
        println!("{}: {} lines", path.display(), verilog.lines().count());
    }
    Ok(Verdict::Yes)
}
