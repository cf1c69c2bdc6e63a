//! The feeder: samples that stay in the machine's sample store, and their way into PE 0, without time.
//!
//! [`synfire_format::link`], "Resident samples", is what it does. The bridge hands it `STORE`, `ARRANGE` and `FEED`, tells
//! it of answers, and takes the packets of the next sample when there is one to be had.

use std::collections::VecDeque;

use synfire_format::link::{
    ARRANGEMENT_BYTES, FEED_CREDIT, FEED_QUEUE, MAX_NUMBERS, MAX_WORDS, arrangement, command,
    status,
};
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, Packet};

/// What `ARRANGE` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrangement {
    /// Pairs of pixels, each a word of the SRAM.
    pairs: u16,
    /// The word of the SRAM at which each input buffer begins.
    buffer: [u16; 2],
    /// What the message has beside the sample's bits.
    message: [u32; 2],
}

/// A request whose payload has its length and whose words lie in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Store { from: usize, data: Vec<u8> },
    Arrange(Arrangement),
    Feed(Vec<u16>),
}

/// A sample store and its feeder.
#[derive(Debug, Clone)]
pub struct Feeder {
    store: Vec<u8>,
    arrangement: Arrangement,
    waiting: VecDeque<u16>,
    /// Answers that the PE owes.
    owed: usize,
    /// The next sample goes into the second buffer.
    second: bool,
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) | u32::from(half(bytes, at + 2)) << 16
}

impl Feeder {
    /// A feeder with a store of `kb` KB, all 0, and nothing arranged.
    pub fn new(kb: u32) -> Self {
        Self {
            store: vec![0; 1024 * kb as usize],
            arrangement: Arrangement::default(),
            waiting: VecDeque::new(),
            owed: 0,
            second: false,
        }
    }

    /// KB of the store.
    pub fn store_kb(&self) -> u16 {
        (self.store.len() / 1024) as u16
    }

    /// Reads a request, which changes nothing yet.
    ///
    /// # Errors
    /// The status of a command that is none of the feeder's, a wrong length, an address outside the store.
    pub fn request(&self, code: u8, payload: &[u8]) -> Result<Request, u8> {
        match (code, payload) {
            (command::STORE, &[a, b, c, d, ref data @ ..]) => {
                let words = data.len() / 4;
                if !data.len().is_multiple_of(4) || !(1..=MAX_WORDS).contains(&words) {
                    return Err(status::LENGTH);
                }
                let from = u32::from_le_bytes([a, b, c, d]);
                let end = u64::from(from) + data.len() as u64;
                if !from.is_multiple_of(4) || end > self.store.len() as u64 {
                    return Err(status::ADDRESS);
                }
                Ok(Request::Store {
                    from: from as usize,
                    data: data.to_vec(),
                })
            }
            (command::ARRANGE, p) if p.len() == ARRANGEMENT_BYTES => {
                Ok(Request::Arrange(Arrangement {
                    pairs: half(p, arrangement::PAIRS),
                    buffer: [
                        half(p, arrangement::BUFFER_0),
                        half(p, arrangement::BUFFER_1),
                    ],
                    message: [
                        word(p, arrangement::MESSAGE_0),
                        word(p, arrangement::MESSAGE_1),
                    ],
                }))
            }
            (command::FEED, p) => {
                if !p.len().is_multiple_of(2) || !(1..=MAX_NUMBERS).contains(&(p.len() / 2)) {
                    return Err(status::LENGTH);
                }
                let numbers: Vec<u16> = p.chunks_exact(2).map(|n| half(n, 0)).collect();
                // The message, and the pixels.
                let words = 1 + usize::from(self.arrangement.pairs).div_ceil(2);
                let inside = |&n: &u16| usize::from(n) + words <= self.store.len() / 4;
                if numbers.iter().all(inside) {
                    Ok(Request::Feed(numbers))
                } else {
                    Err(status::ADDRESS)
                }
            }
            (command::STORE | command::ARRANGE, _) => Err(status::LENGTH),
            _ => Err(status::COMMAND),
        }
    }

    /// Carries a request out.
    ///
    /// # Errors
    /// [`status::FULL`]: the queue has no room for all the numbers.
    pub fn carry_out(&mut self, request: Request) -> Result<(), u8> {
        match request {
            Request::Store { from, data } => {
                self.store[from..from + data.len()].copy_from_slice(&data);
            }
            Request::Arrange(arrangement) => self.arrangement = arrangement,
            Request::Feed(numbers) => {
                if self.waiting.len() + numbers.len() > FEED_QUEUE {
                    return Err(status::FULL);
                }
                self.waiting.extend(numbers);
            }
        }
        Ok(())
    }

    /// The PE is reset.
    pub fn reset(&mut self) {
        self.waiting.clear();
        self.owed = 0;
        self.second = false;
    }

    /// A message of the PE entered its queue.
    pub fn answered(&mut self) {
        self.owed = self.owed.saturating_sub(1);
    }

    /// The packets of the next sample, pokes before the message, where one waits and the PE owes fewer than
    /// [`FEED_CREDIT`] answers.
    pub fn next_sample(&mut self) -> Option<Vec<Packet>> {
        if self.owed == FEED_CREDIT {
            return None;
        }
        let at = 4 * usize::from(self.waiting.pop_front()?);
        let which = usize::from(self.second);
        let Arrangement {
            pairs,
            buffer,
            message,
        } = self.arrangement;
        let pixels = &self.store[at + 4..][..2 * usize::from(pairs)];
        let poke = |(i, pair): (u16, &[u8])| Packet {
            kind: NEAREST_NEIGHBOUR,
            key: 4 * u32::from(buffer[which].wrapping_add(i)),
            payload: Some(u32::from(pair[0]) | u32::from(pair[1]) << 16),
        };
        let mut packets: Vec<Packet> = (0..).zip(pixels.chunks_exact(2)).map(poke).collect();
        packets.push(Packet {
            kind: MULTICAST,
            key: 0,
            payload: Some(word(&self.store, at) | message[which]),
        });
        self.second = !self.second;
        self.owed += 1;
        Some(packets)
    }
}

#[cfg(test)]
mod tests;
