//! The gate for emitted Verilog: every block of every configuration.

use synfire_format::config::{MachineShape, PeConfig};
use synfire_hdl::machine::{emit_board, emit_machine};
use synfire_hdl::pe::{BLOCKS, emit_block};
use synfire_sim::lint;

#[test]
fn every_block_of_every_configuration_is_free_of_latches_loops_and_races() {
    for config in PeConfig::all() {
        for block in BLOCKS {
            let text = emit_block(block, &config).unwrap();
            if let Err(e) = lint(block, &text) {
                panic!("{} of {}: {e}", block, config.name);
            }
        }
    }
}

#[test]
fn emission_is_a_function_of_the_configuration() {
    let text = emit_block("pe", &PeConfig::small()).unwrap();
    assert_eq!(text, emit_block("pe", &PeConfig::small()).unwrap());
    assert_ne!(text, emit_block("pe", &PeConfig::ecp5()).unwrap());
    assert!(text.contains("configuration `small`"));
}

#[test]
fn unknown_blocks_and_illegal_configurations_are_refused_with_a_sentence() {
    let e = emit_block("router", &PeConfig::tiny())
        .unwrap_err()
        .to_string();
    assert_eq!(
        e,
        "there is no block `router`: choose one of pe, control, engine, sram"
    );
    let config = PeConfig {
        banks: 3,
        ..PeConfig::small()
    };
    let e = emit_block("pe", &config).unwrap_err().to_string();
    assert_eq!(e, "configuration `small`: 3 banks: choose 1, 2, 4 or 8");
}

#[test]
fn machines_and_boards_are_free_of_latches_loops_and_races() {
    for config in [PeConfig::small(), PeConfig::tiny()] {
        let shape = MachineShape {
            pes: 2,
            store_kb: 96,
            many_multipliers: true,
        };
        let with_store = emit_machine(&config, shape, 0, 0).unwrap();
        if let Err(e) = lint("machine", &with_store) {
            panic!("machine of {} with a store: {e}", config.name);
        }
        let machine = emit_machine(&config, 2, 0, 0).unwrap();
        let board = emit_board(&config, 1, 25_000_000, 3_000_000, 1).unwrap();
        for (top, text) in [("machine", machine), ("board", board)] {
            if let Err(e) = lint(top, &text) {
                panic!("{top} of {}: {e}", config.name);
            }
        }
    }
}
