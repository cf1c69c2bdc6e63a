//! Frames of [`synfire_format::link`]: SLIP and the CRC.

use synfire_format::link::{CRC, END, ESCAPE, ESCAPED_END, ESCAPED_ESCAPE, HEADER, MAX_PAYLOAD};

/// A good frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Command or status in the low four bits, the PE above.
    pub kind: u8,
    pub number: u8,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The bytes on the wire, an [`END`] before and after.
    pub fn encode(&self) -> Vec<u8> {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&[self.kind, self.number]);
        hasher.update(&self.payload);
        let crc = hasher.finalize().to_le_bytes();
        let mut bytes = Vec::with_capacity(self.payload.len() + HEADER + CRC + 4);
        bytes.push(END);
        for &byte in [self.kind, self.number]
            .iter()
            .chain(&self.payload)
            .chain(&crc)
        {
            match byte {
                END => bytes.extend([ESCAPE, ESCAPED_END]),
                ESCAPE => bytes.extend([ESCAPE, ESCAPED_ESCAPE]),
                _ => bytes.push(byte),
            }
        }
        bytes.push(END);
        bytes
    }
}

/// What lay between two [`END`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    Good(Frame),
    /// Wrong CRC, too short, too long, or an escape that stands for nothing.
    Damaged,
}

/// Finds frames in bytes.
#[derive(Debug, Default)]
pub struct Deframer {
    /// As on the wire, without the [`END`].
    raw: Vec<u8>,
    /// Longer than any frame; the rest is not kept.
    long: bool,
}

/// Bytes of a frame at most, each of them escaped.
const MAX_RAW: usize = 2 * (HEADER + MAX_PAYLOAD + CRC);

impl Deframer {
    /// Takes a byte; what ends with it, if something does. Nothing between two ends is silence.
    pub fn take(&mut self, byte: u8) -> Option<Arrived> {
        if byte != END {
            if self.raw.len() < MAX_RAW {
                self.raw.push(byte);
            } else {
                self.long = true;
            }
            return None;
        }
        let raw = std::mem::take(&mut self.raw);
        let long = std::mem::take(&mut self.long);
        if raw.is_empty() {
            return None;
        }
        let frame = if long { None } else { decode(&raw) };
        Some(frame.map_or(Arrived::Damaged, Arrived::Good))
    }
}

/// The frame of these bytes, if they are a good one.
fn decode(raw: &[u8]) -> Option<Frame> {
    let mut body = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter();
    while let Some(&byte) = bytes.next() {
        body.push(match byte {
            ESCAPE => match *bytes.next()? {
                ESCAPED_END => END,
                ESCAPED_ESCAPE => ESCAPE,
                _ => return None,
            },
            plain => plain,
        });
    }
    let (body, crc) = body.split_last_chunk::<CRC>()?;
    let (header, payload) = body.split_first_chunk::<HEADER>()?;
    let good = payload.len() <= MAX_PAYLOAD && crc32fast::hash(body) == u32::from_le_bytes(*crc);
    good.then(|| Frame {
        kind: header[0],
        number: header[1],
        payload: payload.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arrived(bytes: &[u8]) -> Vec<Arrived> {
        let mut d = Deframer::default();
        bytes.iter().filter_map(|&b| d.take(b)).collect()
    }

    fn frames() -> impl Strategy<Value = Frame> {
        let byte = prop_oneof![Just(END), Just(ESCAPE), any::<u8>()];
        let payload = proptest::collection::vec(byte, 0..=MAX_PAYLOAD);
        (any::<u8>(), any::<u8>(), payload).prop_map(|(kind, number, payload)| Frame {
            kind,
            number,
            payload,
        })
    }

    proptest! {
        #[test]
        fn every_frame_round_trips_after_any_noise(frame in frames(), noise: Vec<u8>) {
            let last = arrived(&[noise, frame.encode()].concat()).pop();
            prop_assert_eq!(last, Some(Arrived::Good(frame)));
        }

        #[test]
        fn a_changed_bit_is_never_a_good_frame(frame in frames(), at: prop::sample::Index, bit in 0..8u8) {
            let mut bytes = frame.encode();
            let inside = bytes.len() - 2;
            bytes[1 + at.index(inside)] ^= 1 << bit;
            prop_assert!(!arrived(&bytes).iter().any(|a| matches!(a, Arrived::Good(_))));
        }
    }

    #[test]
    fn a_payload_that_is_too_long_is_damage() {
        let frame = |bytes| Frame {
            kind: 0,
            number: 0,
            payload: vec![7; bytes],
        };
        let at_most = frame(MAX_PAYLOAD);
        assert_eq!(arrived(&at_most.encode()), [Arrived::Good(at_most)]);
        for bytes in [MAX_PAYLOAD + 1, 3 * MAX_RAW] {
            assert_eq!(arrived(&frame(bytes).encode()), [Arrived::Damaged]);
        }
    }
}
