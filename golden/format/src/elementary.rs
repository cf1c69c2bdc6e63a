//! Constants of the elementary functions: exponential and reciprocal of `S16.15` numbers.
//!
//! Both units are iterative and multiplier-free. The steps are part of the format, because a result that differs
//! between two correct algorithms in its last bit would not be the same bits; model and RTL write them on their own.
//!
//! **Exponential** of x (`S16.15`), to one LSB of `S16.15`:
//! 1. x > [`EXP_LIMIT`] gives `i32::MAX`; x < -[`EXP_LIMIT`] gives 0.
//! 2. f = x * 2^21 + 16 ln 2, with [`EXP_FRACTION`] = 36 fraction bits; f is in 0 .. 22.19 and needs 41 bits.
//! 3. for j = 4, 3, 2, 1, 0: if f >= LN2 << j, subtract it and add 2^j to n (n is in 0..=31).
//! 4. y = 1.0 (36 fraction bits, 37 bits in all); for k = 1 ..= min(n + 3, 34): if f >= LN1P\[k - 1\],
//!    subtract it and add y >> k (floor) to y. y stays below 2.
//! 5. result = (y + 2^(36 - n)) >> (37 - n): exp(x) = y * 2^(n - 16), rounded half up.
//!
//! Fewer steps for smaller results: the step count follows the number of result bits.
//!
//! **Reciprocal** of x (`S16.15`): x <= 0 gives `i32::MAX`, else floor(2^30 / x) in `S16.15`
//! (restoring division, 31 steps).

/// Fraction bits of the exponential's working numbers.
pub const EXP_FRACTION: u32 = 36;
/// Largest |x| (raw `S16.15`, 16 ln 2 floored) whose exponential is computed.
pub const EXP_LIMIT: i32 = 363_408;
/// ln 2 with [`EXP_FRACTION`] fraction bits, rounded to nearest.
pub const LN2: u64 = 0xb17217f7d;
/// ln(1 + 2^-k) for k = 1 ..= 34 at index k - 1, with [`EXP_FRACTION`] fraction bits, rounded to nearest.
pub const LN1P: [u64; 34] = [
    0x67cc8fb30,
    0x391fef8f3,
    0x1e27076e3,
    0x0f8518601,
    0x07e0a6c3a,
    0x03f815162,
    0x01fe02a6b,
    0x00ff80551,
    0x007fe00aa,
    0x003ff8015,
    0x001ffe003,
    0x000fff800,
    0x0007ffe00,
    0x0003fff80,
    0x0001fffe0,
    0x0000ffff8,
    0x00007fffe,
    0x000040000,
    0x000020000,
    0x000010000,
    0x000008000,
    0x000004000,
    0x000002000,
    0x000001000,
    0x000000800,
    0x000000400,
    0x000000200,
    0x000000100,
    0x000000080,
    0x000000040,
    0x000000020,
    0x000000010,
    0x000000008,
    0x000000004,
];
/// The step limit of the exponential is min(n + EXP_EXTRA_STEPS, 34).
pub const EXP_EXTRA_STEPS: u32 = 3;
