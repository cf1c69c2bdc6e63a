//! `synfire energy`: the projected energy of DEEP R, from counted operations and from time.

use super::data::DataArguments;
use super::{Verdict, print_json};
use crate::deepr::checkpoint::Checkpoint;
use crate::deepr::layout::Layout;
use crate::deepr::machine::{self, LayerState, Session};
use crate::deepr::native::Native;
use crate::deepr::train::{Run, Stream};
use crate::energy::counts::{Access, CountingMachine, Counts};
use crate::energy::published::{Energies, Published, SYNAPTIC};
use crate::energy::{Projection, Timed, three_digits, with_prefix};
use anyhow::bail;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use synfire_format::config::PeConfig;
use synfire_sim::SimError;
use synfire_sim::lockstep::Lockstep;
use synfire_sim::rtl::PeLibrary;

/// Samples of the RTL run that gives the cycles a sample.
const RTL_SAMPLES: usize = 20;
/// The native executor is timed for at least this long.
const TIMED: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    data: DataArguments,
    /// Checkpoint of `train deepr` whose next samples are counted
    #[arg(long)]
    checkpoint: PathBuf,
    /// Training samples, and as many inferences, that are counted and timed
    #[arg(long, default_value_t = 200, allow_negative_numbers = true)]
    samples: i64,
    /// Clock of the PE
    #[arg(long, default_value_t = 60.0, allow_negative_numbers = true)]
    clock_mhz: f64,
    /// Assumed power of a whole board with the PE
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    board_watts: f64,
    /// Assumed power of one core of this machine's CPU
    #[arg(long, default_value_t = 10.0, allow_negative_numbers = true)]
    cpu_watts: f64,
    /// Cycles of a training sample, as `verify` prints them; without it the RTL is run
    #[arg(long, allow_negative_numbers = true)]
    cycles_per_sample: Option<f64>,
    /// Configuration whose RTL is run: tiny, small, gowin or ecp5
    #[arg(long, default_value = "ecp5")]
    config: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// The number of samples, or what is wrong with the numbers.
    fn check(&self) -> anyhow::Result<usize> {
        let numbers = [
            (
                "--clock-mhz",
                Some(self.clock_mhz),
                "a clock in MHz, e.g. 60",
            ),
            (
                "--board-watts",
                Some(self.board_watts),
                "a power in W, e.g. 1.0",
            ),
            ("--cpu-watts", Some(self.cpu_watts), "a power in W, e.g. 10"),
            (
                "--cycles-per-sample",
                self.cycles_per_sample,
                "the cycles a sample that `synfire verify` printed",
            ),
        ];
        for (name, value, wanted) in numbers {
            if let Some(v) = value.filter(|v| !(v.is_finite() && *v > 0.0)) {
                bail!("{name} is {v} and must be above 0: give {wanted}");
            }
        }
        match usize::try_from(self.samples) {
            Ok(n) if n > 0 => Ok(n),
            _ => bail!(
                "{} samples are asked for, at least 1 is needed to count: give --samples, e.g. 200",
                self.samples
            ),
        }
    }
}

/// The samples and the state before them.
struct Counted {
    native: Native,
    layout: Layout,
    image: Vec<u8>,
    samples: Vec<(Vec<i16>, u8)>,
    /// Complete epochs of the checkpoint.
    epochs: usize,
}

impl Counted {
    fn new(a: &Arguments, config: &PeConfig, samples: usize) -> anyhow::Result<Self> {
        let checkpoint = Checkpoint::load(&a.checkpoint)?;
        let splits = a.data.load()?;
        let inputs = checkpoint.config.widths[0];
        if splits.train.inputs() != inputs {
            bail!(
                "the images have {} pixels and the checkpoint's network has {inputs} inputs: name the data that it was trained on with --data, or leave --data out for the embedded digits",
                splits.train.inputs()
            );
        }
        let mut run = Run::resume(checkpoint, splits.train.len())?;
        let start = run.checkpoint();
        let left = u64::from(start.samples) - u64::from(start.step % start.samples);
        if samples as u64 > left {
            bail!(
                "{samples} training samples are asked for and the epoch has {left} left, after which the rule's constants change: take --samples {left} or fewer"
            );
        }
        let rules =
            (start.config.hyper).rules(start.step / start.samples, start.network.layers.len());
        run.native_mut().set_rules(rules.clone());
        let layout = Layout::new(&start.network.shapes(), config.sram_bytes)?;
        let states: Vec<LayerState> = start.network.layers.iter().map(LayerState::from).collect();
        let image = machine::image(&layout, &states, &rules, start.config.seed, start.step)?;
        let mut stream = Stream::new(&start.config);
        let samples = (0..samples)
            .map(|i| {
                let (pixels, label) = stream.sample(&splits.train, start.step + i as u32);
                (pixels.iter().map(|&p| i16::from(p)).collect(), label)
            })
            .collect();
        Ok(Counted {
            native: run.native_mut().clone(),
            layout,
            image,
            samples,
            epochs: start.history.len(),
        })
    }

    fn first(&self, n: usize) -> impl Iterator<Item = (&[i16], u8)> {
        self.samples
            .iter()
            .take(n)
            .map(|(x, label)| (&x[..], *label))
    }

    /// Counts on the instruction-level model.
    fn count(&self, config: &PeConfig, learn: bool) -> anyhow::Result<Counts> {
        let machine = CountingMachine::new(config, &self.image)?;
        let mut session = Session::new(machine, &self.layout);
        session.run(self.first(usize::MAX), learn, |_| {})?;
        Ok(session.machine.counts(self.samples.len() as u64))
    }

    /// Seconds of a training sample of the native executor: the samples again and again from the same state, the
    /// fastest round, which others on the machine disturbed least.
    fn time_native(&self) -> f64 {
        let pixels: Vec<(Vec<u8>, u8)> = (self.samples.iter())
            .map(|(x, label)| (x.iter().map(|v| *v as u8).collect(), *label))
            .collect();
        let (mut spent, mut fastest) = (Duration::ZERO, Duration::MAX);
        while spent < TIMED {
            let mut native = self.native.clone();
            let began = Instant::now();
            for (x, label) in &pixels {
                std::hint::black_box(native.train(x, *label));
            }
            let round = began.elapsed();
            spent += round;
            fastest = fastest.min(round);
        }
        fastest.as_secs_f64() / pixels.len() as f64
    }

    /// Cycles of a training sample of the RTL in lockstep with the model, or why there is no RTL.
    fn rtl_cycles(&self, config: &PeConfig) -> anyhow::Result<Result<f64, SimError>> {
        eprintln!(
            "building the RTL of `{}` with Verilator (kept for the next time)",
            config.name
        );
        let rtl = match PeLibrary::build(config, false) {
            Ok(library) => library.instance(1)?,
            Err(
                e @ (SimError::VerilatorMissing
                | SimError::VerilatorOld { .. }
                | SimError::CompilerMissing(_)),
            ) => return Ok(Err(e)),
            Err(e) => return Err(e.into()),
        };
        let lockstep = Lockstep::new(config, rtl, &self.image);
        let first = lockstep.rtl.cycles();
        let n = RTL_SAMPLES.min(self.samples.len());
        let mut session = Session::new(lockstep, &self.layout);
        session.run(self.first(n), true, |_| {})?;
        Ok(Ok((session.machine.rtl.cycles() - first) as f64 / n as f64))
    }
}

/// Where the cycles a sample come from.
struct Cycles {
    per_sample: f64,
    source: String,
}

pub fn run(a: &Arguments) -> anyhow::Result<Verdict> {
    let samples = a.check()?;
    let config = PeConfig::by_name(&a.config)?;
    let counted = Counted::new(a, &config, samples)?;
    let training = counted.count(&config, true)?;
    let inference = counted.count(&config, false)?;
    let e = Energies::PUBLISHED;
    let (train_pj, infer_pj) = (
        Projection::new(&training, &e),
        Projection::new(&inference, &e),
    );
    let cycles = match a.cycles_per_sample {
        Some(per_sample) => Ok(Cycles {
            per_sample,
            source: "given with --cycles-per-sample".into(),
        }),
        None => counted.rtl_cycles(&config)?.map(|per_sample| Cycles {
            per_sample,
            source: format!(
                "RTL of `{}` in lockstep with the model, {} samples",
                config.name,
                RTL_SAMPLES.min(samples)
            ),
        }),
    };
    let timed = cycles.map(|c| {
        let pe = Timed::of_cycles(c.per_sample, a.clock_mhz, a.board_watts);
        let cpu = Timed::new(counted.time_native(), a.cpu_watts);
        (c, pe, cpu)
    });
    let left_out = timed.as_ref().err().map(|why| {
        format!(
            "left out: there are no cycles a sample, as {why}; or give them with --cycles-per-sample"
        )
    });
    if a.json {
        let column = |c: &Counts, p: &Projection| serde_json::json!({ "counts": c, "energy": p });
        print_json(&serde_json::json!({
            "epochs": counted.epochs,
            "samples": samples,
            "projected": {
                "label": "counted operations x published energies",
                "published": e.list(),
                "training": column(&training, &train_pj),
                "inference": column(&inference, &infer_pj),
                "beside": SYNAPTIC,
            },
            "timed": match &timed {
                Ok((c, pe, cpu)) => serde_json::json!({
                    "label": "time x assumed power",
                    "cycles_per_sample": c.per_sample,
                    "cycles_from": c.source,
                    "clock_mhz": a.clock_mhz,
                    "pe": pe,
                    "cpu": cpu,
                    "cpu_model": cpu_model(),
                }),
                Err(_) => serde_json::json!({ "left_out": left_out }),
            },
        }))?;
        return Ok(Verdict::Yes);
    }
    println!(
        "Energy of DEEP R, projected: checkpoint after {} complete epochs, its next {samples} samples; nothing was measured with a meter.\n",
        counted.epochs
    );
    print!(
        "{}",
        first_column(&training, &train_pj, &inference, &infer_pj, &e)
    );
    println!("\nColumn 2: time x assumed power, a training sample\n");
    match &timed {
        Ok((c, pe, cpu)) => print!("{}", second_column(a, c, pe, cpu)),
        Err(_) => println!("  {}", left_out.unwrap_or_default()),
    }
    println!(
        "\nThe columns answer different questions: what a PE's arithmetic and SRAM would take in a published process, and what\n\
         a board or a core takes that draws an assumed power for a sample's time. They are neither added nor compared."
    );
    Ok(Verdict::Yes)
}

/// A published figure in one line.
fn cited(p: &Published) -> String {
    format!(
        "  {:<40} {:>9} pJ   {}, {}, {}\n",
        p.what,
        three_digits(p.pj),
        p.process,
        p.voltage,
        p.source
    )
}

fn first_column(
    training: &Counts,
    train: &Projection,
    inference: &Counts,
    infer: &Projection,
    e: &Energies,
) -> String {
    let mut out = String::from("Column 1: counted operations x published energies (projected)\n\n");
    for p in e.list() {
        out += &cited(&p);
    }
    out += &[
        "A 16-bit multiplication counts as four of 8 bits. A comparison counts as an addition, so does a rounding term. An",
        "instruction is a fetch of 32 bits, half a 64-bit access, and an addition; that the RTL keeps some instructions is not",
        "counted. What is read in line shares its 64-bit word with its neighbours (16 bits are a quarter of an access); a gather,",
        "a scatter, a load or a store takes a whole one. Left out: address arithmetic, control, clock, wires, registers, leakage,",
        "and that a bank of this PE is larger than 8 KB.",
        "",
    ]
    .map(|l| format!("  {l}").trim_end().to_string() + "\n")
    .concat();
    out += &format!(
        "  {:<40} {:>12} {:>12}\n",
        "counts a sample", "training", "inference"
    );
    let line = |what: &str, of: &dyn Fn(&Counts) -> u64| {
        let share = |c: &Counts| of(c) as f64 / c.samples.max(1) as f64;
        format!(
            "  {what:<40} {:>12.1} {:>12.1}\n",
            share(training),
            share(inference)
        )
    };
    out += &line("instructions retired", &|c| c.instructions);
    out += &line("connections, forward", &|c| c.forward_operations);
    out += &line("connections, update", &|c| c.update_operations);
    out += &line("entries of vector passes", &|c| c.neuron_operations);
    out += &line("recipe slots", &|c| c.slots);
    out += &line("16-bit multiplications", &|c| {
        c.parts().iter().map(|p| p.1.multiplications).sum()
    });
    out += &line("32-bit additions", &|c| {
        c.parts().iter().map(|p| p.1.additions).sum()
    });
    for a in kinds(training) {
        let what = format!(
            "{} {}, {} bits, {}",
            if a.write { "write" } else { "read" },
            a.what,
            a.bits,
            if a.in_line { "in line" } else { "alone" }
        );
        out += &line(&what, &|c| {
            (kinds(c).iter())
                .filter(|k| Access { count: 0, ..**k } == Access { count: 0, ..a })
                .map(|k| k.count)
                .sum()
        });
    }
    out += &format!(
        "\n  {:<40} {:>12} {:>12}\n",
        "energy a sample, 45 nm", "training", "inference"
    );
    let both = |what: String, t: f64, i: f64| {
        format!(
            "  {what:<40} {:>12} {:>12}\n",
            with_prefix(t, "J"),
            with_prefix(i, "J")
        )
    };
    for (t, i) in train.parts.iter().zip(&infer.parts) {
        out += &both(format!("{}: arithmetic", t.0), t.1, i.1);
        out += &both(format!("{}: SRAM", t.0), t.2, i.2);
    }
    out += &both("sum".into(), train.sample_j, infer.sample_j);
    out += &both(
        "SRAM alone by the 22 nm figures, no sum".into(),
        train.memory16_j,
        infer.memory16_j,
    );
    out += "\n  energy a synaptic operation (a connection visited)\n";
    let nano = |what: &str, j: f64, note: &str| {
        format!("  {what:<40} {:>9} nJ   {note}\n", three_digits(j * 1e9))
    };
    let projected = "projected, 45 nm, 0.9 V";
    out += &nano(
        "forward row passes alone",
        infer.forward_operation_j,
        projected,
    );
    if let Some(j) = train.update_operation_j {
        out += &nano("update: backward row passes alone", j, projected);
    }
    out += &nano("whole inference", infer.whole_operation_j, projected);
    out += &nano("whole training sample", train.whole_operation_j, projected);
    for p in &SYNAPTIC {
        let note = format!("{}, {}, {}", p.process, p.voltage, p.source);
        out += &nano(p.what, p.pj * 1e-12, &note);
    }
    out +=
        "  Other processes, voltages and kinds of operation: orders of magnitude, not a ranking.\n";
    out
}

/// All accesses, summed over the parts that share a kind.
fn kinds(c: &Counts) -> Vec<Access> {
    let mut all: Vec<Access> = Vec::new();
    for a in c.parts().iter().flat_map(|p| &p.1.accesses) {
        let same = |k: &&mut Access| Access { count: 0, ..**k } == Access { count: 0, ..*a };
        match all.iter_mut().find(same) {
            Some(k) => k.count += a.count,
            None => all.push(*a),
        }
    }
    all
}

fn second_column(a: &Arguments, c: &Cycles, pe: &Timed, cpu: &Timed) -> String {
    let line = |what: &str, t: &Timed| {
        format!(
            "  {what:<4} {:>9} x {:>7} = {:>9}\n",
            with_prefix(t.seconds, "s"),
            with_prefix(t.watts, "W"),
            with_prefix(t.energy_j, "J")
        )
    };
    let ratio = |x: f64, y: f64| three_digits(x / y);
    let mut out = line("PE", pe) + &line("CPU", cpu);
    out += &format!(
        "  PE: {:.0} cycles a sample ({}) at {} MHz; {} for a whole board is an assumption.\n",
        c.per_sample,
        c.source,
        a.clock_mhz,
        with_prefix(a.board_watts, "W")
    );
    out += &format!(
        "  CPU: the native executor on one core of `{}`, time measured on this machine, distortion of images left out;\n  \
         {} for the core is an assumption (a server part of 200 W and 20 cores, say).\n",
        cpu_model(),
        with_prefix(a.cpu_watts, "W")
    );
    out += &format!(
        "  CPU over PE: power {}, energy {}. Liu et al. 2018 (10.3389/fnins.2018.00840) report two orders of magnitude less\n  \
         power and energy for DEEP R on SpiNNaker 2 than on an x86 CPU, another pair of machines and programs.\n",
        ratio(cpu.watts, pe.watts),
        ratio(cpu.energy_j, pe.energy_j)
    );
    out
}

/// The CPU's name, as Linux gives it.
fn cpu_model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    (text.lines())
        .find_map(|l| l.strip_prefix("model name"))
        .and_then(|l| l.split_once(':'))
        .map_or("unknown CPU".into(), |(_, name)| name.trim().into())
}
