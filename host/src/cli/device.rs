//! The device arguments that commands share, and the figures of a link.

use crate::device::{Board, Choice, Streamed};
use crate::link::{Statistics, Wire};
use synfire_format::config::PeConfig;

/// Rate that a link's figures are given for, and that a port is opened with.
pub const BAUD: u32 = 3_000_000;

#[derive(Debug, Clone, clap::Args)]
pub struct DeviceArguments {
    /// Run on this device: golden, rtl, netlist or serial:PATH
    #[arg(long)]
    device: Option<Choice>,
    /// The device's configuration: tiny, small, gowin or ecp5
    #[arg(
        long,
        value_name = "CONFIG",
        default_value = "small",
        requires = "device"
    )]
    device_config: String,
    /// Rate of the device's serial port
    #[arg(long, default_value_t = BAUD, requires = "device", value_parser = clap::value_parser!(u32).range(1..))]
    baud: u32,
}

/// The configuration of that name.
pub fn device_config(name: &str) -> anyhow::Result<PeConfig> {
    Ok(PeConfig::by_name(name)?)
}

impl DeviceArguments {
    /// Opens the device, where one is asked for.
    pub fn open(&self) -> anyhow::Result<Option<Board<Box<dyn Wire>>>> {
        let Some(choice) = &self.device else {
            return Ok(None);
        };
        let config = device_config(&self.device_config)?;
        Ok(Some(choice.open(&config, self.baud)?))
    }

    /// The arguments as they are written, each with a space after it.
    pub fn line(&self) -> String {
        let Some(choice) = &self.device else {
            return String::new();
        };
        let mut line = format!("--device {choice} --device-config {} ", self.device_config);
        if self.baud != BAUD {
            line += &format!("--baud {} ", self.baud);
        }
        line
    }
}

/// A link's figures in JSON.
pub fn link_figures(
    streamed: &Streamed,
    statistics: Statistics,
) -> serde_json::Result<serde_json::Value> {
    let mut figures = serde_json::to_value(statistics)?;
    figures["samples"] = serde_json::to_value(streamed)?;
    figures["payload_efficiency"] = streamed.efficiency().into();
    figures["baud"] = BAUD.into();
    figures["link_bound_samples_per_s"] = streamed.link_bound(BAUD).into();
    Ok(figures)
}

/// The same for people.
pub fn print_link(streamed: &Streamed, statistics: Statistics) {
    println!(
        "link                 {:6.1} % of the bytes sent are {}; {:.0} samples/s at most at {BAUD} baud",
        100.0 * streamed.efficiency(),
        if streamed.resident {
            "samples' numbers"
        } else {
            "pixels"
        },
        streamed.link_bound(BAUD)
    );
    println!(
        "link errors          {} requests sent again, {} frames came damaged, {} silences, in {} requests",
        statistics.resent, statistics.damaged, statistics.silences, statistics.requests
    );
}
