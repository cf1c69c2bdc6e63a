//! The machine's end of the host link when frames are damaged, lost, repeated or out of order, and when requests cannot
//! be carried out: nothing is done twice, nothing half.

mod bench;
mod host;

use bench::Draw;
use host::{Host, echo, escaped, frame, packed};
use synfire_format::config::PeConfig;
use synfire_format::link::{self, command, control, counter, status};
use synfire_format::packet::{MULTICAST, Packet};
use synfire_hdl::machine::emit_machine;
use synfire_sim::link::MachineLibrary;

fn small() -> Host {
    Host::new(&PeConfig::small(), 2, 9)
}

fn write_line(number: u8, address: u32, word: u32) -> Vec<u8> {
    let payload = [address.to_le_bytes(), word.to_le_bytes()].concat();
    frame(command::WRITE, number, &payload)
}

const EXPECT_0: (u8, u8, Vec<u8>) = (status::EXPECT, 0, Vec::new());

/// Frames with one bit of the line flipped that wrote a word, or were not answered by EXPECT.
fn damage_not_seen(host: &mut Host) -> usize {
    let good = write_line(0, 0x300, 0xdead_beef);
    let mut unseen = 0;
    for byte in 1..good.len() - 1 {
        for bit in 0..8 {
            let mut line = good.clone();
            line[byte] ^= 1 << bit;
            // A byte that becomes an END makes two damaged frames.
            let answers = host.bytes(&line, 250);
            let expected = !answers.is_empty() && answers.iter().all(|a| *a == EXPECT_0);
            unseen += usize::from(!expected);
            // Escapes may have swallowed the end.
            let silent = host.bytes(&[link::END], 250);
            unseen += usize::from(silent.iter().any(|a| *a != EXPECT_0));
        }
    }
    unseen
}

#[test]
fn a_damaged_frame_writes_nothing_and_is_counted() {
    let mut host = small();
    assert_eq!(damage_not_seen(&mut host), 0);
    let counters = host.counters(0);
    assert!(counters[counter::DAMAGED] >= 8 * 14, "{counters:?}");
    assert_eq!(counters[counter::CARRIED_OUT], 0);
    assert_ne!(host.read(0, 0x300, 1), [0xdead_beef]);
}

#[test]
fn a_receiver_that_ignores_the_crc_or_computes_another_is_caught() {
    let good = emit_machine(&PeConfig::small(), 1, 0, 0).unwrap();
    // Any frame is good; then none is, since a tap is missing.
    let all = good.replace("== 64'hdebb20e3", "!= 64'h0");
    assert!(good != all);
    let library = MachineLibrary::from_verilog(&all, false).unwrap();
    let mut host = Host::of(&library, 1);
    host.hello(1, 255);
    assert!(damage_not_seen(&mut host) > 0);
    let tap = good.replace("64'hedb88320", "64'hedb88321");
    assert!(good != tap);
    let library = MachineLibrary::from_verilog(&tap, false).unwrap();
    let mut host = Host::of(&library, 1);
    host.rtl.send(&frame(command::HELLO, 255, &[1, 0, 0, 0]));
    host.rtl.run(500);
    assert_ne!(host.rtl.receive(), small_hello());
}

/// The bytes of a good machine's answer to the same.
fn small_hello() -> Vec<u8> {
    let mut host = Host::silent(&PeConfig::small(), 2, 1);
    host.rtl.send(&frame(command::HELLO, 255, &[1, 0, 0, 0]));
    host.rtl.run(500);
    host.rtl.receive()
}

/// Sends ten SENDs, repeats the last eight; packets the core saw beyond ten, and repetitions answered in other bytes.
fn repeated_differently(host: &mut Host) -> usize {
    host.write(0, 0, &echo());
    host.control(0, control::RUN);
    let first = host.number;
    let mut answers = Vec::new();
    let line = |number: u8, i: u32| {
        let p = Packet {
            kind: MULTICAST,
            key: i,
            payload: Some(i),
        };
        frame(command::SEND, number, &packed(&p))
    };
    for i in 0..10 {
        host.rtl.send(&line(first.wrapping_add(i), i.into()));
        host.rtl.run(200);
        answers.push(host.rtl.receive());
    }
    let mut wrong = 0;
    for i in 2..10 {
        host.rtl.send(&line(first.wrapping_add(i), i.into()));
        host.rtl.run(200);
        wrong += usize::from(host.rtl.receive() != answers[usize::from(i)]);
    }
    host.number = first.wrapping_add(10);
    let keys: Vec<u32> = host.packets(0, 26).iter().map(|p| p.key).collect();
    wrong + usize::from(keys != (1..11).collect::<Vec<u32>>())
}

#[test]
fn a_repeated_request_is_not_carried_out_again_and_gets_the_same_bytes() {
    // Numbers wrap on the way.
    for start in [0, 251] {
        let mut host = Host::silent(&PeConfig::small(), 2, 9);
        host.hello(5, start - u8::from(start > 0));
        host.number = if start > 0 { start } else { 1 };
        assert_eq!(repeated_differently(&mut host), 0);
        assert_eq!(host.counters(0)[counter::REPEATED], 8);
    }
}

#[test]
fn a_bridge_with_another_window_is_caught() {
    let good = emit_machine(&PeConfig::small(), 1, 0, 0).unwrap();
    let bad = good.replace("behind == 32'h0", "behind <= 32'h1");
    assert!(good != bad);
    let library = MachineLibrary::from_verilog(&bad, false).unwrap();
    let mut host = Host::of(&library, 1);
    host.hello(1, 255);
    assert!(repeated_differently(&mut host) > 0);
}

#[test]
fn responses_of_any_length_are_repeated_byte_by_byte_as_long_as_they_are_kept() {
    let mut host = small();
    let mut draw = Draw(77);
    let mut kept = Vec::new();
    for i in 0..40u8 {
        let mut payload = (4 * draw.below(0x1000) as u32).to_le_bytes().to_vec();
        payload.push(1 + draw.below(60) as u8);
        let line = frame(command::READ, i, &payload);
        host.rtl.send(&line);
        host.rtl.run(3_000);
        kept.push((line, host.rtl.receive()));
        for back in 0..=i.min(7) {
            let (line, answer) = &kept[usize::from(i - back)];
            host.rtl.send(line);
            host.rtl.run(700);
            assert_eq!(host.rtl.receive(), *answer, "request {i}, {back} back");
        }
        if i >= 8 {
            let old = kept[usize::from(i - 8)].0.clone();
            let all = host.bytes(&old, 700);
            assert_eq!(all, [(status::EXPECT, i + 1, vec![])]);
        }
    }
}

#[test]
fn numbers_out_of_order_are_refused_with_the_one_expected() {
    let mut host = small();
    for number in [1, 2, 100, 248, 255] {
        let all = host.bytes(&write_line(number, 0, 1), 250);
        assert_eq!(all, [EXPECT_0], "{number}");
    }
    assert_eq!(host.counters(1)[counter::OUT_OF_ORDER], 5);
    let all = host.bytes(&write_line(9, 0, 1), 250);
    assert_eq!(all, [(status::EXPECT, 1, vec![])]);
}

#[test]
fn nothing_is_carried_out_without_a_session() {
    let mut host = Host::silent(&PeConfig::small(), 2, 2);
    let none = [(status::NO_SESSION, 0, vec![])];
    assert_eq!(host.bytes(&write_line(0, 0, 1), 250), none);
    assert_eq!(host.bytes(&[link::END, 1, link::END], 250), none);
    // HELLO with no nonce, or none at all.
    assert_eq!(host.bytes(&frame(command::HELLO, 3, &[0; 4]), 250), none);
    assert_eq!(host.bytes(&frame(command::HELLO, 3, &[1; 3]), 250), none);
    host.hello(1, 3);
    // Silence is no frame.
    assert_eq!(host.bytes(&[link::END; 5], 250), []);
    host.number = 4;
    let counters = host.counters(0);
    assert_eq!(counters[..6], [0; 6], "the session starts from nothing");
}

#[test]
fn hello_starts_a_session_once() {
    let mut host = small();
    host.write(0, 0x40, &[1]);
    let who = host.hello(0x1234_5678, 17);
    assert_eq!(host.counters(0)[counter::CARRIED_OUT], 1, "nothing changed");
    assert_eq!(host.hello(0x1234_5679, 17), who);
    host.number = 18;
    assert_eq!(host.counters(0)[counter::CARRIED_OUT], 0);
    // What the old session kept is gone.
    let all = host.bytes(&write_line(17, 0, 1), 250);
    assert_eq!(all, [(status::EXPECT, 19, vec![])]);
}

#[test]
fn requests_that_cannot_be_carried_out_change_nothing_and_say_why() {
    let config = PeConfig::small();
    let mut host = small();
    let at = |address: u32, more: &[u8]| [&address.to_le_bytes()[..], more].concat();
    let top = config.sram_bytes;
    let cases = [
        (0, 8, vec![], status::COMMAND),
        (0, 15, vec![1, 2], status::COMMAND),
        (0, command::HELLO, vec![1, 2, 3], status::LENGTH),
        (0, command::HELLO, vec![0; 4], status::LENGTH),
        (0, command::READ, at(0, &[]), status::LENGTH),
        (0, command::READ, at(0, &[0]), status::LENGTH),
        (0, command::READ, at(0, &[61]), status::LENGTH),
        (0, command::READ, at(2, &[1]), status::ADDRESS),
        (0, command::READ, at(top, &[1]), status::ADDRESS),
        (0, command::READ, at(top - 4, &[2]), status::ADDRESS),
        (0, command::READ, at(0x8000_0000, &[1]), status::ADDRESS),
        (0, command::READ, at(u32::MAX - 3, &[60]), status::ADDRESS),
        (2, command::READ, at(0, &[1]), status::PE),
        (15, command::COUNTERS, vec![], status::PE),
        (0, command::WRITE, at(0, &[]), status::LENGTH),
        (0, command::WRITE, at(0, &[1, 2, 3]), status::LENGTH),
        (0, command::WRITE, at(top - 4, &[0; 8]), status::ADDRESS),
        (0, command::WRITE, at(top - 8, &[0; 12]), status::ADDRESS),
        (0, command::WRITE, at(1, &[0; 4]), status::ADDRESS),
        (0, command::WRITE_BYTES, at(0, &[]), status::LENGTH),
        (0, command::WRITE_BYTES, at(0, &[1; 3]), status::LENGTH),
        (
            0,
            command::WRITE_BYTES,
            at(top - 4, &[1; 4]),
            status::ADDRESS,
        ),
        (
            0,
            command::WRITE_BYTES,
            at(top - 476, &[1; 240]),
            status::ADDRESS,
        ),
        (0, command::SEND, vec![], status::LENGTH),
        (0, command::SEND, vec![1; 10], status::LENGTH),
        (0, command::SEND, vec![1; 243], status::LENGTH),
        (0, command::RECEIVE, vec![], status::LENGTH),
        (0, command::RECEIVE, vec![0], status::LENGTH),
        (0, command::RECEIVE, vec![27], status::LENGTH),
        (0, command::CONTROL, vec![], status::LENGTH),
        (0, command::COUNTERS, vec![0], status::LENGTH),
    ];
    host.write(0, 0, &[1; 8]);
    host.write(0, top - 4, &[2]);
    for (pe, command, payload, want) in cases {
        let got = host.ask(pe, command, &payload);
        assert_eq!(got, (want, vec![]), "{command} of {payload:?}");
    }
    assert_eq!(host.read(0, 0, 8), [1; 8]);
    assert_eq!(host.read(0, top - 4, 1), [2]);
    // The last that fit.
    host.must(0, command::WRITE_BYTES, &at(top - 480, &[1; 240]));
    host.must(0, command::WRITE_BYTES, &at(top - 4, &[255; 2]));
    assert_eq!(host.read(0, top - 8, 2), [0x0001_0001, 0x00ff_00ff]);
    // Of the lengths, all multiples of nine alone make packets.
    for n in 0..=link::MAX_PAYLOAD {
        let (status, _) = host.ask(3, command::SEND, &vec![0; n]);
        let fits = n > 0 && n % 9 == 0 && n / 9 <= link::MAX_PACKETS;
        assert_eq!(status == status::PE, fits, "{n} bytes");
    }
    assert_eq!(host.counters(0)[counter::CARRIED_OUT], 7);
}

#[test]
fn frames_of_any_length_but_the_right_ones_are_damaged() {
    let mut host = small();
    for n in [0, 1] {
        // A good CRC of less than a header.
        let mut short = vec![0xab; n];
        short.extend(host::crc(&short).to_le_bytes());
        assert_eq!(host.bytes(&escaped(&short), 250), [EXPECT_0], "{n}");
    }
    for n in [link::MAX_PAYLOAD + 1, 252, 300, 1000] {
        let all = host.bytes(&frame(command::SEND, 0, &vec![1; n]), 250);
        assert_eq!(all, [EXPECT_0], "{n}");
    }
    // An escape that means nothing, and one that means an ordinary byte.
    for tail in [[link::ESCAPE, link::END], [link::ESCAPE, 0x41]] {
        let mut line = vec![link::END];
        line.extend(tail);
        line.push(link::END);
        assert_eq!(host.bytes(&line, 250), [EXPECT_0]);
    }
    assert_eq!(host.counters(0)[counter::DAMAGED], 8);
}

#[test]
fn garbage_does_not_keep_a_good_session_from_starting() {
    for seed in 1..6 {
        let mut host = Host::silent(&PeConfig::small(), 2, seed);
        let mut draw = Draw(seed * 991);
        let garbage: Vec<u8> = (0..5_000)
            .map(|_| match draw.below(8) {
                0 => link::END,
                1 => link::ESCAPE,
                _ => draw.word() as u8,
            })
            .collect();
        host.rtl.send(&garbage);
        host.rtl.run(6_000);
        host.rtl.send(&[link::END]);
        host.rtl.run(2_000);
        host.rtl.receive();
        host.hello(seed as u32, 40);
        host.number = 41;
        host.write(0, 0x100, &[1, 2, 3]);
        assert_eq!(host.read(0, 0x100, 3), [1, 2, 3]);
    }
}

#[test]
fn frames_that_find_no_buffer_are_dropped_and_counted() {
    let mut host = small();
    // The line out stands still, so that nothing is done after the second response.
    host.rtl.hold(true);
    for i in 0..14u8 {
        host.rtl.send(&write_line(i, 0x500, i.into()));
    }
    host.rtl.run(2_000);
    host.rtl.hold(false);
    host.rtl.run(2_000);
    let done = host::frames(&host.rtl.receive());
    let numbers: Vec<u8> = done.iter().map(|a| a.1).collect();
    assert_eq!(numbers, (0..numbers.len() as u8).collect::<Vec<_>>());
    // One response on the line, eight frames in buffers.
    assert_eq!(numbers.len(), 9);
    host.number = 9;
    let counters = host.counters(0);
    assert_eq!(counters[counter::OVERRUN], 5);
    assert_eq!(counters[counter::CARRIED_OUT], 9);
    assert_eq!(host.read(0, 0x500, 1), [8]);
}

#[test]
fn framing_errors_are_counted() {
    let mut host = small();
    for _ in 0..3 {
        host.rtl.framing_error();
        host.rtl.run(10);
    }
    assert_eq!(host.counters(0)[counter::FRAMING], 3);
}

#[test]
fn a_full_queue_holds_the_pe_and_reads_until_messages_are_received() {
    let mut host = small();
    host.write(1, 0, &echo());
    host.control(1, control::RUN);
    let message = Packet {
        kind: MULTICAST,
        key: 1,
        payload: None,
    };
    let read = [0, 0, 0, 0, 1];
    for n in 1..=12u8 {
        host.must(1, command::SEND, &packed(&message));
        host.rtl.run(300);
        let (status, _) = host.ask(1, command::READ, &read);
        assert_eq!(status, status::OK, "{n} messages wait");
    }
    for _ in 13..=20 {
        host.must(1, command::SEND, &packed(&message));
        host.rtl.run(300);
        let (status, _) = host.ask(1, command::READ, &read);
        assert_eq!(status, status::FULL);
    }
    assert_eq!(
        host.ask(0, command::READ, &read).0,
        status::OK,
        "the other PE"
    );
    let mut all = host.packets(1, 26).len();
    host.rtl.run(500);
    all += host.packets(1, 26).len();
    assert_eq!(all, 20, "none is lost");
    assert_eq!(host.ask(1, command::READ, &read).0, status::OK);
}

#[test]
fn messages_that_fill_the_queue_during_a_read_end_it() {
    let mut host = small();
    host.write(1, 0, &echo());
    host.write(1, 0x600, &(0..60).collect::<Vec<u32>>());
    let message = Packet {
        kind: MULTICAST,
        key: 1,
        payload: Some(5),
    };
    // Fifteen wait in the PE; the program sends them all while the words are read.
    host.must(1, command::SEND, &packed(&message).repeat(15));
    host.control(1, control::RUN);
    host.rtl.run(10);
    let mut ended = 0;
    for _ in 0..8 {
        host.must(1, command::SEND, &packed(&message).repeat(12));
        let (status, words) = host.ask(1, command::READ, &[0, 6, 0, 0, 60]);
        if status == status::FULL {
            ended += 1;
            assert_eq!(words, []);
        } else {
            assert_eq!(host::words_of(&words), (0..60).collect::<Vec<u32>>());
        }
        while !host.packets(1, 26).is_empty() {}
        assert_eq!(host.read(1, 0x600, 60), (0..60).collect::<Vec<u32>>());
    }
    assert!(ended > 0);
}

#[test]
fn a_pe_that_takes_no_messages_does_not_hold_the_link_for_ever() {
    let mut host = small();
    let message = Packet {
        kind: MULTICAST,
        key: 1,
        payload: Some(5),
    };
    // The core is held: sixteen wait, one lies at the queue's output, one in the port.
    let line = frame(command::SEND, 0, &packed(&message).repeat(20));
    host.rtl.send(&line);
    host.rtl.run(u64::from(link::PACKET_CYCLES));
    assert_eq!(host.rtl.receive(), []);
    let all = host.bytes(&[], 2_000);
    assert_eq!(all, [(status::FULL, 0, vec![])]);
    host.number = 1;
    host.control(0, control::RESET);
    host.write(0, 0, &[3]);
    assert_eq!(host.read(0, 0, 1), [3]);
}

#[test]
fn cycles_of_a_read_and_of_a_byte_written() {
    let mut host = small();
    let line = frame(command::READ, 0, &[0, 1, 0, 0, 1]);
    host.rtl.send(&line);
    host.rtl.run(line.len() as u64);
    let mut wait = 0;
    while host.rtl.receive().is_empty() {
        host.rtl.run(1);
        wait += 1;
    }
    host.rtl.run(100);
    let before = host.rtl.cycles();
    // Four frames of the largest write, as fast as they are taken.
    for n in 1..=4 {
        host.rtl.send(&frame(command::WRITE, n, &[0; 244]));
    }
    host.rtl.receive();
    let mut last = Vec::new();
    while host::frames_so_far(&last) < 4 {
        host.rtl.run(1);
        last.extend(host.rtl.receive());
    }
    let bytes = 4 * 252;
    let cycles = host.rtl.cycles() - before;
    println!("read: {wait} cycles; write: {cycles} cycles for {bytes} bytes");
    assert!(wait <= 60, "{wait}");
    assert!(cycles <= 4 * bytes, "{cycles}");
}
