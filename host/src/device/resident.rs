//! Resident samples: how they come into the machine's store, and which frames feed them from there.
//!
//! A sample is one word with its label and its pixels, four to a word; its number is the word where it begins.

use super::board::{Board, PATIENCE, packets};
use super::sample::{EMPTY, Feed, Streamed, message};
use super::{DeviceError, answer};
use crate::data::Dataset;
use crate::deepr::layout::Layout;
use crate::link::{Request, Wire};
use std::collections::VecDeque;
use std::time::Instant;
use synfire_format::link::{FEED_QUEUE, MAX_NUMBERS, MAX_WORDS, QUEUE, command};

/// Samples in a machine's store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    samples: usize,
    pixels: usize,
}

/// Words that a sample of so many pixels takes.
fn words(pixels: usize) -> usize {
    1 + pixels.div_ceil(4)
}

/// Numbers sent at once at least, while more come: a frame for less would be half overhead.
const BATCH: usize = 32;
/// `RECEIVE` on the way at most.
const ASKED: usize = 2;

impl Kept {
    /// Whether so many samples fit a store of `store_kb` KB, and their place if they do.
    pub(super) fn new(samples: &Dataset, store_kb: u32) -> Result<Self, DeviceError> {
        let each = 4 * words(samples.inputs());
        let room = 1024 * store_kb as usize;
        if store_kb == 0 {
            return Err(DeviceError::NoStore);
        }
        if samples.len() * each > room {
            return Err(DeviceError::StoreRoom {
                samples: samples.len(),
                each,
                need_kb: (samples.len() * each).div_ceil(1024),
                store_kb,
                fit: room / each,
            });
        }
        Ok(Kept {
            samples: samples.len(),
            pixels: samples.inputs(),
        })
    }

    /// The number of the sample that is `index` in its set.
    fn number(&self, index: usize) -> u16 {
        (words(self.pixels) * index) as u16
    }
}

/// What the store holds, from its first byte on.
fn contents(samples: &Dataset) -> Vec<u8> {
    let each = 4 * words(samples.inputs());
    let mut bytes = Vec::with_capacity(each * samples.len());
    for i in 0..samples.len() {
        bytes.extend([samples.label(i), 0, 0, 0]);
        bytes.extend(samples.image(i));
        bytes.resize(each * (i + 1), 0);
    }
    bytes
}

/// The frames that write `samples` into the store.
pub(super) fn store(samples: &Dataset) -> Vec<Request> {
    let bytes = contents(samples);
    let chunks = bytes.chunks(4 * MAX_WORDS).enumerate();
    chunks
        .map(|(i, words)| Request::store((4 * MAX_WORDS * i) as u32, words))
        .collect()
}

/// See [`super::Device::samples`], of samples that were kept.
pub(super) fn stream<W: Wire>(
    board: &mut Board<W>,
    kept: Kept,
    layout: &Layout,
    train: bool,
    feed: &mut dyn Feed,
) -> Result<Streamed, DeviceError> {
    let pairs = kept.pixels.div_ceil(2) as u16;
    let buffers = [0, 1].map(|b| (layout.input[b].address / 4) as u16);
    let messages = [0, 1].map(|b| message(0, b, train));
    let arrange = Request::arrange(pairs, buffers, messages);
    board.link.request(board.pe, &arrange)?;
    let before = board.link.statistics();
    let mut streamed = Streamed {
        resident: true,
        ..Streamed::default()
    };
    let (mut begun, mut answered) = (0usize, 0usize);
    let mut numbers: Vec<u16> = Vec::new();
    let mut ended = false;
    // Of each request on the way the bytes, where it is a RECEIVE.
    let mut kinds: VecDeque<Option<u64>> = VecDeque::new();
    let mut since = Instant::now();
    loop {
        while board.link.has_room() {
            // Every number in the machine's queue is of a sample without an answer.
            let room = FEED_QUEUE - (begun - answered);
            while !ended && numbers.len() < MAX_NUMBERS.min(room) {
                match feed.next() {
                    Some(_) => {
                        let index = feed.index();
                        if index >= kept.samples {
                            return Err(DeviceError::NotKept { index });
                        }
                        numbers.push(kept.number(index));
                    }
                    None => ended = true,
                }
            }
            let asked = kinds.iter().flatten().count();
            let enough = numbers.len() >= if ended { 1 } else { BATCH };
            let request = if enough && numbers.len() <= room {
                begun += numbers.len();
                Request::feed(&std::mem::take(&mut numbers))
            } else if asked < ASKED && begun - answered > QUEUE * asked {
                Request::receive(QUEUE as u8)
            } else {
                break;
            };
            let so_far = board.link.statistics().bytes_sent;
            board.link.submit(board.pe, &request)?;
            let bytes = board.link.statistics().bytes_sent - so_far;
            kinds.push_back((request.command == command::RECEIVE).then_some(bytes));
        }
        while let Some((_, outcome)) = board.link.take() {
            let response = outcome.map_err(|e| DeviceError::Link(e.into()))?;
            if let Some(Some(bytes)) = kinds.pop_front() {
                if response.is_empty() {
                    streamed.bytes_in_vain += bytes;
                    streamed.received_in_vain += EMPTY;
                }
                for packet in packets(&response)? {
                    feed.answer(answer(packet.payload.unwrap_or(0)));
                    answered += 1;
                    since = Instant::now();
                }
            }
        }
        if ended && numbers.is_empty() && answered == begun && kinds.is_empty() {
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
    streamed.samples = begun as u64;
    streamed.payload_bytes = 2 * begun as u64;
    streamed.bytes_sent = after.bytes_sent - before.bytes_sent;
    streamed.bytes_received = after.bytes_received - before.bytes_received;
    Ok(streamed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;

    #[test]
    fn the_digits_fit_128_kb_and_mnist_is_refused_with_how_many_fit() {
        let train = digits::load().unwrap().train;
        let kept = Kept::new(&train, 128).unwrap();
        assert_eq!((kept.number(1), contents(&train).len()), (17, 68 * 1437));
        let text = |e: DeviceError| e.to_string();
        assert_eq!(
            text(Kept::new(&train, 64).unwrap_err()),
            "1437 samples of 68 bytes take 96 KB and the machine's sample store has 64 KB: 963 fit; train without \
             --resident, on fewer images, or on a board whose board.toml has a larger store_kb"
        );
        assert!(text(Kept::new(&train, 0).unwrap_err()).contains("has no sample store"));
    }

    #[test]
    fn each_sample_is_its_label_and_its_pixels_from_its_number_on() {
        let pixels: Vec<u8> = (0..30).collect();
        let set = Dataset::new(pixels, vec![3, 1, 2], 2, 5, 4).unwrap();
        let mut bytes = [0; 64];
        for r in store(&set) {
            let (at, words) = r.payload.split_first_chunk().unwrap();
            let at = u32::from_le_bytes(*at) as usize;
            bytes[at..at + words.len()].copy_from_slice(words);
        }
        let kept = Kept::new(&set, 1).unwrap();
        for i in 0..3 {
            let at = 4 * usize::from(kept.number(i));
            assert_eq!(bytes[at..at + 4], [set.label(i), 0, 0, 0]);
            assert_eq!(bytes[at + 4..at + 14], *set.image(i));
        }
    }
}
