//! Streaming samples: which frames carry one, and when the next may go.
//!
//! A pixel byte p is the input p / 256 of [`crate::deepr`], and `WRITE_UNIT` writes `b + (b >> 7)`: p goes as b = p below
//! 128 and as p - 1 above. No b gives 128; words with that value are written again, by pokes that go with the sample's
//! message or by `WRITE`, whichever takes fewer bytes.

use super::board::{Board, PATIENCE, packets};
use super::{DeviceError, answer};
use crate::deepr::firmware::{MESSAGE_BUFFER, MESSAGE_TRAIN};
use crate::deepr::layout::Layout;
use crate::deepr::machine::Answer;
use crate::link::{Request, Wire};
use std::collections::VecDeque;
use std::time::Instant;
use synfire_format::link::{CRC, HEADER, MAX_PACKETS, MAX_UNIT, MAX_WORDS, PACKET_BYTES, command};
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, Packet};

/// Where samples come from and answers go.
pub trait Feed {
    /// The next sample's pixels and label, if there is one.
    fn next(&mut self) -> Option<(&[u8], u8)>;

    /// The answer to the oldest sample without one.
    fn answer(&mut self, answer: Answer);
}

/// What samples took on the wire, the host's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Streamed {
    pub samples: u64,
    /// Pixels, a byte each: what the samples are.
    pub payload_bytes: u64,
    /// Bytes that the wire was given meanwhile.
    pub bytes_sent: u64,
    /// Of them those that asked for an answer while the PE still worked: a slower link asks later, and not in vain.
    pub bytes_in_vain: u64,
    pub bytes_received: u64,
}

impl Streamed {
    /// Adds what another stream took.
    pub fn add(&mut self, other: &Streamed) {
        self.samples += other.samples;
        self.payload_bytes += other.payload_bytes;
        self.bytes_sent += other.bytes_sent;
        self.bytes_in_vain += other.bytes_in_vain;
        self.bytes_received += other.bytes_received;
    }

    /// Bytes that the samples need.
    fn needed(&self) -> u64 {
        (self.bytes_sent - self.bytes_in_vain).max(1)
    }

    /// Pixels of the bytes that the samples need, 0..1.
    pub fn efficiency(&self) -> f64 {
        self.payload_bytes as f64 / self.needed() as f64
    }

    /// Samples a second that the link carries to the machine at `baud`, ten bits a byte. Back comes a tenth of it.
    pub fn link_bound(&self, baud: u32) -> f64 {
        self.samples as f64 * f64::from(baud) / 10.0 / self.needed() as f64
    }
}

/// Bytes of a frame around the data of a write: header, address, CRC, end.
const OVERHEAD: usize = HEADER + 4 + CRC + 1;

/// What writes a sample's pixels.
#[derive(Debug, Default)]
struct Input {
    requests: Vec<Request>,
    /// To be sent before the sample's message, in its frame.
    pokes: Vec<Packet>,
}

impl Input {
    fn new(address: u32, pixels: &[u8]) -> Self {
        let mut input = Input::default();
        for (i, chunk) in pixels.chunks(MAX_UNIT).enumerate() {
            input.chunk(address + (2 * MAX_UNIT * i) as u32, chunk);
        }
        input
    }

    fn chunk(&mut self, address: u32, pixels: &[u8]) {
        let mut pixels = pixels.to_vec();
        if pixels.len() % 2 == 1 {
            pixels.push(0);
        }
        let wide: Vec<u8> = pixels.iter().flat_map(|&p| [p, 0]).collect();
        let patches = patches(&pixels);
        let patch_bytes: usize = patches.iter().map(Patch::bytes).sum();
        let plain_bytes = wide.len() + OVERHEAD * wide.len().div_ceil(4 * MAX_WORDS);
        if OVERHEAD + pixels.len() + patch_bytes >= plain_bytes {
            let words = wide.chunks(4 * MAX_WORDS).enumerate();
            let writes =
                words.map(|(j, w)| Request::write(address + (4 * MAX_WORDS * j) as u32, w));
            self.requests.extend(writes);
            return;
        }
        let unit: Vec<u8> = pixels.iter().map(|&p| p - u8::from(p >= 128)).collect();
        self.requests.push(Request::write_unit(address, &unit));
        for patch in patches {
            let range = 4 * patch.first..4 * (patch.first + patch.words);
            let from = address + range.start as u32;
            // The message goes with the pokes.
            if patch.poked() && self.pokes.len() + patch.halves < MAX_PACKETS {
                let words = wide[range].chunks(4).enumerate();
                let with_half = words.filter(|(_, w)| w[0] == 128 || w[2] == 128);
                self.pokes.extend(with_half.map(|(j, w)| Packet {
                    kind: NEAREST_NEIGHBOUR,
                    key: from + 4 * j as u32,
                    payload: Some(u32::from_le_bytes([w[0], w[1], w[2], w[3]])),
                }));
            } else {
                self.requests.push(Request::write(from, &wide[range]));
            }
        }
    }
}

/// Words of a chunk that one `WRITE` can correct.
struct Patch {
    first: usize,
    words: usize,
    /// Of them those with a 128.
    halves: usize,
}

impl Patch {
    fn poked(&self) -> bool {
        PACKET_BYTES * self.halves < OVERHEAD + 4 * self.words
    }

    fn bytes(&self) -> usize {
        (PACKET_BYTES * self.halves).min(OVERHEAD + 4 * self.words)
    }
}

/// Every word with a 128, those together that lie so close that one `WRITE` is shorter than two.
fn patches(pixels: &[u8]) -> Vec<Patch> {
    let mut found: Vec<Patch> = Vec::new();
    for (word, pair) in pixels.chunks(2).enumerate() {
        if !pair.contains(&128) {
            continue;
        }
        match found.last_mut() {
            Some(p) if 4 * (word - p.first - p.words) <= OVERHEAD && word - p.first < MAX_WORDS => {
                p.words = word - p.first + 1;
                p.halves += 1;
            }
            _ => found.push(Patch {
                first: word,
                words: 1,
                halves: 1,
            }),
        }
    }
    found
}

/// See [`super::Device::samples`].
pub(super) fn stream<W: Wire>(
    board: &mut Board<W>,
    layout: &Layout,
    train: bool,
    feed: &mut dyn Feed,
) -> Result<Streamed, DeviceError> {
    let before = board.link.statistics();
    let mut streamed = Streamed::default();
    // Frames of the present sample that have not gone, and after how many of them the last answers are asked for.
    let mut frames: VecDeque<Request> = VecDeque::new();
    let mut ask_at = 0;
    let (mut begun, mut answered) = (0u64, 0u64);
    let mut ended = false;
    // Of each request on the way whether it is a RECEIVE; one at a time.
    let mut kinds: VecDeque<bool> = VecDeque::new();
    let mut asked_bytes = 0;
    let mut asked = false;
    let mut since = Instant::now();
    loop {
        while board.link.has_room() {
            if frames.is_empty() && !ended && begun - answered < 2 {
                match feed.next() {
                    Some((pixels, label)) => {
                        let buffer = (begun % 2) as usize;
                        let input = Input::new(layout.input[buffer].address, pixels);
                        frames.extend(input.requests);
                        frames.push_back(message(&input.pokes, label, buffer, train));
                        // The answer of the sample before, which the PE has had the time of one frame for: it comes back
                        // while the other frames are on their way.
                        ask_at = frames.len() - 1;
                        begun += 1;
                        streamed.payload_bytes += pixels.len() as u64;
                    }
                    None => ended = true,
                }
            }
            // The sample whose frames have not all gone has no message yet.
            let messages = begun - u64::from(!frames.is_empty());
            let request = if !asked && messages > answered && frames.len() <= ask_at {
                asked = true;
                Request::receive(2)
            } else if let Some(frame) = frames.pop_front() {
                frame
            } else {
                break;
            };
            let asks = request.command == command::RECEIVE;
            kinds.push_back(asks);
            let so_far = board.link.statistics().bytes_sent;
            board.link.submit(board.pe, &request)?;
            if asks {
                asked_bytes = board.link.statistics().bytes_sent - so_far;
            }
        }
        while let Some((_, outcome)) = board.link.take() {
            let response = outcome.map_err(|e| DeviceError::Link(e.into()))?;
            if kinds.pop_front() == Some(true) {
                asked = false;
                if response.is_empty() {
                    streamed.bytes_in_vain += asked_bytes;
                }
                for packet in packets(&response)? {
                    feed.answer(answer(packet.payload.unwrap_or(0)));
                    answered += 1;
                    since = Instant::now();
                }
            }
        }
        if ended && frames.is_empty() && answered == begun && kinds.is_empty() {
            break;
        }
        if since.elapsed() > PATIENCE {
            return Err(board.stuck());
        }
        if board.link.on_the_way() > 0 {
            board.link.pump()?;
        }
    }
    let after = board.link.statistics();
    streamed.samples = begun;
    streamed.bytes_sent = after.bytes_sent - before.bytes_sent;
    streamed.bytes_received = after.bytes_received - before.bytes_received;
    Ok(streamed)
}

/// The frame that completes a sample: pokes, then the message.
fn message(pokes: &[Packet], label: u8, buffer: usize, train: bool) -> Request {
    let mut payload = u32::from(label);
    if train {
        payload |= MESSAGE_TRAIN;
    }
    if buffer == 1 {
        payload |= MESSAGE_BUFFER;
    }
    let packet = Packet {
        kind: MULTICAST,
        key: 0,
        payload: Some(payload),
    };
    let packets: Vec<u128> = pokes.iter().chain([&packet]).map(Packet::encode).collect();
    Request::send(&packets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use synfire_format::link::command;

    /// What the requests and pokes leave in an SRAM, by the protocol's words.
    fn carried_out(input: &Input, bytes: usize) -> Vec<u8> {
        let mut sram = vec![0xee; bytes];
        for r in &input.requests {
            let (address, data) = r.payload.split_first_chunk().unwrap();
            let at = u32::from_le_bytes(*address) as usize;
            let data: Vec<u8> = match r.command {
                command::WRITE => data.to_vec(),
                command::WRITE_UNIT => data
                    .iter()
                    .flat_map(|&b| (u16::from(b) + u16::from(b >> 7)).to_le_bytes())
                    .collect(),
                other => panic!("command {other}"),
            };
            sram[at..at + data.len()].copy_from_slice(&data);
        }
        for p in &input.pokes {
            let at = p.key as usize;
            sram[at..at + 4].copy_from_slice(&p.payload.unwrap().to_le_bytes());
        }
        sram
    }

    proptest! {
        #[test]
        fn every_pixel_arrives_as_its_256th(
            pixels in proptest::collection::vec((0..8u8, any::<u8>()), 1..900),
            halves in 0..8u8,
        ) {
            // Few to many of the value that WRITE_UNIT does not have.
            let pixels: Vec<u8> = pixels.iter().map(|&(u, p)| if u < halves { 128 } else { p }).collect();
            let input = Input::new(0, &pixels);
            prop_assert!(input.pokes.len() < MAX_PACKETS);
            let sram = carried_out(&input, 2 * pixels.len().next_multiple_of(2));
            let mut want: Vec<u8> = pixels.iter().flat_map(|&p| [p, 0]).collect();
            want.resize(sram.len(), 0);
            prop_assert_eq!(sram, want);
        }
    }

    #[test]
    fn a_sample_of_mnist_size_is_four_frames_and_its_message() {
        let bytes = |i: &Input| -> usize { i.requests.iter().map(|r| r.payload.len()).sum() };
        let input = Input::new(0x4000, &[200; 784]);
        assert_eq!((input.requests.len(), bytes(&input)), (4, 784 + 4 * 4));
        // One word with 128 is a poke, three beside each other are a short frame, many are words throughout.
        let mut pixels = [200; 784];
        pixels[30] = 128;
        let input = Input::new(0x4000, &pixels);
        assert_eq!((input.requests.len(), input.pokes.len()), (4, 1));
        pixels[30..36].fill(128);
        let input = Input::new(0x4000, &pixels);
        assert_eq!((input.requests.len(), input.pokes.len()), (5, 0));
        assert_eq!(Input::new(0x4000, &[128; 784]).requests.len(), 7);
    }
}
