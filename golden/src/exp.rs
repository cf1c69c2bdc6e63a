//! The exponential of `S16.15` numbers, as the machine computes it.

use synfire_format::elementary::{EXP_EXTRA_STEPS, EXP_FRACTION, EXP_LIMIT, LN1P, LN2};

/// exp(x), argument and result `S16.15`, to one LSB of the result.
///
/// x above [`EXP_LIMIT`] (16 ln 2) gives `i32::MAX`, below its negative 0. Otherwise exp(x) = y * 2^(n - 16) with
/// n the powers of two in x + 16 ln 2 and y in 1..2 the product of the factors 1 + 2^-k whose logarithms fit into
/// the rest, in this order; each product is floored to 36 fraction bits, the result is rounded once, half up.
/// Source of the steps: [`synfire_format::elementary`].
pub fn exp(x: i32) -> i32 {
    if x > EXP_LIMIT {
        return i32::MAX;
    }
    if x < -EXP_LIMIT {
        return 0;
    }
    // EXP_LIMIT is 16 ln 2 floored, so the sum is not negative.
    let shifted = (i64::from(x) << (EXP_FRACTION - 15)) + ((LN2 as i64) << 4);
    let mut rest = shifted as u64;
    let mut n = 0;
    for j in (0..5).rev() {
        if rest >= LN2 << j {
            rest -= LN2 << j;
            n += 1 << j;
        }
    }
    let mut y = 1u64 << EXP_FRACTION;
    let steps = (n + EXP_EXTRA_STEPS).min(LN1P.len() as u32);
    for k in 1..=steps {
        let ln = LN1P[k as usize - 1];
        if rest >= ln {
            rest -= ln;
            y += y >> k;
        }
    }
    let rounded = (y + (1 << (EXP_FRACTION - n))) >> (EXP_FRACTION + 1 - n);
    // n is at most 31 and y below 2, so y * 2^(n - 37) is below 2^31; the sweep in the tests covers the upper end.
    i32::try_from(rounded).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error in LSB and whether the function fell anywhere, over all arguments in steps of `step`.
    fn sweep(f: impl Fn(i32) -> i32, step: usize) -> (f64, bool) {
        let (mut worst, mut fell, mut last) = (0f64, false, i32::MIN);
        for x in (-EXP_LIMIT..=EXP_LIMIT).step_by(step).chain([EXP_LIMIT]) {
            let y = f(x);
            let exact = (f64::from(x) / 32768.0).exp() * 32768.0;
            worst = worst.max((f64::from(y) - exact).abs());
            fell |= y < last;
            last = y;
        }
        (worst, fell)
    }

    #[test]
    fn exponential_is_within_one_lsb_and_never_falls_over_its_whole_range() {
        let (worst, fell) = sweep(exp, 1);
        assert!(worst <= 1.0, "error of {worst} LSB");
        assert!(!fell);
    }

    #[test]
    fn a_missing_rounding_constant_is_seen_by_the_sweep() {
        let floored = |x| exp(x) - i32::from(x % 2 == 0);
        let (worst, fell) = sweep(floored, 1);
        assert!(worst > 1.0 && fell);
    }

    #[test]
    fn ends_of_the_range_are_as_specified() {
        assert_eq!(exp(0), 1 << 15);
        assert_eq!(exp(EXP_LIMIT + 1), i32::MAX);
        assert_eq!(exp(i32::MAX), i32::MAX);
        assert_eq!(exp(-EXP_LIMIT - 1), 0);
        assert_eq!(exp(i32::MIN), 0);
        // 2^16 at 15 fraction bits is 2^31; EXP_LIMIT is a little less than 16 ln 2.
        assert!(exp(EXP_LIMIT) > i32::MAX - (1 << 16));
    }
}
