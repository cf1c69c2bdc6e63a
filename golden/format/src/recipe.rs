//! Recipes: the programs that the lanes of both engines execute, at most [`MAX_SLOTS`] slots of multiply-accumulate.
//!
//! # What one slot computes
//! For every entry of a pass, slots run in order on the entry's own state: four planes P0..P3 (as fetched; a write is
//! seen by later slots), X, three results R0..R2 and one predicate bit P (all 0 at the entry's start), the row's
//! scalars S0..S3 and the recipe's constants K0..K3. All are 16-bit two's complement.
//!
//! | op | result r (exact, 32-bit) |
//! |---|---|
//! | `Mac` | `C + round((A * B) >> shift)` |
//! | `Min`, `Max` | the smaller, the larger of A and C |
//! | `Ge`, `Eq` | 1 if `A >= C`, `A == C`, else 0; P becomes that bit |
//! | `Sel` | `P ? A : C` |
//! | `NegIf` | `A < 0 ? -C : C` |
//!
//! *Rounding* of the product p (only `Mac`, shift > 0): floor `p >> s`; nearest `(p + 2^(s-1)) >> s`;
//! stochastic `(p + (d mod 2^s)) >> s`, d the entry's 16-bit draw of the pass.
//! *Predicate*: a `Mac` slot whose predicate does not hold adds nothing: r = C. Other operations ignore it.
//! *Delivery*: sat16(r) to a result and/or a plane (a clipped value is counted as one saturation per slot and entry,
//! however many places it goes to); r itself, 32-bit, to the addends of Y and O (of several slots the last counts);
//! the flag of the entry is set if the slot's condition on r holds (of several slots the last counts).
//!
//! # Rules (checked by [`Recipe::check`]; they make the result independent of M)
//! Slots 2i and 2i+1 issue together where M = 2, so slot 2i+1 reads nothing that slot 2i writes and both write
//! different places; only odd slots may be other than `Mac` (one unit of each M compares).
//!
//! # In SRAM
//! 64-bit words, little endian: K0..K3 (K0 lowest), then one word per two slots (slot 2i lowest).

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Slots in a recipe at most.
pub const MAX_SLOTS: usize = 8;

/// First operand of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum A {
    /// Plane 0..=3: code 0..=3.
    P(u8),
    /// The gathered or accumulated input: code 4.
    X,
    /// Result 0..=2: code 5..=7.
    R(u8),
}

/// Second operand of a `Mac`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum B {
    /// Row scalar 0..=3: code 0..=3.
    S(u8),
    /// Constant 0..=3: code 4..=7.
    K(u8),
    /// Code 8.
    X,
    /// Result 0..=2: code 9..=11.
    R(u8),
}

/// Addend or comparand of a slot, at the result's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum C {
    /// Code 0.
    Zero,
    /// Result 0..=2: code 1..=3.
    R(u8),
    /// Plane 0..=3: code 4..=7.
    P(u8),
    /// Row scalar 0..=3: code 8..=11.
    S(u8),
    /// Constant 0..=3: code 12..=15.
    K(u8),
}

/// What a slot does; the discriminant is the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Op {
    Mac = 0,
    Min = 1,
    Max = 2,
    Ge = 3,
    Eq = 4,
    Sel = 5,
    NegIf = 6,
}

/// Rounding of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Round {
    Floor = 0,
    Nearest = 1,
    Stochastic = 2,
}

/// When the product of a `Mac` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Pred {
    Always = 0,
    IfP = 1,
    IfNotP = 2,
}

/// Condition on the exact 32-bit r that decides the entry's flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Flag {
    None = 0,
    /// r <= 0
    NotPositive = 1,
    /// r != 0
    NonZero = 2,
    /// r < 0
    Negative = 3,
}

/// One slot. See the module text for what it computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slot {
    pub op: Op,
    pub a: A,
    pub b: B,
    pub c: C,
    /// 0..=15.
    pub shift: u8,
    pub round: Round,
    pub pred: Pred,
    /// Result 0..=2 that takes sat16(r).
    pub result: Option<u8>,
    /// Plane 0..=3 that takes sat16(r).
    pub plane: Option<u8>,
    /// r is the entry's addend to Y.
    pub to_y: bool,
    /// r is the entry's addend to O.
    pub to_o: bool,
    pub flag: Flag,
}

impl Slot {
    /// A slot that changes nothing: `Mac` of P0 * S0 >> 0 + 0 delivered nowhere. Encodes as 0.
    pub const NOP: Slot = Slot {
        op: Op::Mac,
        a: A::P(0),
        b: B::S(0),
        c: C::Zero,
        shift: 0,
        round: Round::Floor,
        pred: Pred::Always,
        result: None,
        plane: None,
        to_y: false,
        to_o: false,
        flag: Flag::None,
    };

    /// Bit fields, lowest first: op 3, A 3, B 4, C 4, shift 4, round 2, pred 2, result 2 (0 none, n+1), plane 3
    /// (bit 2 enable, bits 1..0 number), to_y 1, to_o 1, flag 2; bit 31 is 0.
    pub fn encode(&self) -> u32 {
        let a = match self.a {
            A::P(n) => n,
            A::X => 4,
            A::R(n) => 5 + n,
        };
        let b = match self.b {
            B::S(n) => n,
            B::K(n) => 4 + n,
            B::X => 8,
            B::R(n) => 9 + n,
        };
        let c = match self.c {
            C::Zero => 0,
            C::R(n) => 1 + n,
            C::P(n) => 4 + n,
            C::S(n) => 8 + n,
            C::K(n) => 12 + n,
        };
        let result = self.result.map_or(0, |r| r + 1);
        let plane = self.plane.map_or(0, |p| 4 + p);
        (self.op as u32) << OP_LSB
            | u32::from(a) << A_LSB
            | u32::from(b) << B_LSB
            | u32::from(c) << C_LSB
            | u32::from(self.shift) << SHIFT_LSB
            | (self.round as u32) << ROUND_LSB
            | (self.pred as u32) << PRED_LSB
            | u32::from(result) << RESULT_LSB
            | u32::from(plane) << PLANE_LSB
            | u32::from(self.to_y) << TO_Y_BIT
            | u32::from(self.to_o) << TO_O_BIT
            | (self.flag as u32) << FLAG_LSB
    }

    /// The slot that `word` encodes, or `None` where a field holds a code that means nothing.
    pub fn decode(word: u32) -> Option<Slot> {
        let field = |lsb: u32, width: u32| (word >> lsb & ((1 << width) - 1)) as u8;
        let op = match field(OP_LSB, 3) {
            0 => Op::Mac,
            1 => Op::Min,
            2 => Op::Max,
            3 => Op::Ge,
            4 => Op::Eq,
            5 => Op::Sel,
            6 => Op::NegIf,
            _ => return None,
        };
        let a = match field(A_LSB, 3) {
            n @ 0..=3 => A::P(n),
            4 => A::X,
            n => A::R(n - 5),
        };
        let b = match field(B_LSB, 4) {
            n @ 0..=3 => B::S(n),
            n @ 4..=7 => B::K(n - 4),
            8 => B::X,
            n @ 9..=11 => B::R(n - 9),
            _ => return None,
        };
        let c = match field(C_LSB, 4) {
            0 => C::Zero,
            n @ 1..=3 => C::R(n - 1),
            n @ 4..=7 => C::P(n - 4),
            n @ 8..=11 => C::S(n - 8),
            n => C::K(n - 12),
        };
        let round = match field(ROUND_LSB, 2) {
            0 => Round::Floor,
            1 => Round::Nearest,
            2 => Round::Stochastic,
            _ => return None,
        };
        let pred = match field(PRED_LSB, 2) {
            0 => Pred::Always,
            1 => Pred::IfP,
            2 => Pred::IfNotP,
            _ => return None,
        };
        let plane = field(PLANE_LSB, 3);
        if word >> 31 != 0 {
            return None;
        }
        Some(Slot {
            op,
            a,
            b,
            c,
            shift: field(SHIFT_LSB, 4),
            round,
            pred,
            result: field(RESULT_LSB, 2).checked_sub(1),
            plane: (plane >= 4).then_some(plane & 3),
            to_y: word >> TO_Y_BIT & 1 == 1,
            to_o: word >> TO_O_BIT & 1 == 1,
            flag: match field(FLAG_LSB, 2) {
                0 => Flag::None,
                1 => Flag::NotPositive,
                2 => Flag::NonZero,
                _ => Flag::Negative,
            },
        })
    }

    fn writes_p(&self) -> bool {
        matches!(self.op, Op::Ge | Op::Eq)
    }

    fn reads_p(&self) -> bool {
        match self.op {
            Op::Mac => self.pred != Pred::Always,
            op => op == Op::Sel,
        }
    }
}

/// Lowest bit of each field of an encoded slot; widths as in [`Slot::encode`].
pub const OP_LSB: u32 = 0;
pub const A_LSB: u32 = 3;
pub const B_LSB: u32 = 6;
pub const C_LSB: u32 = 10;
pub const SHIFT_LSB: u32 = 14;
pub const ROUND_LSB: u32 = 18;
pub const PRED_LSB: u32 = 20;
pub const RESULT_LSB: u32 = 22;
pub const PLANE_LSB: u32 = 24;
pub const TO_Y_BIT: u32 = 27;
pub const TO_O_BIT: u32 = 28;
pub const FLAG_LSB: u32 = 29;

/// Why a recipe is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RecipeError {
    #[error(
        "the recipe needs {0} slots, a pass executes at most 8: split the rule into two passes"
    )]
    TooManySlots(usize),
    #[error("the recipe has no slot: a pass executes 1 to 8")]
    Empty,
    #[error("slot {slot}: {what}")]
    Slot { slot: usize, what: String },
}

/// A recipe: constants and slots as they lie in SRAM.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// K0..K3.
    pub constants: [i16; 4],
    /// 1 to 8 slots.
    pub slots: Vec<Slot>,
}

impl Recipe {
    /// Checks the rules of the module text.
    ///
    /// # Errors
    /// The first slot that breaks one, and what to do.
    pub fn check(&self) -> Result<(), RecipeError> {
        if self.slots.is_empty() {
            return Err(RecipeError::Empty);
        }
        if self.slots.len() > MAX_SLOTS {
            return Err(RecipeError::TooManySlots(self.slots.len()));
        }
        for (i, s) in self.slots.iter().enumerate() {
            let fail = |what: String| Err(RecipeError::Slot { slot: i, what });
            let too_high = |n: u8, max: u8| n > max;
            if matches!(s.a, A::P(n) if too_high(n, 3))
                || matches!(s.c, C::P(n) | C::S(n) | C::K(n) if too_high(n, 3))
            {
                return fail("there are four planes, scalars and constants (0 to 3)".into());
            }
            if matches!(s.b, B::S(n) | B::K(n) if too_high(n, 3)) || s.plane.is_some_and(|n| n > 3)
            {
                return fail("there are four planes, scalars and constants (0 to 3)".into());
            }
            if matches!(s.a, A::R(n) if n > 2)
                || matches!(s.b, B::R(n) if n > 2)
                || matches!(s.c, C::R(n) if n > 2)
                || s.result.is_some_and(|n| n > 2)
            {
                return fail("there are three results (0 to 2): deliver to a plane or order the rule so that fewer live at a time".into());
            }
            if s.shift > 15 {
                return fail(format!(
                    "shift {} does not exist, 0 to 15 do: scale an operand",
                    s.shift
                ));
            }
            if s.op != Op::Mac && i % 2 == 0 {
                return fail(format!(
                    "{:?} runs in odd slots only: put a slot that does not depend on it before it",
                    s.op
                ));
            }
            if i % 2 == 1 {
                let e = &self.slots[i - 1];
                let reads = |r: Option<u8>, p: Option<u8>| {
                    r.is_some_and(|r| {
                        s.a == A::R(r) || s.c == C::R(r) || (s.op == Op::Mac && s.b == B::R(r))
                    }) || p.is_some_and(|p| s.a == A::P(p) || s.c == C::P(p))
                };
                if reads(e.result, e.plane) || (e.writes_p() && s.reads_p()) {
                    return fail(format!(
                        "reads what slot {} writes, and both issue together: move it one slot down",
                        i - 1
                    ));
                }
                if (s.result.is_some() && s.result == e.result)
                    || (s.plane.is_some() && s.plane == e.plane)
                {
                    return fail(format!("writes the same place as slot {}", i - 1));
                }
            }
        }
        Ok(())
    }

    /// The recipe as 64-bit SRAM words: constants, then two slots a word.
    pub fn encode(&self) -> Vec<u64> {
        let k = self.constants.map(|c| u64::from(c as u16));
        let mut words = vec![k[0] | k[1] << 16 | k[2] << 32 | k[3] << 48];
        for pair in self.slots.chunks(2) {
            let low = u64::from(pair[0].encode());
            let high = pair.get(1).map_or(0, |s| u64::from(s.encode()));
            words.push(low | high << 32);
        }
        words
    }

    /// Reads a recipe of `slots` slots from SRAM words; `None` where a code means nothing or words are missing.
    pub fn decode(words: &[u64], slots: usize) -> Option<Recipe> {
        let k = *words.first()?;
        let constants = [
            k as i16,
            (k >> 16) as i16,
            (k >> 32) as i16,
            (k >> 48) as i16,
        ];
        let slots = (0..slots)
            .map(|i| Slot::decode((*words.get(1 + i / 2)? >> (32 * (i % 2))) as u32))
            .collect::<Option<Vec<_>>>()?;
        Some(Recipe { constants, slots })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nop_encodes_as_zero_and_every_field_round_trips() {
        assert_eq!(Slot::NOP.encode(), 0);
        let s = Slot {
            op: Op::NegIf,
            a: A::R(2),
            b: B::R(2),
            c: C::K(3),
            shift: 15,
            round: Round::Stochastic,
            pred: Pred::IfNotP,
            result: Some(2),
            plane: Some(3),
            to_y: true,
            to_o: true,
            flag: Flag::Negative,
        };
        assert_eq!(Slot::decode(s.encode()), Some(s));
        let r = Recipe {
            constants: [1, -2, 3, -4],
            slots: vec![Slot::NOP, s, Slot::NOP],
        };
        assert_eq!(Recipe::decode(&r.encode(), 3), Some(r));
    }

    #[test]
    fn rules_are_enforced_with_a_sentence() {
        let mut r = Recipe {
            constants: [0; 4],
            slots: vec![Slot::NOP; 9],
        };
        assert_eq!(
            r.check().unwrap_err().to_string(),
            "the recipe needs 9 slots, a pass executes at most 8: split the rule into two passes"
        );
        r.slots.truncate(2);
        r.slots[0].result = Some(0);
        r.slots[1].a = A::R(0);
        assert_eq!(
            r.check().unwrap_err().to_string(),
            "slot 1: reads what slot 0 writes, and both issue together: move it one slot down"
        );
        r.slots[1].a = A::X;
        r.slots[0].op = Op::Max;
        assert_eq!(
            r.check().unwrap_err().to_string(),
            "slot 0: Max runs in odd slots only: put a slot that does not depend on it before it"
        );
    }
}
