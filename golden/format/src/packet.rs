//! Packets at a PE's port: 72 bits, `control` (71..64), `key` (63..32), `payload` (31..0), after SpiNNaker's.
//!
//! Control byte: bits 7..6 type, 5..4 emergency state, 3..2 time phase, 1 payload present, 0 odd parity over the
//! packet (without payload the payload bits are 0). The PE's port serves:
//! - **multicast** in: a message for the core, queued ([`RX_DEPTH`]) until `RX_WAIT` takes it; out: what the core sends.
//! - **nearest neighbour** in with payload: SRAM word write (poke), key = byte address (bits 1..0 ignored);
//!   without payload: SRAM word read (peek), answered by a nearest-neighbour packet with the same key and the word.
//! - other types are dropped, counted and raise `FAULT_PACKET`.
//!
//! A poke takes effect when it arrives. Whoever sends pokes keeps out of what the core or a chain may be reading:
//! double buffers and messages (credits) order them, and the model applies them when the next message is taken.

/// Bits of a packet on a link.
pub const BITS: u32 = 72;
/// Message packets that wait for the core before the port stalls.
pub const RX_DEPTH: usize = 16;

/// Packet type codes (control bits 7..6).
pub const MULTICAST: u8 = 0b00;
pub const POINT_TO_POINT: u8 = 0b01;
pub const NEAREST_NEIGHBOUR: u8 = 0b10;

/// One packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Type code, 2 bits.
    pub kind: u8,
    pub key: u32,
    pub payload: Option<u32>,
}

impl Packet {
    /// The 72 bits, with odd parity; emergency state and time phase 0.
    pub fn encode(&self) -> u128 {
        let control = u128::from(self.kind) << 6 | u128::from(self.payload.is_some()) << 1;
        let bits =
            control << 64 | u128::from(self.key) << 32 | u128::from(self.payload.unwrap_or(0));
        bits | u128::from(bits.count_ones() % 2 == 0) << 64
    }

    /// Reads 72 bits; `None` if the parity is even.
    pub fn decode(bits: u128) -> Option<Packet> {
        (bits.count_ones() % 2 == 1).then_some(Packet {
            kind: (bits >> 70) as u8 & 3,
            key: (bits >> 32) as u32,
            payload: (bits >> 65 & 1 == 1).then_some(bits as u32),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_round_trip_and_a_flipped_bit_is_seen() {
        let p = Packet {
            kind: NEAREST_NEIGHBOUR,
            key: 0x1234_5678,
            payload: Some(0x9abc_def0),
        };
        assert_eq!(Packet::decode(p.encode()), Some(p));
        for bit in 0..BITS {
            assert_eq!(Packet::decode(p.encode() ^ 1 << bit), None);
        }
    }
}
