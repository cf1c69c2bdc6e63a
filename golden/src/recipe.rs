//! What a recipe computes for one entry: the plain reference, slot after slot in order.
//!
//! The encoding and the rules that recipes obey are in [`synfire_format::recipe`].

use synfire_format::recipe::{A, B, C, Flag, Op, Pred, Recipe, Round, Slot};

/// State of one entry while its recipe runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Entry {
    /// P0..P3 as fetched, 0 where the pass has fewer; afterwards the values to write back.
    pub planes: [i16; 4],
    pub x: i16,
    /// R0..R2, 0 at the start.
    pub results: [i16; 3],
    /// The predicate bit P, false at the start.
    pub p: bool,
    /// The row's S0..S3, 0 where the pass has fewer.
    pub scalars: [i16; 4],
    /// The entry's 16-bit draw of the pass.
    pub draw: u16,
}

/// What a recipe hands to the pass beside the planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Addend to Y, 0 if no slot gives one.
    pub y: i32,
    /// Addend to O, 0 if no slot gives one.
    pub o: i32,
    /// The entry's flag.
    pub flag: bool,
    /// Slots that clipped a delivered value.
    pub saturations: u32,
}

/// The value nearest to `r` among -32768 ..= 32767, and whether it differs from `r`.
pub fn sat16(r: i32) -> (i16, bool) {
    let clipped = r.clamp(i32::from(i16::MIN), i32::from(i16::MAX));
    (clipped as i16, clipped != r)
}

/// `p / 2^shift`, rounded. |p| <= 2^30, so that adding the rounding term cannot overflow.
///
/// floor `p >> s`; nearest `(p + 2^(s-1)) >> s`, which rounds halves up; stochastic `(p + (draw mod 2^s)) >> s`. Shift 0 returns p.
pub fn round(p: i32, shift: u8, rounding: Round, draw: u16) -> i32 {
    if shift == 0 {
        return p;
    }
    match rounding {
        Round::Floor => p >> shift,
        Round::Nearest => (p + (1 << (shift - 1))) >> shift,
        Round::Stochastic => (p + (i32::from(draw) & ((1 << shift) - 1))) >> shift,
    }
}

/// Runs all slots of `recipe` on `entry`, in order.
pub fn run_recipe(recipe: &Recipe, entry: &mut Entry) -> Outcome {
    let mut outcome = Outcome::default();
    for slot in &recipe.slots {
        let r = compute(recipe, slot, entry);
        deliver(slot, r, entry, &mut outcome);
    }
    outcome
}

/// r of one slot, exact: |A * B| <= 2^30 and |C| <= 2^15, so that 32 bits hold it. `Ge` and `Eq` also set P.
fn compute(recipe: &Recipe, slot: &Slot, entry: &mut Entry) -> i32 {
    let a = first(slot.a, entry);
    let c = third(slot.c, recipe, entry);
    match slot.op {
        Op::Mac => {
            let holds = match slot.pred {
                Pred::Always => true,
                Pred::IfP => entry.p,
                Pred::IfNotP => !entry.p,
            };
            if holds {
                let b = second(slot.b, recipe, entry);
                c + round(a * b, slot.shift, slot.round, entry.draw)
            } else {
                c
            }
        }
        Op::Min => a.min(c),
        Op::Max => a.max(c),
        Op::Ge => {
            entry.p = a >= c;
            i32::from(entry.p)
        }
        Op::Eq => {
            entry.p = a == c;
            i32::from(entry.p)
        }
        Op::Sel => {
            if entry.p {
                a
            } else {
                c
            }
        }
        Op::NegIf => {
            if a < 0 {
                -c
            } else {
                c
            }
        }
    }
}

fn first(a: A, entry: &Entry) -> i32 {
    i32::from(match a {
        A::P(n) => entry.planes[usize::from(n)],
        A::X => entry.x,
        A::R(n) => entry.results[usize::from(n)],
    })
}

fn second(b: B, recipe: &Recipe, entry: &Entry) -> i32 {
    i32::from(match b {
        B::S(n) => entry.scalars[usize::from(n)],
        B::K(n) => recipe.constants[usize::from(n)],
        B::X => entry.x,
        B::R(n) => entry.results[usize::from(n)],
    })
}

fn third(c: C, recipe: &Recipe, entry: &Entry) -> i32 {
    i32::from(match c {
        C::Zero => 0,
        C::R(n) => entry.results[usize::from(n)],
        C::P(n) => entry.planes[usize::from(n)],
        C::S(n) => entry.scalars[usize::from(n)],
        C::K(n) => recipe.constants[usize::from(n)],
    })
}

/// sat16(r) to a result and/or a plane (one saturation however many places), r itself to the addends, the flag.
fn deliver(slot: &Slot, r: i32, entry: &mut Entry, outcome: &mut Outcome) {
    let (value, clipped) = sat16(r);
    if let Some(n) = slot.result {
        entry.results[usize::from(n)] = value;
    }
    if let Some(n) = slot.plane {
        entry.planes[usize::from(n)] = value;
    }
    if clipped && (slot.result.is_some() || slot.plane.is_some()) {
        outcome.saturations += 1;
    }
    if slot.to_y {
        outcome.y = r;
    }
    if slot.to_o {
        outcome.o = r;
    }
    match slot.flag {
        Flag::None => {}
        Flag::NotPositive => outcome.flag = r <= 0,
        Flag::NonZero => outcome.flag = r != 0,
        Flag::Negative => outcome.flag = r < 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_floor_half_up_or_by_the_draw() {
        for (p, shift, rounding, draw, want) in [
            (-1, 1, Round::Floor, 0, -1),
            (-1, 1, Round::Nearest, 0, 0),
            (1, 1, Round::Nearest, 0, 1),
            (-3, 1, Round::Nearest, 0, -1),
            (7, 3, Round::Stochastic, 0xfff8, 0),
            (7, 3, Round::Stochastic, 0xfff9, 1),
            (-7, 3, Round::Stochastic, 7, 0),
            (1 << 30, 15, Round::Nearest, 0, 1 << 15),
            (1 << 30, 15, Round::Stochastic, 0xffff, 1 << 15),
            (-(1 << 30), 0, Round::Nearest, 0xffff, -(1 << 30)),
        ] {
            assert_eq!(
                round(p, shift, rounding, draw),
                want,
                "{p} >> {shift} {rounding:?}"
            );
        }
    }

    #[test]
    fn a_clipped_value_counts_once_however_many_places_take_it() {
        let slot = Slot {
            a: A::X,
            b: B::X,
            to_y: true,
            ..Slot::NOP
        };
        let run = |slot: Slot, x| {
            let recipe = Recipe {
                constants: [0; 4],
                slots: vec![slot],
            };
            let mut entry = Entry {
                x,
                ..Entry::default()
            };
            (run_recipe(&recipe, &mut entry), entry)
        };
        let (only_y, _) = run(slot, i16::MIN);
        assert_eq!(
            (only_y.y, only_y.saturations),
            (1 << 30, 0),
            "Y takes r itself"
        );
        let everywhere = Slot {
            result: Some(2),
            plane: Some(3),
            ..slot
        };
        let (o, e) = run(everywhere, i16::MIN);
        assert_eq!(
            (o.saturations, e.results[2], e.planes[3]),
            (1, 32767, 32767)
        );
    }

    #[test]
    fn a_mac_whose_predicate_fails_delivers_c_and_the_last_condition_decides_the_flag() {
        let ge = Slot {
            op: Op::Ge,
            a: A::P(0),
            c: C::K(0),
            flag: Flag::NotPositive,
            ..Slot::NOP
        };
        let add = Slot {
            a: A::P(1),
            b: B::K(1),
            c: C::P(0),
            pred: Pred::IfNotP,
            plane: Some(2),
            flag: Flag::Negative,
            ..Slot::NOP
        };
        let recipe = Recipe {
            constants: [10, 2, 0, 0],
            slots: vec![Slot::NOP, ge, add],
        };
        assert_eq!(recipe.check(), Ok(()));
        for (p0, want, flag) in [(10, 10, false), (9, 9 - 40, true)] {
            let mut e = Entry {
                planes: [p0, -20, 0, 0],
                ..Entry::default()
            };
            let o = run_recipe(&recipe, &mut e);
            assert_eq!((e.planes[2], o.flag, e.p), (want, flag, p0 >= 10));
        }
    }

    #[test]
    fn negating_the_most_negative_value_saturates() {
        let neg = Slot {
            op: Op::NegIf,
            a: A::X,
            c: C::P(0),
            plane: Some(0),
            ..Slot::NOP
        };
        let recipe = Recipe {
            constants: [0; 4],
            slots: vec![Slot::NOP, neg],
        };
        let mut e = Entry {
            planes: [i16::MIN, 0, 0, 0],
            x: -1,
            ..Entry::default()
        };
        let o = run_recipe(&recipe, &mut e);
        assert_eq!((e.planes[0], o.saturations), (i16::MAX, 1));
    }
}
