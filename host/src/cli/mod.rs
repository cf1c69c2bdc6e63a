//! The command line. Exit status: 0 done, 1 the verdict is "no" (a program failed, bits differ), 2 an error, which is
//! one paragraph with the next step and leaves nothing half-written.

mod build;
mod data;
mod device;
mod doctor;
mod emit;
mod energy;
mod eval;
mod exec;
mod inspect;
mod link;
mod report;
#[cfg(unix)]
mod serve;
mod speed;
mod synth;
mod train;
mod verify;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A digital neuromorphic machine that learns: model, RTL and training, bit for bit.
#[derive(Debug, Parser)]
#[command(name = "synfire", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show which tools are there, which versions, and what each missing one prevents
    Doctor(doctor::Arguments),
    /// Write the Verilog of a configuration
    Emit(emit::Arguments),
    /// Run a bare RV32 ELF program on a PE: model or RTL
    Exec(exec::Arguments),
    /// Train a network
    #[command(subcommand)]
    Train(train::Arguments),
    /// Classify images with a checkpoint
    Eval(eval::Arguments),
    /// Show what a checkpoint holds: connectivity, memory map, saturations, formats
    Inspect(inspect::Arguments),
    /// Train in model and RTL side by side and compare every bit
    Verify(verify::Arguments),
    /// Project the energy of a checkpoint's next samples: counted operations, and time
    Energy(energy::Arguments),
    /// Show what samples take on the link to a device: payload, errors, speed
    Link(link::Arguments),
    /// Show a board's speeds, engine-bound and link-bound: training and inference, samples streamed and resident
    Speed(speed::Arguments),
    /// Serve a machine as a serial port
    #[cfg(unix)]
    Serve(serve::Arguments),
    /// Write a page with pictures of what a run did
    Report(report::Arguments),
    /// Build the bitstream of a board: synthesis, place and route until timing is met, pack
    Build(build::Arguments),
    /// Build the bitstream of a board and load it
    Flash(build::FlashArguments),
    /// Synthesise the PE for the ECP5; with --place, place and route it alone
    Synth(synth::Arguments),
}

/// How a command that ran to its end came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done, or passed: exit status 0.
    Yes,
    /// Failed, or different: exit status 1.
    No,
}

/// A command alone: its help is the answer.
const MISSING: ErrorKind = ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;

/// What clap says in blocks, as one paragraph.
fn paragraph(text: &str) -> String {
    let text = text.trim().trim_start_matches("error: ");
    let blocks = text.split("\n\n").map(|block| {
        let lines: Vec<_> = block.lines().map(str::trim).collect();
        lines.join(" ")
    });
    blocks.collect::<Vec<_>>().join("; ")
}

/// What there is to say when the standard output takes nothing more.
fn unwritable(why: &str) -> String {
    format!(
        "the output cannot be written: {why}; send it to a place that has room, or to a reader that stays"
    )
}

/// A full disk or closed pipe behind the standard output, which `println!` tells by a panic.
fn output_failure(panic: &str) -> Option<String> {
    let (_, why) = panic.split_once("failed printing to stdout: ")?;
    Some(unwritable(why.lines().next()?))
}

/// An error and what lies under it, without what it said itself.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text += &format!(": {cause}");
        }
    }
    text
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // A broken invariant must not greet anybody with a backtrace; what it says is kept for the report of the bug.
    std::panic::set_hook(Box::new(|info| match output_failure(&info.to_string()) {
        Some(text) => eprintln!("synfire: {text}"),
        None => eprintln!(
            "synfire: internal error: {info}; this is a bug: please report it with the command and this message"
        ),
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) if e.exit_code() == 0 || e.kind() == MISSING => e.exit(),
        Err(e) => {
            eprintln!("synfire: {}", paragraph(&e.render().to_string()));
            return ExitCode::from(2);
        }
    };
    let outcome = std::panic::catch_unwind(|| match cli.command {
        Command::Doctor(a) => doctor::run(&a),
        Command::Emit(a) => emit::run(&a),
        Command::Energy(a) => energy::run(&a),
        Command::Exec(a) => exec::run(&a),
        Command::Train(a) => train::run(&a),
        Command::Eval(a) => eval::run(&a),
        Command::Inspect(a) => inspect::run(&a),
        Command::Verify(a) => verify::run(&a),
        Command::Link(a) => link::run(&a),
        Command::Speed(a) => speed::run(&a),
        #[cfg(unix)]
        Command::Serve(a) => serve::run(&a),
        Command::Report(a) => report::run(&a),
        Command::Build(a) => build::run(&a),
        Command::Flash(a) => build::flash(&a),
        Command::Synth(a) => synth::run(&a),
    });
    match outcome {
        Ok(Ok(Verdict::Yes)) => ExitCode::SUCCESS,
        Ok(Ok(Verdict::No)) => ExitCode::from(1),
        Ok(Err(error)) => {
            eprintln!("synfire: {}", told(&error));
            ExitCode::from(2)
        }
        Err(_) => ExitCode::from(2),
    }
}

/// Prints `value` as one line of JSON.
///
/// # Errors
/// A value that JSON cannot hold, or a closed output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    use std::io::Write;
    let text = serde_json::to_string(value)?;
    writeln!(std::io::stdout(), "{text}").map_err(|e| anyhow::anyhow!(unwritable(&e.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_wrong_are_told_in_one_paragraph_with_the_next_step() {
        let e = Cli::try_parse_from(["synfire", "energy"]).unwrap_err();
        assert_eq!(
            paragraph(&e.render().to_string()),
            "the following required arguments were not provided: --checkpoint <CHECKPOINT>; \
             Usage: synfire energy --checkpoint <CHECKPOINT>; For more information, try '--help'."
        );
    }

    #[test]
    fn an_error_tells_each_of_its_causes_once() {
        let cause = std::io::Error::other("disk full");
        let error = anyhow::Error::new(cause).context("x cannot be written: disk full; make room");
        assert_eq!(told(&error), "x cannot be written: disk full; make room");
        assert_eq!(
            told(&error.context("no report")),
            "no report: x cannot be written: disk full; make room"
        );
    }

    #[test]
    fn an_output_that_takes_nothing_more_is_no_bug() {
        let panic = "panicked at stdio.rs:1:2:\nfailed printing to stdout: No space left on device (os error 28)";
        assert_eq!(
            output_failure(panic).as_deref(),
            Some(
                "the output cannot be written: No space left on device (os error 28); send it to a place that has room, or to a reader that stays"
            )
        );
        assert_eq!(output_failure("index out of bounds"), None);
    }
}
