//! Clock domains that stand still while they are not awake change nothing: with and without, every cycle is alike.

use synfire_format::config::PeConfig;
use synfire_format::mmio;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, Packet};
use synfire_golden::encode::{addi, branch, li, load, store};
use synfire_golden::scenario::Rng;
use synfire_hdl::pe::{emit_pe, emit_pe_of_many_multipliers};
use synfire_sim::conformance::Case;
use synfire_sim::rtl::{PeLibrary, Rtl};

/// Everything that a PE shows in a cycle.
fn shown(rtl: &mut Rtl) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        rtl.retire(),
        rtl.pass_done(),
        rtl.engine_busy(),
        rtl.halted(),
        rtl.conflicts(),
        rtl.packets_taken(),
        rtl.sent.pop_front(),
        rtl.answers.pop_front(),
    )
}

/// Runs the image in two instances, one whose domains may stand still, with the same events; the first difference.
fn differ(
    library: &PeLibrary,
    image: &[u8],
    most_cycles: u64,
    mut event: impl FnMut(u64, &mut Rtl),
) -> Option<String> {
    let mut pair = [true, false].map(|may| {
        let mut rtl = library.instance(1).expect("the PE has its ports");
        rtl.stand_still(may);
        // All of it: what it powers up with is not the same in two instances made beside other tests.
        let mut whole = image.to_vec();
        whole.resize(rtl.sram().len(), 0);
        rtl.load(&whole);
        rtl.start();
        rtl
    });
    for cycle in 0..most_cycles {
        for rtl in &mut pair {
            event(cycle, rtl);
            rtl.cycle();
        }
        let [still, all] = &mut pair;
        let (a, b) = (shown(still), shown(all));
        if a != b {
            return Some(format!("cycle {cycle}: {a:?} where all is clocked {b:?}"));
        }
        // Some cycles more, for writes on their way.
        if all.halted().is_some() && cycle % 64 == 63 {
            break;
        }
    }
    (pair[0].sram() != pair[1].sram()).then(|| "another SRAM at the end".into())
}

#[test]
fn programs_and_chains_take_the_same_cycles_in_every_configuration() {
    for config in PeConfig::all() {
        let library = PeLibrary::build(&config, false).unwrap();
        for case in Case::first(40) {
            let found = differ(&library, &case.image(&config), 200_000, |_, _| {});
            assert_eq!(found, None, "{}, {case}", config.name);
        }
    }
    let config = PeConfig::small();
    let many = emit_pe_of_many_multipliers(&config).unwrap();
    let library = PeLibrary::from_verilog(&config, &many, false).unwrap();
    for case in Case::first(40) {
        let found = differ(&library, &case.image(&config), 200_000, |_, _| {});
        assert_eq!(found, None, "many multipliers, {case}");
    }
}

/// Waits for ticks and messages in turn, answers each message, and starts no chain.
fn waits() -> Vec<u8> {
    let mut code = li(4, mmio::MMIO_BASE).to_vec();
    code.extend(li(5, 150));
    code.push(store(2, 5, 4, mmio::TIMER_PERIOD as i32));
    let start = code.len() as i32;
    code.extend([
        load(2, 5, 4, mmio::TICK_WAIT as i32),
        store(2, 5, 4, mmio::EXP_ARGUMENT as i32),
        load(2, 6, 4, mmio::EXP_RESULT as i32),
        store(2, 6, 4, mmio::RANDOM_INDEX as i32),
        load(2, 6, 4, mmio::RANDOM_VALUE as i32),
        load(2, 7, 4, mmio::RX_WAIT as i32),
        store(2, 6, 4, mmio::TX_PAYLOAD as i32),
    ]);
    code.push(branch(1, 7, 0, 4 * (start - code.len() as i32)));
    code.extend([addi(5, 0, 1), store(2, 5, 4, mmio::EXIT as i32)]);
    code.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// Messages, pokes, peeks, and a core that is held and let go at random cycles.
fn traffic(seed: u64) -> impl FnMut(u64, &mut Rtl) {
    let mut events = Vec::new();
    let mut rng = Rng::new(seed);
    let mut cycle = 0;
    for n in (0..40u32).rev() {
        cycle += u64::from(rng.below(300));
        events.push((cycle, rng.below(5), n, rng.bits() as u32));
        events.push((cycle + 1, 4, n, 0));
    }
    move |now, rtl| {
        for &(_, what, n, value) in events.iter().filter(|e| e.0 == now) {
            match what {
                0 => rtl.hold(),
                1 => rtl.start(),
                2 | 3 => rtl.push(Packet {
                    kind: NEAREST_NEIGHBOUR,
                    key: 0x4000 + 4 * (value & 0xff),
                    payload: (what == 2).then_some(value),
                }),
                _ => rtl.push(Packet {
                    kind: MULTICAST,
                    key: n,
                    payload: Some(n),
                }),
            }
            if n < 2 {
                rtl.start();
            }
        }
    }
}

#[test]
fn messages_ticks_and_a_held_core_take_the_same_cycles_in_every_configuration() {
    for config in PeConfig::all() {
        let library = PeLibrary::build(&config, false).unwrap();
        for seed in 0..8 {
            let found = differ(&library, &waits(), 40_000, traffic(seed));
            assert_eq!(found, None, "{}, seed {seed}", config.name);
        }
    }
}

#[test]
fn a_domain_that_falls_asleep_too_early_or_wakes_too_late_is_seen() {
    let config = PeConfig::small();
    let good = emit_pe(&config).unwrap();
    let tail = ("assign on = want | (left$q != 32'h0);", "assign on = want;");
    let groups = (" | (alloc != write_back$free)", "");
    let start = ("reset_q$q | control$chain_valid | busy", "reset_q$q | busy");
    let breaks = [
        // The lanes sleep before the planes of the last groups are read, with no time for pipelines to run empty.
        vec![tail, groups],
        // The engine is not woken by a chain's start.
        vec![start],
    ];
    for parts in breaks {
        let mut broken = good.clone();
        for (from, to) in &parts {
            assert!(good.contains(from), "`{from}` is in the text");
            broken = broken.replacen(from, to, 1);
        }
        let library = PeLibrary::from_verilog(&config, &broken, false).unwrap();
        let found = (0..20)
            .map(Case::Chain)
            .find_map(|case| differ(&library, &case.image(&config), 20_000, |_, _| {}));
        assert!(found.is_some(), "{parts:?}");
    }
}
