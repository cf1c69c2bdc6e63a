//! Training on a device ends in the native trainer's checkpoint, byte for byte, whatever the device is made of; and one
//! that goes away costs nothing that was read back.
#![cfg(unix)]

use assert_cmd::cargo::cargo_bin;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use synfire::data::Dataset;
use synfire::data::warp::Warp;
use synfire::deepr::layout::Layout;
use synfire::deepr::machine::{self, Answer, LayerState};
use synfire::deepr::train::{Config, INTERVAL, Progress, Run};
use synfire::device::{Board, Choice, Device, DeviceError, Feed, Streamed};
use synfire::link::frame::{Arrived, Deframer};
use synfire::link::{Faults, Faulty, Wire};
use synfire_format::config::PeConfig;
use synfire_format::link::PACKET_BYTES;
use synfire_format::packet::{MULTICAST, Packet};
use synfire_golden::{Bridge, Engine, Pe};

fn synfire(directory: &Path, arguments: &[&str]) -> Command {
    let mut c = Command::new(cargo_bin("synfire"));
    c.current_dir(directory).args(arguments);
    c
}

/// `synfire serve`, ended with the value.
struct Server {
    child: Child,
    path: String,
}

impl Server {
    fn start(directory: &Path, device: &str) -> Self {
        let mut child = synfire(directory, &["serve", "--device", device, "--pty"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut path = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut path).unwrap();
        Server {
            child,
            path: path.trim().into(),
        }
    }

    fn device(&self) -> String {
        format!("serial:{}", self.path)
    }

    /// Ctrl-C; what it said, and its exit status.
    fn interrupt(mut self) -> (String, Option<i32>) {
        let id = self.child.id().to_string();
        // The shell has it built in; a program of that name is not everywhere.
        let shell = ["-c", "kill -INT \"$0\"", &id];
        Command::new("sh").args(shell).status().unwrap();
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        let mut err = self.child.stderr.take().unwrap();
        err.read_to_string(&mut said).unwrap();
        (said, status.code())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn train(directory: &Path, checkpoint: &str, more: &[&str]) -> Output {
    let common = [
        "train",
        "deepr",
        "--no-float",
        "--json",
        "--checkpoint",
        checkpoint,
    ];
    synfire(directory, &common).args(more).output().unwrap()
}

fn hash(out: &Output) -> String {
    assert!(out.status.success(), "{out:?}");
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    json["checkpoint_hash"].as_str().unwrap().into()
}

#[test]
fn a_device_ends_in_the_checkpoint_of_the_native_trainer() {
    let d = tempfile::tempdir().unwrap();
    let native = hash(&train(d.path(), "native", &["--epochs", "2"]));
    let file = |name: &str| std::fs::read(d.path().join(name)).unwrap();
    let golden = train(d.path(), "golden", &["--epochs", "2", "--device", "golden"]);
    assert_eq!(hash(&golden), native);
    assert_eq!(file("golden"), file("native"));
    let server = Server::start(d.path(), "golden");
    let device = server.device();
    let serial = train(d.path(), "serial", &["--epochs", "2", "--device", &device]);
    assert_eq!(hash(&serial), native);
    assert_eq!(file("serial"), file("native"));
    // The machine serves the next session, here half a run that goes on in another place.
    let half = ["--epochs", "2", "--stop-after", "1", "--device", &device];
    let first = hash(&train(d.path(), "half", &half));
    assert_ne!(first, native);
    let resumed = train(
        d.path(),
        "half",
        &["--resume", "half", "--device", "golden"],
    );
    assert_eq!(hash(&resumed), native);
    let (said, status) = server.interrupt();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.ends_with("ended\n"), "{said}");
}

#[test]
fn a_device_that_goes_away_leaves_a_checkpoint_to_go_on_from() {
    let d = tempfile::tempdir().unwrap();
    let mut server = Server::start(d.path(), "golden");
    let device = server.device();
    let begun = Instant::now();
    let child = synfire(d.path(), &["train", "deepr", "--no-float", "--json"])
        .args([
            "--checkpoint",
            "state",
            "--epochs",
            "100",
            "--device",
            &device,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // After the first epoch is saved, in the middle of a later one.
    while !d.path().join("state").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no checkpoint");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{said}");
    for part in [
        "the connection to the machine broke",
        "is saved",
        "go on with: synfire train deepr --device serial:",
        "--resume state",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    assert!(!said.contains("internal error"), "{said}");
    // The line that it named, on another device, and stopped where a native run from the beginning is stopped.
    let resumed = train(
        d.path(),
        "state",
        &[
            "--resume",
            "state",
            "--stop-after",
            "1",
            "--device",
            "golden",
        ],
    );
    let json: serde_json::Value = serde_json::from_slice(&resumed.stdout).unwrap();
    let epochs = json["epochs"].to_string();
    let whole = ["--epochs", "100", "--stop-after", &epochs];
    let native = train(d.path(), "native", &whole);
    assert_eq!(hash(&resumed), hash(&native));
}

#[test]
fn samples_of_mnist_size_use_nine_tenths_of_the_bytes_and_devices_are_refused_by_name() {
    let d = tempfile::tempdir().unwrap();
    let link = |more: &[&str]| {
        let out = synfire(d.path(), &["link", "--json"]).args(more).output();
        out.unwrap()
    };
    let out = link(&["--device", "golden", "--samples", "300"]);
    assert!(out.status.success(), "{out:?}");
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let efficiency = json["payload_efficiency"].as_f64().unwrap();
    assert!((0.9..1.0).contains(&efficiency), "{json}");
    let bound = json["link_bound_samples_per_s"].as_f64().unwrap();
    let bytes = 784.0 / efficiency;
    assert!((bound - 300_000.0 / bytes).abs() < 1.0, "{json}");
    let server = Server::start(d.path(), "golden");
    let refused = |device: &str, config: &str| {
        let out = link(&["--device", device, "--device-config", config]);
        assert_eq!(out.status.code(), Some(2));
        String::from_utf8(out.stderr).unwrap()
    };
    let text = refused(&server.device(), "ecp5");
    assert!(
        text.contains("the machine is of configuration `small` and `ecp5` is asked for"),
        "{text}"
    );
    assert!(refused("fpga", "small").contains("choose golden, rtl, netlist, or serial:PATH"));
    assert!(refused("serial:/dev/none", "small").contains("cannot be opened"));
}

/// Trains on the first samples of the digits, natively and on `device`.
fn epoch_on(device: &mut dyn Device, samples: usize) -> Result<(String, String), String> {
    epoch_of(&Config::digits(1), device, samples)
}

/// The same with these settings.
fn epoch_of(
    config: &Config,
    device: &mut dyn Device,
    samples: usize,
) -> Result<(String, String), String> {
    let splits = synfire::data::digits::load().unwrap();
    let train = splits.train.part(0..samples);
    let run = || Run::new(config.clone(), samples).unwrap();
    let (mut native, mut on_device) = (run(), run());
    let mut go = |_| ControlFlow::Continue(());
    native.epoch(&train, &splits.validation, &mut go).unwrap();
    let mut streamed = Streamed::default();
    let validation = &splits.validation;
    on_device
        .epoch_on(device, &train, validation, &mut streamed, &mut go)
        .map_err(|e| e.to_string())?;
    assert_eq!(streamed.samples, samples as u64);
    let hash = |r: &Run| r.checkpoint().state_hash();
    assert_eq!(on_device.checkpoint(), native.checkpoint());
    Ok((hash(&on_device), hash(&native)))
}

#[test]
fn the_rtl_behind_its_bridge_learns_the_same_bits() {
    let config = PeConfig::small();
    let mut device = Choice::Rtl.open(&config, 0).unwrap();
    let (rtl, native) = epoch_on(&mut device, 64).unwrap();
    assert_eq!(rtl, native);
    let c = device.counters().unwrap();
    assert!(c.cycles > 0 && c.retired > 0 && c.busy > 0, "{c:?}");
    assert_eq!((c.damaged, c.repeated, c.overrun), (0, 0, 0));
    assert_eq!(u64::from(c.carried_out) + 1, device.statistics().requests);
}

/// The digits' settings without distortions: what resident samples can be trained with.
fn undistorted() -> Config {
    let mut config = Config::digits(1);
    config.hyper.warp = Warp::default();
    config
}

#[test]
fn resident_samples_end_in_the_checkpoint_of_the_native_trainer() {
    let d = tempfile::tempdir().unwrap();
    let two = ["--undistorted", "--epochs", "2"];
    let native = hash(&train(d.path(), "native", &two));
    let on = |name: &str, more: &[&str]| {
        let out = train(d.path(), name, &[&two[..], more].concat());
        assert_eq!(hash(&out), native, "{name}");
        let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        let number = |name: &str| json["link"]["samples"][name].as_u64().unwrap();
        (number("samples"), number("bytes_sent"))
    };
    let (samples, streamed) = on("streamed", &["--device", "golden"]);
    let (same, resident) = on("resident", &["--device", "golden", "--resident"]);
    assert_eq!((samples, same), (2 * 1437, samples));
    assert!(20 * resident < 3 * streamed, "{resident} of {streamed}");
    // Half a run, and its other half over a serial port.
    let server = Server::start(d.path(), "golden");
    let device = server.device();
    let golden = ["--device", "golden", "--resident", "--stop-after", "1"];
    let first = train(d.path(), "half", &[&two[..], &golden].concat());
    assert_ne!(hash(&first), native);
    let rest = ["--resume", "half", "--device", &device, "--resident"];
    assert_eq!(hash(&train(d.path(), "half", &rest)), native);
}

#[test]
fn resident_samples_that_cannot_be_are_refused_with_what_to_do() {
    let d = tempfile::tempdir().unwrap();
    let refused = |more: &[&str]| {
        let common = ["--resident", "--epochs", "1"];
        let out = train(d.path(), "none", &[&common, more].concat());
        assert_eq!(out.status.code(), Some(2), "{out:?}");
        assert!(!d.path().join("none").exists());
        String::from_utf8(out.stderr).unwrap()
    };
    let text = refused(&["--device", "golden"]);
    assert!(text.contains("begin one with --undistorted"), "{text}");
    let text = refused(&[
        "--undistorted",
        "--device",
        "golden",
        "--device-config",
        "tiny",
    ]);
    assert!(text.contains("no sample store"), "{text}");
    assert!(refused(&["--undistorted"]).contains("--device"));
    let mut device = Choice::Golden.open(&PeConfig::small(), 0).unwrap();
    let text = device.keep(&many()).unwrap_err().to_string();
    assert!(
        text.contains("the machine's sample store has 128 KB: 1927 fit"),
        "{text}"
    );
}

#[test]
fn the_rtl_learns_the_same_bits_from_resident_samples_and_others_are_seen() {
    let mut device = Choice::Rtl.open(&PeConfig::small(), 0).unwrap();
    let train = synfire::data::digits::load().unwrap().train;
    device.keep(&train.part(0..64)).unwrap();
    let (rtl, native) = epoch_of(&undistorted(), &mut device, 64).unwrap();
    assert_eq!(rtl, native);
    let c = device.counters().unwrap();
    assert_eq!((c.damaged, c.repeated, c.overrun), (0, 0, 0));
    // The samples after the first, in the places of those before: the referee's are others.
    device.keep(&train.part(1..65)).unwrap();
    let text = epoch_of(&undistorted(), &mut device, 64).unwrap_err();
    assert!(text.contains("does not compute the bits"), "{text}");
    // And distorted ones are not those that were kept.
    device.keep(&train.part(0..64)).unwrap();
    let text = epoch_on(&mut device, 64).unwrap_err();
    assert!(text.contains("does not compute the bits"), "{text}");
    // Fewer are there than are trained on.
    device.keep(&train.part(0..60)).unwrap();
    let text = epoch_of(&undistorted(), &mut device, 64).unwrap_err();
    assert!(
        text.contains("not among those in the machine's store"),
        "{text}"
    );
}

#[test]
fn a_bad_wire_feeds_no_sample_twice() {
    let wire = Choice::Golden.wire(&PeConfig::small(), 0).unwrap();
    let mut wire: Faulty<Box<dyn Wire>> = Faulty::new(wire, Faults::all(1e-3), 6);
    wire.faults.lose_frame = 0.02;
    let mut device = Board::open(wire).unwrap();
    let train = synfire::data::digits::load().unwrap().train;
    device.keep(&train.part(0..600)).unwrap();
    let (with_faults, native) = epoch_of(&undistorted(), &mut device, 600).unwrap();
    assert_eq!(with_faults, native);
    let statistics = device.statistics();
    assert!(statistics.resent > 20, "{statistics:?}");
}

#[test]
fn a_boards_speeds_are_told_engine_bound_and_link_bound() {
    let d = tempfile::tempdir().unwrap();
    let speed = |more: &[&str]| {
        let out = synfire(d.path(), &["speed", "--json", "--samples", "4"])
            .args(more)
            .output()
            .unwrap();
        assert!(out.status.success(), "{out:?}");
        let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        json
    };
    let all = speed(&[]);
    let rows = all["speeds"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    let of = |row: &serde_json::Value, what: &str| row[what].as_f64().unwrap();
    for row in rows {
        let bound = of(row, "engine_bound_samples_per_s");
        let cycles = of(row, "cycles_per_sample");
        assert!((bound * cycles - 65e6).abs() < 1.0, "{row}");
        let resident = of(row, "link_bound_resident_samples_per_s");
        assert!(
            resident > 2.0 * of(row, "link_bound_streamed_samples_per_s"),
            "{row}"
        );
    }
    // Learning takes longer than classifying, and larger images longer than small ones.
    let cycles: Vec<f64> = rows.iter().map(|r| of(r, "cycles_per_sample")).collect();
    assert!(cycles[0] > cycles[1] && cycles[2] > cycles[3] && cycles[0] > cycles[2]);
    // The clock is the engine's matter alone.
    let slow = speed(&["--clock-mhz", "32.5"]);
    for (row, at_half) in rows.iter().zip(slow["speeds"].as_array().unwrap()) {
        let (what, link) = (
            "engine_bound_samples_per_s",
            "link_bound_streamed_samples_per_s",
        );
        assert!((of(row, what) - 2.0 * of(at_half, what)).abs() < 1e-6);
        assert_eq!(of(row, link), of(at_half, link), "{row}");
    }
}

/// Breaks at its n-th request with a message.
struct Dying<W>(W, u32);

impl<W: Wire> Wire for Dying<W> {
    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.1 -= 1;
        if self.1 == 0 {
            self.1 = 1;
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.0.send(bytes)
    }
    fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> std::io::Result<()> {
        self.0.receive(into, patience)
    }
    fn patience(&self) -> Duration {
        self.0.patience()
    }
}

/// The digits four times: more than one interval.
fn many() -> Dataset {
    let d = synfire::data::digits::load().unwrap().train;
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for i in (0..d.len()).cycle().take(4 * d.len()) {
        pixels.extend(d.image(i));
        labels.push(d.label(i));
    }
    Dataset::new(pixels, labels, d.height, d.width, d.classes).unwrap()
}

#[test]
fn a_run_stands_where_its_device_was_read_back_last_and_goes_on_to_the_same_bits() {
    let train = many();
    let validation = train.part(0..10);
    let mut config = Config::digits(1);
    config.hyper.epochs = 1;
    let run = || Run::new(config.clone(), train.len()).unwrap();
    let mut go = |_| ControlFlow::Continue(());
    let mut native = run();
    native.epoch(&train, &validation, &mut go).unwrap();
    let wire = || Choice::Golden.wire(&PeConfig::small(), 0).unwrap();
    let mut streamed = Streamed::default();
    // Some three frames a sample: it dies in the second interval.
    let mut dying = Board::open(Dying(wire(), 15_500)).unwrap();
    let mut broken = run();
    let error = broken
        .epoch_on(&mut dying, &train, &validation, &mut streamed, &mut go)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("connection to the machine broke"),
        "{error}"
    );
    let saved = broken.checkpoint();
    assert_eq!(saved.step, INTERVAL);
    // Stopped by its user at a sample in the middle, and gone on with on yet another device.
    let mut stop = |p: Progress| match p.done {
        5000.. => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let mut resumed = Run::resume(saved, train.len()).unwrap();
    let mut device = Board::open(wire()).unwrap();
    let outcome = resumed
        .epoch_on(&mut device, &train, &validation, &mut streamed, &mut stop)
        .unwrap();
    assert_eq!(outcome, None);
    let saved = resumed.checkpoint();
    assert_eq!(saved.step, 5120);
    let mut resumed = Run::resume(saved, train.len()).unwrap();
    let mut device = Board::open(wire()).unwrap();
    resumed
        .epoch_on(&mut device, &train, &validation, &mut streamed, &mut go)
        .unwrap();
    assert_eq!(resumed.checkpoint(), native.checkpoint());
}

#[test]
fn a_bad_wire_changes_no_bit_of_training() {
    let wire = Choice::Golden.wire(&PeConfig::small(), 0).unwrap();
    let mut wire: Faulty<Box<dyn Wire>> = Faulty::new(wire, Faults::all(1e-3), 5);
    wire.faults.lose_frame = 0.01;
    let mut device = Board::open(wire).unwrap();
    let (with_faults, native) = epoch_on(&mut device, 600).unwrap();
    assert_eq!(with_faults, native);
    assert!(
        device.statistics().resent > 100,
        "{:?}",
        device.statistics()
    );
}

#[test]
fn a_device_of_other_bits_is_told_at_the_sample() {
    /// Gives the twentieth sample another label.
    struct Wrong<W>(W, u32);
    impl<W: Wire> Wire for Wrong<W> {
        fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            let mut deframer = Deframer::default();
            for &b in bytes {
                if let Some(Arrived::Good(mut frame)) = deframer.take(b) {
                    if frame.kind == synfire_format::link::command::SEND {
                        self.1 += 1;
                        let message = frame.payload.len() - PACKET_BYTES;
                        // With its parity, or the port would drop it.
                        for at in [message, message + 8] {
                            frame.payload[at] ^= u8::from(self.1 == 20);
                        }
                    }
                    self.0.send(&frame.encode())?;
                }
            }
            Ok(())
        }
        fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> std::io::Result<()> {
            self.0.receive(into, patience)
        }
        fn patience(&self) -> Duration {
            self.0.patience()
        }
    }
    let wire = Choice::Golden.wire(&PeConfig::small(), 0).unwrap();
    let mut device = Board::open(Wrong(wire, 0)).unwrap();
    let text = epoch_on(&mut device, 100).unwrap_err();
    assert!(text.contains("native trainer"), "{text}");
    assert!(text.contains("does not compute the bits"), "{text}");
}

#[test]
fn memory_core_and_messages_are_reached() {
    let mut device = Choice::Golden.open(&PeConfig::tiny(), 0).unwrap();
    let image: Vec<u8> = (0..64 << 10).map(|i| (i * 7) as u8).collect();
    device.load(&image).unwrap();
    assert_eq!(device.read(0, image.len()).unwrap(), image);
    device.write(0x100, &[1; 500]).unwrap();
    assert_eq!(
        device.read(0xfc, 512).unwrap()[..8],
        [0xe4, 0xeb, 0xf2, 0xf9, 1, 1, 1, 1]
    );
    let e = device.read(2, 4).unwrap_err();
    assert!(matches!(e, DeviceError::Words { .. }));
    let e = device.write(0xfffc, &[0; 8]).unwrap_err().to_string();
    assert!(e.contains("refused WRITE"), "{e}");
    // Two instructions: x5 = 1, and again for ever.
    device
        .write(0, &[0x93, 0x02, 0x10, 0, 0x6f, 0xf0, 0xdf, 0xff])
        .unwrap();
    let core = device.step().unwrap();
    assert!(core.stepped && !core.running && core.exit.is_none());
    assert_eq!((core.pc, device.step().unwrap().pc), (0, 4));
    assert!(device.start().unwrap().running);
    device
        .send(&[Packet {
            kind: MULTICAST,
            key: 0,
            payload: None,
        }])
        .unwrap();
    assert!(!device.stop().unwrap().running);
    assert!(device.counters().unwrap().retired > 2);
    device.reset().unwrap();
    assert_eq!(device.counters().unwrap().retired, 0);
}

/// A line on which a byte takes one unit of time in either direction, and `latency` more on the way back.
struct Paced {
    bridge: Bridge,
    out: VecDeque<u8>,
    back: VecDeque<(u64, u8)>,
    /// When the last byte on the way back has left.
    left: u64,
    now: u64,
    /// Units in which a byte went out.
    busy: u64,
    latency: u64,
}

impl Wire for Paced {
    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.out.extend(bytes);
        Ok(())
    }
    fn receive(&mut self, into: &mut Vec<u8>, _: Duration) -> std::io::Result<()> {
        let until = self.now + 10_000;
        let before = into.len();
        while into.len() == before && self.now < until {
            if let Some(byte) = self.out.pop_front() {
                self.bridge.push(&[byte]);
                self.busy += 1;
            }
            // Some 3.3 us at 3 Mbaud.
            self.bridge.run(100);
            for byte in self.bridge.take() {
                self.left = self.left.max(self.now) + 1;
                self.back.push_back((self.left + self.latency, byte));
            }
            self.now += 1;
            while let Some((_, byte)) = self.back.pop_front_if(|(at, _)| *at <= self.now) {
                into.push(byte);
            }
        }
        Ok(())
    }
    fn patience(&self) -> Duration {
        Duration::from_millis(1)
    }
}

/// Samples of MNIST's size, any pixels.
struct Any {
    pixels: Vec<u8>,
    left: u32,
    answers: u32,
}

impl Feed for Any {
    fn next(&mut self) -> Option<(&[u8], u8)> {
        self.left = self.left.checked_sub(1)?;
        self.pixels.rotate_left(1);
        Some((&self.pixels, (self.left % 10) as u8))
    }
    fn index(&self) -> usize {
        0
    }
    fn answer(&mut self, _: Answer) {
        self.answers += 1;
    }
}

#[test]
fn samples_keep_the_line_busy_while_answers_take_a_third_of_a_samples_time() {
    let share = |latency| {
        let config = PeConfig::small();
        let mut pe = Pe::new(&config);
        pe.set_engine(Engine::Fast);
        let mut device = Board::open(Paced {
            bridge: Bridge::new(vec![pe], 0),
            out: VecDeque::new(),
            back: VecDeque::new(),
            left: 0,
            now: 0,
            busy: 0,
            latency,
        })
        .unwrap();
        let run = Run::new(Config::mnist(1), 1000).unwrap();
        let layout = Layout::new(&run.network().shapes(), config.sram_bytes).unwrap();
        let states: Vec<LayerState> = run.network().layers.iter().map(LayerState::from).collect();
        let rules = run.config().hyper.rules(0, layout.shapes.len());
        let image = machine::image(&layout, &states, &rules, 1, 0).unwrap();
        device.load(&image).unwrap();
        device.start().unwrap();
        let (busy, now) = (device.wire_mut().busy, device.wire_mut().now);
        let mut feed = Any {
            pixels: (0..784).map(|i| (i * 37 % 251) as u8).collect(),
            left: 200,
            answers: 0,
        };
        device.samples(&layout, true, &mut feed).unwrap();
        assert_eq!(feed.answers, 200);
        let wire = device.wire_mut();
        (wire.busy - busy) as f64 / (wire.now - now) as f64
    };
    // Byte times: 300 are 1 ms at 3 Mbaud.
    for (latency, at_least) in [(0, 0.98), (300, 0.98)] {
        let share = share(latency);
        println!("latency {latency}: busy {share:.3}");
        assert!(share >= at_least, "latency {latency}: busy {share:.3}");
    }
    // Where answers take longer than a sample the line waits for them.
    let share = share(5000);
    assert!(share < 0.5, "busy {share:.3}");
}
