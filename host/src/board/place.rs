//! One placement of a netlist: nextpnr's run, kept by seed, and what its report says in source names.

use super::Board;
use super::build::BuildError;
use crate::output::write_whole;
use crate::progress::Watch;
use crate::synth::SynthError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// One placement of the whole design.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    pub seed: u32,
    pub fmax_mhz: f64,
    /// Cells used, as the family's nextpnr calls them.
    pub used: BTreeMap<String, u64>,
    /// Source names on the way, with the delay so far in ns.
    pub critical_path: Vec<String>,
    pub seconds: f64,
}

/// Places and routes `../top.json` in `directory`, or finds the placement of that seed there.
///
/// # Errors
/// [`BuildError`]; an interrupted placement leaves nothing that would be found.
pub fn place(
    directory: &Path,
    board: &Board,
    clock_mhz: f64,
    seed: u32,
) -> Result<Placed, BuildError> {
    let flow = board.family.flow();
    let stem = format!("seed{seed}");
    let record = directory.join(format!("{stem}.placed.json"));
    let found = std::fs::read(&record).ok();
    if let Some(found) = found.and_then(|t| serde_json::from_slice::<Placed>(&t).ok()) {
        return Ok(found);
    }
    let start = Instant::now();
    let mut command = flow.place(board, clock_mhz, seed, &stem);
    command.current_dir(directory);
    Watch::new(
        "nextpnr",
        &format!("{}: seed {seed}", board.name),
        &directory.join(format!("{stem}.log")),
    )
    .run(&mut command, stage, flow.packages()[1].missing().into())?;
    let text = std::fs::read_to_string(directory.join(format!("{stem}.json"))).unwrap_or_default();
    let seconds = start.elapsed().as_secs_f64();
    let placed = read_report(&text, seed, seconds).ok_or(SynthError::Unreadable("nextpnr"))?;
    let text = serde_json::to_string_pretty(&placed)
        .map_err(|_| SynthError::Unreadable("the placement"))?;
    write_whole(&record, text.as_bytes())?;
    Ok(placed)
}

/// What a line of nextpnr's says about how far it is.
fn stage(line: &str) -> Option<String> {
    let text = line.strip_prefix("Info: ")?.trim();
    let begins = |words: &[&str]| words.iter().any(|w| text.starts_with(w));
    // The router's table: arcs done, of which wires ripped up, and those that remain.
    let numbers = text.split('|').next()?.trim();
    if text.contains('|') && numbers.parse::<u64>().is_ok() {
        let remain = text.split('|').nth(3)?.split_whitespace().next()?;
        return Some(format!("routing, {remain} arcs remain"));
    }
    if let Some(at) = text.strip_prefix("at iteration #") {
        return Some(format!(
            "placing, iteration {}",
            at.split([',', ':']).next()?
        ));
    }
    begins(&[
        "Pack",
        "Creating initial",
        "Running",
        "Routing",
        "Setting up",
    ])
    .then(|| text.trim_end_matches('.').to_string())
}

/// Reads nextpnr's report: the slowest clock, and the longest path between two of its edges.
fn read_report(text: &str, seed: u32, seconds: f64) -> Option<Placed> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let fmax_mhz = value["fmax"]
        .as_object()?
        .values()
        .filter_map(|c| c["achieved"].as_f64())
        .fold(f64::INFINITY, f64::min);
    // No clock is no machine.
    if !fmax_mhz.is_finite() {
        return None;
    }
    let used = value["utilization"].as_object()?.iter();
    let used = used.filter_map(|(cell, u)| Some((cell.clone(), u["used"].as_u64()?)));
    let used = used.filter(|(_, n)| *n > 0).collect();
    let paths = value["critical_paths"].as_array()?;
    let between_edges = paths.iter().find(|p| {
        let edge = |end: &str| p[end].as_str().is_some_and(|e| e.starts_with("posedge"));
        edge("from") && edge("to")
    });
    let mut critical_path: Vec<String> = Vec::new();
    let mut delay = 0.0;
    let mut last = String::new();
    let steps = between_edges.and_then(|p| p["path"].as_array());
    for step in steps.into_iter().flatten() {
        delay += step["delay"].as_f64().unwrap_or(0.0);
        let Some(net) = step["net"].as_str() else {
            continue;
        };
        let name = source_name(net);
        // Along a carry chain the last delay of a name counts.
        if name == last {
            critical_path.pop();
        }
        critical_path.push(format!("  {delay:6.2} ns  {name}"));
        last = name.to_string();
    }
    Some(Placed {
        seed,
        fmax_mhz,
        used,
        critical_path,
        seconds,
    })
}

/// The name that a source file has, without what the tools appended: the cells that drive the net, one after another.
fn source_name(net: &str) -> &str {
    const CELLS: [&str; 9] = [
        "_TRELLIS_",
        "_LUT",
        "_CCU2C",
        "_SB_",
        "_DFF",
        "_ALU_",
        "_MUX2_",
        "_MULT18X18",
        "_DP",
    ];
    let end = CELLS.iter().filter_map(|c| net.find(c)).min();
    &net[..end.unwrap_or(net.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_gives_the_slowest_clock_and_its_path_in_source_names() {
        let text = r#"{ "fmax": { "clock": { "achieved": 61.5, "constraint": 65 }, "other": { "achieved": 99 } },
            "utilization": { "TRELLIS_COMB": { "used": 5 }, "TRELLIS_FF": { "used": 6 }, "DCCA": { "used": 0 } },
            "critical_paths": [
              { "from": "<async>", "to": "posedge c", "path": [] },
              { "from": "posedge c", "to": "posedge c", "path": [
                { "delay": 0.5, "type": "clk-to-q" },
                { "delay": 1.0, "net": "pe.exp.n$q[0]", "type": "routing" },
                { "delay": 0.25, "type": "logic" },
                { "delay": 0.25, "net": "pe.exp.n$q_TRELLIS_FF_Q_LUT4_Z", "type": "routing" },
                { "delay": 0.5, "net": "pe.exp.n$q_LUT4_Z_1", "type": "routing" } ] } ] }"#;
        let p = read_report(text, 3, 1.0).unwrap();
        assert_eq!((p.fmax_mhz, p.seed, p.used.len()), (61.5, 3, 2));
        assert_eq!((p.used["TRELLIS_COMB"], p.used["TRELLIS_FF"]), (5, 6));
        assert_eq!(
            p.critical_path,
            ["    1.50 ns  pe.exp.n$q[0]", "    2.50 ns  pe.exp.n$q"]
        );
        assert_eq!(read_report("{}", 1, 0.0), None);
        let no_clock = r#"{ "fmax": {}, "utilization": {}, "critical_paths": [] }"#;
        assert_eq!(read_report(no_clock, 1, 0.0), None);
    }

    #[test]
    fn what_the_tools_append_to_a_name_is_cut_off_in_every_family() {
        for (net, name) in [
            ("board.pe.sum_q_TRELLIS_FF_Q_2_DI_LUT4_Z", "board.pe.sum_q"),
            ("board.count_q_SB_DFF_Q_61_D_SB_LUT4_O_I3", "board.count_q"),
            ("board.count_q_DFF_Q_31_D_ALU_SUM_COUT", "board.count_q"),
            ("board.pe.x_LUT3_F_I0_MUX2_LUT5_O", "board.pe.x"),
            ("board.pe.x_in[3]", "board.pe.x_in[3]"),
        ] {
            assert_eq!(source_name(net), name);
        }
    }

    #[test]
    fn what_nextpnr_prints_says_how_far_it_is() {
        for (line, said) in [
            ("Info: Packing LUT-FFs..", Some("Packing LUT-FFs")),
            (
                "Info:     at iteration #7, type ALL: wirelen solved = 577",
                Some("placing, iteration 7"),
            ),
            (
                "Info:       1000 |      126        873 |   126   873 |     29513|       0.31       0.31|",
                Some("routing, 29513 arcs remain"),
            ),
            ("Info: Checksum: 0x1", None),
            ("Warning: x", None),
        ] {
            assert_eq!(stage(line).as_deref(), said, "{line}");
        }
    }
}
