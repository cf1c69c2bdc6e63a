//! Streaming samples: which frames carry one, and when the next may go.
//!
//! A pixel byte p is the input p / 256 of [`crate::deepr`], and `WRITE_UNIT` writes `b + (b >> 7)`: p goes as b = p below
//! 128 and as p - 1 above. No b gives 128; words with that value are written again by `WRITE`.

use super::board::{Board, PATIENCE, packets};
use super::{DeviceError, answer};
use crate::deepr::firmware::{MESSAGE_BUFFER, MESSAGE_TRAIN};
use crate::deepr::layout::Layout;
use crate::deepr::machine::Answer;
use crate::link::{Request, Wire};
use std::collections::VecDeque;
use std::time::Instant;
use synfire_format::link::{CRC, HEADER, MAX_UNIT, MAX_WORDS};
use synfire_format::packet::{MULTICAST, Packet};

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
    pub bytes_received: u64,
}

impl Streamed {
    /// Adds what another stream took.
    pub fn add(&mut self, other: &Streamed) {
        self.samples += other.samples;
        self.payload_bytes += other.payload_bytes;
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
    }

    /// Pixels of the bytes sent, 0..1.
    pub fn efficiency(&self) -> f64 {
        self.payload_bytes as f64 / self.bytes_sent.max(1) as f64
    }

    /// Samples a second that the link carries at `baud`, ten bits a byte, in the direction that has more.
    pub fn link_bound(&self, baud: u32) -> f64 {
        let bytes = self.bytes_sent.max(self.bytes_received).max(1) as f64;
        self.samples as f64 * f64::from(baud) / 10.0 / bytes
    }
}

/// Bytes of a frame around the data of a write: two ends, header, address, CRC.
const OVERHEAD: usize = 2 + HEADER + 4 + CRC;

/// The frames that write `pixels` at `address`.
fn input(address: u32, pixels: &[u8]) -> Vec<Request> {
    let mut requests = Vec::new();
    for (i, chunk) in pixels.chunks(MAX_UNIT).enumerate() {
        let address = address + (2 * MAX_UNIT * i) as u32;
        let mut chunk = chunk.to_vec();
        if chunk.len() % 2 == 1 {
            chunk.push(0);
        }
        let wide: Vec<u8> = chunk.iter().flat_map(|&p| [p, 0]).collect();
        let patches = patches(&chunk);
        let patch_bytes: usize = patches.iter().map(|(_, words)| OVERHEAD + 4 * words).sum();
        let plain_bytes = wide.len() + OVERHEAD * wide.len().div_ceil(4 * MAX_WORDS);
        if OVERHEAD + chunk.len() + patch_bytes < plain_bytes {
            let unit: Vec<u8> = chunk.iter().map(|&p| p - u8::from(p >= 128)).collect();
            requests.push(Request::write_unit(address, &unit));
            requests.extend(patches.into_iter().map(|(word, words)| {
                Request::write(
                    address + 4 * word as u32,
                    &wide[4 * word..4 * (word + words)],
                )
            }));
        } else {
            requests.extend(
                wide.chunks(4 * MAX_WORDS)
                    .enumerate()
                    .map(|(j, words)| Request::write(address + (4 * MAX_WORDS * j) as u32, words)),
            );
        }
    }
    requests
}

/// Ranges (first word, words) that hold every word with a 128; those so close that one frame is shorter are joined.
fn patches(chunk: &[u8]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (word, pair) in chunk.chunks(2).enumerate() {
        if !pair.contains(&128) {
            continue;
        }
        match found.last_mut() {
            Some((first, words))
                if 4 * (word - *first - *words) <= OVERHEAD && word - *first < MAX_WORDS =>
            {
                *words = word - *first + 1;
            }
            _ => found.push((word, 1)),
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
    let mut asked = false;
    let mut since = Instant::now();
    loop {
        while board.link.has_room() {
            if frames.is_empty() && !ended && begun - answered < 2 {
                match feed.next() {
                    Some((pixels, label)) => {
                        let buffer = (begun % 2) as usize;
                        frames.extend(input(layout.input[buffer].address, pixels));
                        frames.push_back(message(label, buffer, train));
                        // The first answer comes while the other half of this sample is on its way.
                        ask_at = frames.len() / 2;
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
            kinds.push_back(request.command == synfire_format::link::command::RECEIVE);
            board.link.submit(board.pe, &request)?;
        }
        while let Some((_, outcome)) = board.link.take() {
            let response = outcome.map_err(|e| DeviceError::Link(e.into()))?;
            if kinds.pop_front() == Some(true) {
                asked = false;
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

fn message(label: u8, buffer: usize, train: bool) -> Request {
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
    Request::send(&[packet.encode()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use synfire_format::link::command;

    /// What the requests leave in an SRAM, by the protocol's words.
    fn carried_out(requests: &[Request], bytes: usize) -> Vec<u8> {
        let mut sram = vec![0xee; bytes];
        for r in requests {
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
        sram
    }

    proptest! {
        #[test]
        fn every_pixel_arrives_as_its_256th(
            pixels in proptest::collection::vec(prop_oneof![Just(128u8), any::<u8>()], 1..900)
        ) {
            let sram = carried_out(&input(0, &pixels), 2 * pixels.len().next_multiple_of(2));
            let mut want: Vec<u8> = pixels.iter().flat_map(|&p| [p, 0]).collect();
            want.resize(sram.len(), 0);
            prop_assert_eq!(sram, want);
        }
    }

    #[test]
    fn a_sample_of_mnist_size_is_four_frames() {
        let requests = input(0x4000, &[200; 784]);
        let bytes: usize = requests.iter().map(|r| r.payload.len()).sum();
        assert_eq!((requests.len(), bytes), (4, 784 + 4 * 4));
        // A word with 128 costs a short frame more, many cost no more than words throughout.
        let mut pixels = [200; 784];
        pixels[30] = 128;
        assert_eq!(input(0x4000, &pixels).len(), 5);
        assert_eq!(input(0x4000, &[128; 784]).len(), 7);
    }
}
