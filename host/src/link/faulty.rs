//! A wire that damages, loses and repeats what it carries, by a seed.

use super::wire::Wire;
use std::io;
use std::time::Duration;
use synfire_format::link::END;

/// Probabilities of what happens to a byte or to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    pub damage_byte: f64,
    pub lose_byte: f64,
    pub repeat_byte: f64,
    pub lose_frame: f64,
    pub repeat_frame: f64,
    /// No byte fault meets or makes an [`END`]: frames then stay apart, and can be counted.
    pub spare_ends: bool,
}

impl Faults {
    /// Every fault with probability `p`.
    pub fn all(p: f64) -> Self {
        Faults {
            damage_byte: p,
            lose_byte: p,
            repeat_byte: p,
            lose_frame: p,
            repeat_frame: p,
            spare_ends: false,
        }
    }
}

/// What was done to frames in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Injected {
    /// Frames given to the wire.
    pub frames: u64,
    pub lost: u64,
    /// Frames that arrived twice.
    pub repeated: u64,
    /// Frames that arrived with other bytes, each arrival counted.
    pub damaged: u64,
    /// Faults that met or made an [`END`].
    pub ends: u64,
}

impl Injected {
    /// Frames that arrived, good and damaged ones, where no [`END`] was met.
    pub fn arrived(&self) -> u64 {
        self.frames - self.lost + self.repeated
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough for faults, and a seed gives them again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Uniform in 0..1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

struct Direction {
    random: Random,
    injected: Injected,
    /// The beginning of a frame whose end has not come.
    begun: Vec<u8>,
}

impl Direction {
    fn new(seed: u64) -> Self {
        Direction {
            random: Random(seed),
            injected: Injected::default(),
            begun: Vec::new(),
        }
    }

    /// What becomes of `bytes`.
    fn carry(&mut self, bytes: &[u8], faults: &Faults) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            self.begun.push(byte);
            // Ends before a frame go with it.
            let silence = self.begun.iter().all(|&b| b == END);
            if byte != END || silence {
                continue;
            }
            let frame = std::mem::take(&mut self.begun);
            self.injected.frames += 1;
            if self.random.unit() < faults.lose_frame {
                self.injected.lost += 1;
                continue;
            }
            let twice = self.random.unit() < faults.repeat_frame;
            self.injected.repeated += u64::from(twice);
            for _ in 0..=usize::from(twice) {
                let from = out.len();
                self.damage(&frame, faults, &mut out);
                self.injected.damaged += u64::from(out[from..] != frame);
            }
        }
        out
    }

    fn damage(&mut self, frame: &[u8], faults: &Faults, out: &mut Vec<u8>) {
        let lose = faults.damage_byte + faults.lose_byte;
        let repeat = lose + faults.repeat_byte;
        for &byte in frame {
            let u = self.random.unit();
            if u >= repeat || (faults.spare_ends && byte == END) {
                out.push(byte);
                continue;
            }
            let other = byte ^ (1 + self.random.next() % 255) as u8;
            if u < faults.damage_byte {
                if other == END && faults.spare_ends {
                    out.push(byte);
                    continue;
                }
                self.injected.ends += u64::from(other == END);
                out.push(other);
            } else if u >= lose {
                out.extend([byte, byte]);
            }
            self.injected.ends += u64::from(byte == END);
        }
    }
}

/// A wire with faults in both directions.
pub struct Faulty<W> {
    pub wire: W,
    pub faults: Faults,
    out: Direction,
    back: Direction,
}

impl<W: Wire> Faulty<W> {
    /// Puts faults on `wire`.
    pub fn new(wire: W, faults: Faults, seed: u64) -> Self {
        Faulty {
            wire,
            faults,
            out: Direction::new(seed),
            back: Direction::new(!seed),
        }
    }

    /// What was done to requests and to responses.
    pub fn injected(&self) -> (Injected, Injected) {
        (self.out.injected, self.back.injected)
    }
}

impl<W: Wire> Wire for Faulty<W> {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let bytes = self.out.carry(bytes, &self.faults);
        self.wire.send(&bytes)
    }

    fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> io::Result<()> {
        // A frame that is not whole, or lost, is no silence.
        loop {
            let mut bytes = Vec::new();
            self.wire.receive(&mut bytes, patience)?;
            let arrived = self.back.carry(&bytes, &self.faults);
            into.extend(&arrived);
            if bytes.is_empty() || !arrived.is_empty() {
                return Ok(());
            }
        }
    }

    fn patience(&self) -> Duration {
        self.wire.patience()
    }

    fn baud(&self) -> Option<u32> {
        self.wire.baud()
    }
}
