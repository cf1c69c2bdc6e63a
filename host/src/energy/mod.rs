//! Projected energy of DEEP R, in two columns that are neither merged nor compared: they answer different questions.
//!
//! *Counted operations x published energies* ([`counts`], [`published`], [`Projection`]): what the arithmetic and the
//! SRAM of a PE would take in the process of the published figures. A lower bound, as the counts leave out what they
//! say they leave out.
//! *Time x assumed power* ([`Timed`]): what a board or a core takes that draws the assumed power for the time that a
//! sample needs, whether or not it is the PE that draws it.
//!
//! Nothing here was measured with a meter.

pub mod counts;
pub mod published;

use counts::{Counts, Work};
use published::Energies;
use serde::Serialize;

/// pJ of one part of the PE over the counted run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct PartEnergy {
    pub arithmetic_pj: f64,
    pub sram_pj: f64,
}

impl PartEnergy {
    /// `multiplications * 4 * multiply8 + additions * add32`, and of each access `sram64` or, in line, the share of the
    /// 64-bit word that it takes: `bits / 64`.
    pub fn of(work: &Work, e: &Energies) -> Self {
        let sram = (work.accesses.iter())
            .map(|a| {
                let words = if a.in_line { a.bits as f64 / 64.0 } else { 1.0 };
                a.count as f64 * words * e.sram64.pj
            })
            .fold(0.0, |sum, pj| sum + pj);
        PartEnergy {
            arithmetic_pj: work.multiplications as f64 * e.multiply16_pj()
                + work.additions as f64 * e.add32.pj,
            sram_pj: sram,
        }
    }

    pub fn total_pj(&self) -> f64 {
        self.arithmetic_pj + self.sram_pj
    }
}

/// pJ of a work's SRAM accesses by the published load and store of 16 bits: an access of b bits is b / 16 of them, one
/// at least.
pub fn memory16_pj(work: &Work, e: &Energies) -> f64 {
    (work.accesses.iter())
        .map(|a| {
            let pj = if a.write { e.store16.pj } else { e.load16.pj };
            a.count as f64 * a.bits.div_ceil(16) as f64 * pj
        })
        .sum()
}

/// The first column: energies of a sample, J.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Projection {
    /// Each part's arithmetic and SRAM in J a sample, 45 nm.
    pub parts: Vec<(&'static str, f64, f64)>,
    /// All parts.
    pub sample_j: f64,
    /// The SRAM accesses alone by another published pair, 22 nm; not part of `sample_j`.
    pub memory16_j: f64,
    /// The forward row passes alone, a connection.
    pub forward_operation_j: f64,
    /// The backward row passes alone, a connection; `None` where nothing was learnt.
    pub update_operation_j: Option<f64>,
    /// The whole sample, a connection visited forward or backward.
    pub whole_operation_j: f64,
}

const PJ: f64 = 1e-12;

impl Projection {
    /// Counts times energies; at least one sample and one connection were counted.
    pub fn new(c: &Counts, e: &Energies) -> Self {
        let samples = c.samples.max(1) as f64;
        let per = |pj: f64, n: u64| pj * PJ / n.max(1) as f64;
        let parts: Vec<_> = (c.parts().into_iter())
            .map(|(name, work)| (name, PartEnergy::of(work, e)))
            .collect();
        let total: f64 = parts.iter().map(|p| p.1.total_pj()).sum();
        let memory16: f64 = c.parts().iter().map(|p| memory16_pj(p.1, e)).sum();
        Projection {
            sample_j: total * PJ / samples,
            memory16_j: memory16 * PJ / samples,
            forward_operation_j: per(parts[0].1.total_pj(), c.forward_operations),
            update_operation_j: (c.update_operations > 0)
                .then(|| per(parts[1].1.total_pj(), c.update_operations)),
            whole_operation_j: per(total, c.synaptic_operations()),
            parts: (parts.iter())
                .map(|(n, p)| (*n, p.arithmetic_pj * PJ / samples, p.sram_pj * PJ / samples))
                .collect(),
        }
    }
}

/// The second column: the time of a sample at an assumed power.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Timed {
    pub seconds: f64,
    pub watts: f64,
    pub energy_j: f64,
}

impl Timed {
    pub fn new(seconds: f64, watts: f64) -> Self {
        Timed {
            seconds,
            watts,
            energy_j: seconds * watts,
        }
    }

    /// A PE that takes `cycles` at `clock_mhz`.
    pub fn of_cycles(cycles: f64, clock_mhz: f64, watts: f64) -> Self {
        Self::new(cycles / (clock_mhz * 1e6), watts)
    }
}

/// Three significant digits, e.g. 12512.3 as 12500, 0.02361 as 0.0236.
pub fn three_digits(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    // Rounded in powers of ten first, so that 999.6 is 1000 and not 1000.0.
    let places = 2 - v.abs().log10().floor() as i32;
    let unit = 10f64.powi(places);
    let rounded = (v * unit).round() / unit;
    let places = (2 - rounded.abs().log10().floor() as i32).max(0) as usize;
    format!("{rounded:.places$}")
}

/// Three significant digits with a prefix of the unit from pico to none, e.g. `208 us`.
pub fn with_prefix(v: f64, unit: &str) -> String {
    let (scale, prefix) = [(1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n")]
        .into_iter()
        .find(|(scale, _)| v.abs() >= 0.9995 * scale)
        .unwrap_or((1e-12, "p"));
    format!("{} {prefix}{unit}", three_digits(v / scale))
}

#[cfg(test)]
mod tests {
    use super::counts::Access;
    use super::*;

    fn counts() -> Counts {
        let access = |what, bits, write, in_line, count| Access {
            what,
            bits,
            write,
            in_line,
            count,
        };
        Counts {
            samples: 2,
            forward_operations: 100,
            update_operations: 50,
            forward: Work {
                multiplications: 100,
                additions: 200,
                accesses: vec![
                    access("plane", 16, false, true, 100),
                    access("X", 16, false, false, 100),
                ],
            },
            core: Work {
                multiplications: 0,
                additions: 10,
                accesses: vec![
                    access("instruction fetch", 32, false, true, 10),
                    access("store of the core", 8, true, false, 4),
                ],
            },
            ..Counts::default()
        }
    }

    fn close(a: f64, b: f64) -> bool {
        (a / b - 1.0).abs() < 1e-12
    }

    #[test]
    fn counted_operations_times_published_energies_by_hand() {
        let p = Projection::new(&counts(), &Energies::PUBLISHED);
        // 100 x 0.8 + 200 x 0.1 = 100; 100 x 2.5 + 100 x 10 = 1,250; core: 1 + 10 x 5 + 4 x 10 = 91.
        assert!(
            close(p.sample_j, (100.0 + 1250.0 + 91.0) * PJ / 2.0),
            "{p:?}"
        );
        assert!(close(p.forward_operation_j, 13.5 * PJ));
        assert_eq!(p.update_operation_j, Some(0.0));
        assert!(close(p.whole_operation_j, 1441.0 * PJ / 150.0));
        assert!(close(p.parts[0].1, 50.0 * PJ) && close(p.parts[0].2, 625.0 * PJ));
        // 200 halfwords and 10 x 2 loaded, 4 stored.
        assert!(close(p.memory16_j, (220.0 * 3.7 + 4.0 * 3.9) * PJ / 2.0));
    }

    #[test]
    fn a_changed_published_value_changes_the_result() {
        let c = counts();
        let as_published = Projection::new(&c, &Energies::PUBLISHED);
        for change in [
            |e: &mut Energies| e.add32.pj *= 2.0,
            |e: &mut Energies| e.multiply8.pj *= 2.0,
            |e: &mut Energies| e.sram64.pj *= 2.0,
        ] {
            let mut e = Energies::PUBLISHED;
            change(&mut e);
            let p = Projection::new(&c, &e);
            assert!(p.sample_j > as_published.sample_j);
            assert_eq!(p.memory16_j, as_published.memory16_j);
        }
        for change in [
            |e: &mut Energies| e.load16.pj *= 2.0,
            |e: &mut Energies| e.store16.pj *= 2.0,
        ] {
            let mut e = Energies::PUBLISHED;
            change(&mut e);
            let p = Projection::new(&c, &e);
            assert!(p.memory16_j > as_published.memory16_j);
            assert_eq!(p.sample_j, as_published.sample_j);
        }
    }

    #[test]
    fn time_times_power_by_hand() {
        let pe = Timed::of_cycles(12_000.0, 60.0, 1.5);
        assert!(close(pe.seconds, 200e-6) && close(pe.energy_j, 300e-6));
        assert!(close(Timed::new(25e-6, 10.0).energy_j, 250e-6));
    }

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        for (v, want) in [
            (12_512.3, "12500 J"),
            (208.5e-6, "209 uJ"),
            (999.96e-9, "1.00 uJ"),
            (1.0, "1.00 J"),
            (23.6e-12, "23.6 pJ"),
            (0.0, "0 pJ"),
        ] {
            assert_eq!(with_prefix(v, "J"), want);
        }
        assert_eq!(three_digits(0.023_61), "0.0236");
        assert_eq!(three_digits(9.999), "10.0");
    }
}
