//! What the format crate's source says: its constants, with values from the compiled crate, and its doc comments.

use synfire_format::{elementary, link, mmio, packet, pass, random, recipe};

/// Source of a module of the format crate and the constants of it that this page knows, with their values.
pub struct Module {
    pub name: &'static str,
    pub source: &'static str,
    pub values: Vec<(&'static str, u64)>,
}

/// `module!(mmio: ID, CYCLE)` names the source and reads the values.
macro_rules! module {
    ($module:ident : $($constant:ident),* ; $($inner:ident :: $of:ident),*) => {
        Module {
            name: stringify!($module),
            source: include_str!(concat!("../../../golden/format/src/", stringify!($module), ".rs")),
            values: vec![
                $((stringify!($constant), $module::$constant as u64),)*
                $((concat!(stringify!($inner), "::", stringify!($of)), $module::$inner::$of as u64),)*
            ],
        }
    };
}

pub fn modules() -> Vec<Module> {
    vec![
        module!(mmio: SRAM_ALIAS, MMIO_BASE, MMIO_BYTES, ID, CYCLE, CHAIN_START, CHAIN_WAIT, PRIVATE_BASE, SEED, STEP,
            SATURATIONS, FAULTS, EXP_ARGUMENT, EXP_RESULT, RECIPROCAL_ARGUMENT, RECIPROCAL_RESULT, RANDOM_ROW, RANDOM_TAG,
            RANDOM_INDEX, RANDOM_VALUE, TIMER_PERIOD, TICK_WAIT, RX_WAIT, RX_KEY, TX_KEY, TX_PAYLOAD, TX_SEND, EXIT,
            FAULT_PRIVATE, FAULT_QUEUE, FAULT_ADDRESS, FAULT_CODE, FAULT_PACKET;
            csr::MSTATUS, csr::MTVEC, csr::MSCRATCH, csr::MEPC, csr::MCAUSE, csr::MHARTID, csr::MSTATUS_MASK,
            cause::MISALIGNED_FETCH, cause::FETCH_FAULT, cause::ILLEGAL, cause::BREAKPOINT, cause::MISALIGNED_LOAD,
            cause::LOAD_FAULT, cause::MISALIGNED_STORE, cause::STORE_FAULT, cause::ECALL),
        module!(packet: BITS, RX_DEPTH, MULTICAST, POINT_TO_POINT, NEAREST_NEIGHBOUR;),
        module!(pass: FIELDS, DESCRIPTOR_BYTES;),
        module!(recipe: MAX_SLOTS, OP_LSB, A_LSB, B_LSB, C_LSB, SHIFT_LSB, ROUND_LSB, PRED_LSB, RESULT_LSB, PLANE_LSB,
            TO_Y_BIT, TO_O_BIT, FLAG_LSB;),
        module!(elementary: EXP_FRACTION, EXP_LIMIT, LN2, EXP_EXTRA_STEPS;),
        module!(link: VERSION, END, ESCAPE, ESCAPED_END, ESCAPED_ESCAPE, WINDOW, HEADER, CRC, CRC_RESIDUE, MAX_PAYLOAD,
            MAX_WORDS, MAX_BYTES, PACKET_BYTES, MAX_PACKETS, QUEUE, MAX_STORE_KB, ARRANGEMENT_BYTES, MAX_NUMBERS, FEED_QUEUE,
            FEED_CREDIT, READ_ROOM, STEP_CYCLES, PACKET_CYCLES, IDENTITY_BYTES;
            command::HELLO, command::READ, command::WRITE, command::WRITE_BYTES, command::SEND, command::RECEIVE,
            command::CONTROL, command::COUNTERS, command::STORE, command::ARRANGE, command::FEED,
            arrangement::PAIRS, arrangement::BUFFER_0, arrangement::BUFFER_1, arrangement::MESSAGE_0, arrangement::MESSAGE_1,
            status::OK, status::EXPECT, status::NO_SESSION, status::COMMAND, status::LENGTH, status::ADDRESS, status::PE,
            status::FULL,
            control::RUN, control::RESET, control::STEP, control::RUNNING, control::HALTED, control::STEPPED,
            counter::CARRIED_OUT, counter::DAMAGED, counter::REPEATED, counter::OUT_OF_ORDER, counter::FRAMING,
            counter::OVERRUN, counter::CYCLES, counter::CYCLES_HIGH, counter::RETIRED, counter::CONFLICTS, counter::BUSY,
            counter::COUNT,
            identity::PROTOCOL, identity::PES, identity::FORMAT, identity::ID, identity::SRAM_KB, identity::STORE_KB,
            identity::CLOCK_KHZ, identity::BAUD, identity::BUILD),
        module!(random: KEY_ROUNDS, DRAW_ROUNDS, KEY_START;),
    ]
}

/// Public constants of a source text with their doc comments; those of an inner module as `inner::NAME`.
pub fn constants(source: &str) -> Vec<(String, String)> {
    let (mut found, mut doc, mut inner) = (Vec::new(), String::new(), String::new());
    for line in source.lines() {
        if let Some(module) = line.strip_prefix("pub mod ") {
            inner = module.trim_end_matches(" {").to_owned() + "::";
        } else if line == "}" {
            inner.clear();
        }
        // Indented and in no inner module: a constant of a type, not of the machine.
        let of_module = !inner.is_empty() || !line.starts_with(' ');
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            doc += text;
        } else {
            if let Some(rest) = line.strip_prefix("pub const ")
                && let Some((name, _)) = rest.split_once(':')
                && of_module
                && !name.starts_with("fn ")
            {
                found.push((inner.clone() + name, plain(&doc)));
            }
            doc.clear();
        }
    }
    found
}

/// The module's own documentation as a page's text: its headings one level down, names without links.
pub fn prose(source: &str) -> String {
    let mut out = String::new();
    for line in source.lines().map_while(|l| l.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        if line.starts_with("# ") {
            out += "#";
        }
        let line = line
            .replace("[`crate::", "`")
            .replace("[`", "`")
            .replace("`]", "`");
        // A line before a table ends its paragraph.
        if line.starts_with('|') && !out.ends_with("|\n") {
            out += "\n";
        }
        out += &line;
        out += "\n";
    }
    out
}

/// Doc comments of the fields of `structure`.
pub fn fields(source: &str, structure: &str) -> Vec<(String, String)> {
    let start = source
        .find(&format!("pub struct {structure} {{"))
        .unwrap_or_else(|| panic!("the format crate has no structure {structure}"));
    let (mut found, mut doc) = (Vec::new(), String::new());
    for line in source[start..].lines().skip(1).map(str::trim) {
        if line == "}" {
            break;
        } else if let Some(text) = line.strip_prefix("///") {
            doc += text;
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|l| l.split_once(':')) {
            found.push((name.into(), plain(&doc)));
            doc.clear();
        }
    }
    found
}

/// A doc comment as a table's cell.
pub fn plain(doc: &str) -> String {
    doc.trim()
        .replace("[`crate::", "`")
        .replace("[`", "`")
        .replace("`]", "`")
        .replace('|', "\\|")
}
