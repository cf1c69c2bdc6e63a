//! A host of the link in a test bench, written against `synfire_format::link` alone.

#![allow(dead_code)] // each test file uses its part

use crate::bench::asm;
use synfire_format::config::PeConfig;
use synfire_format::link::{self, command, counter, status};
use synfire_format::mmio;
use synfire_format::packet::Packet;
use synfire_sim::link::{LinkRtl, MachineLibrary};

/// CRC-32 of Ethernet, bit by bit.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c, _| {
            c >> 1 ^ (0xedb8_8320 & (c & 1).wrapping_neg())
        })
    })
}

pub fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut line = vec![link::END];
    for &b in bytes {
        match b {
            link::END => line.extend([link::ESCAPE, link::ESCAPED_END]),
            link::ESCAPE => line.extend([link::ESCAPE, link::ESCAPED_ESCAPE]),
            _ => line.push(b),
        }
    }
    line.push(link::END);
    line
}

/// A frame as it goes over the line.
pub fn frame(kind: u8, number: u8, payload: &[u8]) -> Vec<u8> {
    let mut f = vec![kind, number];
    f.extend(payload);
    let sum = crc(&f);
    f.extend(sum.to_le_bytes());
    escaped(&f)
}

/// Kind, number and payload of each frame on the line; `None` for one that is damaged.
pub fn parsed(line: &[u8]) -> Vec<Option<(u8, u8, Vec<u8>)>> {
    let parse = |part: &[u8]| {
        let (mut f, mut bytes) = (Vec::new(), part.iter());
        while let Some(&b) = bytes.next() {
            f.push(match b {
                link::ESCAPE => match bytes.next() {
                    Some(&link::ESCAPED_END) => link::END,
                    Some(&link::ESCAPED_ESCAPE) => link::ESCAPE,
                    _ => return None,
                },
                b => b,
            });
        }
        let (body, sum) = f.split_at_checked(f.len().checked_sub(link::CRC)?)?;
        let good = sum == crc(body).to_le_bytes() && body.len() >= link::HEADER;
        good.then(|| (body[0], body[1], body[2..].to_vec()))
    };
    let parts = line.split(|&b| b == link::END);
    parts.filter(|p| !p.is_empty()).map(parse).collect()
}

/// As [`parsed`], and every frame must be good.
pub fn frames(line: &[u8]) -> Vec<(u8, u8, Vec<u8>)> {
    let all = parsed(line).into_iter();
    all.map(|f| f.expect("the response is good")).collect()
}

/// Whole frames on the line.
pub fn frames_so_far(line: &[u8]) -> usize {
    line.iter().filter(|&&b| b == link::END).count() / 2
}

/// A host that waits for each response.
pub struct Host {
    pub rtl: LinkRtl,
    pub number: u8,
}

impl Host {
    /// With a session whose next number is 0.
    pub fn new(config: &PeConfig, pes: usize, seed: u64) -> Self {
        let mut host = Self::silent(config, pes, seed);
        host.hello(0x1234_5678, 255);
        host
    }

    /// Without a session.
    pub fn silent(config: &PeConfig, pes: usize, seed: u64) -> Self {
        Self::of(&MachineLibrary::build(config, pes, false).unwrap(), seed)
    }

    pub fn of(library: &MachineLibrary, seed: u64) -> Self {
        let rtl = library.instance(seed).unwrap();
        Self { rtl, number: 0 }
    }

    /// Sends bytes and takes the frames that come back within `cycles` after the last.
    pub fn bytes(&mut self, line: &[u8], cycles: u64) -> Vec<(u8, u8, Vec<u8>)> {
        self.rtl.send(line);
        self.rtl.run(cycles + line.len() as u64);
        frames(&self.rtl.receive())
    }

    pub fn hello(&mut self, nonce: u32, number: u8) -> Vec<u8> {
        let line = frame(command::HELLO, number, &nonce.to_le_bytes());
        let all = self.bytes(&line, 300);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].0, all[0].1), (status::OK, number));
        all[0].2.clone()
    }

    /// The response's status and payload.
    pub fn ask(&mut self, pe: u8, command: u8, payload: &[u8]) -> (u8, Vec<u8>) {
        let line = frame(pe << 4 | command, self.number, payload);
        self.rtl.send(&line);
        let mut answer = Vec::new();
        // Within the longest step and the longest response, all of it escaped.
        for _ in 0..200 {
            self.rtl.run(50);
            answer.extend(self.rtl.receive());
            if answer.len() > 1 && answer.last() == Some(&link::END) {
                break;
            }
        }
        let all = frames(&answer);
        assert_eq!(all.len(), 1, "responses to command {command}: {all:?}");
        assert_eq!((all[0].0 >> 4, all[0].1), (pe, self.number));
        self.number = self.number.wrapping_add(1);
        (all[0].0 & 15, all[0].2.clone())
    }

    /// As [`Host::ask`], and the status must be OK.
    pub fn must(&mut self, pe: u8, command: u8, payload: &[u8]) -> Vec<u8> {
        let (status, answer) = self.ask(pe, command, payload);
        assert_eq!(status, status::OK, "command {command}");
        answer
    }

    pub fn write(&mut self, pe: u8, address: u32, words: &[u32]) {
        let mut at = address;
        for part in words.chunks(link::MAX_WORDS) {
            let mut payload = at.to_le_bytes().to_vec();
            payload.extend(part.iter().flat_map(|w| w.to_le_bytes()));
            assert_eq!(self.must(pe, command::WRITE, &payload), []);
            at += 4 * part.len() as u32;
        }
    }

    pub fn read(&mut self, pe: u8, address: u32, words: u8) -> Vec<u32> {
        let mut payload = address.to_le_bytes().to_vec();
        payload.push(words);
        words_of(&self.must(pe, command::READ, &payload))
    }

    pub fn control(&mut self, pe: u8, bits: u8) -> (u32, u8, u32) {
        let a = self.must(pe, command::CONTROL, &[bits]);
        assert_eq!(a.len(), 9);
        (words_of(&a[..4])[0], a[4], words_of(&a[5..])[0])
    }

    pub fn counters(&mut self, pe: u8) -> Vec<u32> {
        let words = words_of(&self.must(pe, command::COUNTERS, &[]));
        assert_eq!(words.len(), counter::COUNT);
        words
    }

    pub fn packets(&mut self, pe: u8, most: u8) -> Vec<Packet> {
        let bytes = self.must(pe, command::RECEIVE, &[most]);
        let (all, rest) = bytes.as_chunks::<{ link::PACKET_BYTES }>();
        assert!(rest.is_empty());
        all.iter().map(|p| unpacked(p)).collect()
    }
}

pub fn words_of(bytes: &[u8]) -> Vec<u32> {
    let (words, rest) = bytes.as_chunks::<4>();
    assert!(rest.is_empty());
    words.iter().map(|w| u32::from_le_bytes(*w)).collect()
}

pub fn packed(p: &Packet) -> Vec<u8> {
    p.encode().to_le_bytes()[..link::PACKET_BYTES].to_vec()
}

pub fn unpacked(bytes: &[u8]) -> Packet {
    let mut all = [0; 16];
    all[..link::PACKET_BYTES].copy_from_slice(bytes);
    Packet::decode(u128::from_le_bytes(all)).expect("odd parity")
}

/// Takes messages for ever and sends each back with its key one higher, a payload with it.
pub fn echo() -> Vec<u32> {
    let mut p = asm::li(9, mmio::MMIO_BASE).to_vec();
    p.extend([
        asm::lw(1, 9, mmio::RX_WAIT as i32),
        asm::lw(2, 9, mmio::RX_KEY as i32),
        asm::addi(2, 2, 1),
        asm::sw(2, 9, mmio::TX_KEY as i32),
        asm::sw(1, 9, mmio::TX_PAYLOAD as i32),
        asm::jal(0, -20),
    ]);
    p
}
