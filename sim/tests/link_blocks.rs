//! The link's blocks alone: CRC, SLIP, UART.

mod bench;
mod line;

use bench::Draw;
use line::{LineIn, LineOut};
use rust_hdl::prelude::Block;
use synfire_format::link;
use synfire_hdl::crc32::Crc32;
use synfire_hdl::emit::verilog;
use synfire_hdl::slip::{SlipDecoder, SlipEncoder};
use synfire_hdl::uart::{UartRx, UartTx, increment};
use synfire_sim::{BuildOptions, Library, Machine, build, lint};

fn text<B: Block>(block: B, name: &str) -> String {
    let text = verilog(block, name, "A block alone").unwrap();
    lint(name, &text).unwrap();
    text
}

fn library(name: &str, text: &str) -> Library {
    build(name, text, &BuildOptions::default()).unwrap()
}

/// Register after each byte, from all ones; the check value of CRC-32 is 0xcbf43926 for "123456789".
fn crc_differences(m: &Machine) -> usize {
    let port = |n: &str| m.port(n).unwrap();
    let (clear, step, data, value) = (port("clear"), port("step"), port("data"), port("value"));
    let mut draw = Draw(3);
    let mut wrong = 0;
    let mut run = |bytes: &[u8]| {
        clear.set(1);
        step.set(0);
        m.tick(1);
        clear.set(0);
        let mut want = !0u32;
        for &b in bytes {
            // A cycle without a byte changes nothing.
            step.set(0);
            m.tick(1);
            step.set(1);
            data.set(b.into());
            m.tick(1);
            for i in 0..8 {
                let tap = (want ^ u32::from(b) >> i) & 1;
                want = want >> 1 ^ 0xedb8_8320 & tap.wrapping_neg();
            }
            wrong += usize::from(value.get() != u64::from(want));
        }
        !value.get() as u32
    };
    let check = run(b"123456789");
    let mut frame: Vec<u8> = (0..3_000).map(|_| draw.word() as u8).collect();
    let sum = run(&frame);
    frame.extend(sum.to_le_bytes());
    let residue = !run(&frame);
    wrong + usize::from(check != 0xcbf4_3926) + usize::from(residue != link::CRC_RESIDUE)
}

#[test]
fn the_crc_is_ethernet_s() {
    let good = text(Crc32::default(), "crc32");
    assert_eq!(crc_differences(&library("crc32", &good).instance(1)), 0);
    let bad = good.replacen("edb88320", "edb88328", 1);
    assert!(good != bad);
    assert!(crc_differences(&library("crc32", &bad).instance(1)) > 0);
}

/// Frames and ends that come out of the decoder, the bad ones empty.
fn decode(m: &Machine, line: &[u8]) -> Vec<Vec<u8>> {
    let port = |n: &str| m.port(n).unwrap();
    let (valid, data, end, bad) = (
        port("out_valid"),
        port("out_data"),
        port("frame_end"),
        port("bad"),
    );
    port("reset").set(1);
    m.tick(1);
    port("reset").set(0);
    let (mut frames, mut frame, mut spoilt) = (Vec::new(), Vec::new(), false);
    let mut draw = Draw(9);
    for &b in line {
        while draw.below(3) == 0 {
            port("in_valid").set(0);
            m.tick(1);
        }
        port("in_valid").set(1);
        port("in_data").set(b.into());
        m.eval();
        spoilt |= bad.get() == 1;
        if valid.get() == 1 {
            frame.push(data.get() as u8);
        }
        if end.get() == 1 {
            frames.push(if spoilt {
                Vec::new()
            } else {
                std::mem::take(&mut frame)
            });
            frame.clear();
            spoilt = false;
        }
        m.tick(1);
    }
    frames
}

/// What the encoder makes of bytes and marks (`None`), under random stalls.
fn encode(m: &Machine, content: &[Option<u8>]) -> Vec<u8> {
    let port = |n: &str| m.port(n).unwrap();
    port("reset").set(1);
    port("in_valid").set(0);
    m.tick(1);
    port("reset").set(0);
    let (mut line, mut at, mut offered) = (Vec::new(), 0, false);
    let mut draw = Draw(8);
    while at < content.len() {
        offered |= draw.below(3) != 0;
        let ready = draw.below(3) != 0;
        port("in_valid").set(offered.into());
        port("mark").set(content[at].is_none().into());
        port("in_data").set(content[at].unwrap_or(draw.word() as u8).into());
        port("out_ready").set(ready.into());
        m.eval();
        if port("out_valid").get() == 1 && ready {
            line.push(port("out_data").get() as u8);
        }
        if port("in_ready").get() == 1 && offered {
            at += 1;
            offered = false;
        }
        m.tick(1);
    }
    line
}

#[test]
fn frames_go_through_the_encoder_and_the_decoder() {
    let encoder = library(
        "slip_encoder",
        &text(SlipEncoder::default(), "slip_encoder"),
    );
    let decoder = library(
        "slip_decoder",
        &text(SlipDecoder::default(), "slip_decoder"),
    );
    let (encoder, decoder) = (encoder.instance(1), decoder.instance(1));
    let mut draw = Draw(4);
    let frames: Vec<Vec<u8>> = (0..200)
        .map(|_| {
            (0..draw.below(20))
                .map(|_| match draw.below(4) {
                    0 => link::END,
                    1 => link::ESCAPE,
                    2 => link::ESCAPED_END + draw.below(2) as u8,
                    _ => draw.word() as u8,
                })
                .collect()
        })
        .collect();
    let content: Vec<Option<u8>> = frames
        .iter()
        .flat_map(|f| f.iter().map(|b| Some(*b)).chain([None]))
        .collect();
    let line = encode(&encoder, &content);
    let longer = |b: &Option<u8>| 1 + usize::from(matches!(*b, Some(link::END | link::ESCAPE)));
    assert_eq!(line.len(), content.iter().map(longer).sum::<usize>());
    assert_eq!(decode(&decoder, &line), frames);
}

#[test]
fn every_byte_after_an_escape_is_told_good_or_bad() {
    let good = text(SlipDecoder::default(), "slip_decoder");
    let decoder = library("slip_decoder", &good).instance(1);
    let bad = good.replace("in_data == 32'hdd", "in_data == 32'hde");
    assert!(good != bad);
    let broken = library("slip_decoder", &bad).instance(1);
    let mut caught = 0;
    for b in 0..=255 {
        let got = decode(&decoder, &[link::ESCAPE, b, link::END]);
        let want = match b {
            link::ESCAPED_END => vec![vec![link::END]],
            link::ESCAPED_ESCAPE => vec![vec![link::ESCAPE]],
            link::END => vec![vec![], vec![]],
            _ => vec![vec![]],
        };
        assert_eq!(got, want, "{b:#x}");
        caught += usize::from(decode(&broken, &[link::ESCAPE, b, link::END]) != want);
    }
    assert_eq!(caught, 2);
}

/// Bytes that the receiver makes of a sender whose bits last `bit` cycles; framing errors.
fn received(m: &Machine, step: u32, bit: f64, bytes: &[(u8, bool)]) -> (Vec<u8>, usize) {
    let port = |n: &str| m.port(n).unwrap();
    let (rx, valid, data) = (port("rx"), port("out_valid"), port("out_data"));
    port("increment").set(step.into());
    rx.set(1);
    port("reset").set(1);
    m.tick(5);
    port("reset").set(0);
    let mut line = LineOut::new(bit);
    let mut draw = Draw(6);
    for &(b, stop) in bytes {
        // Now and then the line is quiet for a while.
        let gap = if draw.below(8) == 0 {
            draw.below(1000) as f64 / 50.0
        } else {
            0.0
        };
        let from = line.now() + gap;
        line.byte(b, stop, from);
    }
    let (mut got, mut framing) = (Vec::new(), 0);
    let mut rest = 50;
    for cycle in 0.. {
        rx.set(line.at(cycle).into());
        m.tick(1);
        if valid.get() == 1 {
            got.push(data.get() as u8);
        }
        framing += port("framing").get() as usize;
        rest -= u32::from(line.is_quiet());
        if rest == 0 {
            break;
        }
    }
    (got, framing)
}

const RATES: [(u32, u32); 4] = [
    (25_000_000, 3_000_000),
    (60_000_000, 3_000_000),
    (80_000_000, 3_000_000),
    (48_000_000, 115_200),
];

#[test]
fn bytes_arrive_from_a_sender_two_percent_off() {
    let good = text(UartRx::default(), "uart_rx");
    let m = library("uart_rx", &good).instance(1);
    let mut draw = Draw(12);
    for (clock, baud) in RATES {
        let step = increment(clock, baud);
        for off in [-0.02, -0.01, 0.0, 0.01, 0.02] {
            let bytes: Vec<_> = (0..300).map(|_| (draw.word() as u8, true)).collect();
            let bit = f64::from(clock) / f64::from(baud) * (1.0 + off);
            let (got, framing) = received(&m, step, bit, &bytes);
            let want: Vec<u8> = bytes.iter().map(|b| b.0).collect();
            assert_eq!(got, want, "{baud} from {clock}, off by {off}");
            assert_eq!(framing, 0);
        }
    }
    // A receiver that starts its phase at the edge samples edges.
    let bad = good.replace("32'h80000", "32'h00000");
    assert!(good != bad);
    let m = library("uart_rx", &bad).instance(1);
    let bytes: Vec<_> = (0..300).map(|_| (draw.word() as u8, true)).collect();
    let (got, _) = received(&m, increment(60_000_000, 3_000_000), 20.4, &bytes);
    assert!(got.iter().ne(bytes.iter().map(|b| &b.0)));
}

#[test]
fn bytes_without_a_stop_bit_are_dropped_and_told() {
    let m = library("uart_rx", &text(UartRx::default(), "uart_rx")).instance(2);
    let mut draw = Draw(13);
    for (clock, baud) in RATES {
        let bytes: Vec<_> = (0..100)
            .map(|_| (draw.word() as u8, draw.below(4) != 0))
            .collect();
        let bit = f64::from(clock) / f64::from(baud);
        let (got, framing) = received(&m, increment(clock, baud), bit, &bytes);
        let want: Vec<u8> = bytes.iter().filter(|b| b.1).map(|b| b.0).collect();
        assert_eq!(got, want);
        assert_eq!(framing, 100 - want.len());
    }
}

#[test]
fn glitches_and_a_broken_line_make_no_bytes() {
    let m = library("uart_rx", &text(UartRx::default(), "uart_rx")).instance(2);
    let port = |n: &str| m.port(n).unwrap();
    port("increment").set(increment(60_000_000, 3_000_000).into());
    port("rx").set(1);
    port("reset").set(1);
    m.tick(5);
    port("reset").set(0);
    let mut framing = 0;
    let mut tick = |level: u64, cycles: u64| {
        port("rx").set(level);
        for _ in 0..cycles {
            m.tick(1);
            assert_eq!(port("out_valid").get(), 0);
            framing += port("framing").get();
        }
    };
    for low in 1..10 {
        tick(0, low);
        tick(1, 60);
    }
    // A line that stays low is one error.
    tick(0, 5_000);
    tick(1, 500);
    assert_eq!(framing, 1);
}

#[test]
fn bytes_leave_at_the_rate() {
    let good = text(UartTx::default(), "uart_tx");
    let m = library("uart_tx", &good).instance(1);
    let port = |n: &str| m.port(n).unwrap();
    let mut draw = Draw(14);
    for (clock, baud) in RATES {
        let bit = f64::from(clock) / f64::from(baud);
        for off in [-0.02, 0.0, 0.02] {
            port("increment").set(increment(clock, baud).into());
            port("in_valid").set(0);
            port("reset").set(1);
            m.tick(2);
            port("reset").set(0);
            let bytes: Vec<u8> = (0..100).map(|_| draw.word() as u8).collect();
            let mut line = LineIn::new(bit * (1.0 + off));
            let (mut at, mut cycle) = (0, 0);
            while line.bytes.len() < bytes.len() {
                port("in_valid").set((at < bytes.len()).into());
                port("in_data").set(bytes.get(at).copied().unwrap_or(0).into());
                at += usize::from(port("in_ready").get() == 1 && at < bytes.len());
                m.tick(1);
                line.take(cycle, port("tx").get() == 1);
                cycle += 1;
                assert!(cycle < (1_200.0 * bit) as u64, "the sender hangs");
            }
            assert_eq!(line.bytes, bytes);
            assert_eq!(line.framing, 0);
            // Ten bits a byte without a gap; the last stop bit is sampled in its middle.
            let ideal = 10.0 * bit * bytes.len() as f64;
            let time = cycle as f64 + 0.5 * bit;
            assert!((time / ideal - 1.0).abs() < 0.002, "{time} for {ideal}");
        }
    }
}
