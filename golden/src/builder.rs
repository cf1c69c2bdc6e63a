//! Building recipes that read like the rule they compute, and checking passes before they run.
//!
//! ```
//! use synfire_format::recipe::Flag;
//! use synfire_golden::builder::Rule;
//!
//! let mut rule = Rule::new();
//! let (w, x, delta) = (rule.plane("w", 0), rule.x("x"), rule.scalar("delta", 0));
//! let eta = rule.constant("-eta", -3);
//! let t = rule.mac(x, delta, 6).nearest().named("t");
//! rule.mac(w, delta, 10).nearest().into_y();
//! rule.mac(t, eta, 15).stochastic().plus(w).into_plane(w).flag(Flag::NotPositive);
//! let built = rule.build()?;
//! assert_eq!(
//!     built.to_string(),
//!     "K0 = -eta = -3\n\
//!      0: t = sat16(nearest(x * delta >> 6))\n\
//!      1: Y += nearest(w * delta >> 10)\n\
//!      2: w = sat16(w + stochastic(t * -eta >> 15)); flag if the value is <= 0\n"
//! );
//! # Ok::<(), synfire_golden::builder::BuildError>(())
//! ```
//!
//! Statements mean what they say in the order they are written; the builder places them in slots so that the rules of
//! [`synfire_format::recipe`] hold, reordering independent ones and filling with slots that do nothing.

mod check;
mod print;
mod schedule;

use synfire_format::recipe::{Flag, Op, Pred, Recipe, RecipeError, Round};
use thiserror::Error;

pub use self::check::{Facts, PassError, check_pass};
pub use self::print::Built;

/// Something a statement can read. Comes from a [`Rule`] and belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Zero,
    X,
    /// Plane 0..=3.
    Plane(u8),
    /// Row scalar 0..=3.
    Scalar(u8),
    /// Constant 0..=3.
    Constant(u8),
    /// What the statement of this number delivered.
    Result(usize),
}

/// A comparison's outcome, which predicates and selections read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition(usize);

impl Condition {
    /// 1 where the comparison holds, else 0, as an operand.
    pub fn value(self) -> Value {
        Value::Result(self.0)
    }
}

/// Why a rule cannot be built.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BuildError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("statement {statement}: {what}")]
    Statement { statement: usize, what: String },
    #[error(
        "the rule has {0} constants, a recipe has 4: pass the others as row scalars or fold them into shifts"
    )]
    Constants(usize),
}

/// One statement, before it has a slot.
#[derive(Debug, Clone)]
struct Statement {
    op: Op,
    a: Value,
    b: Value,
    c: Value,
    shift: u8,
    round: Round,
    pred: Pred,
    /// The comparison that `pred` or `Sel` reads.
    condition: Option<usize>,
    name: String,
    plane: Option<u8>,
    to_y: bool,
    to_o: bool,
    flag: Flag,
}

/// A learning or neuron rule under construction.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    statements: Vec<Statement>,
    constants: Vec<(String, i16)>,
    planes: [Option<String>; 4],
    scalars: [Option<String>; 4],
    x: Option<String>,
}

impl Rule {
    /// A rule without statements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Plane `number` under this name.
    pub fn plane(&mut self, name: &str, number: u8) -> Value {
        if let Some(p) = self.planes.get_mut(usize::from(number)) {
            *p = Some(name.into());
        }
        Value::Plane(number)
    }

    /// Row scalar `number` under this name.
    pub fn scalar(&mut self, name: &str, number: u8) -> Value {
        if let Some(s) = self.scalars.get_mut(usize::from(number)) {
            *s = Some(name.into());
        }
        Value::Scalar(number)
    }

    /// The gathered or accumulated input under this name.
    pub fn x(&mut self, name: &str) -> Value {
        self.x = Some(name.into());
        Value::X
    }

    /// The next constant, with this value.
    pub fn constant(&mut self, name: &str, value: i16) -> Value {
        self.constants.push((name.into(), value));
        Value::Constant((self.constants.len() - 1).min(255) as u8)
    }

    /// `(a * b) >> shift`, floored, plus 0; the factors may stand in either order.
    pub fn mac(&mut self, a: Value, b: Value, shift: u8) -> Term<'_> {
        let term = self.push(Op::Mac, a, Value::Zero);
        term.rule.statements[term.at].b = b;
        term.rule.statements[term.at].shift = shift;
        term
    }

    /// The smaller of the two.
    pub fn min(&mut self, a: Value, c: Value) -> Term<'_> {
        self.push(Op::Min, a, c)
    }

    /// The larger of the two.
    pub fn max(&mut self, a: Value, c: Value) -> Term<'_> {
        self.push(Op::Max, a, c)
    }

    /// Whether `a >= c`.
    pub fn ge(&mut self, a: Value, c: Value) -> Condition {
        Condition(self.push(Op::Ge, a, c).at)
    }

    /// Whether `a == c`.
    pub fn eq(&mut self, a: Value, c: Value) -> Condition {
        Condition(self.push(Op::Eq, a, c).at)
    }

    /// `a` where the condition holds, else `c`.
    pub fn select(&mut self, condition: Condition, a: Value, c: Value) -> Term<'_> {
        let term = self.push(Op::Sel, a, c);
        term.rule.statements[term.at].condition = Some(condition.0);
        term
    }

    /// `-c` where a < 0, else `c`.
    pub fn negate_if_negative(&mut self, a: Value, c: Value) -> Term<'_> {
        self.push(Op::NegIf, a, c)
    }

    fn push(&mut self, op: Op, a: Value, c: Value) -> Term<'_> {
        let at = self.statements.len();
        self.statements.push(Statement {
            op,
            a,
            b: Value::Scalar(0),
            c,
            shift: 0,
            round: Round::Floor,
            pred: Pred::Always,
            condition: None,
            name: format!("t{at}"),
            plane: None,
            to_y: false,
            to_o: false,
            flag: Flag::None,
        });
        Term { rule: self, at }
    }

    /// Places the statements in slots.
    ///
    /// # Errors
    /// A sentence naming the statement (from 0, in the order written) that no slot can hold, or what there is too
    /// much of.
    pub fn build(&self) -> Result<Built, BuildError> {
        if self.constants.len() > 4 {
            return Err(BuildError::Constants(self.constants.len()));
        }
        let placed = schedule::place(&self.legal()?)?;
        let mut recipe = Recipe::default();
        for (k, (_, value)) in recipe.constants.iter_mut().zip(&self.constants) {
            *k = *value;
        }
        recipe.slots = placed.slots;
        recipe.check()?;
        Ok(Built::new(recipe, self, &placed.names))
    }

    /// The statements with operands that slots can read: factors swapped, planes copied, else refused.
    fn legal(&self) -> Result<Vec<Statement>, BuildError> {
        let mut out: Vec<Statement> = Vec::new();
        let mut moved = Vec::new();
        for (statement, s) in self.statements.iter().enumerate() {
            let fail = |what: String| Err(BuildError::Statement { statement, what });
            let mut s = s.clone();
            for v in [&mut s.a, &mut s.b, &mut s.c] {
                if let Value::Result(r) = v {
                    match moved.get(*r) {
                        Some(&now) => *r = now,
                        None => {
                            return fail(
                                "reads a statement that comes later or belongs to another rule"
                                    .into(),
                            );
                        }
                    }
                }
            }
            if let Some(c) = s.condition {
                let last = out
                    .iter()
                    .rposition(|e: &Statement| matches!(e.op, Op::Ge | Op::Eq));
                if moved.get(c).copied() != last || last.is_none() {
                    return fail(
                        "its condition is not the last comparison before it, and there is one predicate bit: compare again or move it up"
                            .into(),
                    );
                }
                s.condition = last;
            }
            if s.op == Op::Mac {
                if !(is_a(s.a) && is_b(s.b)) && is_a(s.b) && is_b(s.a) {
                    std::mem::swap(&mut s.a, &mut s.b);
                }
                if let (true, Value::Plane(p)) = (is_a(s.a), s.b) {
                    // A plane is no second factor: max(p, p) copies it to a result, which is one.
                    let mut copy = s.clone();
                    (copy.op, copy.a, copy.c) = (Op::Max, s.b, s.b);
                    (copy.pred, copy.condition, copy.plane) = (Pred::Always, None, None);
                    (copy.to_y, copy.to_o, copy.flag) = (false, false, Flag::None);
                    copy.name = self.planes[usize::from(p & 3)]
                        .clone()
                        .unwrap_or(format!("P{p}"));
                    s.b = Value::Result(out.len());
                    out.push(copy);
                }
                if !is_a(s.a) || !is_b(s.b) {
                    return fail(
                        "one factor must be a plane, X or an earlier result, and the other a scalar, a constant, X or an earlier result: multiply scalars and constants before the pass"
                            .into(),
                    );
                }
            } else {
                if matches!(s.op, Op::Min | Op::Max) && !is_a(s.a) {
                    std::mem::swap(&mut s.a, &mut s.c);
                }
                if !is_a(s.a) {
                    return fail(format!(
                        "{:?} takes a plane, X or an earlier result first: exchange the operands and the comparison's sense",
                        s.op
                    ));
                }
            }
            if s.c == Value::X {
                return fail("X cannot be an addend or comparand: make it the first operand, or multiply it by a constant 1 first".into());
            }
            moved.push(out.len());
            out.push(s);
        }
        Ok(out)
    }
}

fn is_a(v: Value) -> bool {
    matches!(v, Value::Plane(_) | Value::X | Value::Result(_))
}

fn is_b(v: Value) -> bool {
    matches!(
        v,
        Value::Scalar(_) | Value::Constant(_) | Value::X | Value::Result(_)
    )
}

/// The statement just written: what else it does, and its value.
pub struct Term<'a> {
    rule: &'a mut Rule,
    at: usize,
}

impl Term<'_> {
    fn set(self, change: impl FnOnce(&mut Statement)) -> Self {
        change(&mut self.rule.statements[self.at]);
        self
    }

    /// Rounds the product to nearest, halves up.
    pub fn nearest(self) -> Self {
        self.set(|s| s.round = Round::Nearest)
    }

    /// Rounds the product by the entry's draw.
    pub fn stochastic(self) -> Self {
        self.set(|s| s.round = Round::Stochastic)
    }

    /// Rounds the product so.
    pub fn round(self, round: Round) -> Self {
        self.set(|s| s.round = round)
    }

    /// Adds `c`, at the result's scale, to the product.
    pub fn plus(self, c: Value) -> Self {
        self.set(|s| s.c = c)
    }

    /// The product counts only where the condition holds; elsewhere the value is the addend alone.
    pub fn when(self, condition: Condition) -> Self {
        self.set(|s| (s.pred, s.condition) = (Pred::IfP, Some(condition.0)))
    }

    /// The product counts only where the condition does not hold.
    pub fn unless(self, condition: Condition) -> Self {
        self.set(|s| (s.pred, s.condition) = (Pred::IfNotP, Some(condition.0)))
    }

    /// Saturates the value into a plane. `plane` comes from [`Rule::plane`]; other values are refused by `build`.
    pub fn into_plane(self, plane: Value) -> Self {
        self.set(|s| {
            s.plane = Some(if let Value::Plane(p) = plane {
                p
            } else {
                u8::MAX
            });
        })
    }

    /// Adds the exact value to Y.
    pub fn into_y(self) -> Self {
        self.set(|s| s.to_y = true)
    }

    /// Adds the exact value to O.
    pub fn into_o(self) -> Self {
        self.set(|s| s.to_o = true)
    }

    /// Flags the entry by this condition on the exact value.
    pub fn flag(self, flag: Flag) -> Self {
        self.set(|s| s.flag = flag)
    }

    /// The value, saturated to 16 bits, for later statements; `name` is printed.
    pub fn named(self, name: &str) -> Value {
        self.rule.statements[self.at].name = name.into();
        Value::Result(self.at)
    }

    /// The value, saturated to 16 bits, for later statements.
    pub fn value(self) -> Value {
        Value::Result(self.at)
    }
}
