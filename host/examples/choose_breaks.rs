//! Makes `host/src/breaks.json` anew after a change of the generator: chooses breaks of each block from the emitted RTL
//! of `small`, runs what `synfire verify` runs, and prints those that are seen, with the place where they are first seen.
//!
//! `cargo run --release -p synfire --example choose_breaks > host/src/breaks.json`; look at the list before it lands. Breaks
//! that are not seen go to standard error (each changes nothing observable, or is a hole in the comparison to be filled), and so
//! do those that stop the RTL (reported, but at no place) and those whose place follows what memories hold at power-up.

use synfire::breaks::{Listed, WORKLOAD, place};
use synfire_format::config::PeConfig;
use synfire_sim::mutate::{self, Break};
use synfire_sim::rtl::PeLibrary;

/// Blocks, their modules, and how many breaks to choose of each.
const BLOCKS: [(&str, &[&str], usize); 7] = [
    (
        "core",
        &["core", "decode", "alu", "shifter", "fetch", "access"],
        10,
    ),
    ("sram", &["sram", "bank", "rc", "wc", "skid", "arbiter"], 10),
    (
        "synapse engine",
        &[
            "synapse_engine",
            "row_walker",
            "scatter",
            "word_adder",
            "write_back",
        ],
        14,
    ),
    ("neuron engine", &["neuron_engine"], 9),
    (
        "lanes",
        &["lanes", "lanes_lane", "lanes_control", "unit"],
        9,
    ),
    ("exp", &["exp"], 8),
    ("random", &["random", "row_key", "draws", "lane"], 10),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed: u64 = std::env::args().nth(1).map_or(Ok(1), |s| s.parse())?;
    let config = PeConfig::small();
    let verilog = synfire_hdl::pe::emit_pe(&config)?;
    let mut chosen: Vec<(&str, Break)> = Vec::new();
    for (block, modules, count) in BLOCKS {
        let breaks = mutate::choose(&verilog, |m| modules.contains(&m), count, seed);
        eprintln!("{block}: {} breaks", breaks.len());
        chosen.extend(breaks.into_iter().map(|b| (block, b)));
    }
    let breaks: Vec<Break> = chosen.iter().map(|(_, b)| b.clone()).collect();
    let text = mutate::apply(&verilog, "pe", &breaks)?;
    let library = PeLibrary::from_verilog(&config, &text, false)?;
    assert_eq!(
        place(&library, &config, 0, 1)?,
        None,
        "the unbroken RTL is equal"
    );
    let mut seen = Vec::new();
    for (select, (block, change)) in (1..).zip(chosen) {
        let first = place(&library, &config, select, 1)?;
        let other = place(&library, &config, select, 2)?;
        match first {
            Some(place) if other.as_ref() != Some(&place) => {
                eprintln!("follows the power-up: {block}: {change}");
            }
            Some(place) if place.contains("did nothing") => {
                eprintln!("stops the RTL: {block}: {change}");
            }
            Some(place) => {
                eprintln!("{block}: {change}: {place}");
                let block = block.into();
                seen.push(Listed {
                    block,
                    change,
                    place,
                });
            }
            None => eprintln!("NOT SEEN with {WORKLOAD} cases: {block}: {change}"),
        }
    }
    println!("{}", serde_json::to_string_pretty(&seen)?);
    Ok(())
}
