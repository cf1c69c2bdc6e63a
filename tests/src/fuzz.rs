//! Both ends of the host link fed with anything: what `make fuzz` runs guided by coverage, and `tests/tests/fuzz.rs` on a
//! kept corpus.
//!
//! A target takes bytes and panics where something is wrong. Bytes are operations of a machine or a wire, so that
//! frames with a good CRC are as likely as damaged ones.

use std::io;
use std::time::Duration;
use synfire::link::frame::{Arrived, Deframer, Frame};
use synfire::link::{GoldenWire, Link, LinkError, Request, Wire};
use synfire_format::config::PeConfig;
use synfire_format::link::{MAX_PAYLOAD, command, counter, status};
use synfire_golden::{Bridge, Pe};

/// Takes an input, and panics where something is wrong.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Target); 3] =
    [("decoder", decoder), ("client", client), ("bridge", bridge)];

/// What a line carries next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As they are.
    Raw(Vec<u8>),
    /// A frame with a good CRC.
    Good(Frame),
    /// The same with one bit of the line's bytes flipped, which no CRC misses.
    Damaged(Vec<u8>),
    /// Nothing for a while.
    Silence,
}

/// Bytes as pieces. Numbers follow each other unless the bytes say otherwise.
pub fn pieces(mut bytes: &[u8]) -> Vec<Piece> {
    let mut number = 0u8;
    let mut all = Vec::new();
    while let [kind, size, rest @ ..] = bytes {
        let length = usize::from(*size).min(rest.len()).min(MAX_PAYLOAD + 4);
        let (payload, rest) = rest.split_at(length);
        bytes = rest;
        let frame = |number, payload: &[u8]| Frame {
            kind: *kind >> 4 | u8::from(payload.len() > 200) << 4,
            number,
            payload: payload.to_vec(),
        };
        all.push(match kind % 8 {
            0 => Piece::Raw(payload.to_vec()),
            1 => Piece::Silence,
            2 => {
                let mut line = frame(number, payload).encode();
                let at = 1 + usize::from(*size) % (line.len() - 2);
                line[at] ^= 1 << (size % 8);
                Piece::Damaged(line)
            }
            // A number of its own.
            3 if length > 0 => Piece::Good(frame(payload[0], &payload[1..])),
            _ => {
                let one = frame(number, payload);
                number = number.wrapping_add(1);
                Piece::Good(one)
            }
        });
    }
    all
}

/// The bytes of a piece on the line.
pub fn line(piece: &Piece) -> Vec<u8> {
    match piece {
        Piece::Raw(bytes) | Piece::Damaged(bytes) => bytes.clone(),
        Piece::Good(frame) => frame.encode(),
        Piece::Silence => Vec::new(),
    }
}

fn arrived(bytes: &[u8]) -> Vec<Arrived> {
    let mut deframer = Deframer::default();
    bytes.iter().filter_map(|&b| deframer.take(b)).collect()
}

fn config() -> PeConfig {
    PeConfig::tiny()
}

fn hello(nonce: u32) -> Frame {
    Frame {
        kind: command::HELLO,
        number: 255,
        payload: nonce.to_le_bytes().to_vec(),
    }
}

/// Both decoders find the same frames in any bytes, each good frame is one that the encoder writes, and a good frame after an
/// END is found whatever came before.
///
/// # Panics
/// Where that is not so.
pub fn decoder(bytes: &[u8]) {
    let mut all: Vec<u8> = Vec::new();
    for piece in pieces(bytes) {
        all.extend(line(&piece));
    }
    let found = arrived(&all);
    for one in &found {
        if let Arrived::Good(frame) = one {
            assert_eq!(arrived(&frame.encode()), [Arrived::Good(frame.clone())]);
        }
    }
    let last = hello(7);
    let after = arrived(&[&all[..], &last.encode()].concat());
    assert_eq!(after.last(), Some(&Arrived::Good(last)));
    // The bridge's decoder, by what it answers without a session: once for each frame that is not the start of one.
    let mut bridge = Bridge::new(vec![Pe::new(&config())], 0);
    for one in &found {
        let starts = matches!(one, Arrived::Good(f) if f.kind & 0xf == command::HELLO && f.payload.len() == 4 && f.payload != [0; 4]);
        if starts {
            return;
        }
    }
    bridge.push(&all);
    assert_eq!(arrived(&bridge.take()).len(), found.len());
}

/// The model's machine behind a line that a script disturbs.
struct Disturbed {
    wire: GoldenWire,
    script: std::vec::IntoIter<Piece>,
    /// Frames of the script reach the host as if the machine had sent them.
    forged: bool,
    looks: u32,
}

/// More than the client's patience allows over a script.
const LOOKS: u32 = 50_000;

impl Wire for Disturbed {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.script.next() {
            // Lost, or damaged by another piece's bytes before it.
            Some(Piece::Silence) => Ok(()),
            Some(Piece::Raw(noise)) => self.wire.send(&[&noise[..], bytes].concat()),
            Some(Piece::Damaged(_)) => {
                let mut bytes = bytes.to_vec();
                let at = bytes.len() / 2;
                bytes[at] ^= 4;
                self.wire.send(&bytes)
            }
            _ => self.wire.send(bytes),
        }
    }

    fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> io::Result<()> {
        self.looks += 1;
        assert!(self.looks < LOOKS, "the client asks for ever");
        match self.script.next() {
            Some(Piece::Good(frame)) if self.forged => into.extend(frame.encode()),
            Some(Piece::Raw(noise) | Piece::Damaged(noise)) => {
                self.wire.receive(into, patience)?;
                into.splice(..0, noise);
            }
            Some(Piece::Silence) => {
                let mut lost = Vec::new();
                self.wire.receive(&mut lost, patience)?;
            }
            _ => self.wire.receive(into, patience)?,
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        Duration::ZERO
    }
}

/// What a client does over a disturbed line.
fn exchange(wire: Disturbed) -> Result<(Vec<u8>, u64), LinkError> {
    let mut link = Link::open(wire, 5)?;
    for i in 0..6u8 {
        let words = [i, 0xc0, 0xdb, !i, 1, 2, 3, 4];
        link.submit(0, &Request::write(0x100 + 4 * u32::from(i), &words))?;
    }
    let back = link.request(0, &Request::read(0x100, 7))?;
    let counters = link.request(0, &Request::counters())?;
    let carried = counters
        .get(4 * counter::CARRIED_OUT..4 * counter::CARRIED_OUT + 4)
        .map_or(0, |w| {
            u64::from(u32::from_le_bytes([w[0], w[1], w[2], w[3]]))
        });
    Ok((back, carried))
}

/// The client ends, whatever comes, and does not panic; where only noise, loss and damage come, what it read is right
/// and everything was carried out once.
///
/// # Panics
/// Where that is not so.
pub fn client(bytes: &[u8]) {
    let (forged, bytes) = match bytes {
        [first, rest @ ..] => (first & 1 == 1, rest),
        [] => (false, bytes),
    };
    let script = pieces(bytes);
    // Raw bytes could hold a good frame.
    let forged = forged || script.iter().any(|p| matches!(p, Piece::Raw(_)));
    let wire = Disturbed {
        wire: GoldenWire {
            bridge: Bridge::new(vec![Pe::new(&config())], 0),
        },
        script: script.into_iter(),
        forged,
        looks: 0,
    };
    match exchange(wire) {
        Ok((back, carried)) if !forged => {
            let mut want = Vec::new();
            for i in 0..6u8 {
                want.extend([i, 0xc0, 0xdb, !i]);
            }
            want.extend([1, 2, 3, 4]);
            assert_eq!(back, want);
            // Six writes and the read.
            assert_eq!(carried, 7);
        }
        Ok(_) => {}
        // Too much is lost for its patience.
        Err(LinkError::Silent { .. }) => {}
        Err(e) => assert!(forged, "{e}"),
    }
}

fn sram(bridge: &Bridge) -> Vec<u8> {
    bridge
        .pe(0)
        .map_or(Vec::new(), |pe| pe.sram().bytes().to_vec())
}

/// Requests that are not carried out change no memory, and the bridge answers a new session afterwards.
///
/// # Panics
/// Where that is not so.
pub fn bridge(bytes: &[u8]) {
    let mut bridge = Bridge::new(vec![Pe::new(&config())], 0);
    bridge.push(&hello(9).encode());
    bridge.take();
    let mut runs = false;
    let mut decoder = Deframer::default();
    for piece in pieces(bytes) {
        let line = line(&piece);
        let before = sram(&bridge);
        bridge.push(&line);
        bridge.run(64);
        let done = |a: &Arrived| matches!(a, Arrived::Good(f) if f.kind & 0xf == status::OK);
        let carried_out = arrived(&bridge.take()).iter().any(done);
        // The host's decoder says whether a good frame was among the bytes.
        let mut good = false;
        for one in line.iter().filter_map(|&b| decoder.take(b)) {
            if let Arrived::Good(frame) = one {
                good = true;
                // A program that runs writes by itself.
                runs |= frame.kind & 0xf == command::CONTROL;
            }
        }
        let may_write = runs || (good && carried_out);
        if !may_write {
            assert!(before == sram(&bridge), "{piece:?} wrote");
        }
    }
    bridge.push(&[0xc0]);
    bridge.take();
    bridge.push(&hello(10).encode());
    let answers = arrived(&bridge.take());
    assert!(
        matches!(answers.last(), Some(Arrived::Good(f)) if f.kind == status::OK && f.number == 255),
        "{answers:?}"
    );
}
