//! Cuts the one `always @(*)` of a kernel into one for each group of signals that belong together.
//!
//! A simulator orders whole processes: with one process a module, a value that leaves a kernel, passes through a cell
//! and comes back looks like a loop. Two signals stay together if one is read before the last statement that
//! assigns the other, so every process computes what the kernel did once its signals have settled. What is assigned once, outside of conditions,
//! becomes an `assign` (a process that reads nothing would never run).

use std::collections::{BTreeMap, BTreeSet};

/// A statement of a kernel.
enum Node {
    Assign {
        target: String,
        line: String,
    },
    /// `if`, `else` or a case label with its statements; `head` is everything before them, `tail` after.
    Nest {
        head: Vec<String>,
        body: Vec<Node>,
        tail: &'static str,
    },
}

/// Signals named in a piece of text: Verilog identifiers, without numbers such as `32'h1f`.
fn names(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for ch in text.chars().chain(" ".chars()) {
        if ch.is_ascii_alphanumeric() || ch == '_' || ch == '$' {
            word.push(ch);
        } else {
            if !word.is_empty() && !quoted && !word.starts_with(|c: char| c.is_ascii_digit()) {
                found.push(std::mem::take(&mut word));
            }
            word.clear();
            quoted = ch == '\'';
        }
    }
    found
}

struct Parser<'a> {
    lines: &'a [String],
    at: usize,
}

impl Parser<'_> {
    /// Statements up to the `end` or `endcase` that closes them; `None` where the text is not of the generator's form.
    fn body(&mut self) -> Option<Vec<Node>> {
        let mut nodes: Vec<Node> = Vec::new();
        loop {
            let line = self.lines.get(self.at)?.trim().to_string();
            self.at += 1;
            if line == "end" || line == "endcase" {
                return Some(nodes);
            } else if line.is_empty() || line.starts_with("//") {
            } else if line.ends_with("begin") {
                let body = self.body()?;
                nodes.push(Node::Nest {
                    head: vec![line],
                    body,
                    tail: "end",
                });
            } else if line.starts_with("case (") {
                let body = self.body()?;
                nodes.push(Node::Nest {
                    head: vec![line],
                    body,
                    tail: "endcase",
                });
            } else if line.ends_with(':') {
                let begin = self.lines.get(self.at)?.trim();
                if begin != "begin" {
                    return None;
                }
                self.at += 1;
                let body = self.body()?;
                nodes.push(Node::Nest {
                    head: vec![format!("{line} begin")],
                    body,
                    tail: "end",
                });
            } else {
                let (left, _) = line.split_once('=')?;
                // `label: x = ...` on one line is a cell's own text.
                if left.contains(": ") {
                    return None;
                }
                let target = names(left).first()?.clone();
                nodes.push(Node::Assign { target, line });
            }
        }
    }
}

/// One assignment as the grouping sees it: its target and all that it and the conditions around it read.
struct Use {
    target: String,
    reads: Vec<String>,
    nested: bool,
    line: String,
}

/// Every `else` depends on the conditions before it, so conditions of one chain count for all of it.
fn uses(nodes: &[Node], conditions: &[String], nested: bool, out: &mut Vec<Use>) {
    let mut chain: Vec<String> = Vec::new();
    for n in nodes {
        match n {
            Node::Assign { target, line } => {
                chain.clear();
                let (left, right) = line.split_once('=').unwrap_or((line, ""));
                let mut reads = names(right);
                reads.extend(names(left).into_iter().skip(1));
                reads.extend(conditions.iter().cloned());
                out.push(Use {
                    target: target.clone(),
                    reads,
                    nested,
                    line: line.clone(),
                });
            }
            Node::Nest { head, body, .. } => {
                if !head[0].starts_with("else") {
                    chain.clear();
                }
                chain.extend(names(&head[0]));
                let mut inner = conditions.to_vec();
                inner.extend(chain.iter().cloned());
                uses(body, &inner, true, out);
            }
        }
    }
}

fn contains(nodes: &[Node], keep: &BTreeSet<String>) -> bool {
    nodes.iter().any(|n| match n {
        Node::Assign { target, .. } => keep.contains(target),
        Node::Nest { body, .. } => contains(body, keep),
    })
}

fn print(nodes: &[Node], keep: &BTreeSet<String>, indent: usize, out: &mut Vec<String>) {
    let pad = " ".repeat(indent);
    let mut i = 0;
    while i < nodes.len() {
        match &nodes[i] {
            Node::Assign { target, line } => {
                if keep.contains(target) {
                    out.push(format!("{pad}{line}"));
                }
                i += 1;
            }
            Node::Nest { head, .. } => {
                // An if with its else branches stays whole, up to the last branch that is needed.
                let mut last = i + 1;
                while let Some(Node::Nest { head, .. }) = nodes.get(last)
                    && head[0].starts_with("else")
                {
                    last += 1;
                }
                // Every label of a case stays: a checker wants to see all values covered.
                let label = head[0].ends_with(": begin");
                while !label
                    && last > i
                    && !matches!(&nodes[last - 1], Node::Nest { body, .. } if contains(body, keep))
                {
                    last -= 1;
                }
                let end = last;
                for n in &nodes[i..end] {
                    if let Node::Nest { head, body, tail } = n {
                        out.push(format!("{pad}{}", head[0]));
                        print(body, keep, indent + 4, out);
                        out.push(format!("{pad}{tail}"));
                    }
                }
                i = end.max(i + 1);
                while let Some(Node::Nest { head, .. }) = nodes.get(i)
                    && head[0].starts_with("else")
                {
                    i += 1;
                }
            }
        }
    }
}

/// Cuts the process of one module's body (lines after the module's name); leaves alone what it does not understand.
pub(crate) fn slice(body: &mut Vec<String>) {
    let Some(start) = body.iter().position(|l| l.trim() == "always @(*) begin") else {
        return;
    };
    let mut parser = Parser {
        lines: body,
        at: start + 1,
    };
    let Some(nodes) = parser.body() else { return };
    let after = parser.at;
    let mut list = Vec::new();
    uses(&nodes, &[], false, &mut list);
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, u) in list.iter().enumerate() {
        last.insert(&u.target, i);
        *times.entry(&u.target).or_default() += 1;
    }
    // Assigned once and always: whoever reads it means that value, be it above or below.
    let single: BTreeSet<&str> = list
        .iter()
        .filter(|u| !u.nested && times[u.target.as_str()] == 1)
        .map(|u| u.target.as_str())
        .collect();
    let order: Vec<&str> = {
        let mut seen = BTreeSet::new();
        list.iter()
            .map(|u| u.target.as_str())
            .filter(|t| seen.insert(*t))
            .collect()
    };
    let mut group: BTreeMap<&str, usize> = order.iter().enumerate().map(|(i, t)| (*t, i)).collect();
    for (i, u) in list.iter().enumerate() {
        for r in &u.reads {
            if r != &u.target
                && !single.contains(r.as_str())
                && last.get(r.as_str()).is_some_and(|&l| l >= i)
            {
                let (a, b) = (group[r.as_str()], group[u.target.as_str()]);
                for g in group.values_mut() {
                    if *g == b {
                        *g = a;
                    }
                }
            }
        }
    }
    let mut out = Vec::new();
    let mut wires = BTreeSet::new();
    let mut done = BTreeSet::new();
    for t in &order {
        if !done.insert(group[t]) {
            continue;
        }
        let keep: BTreeSet<String> = order
            .iter()
            .filter(|o| group[*o] == group[t])
            .map(|o| o.to_string())
            .collect();
        let one = list.iter().find(|u| u.target == *t);
        if let Some(u) = one
            && keep.len() == 1
            && times[t] == 1
            && !u.nested
            && u.line.split_once('=').is_some_and(|(l, _)| l.trim() == *t)
        {
            wires.insert(t.to_string());
            out.push(format!("    assign {}", u.line));
            continue;
        }
        out.push("    always @(*) begin".into());
        print(&nodes, &keep, 8, &mut out);
        out.push("    end".into());
    }
    body.splice(start..after, out);
    for line in body.iter_mut() {
        let declared = line
            .trim()
            .strip_suffix(';')
            .and_then(|l| l.split_whitespace().next_back())
            .is_some_and(|n| wires.contains(n));
        if declared && (line.trim().starts_with("reg ") || line.trim().starts_with("output reg ")) {
            *line = line.replacen("reg ", "wire ", 1);
        }
    }
}
