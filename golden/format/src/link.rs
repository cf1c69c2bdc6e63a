//! The host link: one byte stream in each direction, the same on a UART and into the Verilated machine.
//!
//! # Frames
//! A frame is `kind, sequence, payload, CRC` between two [`END`] bytes, with [`END`] and [`ESCAPE`] inside it escaped as
//! in RFC 1055 (SLIP). `kind` is the low four bits command or status, the high four the PE's number. The CRC is the
//! CRC-32 of Ethernet (polynomial 0x04c11db7 reflected, all ones in and out) over everything before it, low byte first.
//! All numbers are little endian. A frame without bytes is silence; [`MAX_PAYLOAD`] limits the others. An [`ESCAPE`]
//! before any other byte damages its frame.
//!
//! # Exactly once
//! The host numbers its requests (modulo 256) and has at most [`WINDOW`] of them without a response. The bridge carries
//! them out in order, answers each once it is carried out, and keeps its last [`WINDOW`] responses:
//! - a good frame with the number it expects is carried out and answered;
//! - one of the last [`WINDOW`] numbers of the session again is not carried out again: its stored response is sent again;
//! - another number, and any damaged frame, is answered by [`status::EXPECT`] with the number expected, and dropped;
//!   damaged frames that follow each other faster than they are answered share an answer;
//! - [`command::HELLO`] starts a session: it is taken at any number, and the next number is expected after it. With the
//!   session's own nonce it is a repetition and changes nothing. Without a session all else gets [`status::NO_SESSION`]
//!   with the number 0. With a nonce of 0 or of another length it is a request like others, of the wrong length.
//!
//! A frame is carried out after its CRC was found good, so a damaged one writes nothing.
//!
//! # Requests
//! | command | payload | payload of the response |
//! |---|---|---|
//! | `HELLO` | nonce `u32`, not 0 | [`IDENTITY_BYTES`]: see [`identity`] |
//! | `READ` | byte address `u32`, words `u8` (1 to [`MAX_WORDS`]) | the 32-bit words |
//! | `WRITE` | byte address `u32`, 1 to [`MAX_WORDS`] 32-bit words | none |
//! | `WRITE_BYTES` | byte address `u32`, 2 to [`MAX_BYTES`] bytes, an even number | none |
//! | `SEND` | 1 to [`MAX_PACKETS`] packets of 9 bytes: payload, key, control | none |
//! | `RECEIVE` | most packets wanted `u8` (1 to [`MAX_PACKETS`]) | packets of 9 bytes that waited, perhaps none |
//! | `CONTROL` | bits `u8`, see [`control`] | program counter of the last instruction retired `u32`, flags `u8`, exit code `u32` |
//! | `COUNTERS` | none | `u32` each, see [`counter`] |
//! | `STORE` | byte address `u32` in the sample store, 1 to [`MAX_WORDS`] 32-bit words | none |
//! | `ARRANGE` | [`ARRANGEMENT_BYTES`]: see [`arrangement`] | none |
//! | `FEED` | 1 to [`MAX_NUMBERS`] numbers of samples `u16` | none |
//!
//! Addresses are multiples of 4. `WRITE_BYTES` carries values of `U0.8`, one byte each, and writes them as 16-bit values
//! (high byte 0), two to a word, the first low: pixels take a byte on the link.
//!
//! # Resident samples
//! Beside its PEs a machine may have a *sample store*, 1 to [`MAX_STORE_KB`] KB of 32-bit words that no PE sees, and a
//! *feeder* that carries samples from it to PE 0. `STORE` writes it. A sample's number is the word of the store at which
//! it begins: first the bits of its message (its label), then its pixels, values of `U0.8`, four to a word, the first
//! low. `ARRANGE` says how many pairs of pixels a sample has, where the PE's two input buffers are (in words of its
//! SRAM, counted modulo 2^16) and the rest of the message that goes with each. `FEED` puts numbers into a queue of
//! [`FEED_QUEUE`]. The feeder takes one while the PE owes fewer than two answers: it pokes the pixels into the buffers in
//! turn, as `WRITE_BYTES` would, then sends the multicast message of key 0 whose payload is the sample's bits OR the
//! buffer's. A message of the PE that enters its queue is an answer. What lies outside the SRAM the PE's port drops.
//!
//! A machine without a store does not know the three commands, of other PEs than 0 they are refused. A sample that does
//! not end within the store is at a wrong address; numbers for which the queue has no room are refused together
//! ([`status::FULL`]). A reset of PE 0 forgets the queue and the answers owed, and begins with the first buffer;
//! store and arrangement stay. After power up the arrangement is 0, the store anything.
//! Whoever stores or arranges keeps out of what is being fed.
//!
//! # Refusals
//! A request that cannot be carried out changes nothing, is answered with its error (of several the lowest [`status`]),
//! and its number is used up. A count outside its bounds is a wrong length. Responses carry their request's PE, `EXPECT`
//! and `NO_SESSION` 0.

/// Version of this protocol.
pub const VERSION: u8 = 2;
/// Between frames.
pub const END: u8 = 0xc0;
/// Before a byte that stands for another.
pub const ESCAPE: u8 = 0xdb;
/// After [`ESCAPE`]: [`END`].
pub const ESCAPED_END: u8 = 0xdc;
/// After [`ESCAPE`]: [`ESCAPE`].
pub const ESCAPED_ESCAPE: u8 = 0xdd;
/// Requests on the way, and responses that the bridge keeps.
pub const WINDOW: u8 = 8;
/// Bytes before the payload.
pub const HEADER: usize = 2;
/// Bytes of the CRC.
pub const CRC: usize = 4;
/// What the CRC's register holds after a good frame and its CRC, before the final inversion.
pub const CRC_RESIDUE: u32 = 0xdebb_20e3;
/// Bytes of a payload at most, so that a frame fits in 256.
pub const MAX_PAYLOAD: usize = 244;
/// Words of a read or write.
pub const MAX_WORDS: usize = 60;
/// Bytes of a `WRITE_BYTES`.
pub const MAX_BYTES: usize = 240;
/// Bytes of a packet: its 72 bits, low byte first.
pub const PACKET_BYTES: usize = 9;
/// Packets in a frame.
pub const MAX_PACKETS: usize = 26;
/// Messages of one PE that wait in the bridge; a full queue holds the PE, and then a `READ` gets [`status::FULL`].
pub const QUEUE: usize = 16;
/// KB of a sample store at most: what numbers of 16 bits reach.
pub const MAX_STORE_KB: u32 = 256;
/// Bytes of an `ARRANGE`.
pub const ARRANGEMENT_BYTES: usize = 14;
/// Numbers in a `FEED`.
pub const MAX_NUMBERS: usize = 64;
/// Numbers that wait in the feeder.
pub const FEED_QUEUE: usize = 64;
/// Samples in the PE, one for each input buffer.
pub const FEED_CREDIT: usize = 2;
/// Messages that must have room for a `READ` to be carried out.
pub const READ_ROOM: usize = 4;

/// Commands of a request.
pub mod command {
    pub const HELLO: u8 = 0;
    pub const READ: u8 = 1;
    pub const WRITE: u8 = 2;
    pub const WRITE_BYTES: u8 = 3;
    pub const SEND: u8 = 4;
    pub const RECEIVE: u8 = 5;
    pub const CONTROL: u8 = 6;
    pub const COUNTERS: u8 = 7;
    pub const STORE: u8 = 8;
    pub const ARRANGE: u8 = 9;
    pub const FEED: u8 = 10;
}

/// Byte offsets in `ARRANGE`'s request.
pub mod arrangement {
    /// `u16`: pairs of pixels, each a word of the SRAM; the store has whole words of four pixels.
    pub const PAIRS: usize = 0;
    /// `u16` each: the word of the SRAM at which an input buffer begins.
    pub const BUFFER_0: usize = 2;
    pub const BUFFER_1: usize = 4;
    /// `u32` each: what the message of a sample in that buffer has beside the sample's bits.
    pub const MESSAGE_0: usize = 6;
    pub const MESSAGE_1: usize = 10;
}

/// Status of a response. All but `EXPECT` and `NO_SESSION` carry their request's number.
pub mod status {
    /// Carried out.
    pub const OK: u8 = 0;
    /// The frame was damaged or out of order; its number is the one expected.
    pub const EXPECT: u8 = 1;
    /// A `HELLO` must come first.
    pub const NO_SESSION: u8 = 2;
    /// No such command.
    pub const COMMAND: u8 = 3;
    /// The payload's length does not fit the command.
    pub const LENGTH: u8 = 4;
    /// An address that is no multiple of 4, or a range that is not in the SRAM or the sample store.
    pub const ADDRESS: u8 = 5;
    /// No such PE.
    pub const PE: u8 = 6;
    /// Messages fill the queue: receive some first. Of a `FEED`: numbers fill the feeder's.
    pub const FULL: u8 = 7;
}

/// Bits of `CONTROL`.
pub mod control {
    /// The core runs after this frame; without it the core is held before its next instruction.
    pub const RUN: u8 = 1 << 0;
    /// The PE is reset first: program counter 0, registers of [`crate::mmio`] as after power up, SRAM kept. Its queue is
    /// emptied.
    pub const RESET: u8 = 1 << 1;
    /// The core retires one instruction and is held again; ignored with `RUN`. Where the instruction waits (for a
    /// message, a chain), it stays begun and the answer's `STEPPED` is 0.
    pub const STEP: u8 = 1 << 2;

    /// Bits of the response's flags.
    pub const RUNNING: u8 = 1 << 0;
    pub const HALTED: u8 = 1 << 1;
    pub const STEPPED: u8 = 1 << 2;
}

/// Cycles that a `STEP` waits for its instruction.
pub const STEP_CYCLES: u32 = 4095;

/// Cycles that a packet waits for a PE that takes none, or a peek for its answer; then the request ends with
/// [`status::FULL`], and what of it was done stays done.
pub const PACKET_CYCLES: u32 = 1 << 20;

/// Words of `COUNTERS`' response, in order. All stay at 2^32 - 1, except cycles and conflicts, which wrap. The link's are since
/// the session's start; the PE's, from [`counter::CYCLES`] on, since its reset.
pub mod counter {
    /// Requests carried out; a `HELLO` starts from 0.
    pub const CARRIED_OUT: usize = 0;
    /// Frames of a wrong CRC, too long or too short.
    pub const DAMAGED: usize = 1;
    /// Numbers seen again.
    pub const REPEATED: usize = 2;
    /// Numbers that were not expected.
    pub const OUT_OF_ORDER: usize = 3;
    /// Bytes without a stop bit.
    pub const FRAMING: usize = 4;
    /// Frames that found no free buffer.
    pub const OVERRUN: usize = 5;
    /// Clock cycles since reset, low and high word.
    pub const CYCLES: usize = 6;
    pub const CYCLES_HIGH: usize = 7;
    /// Instructions retired.
    pub const RETIRED: usize = 8;
    /// Cycles in which a stream waited for another at a bank.
    pub const CONFLICTS: usize = 9;
    /// Cycles in which a chain ran.
    pub const BUSY: usize = 10;
    /// How many there are.
    pub const COUNT: usize = 11;
}

/// Bytes of `HELLO`'s response.
pub const IDENTITY_BYTES: usize = 28;

/// Byte offsets in `HELLO`'s response.
pub mod identity {
    /// `u8`, [`super::VERSION`].
    pub const PROTOCOL: usize = 0;
    /// `u8`: PEs, numbered from 0.
    pub const PES: usize = 1;
    /// `u16`, [`crate::FORMAT_VERSION`].
    pub const FORMAT: usize = 2;
    /// `u32`, as the register [`crate::mmio::ID`].
    pub const ID: usize = 4;
    /// `u16`: KB of a PE's SRAM.
    pub const SRAM_KB: usize = 8;
    /// `u16`: KB of the sample store, 0 without one.
    pub const STORE_KB: usize = 10;
    /// `u32`: the machine's clock in kHz, 0 where it has none (the model).
    pub const CLOCK_KHZ: usize = 12;
    /// `u32`: the link's rate in baud, 0 where bytes come in parallel.
    pub const BAUD: usize = 16;
    /// `u64`: of what the machine was made from.
    pub const BUILD: usize = 20;
}
