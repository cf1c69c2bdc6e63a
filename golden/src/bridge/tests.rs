//! Each rule of [`synfire_format::link`], and that no other bytes do anything.

use super::*;
use crate::encode::*;
use crate::frame::{MAX_FRAME, crc};
use proptest::prelude::*;
use synfire_format::config::PeConfig;
use synfire_format::link::{CRC_RESIDUE, END, ESCAPE, ESCAPED_END};
use synfire_format::mmio;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR};

const NONCE: u32 = 0xc0db_dcdd;

/// A bridge of one `small` PE.
fn bridge() -> Bridge {
    Bridge::new(vec![Pe::new(&PeConfig::small())], 0x1122_3344_5566_7788)
}

/// The frames (status with PE, number, payload) that came out.
fn frames(bytes: &[u8]) -> Vec<(u8, u8, Vec<u8>)> {
    let mut deframer = Deframer::default();
    let arrived = bytes.iter().filter_map(|&b| deframer.take(b));
    arrived
        .map(|a| match a {
            Arrived::Good(body) => (body[0], body[1], body[HEADER..].to_vec()),
            Arrived::Damaged => panic!("the bridge sends good frames: {bytes:x?}"),
        })
        .collect()
}

/// What a request to PE 0 is answered with.
fn ask(bridge: &mut Bridge, number: u8, command: u8, payload: &[u8]) -> (u8, u8, Vec<u8>) {
    bridge.push(&frame(command, number, payload));
    let mut answers = frames(&bridge.take());
    assert_eq!(answers.len(), 1, "one answer to a request");
    answers.remove(0)
}

/// A bridge in a session; the next number is 1.
fn open() -> Bridge {
    let mut b = bridge();
    let (kind, number, _) = ask(&mut b, 0, command::HELLO, &NONCE.to_le_bytes());
    assert_eq!((kind, number), (status::OK, 0));
    b
}

/// The next requests of a session, whose numbers it keeps.
struct Host {
    bridge: Bridge,
    number: u8,
}

impl Host {
    fn new() -> Self {
        Host {
            bridge: open(),
            number: 1,
        }
    }

    fn ask(&mut self, command: u8, payload: &[u8]) -> Outcome {
        let (kind, number, payload) = ask(&mut self.bridge, self.number, command, payload);
        assert_eq!(number, self.number, "a response has its request's number");
        self.number = self.number.wrapping_add(1);
        if kind == status::OK {
            Ok(payload)
        } else {
            assert_eq!(payload, [], "a refusal has no payload");
            Err(kind)
        }
    }

    fn write(&mut self, address: u32, data: &[u8]) -> Outcome {
        self.ask(command::WRITE, &[&address.to_le_bytes(), data].concat())
    }

    fn read(&mut self, address: u32, words: u8) -> Outcome {
        let payload = [&address.to_le_bytes()[..], &[words]].concat();
        self.ask(command::READ, &payload)
    }

    fn send(&mut self, packets: &[u128]) -> Outcome {
        let bytes = packets.iter().flat_map(|p| p.to_le_bytes()[..9].to_vec());
        self.ask(command::SEND, &bytes.collect::<Vec<_>>())
    }

    /// Program counter, flags, exit code.
    fn control(&mut self, bits: u8) -> (u32, u8, u32) {
        let r = self.ask(command::CONTROL, &[bits]).unwrap();
        let word = |at: usize| u32::from_le_bytes(r[at..at + 4].try_into().unwrap());
        assert_eq!(r.len(), 9);
        (word(0), r[4], word(5))
    }

    fn counters(&mut self) -> Vec<u32> {
        let r = self.ask(command::COUNTERS, &[]).unwrap();
        assert_eq!(r.len(), 4 * counter::COUNT);
        let words = r
            .chunks(4)
            .map(|w| u32::from_le_bytes(w.try_into().unwrap()));
        words.collect()
    }

    fn load(&mut self, words: &[u32]) {
        for (i, chunk) in words.chunks(MAX_WORDS).enumerate() {
            let bytes: Vec<u8> = chunk.iter().flat_map(|w| w.to_le_bytes()).collect();
            self.write((4 * MAX_WORDS * i) as u32, &bytes).unwrap();
        }
    }
}

/// A program that sends every message's payload back, plus 1.
fn echo() -> Vec<u32> {
    let mut words = li(4, mmio::MMIO_BASE).to_vec();
    words.extend([
        load(2, 5, 4, mmio::RX_WAIT as i32),
        addi(5, 5, 1),
        store(2, 5, 4, mmio::TX_PAYLOAD as i32),
        jal(0, -12),
    ]);
    words
}

fn message(payload: u32) -> Packet {
    Packet {
        kind: MULTICAST,
        key: 0,
        payload: Some(payload),
    }
}

#[test]
fn the_crc_is_ethernets() {
    assert_eq!(!crc(b"123456789"), 0xcbf4_3926);
    let mut good = b"123456789".to_vec();
    good.extend(0xcbf4_3926u32.to_le_bytes());
    assert_eq!(crc(&good), CRC_RESIDUE);
}

#[test]
fn a_frame_is_escaped_between_two_ends() {
    let bytes = frame(command::HELLO, END, &NONCE.to_le_bytes());
    assert_eq!((bytes[0], bytes[bytes.len() - 1]), (END, END));
    assert_eq!(
        bytes[1..4],
        [command::HELLO, ESCAPE, ESCAPED_END],
        "the number is END"
    );
    assert!(!bytes[1..bytes.len() - 1].contains(&END));
    assert_eq!(frames(&bytes), [(0, END, NONCE.to_le_bytes().to_vec())]);
}

#[test]
fn a_frame_without_bytes_is_silence() {
    let mut b = open();
    b.push(&[END; 9]);
    assert_eq!(b.take(), []);
}

#[test]
fn before_a_session_all_but_hello_is_refused() {
    let mut b = bridge();
    for bytes in [
        frame(command::COUNTERS, 0, &[]),
        b"\xc0damaged\xc0".to_vec(),
    ] {
        b.push(&bytes);
        assert_eq!(frames(&b.take()), [(status::NO_SESSION, 0, vec![])]);
    }
    // Without a nonce it starts none.
    assert_eq!(
        ask(&mut b, 0, command::HELLO, &[0; 4]).0,
        status::NO_SESSION
    );
    assert_eq!(
        ask(&mut b, 0, command::HELLO, &[1; 3]).0,
        status::NO_SESSION
    );
    assert_eq!(ask(&mut b, 0, command::HELLO, &[1; 4]).0, status::OK);
}

#[test]
fn hello_says_what_the_machine_is() {
    let (_, _, r) = ask(&mut bridge(), 7, command::HELLO, &NONCE.to_le_bytes());
    assert_eq!(r.len(), IDENTITY_BYTES);
    let word = |at: usize| u32::from_le_bytes(r[at..at + 4].try_into().unwrap());
    assert_eq!((r[identity::PROTOCOL], r[identity::PES]), (VERSION, 1));
    assert_eq!(word(identity::PROTOCOL) >> 16, u32::from(FORMAT_VERSION));
    assert_eq!(word(identity::ID), Pe::new(&PeConfig::small()).id());
    assert_eq!(word(identity::SRAM_KB), 64);
    assert_eq!((word(identity::CLOCK_KHZ), word(identity::BAUD)), (0, 0));
    assert_eq!(r[identity::BUILD..], 0x1122_3344_5566_7788u64.to_le_bytes());
}

#[test]
fn hello_is_taken_at_any_number_and_the_next_is_expected_after_it() {
    let mut b = open();
    let other = (NONCE + 1).to_le_bytes();
    assert_eq!(ask(&mut b, 99, command::HELLO, &other).0, status::OK);
    assert_eq!(ask(&mut b, 1, command::COUNTERS, &[]).0, status::EXPECT);
    assert_eq!(ask(&mut b, 100, command::COUNTERS, &[]).0, status::OK);
}

#[test]
fn hello_with_the_sessions_nonce_is_a_repetition_and_changes_nothing() {
    let mut h = Host::new();
    h.write(0, &[1; 4]).unwrap();
    let again = ask(&mut h.bridge, 0, command::HELLO, &NONCE.to_le_bytes());
    assert_eq!(
        (again.0, again.1, again.2.len()),
        (status::OK, 0, IDENTITY_BYTES)
    );
    let counters = h.counters();
    assert_eq!(counters[counter::CARRIED_OUT], 1);
    assert_eq!(counters[counter::REPEATED], 0);
}

#[test]
fn a_number_seen_again_is_answered_from_the_store_and_not_carried_out() {
    let mut h = Host::new();
    h.load(&echo());
    h.control(control::RUN);
    let request = frame(
        command::SEND,
        h.number,
        &message(41).encode().to_le_bytes()[..9],
    );
    h.bridge.push(&request);
    let first = h.bridge.take();
    h.bridge.push(&request);
    assert_eq!(h.bridge.take(), first);
    h.number += 1;
    h.bridge.run(100);
    let received = h.ask(command::RECEIVE, &[26]).unwrap();
    assert_eq!(received.len(), PACKET_BYTES, "the message arrived once");
    assert_eq!(received[..4], 42u32.to_le_bytes());
    // Later it is still not carried out: the data has changed meanwhile.
    h.write(0x1000, &[1; 4]).unwrap();
    let old = frame(command::WRITE, h.number - 1, &[0, 0x10, 0, 0, 1, 1, 1, 1]);
    h.write(0x1000, &[2; 4]).unwrap();
    h.bridge.push(&old);
    assert_eq!(
        frames(&h.bridge.take()),
        [(status::OK, h.number - 2, vec![])]
    );
    assert_eq!(h.read(0x1000, 1), Ok(vec![2; 4]));
}

#[test]
fn the_last_eight_responses_are_kept() {
    let mut h = Host::new();
    for _ in 0..20 {
        h.write(0, &[1; 4]).unwrap();
    }
    for back in 1..=WINDOW {
        let n = h.number - back;
        assert_eq!(ask(&mut h.bridge, n, command::WRITE, &[]).0, status::OK);
    }
    for wrong in [h.number - WINDOW - 1, h.number + 1, h.number + 100] {
        let answer = ask(&mut h.bridge, wrong, command::WRITE, &[]);
        assert_eq!(answer, (status::EXPECT, h.number, vec![]));
    }
    let counters = h.counters();
    assert_eq!(counters[counter::REPEATED], u32::from(WINDOW));
    assert_eq!(counters[counter::OUT_OF_ORDER], 3);
}

#[test]
fn numbers_go_on_at_0_after_255() {
    let mut h = Host::new();
    for i in 0..600u32 {
        h.write(0, &i.to_le_bytes()).unwrap();
    }
    assert_eq!(h.read(0, 1), Ok(599u32.to_le_bytes().to_vec()));
}

#[test]
fn a_damaged_frame_writes_nothing_and_is_answered_with_the_number_expected() {
    let mut h = Host::new();
    let good = frame(command::WRITE, h.number, &[0, 0, 0, 0, 7, 7, 7, 7]);
    let mut damaged = vec![
        [&[END], &good[3..]].concat(),
        b"\xc0\x01\xc0".to_vec(),
        b"\xc0ends in an escape\xdb\xc0".to_vec(),
        b"\xc0an escape of \xdb nothing\xc0".to_vec(),
        [&[END][..], &[1; MAX_FRAME + 1], &[END]].concat(),
    ];
    for bit in 0..8 * (good.len() - 2) {
        let mut one = good.clone();
        one[1 + bit / 8] ^= 1 << (bit % 8);
        damaged.push(one);
    }
    let cases = damaged.len() as u32;
    for bytes in &damaged {
        h.bridge.push(bytes);
        for answer in frames(&h.bridge.take()) {
            assert_eq!(answer, (status::EXPECT, h.number, vec![]), "{bytes:x?}");
        }
    }
    let counters = h.counters();
    assert!(counters[counter::DAMAGED] >= cases, "{counters:?}");
    assert_eq!(h.read(0, 1), Ok(vec![0; 4]));
}

#[test]
fn writes_and_reads_reach_the_sram_and_nothing_else() {
    let mut h = Host::new();
    let words: Vec<u8> = (0..4 * MAX_WORDS as u8).collect();
    h.write(0x100, &words).unwrap();
    assert_eq!(h.read(0x100, MAX_WORDS as u8), Ok(words.clone()));
    assert_eq!(h.write(0x102, &[0; 4]), Err(status::ADDRESS));
    assert_eq!(h.read(0x102, 1), Err(status::ADDRESS));
    assert_eq!(h.write((64 << 10) - 4, &[9; 8]), Err(status::ADDRESS));
    assert_eq!(h.write(u32::MAX - 3, &[9; 4]), Err(status::ADDRESS));
    assert_eq!(h.read((64 << 10) - 4, 1), Ok(vec![0; 4]));
    for length in [0, 1, 3, 5, 7, MAX_BYTES - 1] {
        assert_eq!(
            h.write(0, &vec![0; length]),
            Err(status::LENGTH),
            "{length}"
        );
    }
    for words in [0, MAX_WORDS as u8 + 1, 255] {
        assert_eq!(h.read(0, words), Err(status::LENGTH));
    }
    assert_eq!(h.read(0x100, MAX_WORDS as u8), Ok(words));
}

#[test]
fn write_bytes_writes_each_byte_as_a_16_bit_value() {
    let mut h = Host::new();
    for first in [0u8, 128] {
        let bytes: Vec<u8> = (first..=first + 127).collect();
        let payload = [&[0, 2, 0, 0][..], &bytes].concat();
        h.ask(command::WRITE_BYTES, &payload).unwrap();
        let words = [h.read(0x200, 32).unwrap(), h.read(0x280, 32).unwrap()].concat();
        for (b, value) in bytes.iter().zip(words.chunks(2)) {
            assert_eq!(value, [*b, 0]);
        }
    }
    for length in [0, 1, 3, MAX_BYTES - 1] {
        let payload = [&[0, 2, 0, 0][..], &vec![0; length]].concat();
        assert_eq!(h.ask(command::WRITE_BYTES, &payload), Err(status::LENGTH));
    }
    let end = [&0xfffc_u32.to_le_bytes()[..], &[255; 4]].concat();
    assert_eq!(h.ask(command::WRITE_BYTES, &end), Err(status::ADDRESS));
    assert_eq!(h.ask(command::WRITE_BYTES, &end[..6]), Ok(vec![]));
}

#[test]
fn packets_reach_the_pes_port_and_come_back_in_order() {
    let mut h = Host::new();
    h.load(&echo());
    h.control(control::RUN);
    let all: Vec<u128> = (0..26).map(|i| message(i).encode()).collect();
    h.send(&all).unwrap();
    let mut received = Vec::new();
    while received.len() < 26 * PACKET_BYTES {
        h.bridge.run(1000);
        received.extend(h.ask(command::RECEIVE, &[5]).unwrap());
    }
    let payloads: Vec<u8> = received.chunks(PACKET_BYTES).map(|p| p[0]).collect();
    assert_eq!(payloads, (1..=26).collect::<Vec<u8>>());
    assert_eq!(h.ask(command::RECEIVE, &[5]), Ok(vec![]));
    for most in [0, 27] {
        assert_eq!(h.ask(command::RECEIVE, &[most]), Err(status::LENGTH));
    }
    for length in [0, 8, 10, 27 * 9] {
        let payload = vec![0; length];
        assert_eq!(h.ask(command::SEND, &payload), Err(status::LENGTH));
    }
}

#[test]
fn a_poke_takes_effect_and_a_packet_of_even_parity_is_dropped() {
    let mut h = Host::new();
    let poke = Packet {
        kind: NEAREST_NEIGHBOUR,
        key: 0x40,
        payload: Some(5),
    };
    h.send(&[poke.encode(), poke.encode() ^ 1]).unwrap();
    assert_eq!(h.read(0x40, 1), Ok(5u32.to_le_bytes().to_vec()));
    let pe = h.bridge.pe(0).unwrap();
    assert_eq!(pe.packets_dropped(), 1);
    assert_eq!(pe.engine().faults, mmio::FAULT_PACKET);
}

#[test]
fn a_full_queue_holds_the_pe_and_a_read_without_room_is_refused() {
    let mut h = Host::new();
    h.load(&echo());
    h.control(control::RUN);
    let all: Vec<u128> = (0..20).map(|i| message(i).encode()).collect();
    h.send(&all[..QUEUE - READ_ROOM]).unwrap();
    h.bridge.run(1000);
    assert_eq!(h.read(0, 1).map(|r| r.len()), Ok(4));
    h.send(&all[QUEUE - READ_ROOM..]).unwrap();
    h.bridge.run(1000);
    assert_eq!(h.read(0, 1), Err(status::FULL));
    let retired = h.counters()[counter::RETIRED];
    h.bridge.run(1000);
    assert_eq!(h.counters()[counter::RETIRED], retired);
    // One more was in the PE's port.
    let first = h.ask(command::RECEIVE, &[26]).unwrap();
    assert_eq!(first.len(), (QUEUE + 1) * 9);
    h.bridge.run(1000);
    assert_eq!(h.ask(command::RECEIVE, &[26]).unwrap().len(), 3 * 9);
}

#[test]
fn without_run_the_core_is_held_and_step_retires_one_instruction() {
    let mut h = Host::new();
    h.load(&echo());
    h.bridge.run(1000);
    assert_eq!(h.control(0), (0, 0, 0));
    // Two instructions of `li`, then the load that waits.
    let first = echo().len() as u32 - 4;
    for i in 0..first {
        assert_eq!(h.control(control::STEP), (4 * i, control::STEPPED, 0));
    }
    assert_eq!(h.control(control::STEP), (4 * (first - 1), 0, 0));
    h.send(&[message(1).encode()]).unwrap();
    assert_eq!(h.control(control::STEP), (4 * first, control::STEPPED, 0));
    let (pc, flags, _) = h.control(control::RUN | control::STEP);
    assert_eq!((pc, flags), (4 * first, control::RUNNING));
    h.bridge.run(1000);
    assert_eq!(h.control(0), (4 * first + 12, 0, 0));
}

#[test]
fn an_ended_program_shows_its_code_until_reset_which_keeps_the_sram() {
    let mut h = Host::new();
    let mut words = li(4, mmio::MMIO_BASE).to_vec();
    words.extend(li(5, 0x77));
    words.push(store(2, 5, 4, mmio::SEED as i32));
    words.push(store(2, 5, 4, mmio::TX_PAYLOAD as i32));
    words.push(store(2, 5, 4, mmio::EXIT as i32));
    h.load(&words);
    h.control(control::RUN);
    h.bridge.run(1000);
    let last = 4 * (words.len() as u32 - 1);
    let (pc, flags, code) = h.control(control::RUN);
    assert_eq!(
        (pc, flags, code),
        (last, control::RUNNING | control::HALTED, 0x77)
    );
    assert_eq!(h.control(control::RESET), (0, 0, 0));
    assert_eq!(
        h.ask(command::RECEIVE, &[1]),
        Ok(vec![]),
        "the queue is empty"
    );
    assert_eq!(h.bridge.pe(0).unwrap().engine().seed, 0);
    assert_eq!(h.counters()[counter::RETIRED], 0);
    h.control(control::RUN);
    h.bridge.run(1000);
    assert_eq!(
        h.control(control::RUN).2,
        0x77,
        "the program is still there"
    );
}

#[test]
fn a_request_that_cannot_be_carried_out_uses_its_number_up() {
    let mut h = Host::new();
    assert_eq!(h.ask(8, &[]), Err(status::COMMAND));
    assert_eq!(h.ask(15, &[]), Err(status::COMMAND));
    assert_eq!(h.ask(command::COUNTERS, &[0]), Err(status::LENGTH));
    assert_eq!(h.ask(command::HELLO, &[0; 4]), Err(status::LENGTH));
    assert_eq!(h.ask(command::CONTROL, &[]), Err(status::LENGTH));
    let to_pe_1 = ask(&mut h.bridge, h.number, 1 << 4 | command::COUNTERS, &[]);
    assert_eq!(to_pe_1, (1 << 4 | status::PE, h.number, vec![]));
    h.number += 1;
    // Of several errors the lowest: the length before the PE.
    let long = ask(&mut h.bridge, h.number, 1 << 4 | command::COUNTERS, &[0]);
    assert_eq!(long, (1 << 4 | status::LENGTH, h.number, vec![]));
    h.number += 1;
    assert_eq!(h.counters()[counter::CARRIED_OUT], 0);
    assert_eq!(h.counters()[counter::CARRIED_OUT], 1);
}

#[test]
fn each_pe_has_its_own_sram_core_and_queue() {
    let pes = (0..3).map(|_| Pe::new(&PeConfig::small())).collect();
    let mut b = Bridge::new(pes, 0);
    ask(&mut b, 0, command::HELLO, &NONCE.to_le_bytes());
    let write = 2 << 4 | command::WRITE;
    let answer = ask(&mut b, 1, write, &[0, 0, 0, 0, 1, 2, 3, 4]);
    assert_eq!(answer, (2 << 4 | status::OK, 1, vec![]));
    let words: Vec<_> = (0..3)
        .map(|i| b.pe(i).unwrap().sram().read_u32(0))
        .collect();
    assert_eq!(words, [Some(0), Some(0), Some(0x0403_0201)]);
}

/// Bytes with ends, escapes and pieces of good frames of other numbers among them.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let special = prop_oneof![Just(END), Just(ESCAPE), Just(ESCAPED_END), any::<u8>()];
    let cut = (2u8..248, 0usize..22, any::<bool>()).prop_map(|(number, length, whole)| {
        let good = frame(command::WRITE, number, &[0, 1, 0, 0, 9, 9, 9, 9]);
        let length = if whole {
            good.len()
        } else {
            length.min(good.len())
        };
        good[..length].to_vec()
    });
    let piece = prop_oneof![proptest::collection::vec(special, 0..300), cut];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_change_the_sram_without_a_good_frame_of_the_number_expected(bytes in soup()) {
        let mut b = open();
        b.push(&bytes);
        let answers = frames(&b.take());
        prop_assert!(answers.iter().all(|a| *a == (status::EXPECT, 1, vec![])), "{:?}", answers);
        prop_assert!(b.pe(0).unwrap().sram().bytes().iter().all(|&b| b == 0));
        // The good frame after it is found, whatever came before.
        b.push(&frame(command::WRITE, 1, &[0, 1, 0, 0, 9, 9, 9, 9]));
        let last = frames(&b.take()).pop();
        prop_assert_eq!(last, Some((status::OK, 1, vec![])));
        prop_assert_eq!(b.pe(0).unwrap().sram().read_u32(0x100), Some(0x0909_0909));
    }
}
