//! Puts statements into slots: shortest first, program order where it makes no difference.

use synfire_format::recipe::{A, B, C, Flag, MAX_SLOTS, Op, Pred, RecipeError, Slot};

use super::{BuildError, Statement, Value};

/// Slots that a schedule is sought for, to say how many a rule needs.
const LONGEST: usize = 2 * MAX_SLOTS;

/// A slot that does nothing. `Slot::NOP` reads P0, which the slot it issues with may write.
const IDLE: Slot = Slot {
    a: A::X,
    ..Slot::NOP
};

/// Slots and, for each, the statement's name.
pub(super) struct Placed {
    pub slots: Vec<Slot>,
    pub names: Vec<Option<String>>,
}

/// The shortest legal order.
pub(super) fn place(statements: &[Statement]) -> Result<Placed, BuildError> {
    if statements.is_empty() {
        return Err(RecipeError::Empty.into());
    }
    if statements.len() > MAX_SLOTS {
        return Err(RecipeError::TooManySlots(statements.len()).into());
    }
    let mut search = Search {
        statements,
        order: Vec::new(),
        crowded: None,
    };
    for length in statements.len()..=LONGEST {
        search.order.clear();
        if let Some(registers) = search.fill(length) {
            if length > MAX_SLOTS {
                return Err(RecipeError::TooManySlots(length).into());
            }
            return Ok(search.emit(&registers));
        }
        if length == MAX_SLOTS && search.crowded.is_some() {
            break;
        }
    }
    Err(RecipeError::Slot {
        slot: search.crowded.unwrap_or(0),
        what: "there are three results (0 to 2): deliver to a plane or order the rule so that fewer live at a time".into(),
    }
    .into())
}

struct Search<'a> {
    statements: &'a [Statement],
    /// Statement in each slot so far, `None` for one that does nothing.
    order: Vec<Option<usize>>,
    /// A slot at which an otherwise legal order needed a fourth result.
    crowded: Option<usize>,
}

impl Search<'_> {
    /// Fills slots up to `length`; the result register of each statement, or `None` if there is no such order.
    fn fill(&mut self, length: usize) -> Option<Vec<Option<u8>>> {
        let at = self.order.len();
        let placed = self.order.iter().flatten().count();
        if placed == self.statements.len() {
            return if at == length { self.registers() } else { None };
        }
        if length - at < self.statements.len() - placed {
            return None;
        }
        for i in 0..self.statements.len() {
            if self.fits(i, at) {
                self.order.push(Some(i));
                let found = self.fill(length);
                if found.is_some() {
                    return found;
                }
                self.order.pop();
            }
        }
        if length - at > self.statements.len() - placed {
            self.order.push(None);
            let found = self.fill(length);
            if found.is_some() {
                return found;
            }
            self.order.pop();
        }
        None
    }

    /// True if statement `i` may run in slot `at`.
    fn fits(&self, i: usize, at: usize) -> bool {
        let s = &self.statements[i];
        if self.order.contains(&Some(i)) || s.op != Op::Mac && at.is_multiple_of(2) {
            return false;
        }
        (0..i).all(|e| {
            let earlier = &self.statements[e];
            let strict = needs(s, e, earlier) || s.plane.is_some() && s.plane == earlier.plane;
            let order = strict || after(s, earlier);
            match self.order.iter().position(|&o| o == Some(e)) {
                // Both slots of a pair issue together.
                Some(slot) => !strict || slot / 2 < at / 2,
                None => !order,
            }
        })
    }

    /// Gives every result that is read one of three registers, or notes where there are too few.
    fn registers(&mut self) -> Option<Vec<Option<u8>>> {
        let mut registers = vec![None; self.statements.len()];
        let mut free_from = [0; 3];
        for (at, placed) in self.order.iter().enumerate() {
            let Some(i) = *placed else { continue };
            let reads = |o: &Option<usize>| {
                o.is_some_and(|r| operands(&self.statements[r]).contains(&Value::Result(i)))
            };
            let Some(last) = self.order.iter().rposition(reads) else {
                continue;
            };
            // A register may be written in the slot that reads it last, and in either slot of its pair.
            let Some(r) = free_from.iter().position(|&f| f <= at) else {
                self.crowded = Some(at);
                return None;
            };
            free_from[r] = last;
            registers[i] = Some(r as u8);
        }
        Some(registers)
    }

    fn emit(&self, registers: &[Option<u8>]) -> Placed {
        let register = |r: usize| registers[r].unwrap_or(0);
        let slots = self.order.iter().map(|o| {
            let Some(i) = *o else { return IDLE };
            let s = &self.statements[i];
            Slot {
                op: s.op,
                a: match s.a {
                    Value::Plane(n) => A::P(n),
                    Value::Result(r) => A::R(register(r)),
                    _ => A::X,
                },
                b: match s.b {
                    Value::Scalar(n) => B::S(n),
                    Value::Constant(n) => B::K(n),
                    Value::Result(r) => B::R(register(r)),
                    _ => B::X,
                },
                c: match s.c {
                    Value::Plane(n) => C::P(n),
                    Value::Scalar(n) => C::S(n),
                    Value::Constant(n) => C::K(n),
                    Value::Result(r) => C::R(register(r)),
                    _ => C::Zero,
                },
                shift: s.shift,
                round: s.round,
                pred: s.pred,
                result: registers[i],
                plane: s.plane,
                to_y: s.to_y,
                to_o: s.to_o,
                flag: s.flag,
            }
        });
        Placed {
            slots: slots.collect(),
            names: self
                .order
                .iter()
                .map(|o| o.map(|i| self.statements[i].name.clone()))
                .collect(),
        }
    }
}

/// What a statement reads. Only `Mac` reads B.
fn operands(s: &Statement) -> [Value; 3] {
    let b = if s.op == Op::Mac { s.b } else { Value::Zero };
    [s.a, b, s.c]
}

/// True if `s` reads what statement `e` writes, so that it must issue later.
fn needs(s: &Statement, e: usize, earlier: &Statement) -> bool {
    operands(s)
        .iter()
        .any(|&v| v == Value::Result(e) || earlier.plane.is_some_and(|p| v == Value::Plane(p)))
        || s.condition == Some(e)
}

/// True if `s` must come after `earlier` though it may issue with it: it writes what that one reads, or the last counts.
fn after(s: &Statement, earlier: &Statement) -> bool {
    let compares = |s: &Statement| matches!(s.op, Op::Ge | Op::Eq);
    let reads_p = |s: &Statement| s.op == Op::Sel || s.op == Op::Mac && s.pred != Pred::Always;
    s.plane
        .is_some_and(|p| operands(earlier).contains(&Value::Plane(p)))
        || compares(s) && (reads_p(earlier) || compares(earlier))
        || s.to_y && earlier.to_y
        || s.to_o && earlier.to_o
        || s.flag != Flag::None && earlier.flag != Flag::None
}

#[cfg(test)]
mod tests {
    use synfire_format::recipe::{Recipe, Round};

    use super::*;
    use crate::recipe::{Entry, run_recipe};
    use crate::scenario::Rng;

    /// Statement number `at`, reading what may be read there.
    fn random_statement(rng: &mut Rng, before: &[Statement]) -> Statement {
        let result = |rng: &mut Rng| match before.len() {
            0 => Value::X,
            n => Value::Result(rng.below(n as u32) as usize),
        };
        let first = |rng: &mut Rng| match rng.below(4) {
            0 => Value::X,
            1 => result(rng),
            _ => Value::Plane(rng.below(3) as u8),
        };
        let condition = before.iter().rposition(|s| matches!(s.op, Op::Ge | Op::Eq));
        let mut ops = vec![Op::Mac, Op::Mac, Op::Mac, Op::Max, Op::Ge, Op::NegIf];
        ops.extend(condition.map(|_| Op::Sel));
        let op = rng.pick(&ops);
        let pred = match (op, condition) {
            (Op::Mac, Some(_)) => rng.pick(&[Pred::Always, Pred::IfP, Pred::IfNotP]),
            _ => Pred::Always,
        };
        Statement {
            op,
            a: first(rng),
            b: match rng.below(2) {
                0 => Value::Scalar(0),
                _ => result(rng),
            },
            c: match rng.below(3) {
                0 => Value::Constant(0),
                1 => Value::Plane(rng.below(3) as u8),
                _ if before.is_empty() => Value::Zero,
                _ => result(rng),
            },
            shift: rng.below(12) as u8,
            round: Round::Nearest,
            pred,
            condition: condition.filter(|_| op == Op::Sel || pred != Pred::Always),
            name: String::new(),
            plane: rng.one_in(2).then(|| rng.below(3) as u8),
            to_y: rng.one_in(3),
            to_o: rng.one_in(3),
            flag: rng.pick(&[Flag::None, Flag::Negative]),
        }
    }

    #[test]
    fn a_scheduled_rule_computes_what_its_statements_say_in_order() {
        let (mut legal, mut moved) = (0, 0);
        for seed in 0..3000 {
            let rng = &mut Rng::new(seed);
            let mut statements = Vec::new();
            for _ in 0..1 + rng.below(5) {
                statements.push(random_statement(rng, &statements));
            }
            // The statements one after the other: not a legal recipe, but the reference runs slots in order.
            let mut plain = Search {
                statements: &statements,
                order: (0..statements.len()).map(Some).collect(),
                crowded: None,
            };
            let (Some(registers), Ok(placed)) = (plain.registers(), place(&statements)) else {
                continue;
            };
            let recipe = |slots: Vec<Slot>| Recipe {
                constants: [100, 0, 0, 0],
                slots,
            };
            let (said, built) = (
                recipe(plain.emit(&registers).slots),
                recipe(placed.slots.clone()),
            );
            assert_eq!(built.check(), Ok(()), "seed {seed}: {statements:?}");
            legal += 1;
            moved += u32::from(said.slots != built.slots);
            for _ in 0..8 {
                let start = Entry {
                    planes: std::array::from_fn(|_| rng.half()),
                    x: rng.half(),
                    scalars: [rng.half(), 0, 0, 0],
                    ..Entry::default()
                };
                let (mut a, mut b) = (start, start);
                assert_eq!(
                    run_recipe(&said, &mut a),
                    run_recipe(&built, &mut b),
                    "seed {seed}: {statements:?} as {built:?}"
                );
                assert_eq!(
                    a.planes, b.planes,
                    "seed {seed}: {statements:?} as {built:?}"
                );
            }
        }
        assert!(legal > 1500 && moved > 1000, "{legal} legal, {moved} moved");
    }
}
