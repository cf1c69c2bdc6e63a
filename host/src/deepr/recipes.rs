//! The recipes of DEEP R: the arithmetic of [`crate::deepr`] as slots of the engines.
//!
//! Names at the slots: `w` weight S1.14, `x` presynaptic activation S7.8, `delta` error S5.10, `eta_delta` error times
//! the negative learning rate, `owed` samples whose L1 step the row owes, `O`/`E` 32-bit accumulators.

use synfire_format::recipe::{A, B, C, Flag, Op, Pred, Recipe, Round, Slot};

/// The constants and shifts of the rule that change with the schedule or the network's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleConstants {
    /// `eta_delta = round(delta * k_eta >> eta_shift)`; negative: descent.
    pub k_eta: i16,
    /// See `k_eta`, 0..=15.
    pub eta_shift: u8,
    /// `u = w + ((x * eta_delta) >> update_shift)`, stochastic, 0..=15.
    pub update_shift: u8,
    /// L1 owed by a row for every sample since its last visit, in 2^-(14 + l1_shift).
    pub k_l1: i16,
    /// 0..=15.
    pub l1_shift: u8,
    /// Magnitude of a new connection in LSB of `S1.14`; the kernel's, no recipe holds it.
    pub regrow: i16,
}

/// Where `k_eta` lies in the constants of the error recipes.
const K_ETA_AT: u8 = 1;

fn mac(a: A, b: B) -> Slot {
    Slot { a, b, ..Slot::NOP }
}

fn compare(op: Op, a: A, c: C) -> Slot {
    Slot {
        op,
        a,
        c,
        ..Slot::NOP
    }
}

/// Forward row pass: `O[row] += w * x`. P0 = w.
pub fn forward() -> Recipe {
    Recipe {
        constants: [0; 4],
        slots: vec![Slot {
            to_o: true,
            ..mac(A::P(0), B::X)
        }],
    }
}

/// Activation vector pass: `h = max(x, 0)`. P0 = h, X = O scaled.
pub fn activation() -> Recipe {
    Recipe {
        constants: [0; 4],
        slots: vec![
            Slot::NOP,
            Slot {
                plane: Some(0),
                ..compare(Op::Max, A::X, C::Zero)
            },
        ],
    }
}

/// Error of the output layer: `delta = onehot + round(e * r >> 15)`, then the row bookkeeping of [`hidden_error`].
/// P0 = delta, P1 = owed, P2 = eta_delta, P3 = onehot (0 or -1024); X = e (12 fraction bits), S0 = r (13).
pub fn output_error(k: &RuleConstants) -> Recipe {
    Recipe {
        constants: [1, k.k_eta, i16::MAX, 0],
        slots: vec![
            Slot::NOP,
            compare(Op::Eq, A::P(0), C::Zero),
            Slot {
                shift: 15,
                round: Round::Nearest,
                c: C::P(3),
                result: Some(0),
                plane: Some(0),
                ..mac(A::X, B::S(0))
            },
            owed_samples(),
            Slot {
                shift: k.eta_shift,
                round: Round::Nearest,
                plane: Some(2),
                ..mac(A::R(0), B::K(K_ETA_AT))
            },
        ],
    }
}

/// `owed = (no visit at the last sample ? round(owed * 32767 >> 15) : 0) + 1`: the factor changes nothing up to 2^14 and
/// takes the next sample away beyond, so the count of a row that is never visited stops instead of saturating.
fn owed_samples() -> Slot {
    Slot {
        pred: Pred::IfP,
        c: C::K(0),
        shift: 15,
        round: Round::Nearest,
        plane: Some(1),
        ..mac(A::P(1), B::K(2))
    }
}

/// Error of a hidden layer: `delta = h >= 1 ? x : 0`, its product with the learning rate, and the samples owed.
/// P0 = delta, P1 = owed, P2 = eta_delta, P3 = h; X = E scaled.
pub fn hidden_error(k: &RuleConstants) -> Recipe {
    Recipe {
        constants: [1, k.k_eta, i16::MAX, 0],
        slots: vec![
            Slot::NOP,
            compare(Op::Eq, A::P(0), C::Zero),
            owed_samples(),
            compare(Op::Ge, A::P(3), C::K(0)),
            Slot {
                pred: Pred::IfP,
                plane: Some(0),
                ..mac(A::X, B::K(0))
            },
            Slot {
                pred: Pred::IfP,
                shift: k.eta_shift,
                round: Round::Nearest,
                plane: Some(2),
                ..mac(A::X, B::K(K_ETA_AT))
            },
        ],
    }
}

/// Backward row pass: weight update with stochastic rounding, L1, flag on crossing zero, and the error's scatter.
/// P0 = w, X = x; S0 = delta, S1 = owed, S2 = eta_delta.
pub fn backward(k: &RuleConstants, scatter: bool) -> Recipe {
    let mut slots = vec![
        Slot {
            shift: k.update_shift,
            round: Round::Stochastic,
            c: C::P(0),
            result: Some(0),
            ..mac(A::X, B::S(2))
        },
        Slot {
            result: Some(1),
            ..compare(Op::NegIf, A::P(0), C::S(1))
        },
        Slot {
            shift: k.l1_shift,
            round: Round::Stochastic,
            c: C::R(0),
            result: Some(2),
            ..mac(A::R(1), B::K(0))
        },
        Slot {
            to_y: scatter,
            ..mac(A::P(0), B::S(0))
        },
        Slot {
            flag: Flag::NotPositive,
            ..mac(A::P(0), B::R(2))
        },
        Slot {
            plane: Some(0),
            ..mac(A::R(2), B::K(1))
        },
    ];
    if !scatter {
        slots[3] = Slot::NOP;
    }
    Recipe {
        constants: [-k.k_l1, 1, 0, 0],
        slots,
    }
}

/// [`backward`] of a full layer, which has no flags: the same update in four slots.
pub fn backward_full(k: &RuleConstants, scatter: bool) -> Recipe {
    let Recipe { constants, slots } = backward(k, scatter);
    let to_plane = Slot {
        result: None,
        plane: Some(0),
        ..slots[2]
    };
    Recipe {
        constants,
        slots: vec![slots[0], slots[1], slots[3], to_plane],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_legal_for_both_multiplier_counts() {
        let k = RuleConstants {
            k_eta: -1000,
            eta_shift: 3,
            update_shift: 13,
            k_l1: 84,
            l1_shift: 10,
            regrow: 2,
        };
        for r in [
            forward(),
            activation(),
            output_error(&k),
            hidden_error(&k),
            backward(&k, true),
            backward(&k, false),
            backward_full(&k, true),
            backward_full(&k, false),
        ] {
            r.check().unwrap();
        }
    }
}
