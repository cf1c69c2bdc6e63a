//! From a block to its Verilog: connect, check, generate, merge equal modules, put registers in place, name.
//!
//! The generator writes one module per instance and calls the top one `top`. Here modules with equal text become one,
//! and each is called after the field it sits in (`core`, `sram`), or after its whole path where that is taken. The
//! text is a pure function of the block.

use rust_hdl::core::check_error::CheckError;
use rust_hdl::core::check_write_inputs::check_inputs_not_written;
use rust_hdl::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Why no Verilog was made.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EmitError {
    #[error("`{name}` is not connected: {what}")]
    Unconnected { name: String, what: String },
    #[error("`{name}` drives inputs of its own: {what}")]
    DrivesInput { name: String, what: String },
    #[error("`{module}` calls a signal `{word}`, which is a Verilog keyword: rename the field")]
    Keyword { module: String, word: String },
    #[error("there is no block `{name}`: choose one of {known}")]
    NoBlock { name: String, known: String },
    #[error(transparent)]
    Config(#[from] synfire_format::config::ConfigError),
}

/// The words of IEEE 1364-2005 and 1800 that make likely field names and that the generator lets through.
const KEYWORDS: &[&str] = &[
    "always",
    "and",
    "assert",
    "assign",
    "assume",
    "automatic",
    "before",
    "begin",
    "bind",
    "bit",
    "break",
    "buf",
    "byte",
    "case",
    "cell",
    "checker",
    "class",
    "clocking",
    "config",
    "const",
    "constraint",
    "context",
    "continue",
    "cover",
    "cross",
    "default",
    "design",
    "disable",
    "dist",
    "do",
    "edge",
    "else",
    "end",
    "enum",
    "event",
    "expect",
    "export",
    "extends",
    "extern",
    "final",
    "first_match",
    "for",
    "force",
    "forever",
    "fork",
    "function",
    "generate",
    "global",
    "if",
    "iff",
    "import",
    "include",
    "initial",
    "inout",
    "input",
    "inside",
    "instance",
    "int",
    "integer",
    "interface",
    "join",
    "large",
    "let",
    "library",
    "local",
    "logic",
    "longint",
    "matches",
    "medium",
    "module",
    "nand",
    "negedge",
    "new",
    "nor",
    "not",
    "null",
    "or",
    "output",
    "package",
    "packed",
    "parameter",
    "posedge",
    "primitive",
    "priority",
    "program",
    "property",
    "protected",
    "pull0",
    "pull1",
    "pure",
    "rand",
    "real",
    "ref",
    "reg",
    "release",
    "repeat",
    "restrict",
    "return",
    "scalared",
    "sequence",
    "shortint",
    "signed",
    "small",
    "soft",
    "solve",
    "specify",
    "static",
    "string",
    "strong",
    "struct",
    "super",
    "supply0",
    "supply1",
    "table",
    "tagged",
    "task",
    "this",
    "time",
    "tri",
    "type",
    "typedef",
    "union",
    "unique",
    "unsigned",
    "until",
    "use",
    "var",
    "vectored",
    "virtual",
    "void",
    "wait",
    "weak",
    "while",
    "wildcard",
    "wire",
    "with",
    "within",
    "wor",
    "xor",
];

/// The Verilog of `block` as module `name`, below the comment lines of `header`.
///
/// Inputs of `block` must not be marked as connected by the caller. Combinational loops are left to Verilator's and
/// Yosys's checks, which see single bits where the generator sees whole kernels.
///
/// # Errors
/// Unconnected or doubly driven signals, and fields named by a keyword.
pub fn verilog<B: Block>(mut block: B, name: &str, header: &str) -> Result<String, EmitError> {
    block.connect_all();
    let described = |e: CheckError| format!("{e:?}").replace('"', "");
    check_connected(&block).map_err(|e| EmitError::Unconnected {
        name: name.into(),
        what: described(e),
    })?;
    check_inputs_not_written(&block).map_err(|e| EmitError::DrivesInput {
        name: name.into(),
        what: described(e),
    })?;
    let mut modules = split(&generate_verilog_unchecked(&block));
    for m in &modules {
        if let Some(word) = m.keyword() {
            return Err(EmitError::Keyword {
                module: m.name.clone(),
                word,
            });
        }
    }
    for m in &mut modules {
        m.free_instances();
        crate::slice::slice(&mut m.body);
    }
    merge(&mut modules);
    crate::registers::fold(&mut modules);
    merge(&mut modules);
    rename(&mut modules, name);
    let mut text: String = header.lines().map(|l| format!("// {l}\n")).collect();
    text += "`default_nettype none\n";
    for m in modules {
        text += &format!("\nmodule {}{}\nendmodule\n", m.name, m.body.join("\n"));
    }
    text += "\n`default_nettype wire\n";
    Ok(text)
}

/// One module: its name, and everything after the name.
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) body: Vec<String>,
}

impl Module {
    /// Module called on this line, if it is an instance.
    fn callee(line: &str) -> Option<&str> {
        let (kind, rest) = line.trim_start().split_once(' ')?;
        (rest.ends_with('(') && !rest.contains(' ')).then_some(kind)
    }

    fn retarget(&mut self, names: &BTreeMap<String, String>) {
        for line in &mut self.body {
            if let Some(new) = Self::callee(line).and_then(|k| names.get(k)) {
                let indent = line.len() - line.trim_start().len();
                let (_, rest) = line.trim_start().split_once(' ').unwrap_or_default();
                *line = format!("{}{new} {rest}", &line[..indent]);
            }
        }
    }

    /// An instance may be called after a field that is a keyword: nothing else refers to its name.
    fn free_instances(&mut self) {
        for line in &mut self.body {
            if Self::callee(line).is_some() {
                let name = line
                    .trim_end_matches('(')
                    .rsplit(' ')
                    .next()
                    .unwrap_or_default();
                if KEYWORDS.contains(&name) {
                    let cut = line.len() - 1;
                    line.insert(cut, '_');
                }
            }
        }
    }

    /// A declared name that is a keyword.
    fn keyword(&self) -> Option<String> {
        let starts = ["reg", "wire", "input", "output", "localparam"];
        self.body.iter().find_map(|line| {
            let mut words = line.trim().trim_end_matches(';').split_whitespace();
            let first = words.next()?;
            let last = words.next_back()?;
            (starts.contains(&first) && KEYWORDS.contains(&last)).then(|| last.to_string())
        })
    }
}

fn split(text: &str) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("module ") {
            let cut = rest.find('(').unwrap_or(rest.len());
            modules.push(Module {
                name: rest[..cut].into(),
                body: vec![rest[cut..].into()],
            });
            inside = true;
        } else if line.starts_with("endmodule") {
            inside = false;
        } else if inside
            && !line.is_empty()
            && let Some(m) = modules.last_mut()
        {
            m.body.push(line.into());
        }
    }
    modules
}

/// Replaces modules of equal text by the first of them until nothing changes (leaves merge first, then their parents).
fn merge(modules: &mut Vec<Module>) {
    loop {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        let mut same: BTreeMap<String, String> = BTreeMap::new();
        for m in modules.iter() {
            let text = m.body.join("\n");
            if let Some(kept) = first.get(&text) {
                same.insert(m.name.clone(), kept.clone());
            } else {
                first.insert(text, m.name.clone());
            }
        }
        if same.is_empty() {
            return;
        }
        modules.retain(|m| !same.contains_key(&m.name));
        for m in modules.iter_mut() {
            m.retarget(&same);
        }
    }
}

/// `top` becomes `name`; others are called after the last part of their path that is no number.
fn rename(modules: &mut [Module], name: &str) {
    let mut taken = BTreeSet::from([name.to_string()]);
    let mut names = BTreeMap::from([("top".to_string(), name.to_string())]);
    let numeric = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    // Short paths first, so that a block near the top has its plain name.
    let mut order: Vec<&str> = modules.iter().map(|m| m.name.as_str()).collect();
    order.sort_by_key(|n| (n.matches('$').count(), *n));
    for path in order.into_iter().filter(|n| *n != "top") {
        let parts: Vec<&str> = path.split('$').skip(1).filter(|p| !numeric(p)).collect();
        let short = (1..=parts.len())
            .map(|n| parts[parts.len() - n..].join("_"))
            .find(|s| !taken.contains(s) && !KEYWORDS.contains(&s.as_str()));
        let short = short.unwrap_or_else(|| path.replace('$', "_"));
        taken.insert(short.clone());
        names.insert(path.into(), short);
    }
    for m in modules.iter_mut() {
        if let Some(new) = names.get(&m.name) {
            m.name = new.clone();
        }
        m.retarget(&names);
    }
}
