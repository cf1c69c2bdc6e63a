//! Streaming samples: which frames carry one, and when the next may go.
//!
//! A pixel byte p is the input p / 256 of [`crate::deepr`], which is what `WRITE_BYTES` writes.

use super::board::{Board, PATIENCE, packets};
use super::{DeviceError, answer};
use crate::deepr::firmware::{MESSAGE_BUFFER, MESSAGE_TRAIN};
use crate::deepr::layout::Layout;
use crate::deepr::machine::Answer;
use crate::link::{Request, Wire};
use std::collections::VecDeque;
use std::time::Instant;
use synfire_format::link::{CRC, HEADER, MAX_BYTES, command};
use synfire_format::packet::{MULTICAST, Packet};

/// Where samples come from and answers go.
pub trait Feed {
    /// The next sample's pixels and label, if there is one.
    fn next(&mut self) -> Option<(&[u8], u8)>;

    /// Place in its set of the sample that [`Feed::next`] gave last, whose number is sent where samples are resident.
    fn index(&self) -> usize;

    /// The answer to the oldest sample without one.
    fn answer(&mut self, answer: Answer);
}

/// What samples took on the wire, the host's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Streamed {
    pub samples: u64,
    /// They are in the machine's store; their numbers are sent.
    pub resident: bool,
    /// Pixels, a byte each: what the samples are. Of resident samples their numbers, two bytes each.
    pub payload_bytes: u64,
    /// Bytes that the wire was given meanwhile.
    pub bytes_sent: u64,
    /// Of them those that asked for an answer while the PE still worked: a slower link asks later, and not in vain.
    pub bytes_in_vain: u64,
    pub bytes_received: u64,
    /// Of them those of answers that told nothing.
    pub received_in_vain: u64,
}

impl Streamed {
    /// Adds what another stream took.
    pub fn add(&mut self, other: &Streamed) {
        self.samples += other.samples;
        self.resident |= other.resident;
        self.payload_bytes += other.payload_bytes;
        self.bytes_sent += other.bytes_sent;
        self.bytes_in_vain += other.bytes_in_vain;
        self.bytes_received += other.bytes_received;
        self.received_in_vain += other.received_in_vain;
    }

    /// Bytes that the samples need.
    fn needed(&self) -> u64 {
        (self.bytes_sent - self.bytes_in_vain).max(1)
    }

    /// Payload of the bytes that the samples need, 0..1.
    pub fn efficiency(&self) -> f64 {
        self.payload_bytes as f64 / self.needed() as f64
    }

    /// Samples a second that the link carries at `baud`, ten bits a byte: to the machine, or where the answers are more
    /// than the samples (resident ones) back from it.
    pub fn link_bound(&self, baud: u32) -> f64 {
        let back = self.bytes_received - self.received_in_vain;
        self.samples as f64 * f64::from(baud) / 10.0 / self.needed().max(back) as f64
    }
}

/// Bytes of a response without payload: two ends, kind, number and CRC; escapes are rare.
pub(super) const EMPTY: u64 = (2 + HEADER + CRC) as u64;

/// What writes a sample's pixels.
fn input(address: u32, pixels: &[u8]) -> Vec<Request> {
    let chunk = |(i, chunk): (usize, &[u8])| {
        let mut bytes = chunk.to_vec();
        bytes.resize(chunk.len().next_multiple_of(2), 0);
        Request::write_bytes(address + (2 * MAX_BYTES * i) as u32, &bytes)
    };
    pixels.chunks(MAX_BYTES).enumerate().map(chunk).collect()
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
                        frames.extend(input(layout.input[buffer].address, pixels));
                        let packet = Packet {
                            kind: MULTICAST,
                            key: 0,
                            payload: Some(message(label, buffer, train)),
                        };
                        frames.push_back(Request::send(&[packet.encode()]));
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
                    streamed.received_in_vain += EMPTY;
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

/// The message that completes a sample.
pub(super) fn message(label: u8, buffer: usize, train: bool) -> u32 {
    let mut payload = u32::from(label);
    if train {
        payload |= MESSAGE_TRAIN;
    }
    if buffer == 1 {
        payload |= MESSAGE_BUFFER;
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_pixel_arrives_as_its_256th(pixels in proptest::collection::vec(any::<u8>(), 1..900)) {
            let mut sram = vec![0xee; 2 * pixels.len().next_multiple_of(2)];
            for r in input(0, &pixels) {
                prop_assert_eq!(r.command, command::WRITE_BYTES);
                let (address, data) = r.payload.split_first_chunk().unwrap();
                let at = u32::from_le_bytes(*address) as usize;
                for (place, b) in sram[at..].chunks_mut(2).zip(data) {
                    place.copy_from_slice(&[*b, 0]);
                }
            }
            let mut want: Vec<u8> = pixels.iter().flat_map(|&p| [p, 0]).collect();
            want.resize(sram.len(), 0);
            prop_assert_eq!(sram, want);
        }
    }

    #[test]
    fn a_sample_of_mnist_size_is_four_frames_and_its_message() {
        let requests = input(0x4000, &[200; 784]);
        let bytes: usize = requests.iter().map(|r| r.payload.len()).sum();
        assert_eq!((requests.len(), bytes), (4, 784 + 4 * 4));
    }
}
