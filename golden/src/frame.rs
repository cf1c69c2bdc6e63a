//! Frames of the host link, as [`synfire_format::link`] has them: the bytes between two [`END`], and their CRC.

use synfire_format::link::{
    CRC, CRC_RESIDUE, END, ESCAPE, ESCAPED_END, ESCAPED_ESCAPE, HEADER, MAX_PAYLOAD,
};

/// The bytes of a frame at most, unescaped.
pub(crate) const MAX_FRAME: usize = HEADER + MAX_PAYLOAD + CRC;

/// The CRC's register after `bytes`, from all ones, before the final inversion: bit by bit, low bit first.
pub(crate) fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |register, &byte| {
        (0..8).fold(register ^ u32::from(byte), |r, _| {
            // The polynomial 0x04c11db7 with its bits reflected.
            let feedback = if r & 1 == 1 { 0xedb8_8320 } else { 0 };
            r >> 1 ^ feedback
        })
    })
}

/// A frame between two [`END`], escaped, with its CRC.
pub(crate) fn frame(kind: u8, number: u8, payload: &[u8]) -> Vec<u8> {
    let mut body = vec![kind, number];
    body.extend(payload);
    body.extend((!crc(&body)).to_le_bytes());
    let mut bytes = vec![END];
    for byte in body {
        match byte {
            END => bytes.extend([ESCAPE, ESCAPED_END]),
            ESCAPE => bytes.extend([ESCAPE, ESCAPED_ESCAPE]),
            _ => bytes.push(byte),
        }
    }
    bytes.push(END);
    bytes
}

/// Collects the bytes between two [`END`].
#[derive(Default)]
pub(crate) struct Deframer {
    body: Vec<u8>,
    /// The last byte was [`ESCAPE`].
    escaped: bool,
    /// Too long, or an escape that stands for nothing.
    broken: bool,
}

/// What lay between two [`END`].
pub(crate) enum Arrived {
    Good(Vec<u8>),
    Damaged,
}

impl Deframer {
    /// Takes a byte; what has arrived with it, if that is a frame. A frame without bytes is silence.
    pub(crate) fn take(&mut self, byte: u8) -> Option<Arrived> {
        if byte == END {
            let all = std::mem::take(self);
            if all.body.is_empty() && !all.escaped && !all.broken {
                return None;
            }
            let good = !all.escaped
                && !all.broken
                && all.body.len() >= HEADER + CRC
                && crc(&all.body) == CRC_RESIDUE;
            return Some(if good {
                let mut body = all.body;
                body.truncate(body.len() - CRC);
                Arrived::Good(body)
            } else {
                Arrived::Damaged
            });
        }
        let plain = match (std::mem::take(&mut self.escaped), byte) {
            (false, ESCAPE) => {
                self.escaped = true;
                return None;
            }
            (false, b) => Some(b),
            (true, ESCAPED_END) => Some(END),
            (true, ESCAPED_ESCAPE) => Some(ESCAPE),
            (true, _) => None,
        };
        match plain {
            Some(b) if self.body.len() < MAX_FRAME => self.body.push(b),
            _ => self.broken = true,
        }
        None
    }
}
