//! Random choices for scenarios.

/// A small deterministic generator (SplitMix64) for tests; the machine's own random numbers are in the format.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The generator of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number in `0 .. n`; n must not be 0.
    pub fn below(&mut self, n: u32) -> u32 {
        (self.bits() % u64::from(n)) as u32
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// A 16-bit operand: an end of the format, a small number, or any, each about as often.
    pub fn half(&mut self) -> i16 {
        match self.below(3) {
            0 => self.pick(&[i16::MIN, i16::MIN + 1, -1, 0, 1, i16::MAX - 1, i16::MAX]),
            1 => self.below(401) as i16 - 200,
            _ => self.bits() as i16,
        }
    }

    /// A 32-bit accumulator: an end of the format, a moderate sum, or any.
    pub fn word(&mut self) -> i32 {
        match self.below(3) {
            0 => self.pick(&[i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX - 1, i32::MAX]),
            1 => self.below(1 << 21) as i32 - (1 << 20),
            _ => self.bits() as i32,
        }
    }
}
