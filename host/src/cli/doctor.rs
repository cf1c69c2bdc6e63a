//! `synfire doctor`

use super::{Verdict, print_json};
use crate::tools::{self, Tool};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// The tools as text: a line for what is there, the use and the install line for what is not.
fn text(tools: &[Tool]) -> String {
    let mut out = String::new();
    for t in tools {
        let place = t.path.as_ref().map(|p| p.display().to_string());
        match (&t.version, place) {
            (Some(v), Some(p)) => out += &format!("{:<13} ok       {v}   ({p})\n", t.name),
            _ => {
                out += &format!(
                    "{:<13} MISSING  without it not: {}\n{:23}install: {}\n",
                    t.name, t.needed_for, "", t.install
                );
            }
        }
        if let Some(problem) = t.problem.as_ref().filter(|_| t.version.is_some()) {
            out += &format!("{:23}note: {problem}\n", "");
        }
    }
    out
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let tools = tools::survey();
    if arguments.json {
        print_json(&serde_json::json!({ "synfire": env!("CARGO_PKG_VERSION"), "tools": tools }))?;
    } else {
        print!("{}", text(&tools));
    }
    Ok(Verdict::Yes)
}
