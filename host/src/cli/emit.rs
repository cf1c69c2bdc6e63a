//! `synfire emit`

use super::Verdict;
use crate::output::write_whole;
use std::path::PathBuf;
use synfire_format::config::PeConfig;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Configuration: tiny, small or ecp5
    #[arg(long)]
    config: String,
    /// Directory that takes the Verilog file
    #[arg(long, default_value = "target/rtl")]
    out: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let config = PeConfig::by_name(&arguments.config)?;
    let verilog = synfire_hdl::pe::emit_pe(&config)?;
    let path = arguments.out.join(format!("synfire_pe_{}.v", config.name));
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
