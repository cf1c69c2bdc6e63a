//! Samples from the store: what they take of a machine's time, and how much of the feeder a host sees.

mod bench;
mod host;

use bench::asm;
use host::{Host, echo, frame};
use synfire_format::config::{MachineShape, PeConfig};
use synfire_format::link::{command, control, status};
use synfire_format::mmio;
use synfire_hdl::machine::emit_machine;
use synfire_sim::link::{LinkRtl, MachineLibrary};
use synfire_sim::mutate;

const SHAPE: MachineShape = MachineShape {
    pes: 2,
    store_kb: 2,
    many_multipliers: false,
};

fn at(address: u32, more: &[u8]) -> Vec<u8> {
    [&address.to_le_bytes()[..], more].concat()
}

fn arrange(pairs: u16, buffers: [u16; 2], messages: [u32; 2]) -> Vec<u8> {
    let mut p = pairs.to_le_bytes().to_vec();
    p.extend(buffers.iter().flat_map(|b| b.to_le_bytes()));
    p.extend(messages.iter().flat_map(|m| m.to_le_bytes()));
    p
}

fn numbers(all: impl IntoIterator<Item = u16>) -> Vec<u8> {
    all.into_iter().flat_map(u16::to_le_bytes).collect()
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

#[test]
fn a_sample_of_mnist_size_comes_from_the_store_faster_than_the_pe_learns_one() {
    let library = MachineLibrary::build(&PeConfig::small(), SHAPE, false).unwrap();
    let mut host = Host::of(&library, 1);
    host.hello(7, 255);
    // Sends a message back and then what the machine's clock is.
    let mut p = asm::li(9, mmio::MMIO_BASE).to_vec();
    p.extend([
        asm::lw(1, 9, mmio::RX_WAIT as i32),
        asm::lw(2, 9, mmio::CYCLE as i32),
        asm::sw(2, 9, mmio::TX_PAYLOAD as i32),
        asm::jal(0, -12),
    ]);
    host.write(0, 0, &p);
    for word in (0..512).step_by(32) {
        host.must(0, command::STORE, &at(4 * word, &[word as u8; 128]));
    }
    let arrangement = arrange(392, [0x1000, 0x1800], [0, 0]);
    host.must(0, command::ARRANGE, &arrangement);
    host.control(0, control::RUN);
    host.must(0, command::FEED, &numbers([0, 100, 200, 300]));
    host.rtl.run(12_000);
    let cycles: Vec<u32> = host
        .packets(0, 4)
        .iter()
        .map(|p| p.payload.unwrap())
        .collect();
    let each = (cycles[3] - cycles[1]) / 2;
    println!("784 pixels from the store into the PE: {each} cycles");
    assert!((392 * 4..392 * 5).contains(&each), "{cycles:?}");
}

#[test]
fn the_feeder_is_before_the_first_pe_and_a_machine_without_a_store_has_none() {
    let library = MachineLibrary::build(&PeConfig::small(), SHAPE, false).unwrap();
    let mut host = Host::of(&library, 1);
    host.hello(7, 255);
    let arrangement = arrange(0, [0; 2], [0; 2]);
    assert_eq!(host.ask(1, command::ARRANGE, &arrangement).0, status::PE);
    assert_eq!(host.ask(0, command::ARRANGE, &arrangement).0, status::OK);
    let mut host = Host::new(&PeConfig::small(), 1, 1);
    for code in [command::STORE, command::ARRANGE, command::FEED] {
        assert_eq!(host.ask(0, code, &[0; 14]).0, status::COMMAND);
    }
    let without = emit_machine(&PeConfig::small(), 1, 0, 0).unwrap();
    assert!(!without.contains("module feeder") && !without.contains("module store"));
}

/// A session, sent blindly, in which every rule of the store shows. What came back, step by step.
fn session(rtl: &mut LinkRtl) -> Vec<Vec<u8>> {
    let mut seen = Vec::new();
    let mut number = 0u8;
    let mut step = |rtl: &mut LinkRtl, kind: u8, payload: &[u8], cycles: u64| {
        let line = frame(kind, number, payload);
        number = number.wrapping_add(1);
        rtl.send(&line);
        rtl.run(line.len() as u64 + cycles);
        seen.push(rtl.receive());
    };
    step(rtl, command::HELLO, &[1, 2, 3, 4], 300);
    step(rtl, command::WRITE, &at(0, &bytes(&echo())), 300);
    // Before anything is arranged: the message alone.
    let fill = |i: u32| -> Vec<u8> {
        (0..128)
            .map(|b| (i.wrapping_mul(37) ^ (b * 29) ^ (b << 3)) as u8)
            .collect()
    };
    for i in 0..16 {
        step(rtl, command::STORE, &at(128 * i, &fill(i)), 300);
    }
    step(rtl, command::CONTROL, &[control::RUN], 300);
    step(rtl, command::FEED, &numbers([511, 3]), 500);
    step(rtl, command::RECEIVE, &[5], 500);
    for (pairs, buffers, messages) in [
        (1, [0x1000, 0x1200], [0x0100_0300, 0xfe00_0500]),
        (7, [0x1555, 0x2aa8], [0, !0]),
        (32, [0x3ff0, 0x1001], [0x55aa_0ff0, 0x8000_0001]),
    ] {
        step(
            rtl,
            command::ARRANGE,
            &arrange(pairs, buffers, messages),
            300,
        );
        for all in [&[100, 2, 77][..], &[255, 256, 31, 400]] {
            step(rtl, command::FEED, &numbers(all.iter().copied()), 3_000);
            step(rtl, command::RECEIVE, &[9], 900);
            for b in buffers {
                let address = 4 * (u32::from(b) & 0x3fc0);
                step(rtl, command::READ, &at(address, &[60]), 2_500);
            }
        }
    }
    // What cannot be carried out, and changes nothing.
    let arrangement = arrange(10, [0x1000, 0x1100], [1 << 20, 1 << 21]);
    step(rtl, command::ARRANGE, &arrangement, 300);
    for (kind, payload) in [
        (command::STORE, at(2048, &[1; 4])),
        (command::STORE, at(2044, &[1; 8])),
        (command::STORE, at(2, &[1; 4])),
        (command::STORE, at(1 << 18, &[1; 4])),
        (command::STORE, at(1 << 31, &[1; 4])),
        (command::STORE, at(0, &[1; 6])),
        (command::STORE, at(0, &[])),
        (0x10 | command::STORE, at(0, &[1; 8])),
        (command::ARRANGE, vec![7; 13]),
        (command::ARRANGE, vec![7; 16]),
        (0x10 | command::ARRANGE, vec![7; 14]),
        (command::FEED, numbers([0, 507])),
        (command::FEED, numbers([0x8000])),
        (command::FEED, vec![]),
        (command::FEED, vec![1; 3]),
        (command::FEED, vec![0; 130]),
        (0x10 | command::FEED, numbers([1, 2])),
        (11, vec![0; 14]),
        (14, vec![]),
    ] {
        step(rtl, kind, &payload, 600);
    }
    step(rtl, command::RECEIVE, &[9], 500);
    step(
        rtl,
        command::STORE,
        &at(2040, &[9, 8, 7, 6, 5, 4, 3, 2]),
        300,
    );
    // 506 is the last place of a sample of six words.
    step(rtl, command::FEED, &numbers([506, 0, 506]), 2_000);
    step(rtl, command::RECEIVE, &[9], 500);
    // More than the PE's answers find room for; then the queue's end.
    step(rtl, command::FEED, &numbers((0..64).map(|n| 7 * n)), 20_000);
    step(rtl, command::FEED, &numbers([1; 20]), 9_000);
    step(rtl, command::FEED, &numbers([2; 64]), 9_000);
    for _ in 0..30 {
        step(rtl, command::RECEIVE, &[3], 3_000);
        step(rtl, command::READ, &at(0x4000, &[10]), 900);
        step(rtl, command::READ, &at(0x4400, &[10]), 900);
    }
    // While the core is held two samples go in, and a reset forgets the others.
    step(rtl, command::CONTROL, &[0], 300);
    step(rtl, command::FEED, &numbers([11, 22, 33]), 2_000);
    step(rtl, command::READ, &at(0x4000, &[10]), 900);
    step(rtl, command::READ, &at(0x4400, &[10]), 900);
    step(
        rtl,
        command::CONTROL,
        &[control::RESET | control::RUN],
        2_000,
    );
    step(rtl, command::FEED, &numbers([44]), 2_000);
    step(rtl, command::RECEIVE, &[9], 900);
    step(rtl, command::READ, &at(0x4000, &[10]), 900);
    step(rtl, command::READ, &at(0x4400, &[10]), 900);
    step(rtl, command::COUNTERS, &[], 500);
    seen
}

#[test]
fn nearly_every_break_of_the_feeder_shows_in_a_session() {
    const BREAKS: usize = 120;
    let modules = ["feeder"];
    let good = emit_machine(&PeConfig::small(), SHAPE, 0, 0).unwrap();
    for name in modules {
        assert!(good.contains(&format!("\nmodule {name}(")), "{name}");
    }
    let breaks = mutate::choose(&good, |m| modules.contains(&m), BREAKS, 1);
    let text = mutate::apply(&good, "machine", &breaks).unwrap();
    let library = MachineLibrary::from_verilog(&text, false).unwrap();
    let run = |n: u16| {
        let mut rtl = library.instance(1).unwrap();
        rtl.select_mutant(n);
        session(&mut rtl)
    };
    let want = run(0);
    let unseen: Vec<String> = (1u16..)
        .zip(&breaks)
        .filter(|(n, _)| run(*n) == want)
        .map(|(_, b)| b.to_string())
        .collect();
    println!("{} of {} breaks are not seen:", unseen.len(), breaks.len());
    for b in &unseen {
        println!("{b}");
    }
    assert!(10 * unseen.len() <= breaks.len(), "{unseen:#?}");
}
