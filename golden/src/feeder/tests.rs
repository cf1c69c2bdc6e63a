//! Each rule of the sample store, at the feeder alone and behind a bridge.

use super::*;
use crate::encode::{jal, li, load, store};
use crate::frame::{Arrived, Deframer, frame};
use crate::{Bridge, Pe};
use synfire_format::config::PeConfig;
use synfire_format::link::control;
use synfire_format::mmio;

fn arrange(pairs: u16, buffers: [u16; 2], messages: [u32; 2]) -> Vec<u8> {
    let mut p = pairs.to_le_bytes().to_vec();
    p.extend(buffers.iter().flat_map(|b| b.to_le_bytes()));
    p.extend(messages.iter().flat_map(|m| m.to_le_bytes()));
    p
}

fn feed(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// Samples of five pairs, 4 words each, 1 KB of store.
fn filled() -> Feeder {
    let mut f = Feeder::new(1);
    for at in (0u32..1024).step_by(128) {
        let mut payload = at.to_le_bytes().to_vec();
        payload.extend((at..at + 128).map(|i| (i * 7 % 251) as u8));
        let request = f.request(command::STORE, &payload).unwrap();
        f.carry_out(request).unwrap();
    }
    let payload = arrange(5, [0x100, 0xfffe], [1 << 8, 3 << 8]);
    let request = f.request(command::ARRANGE, &payload).unwrap();
    f.carry_out(request).unwrap();
    f
}

fn put(f: &mut Feeder, numbers: &[u16]) -> Result<(), u8> {
    let request = f.request(command::FEED, &feed(numbers))?;
    f.carry_out(request)
}

#[test]
fn a_sample_is_its_pixels_in_the_buffers_in_turn_and_its_message() {
    let mut f = filled();
    put(&mut f, &[8, 252]).unwrap();
    let byte = |i: u32| i * 7 % 251;
    for (number, buffer, rest) in [(8, 0x100u32, 1), (252, 0xfffe, 3)] {
        let packets = f.next_sample().unwrap();
        assert_eq!(packets.len(), 6);
        for (i, p) in (0u32..).zip(&packets[..5]) {
            let at = 4 * number + 4 + 2 * i;
            let want = Packet {
                kind: NEAREST_NEIGHBOUR,
                key: (4 * (buffer + i)) & 0x3_ffff,
                payload: Some(byte(at) | byte(at + 1) << 16),
            };
            assert_eq!(*p, want);
        }
        let bits = (0..4).fold(0, |m, i| m | byte(4 * number + i) << (8 * i));
        let message = (packets[5].kind, packets[5].key, packets[5].payload);
        assert_eq!(message, (MULTICAST, 0, Some(bits | rest << 8)));
    }
    assert_eq!(f.next_sample(), None);
}

#[test]
fn two_samples_are_in_the_pe_until_it_answers() {
    let mut f = filled();
    // An answer that nobody owes is none.
    f.answered();
    put(&mut f, &[0, 4, 8]).unwrap();
    assert!(f.next_sample().is_some() && f.next_sample().is_some());
    assert_eq!(f.next_sample(), None);
    f.answered();
    assert_eq!(f.next_sample().unwrap()[0].key, 0x400);
    put(&mut f, &[0; FEED_QUEUE]).unwrap();
    f.reset();
    put(&mut f, &[0]).unwrap();
    assert_eq!(f.next_sample().unwrap()[0].key, 0x400);
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    let mut f = filled();
    let ask = |f: &Feeder, code, payload: &[u8]| f.request(code, payload).map(|_| ());
    for (code, payload, want) in [
        (command::STORE, vec![0; 7], status::LENGTH),
        (command::STORE, vec![0; 4], status::LENGTH),
        (
            command::STORE,
            vec![0xfe, 3, 0, 0, 1, 2, 3, 4],
            status::ADDRESS,
        ),
        (
            command::STORE,
            vec![0, 4, 0, 0, 1, 2, 3, 4],
            status::ADDRESS,
        ),
        (
            command::STORE,
            vec![0xfc, 3, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
            status::ADDRESS,
        ),
        (
            command::STORE,
            vec![0xfc, 0xff, 0xff, 0xff, 1, 2, 3, 4],
            status::ADDRESS,
        ),
        (command::ARRANGE, vec![0; 13], status::LENGTH),
        (command::ARRANGE, vec![0; 15], status::LENGTH),
        (command::FEED, vec![], status::LENGTH),
        (command::FEED, vec![0; 3], status::LENGTH),
        (command::FEED, vec![0; 130], status::LENGTH),
        // 253 + 4 words are one too many.
        (command::FEED, feed(&[0, 253]), status::ADDRESS),
        (command::FEED, feed(&[0xffff]), status::ADDRESS),
        (11, vec![], status::COMMAND),
        (15, vec![0; 14], status::COMMAND),
    ] {
        assert_eq!(ask(&f, code, &payload), Err(want), "{code} {payload:?}");
    }
    put(&mut f, &[0; 60]).unwrap();
    assert_eq!(put(&mut f, &[0; 5]), Err(status::FULL));
    put(&mut f, &[0; 4]).unwrap();
}

/// Sends every message back.
fn echo() -> Vec<u8> {
    let mut words = li(4, mmio::MMIO_BASE).to_vec();
    words.extend([
        load(2, 5, 4, mmio::RX_WAIT as i32),
        store(2, 5, 4, mmio::TX_PAYLOAD as i32),
        jal(0, -8),
    ]);
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// A bridge with a store of 1 KB; requests are numbered, answers are status and payload.
struct Host(Bridge, u8);

impl Host {
    fn new(kb: u32) -> Self {
        let bridge = Bridge::new(vec![Pe::new(&PeConfig::small())], 0).with_store(kb);
        let mut host = Host(bridge, 0);
        host.ask(command::HELLO, &[1; 4]);
        host
    }

    fn ask(&mut self, kind: u8, payload: &[u8]) -> (u8, Vec<u8>) {
        self.0.push(&frame(kind, self.1, payload));
        self.1 = self.1.wrapping_add(1);
        let mut deframer = Deframer::default();
        let line = self.0.take();
        match line.iter().find_map(|&b| deframer.take(b)) {
            Some(Arrived::Good(body)) => (body[0] & 15, body[2..].to_vec()),
            _ => panic!("the bridge sends good frames: {line:x?}"),
        }
    }
}

#[test]
fn a_full_queue_of_messages_holds_the_samples_back_and_none_is_lost() {
    let mut h = Host::new(1);
    let at = |address: u32, more: &[u8]| [&address.to_le_bytes()[..], more].concat();
    assert_eq!(h.ask(command::WRITE, &at(0, &echo())).0, status::OK);
    for n in 0..40u8 {
        let sample = at(8 * u32::from(n), &[n, 0, 0, 0, n, 2, 3, 4]);
        assert_eq!(h.ask(command::STORE, &sample).0, status::OK);
    }
    let arrangement = arrange(2, [0x100, 0x200], [0, 0]);
    assert_eq!(h.ask(command::ARRANGE, &arrangement).0, status::OK);
    assert_eq!(h.ask(command::CONTROL, &[control::RUN]).0, status::OK);
    let numbers: Vec<u16> = (0..40).map(|n| 2 * n).collect();
    assert_eq!(h.ask(command::FEED, &feed(&numbers)).0, status::OK);
    h.0.run(100_000);
    // Sixteen wait, the next is in the port and not yet an answer, one is in the PE.
    let buffer = |h: &Host, word: usize| h.0.pe(0).unwrap().sram().bytes()[4 * word];
    assert_eq!((buffer(&h, 0x100), buffer(&h, 0x200)), (16, 17));
    let mut got = Vec::new();
    for _ in 0..20 {
        let (_, packets) = h.ask(command::RECEIVE, &[3]);
        got.extend(packets.chunks(9).map(|p| u16::from(p[0])));
        h.0.run(100_000);
    }
    assert_eq!(got, (0..40).collect::<Vec<u16>>());
}

#[test]
fn without_a_store_the_commands_are_unknown_and_another_pe_has_none() {
    let mut h = Host::new(0);
    for code in [command::STORE, command::ARRANGE, command::FEED] {
        assert_eq!(h.ask(code, &[0; 14]).0, status::COMMAND);
    }
    let mut h = Host::new(1);
    let arrangement = arrange(0, [0; 2], [0; 2]);
    assert_eq!(h.ask(1 << 4 | command::ARRANGE, &arrangement).0, status::PE);
    assert_eq!(h.ask(command::ARRANGE, &arrangement).0, status::OK);
    assert_eq!(h.ask(11, &[]).0, status::COMMAND);
}
