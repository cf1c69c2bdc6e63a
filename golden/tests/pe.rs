//! Registers, packets, chains and ends of programs on the PE model.

use synfire_format::config::PeConfig;
use synfire_format::mmio;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, POINT_TO_POINT, Packet};
use synfire_format::random::{RowIndex, draw, row_key};
use synfire_golden::core::{Halt, StepResult};
use synfire_golden::encode::*;
use synfire_golden::exp::exp;
use synfire_golden::reciprocal::reciprocal;
use synfire_golden::scenario::random_chain;
use synfire_golden::{Engine, Inputs, Outcome, Pe, run_chain};

/// A program of register writes and reads, a read going to the word at 0x1000 + 4 * its number.
enum Do {
    Write(u32, u32),
    Read(u32),
}
use Do::{Read, Write};

fn program(list: &[Do]) -> Vec<u32> {
    let mut words = [li(4, mmio::MMIO_BASE), li(3, 0x1000)].concat();
    let mut reads = 0;
    for one in list {
        match *one {
            Write(register, value) => {
                words.extend(li(5, value));
                words.push(store(2, 5, 4, register as i32));
            }
            Read(register) => {
                words.extend([load(2, 5, 4, register as i32), store(2, 5, 3, reads)]);
                reads += 4;
            }
        }
    }
    words.extend([addi(5, 0, 1), store(2, 5, 4, mmio::EXIT as i32)]);
    words
}

fn loaded(list: &[Do]) -> Pe {
    let mut pe = Pe::new(&PeConfig::ecp5());
    pe.load_words(0, &program(list)).unwrap();
    pe
}

fn answers(list: &[Do]) -> Vec<u32> {
    let mut pe = loaded(list);
    assert_eq!(pe.run(1000), Outcome::Halted(Halt::Exit { code: 1 }));
    results(&pe, list)
}

fn results(pe: &Pe, list: &[Do]) -> Vec<u32> {
    let reads = list.iter().filter(|d| matches!(d, Read(_))).count() as u32;
    (0..reads)
        .map(|n| pe.sram().read_u32(0x1000 + 4 * n).unwrap())
        .collect()
}

fn message(key: u32, payload: Option<u32>) -> Packet {
    Packet {
        kind: MULTICAST,
        key,
        payload,
    }
}

fn neighbour(key: u32, payload: Option<u32>) -> Packet {
    Packet {
        kind: NEAREST_NEIGHBOUR,
        key,
        payload,
    }
}

#[test]
fn registers_read_back_what_they_can_hold() {
    let all = u32::MAX;
    let list = [
        Read(mmio::ID),
        Write(mmio::PRIVATE_BASE, all),
        Read(mmio::PRIVATE_BASE),
        Write(mmio::SEED, 0x1234_5678),
        Read(mmio::SEED),
        Write(mmio::STEP, 0x9abc_def0),
        Read(mmio::STEP),
        Write(mmio::SATURATIONS, 77),
        Read(mmio::SATURATIONS),
        Write(mmio::ID, all),
        Read(mmio::ID),
        Write(0x7c, all),
        Read(0x7c),
        Read(mmio::TX_KEY),
    ];
    let id = 1 << 16 | 2 << 12 | 4 << 8 | 4 << 4 | 2;
    assert_eq!(
        answers(&list),
        [id, 0x7_fff8, 0x1234_5678, 0x9abc_def0, 77, id, 0, 0]
    );
}

#[test]
fn elementary_functions_and_draws_answer_through_registers() {
    let x = -70_000i32;
    let list = [
        Read(mmio::EXP_RESULT),
        Write(mmio::EXP_ARGUMENT, x as u32),
        Write(mmio::RECIPROCAL_ARGUMENT, 70_000),
        Read(mmio::EXP_RESULT),
        Read(mmio::RECIPROCAL_RESULT),
        Write(mmio::SEED, 11),
        Write(mmio::STEP, 12),
        Write(mmio::RANDOM_ROW, 13 << 16 | 14),
        Write(mmio::RANDOM_TAG, 0xabcd_000f),
        Write(mmio::RANDOM_INDEX, 16 << 16 | 17),
        Write(mmio::SEED, 99),
        Read(mmio::RANDOM_VALUE),
    ];
    let at = RowIndex {
        population: 13,
        row: 14,
        tag: 15,
    };
    assert_eq!(
        answers(&list),
        [
            0,
            exp(x) as u32,
            reciprocal(70_000) as u32,
            draw(row_key(11, 12, at), 16, 17)
        ]
    );
}

#[test]
fn a_chain_started_by_the_core_does_what_the_executor_does_by_either_executor() {
    let scenario = random_chain(5, 32 << 10);
    let high = 0x8000;
    let code = [
        li(4, mmio::MMIO_BASE).to_vec(),
        program(&[
            Write(mmio::SEED, scenario.seed),
            Write(mmio::STEP, scenario.step),
            Write(mmio::PRIVATE_BASE, scenario.private_base),
            Write(mmio::CHAIN_START, scenario.first_descriptor),
        ]),
    ]
    .concat();
    for engine in [Engine::Reference, Engine::Fast] {
        let mut pe = Pe::new(&PeConfig::ecp5());
        pe.load(0, &scenario.sram).unwrap();
        pe.load_words(high, &code).unwrap();
        pe.set_engine(engine);
        let (mut sram, mut state) = (pe.sram().clone(), scenario.state());
        let reports = run_chain(&mut sram, &mut state, scenario.first_descriptor);
        pe.start(high);
        assert_eq!(pe.run(1000), Outcome::Halted(Halt::Exit { code: 1 }));
        assert_eq!(pe.sram(), &sram);
        assert_eq!(pe.engine(), &state);
        assert_eq!((pe.chains(), pe.last_chain().len()), (1, reports.len()));
        assert!(reports.iter().any(|r| !r.words_written.is_empty()));
        // The comparison sees one entry less.
        let other = run_chain(&mut sram, &mut state, scenario.first_descriptor);
        assert_eq!(other.len(), reports.len());
        assert!(pe.sram() != &sram || pe.engine() != &state);
    }
}

#[test]
fn receiving_blocks_without_a_message_and_goes_on_with_one() {
    let list = [Read(mmio::RX_WAIT), Read(mmio::RX_KEY)];
    let mut pe = loaded(&list);
    assert_eq!(pe.run(1000), Outcome::Blocked);
    let retired = pe.core().retired();
    pe.push_packet(neighbour(0x2002, Some(5)));
    assert_eq!(pe.run(1000), Outcome::Blocked);
    assert_eq!(pe.sram().read_u32(0x2000), Some(0));
    assert_eq!(pe.core().retired(), retired);
    pe.push_packet(message(42, Some(43)));
    pe.push_packet(neighbour(0x2004, Some(6)));
    assert_eq!(pe.run(1000), Outcome::Halted(Halt::Exit { code: 1 }));
    assert_eq!(results(&pe, &list), [43, 42]);
    assert_eq!(pe.sram().read_u32(0x2000), Some(5));
    assert_eq!(pe.sram().read_u32(0x2004), Some(0));
    pe.apply_pending_pokes();
    assert_eq!(pe.sram().read_u32(0x2004), Some(6));
    assert_eq!(pe.packets_waiting(), 0);
}

#[test]
fn a_message_without_payload_reads_zero_and_keeps_its_place_among_pokes() {
    let list = [Read(mmio::RX_WAIT), Read(mmio::RX_KEY)];
    let mut pe = loaded(&list);
    pe.push_packet(message(7, None));
    pe.push_packet(neighbour(mmio::SRAM_ALIAS + 0x3000, Some(8)));
    pe.apply_pending_pokes();
    assert_eq!(pe.packets_waiting(), 1);
    assert_eq!(pe.sram().read_u32(0x3000), Some(8));
    assert_eq!(pe.run(1000), Outcome::Halted(Halt::Exit { code: 1 }));
    assert_eq!(results(&pe, &list), [0, 7]);
}

#[test]
fn peeks_are_answered_and_what_a_pe_does_not_serve_is_counted() {
    let list = [
        Read(mmio::RX_WAIT),
        Read(mmio::FAULTS),
        Write(mmio::FAULTS, mmio::FAULT_PACKET),
        Read(mmio::FAULTS),
    ];
    let mut pe = loaded(&list);
    pe.load_words(0x2000, &[0xfeed]).unwrap();
    pe.push_packet(neighbour(0x2001, None));
    pe.push_packet(neighbour(0x1_0000, Some(1)));
    pe.push_packet(Packet {
        kind: POINT_TO_POINT,
        ..message(1, None)
    });
    pe.push_packet(message(1, Some(2)));
    assert_eq!(pe.run(1000), Outcome::Halted(Halt::Exit { code: 1 }));
    assert_eq!(pe.take_answers(), [neighbour(0x2001, Some(0xfeed))]);
    assert_eq!(pe.packets_dropped(), 2);
    assert_eq!(results(&pe, &list), [2, mmio::FAULT_PACKET, 0]);
}

#[test]
fn packets_sent_keep_their_order() {
    let mut pe = loaded(&[
        Write(mmio::TX_KEY, 5),
        Write(mmio::TX_PAYLOAD, 6),
        Write(mmio::TX_SEND, 7),
        Write(mmio::TX_KEY, 8),
        Write(mmio::TX_PAYLOAD, 9),
    ]);
    assert_eq!(pe.run(1000), Outcome::Halted(Halt::Exit { code: 1 }));
    let sent = [message(5, Some(6)), message(5, None), message(8, Some(9))];
    assert_eq!(pe.take_sent(), sent);
    assert_eq!(pe.take_sent(), []);
}

#[test]
fn ticks_are_numbered_from_one_and_a_stopped_timer_answers_zero() {
    let list = [
        Read(mmio::TICK_WAIT),
        Write(mmio::TIMER_PERIOD, 100),
        Read(mmio::TICK_WAIT),
        Read(mmio::TICK_WAIT),
        Read(mmio::TIMER_PERIOD),
        Write(mmio::TIMER_PERIOD, 0),
        Read(mmio::TICK_WAIT),
    ];
    assert_eq!(answers(&list), [0, 1, 2, 100, 0]);
}

#[test]
fn recorded_inputs_are_taken_where_they_can_be_and_refused_where_not() {
    let tick = |inputs: Inputs, period: u32| {
        let mut pe = loaded(&[Write(mmio::TIMER_PERIOD, period), Read(mmio::TICK_WAIT)]);
        while pe.core().pc() < 4 * 9 {
            pe.step(&inputs);
        }
        pe.sram().read_u32(0x1000)
    };
    let given = |tick| Inputs { cycle: 9, tick };
    assert_eq!(tick(given(Some(1)), 5), Some(1));
    assert_eq!(tick(given(Some(7)), 5), Some(1));
    assert_eq!(tick(given(Some(0)), 5), Some(1));
    assert_eq!(tick(given(Some(0)), 0), Some(0));
    assert_eq!(tick(given(Some(1)), 0), Some(1));

    let mut pe = loaded(&[Read(mmio::CYCLE)]);
    for cycle in 0..10 {
        let _ = pe.step(&Inputs { cycle, tick: None });
    }
    assert_eq!(pe.sram().read_u32(0x1000), Some(4));
}

#[test]
fn the_store_to_exit_retires_and_nothing_after_it() {
    let mut pe = loaded(&[Write(mmio::EXIT, 5), Write(mmio::SEED, 1)]);
    assert_eq!(pe.run(1000), Outcome::Halted(Halt::Exit { code: 5 }));
    assert_eq!(pe.core().retired(), 7);
    assert_eq!(pe.core().pc(), 4 * 7);
    assert_eq!(
        pe.step(&Inputs::default()),
        StepResult::Halted(Halt::Exit { code: 5 })
    );
    assert_eq!(pe.engine().seed, 0);
}

#[test]
fn a_watched_word_ends_the_program_when_it_becomes_nonzero() {
    let words = [
        li(3, mmio::SRAM_ALIAS + 0x1000).to_vec(),
        vec![
            store(2, 0, 3, 0),
            addi(5, 0, 9),
            store(2, 5, 3, 4),
            store(0, 5, 3, 1),
            jal(0, 0),
        ],
    ]
    .concat();
    let mut pe = Pe::new(&PeConfig::tiny());
    pe.load_words(mmio::SRAM_ALIAS, &words).unwrap();
    pe.start(mmio::SRAM_ALIAS);
    pe.set_watch(Some(mmio::SRAM_ALIAS + 0x1000));
    assert_eq!(pe.run(1000), Outcome::Halted(Halt::Watch { code: 9 << 8 }));
    assert_eq!(pe.core().retired(), 6);
    pe.set_watch(None);
    pe.start(0);
    assert_eq!(pe.run(100), Outcome::Limit);
}

#[test]
fn a_program_that_does_not_fit_is_refused_with_a_sentence() {
    let mut pe = Pe::new(&PeConfig::ecp5());
    assert_eq!(
        pe.load(0xfffe, &[1, 2, 3]).unwrap_err().to_string(),
        "3 bytes at 0xfffe do not fit the SRAM, which is 65536 bytes at 0 and again at 0x80000000: link the program there"
    );
    assert_eq!(pe.sram().read_u8(0xfffe), Some(0));
}
