//! The link over a wire that damages, loses and repeats: every request is carried out exactly once, and the counters of
//! both ends tell what the wire did.

use std::collections::VecDeque;
use std::time::Duration;
use synfire::link::frame::{Arrived, Deframer, Frame};
use synfire::link::{Faults, Faulty, GoldenWire, Link, LinkError, Request, RtlWire, Wire};
use synfire_format::config::PeConfig;
use synfire_format::link::{
    MAX_BYTES, MAX_PACKETS, MAX_WORDS, PACKET_BYTES, command, control, counter, status,
};
use synfire_format::mmio;
use synfire_format::packet::{MULTICAST, Packet};
use synfire_golden::encode::*;
use synfire_golden::{Bridge, Pe};
use synfire_sim::link::MachineLibrary;

/// Where the program counts and keeps the messages it took.
const COUNT: u32 = 0x1000;
const LOG: u32 = 0x1004;
const LOG_WORDS: u32 = 1024;
/// What the host writes and reads.
const SCRATCH: u32 = 0x4000;
const SCRATCH_BYTES: u32 = 0x4000;
/// Messages on the way at most, so that their queue never holds a `READ` up.
const MESSAGES: u32 = 8;

/// Logs every message, counts it and sends it back.
fn program() -> Vec<u32> {
    let mut words = li(4, mmio::MMIO_BASE).to_vec();
    words.extend(li(3, COUNT));
    words.extend(li(8, LOG_WORDS - 1));
    words.extend([
        load(2, 5, 4, mmio::RX_WAIT as i32),
        load(2, 6, 3, 0),
        r(0x33, 0, 7, 7, 6, 8), // and
        op_imm(1, 7, 7, 2),     // slli
        r(0x33, 0, 0, 7, 7, 3), // add
        store(2, 5, 7, 4),
        addi(6, 6, 1),
        store(2, 6, 3, 0),
        store(2, 5, 4, mmio::TX_PAYLOAD as i32),
        jal(0, -36),
    ]);
    words
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn wire(faults: Faults, seed: u64) -> Faulty<GoldenWire> {
    let bridge = Bridge::new(vec![Pe::new(&PeConfig::small())], 0);
    prepared(
        Faulty::new(GoldenWire { bridge }, Faults::default(), seed),
        faults,
    )
}

/// The program is there, and the SRAM is as it says, before the faults begin.
fn prepared<W: Wire>(mut wire: Faulty<W>, faults: Faults) -> Faulty<W> {
    let mut link = Link::open(&mut wire, 5).unwrap();
    link.request(0, &Request::write(0, &bytes(&program())))
        .unwrap();
    for at in (0..SCRATCH_BYTES).step_by(0x80) {
        let zeros = Request::write(SCRATCH + at, &[0; 0x80]);
        link.request(0, &zeros).unwrap();
    }
    link.request(0, &Request::write(COUNT, &[0; 4])).unwrap();
    link.request(0, &Request::control(control::RUN)).unwrap();
    drop(link);
    wire.faults = faults;
    wire
}

/// What sends requests and gives their responses back in order.
trait Client {
    fn submit(&mut self, request: &Request) -> Result<(), String>;
    fn take(&mut self) -> Option<Result<Vec<u8>, String>>;
    fn pump(&mut self) -> Result<(), String>;
}

impl<W: Wire> Client for Link<W> {
    fn submit(&mut self, request: &Request) -> Result<(), String> {
        Link::submit(self, 0, request)
            .map(|_| ())
            .map_err(|e| e.to_string())
    }

    fn take(&mut self) -> Option<Result<Vec<u8>, String>> {
        let (_, outcome) = Link::take(self)?;
        Some(outcome.map_err(|e| e.to_string()))
    }

    fn pump(&mut self) -> Result<(), String> {
        Link::pump(self).map_err(|e| e.to_string())
    }
}

/// A client with one request on the way, right or wrong in one place.
struct Plain<W> {
    wire: W,
    input: Deframer,
    number: u8,
    /// Wrong: what is lost goes again as a new request.
    renumbers: bool,
    /// Wrong: a response to an earlier request, repeated, is taken for this one's.
    ignores_numbers: bool,
    done: VecDeque<Vec<u8>>,
}

impl<W: Wire> Plain<W> {
    fn open(mut wire: W) -> Self {
        // As `Link` does, with the same number.
        let link = Link::open(&mut wire, 7).unwrap();
        drop(link);
        Plain {
            wire,
            input: Deframer::default(),
            number: 8,
            renumbers: false,
            ignores_numbers: false,
            done: VecDeque::new(),
        }
    }

    fn arrived(&mut self) -> Vec<Arrived> {
        let mut bytes = Vec::new();
        self.wire.receive(&mut bytes, Duration::ZERO).unwrap();
        let input = &mut self.input;
        bytes.into_iter().filter_map(|b| input.take(b)).collect()
    }
}

impl<W: Wire> Client for Plain<W> {
    fn submit(&mut self, request: &Request) -> Result<(), String> {
        for _ in 0..1000 {
            let frame = Frame {
                kind: request.command,
                number: self.number,
                payload: request.payload.clone(),
            };
            self.wire.send(&frame.encode()).unwrap();
            let arrived = self.arrived();
            let mut expected = None;
            for one in arrived {
                let Arrived::Good(frame) = one else { continue };
                if frame.kind == status::EXPECT {
                    expected = Some(frame.number);
                } else if frame.kind == status::OK
                    && (frame.number == self.number || self.ignores_numbers)
                {
                    self.number = self.number.wrapping_add(1);
                    self.done.push_back(frame.payload);
                    return Ok(());
                }
            }
            if self.renumbers {
                self.number = expected.unwrap_or(self.number.wrapping_add(1));
            } else if self.ignores_numbers {
                self.number = expected.unwrap_or(self.number);
            }
        }
        Err("no answer".into())
    }

    fn take(&mut self) -> Option<Result<Vec<u8>, String>> {
        self.done.pop_front().map(Ok)
    }

    fn pump(&mut self) -> Result<(), String> {
        Ok(())
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % n
    }
}

/// What a response must be.
enum Due {
    Data(Vec<u8>),
    Messages,
}

/// What the host knows: what its writes left, and which messages came back.
struct Traffic {
    random: Random,
    scratch: Vec<u8>,
    due: VecDeque<Due>,
    sent: u32,
    received: u32,
    /// `RECEIVE` on the way.
    asked: u32,
}

impl Traffic {
    fn new(seed: u64) -> Self {
        Traffic {
            random: Random(seed),
            scratch: vec![0; SCRATCH_BYTES as usize],
            due: VecDeque::new(),
            sent: 0,
            received: 0,
            asked: 0,
        }
    }

    /// A range of at most `bytes` in the scratch.
    fn range(&mut self, bytes: u32) -> (usize, usize) {
        // Few places, so that writes meet.
        let at = 4 * self.random.below(128);
        let length = 4 * (1 + self.random.below(bytes / 4));
        (at as usize, length as usize)
    }

    fn next(&mut self) -> Request {
        match self.random.below(8) {
            0 | 1 => {
                let (at, length) = self.range(4 * MAX_WORDS as u32);
                let data: Vec<u8> = (0..length).map(|_| self.random.below(256) as u8).collect();
                self.scratch[at..at + length].copy_from_slice(&data);
                self.due.push_back(Due::Data(vec![]));
                Request::write(SCRATCH + at as u32, &data)
            }
            2 => {
                let (at, length) = self.range(MAX_BYTES as u32 / 2);
                let data: Vec<u8> = (0..length / 2)
                    .map(|_| self.random.below(256) as u8)
                    .collect();
                let wide = data.iter().flat_map(|&b| [b, 0]);
                self.scratch[at..at + length].copy_from_slice(&wide.collect::<Vec<_>>());
                self.due.push_back(Due::Data(vec![]));
                Request::write_bytes(SCRATCH + at as u32, &data)
            }
            3 | 4 if self.sent - self.received < MESSAGES => {
                let room = MESSAGES - (self.sent - self.received);
                let count = 1 + self.random.below(room.min(3));
                let packets: Vec<u128> = (0..count)
                    .map(|i| {
                        let p = Packet {
                            kind: MULTICAST,
                            key: 0,
                            payload: Some(self.sent + i),
                        };
                        p.encode()
                    })
                    .collect();
                self.sent += count;
                self.due.push_back(Due::Data(vec![]));
                Request::send(&packets)
            }
            3..=5 => self.receive(),
            _ => {
                let (at, length) = self.range(4 * MAX_WORDS as u32);
                let data = self.scratch[at..at + length].to_vec();
                self.due.push_back(Due::Data(data));
                Request::read(SCRATCH + at as u32, (length / 4) as u8)
            }
        }
    }

    fn receive(&mut self) -> Request {
        self.due.push_back(Due::Messages);
        self.asked += 1;
        Request::receive(MAX_PACKETS as u8)
    }

    fn check(&mut self, response: &[u8]) -> Result<(), String> {
        match self.due.pop_front() {
            None => Err("a response that nobody waits for".into()),
            Some(Due::Data(data)) if data == response => Ok(()),
            Some(Due::Data(data)) => Err(format!("read {response:x?}, written was {data:x?}")),
            Some(Due::Messages) => {
                self.asked -= 1;
                for packet in response.chunks(PACKET_BYTES) {
                    let value = u32::from_le_bytes(packet[..4].try_into().unwrap());
                    if value != self.received {
                        return Err(format!(
                            "message {value} came back, {} is the next",
                            self.received
                        ));
                    }
                    self.received += 1;
                }
                Ok(())
            }
        }
    }
}

/// Sends `requests` requests and compares all that comes back; what is wrong, if something is.
fn exchange(client: &mut impl Client, requests: u32, seed: u64) -> Result<Traffic, String> {
    let mut traffic = Traffic::new(seed);
    for _ in 0..requests {
        let request = traffic.next();
        client.submit(&request)?;
        while let Some(response) = client.take() {
            traffic.check(&response?)?;
        }
    }
    for _ in 0..1000 {
        while let Some(response) = client.take() {
            traffic.check(&response?)?;
        }
        if traffic.due.is_empty() {
            if traffic.received == traffic.sent {
                return Ok(traffic);
            }
            let request = traffic.receive();
            client.submit(&request)?;
        }
        client.pump()?;
    }
    Err(format!(
        "{} messages were sent and {} came back",
        traffic.sent, traffic.received
    ))
}

/// Compares the SRAM with what the host wrote and sent.
fn compare_sram(bridge: &Bridge, traffic: &Traffic) -> Result<(), String> {
    let sram = bridge.pe(0).unwrap().sram();
    let from = SCRATCH as usize;
    if sram.bytes()[from..from + traffic.scratch.len()] != traffic.scratch {
        return Err("the writes left something else".into());
    }
    if sram.read_u32(COUNT) != Some(traffic.sent) {
        let taken = sram.read_u32(COUNT);
        return Err(format!("{taken:?} messages taken, sent {}", traffic.sent));
    }
    for n in traffic.sent.saturating_sub(LOG_WORDS)..traffic.sent {
        if sram.read_u32(LOG + 4 * (n % LOG_WORDS)) != Some(n) {
            return Err(format!("message {n} is not in the log"));
        }
    }
    Ok(())
}

fn counters<W: Wire>(link: &mut Link<W>) -> Vec<u64> {
    let r = link.request(0, &Request::counters()).unwrap();
    let words = r.chunks(4);
    words
        .map(|w| u64::from(u32::from_le_bytes(w.try_into().unwrap())))
        .collect()
}

#[test]
fn a_hundred_thousand_frames_are_carried_out_exactly_once_over_a_bad_wire() {
    const REQUESTS: u32 = 100_000;
    let mut link = Link::open(wire(Faults::all(1e-3), 11), 3).unwrap();
    let traffic = exchange(&mut link, REQUESTS, 1).unwrap();
    let (out, back) = link.wire().injected();
    link.wire_mut().faults = Faults::default();
    let s = link.statistics();
    let c = counters(&mut link);
    compare_sram(&link.wire().wire.bridge, &traffic).unwrap();
    println!("{s:?}\nrequests {out:?}\nresponses {back:?}\nbridge {c:?}");
    assert!(traffic.sent > 10_000, "{} messages", traffic.sent);
    // All of them, and the COUNTERS request itself is not yet among them.
    assert_eq!(c[counter::CARRIED_OUT], s.requests);
    assert_eq!(s.answered, s.requests);
    // Many frames of all sorts were hit.
    for n in [
        out.lost,
        out.repeated,
        out.damaged,
        back.lost,
        back.repeated,
        back.damaged,
    ] {
        assert!(n >= 50, "{out:?} {back:?}");
    }
    // A fault at an end joins two frames into one or cuts one in two: one damaged frame more or less.
    let damaged = c[counter::DAMAGED];
    assert!(
        damaged.abs_diff(out.damaged) <= 2 * out.ends,
        "{damaged} {out:?}"
    );
    assert!(s.damaged.abs_diff(back.damaged) <= 2 * back.ends);
    let all = c[counter::CARRIED_OUT..=counter::OUT_OF_ORDER]
        .iter()
        .sum::<u64>();
    assert!(all.abs_diff(out.arrived()) <= 2 * out.ends, "{all} {out:?}");
}

#[test]
fn the_rtl_behind_a_bad_wire_carries_every_request_out_exactly_once() {
    let library = MachineLibrary::build(&PeConfig::small(), 1, false).unwrap();
    let wire = RtlWire {
        rtl: library.instance(7).unwrap(),
        silence: 20_000,
    };
    let wire = prepared(Faulty::new(wire, Faults::default(), 14), Faults::all(1e-3));
    let mut link = Link::open(wire, 3).unwrap();
    let traffic = exchange(&mut link, 2_000, 4).unwrap();
    link.wire_mut().faults = Faults::default();
    let scratch = read(&mut link, SCRATCH, SCRATCH_BYTES);
    assert!(scratch == traffic.scratch, "the writes left something else");
    let log = read(&mut link, COUNT, 4 + 4 * LOG_WORDS);
    let word = |n: u32| u32::from_le_bytes(log[4 * n as usize..][..4].try_into().unwrap());
    assert_eq!(word(0), traffic.sent);
    for n in traffic.sent.saturating_sub(LOG_WORDS)..traffic.sent {
        assert_eq!(word(1 + n % LOG_WORDS), n);
    }
    let s = link.statistics();
    // Bytes wait in front of this wire: who sends again all the time gets no further.
    println!("{s:?}");
    assert!(s.resent < 2 * s.requests, "{s:?}");
    let requests = s.requests;
    let c = counters(&mut link);
    assert_eq!(c[counter::CARRIED_OUT], requests);
    assert!(c[counter::DAMAGED] > 0 && c[counter::REPEATED] > 0, "{c:?}");
}

fn read<W: Wire>(link: &mut Link<W>, address: u32, bytes: u32) -> Vec<u8> {
    let step = 4 * MAX_WORDS as u32;
    let mut all = Vec::new();
    for at in (0..bytes).step_by(step as usize) {
        let words = step.min(bytes - at) / 4;
        let request = Request::read(address + at, words as u8);
        all.extend(link.request(0, &request).unwrap());
    }
    all
}

#[test]
fn where_frames_stay_apart_the_counters_of_both_ends_add_up_to_the_faults() {
    let faults = Faults {
        spare_ends: true,
        ..Faults::all(2e-3)
    };
    let mut link = Link::open(wire(faults, 12), 3).unwrap();
    // Opening repeats itself over the bad wire; from here on everything is counted.
    let before = link.wire().injected();
    let begun = link.statistics();
    let first = {
        link.wire_mut().faults = Faults::default();
        let c = counters(&mut link);
        link.wire_mut().faults = faults;
        c
    };
    let traffic = exchange(&mut link, 20_000, 2).unwrap();
    link.wire_mut().faults = Faults::default();
    let (out, back) = link.wire().injected();
    let s = link.statistics();
    let c = counters(&mut link);
    compare_sram(&link.wire().wire.bridge, &traffic).unwrap();
    let of = |n: usize| c[n] - first[n];
    assert_eq!((out.ends, back.ends), (0, 0));
    // The frame that asked for the first counters was carried out after they were read.
    let asked = 1;
    assert_eq!(of(counter::DAMAGED), out.damaged - before.0.damaged);
    let arrived = (counter::CARRIED_OUT..=counter::OUT_OF_ORDER)
        .map(of)
        .sum::<u64>();
    assert_eq!(arrived - asked, out.arrived() - before.0.arrived() - asked);
    assert_eq!(s.damaged - begun.damaged, back.damaged - before.1.damaged);
    let answers = |s: &synfire::link::Statistics| s.answered + s.damaged + s.repeated + s.expected;
    assert_eq!(
        answers(&s) - answers(&begun),
        back.arrived() - before.1.arrived()
    );
    assert_eq!(
        s.requests + s.resent - begun.requests - begun.resent,
        out.frames - before.0.frames
    );
    for lost in [counter::FRAMING, counter::OVERRUN] {
        assert_eq!(of(lost), 0);
    }
}

#[test]
fn a_client_that_numbers_repetitions_anew_or_ignores_numbers_is_caught() {
    let run = |renumbers, ignores_numbers| {
        let mut wire = wire(Faults::default(), 13);
        let mut client = Plain::open(&mut wire);
        client.wire.faults = Faults::all(1e-3);
        client.renumbers = renumbers;
        client.ignores_numbers = ignores_numbers;
        let traffic = exchange(&mut client, 20_000, 3)?;
        compare_sram(&wire.wire.bridge, &traffic)
    };
    assert_eq!(run(false, false), Ok(()));
    let text = run(true, false).unwrap_err();
    assert!(text.contains("came back"), "{text}");
    run(false, true).unwrap_err();
}

#[test]
fn a_dead_wire_and_a_lost_session_are_told_with_the_next_step() {
    let dead = Faults {
        lose_frame: 1.0,
        ..Faults::default()
    };
    let text = |e: LinkError| e.to_string();
    let error = Link::open(wire(dead, 1), 1).err().map(text).unwrap();
    assert!(error.contains("no answer to 48 repetitions"), "{error}");
    assert!(error.contains("--baud"), "{error}");
    let mut link = Link::open(wire(Faults::default(), 1), 1).unwrap();
    link.wire_mut().wire.bridge = Bridge::new(vec![Pe::new(&PeConfig::small())], 0);
    let error = link
        .request(0, &Request::counters())
        .map_err(text)
        .unwrap_err();
    assert!(error.contains("lost the session"), "{error}");
    link.request(0, &Request::counters()).unwrap_err();
}

#[test]
fn a_refusal_names_the_command_and_what_is_wrong() {
    let mut link = Link::open(wire(Faults::default(), 1), 1).unwrap();
    let refused =
        |link: &mut Link<_>, pe, r: Request| link.request(pe, &r).unwrap_err().to_string();
    assert_eq!(
        refused(&mut link, 0, Request::read(0xf_fffc, 1)),
        "the machine refused READ to PE 0: the address is no multiple of 4 or the range is not in its SRAM or \
         sample store; stay below their sizes"
    );
    assert!(refused(&mut link, 3, Request::counters()).contains("COUNTERS to PE 3: it has no PE"));
    let unknown = Request {
        command: 9,
        payload: vec![],
    };
    assert!(refused(&mut link, 0, unknown).contains("it does not know the command"));
    let long = Request {
        command: command::COUNTERS,
        payload: vec![0],
    };
    assert!(refused(&mut link, 0, long).contains("wrong length"));
}
