//! The output layer's error: softmax by the units of the PE, rounded where the kernel and the vector pass round.

use super::firmware::{EXP_OPERAND_SHIFT, ONE_HOT, RECIPROCAL_OPERAND_SHIFT, SOFTMAX_SHIFT};
use synfire_golden::{exp::exp, reciprocal::reciprocal};

/// Errors `S5.10` of the output layer from its 32-bit sums (22 fraction bits); returns how many saturated (none can:
/// a share is at most 1).
///
/// With m the largest sum: e_i = exp((O_i - m) >> 7), R = reciprocal(sum of e), and
/// `delta_i = sat16((((e_i >> 3) * (R >> 2) + 2^14) >> 15) + (-1024 at the label, else 0))`; all shifts floor.
pub fn output_error(sums: &[i32], label: usize, exps: &mut [i32], delta: &mut [i16]) -> u64 {
    let m = sums.iter().copied().max().unwrap_or(0);
    let mut total = 0i32;
    for (e, &o) in exps.iter_mut().zip(sums) {
        *e = exp(o.wrapping_sub(m) >> SOFTMAX_SHIFT);
        total += *e;
    }
    let r = reciprocal(total) >> RECIPROCAL_OPERAND_SHIFT;
    let mut saturated = 0;
    for (i, (d, &e)) in delta.iter_mut().zip(exps.iter()).enumerate() {
        let target = if i == label { i32::from(ONE_HOT) } else { 0 };
        let v = (((e >> EXP_OPERAND_SHIFT) * r + (1 << 14)) >> 15) + target;
        *d = v.clamp(-32768, 32767) as i16;
        saturated += u64::from(v != i32::from(*d));
    }
    saturated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_follow_the_softmax_of_floats_and_sum_to_nearly_nothing() {
        let sums: [i32; 10] = std::array::from_fn(|i| (i as i32 - 4) * 1_500_000);
        let (mut e, mut d) = ([0; 10], [0i16; 10]);
        assert_eq!(output_error(&sums, 7, &mut e, &mut d), 0);
        let f = sums.map(|s| (f64::from(s) / f64::from(1 << 22)).exp());
        let total: f64 = f.iter().sum();
        for i in 0..10 {
            let p = f[i] / total - if i == 7 { 1.0 } else { 0.0 };
            assert!((f64::from(d[i]) - 1024.0 * p).abs() < 1.0, "class {i}");
        }
        assert!(d.iter().map(|&d| i32::from(d)).sum::<i32>().abs() <= 5);
    }
}
