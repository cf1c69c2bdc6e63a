//! The board's logic from its pins: UART, reset at power up, LEDs.

mod bench;
mod host;
mod line;

use bench::asm;
use host::{frame, frames, frames_so_far, packed};
use line::{LineIn, LineOut};
use synfire_format::config::PeConfig;
use synfire_format::link::{command, control, counter, identity, status};
use synfire_format::mmio;
use synfire_format::packet::{POINT_TO_POINT, Packet};
use synfire_hdl::machine::emit_board;
use synfire_sim::{BuildOptions, Machine, Port, build};

const CLOCK_HZ: u32 = 25_000_000;
const BAUD: u32 = 3_000_000;

struct Board {
    machine: Machine,
    rx: Port,
    tx: Port,
    to: LineOut,
    from: LineIn,
    cycle: u64,
}

impl Board {
    /// A host whose clock is `off` from the board's.
    fn new(text: &str, off: f64, seed: u64) -> Self {
        let machine = build("board", text, &BuildOptions::default())
            .unwrap()
            .instance(seed);
        let bit = f64::from(CLOCK_HZ) / f64::from(BAUD) * (1.0 + off);
        let (rx, tx) = (machine.port("rx").unwrap(), machine.port("tx").unwrap());
        let mut board = Self {
            machine,
            rx,
            tx,
            to: LineOut::new(bit),
            from: LineIn::new(bit),
            cycle: 0,
        };
        board.run(100);
        board
    }

    fn run(&mut self, cycles: u64) {
        for _ in 0..cycles {
            self.rx.set(self.to.at(self.cycle).into());
            self.machine.tick(1);
            self.from.take(self.cycle, self.tx.get() == 1);
            self.cycle += 1;
        }
    }

    fn send(&mut self, line: &[u8]) {
        for &b in line {
            self.to.byte(b, true, self.cycle as f64);
        }
    }

    /// The response to one request.
    fn ask(&mut self, kind: u8, number: u8, payload: &[u8]) -> (u8, u8, Vec<u8>) {
        self.from.bytes.clear();
        self.send(&frame(kind, number, payload));
        for _ in 0..200 {
            self.run(500);
            if frames_so_far(&self.from.bytes) > 0 {
                break;
            }
        }
        let mut all = frames(&self.from.bytes);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn led(&self) -> u64 {
        self.machine.port("led").unwrap().get()
    }
}

fn text() -> String {
    emit_board(&PeConfig::small(), 1, CLOCK_HZ, BAUD, 0x1122_3344_5566_7788).unwrap()
}

#[test]
fn a_host_two_percent_off_writes_and_reads_through_the_pins() {
    let text = text();
    for (off, seed) in [(-0.02, 1), (0.02, 2)] {
        let mut board = Board::new(&text, off, seed);
        assert_eq!(board.led() & 0b1110, 0, "no event yet");
        let (kind, number, who) = board.ask(command::HELLO, 3, &[9; 4]);
        assert_eq!((kind, number), (status::OK, 3));
        let word = |at: usize| u32::from_le_bytes(who[at..at + 4].try_into().unwrap());
        assert_eq!(word(identity::CLOCK_KHZ), CLOCK_HZ / 1000);
        assert_eq!(word(identity::BAUD), BAUD);
        assert_eq!(word(identity::BUILD), 0x5566_7788);
        assert_eq!(word(identity::BUILD + 4), 0x1122_3344);
        assert_eq!(board.led() & 0b1110, 0b0010, "traffic");
        let data: Vec<u8> = (0..240u8).map(|i| i.wrapping_mul(37)).collect();
        let (kind, ..) = board.ask(command::WRITE, 4, &[&[0, 1, 0, 0], &data[..]].concat());
        assert_eq!(kind, status::OK);
        let (kind, _, back) = board.ask(command::READ, 5, &[0, 1, 0, 0, 60]);
        assert_eq!((kind, back), (status::OK, data));
        assert_eq!(board.from.framing, 0);
    }
}

#[test]
fn a_framing_error_is_counted_and_lights_the_fourth_led() {
    let mut board = Board::new(&text(), 0.0, 1);
    board.ask(command::HELLO, 0, &[9; 4]);
    assert_eq!(board.led() & 8, 0);
    board.to.byte(0x55, false, board.cycle as f64);
    board.run(500);
    assert_eq!(board.led() & 8, 8);
    let (_, _, counters) = board.ask(command::COUNTERS, 1, &[]);
    assert_eq!(counters[4 * counter::FRAMING], 1);
}

#[test]
fn a_burst_of_requests_keeps_the_line_busy() {
    let mut board = Board::new(&text(), 0.0, 1);
    board.ask(command::HELLO, 0, &[9; 4]);
    board.from.bytes.clear();
    let (start, mut bytes) = (board.cycle, 0);
    for n in 1..=8 {
        let line = frame(command::WRITE, n, &[&[0; 4], &[0x5a; 240][..]].concat());
        bytes += line.len();
        board.send(&line);
    }
    while frames_so_far(&board.from.bytes) < 8 {
        board.run(10);
        assert!(board.cycle < start + 400_000);
    }
    let cycles = (board.cycle - start) as f64;
    let line = bytes as f64 * 10.0 * f64::from(CLOCK_HZ) / f64::from(BAUD);
    // The last frame's words and its response come after the line.
    println!("{cycles} cycles, the line alone {line:.0}");
    assert!(cycles < 1.1 * line, "{cycles} of {line}");
    // Out: reads, whose responses follow each other without a gap.
    board.from.bytes.clear();
    for n in 9..=16 {
        board.send(&frame(command::READ, n, &[0, 0, 0, 0, 60]));
    }
    let start = board.cycle;
    while frames_so_far(&board.from.bytes) < 8 {
        board.run(10);
        assert!(board.cycle < start + 400_000);
    }
    let cycles = (board.cycle - start) as f64;
    let line = board.from.bytes.len() as f64 * 10.0 * f64::from(CLOCK_HZ) / f64::from(BAUD);
    println!("{cycles} cycles, the line alone {line:.0}");
    assert!(cycles < 1.2 * line, "{cycles} of {line}");
}

#[test]
fn a_chain_lights_the_third_led_and_a_pe_s_fault_the_fourth() {
    let mut board = Board::new(&text(), 0.0, 1);
    board.ask(command::HELLO, 0, &[9; 4]);
    // A chain of one descriptor without rows.
    board.ask(
        command::WRITE,
        1,
        &[&[0, 0x90, 0, 0], &[0; 64][..]].concat(),
    );
    let mut p = [asm::li(9, mmio::MMIO_BASE), asm::li(1, 0x9000)].concat();
    p.extend([
        asm::sw(1, 9, mmio::CHAIN_START as i32),
        asm::lw(2, 9, mmio::CHAIN_WAIT as i32),
        asm::sw(2, 9, mmio::EXIT as i32),
    ]);
    let words: Vec<u8> = p.iter().flat_map(|w| w.to_le_bytes()).collect();
    board.ask(command::WRITE, 2, &[&[0; 4], &words[..]].concat());
    board.ask(command::CONTROL, 3, &[control::RUN]);
    board.run(500);
    assert_eq!(board.led() & 0b1100, 0b0100);
    let (_, _, counters) = board.ask(command::COUNTERS, 4, &[]);
    assert!(counters[4 * counter::BUSY] > 0);
    let (_, _, answer) = board.ask(command::CONTROL, 5, &[0]);
    assert_eq!(answer[4..], [control::HALTED, 1, 0, 0, 0]);
    // A packet that no PE serves.
    let stray = Packet {
        kind: POINT_TO_POINT,
        key: 0,
        payload: None,
    };
    board.ask(command::SEND, 6, &packed(&stray));
    assert_eq!(board.led() & 0b1000, 0b1000);
}
