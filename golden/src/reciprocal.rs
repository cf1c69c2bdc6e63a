//! The reciprocal of `S16.15` numbers, as the machine computes it.

/// 1 / x, argument and result `S16.15`: floor(2^30 / x), and `i32::MAX` for x <= 0.
///
/// The quotient is floored because a restoring divider stops there; it is below one LSB from the exact value.
/// Source: [`synfire_format::elementary`].
pub fn reciprocal(x: i32) -> i32 {
    if x <= 0 { i32::MAX } else { (1 << 30) / x }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> impl Iterator<Item = i32> {
        (1..200_000)
            .chain((200_000..i32::MAX).step_by(10_007))
            .chain([i32::MAX])
    }

    fn worst(f: impl Fn(i32) -> i32) -> f64 {
        arguments()
            .map(|x| (f64::from(f(x)) - f64::from(1 << 30) / f64::from(x)).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn reciprocal_is_within_one_lsb_and_never_rises() {
        assert!(worst(reciprocal) < 1.0);
        assert!(arguments().is_sorted_by(|&a, &b| reciprocal(a) >= reciprocal(b)));
    }

    #[test]
    fn an_error_of_one_lsb_more_is_seen_by_the_sweep() {
        assert!(worst(|x| reciprocal(x) - 1) >= 1.0);
    }

    #[test]
    fn arguments_without_reciprocal_give_the_largest_number() {
        assert_eq!(reciprocal(0), i32::MAX);
        assert_eq!(reciprocal(-1), i32::MAX);
        assert_eq!(reciprocal(i32::MIN), i32::MAX);
        assert_eq!(reciprocal(1), 1 << 30);
        assert_eq!(reciprocal(1 << 15), 1 << 15);
        assert_eq!(reciprocal(i32::MAX), 0);
    }
}
