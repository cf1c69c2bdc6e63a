//! `synfire verify`

use super::data::DataArguments;
use super::{Verdict, print_json};
use crate::breaks;
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::layout::Layout;
use crate::deepr::machine::{self, Answer, Counters, LayerState, Machine, Session};
use crate::deepr::rtl::RtlMachine;
use crate::deepr::train::{Config, Run, Stream};
use std::path::PathBuf;
use std::time::Instant;
use synfire_format::config::PeConfig;
use synfire_sim::conformance::Case;
use synfire_sim::lockstep::{Lockstep, LockstepError};
use synfire_sim::rtl::{PeLibrary, Rtl};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Configuration: tiny, small, gowin or ecp5
    #[arg(long, default_value = "ecp5")]
    config: String,
    #[command(flatten)]
    data: DataArguments,
    /// Training samples to run in lockstep
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    samples: u32,
    /// Random programs, and as many random passes and chains, to run in lockstep before the samples
    #[arg(long, default_value_t = 0)]
    cases: u64,
    /// Run this random case alone, e.g. program:3 or chain:7
    #[arg(long, value_name = "CASE", conflicts_with_all = ["cases", "alone"])]
    only: Option<Case>,
    /// Break statement N of the list of breaks in the RTL on purpose, to see it reported (configuration small)
    #[arg(long = "break", value_name = "N")]
    break_one: Option<u16>,
    /// Classify only, do not learn
    #[arg(long)]
    inference: bool,
    /// Start from this checkpoint instead of a fresh network
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// Seed of a fresh network
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Seed of the RTL's power-up values
    #[arg(long, default_value_t = 1)]
    power_up: u64,
    /// Write an FST waveform of the whole run to this file
    #[arg(long)]
    trace: Option<PathBuf>,
    /// Run the RTL alone at its full speed, and compare classes and network with the native trainer at the end
    #[arg(long)]
    alone: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// A run to verify: the image that starts it, its samples, and the native trainer at its first sample.
struct Training {
    native: Run,
    layout: Layout,
    image: Vec<u8>,
    samples: Vec<(Vec<i16>, u8)>,
    /// The rest of the command line that runs it again.
    rerun: String,
}

impl Training {
    fn new(a: &Arguments, config: &PeConfig) -> anyhow::Result<Self> {
        let splits = a.data.load()?;
        let mut native = match &a.checkpoint {
            Some(path) => Run::resume(Checkpoint::load(path)?, splits.train.len())?,
            None if a.data.embedded() => Run::new(Config::digits(a.seed), splits.train.len())?,
            None => Run::new(Config::mnist(a.seed), splits.train.len())?,
        };
        let start = native.checkpoint();
        let left = u64::from(start.samples) - u64::from(start.step % start.samples);
        let asked = u64::from(a.samples);
        if asked > left && !a.inference {
            anyhow::bail!(
                "{asked} training samples are asked for and the epoch has {left} left, after which the rule's \
                 constants change: take --samples {left} or fewer"
            );
        }
        let epoch = start.step / start.samples;
        let rules = start.config.hyper.rules(epoch, start.network.layers.len());
        native.native_mut().set_rules(rules.clone());
        native.native_mut().take_counters();
        let layout = Layout::new(&start.network.shapes(), config.sram_bytes)?;
        let states: Vec<LayerState> = start.network.layers.iter().map(LayerState::from).collect();
        let image = machine::image(&layout, &states, &rules, start.config.seed, start.step)?;
        let mut stream = Stream::new(&start.config);
        let samples = (0..a.samples)
            .map(|i| {
                let (pixels, label) = stream.sample(&splits.train, start.step + i);
                (pixels.iter().map(|&p| i16::from(p)).collect(), label)
            })
            .collect();
        let mut rerun = format!(
            "synfire verify --config {} --samples {} --seed {} --power-up {}",
            config.name, a.samples, start.config.seed, a.power_up
        );
        if let Some(data) = a.data.line() {
            rerun += &format!(" {data}");
        }
        if let Some(path) = &a.checkpoint {
            rerun += &format!(" --checkpoint {}", path.display());
        }
        if a.inference {
            rerun += " --inference";
        }
        if let Some(n) = a.break_one {
            rerun += &format!(" --break {n}");
        }
        Ok(Training {
            native,
            layout,
            image,
            samples,
            rerun: rerun + " --trace wave.fst",
        })
    }

    /// Runs the samples on `machine`; the answers so far, and how it ended.
    fn drive<M: Machine>(
        &self,
        machine: M,
        learn: bool,
    ) -> (Session<'_, M>, Vec<Answer>, Result<(), M::Error>) {
        let mut session = Session::new(machine, &self.layout);
        let mut answers = Vec::new();
        let outcome = session.run(
            self.samples.iter().map(|(x, l)| (&x[..], *l)),
            learn,
            |answer| answers.push(answer),
        );
        (session, answers, outcome)
    }

    /// What the native trainer, run over the same samples, has otherwise than the RTL.
    fn native_difference(
        &mut self,
        learn: bool,
        sram: &[u8],
        answers: &[Answer],
    ) -> Option<String> {
        for (i, ((x, label), answer)) in self.samples.iter().zip(answers).enumerate() {
            let pixels: Vec<u8> = x.iter().map(|v| *v as u8).collect();
            let native = self.native.native_mut();
            let class = if learn {
                native.train(&pixels, *label)
            } else {
                native.classify(&pixels)
            };
            if class != usize::from(answer.class) {
                return Some(format!(
                    "sample {i} is of class {class} in the native trainer and of class {} in the RTL",
                    answer.class
                ));
            }
        }
        let rtl = machine::states(&self.layout, sram);
        for (l, (rtl, layer)) in rtl.iter().zip(&self.native.network().layers).enumerate() {
            let native = LayerState::from(layer);
            for (what, same) in [
                ("positions", rtl.index == native.index),
                ("weights", rtl.weight == native.weight),
                ("errors", rtl.delta == native.delta),
                ("samples owed", rtl.owed == native.owed),
            ] {
                if !same {
                    return Some(format!(
                        "after the last sample the {what} of layer {} are not those of the native trainer",
                        l + 1
                    ));
                }
            }
        }
        None
    }
}

impl Training {
    /// [`Self::native_difference`], and what the program counted.
    fn check(
        &mut self,
        learn: bool,
        sram: &[u8],
        answers: &[Answer],
        counters: Option<Counters>,
    ) -> Option<String> {
        if let Some(text) = self.native_difference(learn, sram, answers) {
            return Some(text);
        }
        let pe = counters?;
        if pe.faults != 0 {
            return Some(format!("the PE raised fault bits {:#x}", pe.faults));
        }
        let native = self.native.native_mut().counters();
        let (saturations, lost) = (native.saturations.total(), native.overflows);
        if learn && (u64::from(pe.saturations), u64::from(pe.lost_flags)) != (saturations, lost) {
            return Some(format!(
                "the PE counted {} saturations and {} lost flags, the native trainer {saturations} and {lost}",
                pe.saturations, pe.lost_flags
            ));
        }
        None
    }
}

/// What a run showed.
struct Outcome {
    difference: Option<String>,
    answers: Vec<Answer>,
    cycles: u64,
    conflicts: u64,
    /// Retired instructions, where they were compared.
    instructions: Option<u64>,
    /// Mean cycles of each pass, where they were compared.
    passes: Vec<(String, f64)>,
    /// Saturations, fault bits, lost flags; of a run that ended well.
    counters: Option<Counters>,
    seconds: f64,
}

/// Trains in model and RTL side by side and compares every instruction, every pass and the end with the native trainer;
/// or in the RTL alone, and compares the end.
pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let config = PeConfig::by_name(&a.config)?;
    let mut case = Training::new(a, &config)?;
    eprintln!(
        "building the RTL of `{}` with Verilator (kept for the next time)",
        config.name
    );
    let library = match a.break_one {
        None => PeLibrary::build(&config, a.trace.is_some())?,
        Some(n) => breaks::library(&config, n, a.trace.is_some())?,
    };
    let machine = || -> anyhow::Result<Rtl> {
        let mut rtl = library.instance(a.power_up)?;
        if let Some(n) = a.break_one {
            rtl.select_mutant(n);
        }
        Ok(rtl)
    };
    let cases: Vec<Case> = match a.only {
        Some(case) => vec![case],
        None => Case::first(a.cases).collect(),
    };
    let mut instructions = 0;
    for case in &cases {
        let rtl = machine()?;
        if let Some(path) = a.trace.as_ref().filter(|_| a.only.is_some()) {
            rtl.open_trace(path)?;
        }
        match case.run(&config, rtl) {
            Ok(both) => instructions += both.steps(),
            Err(e) => {
                let broken = a
                    .break_one
                    .map_or(String::new(), |n| format!(" --break {n}"));
                let rerun = format!(
                    "synfire verify --config {} --power-up {}{broken} --only {case} --trace wave.fst",
                    config.name, a.power_up
                );
                let text = format!("{case} ({}): {}", case.why(&config), difference_text(e));
                if a.json {
                    print_json(&serde_json::json!({
                        "config": config.name,
                        "equal": false,
                        "difference": text,
                        "rerun": rerun,
                    }))?;
                } else {
                    println!("DIFFERENT: {text}\nrerun with a waveform: {rerun}");
                }
                return Ok(Verdict::No);
            }
        }
    }
    if !cases.is_empty() && !a.json {
        println!(
            "equal: {} random programs, passes and chains, {instructions} instructions",
            cases.len()
        );
    }
    if a.only.is_some() {
        if a.json {
            print_json(&serde_json::json!({"config": config.name, "equal": true}))?;
        }
        return Ok(Verdict::Yes);
    }
    let rtl = machine()?;
    if let Some(path) = &a.trace {
        rtl.open_trace(path)?;
    }
    let outcome = if a.alone {
        alone(&mut case, rtl, !a.inference)
    } else {
        in_lockstep(&mut case, &config, rtl, !a.inference)
    };
    let samples = outcome.answers.len();
    let per_sample = outcome.cycles as f64 / samples.max(1) as f64;
    let redrawn: u64 = outcome.answers.iter().map(|e| u64::from(e.redrawn)).sum();
    let speed = outcome.cycles as f64 / outcome.seconds.max(1e-9);
    let equal = outcome.difference.is_none();
    if a.json {
        print_json(&serde_json::json!({
            "config": config.name,
            "equal": equal,
            "compared": if a.alone { "classes and final state" } else { "instructions, passes, classes and final state" },
            "difference": outcome.difference,
            "rerun": case.rerun,
            "samples": samples,
            "instructions": outcome.instructions,
            "cycles": outcome.cycles,
            "cycles_per_sample": per_sample,
            "cycles_per_second": speed,
            "seconds": outcome.seconds,
            "redrawn": redrawn,
            "bank_conflict_cycles": outcome.conflicts,
            "saturations": outcome.counters.map(|c| c.saturations),
            "faults": outcome.counters.map(|c| c.faults),
            "lost_flags": outcome.counters.map(|c| c.lost_flags),
            "passes": outcome.passes.iter().map(|(n, c)| serde_json::json!({"pass": n, "cycles": c})).collect::<Vec<_>>(),
        }))?;
    } else {
        match &outcome.difference {
            None => {
                let what = match outcome.instructions {
                    Some(n) => format!("{n} instructions, every pass and the whole SRAM"),
                    None => "every class and the network at the end".into(),
                };
                println!("equal: {samples} samples, {what}; {per_sample:.0} cycles a sample");
            }
            Some(text) => println!("DIFFERENT: {text}\nrerun with a waveform: {}", case.rerun),
        }
        for (name, cycles) in &outcome.passes {
            println!("  {cycles:8.1} cycles  {name}");
        }
        if let Some(c) = outcome.counters {
            println!(
                "saturations {}, faults {:#x}, flag records without room {}",
                c.saturations, c.faults, c.lost_flags
            );
        }
        println!(
            "{} cycles in {:.1} s: {:.2} M cycles/s",
            outcome.cycles,
            outcome.seconds,
            speed / 1e6
        );
    }
    Ok(if equal { Verdict::Yes } else { Verdict::No })
}

/// Runs the samples on `machine`, whose RTL is `rtl`; `also` says what else was compared.
fn measure<M: Machine<Error = LockstepError>>(
    case: &mut Training,
    machine: M,
    learn: bool,
    rtl: impl Fn(&M) -> &Rtl,
    also: impl Fn(&Layout, &M) -> Also,
) -> Outcome {
    let first = rtl(&machine).cycles();
    let began = Instant::now();
    let (session, answers, outcome) = case.drive(machine, learn);
    let seconds = began.elapsed().as_secs_f64();
    let cycles = rtl(&session.machine).cycles() - first;
    let conflicts = rtl(&session.machine).conflicts();
    let also = also(&case.layout, &session.machine);
    let outcome = outcome.and(also.sram);
    let (difference, counters, sram) = ended(session, outcome, |m| rtl(m).sram());
    let difference = difference.or_else(|| case.check(learn, &sram, &answers, counters));
    Outcome {
        difference,
        answers,
        cycles,
        conflicts,
        instructions: also.instructions,
        passes: also.passes,
        counters,
        seconds,
    }
}

/// What lockstep adds to a run of the RTL.
struct Also {
    instructions: Option<u64>,
    passes: Vec<(String, f64)>,
    /// Whether the SRAM is the model's.
    sram: Result<(), LockstepError>,
}

fn in_lockstep(case: &mut Training, config: &PeConfig, rtl: Rtl, learn: bool) -> Outcome {
    let lockstep = Lockstep::new(config, rtl, &case.image);
    measure(
        case,
        lockstep,
        learn,
        |m| &m.rtl,
        |layout, m| Also {
            instructions: Some(m.steps()),
            passes: phases(layout, m),
            sram: m.compare_sram(),
        },
    )
}

fn alone(case: &mut Training, rtl: Rtl, learn: bool) -> Outcome {
    let machine = RtlMachine::new(rtl, &case.image);
    measure(
        case,
        machine,
        learn,
        |m| &m.rtl,
        |_, _| Also {
            instructions: None,
            passes: Vec::new(),
            sram: Ok(()),
        },
    )
}

/// Stops the program of a run that went well: what differed, its counters, and the SRAM after it.
fn ended<M: Machine<Error = LockstepError>>(
    session: Session<'_, M>,
    outcome: Result<(), LockstepError>,
    sram: impl Fn(&M) -> Vec<u8>,
) -> (Option<String>, Option<Counters>, Vec<u8>) {
    if let Err(e) = outcome {
        return (Some(difference_text(e)), None, sram(&session.machine));
    }
    match session.stop() {
        Ok((machine, counters)) => (None, Some(counters), sram(&machine)),
        Err(e) => (Some(difference_text(e)), None, Vec::new()),
    }
}

fn difference_text(e: LockstepError) -> String {
    match e {
        LockstepError::Differ(m) => m.to_string(),
        other => other.to_string(),
    }
}

/// Mean cycles of each pass, named.
fn phases(layout: &Layout, lockstep: &Lockstep) -> Vec<(String, f64)> {
    let layers = layout.shapes.len();
    let mut names = Vec::new();
    for l in 1..=layers {
        names.push(format!("forward rows of layer {l}"));
        if l < layers {
            names.push(format!("activations of layer {l}"));
        }
    }
    for l in (1..=layers).rev() {
        names.push(format!("errors of layer {l}"));
        names.push(format!("backward rows of layer {l}"));
    }
    names
        .into_iter()
        .enumerate()
        .filter_map(|(i, name)| {
            let address = layout.forward_chain() + 64 * i as u32;
            let of_this: Vec<u64> = lockstep
                .pass_cycles
                .iter()
                .filter(|p| p.address == address)
                .map(|p| p.cycles)
                .collect();
            let mean = of_this.iter().sum::<u64>() as f64 / of_this.len() as f64;
            (!of_this.is_empty()).then_some((name, mean))
        })
        .collect()
}
