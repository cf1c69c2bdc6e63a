//! How much of the bridge a host sees: breaks compiled into its modules, and a session that must differ for each.

mod bench;
mod host;

use bench::asm;
use host::{echo, frame, packed};
use synfire_format::config::PeConfig;
use synfire_format::link::{self, command, control};
use synfire_format::packet::{MULTICAST, Packet};
use synfire_hdl::machine::emit_machine;
use synfire_sim::link::{LinkRtl, MachineLibrary};
use synfire_sim::mutate;

/// The bridge's modules as they are called in the machine's Verilog.
/// What breaks are drawn from; the PEs' counters, whose ends no session reaches, are broken in link_counters.rs.
const MODULES: [&str; 13] = [
    "bridge",
    "executor",
    "session",
    "control",
    "check",
    "part",
    "receiver",
    "slip",
    "crc",
    "transmitter",
    "transmitter_slip",
    "station",
    "counters",
];

/// A whole session, sent blindly: every command, every error, damage, repetition, overrun. What came back, step by step.
fn session(rtl: &mut LinkRtl) -> Vec<Vec<u8>> {
    let mut seen = Vec::new();
    let mut step = |rtl: &mut LinkRtl, line: &[u8], cycles: u64| {
        rtl.send(line);
        rtl.run(line.len() as u64 + cycles);
        seen.push(rtl.receive());
    };
    let mut n = 0u8;
    let mut next = move || {
        n = n.wrapping_add(1);
        n
    };
    let at = |address: u32, more: &[u8]| [&address.to_le_bytes()[..], more].concat();
    let bytes = |words: &[u32]| {
        words
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let message = |i: u32| {
        packed(&Packet {
            kind: MULTICAST,
            key: 0x00db_c000 + i,
            payload: i.is_multiple_of(2).then_some(0xc0db_dcdd ^ i),
        })
    };
    step(rtl, &frame(command::READ, 9, &at(0, &[1])), 200);
    step(rtl, &frame(command::HELLO, 9, &[0; 4]), 200);
    step(rtl, &frame(command::HELLO, 0, &[1, 2, 3, 4]), 300);
    for pe in [0, 0x10] {
        let p = bytes(&echo());
        step(rtl, &frame(pe | command::WRITE, next(), &at(0, &p)), 200);
        let data: Vec<u8> = (0..240).map(|i| (i * 53 + 7) as u8).collect();
        for address in [0x100, 0xff10] {
            step(
                rtl,
                &frame(pe | command::WRITE, next(), &at(address, &data)),
                300,
            );
            step(
                rtl,
                &frame(pe | command::READ, next(), &at(address, &[60])),
                2_500,
            );
        }
        let units: Vec<u8> = (0..240).map(|i| (i + 16) as u8).collect();
        step(
            rtl,
            &frame(pe | command::WRITE_BYTES, next(), &at(0x800, &units)),
            1_500,
        );
        step(
            rtl,
            &frame(pe | command::READ, next(), &at(0x800, &[60])),
            2_500,
        );
        step(
            rtl,
            &frame(pe | command::READ, next(), &at(0x800 + 240, &[60])),
            2_500,
        );
        for bits in [control::STEP, control::STEP, control::STEP, control::RUN] {
            step(rtl, &frame(pe | command::CONTROL, next(), &[bits]), 4_500);
        }
        for count in [1, 3, 26] {
            let all: Vec<u8> = (0..count).flat_map(message).collect();
            step(rtl, &frame(pe | command::SEND, next(), &all), 2_500);
            let read = frame(pe | command::READ, next(), &at(0x100, &[5]));
            step(rtl, &read, 500);
            step(rtl, &read, 500);
            for most in [2, 26, 26] {
                step(rtl, &frame(pe | command::RECEIVE, next(), &[most]), 900);
            }
        }
        step(rtl, &frame(pe | command::CONTROL, next(), &[0]), 300);
        step(rtl, &frame(pe | command::COUNTERS, next(), &[]), 500);
        // One program that ends, after a reset.
        let mut p = asm::li(9, 0x4000_0000).to_vec();
        p.extend([asm::addi(1, 0, 99), asm::sw(1, 9, 0x74)]);
        step(
            rtl,
            &frame(pe | command::WRITE, next(), &at(0, &bytes(&p))),
            300,
        );
        for bits in [
            control::RESET,
            control::RESET | control::STEP,
            control::RUN,
            0,
        ] {
            step(rtl, &frame(pe | command::CONTROL, next(), &[bits]), 500);
        }
        step(rtl, &frame(pe | command::COUNTERS, next(), &[]), 500);
    }
    // What cannot be carried out.
    for (kind, payload) in [
        (8, vec![]),
        (0x20 | command::COUNTERS, vec![]),
        (command::HELLO, vec![1; 5]),
        (command::READ, at(0x1_0000, &[1])),
        (command::READ, at(0xfffc, &[2])),
        (command::READ, at(0x101, &[1])),
        (command::READ, at(0x0100_0000, &[1])),
        (command::READ, at(0, &[0])),
        (command::READ, at(0, &[61])),
        (command::WRITE, at(0, &[1; 5])),
        (command::WRITE, at(0, &[])),
        (command::WRITE, at(0xfff8, &[1; 12])),
        (command::WRITE_BYTES, at(0xfff8, &[1; 4])),
        (command::WRITE_BYTES, at(0, &[1; 5])),
        (command::WRITE_BYTES, at(0, &[])),
        (command::SEND, vec![0; 8]),
        (command::SEND, vec![0; 243]),
        (command::RECEIVE, vec![27]),
        (command::RECEIVE, vec![0]),
        (command::CONTROL, vec![]),
        (command::COUNTERS, vec![1]),
    ] {
        step(rtl, &frame(kind, next(), &payload), 300);
    }
    // Repetition, order, damage.
    let first = next();
    let lines: Vec<Vec<u8>> = (0..10u8)
        .map(|i| {
            frame(
                command::READ,
                first.wrapping_add(i),
                &at(0x100 + 4 * u32::from(i), &[1 + i]),
            )
        })
        .collect();
    for line in &lines {
        step(rtl, line, 500);
    }
    for line in &lines {
        step(rtl, line, 500);
    }
    let mut number = first.wrapping_add(10);
    step(
        rtl,
        &frame(command::COUNTERS, number.wrapping_add(1), &[]),
        500,
    );
    let mut bad = frame(command::WRITE, number, &at(0x100, &[0; 4]));
    bad[7] ^= 4;
    step(rtl, &bad, 300);
    step(rtl, &frame(command::WRITE, number, &[1; 245]), 300);
    step(
        rtl,
        &[link::END, link::ESCAPE, 1, link::END, link::END],
        300,
    );
    step(
        rtl,
        &[&lines[9][..], &bad[..], &bad[..], &lines[9][..]].concat(),
        900,
    );
    // Overrun.
    rtl.hold(true);
    for _ in 0..12 {
        rtl.send(&frame(command::READ, number, &at(0x140, &[1])));
        number = number.wrapping_add(1);
    }
    rtl.run(1_500);
    rtl.hold(false);
    step(rtl, &[], 1_500);
    number = number.wrapping_sub(3);
    rtl.framing_error();
    step(rtl, &frame(command::COUNTERS, number, &[]), 500);
    // A full queue.
    for (kind, payload, cycles) in [
        (0x10 | command::WRITE, at(0, &bytes(&echo())), 300),
        (
            0x10 | command::CONTROL,
            vec![control::RESET | control::RUN],
            500,
        ),
        (
            0x10 | command::SEND,
            (0..20).flat_map(message).collect(),
            2_000,
        ),
        (0x10 | command::READ, at(0x100, &[1]), 500),
        (0x10 | command::RECEIVE, vec![26], 900),
        (0x10 | command::READ, at(0x100, &[1]), 500),
        (0x10 | command::RECEIVE, vec![26], 900),
    ] {
        number = number.wrapping_add(1);
        step(rtl, &frame(kind, number, &payload), cycles);
    }
    step(rtl, &frame(command::HELLO, 7, &[1, 2, 3, 4]), 500);
    step(rtl, &frame(command::HELLO, 7, &[1, 2, 3, 5]), 500);
    step(rtl, &frame(command::COUNTERS, 8, &[]), 500);
    seen
}

#[test]
fn nearly_every_break_of_the_bridge_shows_in_a_session() {
    const BREAKS: usize = 150;
    let good = emit_machine(&PeConfig::small(), 2, 0, 0).unwrap();
    for name in MODULES {
        assert!(good.contains(&format!("\nmodule {name}(")), "{name}");
    }
    let breaks = mutate::choose(&good, |m| MODULES.contains(&m), BREAKS, 1);
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
