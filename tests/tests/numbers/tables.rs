//! Cells and tables of the page.

use std::fmt::Display;

/// A table after an empty line.
pub fn table(out: &mut String, heads: &[&str], rows: Vec<Vec<String>>) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    *out += "\n";
    *out += &line(heads.iter().map(|h| (*h).to_owned()).collect());
    *out += &line(heads.iter().map(|_| "---".to_owned()).collect());
    for row in rows {
        *out += &line(row);
    }
}

/// Set bits as `5..3`, `7`, or runs of them.
pub fn bits(mask: u128) -> String {
    let mut runs = Vec::new();
    let mut bit = 0;
    while bit < 128 {
        let run = (mask >> bit).trailing_ones();
        if run > 0 {
            runs.push(match run {
                1 => format!("{bit}"),
                n => format!("{}..{bit}", bit + n - 1),
            });
        }
        bit += run.max(1);
    }
    runs.reverse();
    runs.join(", ")
}

pub fn code(x: impl Display) -> String {
    format!("`{x}`")
}
