//! docs/numbers.md and docs/protocol.md are what the format crate says: this test writes the pages' texts and compares.
//!
//! Names and meanings come from the crate's source, values from the compiled constants, bit positions from encoding.

mod encoded;
mod protocol;
mod source;
mod tables;

use encoded::{configurations, descriptor_fields, draws, packet_fields, slot_codes, slot_fields};
use source::{Module, constants, modules};
use std::fmt::Write;
use std::path::Path;
use synfire_format::pass::{DESCRIPTOR_BYTES, FIELDS};
use synfire_format::{FORMAT_VERSION, elementary, recipe};
use tables::{bits, code, table};

/// What makes the page again.
const COMMAND: &str = "SYNFIRE_WRITE=1 cargo test -p conformance --test numbers";

/// Rows of name, value as `show` writes it, and meaning, of the constants that `of` accepts.
fn rows(
    module: &Module,
    of: impl Fn(&str) -> bool,
    show: impl Fn(u64) -> String,
) -> Vec<Vec<String>> {
    let docs = constants(module.source);
    let row = |&(name, value): &(&str, u64)| {
        let doc = docs.iter().find(|(n, _)| n == name).map_or("", |(_, d)| d);
        let short = name.rsplit("::").next().unwrap_or(name);
        vec![
            code(short),
            show(value),
            doc.trim_start_matches("Fault bit: ").to_owned(),
        ]
    };
    module
        .values
        .iter()
        .filter(|(n, _)| of(n))
        .map(row)
        .collect()
}

/// The page.
fn text() -> String {
    let all = modules();
    let module = |name: &str| {
        all.iter()
            .find(|m| m.name == name)
            .expect("a module of the list")
    };
    let hex = |v: u64| format!("`{v:#x}`");
    let hex2 = |v: u64| format!("`{v:#04x}`");
    let number = |v: u64| v.to_string();
    let mut out = format!(
        "# Numbers\n\nEvery width, register, field and limit that model, RTL and host share. Generated from the crate \
         `synfire-format`\n(format version {FORMAT_VERSION}); after a change there run `{COMMAND}`.\n\
         The meaning of each is specified in the crate's documentation (`cargo doc -p synfire-format`).\n"
    );

    let m = module("mmio");
    let map = ["SRAM_ALIAS", "MMIO_BASE", "MMIO_BYTES"];
    out += "\n## Address map\n\nSRAM lies at 0.\n";
    table(
        &mut out,
        &["name", "value", "meaning"],
        rows(m, |n| map.contains(&n), hex),
    );
    out += "\n## Registers\n\nOffsets from `MMIO_BASE`; 32-bit words, whole-word accesses only. Others read 0 and ignore writes.\n";
    let is_register = |n: &str| !map.contains(&n) && !n.starts_with("FAULT_") && !n.contains("::");
    table(
        &mut out,
        &["register", "offset", "access and meaning"],
        rows(m, is_register, hex2),
    );
    out += "\n## Fault bits\n\nBits of `FAULTS`.\n";
    let bit = |v: u64| bits(v.into());
    table(
        &mut out,
        &["name", "bit", "raised when"],
        rows(m, |n| n.starts_with("FAULT_"), bit),
    );
    out += "\n## Machine CSRs and trap causes\n\nOther machine CSRs read 0 and ignore writes; mtval reads 0.\n";
    let without_doc = |rows: Vec<Vec<String>>| rows.into_iter().map(|r| r[..2].to_vec()).collect();
    let is_csr = |n: &str| n.starts_with("csr::") && n != "csr::MSTATUS_MASK";
    table(
        &mut out,
        &["CSR", "number"],
        without_doc(rows(m, is_csr, hex)),
    );
    table(
        &mut out,
        &["mask", "bits", "meaning"],
        rows(m, |n| n == "csr::MSTATUS_MASK", bit),
    );
    table(
        &mut out,
        &["cause", "mcause"],
        without_doc(rows(m, |n| n.starts_with("cause::"), number)),
    );

    out += "\n## Packets\n";
    let p = module("packet");
    table(
        &mut out,
        &["name", "value", "meaning"],
        rows(p, |n| ["BITS", "RX_DEPTH"].contains(&n), number),
    );
    packet_fields(&mut out);
    let is_type = |n: &str| !["BITS", "RX_DEPTH"].contains(&n);
    table(
        &mut out,
        &["type", "code"],
        without_doc(rows(p, is_type, |v| format!("`{v:02b}`"))),
    );

    let _ = write!(
        out,
        "\n## Pass descriptor\n\n{FIELDS} fields of 16 bits, {DESCRIPTOR_BYTES} bytes, at a multiple of 8; field 0 lowest. \
         Bases are addresses in 64-bit words.\n"
    );
    descriptor_fields(&mut out, module("pass").source);

    let _ = write!(
        out,
        "\n## Recipe slot\n\n32 bits a slot, 1 to {} slots. In SRAM: one 64-bit word with K0..K3 (K0 lowest), then one for every two slots.\n",
        recipe::MAX_SLOTS
    );
    slot_fields(&mut out);
    slot_codes(&mut out);

    out += "\n## Configurations\n\nThey change speed and area, never a computed bit.\n";
    configurations(&mut out);

    out += "\n## Exponential and reciprocal\n\nThe algorithms are in the documentation of `synfire_format::elementary`.\n";
    let e = module("elementary");
    let both = |v: u64| format!("{v} (`{v:#x}`)");
    table(
        &mut out,
        &["name", "value", "meaning"],
        rows(e, |_| true, both),
    );
    out += "\nln(1 + 2^-k), 36 fraction bits, rounded to nearest:\n";
    let ln1p = elementary::LN1P.iter().enumerate();
    let row = |(i, v): (usize, &u64)| vec![(i + 1).to_string(), format!("`{v:#011x}`")];
    table(&mut out, &["k", "`LN1P[k - 1]`"], ln1p.map(row).collect());

    out +=
        "\n## Random numbers\n\nThe rounds are in the documentation of `synfire_format::random`.\n";
    table(
        &mut out,
        &["name", "value", "meaning"],
        rows(module("random"), |_| true, both),
    );
    out += "\nExamples:\n";
    draws(&mut out);
    out
}

/// The pages by their file's name.
fn pages() -> [(&'static str, String); 2] {
    let all = modules();
    let link = all
        .iter()
        .find(|m| m.name == "link")
        .expect("a module of the list");
    [
        ("numbers.md", text()),
        ("protocol.md", protocol::text(link, COMMAND)),
    ]
}

/// The first line in which the page and the crate differ, and what to do.
fn difference(name: &str, page: &str, generated: &str) -> Option<String> {
    if page == generated {
        return None;
    }
    let lines = page
        .lines()
        .chain([""])
        .zip(generated.lines().chain([""]))
        .enumerate();
    let (at, (old, new)) = lines
        .clone()
        .find(|(_, (a, b))| a != b)
        .unwrap_or((0, ("", "")));
    Some(format!(
        "docs/{name} does not say what the format crate says; line {}:\n  page:  {old}\n  crate: {new}\nrun `{COMMAND}`",
        at + 1
    ))
}

#[test]
fn the_pages_say_what_the_format_crate_says() {
    for (name, generated) in pages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../docs")
            .join(name);
        if std::env::var_os("SYNFIRE_WRITE").is_some() {
            std::fs::write(&path, &generated).expect("docs is writable");
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(what) = difference(name, &page, &generated) {
            panic!("{what}");
        }
    }
}

#[test]
fn a_changed_digit_of_a_page_is_seen_and_the_command_is_named() {
    let changes = [
        ("`0x10`", "`0x11`", "| `CHAIN_START` | `0x11` |"),
        ("| 7 | `FULL`", "| 8 | `FULL`", "| 8 | `FULL` |"),
    ];
    for ((name, generated), (from, to, shown)) in pages().into_iter().zip(changes) {
        let broken = generated.replacen(from, to, 1);
        let what = difference(name, &broken, &generated).expect("one digit differs");
        assert!(
            what.contains(shown)
                && what.contains(name)
                && what.ends_with(&format!("run `{COMMAND}`")),
            "{what}"
        );
        assert!(difference(name, &generated[..generated.len() - 1], &generated).is_some());
        assert!(difference(name, "", &generated).is_some());
    }
}

#[test]
fn every_public_constant_of_the_format_crate_is_on_the_page() {
    for module in modules() {
        let named: Vec<String> = constants(module.source)
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        for name in &named {
            let known = module.values.iter().any(|(n, _)| n == name);
            assert!(
                known || name == "LN1P",
                "`{}::{name}` is missing from the list in this file",
                module.name
            );
        }
        assert_eq!(
            named.len(),
            module.values.len() + usize::from(module.name == "elementary")
        );
    }
    let new = constants(
        "pub mod csr {\n    /// New\n    pub const MTVAL: u16 = 1;\n}\npub const TOP: u32 = 2;\n",
    );
    assert_eq!(new[0], ("csr::MTVAL".to_owned(), "New".to_owned()));
    assert_eq!(new[1].0, "TOP");
}
