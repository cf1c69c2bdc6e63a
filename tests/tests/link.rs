//! The bridge of the model and the bridge of the RTL answer the same bytes with the same bytes: good requests and bad ones,
//! repetitions, numbers out of order, damage and new sessions, samples from the store.

use std::fmt::Write;
use synfire::link::Request;
use synfire::link::frame::{Arrived, Deframer, Frame};
use synfire_format::config::{MachineShape, PeConfig};
use synfire_format::link::{
    MAX_BYTES, MAX_NUMBERS, MAX_PACKETS, MAX_WORDS, PACKET_BYTES, QUEUE, command, control, counter,
    status,
};
use synfire_format::mmio;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, POINT_TO_POINT, Packet};
use synfire_golden::encode::*;
use synfire_golden::{Bridge, Pe};
use synfire_sim::link::{LinkRtl, MachineLibrary};

const SCRATCH: u32 = 0x4000;
const FRAMES: u32 = 1500;
const STORE_KB: u32 = 2;
/// Pairs of pixels of a sample at most.
const PAIRS: u32 = 40;

/// Sends every message back.
fn echo() -> Vec<u8> {
    let mut words = li(4, mmio::MMIO_BASE).to_vec();
    words.extend([
        load(2, 5, 4, mmio::RX_WAIT as i32),
        load(2, 6, 4, mmio::RX_KEY as i32),
        store(2, 6, 4, mmio::TX_KEY as i32),
        store(2, 5, 4, mmio::TX_PAYLOAD as i32),
        jal(0, -16),
    ]);
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
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

    fn bytes(&mut self, n: u32) -> Vec<u8> {
        // Ends and escapes more often than by chance.
        let mut one = || match self.below(12) {
            0 => 0xc0,
            1 => 0xdb,
            _ => self.below(256) as u8,
        };
        (0..n).map(|_| one()).collect()
    }
}

/// Both bridges; what is sent goes to both.
struct Both {
    model: Bridge,
    rtl: LinkRtl,
    /// Of the model, wrong on purpose: this byte of its output is another.
    flip: Option<usize>,
    /// To the RTL, wrong on purpose: the byte after the address is another, in a frame that is good.
    flip_to_rtl: bool,
    given: usize,
}

fn frames(bytes: &[u8]) -> Vec<Arrived> {
    let mut deframer = Deframer::default();
    bytes.iter().filter_map(|&b| deframer.take(b)).collect()
}

/// Takes out what depends on time: cycles and what is counted in them.
fn timeless(arrived: &mut [Arrived]) {
    for one in arrived {
        if let Arrived::Good(f) = one
            && f.payload.len() == 4 * counter::COUNT
        {
            for word in [
                counter::CYCLES,
                counter::CYCLES_HIGH,
                counter::CONFLICTS,
                counter::BUSY,
            ] {
                f.payload[4 * word..4 * word + 4].fill(0);
            }
        }
    }
}

impl Both {
    fn new(config: &PeConfig, seed: u64) -> Self {
        let shape = MachineShape {
            pes: 1,
            store_kb: STORE_KB,
            many_multipliers: false,
        };
        let library = MachineLibrary::build(config, shape, false).unwrap();
        Both {
            model: Bridge::new(vec![Pe::new(config)], 0).with_store(STORE_KB),
            rtl: library.instance(seed).unwrap(),
            flip: None,
            flip_to_rtl: false,
            given: 0,
        }
    }

    /// Sends bytes and waits until nothing happens any more; the answers of both, or how they differ.
    fn send(&mut self, bytes: &[u8]) -> Result<Vec<Frame>, String> {
        self.model.push(bytes);
        self.model.run(100_000);
        let mut of_model = self.model.take();
        if let Some(at) = self.flip.and_then(|f| f.checked_sub(self.given))
            && let Some(byte) = of_model.get_mut(at)
        {
            *byte ^= 1;
        }
        self.given += of_model.len();
        match frames(bytes).pop() {
            Some(Arrived::Good(mut other)) if self.flip_to_rtl => {
                other.payload[4] ^= 1;
                self.rtl.send(&other.encode());
            }
            _ => self.rtl.send(bytes),
        }
        let mut of_rtl = Vec::new();
        let mut quiet = 0;
        // A long READ takes some 1400 cycles, a STEP that waits STEP_CYCLES; what comes after as many answers as the model gives
        // is one too many.
        let answered = |bytes: &[u8]| frames(bytes).len() >= frames(&of_model).len();
        while quiet < 50 && !(quiet >= 3 && answered(&of_rtl)) {
            self.rtl.run(100);
            let new = self.rtl.receive();
            quiet = if new.is_empty() && self.rtl.unsent() == 0 {
                quiet + 1
            } else {
                0
            };
            of_rtl.extend(new);
        }
        let (mut model, mut rtl) = (frames(&of_model), frames(&of_rtl));
        timeless(&mut model);
        timeless(&mut rtl);
        if model != rtl {
            let mut text = String::new();
            let _ = write!(
                text,
                "sent {bytes:02x?}\nmodel {model:02x?}\nRTL   {rtl:02x?}"
            );
            return Err(text);
        }
        let good = rtl.into_iter().map(|a| match a {
            Arrived::Good(frame) => Ok(frame),
            Arrived::Damaged => Err("both answer with damage".to_owned()),
        });
        good.collect()
    }
}

/// The next number, and messages in the bridges' queues.
struct Host {
    random: Random,
    number: u8,
    nonce: u32,
    waiting: usize,
}

impl Host {
    fn message(&mut self) -> Packet {
        Packet {
            kind: MULTICAST,
            key: self.random.below(u32::MAX),
            payload: Some(self.random.below(u32::MAX)),
        }
    }

    fn address(&mut self) -> u32 {
        match self.random.below(12) {
            0 => SCRATCH + 1 + self.random.below(3),
            1 => (64 << 10) - 4 * self.random.below(70),
            2 => self.random.below(u32::MAX) | 1 << 20,
            _ => SCRATCH + 4 * self.random.below(512),
        }
    }

    /// What the feeder needs, good or bad.
    fn resident(&mut self) -> Request {
        let words = 1 + self.random.below(MAX_WORDS as u32);
        let address = match self.random.below(10) {
            0 => self.random.below(u32::MAX),
            1 => 1024 * STORE_KB - 4 * self.random.below(MAX_WORDS as u32),
            _ => 4 * self.random.below(256 * STORE_KB - words + 1),
        };
        if self.random.below(2) == 0 {
            return Request::store(address, &self.random.bytes(4 * words));
        }
        let pairs = self.random.below(PAIRS + 1) as u16;
        // Scratch, or the SRAM's end and what is beyond.
        let mut buffer = || match self.random.below(8) {
            0 => 0x3fe0 + self.random.below(0x80) as u16,
            _ => (SCRATCH / 4) as u16 + self.random.below(0x380) as u16,
        };
        let buffers = [buffer(), buffer()];
        let messages = [0, 1].map(|_| self.random.below(u32::MAX));
        Request::arrange(pairs, buffers, messages)
    }

    /// A request to PE 0, good or bad.
    fn request(&mut self) -> Request {
        match self.random.below(18) {
            12..=14 => self.resident(),
            15..=16 if self.waiting < QUEUE => {
                // What room there is, and now and then one outside the store; a few too many, or none.
                let count = 1 + self.random.below((QUEUE - self.waiting) as u32);
                let mut numbers: Vec<u16> = (0..count)
                    .map(|_| self.random.below(256 * STORE_KB - PAIRS / 2) as u16)
                    .collect();
                match self.random.below(12) {
                    0 => numbers[0] = self.random.below(0x1_0000) as u16 | 0x1e0,
                    1 => numbers = vec![256 * STORE_KB as u16 - 1; MAX_NUMBERS],
                    2 => numbers = vec![0; MAX_NUMBERS + 1],
                    3 => numbers.clear(),
                    _ => {}
                }
                Request::feed(&numbers)
            }
            0..=2 => {
                let words = 1 + self.random.below(MAX_WORDS as u32);
                let data = self.random.bytes(4 * words);
                Request::write(self.address(), &data)
            }
            3 => {
                let pairs = 1 + self.random.below(MAX_BYTES as u32 / 2);
                let data = self.random.bytes(2 * pairs);
                Request::write_bytes(self.address(), &data)
            }
            4..=5 => {
                let words = 1 + self.random.below(MAX_WORDS as u32);
                Request::read(self.address(), words as u8)
            }
            6 if self.waiting < QUEUE => {
                let count = 1 + self.random.below((QUEUE - self.waiting) as u32);
                self.waiting += count as usize;
                let packets: Vec<u128> = (0..count).map(|_| self.message().encode()).collect();
                Request::send(&packets)
            }
            7 => {
                // Pokes, packets that no PE serves, wrong parity.
                let count = 1 + self.random.below(MAX_PACKETS as u32);
                let packets: Vec<u128> = (0..count)
                    .map(|_| {
                        let packet = Packet {
                            kind: [NEAREST_NEIGHBOUR, POINT_TO_POINT]
                                [usize::from(self.random.below(6) == 0)],
                            key: SCRATCH + 4 * self.random.below(512),
                            payload: Some(self.random.below(u32::MAX)),
                        };
                        packet.encode() ^ u128::from(self.random.below(8) == 0)
                    })
                    .collect();
                Request::send(&packets)
            }
            8 if self.waiting < QUEUE => {
                self.waiting += 1;
                let peek = Packet {
                    kind: NEAREST_NEIGHBOUR,
                    key: SCRATCH + 4 * self.random.below(512),
                    payload: None,
                };
                Request::send(&[peek.encode()])
            }
            6 | 8 | 9 => Request::receive(1 + self.random.below(MAX_PACKETS as u32) as u8),
            10 => Request::counters(),
            _ => {
                let length = self.random.below(30);
                Request {
                    command: self.random.below(16) as u8,
                    payload: self.random.bytes(length),
                }
            }
        }
    }
}

/// Random frames to both bridges; how they differ, if they do.
fn run(config: &PeConfig, seed: u64, flip: Option<usize>) -> Result<[u32; 8], String> {
    let mut both = Both::new(config, seed);
    let mut host = Host {
        random: Random(seed),
        number: 9,
        nonce: 0,
        waiting: 0,
    };
    // Before a session.
    both.send(&host.random.bytes(100))?;
    both.send(&frame(command::COUNTERS, 3, &[]))?;
    // Of each status how many.
    let mut seen = [0; 8];
    let (mut fed, mut held) = (0, 0);
    hello(&mut both, &mut host)?;
    for (request, what) in [
        (Request::write(0, &echo()), "the program"),
        (Request::control(control::RUN), "RUN"),
    ] {
        let bytes = numbered(&mut host, 0, &request);
        assert_eq!(both.send(&bytes)?[0].kind, status::OK, "{what}");
    }
    for at in places() {
        let bytes = numbered(&mut host, 0, &Request::write(at, &[0; 0x80]));
        both.send(&bytes)?;
    }
    for at in (0..1024 * STORE_KB).step_by(128) {
        let bytes = numbered(&mut host, 0, &Request::store(at, &[at as u8; 128]));
        both.send(&bytes)?;
    }
    both.flip = flip;
    for n in 0..FRAMES {
        let answers = match host.random.below(20) {
            0 => {
                let back = host.random.below(12) as u8;
                let again = Request::write(SCRATCH, &[1; 4]);
                both.send(&frame(
                    again.command,
                    host.number.wrapping_sub(back + 1),
                    &again.payload,
                ))
            }
            1 => {
                let length = host.random.below(300);
                let mut bytes = host.random.bytes(length);
                // Several damaged frames at once may share an answer.
                bytes.retain(|&b| b != 0xc0);
                bytes.push(0xc0);
                both.send(&bytes)
            }
            2 => {
                let mut bytes = frame(command::WRITE, host.number, &[0, 0x40, 0, 0, 1, 2, 3, 4]);
                let at = 1 + host.random.below(bytes.len() as u32 - 2) as usize;
                bytes[at] ^= 1 << host.random.below(8);
                if bytes[at] == 0xc0 {
                    continue;
                }
                both.send(&bytes)
            }
            3 if n % 8 == 0 => hello(&mut both, &mut host),
            3 => both.send(&frame(command::HELLO, 77, &host.nonce.to_le_bytes())),
            4 => {
                let request = match host.random.below(3) {
                    0 => Request::feed(&[host.random.below(0x220) as u16]),
                    1 => host.resident(),
                    _ => Request::counters(),
                };
                let pe = 1 + host.random.below(15) as u8;
                let bytes = numbered(&mut host, pe, &request);
                both.send(&bytes)
            }
            5 => {
                let bits = [
                    control::RUN,
                    control::RUN | control::STEP,
                    control::RUN | control::RESET,
                ];
                let bits = bits[host.random.below(3) as usize];
                if bits & control::RESET != 0 {
                    host.waiting = 0;
                }
                let bytes = numbered(&mut host, 0, &Request::control(bits));
                both.send(&bytes)
            }
            _ => {
                let request = host.request();
                let command = request.command;
                let bytes = numbered(&mut host, 0, &request);
                let answers = both.send(&bytes);
                match (command, &answers) {
                    (command::RECEIVE, Ok(a)) => {
                        host.waiting -= a[0].payload.len() / PACKET_BYTES;
                    }
                    // Each sample becomes a message; the RTL takes its time.
                    (command::FEED, Ok(a)) if a[0].kind == status::OK => {
                        let samples = request.payload.len() / 2;
                        fed += samples;
                        host.waiting += samples;
                        both.rtl.run(400 * samples as u64);
                    }
                    // A core that is held does not send the messages back that are counted on.
                    (command::CONTROL, Ok(a))
                        if a[0].kind == status::OK && request.payload[0] & control::RUN == 0 =>
                    {
                        held += 1;
                        let bytes = numbered(&mut host, 0, &Request::control(control::RUN));
                        both.send(&bytes)?;
                    }
                    _ => {}
                }
                answers
            }
        };
        for answer in answers.map_err(|e| format!("frame {n}, seed {seed}: {e}"))? {
            seen[usize::from(answer.kind & 7)] += 1;
        }
    }
    both.send(&numbered(&mut host, 0, &Request::receive(26)))?;
    for at in places() {
        let bytes = numbered(&mut host, 0, &Request::read(at, 32));
        both.send(&bytes)?;
    }
    if fed < 100 {
        return Err(format!("{fed} samples were fed"));
    }
    println!("{fed} samples fed, the core held {held} times");
    Ok(seen)
}

/// What requests may read: the RTL powers up with anything.
fn places() -> impl Iterator<Item = u32> {
    let scratch = (SCRATCH..SCRATCH + 0x1000).step_by(0x80);
    scratch.chain((0xfe00..0x1_0000).step_by(0x80))
}

fn frame(kind: u8, number: u8, payload: &[u8]) -> Vec<u8> {
    let payload = payload.to_vec();
    Frame {
        kind,
        number,
        payload,
    }
    .encode()
}

fn numbered(host: &mut Host, pe: u8, request: &Request) -> Vec<u8> {
    let bytes = frame(pe << 4 | request.command, host.number, &request.payload);
    host.number = host.number.wrapping_add(1);
    bytes
}

/// A new session, at any number.
fn hello(both: &mut Both, host: &mut Host) -> Result<Vec<Frame>, String> {
    host.nonce += 1;
    host.number = host.random.below(256) as u8;
    let nonce = host.nonce.to_le_bytes();
    let bytes = numbered(
        host,
        0,
        &Request {
            command: command::HELLO,
            payload: nonce.to_vec(),
        },
    );
    both.send(&bytes)
}

#[test]
fn model_and_rtl_answer_every_frame_alike() {
    let mut seen = [0; 8];
    for seed in 1..=2 {
        match run(&PeConfig::small(), seed, None) {
            Ok(counts) => seen.iter_mut().zip(counts).for_each(|(s, c)| *s += c),
            Err(text) => panic!("{text}"),
        }
    }
    // Every status but NO_SESSION, which is before the session.
    for s in [0, 1, 3, 4, 5, 6, 7] {
        assert!(seen[s] >= 10, "status {s}: {seen:?}");
    }
}

#[test]
fn one_other_bit_of_one_answer_is_seen() {
    let text = run(&PeConfig::small(), 1, Some(5000)).unwrap_err();
    assert!(text.contains("model") && text.contains("seed 1"), "{text}");
}

/// Samples while the core is held, more than there is room for, a reset, and messages that nobody takes: how the answers
/// differ, if they do. `broken`: the RTL gets another fourth sample.
fn overfull(broken: bool) -> Result<(), String> {
    let mut both = Both::new(&PeConfig::small(), 5);
    let mut host = Host {
        random: Random(5),
        number: 0,
        nonce: 0,
        waiting: 0,
    };
    hello(&mut both, &mut host)?;
    let mut ask = |both: &mut Both, request: &Request| -> Result<Frame, String> {
        let bytes = numbered(&mut host, 0, request);
        let mut answers = both.send(&bytes)?;
        both.rtl.run(20_000);
        Ok(answers.remove(0))
    };
    ask(&mut both, &Request::write(0, &echo()))?;
    for n in 0..70u8 {
        let sample = [n, 1, 0, 0, n, n ^ 0xff, 0xc0, 0xdb];
        ask(&mut both, &Request::store(8 * u32::from(n), &sample))?;
    }
    both.flip_to_rtl = broken;
    ask(
        &mut both,
        &Request::store(24, &[3, 1, 0, 0, 3, 0xfc, 0xc0, 0xdb]),
    )?;
    both.flip_to_rtl = false;
    let numbers: Vec<u16> = (0..70).map(|n| 2 * n).collect();
    let arrange = Request::arrange(2, [0x1000, 0x1100], [0x1_0000, 0x2_0000]);
    ask(&mut both, &arrange)?;
    // Two samples go into the PE, which is held.
    for (from, to, want) in [
        (0, 34, status::OK),
        (34, 67, status::FULL),
        (34, 66, status::OK),
        (66, 67, status::FULL),
    ] {
        let answer = ask(&mut both, &Request::feed(&numbers[from..to]))?;
        assert_eq!(answer.kind, want, "{from}..{to}");
    }
    ask(&mut both, &Request::control(control::RESET))?;
    ask(&mut both, &Request::feed(&numbers[..64]))?;
    ask(&mut both, &Request::control(control::RUN))?;
    let mut messages = Vec::new();
    for _ in 0..24 {
        let answer = ask(&mut both, &Request::receive(3))?;
        messages.extend(answer.payload.chunks(PACKET_BYTES).map(|p| p[0]));
        for at in [0x4000, 0x4400] {
            ask(&mut both, &Request::read(at, 2))?;
        }
    }
    assert_eq!(messages, (0..64).collect::<Vec<u8>>());
    Ok(())
}

#[test]
fn samples_that_find_no_room_wait_or_are_refused_alike() {
    overfull(false).unwrap();
}

#[test]
fn another_sample_in_one_store_is_seen() {
    let text = overfull(true).unwrap_err();
    assert!(text.contains("model") && text.contains("RTL"), "{text}");
}
