//! Running a tool that takes minutes: its output goes to a file, and how far it is goes to whoever waits.

use crate::synth::SynthError;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Without a terminal a line is written when the stage changes, and no more often than this.
const QUIET: Duration = Duration::from_secs(20);

/// Lines of a failed tool that its error tells.
const LAST_WORDS: usize = 12;

/// A run that is watched.
pub struct Watch {
    tool: &'static str,
    what: String,
    log: PathBuf,
}

impl Watch {
    /// `tool` is named by errors, `what` is told with each stage, `log` takes the whole output.
    pub fn new(tool: &'static str, what: &str, log: &Path) -> Self {
        Self {
            tool,
            what: what.into(),
            log: log.into(),
        }
    }

    /// Runs `command`; `stage` says what a line of its output tells about how far it is.
    ///
    /// # Errors
    /// `missing` where it does not start; [`SynthError::Failed`] with its last words; a log that cannot be written.
    pub fn run(
        &self,
        command: &mut Command,
        stage: fn(&str) -> Option<String>,
        missing: SynthError,
    ) -> Result<(), SynthError> {
        let unwritable = |source| SynthError::Log {
            path: self.log.clone(),
            source,
        };
        let mut log = File::create(&self.log).map_err(unwritable)?;
        let (reader, writer) = std::io::pipe().map_err(unwritable)?;
        command.stdout(writer.try_clone().map_err(unwritable)?);
        command.stderr(writer);
        let Ok(mut child) = command.spawn() else {
            return Err(missing);
        };
        // The command holds the pipe's writing end: without this the reading end never sees its end.
        command.stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        let bar = self.bar();
        let start = Instant::now();
        let mut told = (String::new(), start);
        let mut last: VecDeque<String> = VecDeque::new();
        for line in BufReader::new(reader).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line).trim_end().to_string();
            writeln!(log, "{line}").map_err(unwritable)?;
            if let Some(now) = stage(&line).filter(|s| *s != told.0) {
                match &bar {
                    Some(bar) => bar.set_message(now.clone()),
                    None if told.0.is_empty() || told.1.elapsed() >= QUIET => {
                        eprintln!("{}: {now} ({} s)", self.what, start.elapsed().as_secs());
                        told.1 = Instant::now();
                    }
                    None => {}
                }
                told.0 = now;
            }
            if !line.is_empty() {
                last.push_back(line);
                if last.len() > LAST_WORDS {
                    last.pop_front();
                }
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let status = child.wait().map_err(unwritable)?;
        if status.success() {
            return Ok(());
        }
        let text = last.make_contiguous().join("\n");
        if text.contains("No module named") {
            return Err(missing);
        }
        Err(SynthError::Failed {
            tool: self.tool,
            log: text,
        })
    }

    /// A spinner with the time gone by, where a terminal shows it.
    fn bar(&self) -> Option<ProgressBar> {
        if !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(self.what.clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        Some(bar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(script: &str, log: &Path) -> Result<(), SynthError> {
        Watch::new("a tool", "test", log).run(
            Command::new("sh").args(["-c", script]),
            |l| Some(l.to_string()),
            SynthError::NoYosys,
        )
    }

    #[test]
    fn both_outputs_are_logged_in_order_and_a_failure_tells_the_last_words() {
        let d = tempfile::tempdir().unwrap();
        let log = d.path().join("x.log");
        watch("echo one; echo two >&2; echo three", &log).unwrap();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "one\ntwo\nthree\n");
        let e = watch("for i in $(seq 20); do echo $i; done; exit 3", &log).unwrap_err();
        assert!(
            matches!(&e, SynthError::Failed { log, .. } if log.starts_with("9\n") && log.ends_with("\n20"))
        );
        assert!(e.to_string().starts_with("a tool failed"), "{e}");
    }

    #[test]
    fn a_tool_that_is_not_there_is_missing_and_a_log_without_a_place_is_told() {
        let d = tempfile::tempdir().unwrap();
        let run = |log: &Path| {
            Watch::new("a tool", "test", log).run(
                &mut Command::new("no-such-program-here"),
                |_| None,
                SynthError::NoYosys,
            )
        };
        let e = run(&d.path().join("x.log")).unwrap_err();
        assert!(matches!(e, SynthError::NoYosys));
        let e = watch(
            "echo \"No module named 'pyosys'\"; exit 1",
            &d.path().join("x.log"),
        );
        assert!(matches!(e, Err(SynthError::NoYosys)));
        let e = run(&d.path().join("no/place/x.log")).unwrap_err();
        assert!(e.to_string().contains("cannot be written"), "{e}");
    }
}
