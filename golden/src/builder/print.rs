//! Recipes as equations.

use std::fmt;

use synfire_format::recipe::{A, B, C, Flag, Op, Pred, Recipe, Round, Slot};

use super::Rule;

/// A recipe with the names of its rule; prints one equation a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// What goes into SRAM.
    pub recipe: Recipe,
    constants: [Option<String>; 4],
    planes: [Option<String>; 4],
    scalars: [Option<String>; 4],
    x: Option<String>,
    slots: Vec<Option<String>>,
}

impl Built {
    pub(super) fn new(recipe: Recipe, rule: &Rule, names: &[Option<String>]) -> Self {
        Self {
            recipe,
            constants: std::array::from_fn(|k| rule.constants.get(k).map(|c| c.0.clone())),
            planes: rule.planes.clone(),
            scalars: rule.scalars.clone(),
            x: rule.x.clone(),
            slots: names.to_vec(),
        }
    }

    /// A recipe from elsewhere, printed with the names of the format (P0, S1, K2, R0).
    pub fn plain(recipe: Recipe) -> Self {
        Self {
            slots: vec![None; recipe.slots.len()],
            recipe,
            constants: Default::default(),
            planes: Default::default(),
            scalars: Default::default(),
            x: None,
        }
    }

    fn plane(&self, n: u8) -> String {
        name(&self.planes, "P", n)
    }

    /// Result `r` as slot `at` sees it: the name of the last slot that wrote it.
    fn result(&self, r: u8, at: usize) -> String {
        let writer = self.recipe.slots[..at]
            .iter()
            .rposition(|s| s.result == Some(r));
        writer
            .and_then(|w| self.slots[w].clone())
            .unwrap_or_else(|| format!("R{r}"))
    }

    fn equation(&self, at: usize, s: &Slot) -> String {
        let a = match s.a {
            A::P(n) => self.plane(n),
            A::X => self.x.clone().unwrap_or("X".into()),
            A::R(n) => self.result(n, at),
        };
        let b = match s.b {
            B::S(n) => name(&self.scalars, "S", n),
            B::K(n) => name(&self.constants, "K", n),
            B::X => self.x.clone().unwrap_or("X".into()),
            B::R(n) => self.result(n, at),
        };
        let c = match s.c {
            C::Zero => "0".into(),
            C::R(n) => self.result(n, at),
            C::P(n) => self.plane(n),
            C::S(n) => name(&self.scalars, "S", n),
            C::K(n) => name(&self.constants, "K", n),
        };
        let value = match s.op {
            Op::Mac => {
                let mut product = format!("{a} * {b}");
                if s.shift > 0 {
                    let round = match s.round {
                        Round::Floor => "floor",
                        Round::Nearest => "nearest",
                        Round::Stochastic => "stochastic",
                    };
                    product = format!("{round}({product} >> {})", s.shift);
                }
                let product = match s.pred {
                    Pred::Always => product,
                    Pred::IfP => format!("[{product} if P]"),
                    Pred::IfNotP => format!("[{product} if not P]"),
                };
                if s.c == C::Zero {
                    product
                } else {
                    format!("{c} + {product}")
                }
            }
            Op::Min => format!("min({a}, {c})"),
            Op::Max => format!("max({a}, {c})"),
            Op::Ge => format!("P = ({a} >= {c})"),
            Op::Eq => format!("P = ({a} == {c})"),
            Op::Sel => format!("({a} if P, else {c})"),
            Op::NegIf => format!("({c}, negated if {a} < 0)"),
        };
        let result = s
            .result
            .map(|r| self.slots[at].clone().unwrap_or(format!("R{r}")));
        let places: Vec<_> = result
            .into_iter()
            .chain(s.plane.map(|p| self.plane(p)))
            .collect();
        let mut text = match (s.to_y, s.to_o) {
            (true, true) => format!("Y, O += {value}"),
            (true, false) => format!("Y += {value}"),
            (false, true) => format!("O += {value}"),
            (false, false) if places.is_empty() => value.clone(),
            (false, false) => String::new(),
        };
        if !places.is_empty() {
            if !text.is_empty() {
                text += "; ";
            }
            text += &format!("{} = sat16({value})", places.join(" = "));
        }
        text + match s.flag {
            Flag::None => "",
            Flag::NotPositive => "; flag if the value is <= 0",
            Flag::NonZero => "; flag if the value is not 0",
            Flag::Negative => "; flag if the value is < 0",
        }
    }
}

/// True if nothing can see what the slot computes.
fn idle(s: &Slot) -> bool {
    s.op == Op::Mac && (s.result, s.plane, s.flag) == (None, None, Flag::None) && !s.to_y && !s.to_o
}

fn name(names: &[Option<String>; 4], kind: &str, n: u8) -> String {
    let given = names.get(usize::from(n)).and_then(Option::as_ref);
    given.cloned().unwrap_or_else(|| format!("{kind}{n}"))
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, value) in self.recipe.constants.iter().enumerate() {
            match &self.constants[k] {
                Some(name) => writeln!(f, "K{k} = {name} = {value}")?,
                None if *value != 0 => writeln!(f, "K{k} = {value}")?,
                None => {}
            }
        }
        for (at, slot) in self.recipe.slots.iter().enumerate() {
            if idle(slot) {
                writeln!(f, "{at}: nothing")?;
            } else {
                writeln!(f, "{at}: {}", self.equation(at, slot))?;
            }
        }
        Ok(())
    }
}
