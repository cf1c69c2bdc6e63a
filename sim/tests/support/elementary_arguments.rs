//! Arguments of the elementary functions.

use crate::bench::Draw;
use synfire_format::elementary::EXP_LIMIT;

/// How many arguments there are.
pub const INPUTS: usize = 24_000;

/// Edges, then full-range numbers and numbers within the exponential's limits in turns.
pub fn arguments() -> Vec<i32> {
    let mut edges = vec![
        0,
        1,
        -1,
        2,
        3,
        0x8000,
        -0x8000,
        i32::MAX,
        i32::MIN,
        1 << 30,
        (1 << 30) + 1,
    ];
    for d in -3..=3 {
        edges.extend([EXP_LIMIT + d, -EXP_LIMIT + d]);
        // Multiples of ln 2, where the number of steps changes.
        edges.extend((-16..=16).map(|n| n * 22_713 + d));
    }
    edges.extend((0..31).flat_map(|k| [(1 << k) - 1, 1 << k, (1 << k) + 1]));
    let mut draw = Draw(0x5eed_0001);
    let limit = EXP_LIMIT as u64;
    (0..INPUTS)
        .map(|i| match edges.get(i) {
            Some(&x) => x,
            None if i % 3 == 0 => draw.word() as i32,
            None if i % 3 == 1 => draw.word() as i32 >> draw.below(31),
            None => draw.below(2 * limit + 1) as i32 - EXP_LIMIT,
        })
        .collect()
}
