//! The PE's packet port: pokes, peeks and messages under random stalls, against the model.

mod bench;

use bench::{Bench, Draw, ROUGH, asm, control_text, follow, library, lockstep};
use synfire_format::config::PeConfig;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, POINT_TO_POINT, Packet};
use synfire_golden::Pe;
use synfire_sim::Library;

/// Pokes and peeks stay in this range.
const RANGE: u64 = 0x4000;

/// Random packets, each fourth a message, and one thing wrong now and then.
fn packets(draw: &mut Draw, n: usize, messages: bool) -> Vec<Packet> {
    (0..n)
        .map(|_| {
            let kind = match draw.below(if messages { 8 } else { 6 }) {
                0..=4 => NEAREST_NEIGHBOUR,
                5 => [POINT_TO_POINT, 3, NEAREST_NEIGHBOUR][draw.below(3) as usize],
                _ => MULTICAST,
            };
            let key = match draw.below(16) {
                _ if kind == MULTICAST => draw.word(),
                0 => draw.word() | 0x10_0000,
                1 => 0x8000_0000 + 0x8000 + draw.below(RANGE) as u32,
                _ => 0x8000 + draw.below(RANGE / 64) as u32,
            };
            let payload = (draw.below(2) == 0).then(|| draw.word());
            Packet { kind, key, payload }
        })
        .collect()
}

/// Sends packets to a held core; differences of answers, memory and drops' fault bit from the model.
fn served_differently(library: &Library, config: &PeConfig, seed: u64) -> usize {
    let mut draw = Draw(seed);
    let list = packets(&mut draw, 400, false);
    let mut bench = Bench::new(library, config, ROUGH, seed);
    bench.set_run(false);
    let mut pe = Pe::new(config);
    for p in &list {
        bench.rx.push_back(p.encode());
        pe.push_packet(*p);
    }
    // Wrong parity: dropped, which the model's packets cannot say.
    bench.rx.push_back(
        Packet {
            kind: NEAREST_NEIGHBOUR,
            key: 0x8000,
            payload: Some(1),
        }
        .encode()
            ^ 1,
    );
    for _ in 0..20_000 {
        bench.tick();
    }
    assert!(bench.rx.is_empty(), "the port hangs");
    pe.apply_pending_pokes();
    let answers: Vec<_> = bench.tx.iter().map(|&b| Packet::decode(b)).collect();
    let want: Vec<_> = pe.take_answers().into_iter().map(Some).collect();
    let memory = bench
        .memory
        .iter()
        .zip(pe.sram().bytes())
        .filter(|(a, b)| a != b);
    memory.count() + usize::from(answers != want)
}

#[test]
fn pokes_and_peeks_do_what_the_model_says_while_the_core_is_held() {
    for config in [PeConfig::small(), PeConfig::tiny()] {
        let library = library(&control_text(&config));
        for seed in [11, 12, 13] {
            assert_eq!(
                served_differently(&library, &config, seed),
                0,
                "seed {seed}"
            );
        }
    }
}

#[test]
fn a_port_that_takes_another_type_for_pokes_is_caught() {
    let config = PeConfig::small();
    let good = control_text(&config);
    let bad = good.replace("kind$q == 32'h2", "kind$q == 32'h3");
    assert_ne!(good, bad);
    assert!(served_differently(&library(&bad), &config, 11) > 0);
}

/// Takes messages for ever; sums payloads and keys, stores them, sends both on, reads what pokes left.
fn message_program() -> Vec<u32> {
    let mut p = vec![];
    p.extend(asm::li(9, 0x4000_0000));
    p.extend(asm::li(8, 0x8000));
    p.extend([
        asm::lw(1, 9, 0x60), // RX_WAIT
        asm::lw(2, 9, 0x64), // RX_KEY
        asm::r(0, 1, 3, 0, 3),
        asm::r(0, 2, 3, 4, 3),
        asm::sw(3, 8, -4),
        asm::sw(2, 9, 0x68), // TX_KEY
        asm::sw(3, 9, 0x6c), // TX_PAYLOAD
        asm::lw(4, 8, 0),
        asm::lw(5, 8, 64),
        asm::sw(0, 9, 0x70), // TX_SEND
        asm::addi(6, 6, 1),
        asm::branch(1, 6, 7, -44),
        asm::sw(6, 9, 0x74), // EXIT
    ]);
    p
}

#[test]
fn messages_reach_the_core_in_order_with_every_poke_before_them() {
    for config in [PeConfig::small(), PeConfig::tiny()] {
        let library = library(&control_text(&config));
        for seed in 1..6 {
            let mut draw = Draw(seed * 77);
            // The program counts messages, so it is told how many there are. Only packets before the last message
            // are sent, and none that the port drops: the model applies the rest later.
            let mut list = packets(&mut draw, 300, true);
            list.retain(|p| {
                p.kind == MULTICAST || p.kind == NEAREST_NEIGHBOUR && p.key & 0x7fff_ffff < 0x1_0000
            });
            // A poke or peek of a word that the core may be reading is the sender's mistake: after each message the
            // sender waits, here by sending the next only when the core has taken the last.
            let messages = list.iter().filter(|p| p.kind == MULTICAST).count();
            while list.last().is_some_and(|p| p.kind != MULTICAST) {
                list.pop();
            }
            let mut words = asm::li(7, messages as u32).to_vec();
            words.extend(message_program());
            let mut bench = Bench::new(&library, &config, ROUGH, seed);
            let mut pe = Pe::new(&config);
            bench.load(0, &words);
            pe.load_words(0, &words).unwrap();
            let mut groups: Vec<Vec<Packet>> = vec![vec![]];
            for p in &list {
                groups.last_mut().unwrap().push(*p);
                if p.kind == MULTICAST {
                    groups.push(vec![]);
                }
            }
            let each = 12;
            for (k, group) in groups.iter().filter(|g| !g.is_empty()).enumerate() {
                for p in group {
                    bench.rx.push_back(p.encode());
                    pe.push_packet(*p);
                }
                // 6 words of start-up, then twelve instructions a message; the last ends with EXIT.
                let n = each + if k == 0 { 6 } else { 0 };
                follow(&mut bench, &mut pe, n).unwrap();
            }
            lockstep(&mut bench, &mut pe, 100).unwrap();
            assert_eq!(bench.halted(), Some(messages as u32), "seed {seed}");
            let (mut sent, mut answers) = (vec![], vec![]);
            for &bits in &bench.tx {
                let p = Packet::decode(bits).expect("odd parity");
                if p.kind == MULTICAST {
                    &mut sent
                } else {
                    &mut answers
                }
                .push(p);
            }
            assert_eq!(sent, pe.take_sent());
            assert_eq!(answers, pe.take_answers());
        }
    }
}

#[test]
fn the_queue_holds_sixteen_messages_and_then_stalls_the_port() {
    let config = PeConfig::small();
    let library = library(&control_text(&config));
    let mut bench = Bench::new(&library, &config, ROUGH, 4);
    bench.set_run(false);
    for k in 0..40 {
        bench.rx.push_back(
            Packet {
                kind: MULTICAST,
                key: k,
                payload: None,
            }
            .encode(),
        );
    }
    for _ in 0..2_000 {
        bench.tick();
    }
    let taken = 40 - bench.rx.len();
    // One more lies at the queue's output and one in the port.
    assert!((16..=18).contains(&taken), "{taken} packets taken");
}
