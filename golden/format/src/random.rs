//! The counter-based random generator: a pure, multiplier-free function of (seed, step, index).
//!
//! Two stages of add-rotate-xor rounds (the round of the Speck block cipher, with few rounds: statistical quality is
//! wanted, not secrecy). [`row_key`] folds (seed, step, population, row, tag) into 64 bits once a row; [`draw`]
//! folds a slot or column and an attempt into that key once an entry. Nothing depends on how often or in which order
//! anybody asked (design invariant 2).

/// Rounds of 32-bit words in [`row_key`].
pub const KEY_ROUNDS: u32 = 8;
/// Rounds of 16-bit words in [`draw`].
pub const DRAW_ROUNDS: usize = 6;
/// Start value of `y` in [`row_key`], xored with the tag; the fraction of the golden ratio.
pub const KEY_START: u32 = 0x9e37_79b9;

/// Where a draw belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RowIndex {
    /// Population (layer) number.
    pub population: u16,
    /// Row by its *global* number, so that placement cannot be seen.
    pub row: u16,
    /// Which use of the row: one number a pass or firmware purpose (recipe slot in the design's words).
    pub tag: u16,
}

/// Key of one row: `KEY_ROUNDS` rounds on (x, y) = (population:row, KEY_START xor tag), with round keys
/// `seed + i` for even i and `step + i` for odd i (additions modulo 2^32).
///
/// One round: `x = (ror(x, 8) + y) ^ k; y = rol(y, 3) ^ x`. Returned as `x << 32 | y`.
pub const fn row_key(seed: u32, step: u32, at: RowIndex) -> u64 {
    let mut x = (at.population as u32) << 16 | at.row as u32;
    let mut y = KEY_START ^ at.tag as u32;
    let mut i = 0;
    while i < KEY_ROUNDS {
        let k = if i % 2 == 0 { seed } else { step }.wrapping_add(i);
        x = x.rotate_right(8).wrapping_add(y) ^ k;
        y = y.rotate_left(3) ^ x;
        i += 1;
    }
    (x as u64) << 32 | y as u64
}

/// 32 random bits of one entry: with the key split into 16-bit words k0 (lowest) .. k3, start at
/// `x = k0 + slot, y = k1 ^ attempt` and do [`DRAW_ROUNDS`] rounds with keys k2, k3, k0, k1, k2, k3:
/// `x = (ror(x, 7) + y) ^ k; y = rol(y, 2) ^ x`. Returned as `y << 16 | x`.
///
/// The low half, with attempt 0, is the entry's draw for stochastic rounding in a pass.
pub const fn draw(key: u64, slot: u16, attempt: u16) -> u32 {
    let k = [
        key as u16,
        (key >> 16) as u16,
        (key >> 32) as u16,
        (key >> 48) as u16,
    ];
    let mut x = k[0].wrapping_add(slot);
    let mut y = k[1] ^ attempt;
    let mut i = 0;
    while i < DRAW_ROUNDS {
        x = x.rotate_right(7).wrapping_add(y) ^ k[(i + 2) % 4];
        y = y.rotate_left(2) ^ x;
        i += 1;
    }
    (y as u32) << 16 | x as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(step: u32, row: u16) -> u64 {
        row_key(
            1,
            step,
            RowIndex {
                population: 2,
                row,
                tag: 3,
            },
        )
    }

    #[test]
    fn bytes_of_draws_are_uniform_and_neighbours_uncorrelated() {
        let (mut low, mut high) = ([0u32; 256], [0u32; 256]);
        let (mut n, mut sum, mut cross) = (0f64, 0f64, [0f64; 18]);
        for step in 0..64 {
            for row in 0..64 {
                for slot in 0..64 {
                    let at = |s, r, t| (draw(key(t, r), s, 0) & 0xffff) as f64 / 65536.0 - 0.5;
                    let d = draw(key(step, row), slot, 0);
                    low[(d & 0xff) as usize] += 1;
                    high[(d >> 8 & 0xff) as usize] += 1;
                    let v = at(slot, row, step);
                    sum += v;
                    for (i, c) in cross.iter_mut().enumerate() {
                        let lag = 1 << (i / 3);
                        *c += v * match i % 3 {
                            0 => at(slot + lag, row, step),
                            1 => at(slot, row + lag, step),
                            _ => at(slot, row, step + u32::from(lag)),
                        };
                    }
                    n += 1.0;
                }
            }
        }
        for counts in [low, high] {
            let expect = n / 256.0;
            let chi2: f64 = counts
                .iter()
                .map(|&c| (c as f64 - expect).powi(2) / expect)
                .sum();
            // 255 degrees of freedom: mean 255, sigma 22.6; five sigma either side.
            assert!((142.0..368.0).contains(&chi2), "chi squared {chi2}");
        }
        // Uniform on [-.5, .5): sigma of the mean is sqrt(1/12/n), of a product sum sqrt(n)/12.
        assert!((sum / n).abs() < 5.0 * (1.0 / 12.0 / n).sqrt());
        for c in cross {
            assert!(c.abs() < 5.0 * n.sqrt() / 12.0, "neighbour product sum {c}");
        }
    }

    #[test]
    fn every_index_changes_the_draw() {
        let at = RowIndex {
            population: 5,
            row: 6,
            tag: 7,
        };
        let base = draw(row_key(1, 2, at), 3, 4);
        assert_ne!(base, draw(row_key(2, 2, at), 3, 4));
        assert_ne!(base, draw(row_key(1, 3, at), 3, 4));
        assert_ne!(base, draw(row_key(1, 2, at), 4, 4));
        assert_ne!(base, draw(row_key(1, 2, at), 3, 5));
        for other in [
            RowIndex {
                population: 6,
                ..at
            },
            RowIndex { row: 7, ..at },
            RowIndex { tag: 8, ..at },
        ] {
            assert_ne!(base, draw(row_key(1, 2, other), 3, 4));
        }
    }
}
