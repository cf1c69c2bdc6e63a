//! The machine's end of the host link, byte by byte against `synfire_format::link`.

mod bench;
mod host;

use bench::{Draw, asm};
use host::{Host, echo, packed};
use synfire_format::config::PeConfig;
use synfire_format::link::{self, command, control, counter, identity};
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, Packet};
use synfire_format::{FORMAT_VERSION, mmio};

#[test]
fn hello_tells_what_the_machine_is() {
    for (config, pes) in [(PeConfig::small(), 2), (PeConfig::tiny(), 1)] {
        let mut host = Host::silent(&config, pes, 1);
        let who = host.hello(7, 200);
        assert_eq!(who.len(), link::IDENTITY_BYTES);
        let word = |at: usize| host::words_of(&who[at..at + 4])[0];
        assert_eq!(who[identity::PROTOCOL], link::VERSION);
        assert_eq!(usize::from(who[identity::PES]), pes);
        let format = u16::from_le_bytes([who[identity::FORMAT], who[identity::FORMAT + 1]]);
        assert_eq!(format, FORMAT_VERSION);
        assert_eq!(word(identity::SRAM_KB), config.sram_bytes / 1024);
        let silent = &who[identity::CLOCK_KHZ..];
        assert!(silent.iter().all(|&b| b == 0), "{silent:?}");
        // The same number as a program reads.
        host.number = 201;
        let mut p = asm::li(9, mmio::MMIO_BASE).to_vec();
        p.extend([
            asm::lw(1, 9, mmio::ID as i32),
            asm::sw(1, 9, mmio::EXIT as i32),
        ]);
        host.write(0, 0, &p);
        host.control(0, control::RUN);
        host.rtl.run(200);
        let (_, flags, code) = host.control(0, 0);
        assert_eq!((flags, code), (control::HALTED, word(identity::ID)));
    }
}

#[test]
fn words_written_are_read_back_from_the_pe_they_were_written_to() {
    for (config, pes) in [(PeConfig::small(), 2), (PeConfig::tiny(), 1)] {
        let mut host = Host::new(&config, pes, 3);
        let mut draw = Draw(5);
        // Bytes that must be escaped, too.
        let mut words: Vec<u32> = (0..200).map(|_| draw.word()).collect();
        words.extend([0xc0c0_c0c0, 0xdbdb_dbdb, 0xdcc0_dddb]);
        let top = config.sram_bytes - 4 * words.len() as u32;
        for address in [0, 0x1230, top] {
            host.write(0, address, &words);
            let mut back = Vec::new();
            for (i, part) in words.chunks(link::MAX_WORDS).enumerate() {
                let at = address + (4 * link::MAX_WORDS * i) as u32;
                back.extend(host.read(0, at, part.len() as u8));
            }
            assert_eq!(back, words);
        }
        if pes == 2 {
            host.write(1, 0x2000, &[1, 2, 3]);
            host.write(0, 0x2000, &[4, 5, 6]);
            assert_eq!(host.read(1, 0x2000, 3), [1, 2, 3]);
            assert_eq!(host.read(0, 0x2000, 3), [4, 5, 6]);
        }
    }
}

#[test]
fn bytes_become_16_bit_values() {
    let mut host = Host::new(&PeConfig::small(), 2, 3);
    for first in [0u8, 128] {
        let bytes: Vec<u8> = (0..128).map(|b| first + b).collect();
        let mut payload = 0x400u32.to_le_bytes().to_vec();
        payload.extend(&bytes);
        host.must(0, command::WRITE_BYTES, &payload);
        let mut back = host.read(0, 0x400, 32);
        back.extend(host.read(0, 0x400 + 128, 32));
        let halves = back.iter().flat_map(|w| [w & 0xffff, w >> 16]);
        for (b, half) in bytes.iter().zip(halves) {
            assert_eq!(half, u32::from(*b));
        }
    }
}

#[test]
fn messages_go_to_the_core_and_come_back() {
    for (config, pes) in [(PeConfig::small(), 2), (PeConfig::tiny(), 1)] {
        let pe = pes as u8 - 1;
        let mut host = Host::new(&config, pes, 4);
        host.write(pe, 0, &echo());
        host.control(pe, control::RUN);
        let sent: Vec<Packet> = (0..12)
            .map(|i| Packet {
                kind: MULTICAST,
                key: 0xc000_0000 + 7 * i,
                payload: (i % 3 != 0).then_some(0xdb00_0000 + i),
            })
            .collect();
        let line: Vec<u8> = sent.iter().flat_map(packed).collect();
        host.must(pe, command::SEND, &line);
        host.rtl.run(500);
        let mut back = host.packets(pe, 5);
        assert_eq!(back.len(), 5);
        back.extend(host.packets(pe, 26));
        assert!(host.packets(pe, 26).is_empty());
        let want: Vec<Packet> = sent
            .iter()
            .map(|p| Packet {
                kind: MULTICAST,
                key: p.key + 1,
                payload: Some(p.payload.unwrap_or(0)),
            })
            .collect();
        assert_eq!(back, want);
    }
}

#[test]
fn a_peek_that_the_host_sends_itself_is_answered_as_a_message() {
    let mut host = Host::new(&PeConfig::small(), 2, 4);
    host.write(1, 0x80, &[77]);
    let peek = Packet {
        kind: NEAREST_NEIGHBOUR,
        key: 0x80,
        payload: None,
    };
    host.must(1, command::SEND, &packed(&peek));
    let want = Packet {
        payload: Some(77),
        ..peek
    };
    assert_eq!(host.packets(1, 3), [want]);
}

#[test]
fn the_core_runs_stops_steps_and_is_reset() {
    for (config, pes) in [(PeConfig::small(), 2), (PeConfig::tiny(), 1)] {
        let mut host = Host::new(&config, pes, 5);
        // Counts in x1, and in the word at 0x100.
        let p = [asm::addi(1, 1, 1), asm::sw(1, 0, 0x100), asm::jal(0, -8)];
        host.write(0, 0, &p);
        host.write(0, 0x100, &[0]);
        for (step, at) in [0, 4, 8, 0, 4].into_iter().enumerate() {
            let (pc, flags, _) = host.control(0, control::STEP);
            assert_eq!((pc, flags), (at, control::STEPPED), "step {step}");
        }
        assert_eq!(host.read(0, 0x100, 1), [2]);
        assert_eq!(host.counters(0)[counter::RETIRED], 5);
        let (_, flags, _) = host.control(0, control::RUN | control::STEP);
        assert_eq!(flags, control::RUNNING);
        host.rtl.run(200);
        host.control(0, 0);
        let stopped = host.read(0, 0x100, 1);
        assert!(stopped[0] > 10);
        host.rtl.run(200);
        assert_eq!(host.read(0, 0x100, 1), stopped);
        // A reset keeps the SRAM and forgets the rest; words written just before it are there.
        host.write(0, 0x200, &[9; 60]);
        let (pc, flags, code) = host.control(0, control::RESET);
        assert_eq!((pc, flags, code), (0, 0, 0));
        assert_eq!(host.read(0, 0x200, 60), [9; 60]);
        assert_eq!(host.counters(0)[counter::RETIRED], 0);
        let (pc, flags, _) = host.control(0, control::RESET | control::STEP);
        assert_eq!((pc, flags), (0, control::STEPPED));
        host.control(0, control::STEP);
        assert_eq!(host.read(0, 0x100, 1), [1]);
        let (_, flags, _) = host.control(0, control::RESET | control::RUN);
        assert_eq!(flags, control::RUNNING);
        host.rtl.run(100);
        assert!(host.counters(0)[counter::RETIRED] > 5);
    }
}

#[test]
fn a_step_that_waits_is_not_done_and_goes_on_later() {
    let mut host = Host::new(&PeConfig::small(), 2, 5);
    host.write(1, 0, &echo());
    host.control(1, control::STEP);
    host.control(1, control::STEP);
    let before = host.rtl.cycles();
    let (pc, flags, _) = host.control(1, control::STEP);
    assert_eq!((pc, flags), (4, 0));
    assert!(host.rtl.cycles() - before >= u64::from(link::STEP_CYCLES));
    let message = Packet {
        kind: MULTICAST,
        key: 1,
        payload: None,
    };
    host.must(1, command::SEND, &packed(&message));
    host.rtl.run(100);
    let (pc, flags, _) = host.control(1, 0);
    assert_eq!((pc, flags), (8, 0), "the begun instruction ends, no other");
}

#[test]
fn the_program_s_end_is_told() {
    let mut host = Host::new(&PeConfig::small(), 2, 5);
    let mut p = asm::li(9, mmio::MMIO_BASE).to_vec();
    p.extend([asm::addi(1, 0, 99), asm::sw(1, 9, mmio::EXIT as i32)]);
    host.write(0, 0, &p);
    host.control(0, control::RUN);
    host.rtl.run(100);
    let (pc, flags, code) = host.control(0, control::RUN);
    assert_eq!(
        (pc, flags, code),
        (12, control::RUNNING | control::HALTED, 99)
    );
    let (_, flags, _) = host.control(1, 0);
    assert_eq!(flags, 0, "the other PE");
}
