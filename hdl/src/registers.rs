//! Registers in place: the generator writes a module per flip-flop and computes its next value beside it; here the
//! next value's block becomes the clocked block itself.
//!
//! `always @(*) begin x$d = x$q; if (e) x$d = a; end` and an instance of a flip-flop become
//! `always @(posedge clock) if (e) x$q <= a;`, which is the same register. It reads as one would write it, and Verilator
//! does nothing for a register that holds. Where something else reads `x$d`, that stays and only the instance goes.

use crate::emit::Module;
use std::collections::BTreeMap;

/// A flip-flop's module.
struct FlipFlop {
    initial: String,
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// How often `line` has the identifier `name`.
fn mentions(line: &str, name: &str) -> usize {
    line.match_indices(name)
        .filter(|(at, _)| {
            let before = line[..*at].chars().next_back();
            let after = line[at + name.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
        .count()
}

/// Reads a module's body as a flip-flop's.
fn flip_flop(body: &[String]) -> Option<FlipFlop> {
    if body.first()? != "(d,q,clock);" || !body.iter().any(|l| l.trim() == "q <= d;") {
        return None;
    }
    let initial = body.iter().find_map(|l| l.trim().strip_prefix("q = "))?;
    Some(FlipFlop {
        initial: initial.trim_end_matches(';').into(),
    })
}

/// An instance's connections, from its second line on.
fn connection<'a>(line: &'a str, port: &str) -> Option<&'a str> {
    let rest = line.trim().strip_prefix('.')?.strip_prefix(port)?;
    rest.strip_prefix('(')?.split(')').next()
}

/// What drives a signal.
enum Driver {
    /// `assign` or a one-line block at this line: the expression.
    Line(usize, String),
    /// A block from its `always` to its `end`.
    Block(usize, usize),
}

fn driver(body: &[String], d: &str) -> Option<Driver> {
    for (i, line) in body.iter().enumerate() {
        let text = line.trim();
        for start in ["assign ", "always @(*) "] {
            let rest = text.strip_prefix(start).and_then(|r| r.strip_prefix(d));
            if let Some(value) = rest.and_then(|r| r.strip_prefix(" = ")) {
                return Some(Driver::Line(i, value.into()));
            }
        }
        let first = body.get(i + 1).map(|l| l.trim());
        let ours = first.and_then(|l| l.strip_prefix(d));
        if text == "always @(*) begin" && ours.is_some_and(|l| l.starts_with(" = ")) {
            let end = (i..body.len()).find(|&j| body[j] == "    end")?;
            return Some(Driver::Block(i, end));
        }
    }
    None
}

/// The target of an assignment, if the line is one of `d` or of some of its bits: what follows the name.
fn assigned<'a>(line: &'a str, d: &str) -> Option<&'a str> {
    let rest = line.trim_start().strip_prefix(d)?;
    let after = match rest.strip_prefix('[') {
        Some(bits) => bits.split_once(']')?.1,
        None => rest,
    };
    after.starts_with(" = ").then_some(rest)
}

/// Puts one flip-flop, instanced at line `at`, into its parent. Lines are emptied, not removed.
fn fold_one(body: &mut [String], at: usize, kind: &FlipFlop) -> Option<()> {
    let part = |k: usize, port: &str| {
        let line = body.get(at + k)?;
        connection(line, port).map(String::from)
    };
    let (d, q, clock) = (part(1, "d")?, part(2, "q")?, part(3, "clock")?);
    let wired = format!("    assign {clock} = ");
    let clock_line = body.iter().position(|l| l.starts_with(&wired))?;
    let edge = body[clock_line][wired.len()..]
        .trim_end_matches(';')
        .to_string();
    let driver = driver(body, &d)?;

    let declared = |name: &str| {
        let last = format!(" {name};");
        body.iter().position(|l| {
            let t = l.trim_start();
            (t.starts_with("wire ") || t.starts_with("reg ")) && l.ends_with(&last)
        })
    };
    let (d_line, q_line, clock_decl) = (declared(&d)?, declared(&q)?, declared(&clock)?);
    let uses: usize = body.iter().map(|l| mentions(l, &d)).sum();
    // Its declaration and its instance mention it too.
    let alone = match &driver {
        Driver::Line(..) => uses == 3,
        Driver::Block(from, to) => {
            let block = &body[*from..=*to];
            let targets = block.iter().filter(|l| assigned(l, &d).is_some()).count();
            uses == targets + 2
        }
    };

    body[at] = format!("    initial {q} = {};", kind.initial);
    for line in &mut body[at + 1..=at + 4] {
        line.clear();
    }
    body[q_line] = body[q_line].replacen("wire ", "reg ", 1);
    body[clock_line].clear();
    body[clock_decl].clear();
    if !alone {
        body[at] += &format!("\n    always @(posedge {edge}) {q} <= {d};");
        return Some(());
    }
    body[d_line].clear();
    match driver {
        Driver::Line(i, value) => {
            body[i] = format!("    always @(posedge {edge}) {q} <= {value}");
        }
        Driver::Block(from, to) => {
            body[from] = format!("    always @(posedge {edge}) begin");
            // Holding is what a register does by itself, but only before other assignments.
            if body[from + 1].trim() == format!("{d} = {q};") {
                body[from + 1].clear();
            }
            for line in &mut body[from + 1..to] {
                if let Some(rest) = assigned(line, &d) {
                    let indent = line.len() - line.trim_start().len();
                    *line = format!("{}{q}{}", &line[..indent], rest.replacen(" = ", " <= ", 1));
                }
            }
        }
    }
    Some(())
}

/// Folds every flip-flop into its parent.
pub(crate) fn fold(modules: &mut Vec<Module>) {
    let kinds: BTreeMap<String, FlipFlop> = modules
        .iter()
        .filter_map(|m| Some((m.name.clone(), flip_flop(&m.body)?)))
        .collect();
    let mut left = false;
    for m in modules.iter_mut() {
        for at in 0..m.body.len() {
            let kind = m.body[at].trim_start().split(' ').next();
            if let Some(kind) = kind.and_then(|k| kinds.get(k))
                && m.body[at].ends_with('(')
            {
                left |= fold_one(&mut m.body, at, kind).is_none();
            }
        }
        m.body.retain(|l| !l.is_empty());
    }
    if !left {
        modules.retain(|m| !kinds.contains_key(&m.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(String::from).collect()
    }

    const FLIP_FLOP: &str = "(d,q,clock);
    input wire  [1:0] d;
    output reg  [1:0] q;
    input wire  clock;
    initial begin
       q = 2'h1;
    end
    always @(posedge clock) begin
       q <= d;
    end";

    fn folded(parent: &str) -> String {
        let mut modules = Vec::from([("parent", parent), ("count", FLIP_FLOP)].map(
            |(name, text)| Module {
                name: name.into(),
                body: lines(text),
            },
        ));
        fold(&mut modules);
        assert_eq!(modules.len(), 1, "the flip-flop's module is gone");
        modules[0].body.join("\n")
    }

    fn parent(update: &str) -> String {
        format!(
            "(clock,up,n);
    input wire  clock;
    reg  [1:0] count$d;
    wire  [1:0] count$q;
    wire  count$clock;
    count count(
        .d(count$d),
        .q(count$q),
        .clock(count$clock)
    );
    assign count$clock = clock;
{update}
    assign n = count$q;"
        )
    }

    #[test]
    fn a_block_that_computes_a_next_value_becomes_the_register() {
        let got = folded(&parent(
            "    always @(*) begin
        count$d = count$q;
        if (up) begin
            count$d = count$q + 2'h1;
            count$d[0:0] = up;
        end
        if (stop) begin
            count$d = count$q;
        end
    end",
        ));
        assert_eq!(
            got,
            "(clock,up,n);
    input wire  clock;
    reg  [1:0] count$q;
    initial count$q = 2'h1;
    always @(posedge clock) begin
        if (up) begin
            count$q <= count$q + 2'h1;
            count$q[0:0] <= up;
        end
        if (stop) begin
            count$q <= count$q;
        end
    end
    assign n = count$q;"
        );
    }

    #[test]
    fn an_assignment_becomes_the_register() {
        for start in ["assign", "always @(*)"] {
            let got = folded(&parent(&format!("    {start} count$d = up ^ count$q;")));
            let want = "    always @(posedge clock) count$q <= up ^ count$q;";
            assert!(got.contains(want), "{got}");
            assert!(!got.contains("count$d"), "{got}");
        }
    }

    #[test]
    fn a_next_value_that_something_else_reads_stays() {
        let update = "    always @(*) begin
        count$d = count$q;
    end
    assign next = count$d;";
        let got = folded(&parent(update));
        assert!(got.contains(update), "{got}");
        assert!(
            got.contains("    always @(posedge clock) count$q <= count$d;"),
            "{got}"
        );
        // The name of another signal that begins with it is another signal.
        let other = parent("    assign count$d = count$d2;");
        assert!(folded(&other).contains("count$q <= count$d2;"));
    }
}
