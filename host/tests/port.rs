//! The command line and a serial port at which something is wrong: texts that say what, and no hang.
#![cfg(unix)]

use assert_cmd::cargo::cargo_bin;
use serialport::{SerialPort, TTYPort};
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use synfire::device::Choice;
use synfire::link::Wire;
use synfire::link::frame::{Arrived, Deframer};
use synfire_format::config::PeConfig;
use synfire_format::link::{IDENTITY_BYTES, VERSION, identity};

/// What is plugged in: bytes of the host in, bytes for the host out; called with none now and then.
trait Plugged {
    fn exchange(&mut self, bytes: &[u8]) -> Vec<u8>;
}

impl<F: FnMut(&[u8]) -> Vec<u8>> Plugged for F {
    fn exchange(&mut self, bytes: &[u8]) -> Vec<u8> {
        self(bytes)
    }
}

/// A port with something plugged in, until the value ends.
struct Port {
    path: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Port {
    /// `make` makes what is plugged in, in the port's own thread.
    fn new<P: Plugged>(make: impl FnOnce() -> P + Send + 'static) -> Self {
        let (mut port, client) = TTYPort::pair().unwrap();
        let path = client.name().unwrap();
        drop(client);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut plugged = make();
            let mut bytes = [0; 4096];
            port.set_timeout(Duration::from_millis(1)).unwrap();
            while !stopped.load(Ordering::Relaxed) {
                let got = port.read(&mut bytes).unwrap_or(0);
                let mut out = &plugged.exchange(&bytes[..got])[..];
                let begun = Instant::now();
                while !out.is_empty() && begun.elapsed() < Duration::from_secs(1) {
                    match port.write(out) {
                        Ok(n) => out = &out[n..],
                        // Nobody has it open.
                        Err(_) => std::thread::sleep(Duration::from_millis(1)),
                    }
                }
            }
        });
        Port {
            path,
            stop,
            thread: Some(thread),
        }
    }

    fn device(&self) -> String {
        format!("serial:{}", self.path)
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The model's machine; `change` may alter what it says.
fn machine(mut change: impl FnMut(Vec<u8>) -> Vec<u8>) -> impl Plugged {
    let mut wire = Choice::Golden.wire(&PeConfig::small(), 0).unwrap();
    move |bytes: &[u8]| {
        let mut out = Vec::new();
        wire.send(bytes).unwrap();
        wire.receive(&mut out, Duration::ZERO).unwrap();
        change(out)
    }
}

/// The model's machine with one byte of its identity changed.
fn another(at: usize, byte: u8) -> impl Plugged {
    machine(move |bytes| {
        let mut deframer = Deframer::default();
        let mut out = Vec::new();
        for one in bytes.iter().filter_map(|&b| deframer.take(b)) {
            if let Arrived::Good(mut frame) = one {
                if frame.payload.len() == IDENTITY_BYTES {
                    frame.payload[at] = byte;
                }
                out.extend(frame.encode());
            }
        }
        out
    })
}

/// `synfire link` with 20 samples over a device, ended after a minute where it does not end itself.
fn link(device: &str, more: &[&str]) -> Output {
    let mut child = Command::new(cargo_bin("synfire"))
        .args(["link", "--json", "--samples", "20", "--device", device])
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(100) {
            child.kill().unwrap();
            panic!("{:?} hangs", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

/// What the command says as it refuses.
fn refused(device: &str, more: &[&str]) -> String {
    let out = link(device, more);
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(!said.contains("internal error"), "{said}");
    said
}

fn expect(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
}

#[test]
fn a_port_that_is_not_there_or_in_use_is_named() {
    expect(
        &refused("serial:/dev/none", &[]),
        &[
            "the serial port /dev/none cannot be opened",
            "check that the machine is plugged in",
            "`ls /dev/tty*`",
            "group dialout",
        ],
    );
    let port = Port::new(|| machine(|out| out));
    assert!(link(&port.device(), &[]).status.success());
    let held = serialport::new(&port.path, 3_000_000).open().unwrap();
    expect(
        &refused(&port.device(), &[]),
        &[
            &format!("the serial port {} cannot be opened", port.path),
            "that no other program has it open",
        ],
    );
    drop(held);
    assert!(link(&port.device(), &[]).status.success());
}

#[test]
fn a_port_that_says_nothing_or_answers_in_another_rate_is_given_up() {
    let silent = Port::new(|| |_: &[u8]| Vec::new());
    expect(
        &refused(&silent.device(), &[]),
        &[
            "gave no answer to 48 repetitions (0 damaged frames came)",
            "--baud",
        ],
    );
    // What another rate makes of bytes: other bytes, and other ones in number.
    let garbled = Port::new(|| {
        machine(|out| {
            let halves = out.iter().flat_map(|b| [b | 0xc0, b << 3 & 0xf0]);
            halves.collect()
        })
    });
    let said = refused(&garbled.device(), &["--baud", "115200"]);
    expect(&said, &["damaged", "--baud", "run the command again"]);
    assert!(!said.contains("(0 damaged"), "{said}");
}

#[test]
fn a_port_that_never_stops_talking_is_given_up() {
    for byte in [b'U', 0xc0, 0] {
        let mut state = 1u32;
        let talker = Port::new(move || {
            move |_: &[u8]| {
                let mut next = || {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if state >> 24 & 7 == 0 {
                        byte
                    } else {
                        (state >> 16) as u8
                    }
                };
                (0..512).map(|_| next()).collect()
            }
        });
        expect(
            &refused(&talker.device(), &[]),
            &[
                "bytes came without one good frame",
                "check that the port is the machine's",
                "--baud",
            ],
        );
    }
}

#[test]
fn a_machine_of_another_format_protocol_or_configuration_is_refused_with_both() {
    let format = Port::new(|| another(identity::FORMAT, 9));
    expect(
        &refused(&format.device(), &[]),
        &[&format!(
            "the machine has format version 9 and this program version {}",
            synfire_format::FORMAT_VERSION
        )],
    );
    let protocol = Port::new(|| another(identity::PROTOCOL, 5));
    expect(
        &refused(&protocol.device(), &[]),
        &[&format!(
            "the machine speaks version 5 of the link's protocol and this program version {VERSION}"
        )],
    );
    let same = Port::new(|| machine(|out| out));
    expect(
        &refused(&same.device(), &["--device-config", "ecp5"]),
        &[
            "the machine is of configuration `small` and `ecp5` is asked for",
            "--device-config",
        ],
    );
}

#[test]
fn garbage_before_and_between_frames_changes_nothing() {
    let json = |out: &Output| {
        assert!(out.status.success(), "{out:?}");
        serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap()
    };
    let clean = Port::new(|| machine(|out| out));
    let dirty = Port::new(|| {
        // A boot message first, and noise behind every answer.
        let mut first = b"boot: \xdb\xc0\xdb\xdb\r\n".to_vec();
        let mut n = 0u8;
        machine(move |out| {
            let mut all = std::mem::take(&mut first);
            if !out.is_empty() {
                n = n.wrapping_add(37);
                all.extend(out);
                all.extend([n, 0xdb, !n, 0xc0, 0xc0, n]);
            }
            all
        })
    });
    let (quiet, noisy) = (link(&clean.device(), &[]), link(&dirty.device(), &[]));
    // Every answer was held against the native trainer's.
    let (quiet, noisy) = (json(&quiet), json(&noisy));
    for name in ["samples", "payload_bytes"] {
        assert_eq!(quiet["samples"][name], noisy["samples"][name], "{name}");
    }
    assert_eq!(quiet["damaged"], 0, "{quiet}");
    assert!(noisy["damaged"].as_u64().unwrap() > 20, "{noisy}");
}
