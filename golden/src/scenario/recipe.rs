//! Random legal recipes.

use synfire_format::recipe::{A, B, C, Flag, MAX_SLOTS, Op, Pred, Recipe, Round, Slot};

use super::Rng;

/// A legal recipe of 1 to 8 slots.
pub fn random_recipe(seed: u64) -> Recipe {
    let rng = &mut Rng::new(seed ^ 0x7265_6369);
    let count = 1 + rng.below(MAX_SLOTS as u32) as usize;
    let mut recipe = Recipe {
        constants: std::array::from_fn(|_| rng.half()),
        slots: Vec::new(),
    };
    // Results not yet written are 0 and hide whatever they multiply: few slots read them.
    let blank = |s: &Slot, earlier: &[Slot]| {
        let missing = |r: u8| earlier.iter().all(|e| e.result != Some(r));
        matches!(s.a, A::R(r) if missing(r)) || matches!(s.b, B::R(r) if missing(r))
    };
    while recipe.slots.len() < count {
        let odd = recipe.slots.len() % 2 == 1;
        let slot = random_slot(rng, odd);
        if blank(&slot, &recipe.slots) && !rng.one_in(8) {
            continue;
        }
        recipe.slots.push(slot);
        if recipe.check().is_err() {
            recipe.slots.pop();
        }
    }
    recipe
}

fn random_slot(rng: &mut Rng, odd: bool) -> Slot {
    let ops = [Op::Min, Op::Max, Op::Ge, Op::Eq, Op::Sel, Op::NegIf];
    Slot {
        op: if odd && !rng.one_in(3) {
            rng.pick(&ops)
        } else {
            Op::Mac
        },
        a: match rng.below(8) {
            n @ 0..=3 => A::P(n as u8),
            4 => A::X,
            n => A::R((n - 5) as u8),
        },
        b: match rng.below(12) {
            n @ 0..=3 => B::S(n as u8),
            n @ 4..=7 => B::K((n - 4) as u8),
            8 => B::X,
            n => B::R((n - 9) as u8),
        },
        c: match rng.below(16) {
            0 => C::Zero,
            n @ 1..=3 => C::R((n - 1) as u8),
            n @ 4..=7 => C::P((n - 4) as u8),
            n @ 8..=11 => C::S((n - 8) as u8),
            n => C::K((n - 12) as u8),
        },
        shift: match rng.below(6) {
            0 => 0,
            1 => 15,
            _ => rng.below(16) as u8,
        },
        round: rng.pick(&[Round::Floor, Round::Nearest, Round::Stochastic]),
        pred: rng.pick(&[Pred::Always, Pred::Always, Pred::IfP, Pred::IfNotP]),
        result: (!rng.one_in(3)).then(|| rng.below(3) as u8),
        plane: rng.one_in(2).then(|| rng.below(4) as u8),
        to_y: rng.one_in(3),
        to_o: rng.one_in(3),
        flag: rng.pick(&[Flag::None, Flag::NotPositive, Flag::NonZero, Flag::Negative]),
    }
}
