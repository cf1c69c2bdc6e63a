//! The fuzzer's targets on the kept corpus and on drawn bytes, and the RTL's bridge on the same lines as the model's.

use conformance::fuzz::{Piece, TARGETS, decoder, line, pieces};
use std::path::Path;
use synfire::link::Request;
use synfire::link::frame::{Arrived, Deframer, Frame};
use synfire_format::config::PeConfig;
use synfire_format::link::{MAX_WORDS, command, counter, status};
use synfire_golden::{Bridge, Pe};
use synfire_sim::link::{LinkRtl, MachineLibrary};

/// The kept inputs of a target, in the order of their names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|p| std::fs::read(p).unwrap()).collect()
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % n
    }

    /// Bytes that are pieces more often than by chance, with short payloads.
    fn input(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        for _ in 0..self.below(12) {
            let size = self.below(20) as usize;
            all.extend([self.below(256) as u8, size as u8]);
            for at in 0..size {
                let any = [0, 0xc0, 0xdb, self.below(256) as u8][self.below(4) as usize];
                // Addresses inside the SRAM.
                all.push(if (2..4).contains(&at) { 0 } else { any });
            }
        }
        all
    }
}

#[test]
fn every_target_holds_on_the_corpus_and_on_drawn_bytes() {
    let mut random = Random(5);
    for (name, target) in TARGETS {
        let kept = corpus(name);
        assert!(kept.len() >= 4, "{name}: {} inputs", kept.len());
        kept.iter().for_each(|bytes| target(bytes));
        (0..300).for_each(|_| target(&random.input()));
    }
}

#[test]
fn the_corpus_has_good_frames_and_bad_ones() {
    let all: Vec<Piece> = corpus("bridge").iter().flat_map(|b| pieces(b)).collect();
    let count = |f: fn(&Piece) -> bool| all.iter().filter(|p| f(p)).count();
    assert!(count(|p| matches!(p, Piece::Good(_))) >= 5, "{all:?}");
    assert!(count(|p| matches!(p, Piece::Damaged(_))) >= 1);
    assert!(count(|p| matches!(p, Piece::Raw(_))) >= 1);
    // Not everything is silence: a decoder that found nothing would hold.
    decoder(&corpus("decoder")[0]);
}

/// Both bridges of one configuration, with the same memory.
struct Both {
    model: Bridge,
    rtl: LinkRtl,
    /// Frames whose CRC is wrong by one bit are given to the model with the right one: what a bridge that takes bad
    /// frames would do.
    mended: bool,
}

fn frames(bytes: &[u8]) -> Vec<Arrived> {
    let mut deframer = Deframer::default();
    bytes.iter().filter_map(|&b| deframer.take(b)).collect()
}

/// Without what depends on time: counters of cycles; and damaged frames that follow each other may share an answer.
fn timeless(bytes: &[u8]) -> Vec<Arrived> {
    let mut all = frames(bytes);
    for one in &mut all {
        if let Arrived::Good(f) = one
            && f.payload.len() == 4 * counter::COUNT
        {
            f.payload.truncate(4 * counter::CYCLES);
            // One answer for several is one count less.
            f.payload[4 * counter::DAMAGED..4 * counter::DAMAGED + 4].fill(0);
        }
    }
    all.dedup_by(|a, b| {
        a == b && matches!(a, Arrived::Good(f) if [status::EXPECT, status::NO_SESSION].contains(&f.kind))
    });
    all
}

impl Both {
    fn new(config: &PeConfig) -> Self {
        let library = MachineLibrary::build(config, 1, false).unwrap();
        let mut both = Both {
            model: Bridge::new(vec![Pe::new(config)], 0),
            rtl: library.instance(3).unwrap(),
            mended: false,
        };
        both.session(1).unwrap();
        // The RTL powers up with anything.
        for at in (0..config.sram_bytes).step_by(4 * MAX_WORDS) {
            let words = MAX_WORDS.min((config.sram_bytes - at) as usize / 4);
            let r = Request::write(at, &vec![0; 4 * words]);
            let number = (at as usize / (4 * MAX_WORDS)) as u8;
            both.frame(r.command, number, r.payload).unwrap();
        }
        both
    }

    /// A line to both; their answers differ, or the RTL does not come to rest.
    fn send(&mut self, for_rtl: &[u8], for_model: &[u8]) -> Result<(), String> {
        self.model.push(for_model);
        let of_model = self.model.take();
        self.rtl.send(for_rtl);
        let (mut of_rtl, mut quiet, mut looks) = (Vec::new(), 0, 0);
        while quiet < 25 {
            self.rtl.run(100);
            let new = self.rtl.receive();
            quiet = if new.is_empty() && self.rtl.unsent() == 0 {
                quiet + 1
            } else {
                0
            };
            of_rtl.extend(new);
            looks += 1;
            if looks > 20_000 {
                return Err(format!(
                    "the RTL does not come to rest after {for_rtl:02x?}"
                ));
            }
        }
        let (model, rtl) = (timeless(&of_model), timeless(&of_rtl));
        if model == rtl {
            Ok(())
        } else {
            Err(format!(
                "sent {for_rtl:02x?}\nmodel {model:02x?}\nRTL   {rtl:02x?}"
            ))
        }
    }

    fn frame(&mut self, kind: u8, number: u8, payload: Vec<u8>) -> Result<(), String> {
        let bytes = Frame {
            kind,
            number,
            payload,
        }
        .encode();
        self.send(&bytes, &bytes)
    }

    fn session(&mut self, nonce: u32) -> Result<(), String> {
        self.frame(command::HELLO, 255, nonce.to_le_bytes().to_vec())
    }

    /// The pieces of an input; messages and programs are left to tests/link.rs, which keeps count of their queues.
    fn input(&mut self, bytes: &[u8]) -> Result<(), String> {
        let left = [command::SEND, command::RECEIVE, command::CONTROL];
        for piece in pieces(bytes) {
            if matches!(&piece, Piece::Good(f) if left.contains(&(f.kind & 0xf))) {
                continue;
            }
            let bytes = line(&piece);
            let mut for_model = bytes.clone();
            if let (true, Piece::Damaged(_)) = (self.mended, &piece) {
                for_model = mended(&bytes).unwrap_or(for_model);
            }
            self.send(&bytes, &for_model)?;
        }
        // An end, for what raw bytes began.
        self.send(&[0xc0], &[0xc0])
    }

    /// All of both memories.
    fn same_memory(&mut self, config: &PeConfig, nonce: u32) -> Result<(), String> {
        self.session(nonce)?;
        for at in (0..config.sram_bytes).step_by(4 * MAX_WORDS) {
            let words = MAX_WORDS.min((config.sram_bytes - at) as usize / 4);
            let r = Request::read(at, words as u8);
            let number = (at as usize / (4 * MAX_WORDS)) as u8;
            self.frame(r.command, number, r.payload)
                .map_err(|e| format!("memory: {e}"))?;
        }
        Ok(())
    }
}

/// The frame that a line with one flipped bit was.
fn mended(line: &[u8]) -> Option<Vec<u8>> {
    (1..line.len() - 1)
        .flat_map(|at| (0..8).map(move |bit| (at, bit)))
        .find_map(|(at, bit)| {
            let mut one = line.to_vec();
            one[at] ^= 1 << bit;
            matches!(&frames(&one)[..], [Arrived::Good(_)]).then_some(one)
        })
}

/// How the bridges differ on the corpus and on drawn lines.
fn differ(inputs: usize, mended: bool) -> Result<(), String> {
    let config = PeConfig::small();
    let mut both = Both::new(&config);
    both.mended = mended;
    let mut random = Random(8);
    let mut all = corpus("bridge");
    all.extend(corpus("decoder"));
    all.extend((0..inputs).map(|_| random.input()));
    for (n, input) in (2u32..).zip(&all) {
        both.session(n)?;
        both.input(input).map_err(|e| format!("input {n}: {e}"))?;
    }
    both.same_memory(&config, u32::MAX)
}

#[test]
fn the_rtl_answers_every_line_as_the_model_and_bad_frames_write_nothing() {
    differ(250, false).unwrap();
}

#[test]
fn a_bridge_that_takes_a_bad_frame_is_seen() {
    let text = differ(40, true).unwrap_err();
    assert!(text.contains("model") && text.contains("RTL"), "{text}");
}
