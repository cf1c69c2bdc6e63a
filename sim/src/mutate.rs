//! Breaks emitted Verilog on purpose: many small mutants in one text, each behind a value of the added input
//! `mutant_select`, so that one Verilator build measures how much the comparison of model and RTL sees.
//!
//! A break changes one operator, one constant or one condition of one statement of one module (of every instance of
//! that module). Statements are named by their text, so a list of breaks holds until the generator changes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One break: a statement of a module, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    pub module: String,
    /// The line of the emitted text without its indentation; it occurs once in the module.
    pub statement: String,
    pub broken: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` instead of `{}` in module {}",
            self.broken, self.statement, self.module
        )
    }
}

/// Why breaks cannot be compiled in.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MutateError {
    #[error("module `{0}` is not in the text: pass the name of its top module")]
    NoTop(String),
    #[error(
        "the statement of the break {0} occurs {1} times in the emitted text, once is needed: the generator has changed, choose another statement"
    )]
    NotOnce(Break, usize),
}

/// A statement that can be broken.
struct Place {
    module: String,
    line: usize,
    original: String,
    mutated: Vec<String>,
}

/// Compiles `breaks` into `verilog`, whose top module is `top`: the value n of the added input `mutant_select` switches
/// on the break n - 1, 0 none.
///
/// # Errors
/// [`MutateError`]
pub fn apply(verilog: &str, top: &str, breaks: &[Break]) -> Result<String, MutateError> {
    let header = format!("module {top}(");
    if !verilog.lines().any(|l| l.starts_with(&header)) {
        return Err(MutateError::NoTop(top.into()));
    }
    let places = places(verilog);
    let mut by_line: BTreeMap<usize, Vec<u16>> = BTreeMap::new();
    for (select, b) in (1..).zip(breaks) {
        let found: Vec<usize> = places
            .iter()
            .filter(|p| p.module == b.module && p.original == b.statement)
            .map(|p| p.line)
            .collect();
        match found[..] {
            [line] => by_line.entry(line).or_default().push(select),
            _ => return Err(MutateError::NotOnce(b.clone(), found.len())),
        }
    }
    let mut out = String::with_capacity(verilog.len() + 256 * breaks.len());
    let mut in_top = false;
    for (i, text) in verilog.lines().enumerate() {
        if text.starts_with(&header) {
            out += &text.replacen(&header, &format!("module {top}(mutant_select,"), 1);
            out += "\n    input wire [15:0] mutant_select;\n";
            in_top = true;
            continue;
        }
        in_top &= !text.starts_with("endmodule");
        match by_line.get(&(i + 1)) {
            Some(selects) => {
                let path = if in_top {
                    "mutant_select".into()
                } else {
                    format!("{top}.mutant_select")
                };
                let statement = selects.iter().fold(text.trim().to_string(), |s, &n| {
                    selected(n, &s, &breaks[usize::from(n) - 1].broken, &path)
                });
                out += &statement;
            }
            None => out += text,
        }
        out.push('\n');
    }
    Ok(out)
}

/// `count` breaks of the modules that `module` accepts, each of another statement that occurs once in its module. The
/// same text and seed give the same breaks.
pub fn choose(verilog: &str, module: impl Fn(&str) -> bool, count: usize, seed: u64) -> Vec<Break> {
    let all = places(verilog);
    let mut own: Vec<&Place> = all
        .iter()
        .filter(|p| module(&p.module))
        .filter(|p| {
            let same = |o: &&Place| o.module == p.module && o.original == p.original;
            all.iter().filter(same).count() == 1
        })
        .collect();
    let mut random = seed;
    let mut breaks = Vec::new();
    while breaks.len() < count && !own.is_empty() {
        let place = own.swap_remove(next(&mut random) as usize % own.len());
        let which = next(&mut random) as usize % place.mutated.len();
        breaks.push(Break {
            module: place.module.clone(),
            statement: place.original.clone(),
            broken: place.mutated[which].clone(),
        });
    }
    breaks
}

/// The statement with both forms behind the selector.
fn selected(select: u16, original: &str, broken: &str, path: &str) -> String {
    let chosen = format!("{path} == 16'd{select}");
    match (condition(original), condition(broken)) {
        (Some((head, old, tail)), Some((_, new, _))) => {
            format!("{head}(({chosen}) ? ({new}) : ({old})){tail}")
        }
        _ => format!("if ({chosen}) begin {broken} end else begin {original} end"),
    }
}

/// Splits `if (c) begin` or `else if (c) begin` into head, c and tail.
fn condition(statement: &str) -> Option<(&str, &str, &str)> {
    let head = if statement.starts_with("if (") {
        3
    } else if statement.starts_with("else if (") {
        8
    } else {
        return None;
    };
    let tail = statement.rfind(") begin")?;
    Some((
        &statement[..head],
        &statement[head + 1..tail],
        &statement[tail + 1..],
    ))
}

/// Every statement inside an `always` block that some rule can break.
fn places(verilog: &str) -> Vec<Place> {
    let mut all = Vec::new();
    let (mut module, mut depth) = (String::new(), 0i32);
    for (i, line) in verilog.lines().enumerate() {
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("module ") {
            module = rest.split('(').next().unwrap_or(rest).trim().into();
            depth = 0;
            continue;
        }
        let opens = text.matches("begin").count() as i32;
        let closes = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| *w == "end" || *w == "endcase")
            .count() as i32
            - text
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| *w == "case")
                .count() as i32;
        let inside = depth > 0;
        if text.starts_with("always") && opens > 0 {
            depth = 1;
            continue;
        }
        if ["always", "assign", "initial"]
            .iter()
            .any(|w| text.starts_with(w))
        {
            depth = 0;
            continue;
        }
        depth += opens - closes;
        if !inside
            || text.contains('"')
            || text.contains("//")
            || text.contains('$') && text.contains("clock")
        {
            continue;
        }
        let assignment = text.ends_with(';') && text.contains(" = ") && !text.starts_with("for");
        let clocked = text.ends_with(';') && text.contains(" <= ") && !text.contains(" = ");
        if !(assignment || clocked || condition(text).is_some()) {
            continue;
        }
        let mutated = broken_forms(text);
        if !mutated.is_empty() {
            all.push(Place {
                module: module.clone(),
                line: i + 1,
                original: text.into(),
                mutated,
            });
        }
    }
    all
}

/// Texts that differ from `statement` by one break of its right-hand side or condition.
fn broken_forms(statement: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let (head, expression, tail) = if let Some((h, e, t)) = condition(statement) {
        forms.push(format!("{h}(!({e})){t}"));
        (format!("{h}("), e, format!("){t}"))
    } else {
        let at = statement
            .find(" = ")
            .map(|a| a + 3)
            .or_else(|| statement.find(" <= ").map(|a| a + 4));
        let Some(at) = at else { return forms };
        (
            statement[..at].to_string(),
            &statement[at..statement.len() - 1],
            ";".to_string(),
        )
    };
    let swaps = [
        (" + ", " - "),
        (" - ", " + "),
        (" & ", " | "),
        (" | ", " & "),
        (" ^ ", " | "),
        (" == ", " != "),
        (" != ", " == "),
        (" < ", " <= "),
        (" > ", " >= "),
        (" >= ", " > "),
        (" << ", " >> "),
        (" >> ", " << "),
    ];
    for (from, to) in swaps {
        for (at, _) in expression.match_indices(from) {
            let mut e = expression.to_string();
            e.replace_range(at..at + from.len(), to);
            forms.push(format!("{head}{e}{tail}"));
        }
    }
    for (at, _) in expression.match_indices("'h") {
        let digits: String = expression[at + 2..]
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .collect();
        if let Ok(value) = u128::from_str_radix(&digits, 16) {
            let mut e = expression.to_string();
            e.replace_range(at + 2..at + 2 + digits.len(), &format!("{:x}", value ^ 1));
            forms.push(format!("{head}{e}{tail}"));
        }
    }
    forms
}

/// One step of the splitmix64 generator: picks places, is not part of the machine.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "module top(clock,a,q);\n    input wire clock;\n    input wire [15:0] a;\n    output reg [15:0] q;\n    always @(*) begin\n        q = a + 32'h1;\n        if (a < 32'h5) begin\n            q = 32'h0;\n        end\n    end\nendmodule // top\n";

    #[test]
    fn each_break_changes_one_statement_and_stands_beside_the_original() {
        let breaks = choose(TEXT, |m| m == "top", 9, 1);
        assert_eq!(breaks.len(), 3, "{breaks:?}");
        let text = apply(TEXT, "top", &breaks).unwrap();
        assert!(text.contains("module top(mutant_select,clock,a,q);"));
        for (i, b) in breaks.iter().enumerate() {
            assert_ne!(b.statement, b.broken);
            let select = format!("mutant_select == 16'd{}", i + 1);
            assert!(text.contains(&select), "{text}");
        }
        assert!(text.contains("else begin q = a + 32'h1; end"), "{text}");
    }

    #[test]
    fn two_breaks_of_one_statement_have_a_value_each() {
        let b = |broken: &str| Break {
            module: "top".into(),
            statement: "q = a + 32'h1;".into(),
            broken: broken.into(),
        };
        let text = apply(TEXT, "top", &[b("q = a;"), b("q = a - 32'h1;")]).unwrap();
        assert!(text.contains(
            "if (mutant_select == 16'd2) begin q = a - 32'h1; end else begin if (mutant_select == 16'd1) begin q = a; end else begin q = a + 32'h1; end end"
        ), "{text}");
    }

    #[test]
    fn a_statement_that_is_not_there_and_a_wrong_top_are_refused() {
        let b = Break {
            module: "top".into(),
            statement: "q = a + 32'h2;".into(),
            broken: "q = a;".into(),
        };
        let fault = apply(TEXT, "top", std::slice::from_ref(&b)).unwrap_err();
        assert_eq!(fault, MutateError::NotOnce(b, 0));
        assert_eq!(apply(TEXT, "pe", &[]), Err(MutateError::NoTop("pe".into())));
    }
}
