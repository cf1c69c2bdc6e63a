//! Breaks emitted Verilog on purpose: many small mutants in one text, each behind a value of the added input
//! `mutant_select`, so that one Verilator build measures how much the comparison of model and RTL sees.
//!
//! Mutant 0 is the unbroken design. A mutant changes one operator, one constant or one condition of one statement of
//! one module (of every instance of that module).

use std::fmt;

/// One break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// Value of `mutant_select` that switches it on, from 1.
    pub select: u16,
    pub module: String,
    /// Line of the unbroken text, from 1.
    pub line: usize,
    pub original: String,
    pub mutated: String,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "mutant {} in {} line {}: `{}` became `{}`",
            self.select, self.module, self.line, self.original, self.mutated
        )
    }
}

/// A text with mutants compiled in.
#[derive(Debug, Clone)]
pub struct Mutated {
    pub verilog: String,
    pub mutants: Vec<Mutant>,
}

/// Which modules to break and how often.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// Accepts the names of the modules that belong to the block.
    pub module: fn(&str) -> bool,
    pub block: &'a str,
    pub count: usize,
}

/// Why no mutants could be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MutateError {
    #[error("module `{0}` is not in the text: pass the name of its top module")]
    NoTop(String),
    #[error(
        "block {block}: {wanted} breaks were asked for, its modules have {found} places to break"
    )]
    TooFew {
        block: String,
        wanted: usize,
        found: usize,
    },
}

/// A statement that can be broken.
struct Place {
    module: String,
    line: usize,
    original: String,
    mutated: Vec<String>,
}

/// Compiles mutants of the `targets` into `verilog`, whose top module is `top`. The same seed gives the same mutants.
///
/// # Errors
/// [`MutateError::NoTop`], [`MutateError::TooFew`].
pub fn mutate(
    verilog: &str,
    top: &str,
    targets: &[Target<'_>],
    seed: u64,
) -> Result<Mutated, MutateError> {
    let places = places(verilog);
    let mut random = seed;
    let mut mutants: Vec<Mutant> = Vec::new();
    for target in targets {
        let mut own: Vec<&Place> = places
            .iter()
            .filter(|p| (target.module)(&p.module))
            .collect();
        if own.len() < target.count {
            return Err(MutateError::TooFew {
                block: target.block.into(),
                wanted: target.count,
                found: own.len(),
            });
        }
        for _ in 0..target.count {
            let place = own.swap_remove(next(&mut random) as usize % own.len());
            let which = next(&mut random) as usize % place.mutated.len();
            mutants.push(Mutant {
                select: mutants.len() as u16 + 1,
                module: place.module.clone(),
                line: place.line,
                original: place.original.clone(),
                mutated: place.mutated[which].clone(),
            });
        }
    }
    let header = format!("module {top}(");
    if !verilog.lines().any(|l| l.starts_with(&header)) {
        return Err(MutateError::NoTop(top.into()));
    }
    let mut out = String::with_capacity(verilog.len() + 256 * mutants.len());
    let mut in_top = false;
    for (i, text) in verilog.lines().enumerate() {
        if text.starts_with(&header) {
            out += &text.replacen(&header, &format!("module {top}(mutant_select,"), 1);
            out += "\n    input wire [15:0] mutant_select;\n";
            in_top = true;
            continue;
        }
        in_top &= !text.starts_with("endmodule");
        match mutants.iter().find(|m| m.line == i + 1) {
            Some(m) => {
                let path = if in_top {
                    "mutant_select".into()
                } else {
                    format!("{top}.mutant_select")
                };
                out += &selected(m, &path);
            }
            None => out += text,
        }
        out.push('\n');
    }
    Ok(Mutated {
        verilog: out,
        mutants,
    })
}

/// The statement with both forms behind the selector.
fn selected(m: &Mutant, select: &str) -> String {
    let chosen = format!("{select} == 16'd{}", m.select);
    match (condition(&m.original), condition(&m.mutated)) {
        (Some((head, old, tail)), Some((_, new, _))) => {
            format!("{head}(({chosen}) ? ({new}) : ({old})){tail}")
        }
        _ => format!(
            "if ({chosen}) begin {} end else begin {} end",
            m.mutated, m.original
        ),
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
    fn each_mutant_changes_one_statement_and_stands_beside_the_original() {
        let target = Target {
            module: |m| m == "top",
            block: "top",
            count: 3,
        };
        let m = mutate(TEXT, "top", &[target], 1).unwrap();
        assert_eq!(m.mutants.len(), 3);
        assert!(m.verilog.contains("module top(mutant_select,clock,a,q);"));
        for one in &m.mutants {
            assert_ne!(one.original, one.mutated);
            assert!(
                m.verilog
                    .contains(&format!("mutant_select == 16'd{}", one.select)),
                "{}",
                m.verilog
            );
        }
        assert!(
            m.verilog.contains("else begin q = a + 32'h1; end"),
            "{}",
            m.verilog
        );
    }

    #[test]
    fn too_few_places_and_a_wrong_top_are_refused() {
        let target = |count| Target {
            module: |m| m == "top",
            block: "top",
            count,
        };
        assert_eq!(
            mutate(TEXT, "top", &[target(4)], 1)
                .unwrap_err()
                .to_string(),
            "block top: 4 breaks were asked for, its modules have 3 places to break"
        );
        assert!(matches!(
            mutate(TEXT, "pe", &[], 1),
            Err(MutateError::NoTop(_))
        ));
    }
}
