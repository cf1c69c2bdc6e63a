//! Model and RTL of the whole PE in lockstep, every configuration, two power-up states.

use synfire_format::config::PeConfig;
use synfire_format::mmio;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, Packet};
use synfire_golden::encode::{addi, branch, li, load, store};
use synfire_golden::scenario::Rng;
use synfire_hdl::pe::{emit_pe, emit_pe_of_many_multipliers};
use synfire_sim::conformance::Case;
use synfire_sim::lockstep::{Lockstep, LockstepError};
use synfire_sim::rtl::PeLibrary;

fn image(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn run(config: &PeConfig, library: &PeLibrary, case: Case) -> Result<Lockstep, LockstepError> {
    let (Case::Program(seed) | Case::Chain(seed)) = case;
    let rtl = library
        .instance(1 + seed % 2)
        .expect("the PE has its ports");
    case.run(config, rtl)
}

#[test]
fn random_programs_retire_alike_in_every_configuration() {
    for config in PeConfig::all() {
        let library = PeLibrary::build(&config, false).unwrap();
        let (mut steps, mut cycles) = (0, 0);
        for case in (0..60).map(Case::Program) {
            match run(&config, &library, case) {
                Ok(both) => {
                    steps += both.steps();
                    cycles += both.rtl.cycles();
                }
                Err(e) => panic!("{}, {case}: {e}", config.name),
            }
        }
        println!("{}: {steps} instructions in {cycles} cycles", config.name);
    }
}

#[test]
fn a_pe_of_many_multipliers_does_the_same() {
    for config in [PeConfig::small(), PeConfig::ecp5()] {
        let verilog = emit_pe_of_many_multipliers(&config).unwrap();
        assert_ne!(verilog, emit_pe(&config).unwrap());
        let library = PeLibrary::from_verilog(&config, &verilog, false).unwrap();
        for case in (0..60).flat_map(|seed| [Case::Program(seed), Case::Chain(seed)]) {
            if let Err(e) = run(&config, &library, case) {
                panic!("{}, {case}: {e}", config.name);
            }
        }
    }
}

#[test]
fn random_passes_and_chains_write_alike_in_every_configuration() {
    for config in PeConfig::all() {
        let library = PeLibrary::build(&config, false).unwrap();
        let (mut passes, mut cycles) = (0, 0);
        for case in (0..100).map(Case::Chain) {
            match run(&config, &library, case) {
                Ok(both) => {
                    passes += both.pass_cycles.len();
                    cycles += both.pass_cycles.iter().map(|p| p.cycles).sum::<u64>();
                }
                Err(e) => panic!("{}, {case} ({}): {e}", config.name, case.why(&config)),
            }
        }
        println!("{}: {passes} passes in {cycles} cycles", config.name);
    }
}

/// Sends every message back with its key plus one, until the payload is 0.
fn echo() -> Vec<u8> {
    let mut code = li(4, mmio::MMIO_BASE).to_vec();
    code.extend([
        load(2, 5, 4, mmio::RX_WAIT as i32),
        load(2, 6, 4, mmio::RX_KEY as i32),
        addi(6, 6, 1),
        store(2, 6, 4, mmio::TX_KEY as i32),
        store(2, 5, 4, mmio::TX_PAYLOAD as i32),
        branch(1, 5, 0, -20),
        addi(5, 0, 1),
        store(2, 5, 4, mmio::EXIT as i32),
    ]);
    image(&code)
}

#[test]
fn messages_come_back_and_pokes_arrive_in_every_configuration() {
    for config in PeConfig::all() {
        let library = PeLibrary::build(&config, false).unwrap();
        let mut both = Lockstep::new(&config, library.instance(1).unwrap(), &echo());
        let mut rng = Rng::new(3);
        for n in (0..50u32).rev() {
            if rng.one_in(2) {
                let key = 0x4000 + 4 * n;
                let payload = Some(rng.bits() as u32);
                both.push(Packet {
                    kind: NEAREST_NEIGHBOUR,
                    key,
                    payload,
                });
            }
            let message = Packet {
                kind: MULTICAST,
                key: rng.bits() as u32,
                payload: Some(n),
            };
            both.push(message);
            // Now and then several are on their way.
            if rng.one_in(3) || n == 0 {
                while both.message().unwrap().payload != Some(n) {}
            }
        }
        assert_eq!(both.run_to_end().unwrap(), 1, "{}", config.name);
    }
}

#[test]
fn breaks_of_the_verilog_are_reported_at_their_place() {
    let config = PeConfig::small();
    let good = emit_pe(&config).unwrap();
    let broken = |from: &str, to: &str| {
        assert!(good.contains(from), "`{from}` is in the text");
        PeLibrary::from_verilog(&config, &good.replacen(from, to, 1), false).unwrap()
    };
    // The engine and the core write halfwords at least, so byte 7 never goes without byte 6: take byte 5's enable.
    let library = broken("we[7]", "we[5]");
    let found = (0..20).find_map(|seed| run(&config, &library, Case::Chain(seed)).err());
    let text = found.expect("a wrong byte enable is seen").to_string();
    assert!(text.contains("SRAM word"), "{text}");

    // The exponential's largest result, seen where a program reads it.
    let library = broken(
        "localparam  largest = 32'h7fffffff;",
        "localparam  largest = 32'h7ffffffe;",
    );
    let found = (0..60).find_map(|seed| run(&config, &library, Case::Program(seed)).err());
    let text = found.expect("a wrong exponential is seen").to_string();
    assert!(
        text.contains("the value written of the instruction at"),
        "{text}"
    );
}
