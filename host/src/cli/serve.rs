//! `synfire serve`

use super::Verdict;
use super::device::{BAUD, device_config};
use crate::device::Choice;
use crate::link::Wire;
use anyhow::Context;
use serialport::{SerialPort, TTYPort};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The machine: golden or rtl
    #[arg(long)]
    device: Choice,
    /// Its configuration: tiny, small, gowin or ecp5
    #[arg(long, value_name = "CONFIG", default_value = "small")]
    device_config: String,
    /// Serve it at a pseudo-terminal, whose path is printed: open it as a serial port
    #[arg(long, required = true)]
    pty: bool,
    /// Also make this symbolic link to the pseudo-terminal
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,
}

/// A symbolic link that goes with the process.
struct Linked(PathBuf);

impl Linked {
    fn new(target: &str, path: &Path) -> anyhow::Result<Self> {
        // One left behind by a process that was killed may go; anything else is somebody's.
        if path.is_symlink() {
            std::fs::remove_file(path)?;
        }
        std::os::unix::fs::symlink(target, path).with_context(|| {
            format!(
                "the link {} cannot be made; name another with --link",
                path.display()
            )
        })?;
        Ok(Linked(path.into()))
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    if let Choice::Serial(path) = &a.device {
        anyhow::bail!("{path} is a serial port already: serve golden or rtl");
    }
    let config = device_config(&a.device_config)?;
    let mut wire = a.device.wire(&config, BAUD)?;
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    ctrlc::set_handler(move || seen.store(true, Ordering::Relaxed))
        .context("Ctrl-C cannot be caught")?;
    let (mut port, client) =
        TTYPort::pair().context("no pseudo-terminal can be made; is /dev/pts mounted?")?;
    let path = client.name().context("the pseudo-terminal has no path")?;
    // With this end open a client's locks would outlive it.
    drop(client);
    let link = a.link.as_ref().map(|l| Linked::new(&path, l)).transpose()?;
    let shown = a
        .link
        .as_ref()
        .map_or(path.clone(), |l| l.display().to_string());
    println!("{path}");
    eprintln!(
        "{} of configuration `{name}` is served: synfire train deepr --device serial:{shown} --device-config {name}; Ctrl-C ends it",
        a.device,
        name = config.name
    );
    io::stdout().flush()?;
    let outcome = serve(&mut *wire, &mut port, &stop);
    drop(link);
    outcome?;
    eprintln!("ended");
    Ok(Verdict::Yes)
}

/// The machine runs at least so long between two looks at the port.
const SLICE: Duration = Duration::from_millis(1);
/// After so long without a byte the port is looked at less often.
const QUIET: Duration = Duration::from_secs(1);

/// Whether the error says that nobody has the port open.
fn nobody(e: &io::Error) -> bool {
    // EIO is what Linux gives then.
    e.kind() == io::ErrorKind::BrokenPipe || e.raw_os_error() == Some(5)
}

/// Carries bytes between port and machine until `stop`.
fn serve(wire: &mut dyn Wire, port: &mut TTYPort, stop: &AtomicBool) -> anyhow::Result<()> {
    let mut bytes = [0; 4096];
    let mut out: Vec<u8> = Vec::new();
    let mut last = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let quiet = last.elapsed() > QUIET;
        let wait = if last.elapsed() < SLICE || !out.is_empty() {
            Duration::ZERO
        } else if quiet {
            10 * SLICE
        } else {
            SLICE / 4
        };
        port.set_timeout(wait)?;
        match port.read(&mut bytes) {
            Ok(n) => {
                wire.send(&bytes[..n])?;
                last = Instant::now();
            }
            Err(e) if [io::ErrorKind::TimedOut, io::ErrorKind::Interrupted].contains(&e.kind()) => {
            }
            Err(e) if nobody(&e) => {
                // What nobody waits for is not kept.
                out.clear();
                std::thread::sleep(10 * SLICE);
            }
            Err(e) => return Err(e).context("the pseudo-terminal cannot be read"),
        }
        let began = Instant::now();
        loop {
            wire.receive(&mut out, Duration::ZERO)?;
            if !out.is_empty() || last.elapsed() < SLICE || began.elapsed() > SLICE {
                break;
            }
        }
        if !out.is_empty() {
            port.set_timeout(SLICE)?;
            match port.write(&out) {
                Ok(n) => {
                    out.drain(..n);
                    last = Instant::now();
                }
                Err(e)
                    if [io::ErrorKind::TimedOut, io::ErrorKind::Interrupted]
                        .contains(&e.kind()) => {}
                Err(e) if nobody(&e) => out.clear(),
                Err(e) => return Err(e).context("the pseudo-terminal cannot be written"),
            }
        }
    }
    Ok(())
}
