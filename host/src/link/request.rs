//! Requests, and what a machine may refuse them for.

use synfire_format::link::{self, command, status};
use thiserror::Error;

/// A request, to be numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub command: u8,
    pub payload: Vec<u8>,
}

impl Request {
    /// Reads `words` 32-bit words (1 to [`link::MAX_WORDS`]).
    pub fn read(address: u32, words: u8) -> Self {
        Self::at(command::READ, address, &[words])
    }

    /// Writes 32-bit words (1 to [`link::MAX_WORDS`]).
    pub fn write(address: u32, words: &[u8]) -> Self {
        Self::at(command::WRITE, address, words)
    }

    /// Writes numbers of 0..=1, a byte each, as 16-bit values with 8 fraction bits; at most [`link::MAX_BYTES`].
    pub fn write_bytes(address: u32, bytes: &[u8]) -> Self {
        Self::at(command::WRITE_BYTES, address, bytes)
    }

    /// Sends packets, 72 bits each; 1 to [`link::MAX_PACKETS`].
    pub fn send(packets: &[u128]) -> Self {
        let bytes = packets
            .iter()
            .flat_map(|p| p.to_le_bytes().into_iter().take(link::PACKET_BYTES));
        Request {
            command: command::SEND,
            payload: bytes.collect(),
        }
    }

    /// Takes at most `most` packets (1 to [`link::MAX_PACKETS`]).
    pub fn receive(most: u8) -> Self {
        Request {
            command: command::RECEIVE,
            payload: vec![most],
        }
    }

    /// Bits of [`link::control`].
    pub fn control(bits: u8) -> Self {
        Request {
            command: command::CONTROL,
            payload: vec![bits],
        }
    }

    pub fn counters() -> Self {
        Request {
            command: command::COUNTERS,
            payload: Vec::new(),
        }
    }

    /// Writes 32-bit words (1 to [`link::MAX_WORDS`]) into the sample store.
    pub fn store(address: u32, words: &[u8]) -> Self {
        Self::at(command::STORE, address, words)
    }

    /// Pairs of pixels, words of the SRAM at which the input buffers begin, and what their messages have, as
    /// [`link::arrangement`].
    pub fn arrange(pairs: u16, buffers: [u16; 2], messages: [u32; 2]) -> Self {
        let mut payload = pairs.to_le_bytes().to_vec();
        payload.extend(buffers.iter().flat_map(|b| b.to_le_bytes()));
        payload.extend(messages.iter().flat_map(|m| m.to_le_bytes()));
        Request {
            command: command::ARRANGE,
            payload,
        }
    }

    /// Feeds samples of the store by their numbers, 1 to [`link::MAX_NUMBERS`].
    pub fn feed(numbers: &[u16]) -> Self {
        Request {
            command: command::FEED,
            payload: numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        }
    }

    fn at(command: u8, address: u32, rest: &[u8]) -> Self {
        Request {
            command,
            payload: [&address.to_le_bytes(), rest].concat(),
        }
    }
}

/// A request that the machine answered with an error; it changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the machine refused {} to PE {pe}: {}", command_name(*.command), status_text(*.status))]
pub struct Refusal {
    pub command: u8,
    pub pe: u8,
    /// One of [`status`].
    pub status: u8,
}

fn command_name(code: u8) -> &'static str {
    match code {
        command::HELLO => "HELLO",
        command::READ => "READ",
        command::WRITE => "WRITE",
        command::WRITE_BYTES => "WRITE_BYTES",
        command::SEND => "SEND",
        command::RECEIVE => "RECEIVE",
        command::CONTROL => "CONTROL",
        command::COUNTERS => "COUNTERS",
        command::STORE => "STORE",
        command::ARRANGE => "ARRANGE",
        command::FEED => "FEED",
        _ => "an unknown command",
    }
}

fn status_text(code: u8) -> &'static str {
    match code {
        status::COMMAND => "it does not know the command; use a machine of this protocol",
        status::LENGTH => "the payload has a wrong length",
        status::ADDRESS => {
            "the address is no multiple of 4 or the range is not in its SRAM or sample store; stay below their sizes"
        }
        status::PE => "it has no PE of that number; HELLO says how many there are",
        status::FULL => "its queue is full; receive some messages first",
        _ => "for a reason that this protocol does not have",
    }
}
