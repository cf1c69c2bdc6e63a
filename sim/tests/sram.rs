//! The SRAM against a byte array: random traffic on all streams, every configuration.

use std::collections::VecDeque;
use synfire_format::config::PeConfig;
use synfire_hdl::emit::verilog;
use synfire_hdl::sram::Sram;
use synfire_sim::{BuildOptions, Machine, Port, build, lint};

fn text(config: &PeConfig) -> String {
    match config.word_bits {
        32 => verilog(Sram::<32, 4>::new(config), "sram", "SRAM alone"),
        _ => verilog(Sram::<64, 8>::new(config), "sram", "SRAM alone"),
    }
    .unwrap()
}

fn machine(text: &str, seed: u64) -> Machine {
    let m = build("sram", text, &BuildOptions::default())
        .unwrap()
        .instance(seed);
    for (name, _) in build("sram", text, &BuildOptions::default())
        .unwrap()
        .ports()
    {
        if name.ends_with("$valid") {
            m.port(name).unwrap().set(0);
        }
    }
    m.port("reset").unwrap().set(1);
    m.tick(3);
    m.port("reset").unwrap().set(0);
    m
}

struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

struct Reader {
    valid: Port,
    addr: Port,
    ready: Port,
    rsp_valid: Port,
    rsp_data: Port,
    /// Accepted and not answered: word and what must come.
    due: VecDeque<(usize, u64)>,
    longest_wait: u32,
    waited: u32,
}

struct Writer {
    valid: Port,
    addr: Port,
    data: Port,
    be: Port,
    ready: Port,
}

/// Runs `cycles` of random traffic and returns (reads, writes, longest wait of a read request).
fn traffic(
    config: &PeConfig,
    text: &str,
    seed: u64,
    cycles: u32,
    words: u64,
) -> Result<(u32, u32, u32), String> {
    let m = machine(text, seed);
    let port = |s: &str, f: &str| m.port(&format!("{s}${f}")).unwrap();
    let mut readers: Vec<Reader> = ["f", "g", "y", "c"]
        .iter()
        .map(|s| Reader {
            valid: port(s, "valid"),
            addr: port(s, "addr"),
            ready: port(s, "ready"),
            rsp_valid: port(s, "rsp_valid"),
            rsp_data: port(s, "rsp_data"),
            due: VecDeque::new(),
            longest_wait: 0,
            waited: 0,
        })
        .collect();
    let writers: Vec<Writer> = ["w", "yw", "cw"]
        .iter()
        .map(|s| Writer {
            valid: port(s, "valid"),
            addr: port(s, "addr"),
            data: port(s, "data"),
            be: port(s, "be"),
            ready: port(s, "ready"),
        })
        .collect();
    let bytes = u64::from(config.word_bits / 8);
    let bank_words = u64::from(config.bank_bytes()) / bytes;
    let mut draw = Draw(seed * 2 + 0x9e37_79b9_7f4a_7c15);
    let all = (u64::from(config.sram_bytes) / bytes) as usize;
    let mut model = vec![0u64; all];
    for b in 0..config.banks {
        let memory = m.memory(&format!("bank${b}.mem")).unwrap();
        for i in 0..bank_words {
            let v = draw.next() & (u64::MAX >> (64 - config.word_bits));
            memory.set(i as usize, v);
            model[(u64::from(b) * bank_words + i) as usize] = v;
        }
    }
    // A few words in every bank, so that streams meet; upper address bits are noise that must wrap away.
    let place = |r: u64| {
        let bank = r % u64::from(config.banks);
        let word = bank * bank_words + (r >> 8) % words;
        (
            word as usize,
            word * bytes + (r >> 16) % bytes + ((r >> 20) << 16 & 0x3_0000),
        )
    };
    let (mut reads, mut writes) = (0, 0);
    // Cycle from which an engine may write a word again that the core wrote: the core goes after engines, not before.
    let mut engine_from = vec![0; all];
    // Choices of the last accepted writes.
    let mut recent = [0u64; 4];
    for cycle in 0..cycles {
        let busy = if (cycle >> 9) & 1 == 0 { 1 } else { 3 };
        let mut taken: Vec<usize> = Vec::new();
        let mut wanted = Vec::new();
        for (stream, w) in writers.iter().enumerate() {
            let choice = draw.next();
            let (word, addr) = place(choice);
            // Not what a read still waits for, one writer a word in a cycle, W and Y in words of their own.
            let free = readers.iter().all(|r| r.due.iter().all(|d| d.0 != word))
                && !taken.contains(&word)
                && (stream == 2 || stream == word % 2 && cycle >= engine_from[word]);
            let go = free && draw.next() % 4 < busy;
            w.valid.set(u64::from(go));
            w.addr.set(addr);
            w.data.set(draw.next());
            w.be.set(draw.next());
            if go {
                taken.push(word);
            }
            wanted.push((go, word, choice));
        }
        let mut asked = Vec::new();
        for r in &readers {
            // Half of the reads chase the last writes.
            let fresh = draw.next();
            let choice = if fresh & 1 == 0 {
                fresh >> 1
            } else {
                recent[fresh as usize / 2 % 4]
            };
            let (word, addr) = place(choice);
            let go = r.due.len() < 8 && !taken.contains(&word) && draw.next() % 4 < busy;
            r.valid.set(u64::from(go));
            r.addr.set(addr);
            asked.push((go, word));
        }
        m.eval();
        for (r, (go, word)) in readers.iter_mut().zip(asked) {
            if r.rsp_valid.get() == 1 {
                let (w, want) = r.due.pop_front().ok_or("a response without a request")?;
                if r.rsp_data.get() != want {
                    let got = r.rsp_data.get();
                    return Err(format!(
                        "cycle {cycle}: word {w:#x} is {want:#x}, read {got:#x}"
                    ));
                }
                reads += 1;
                r.waited = 0;
            } else if !r.due.is_empty() {
                r.waited += 1;
                r.longest_wait = r.longest_wait.max(r.waited);
            }
            if go && r.ready.get() == 1 {
                r.due.push_back((word, model[word]));
            }
        }
        for (stream, (w, (go, word, choice))) in writers.iter().zip(wanted).enumerate() {
            if go && w.ready.get() == 1 {
                if stream == 2 {
                    engine_from[word] = cycle + 64;
                }
                writes += 1;
                recent[writes as usize % 4] = choice;
                for lane in (0..bytes).filter(|l| w.be.get() >> l & 1 == 1) {
                    let mask = 0xff << (8 * lane);
                    model[word] = model[word] & !mask | w.data.get() & mask;
                }
            }
        }
        m.tick(1);
    }
    for r in &readers {
        r.valid.set(0);
    }
    for w in &writers {
        w.valid.set(0);
    }
    m.tick(64);
    for b in 0..config.banks {
        let memory = m.memory(&format!("bank${b}.mem")).unwrap();
        for i in 0..bank_words {
            let (got, want) = (
                memory.get(i as usize),
                model[(u64::from(b) * bank_words + i) as usize],
            );
            if got != want {
                return Err(format!(
                    "bank {b} word {i:#x} ends as {got:#x}, should be {want:#x}"
                ));
            }
        }
    }
    if m.port("conflicts").unwrap().get() == 0 {
        return Err("no conflict was counted".into());
    }
    let longest = readers.iter().map(|r| r.longest_wait).max().unwrap_or(0);
    Ok((reads, writes, longest))
}

#[test]
fn random_traffic_reads_what_was_written_last_in_every_configuration() {
    for config in PeConfig::all() {
        let text = text(&config);
        lint("sram", &text).unwrap();
        for (seed, words) in [(1, 4), (2, 64)] {
            let (reads, writes, longest) = traffic(&config, &text, seed, 40_000, words).unwrap();
            println!(
                "{}: {reads} reads, {writes} writes, longest wait {longest}",
                config.name
            );
            assert!(
                reads > 4_000 && writes > 2_000,
                "{reads} reads, {writes} writes"
            );
            assert!(longest < 200, "a read waited {longest} cycles");
        }
    }
}

#[test]
fn broken_order_selection_or_enables_are_caught() {
    for config in [PeConfig::tiny(), PeConfig::small()] {
        let good = text(&config);
        let breaks: &[(&str, &str)] = if config.single_port {
            &[("if (single) begin", "if (0) begin"), ("we[3]", "we[2]")]
        } else {
            &[
                ("hold = held | held_second", "hold = held_second"),
                ("hold = held | held_second", "hold = held"),
                ("& ~hold[1]", ""),
                ("& ~engine_hold[0]", ""),
                ("we[7]", "we[6]"),
                ("3'd0: q = word$0", "3'd0: q = word$1"),
            ]
        };
        for (from, to) in breaks {
            let bad = good
                .replace(from, to)
                .replace(&from.replace(['(', ')'], ""), to);
            assert_ne!(good, bad, "{from} is in the text");
            let result = traffic(&config, &bad, 2, 40_000, 64);
            assert!(
                result.is_err(),
                "{}: `{from}` -> `{to}` went unseen",
                config.name
            );
        }
    }
}

#[test]
fn a_lone_stream_moves_a_word_a_cycle_and_answers_after_four_cycles() {
    for config in PeConfig::all() {
        let m = machine(&text(&config), 1);
        let port = |n: &str| m.port(n).unwrap();
        port("f$valid").set(1);
        let mut first = None;
        let mut answers = 0;
        for cycle in 0..1_000 {
            port("f$addr").set(cycle * 8);
            m.eval();
            assert_eq!(port("f$ready").get(), 1, "never stalls");
            answers += port("f$rsp_valid").get();
            if answers == 1 && first.is_none() {
                first = Some(cycle);
            }
            m.tick(1);
        }
        assert_eq!((first, answers), (Some(4), 996), "{}", config.name);
        assert_eq!(port("conflicts").get(), 0);
    }
}
