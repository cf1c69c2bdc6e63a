//! docs/protocol.md: the host link as the format crate has it.

use crate::source::{Module, constants, prose};
use crate::tables::{bits, code, table};
use std::fmt::Write;
use synfire_format::link::{ARRANGEMENT_BYTES, IDENTITY_BYTES, VERSION};

/// Rows of value, name and meaning of the constants of an inner module.
fn rows(module: &Module, inner: &str, show: impl Fn(u64) -> String) -> Vec<Vec<String>> {
    let docs = constants(module.source);
    let of = module.values.iter().filter(|(n, _)| n.starts_with(inner));
    of.map(|(name, value)| {
        let doc = docs.iter().find(|(n, _)| n == name).map_or("", |(_, d)| d);
        vec![
            show(*value),
            code(&name[inner.len()..]),
            doc.replace("super::", "").replace("crate::", ""),
        ]
    })
    .collect()
}

/// The page.
pub fn text(module: &Module, command: &str) -> String {
    let number = |v: u64| v.to_string();
    let mut out = format!(
        "# The host link\n\nVersion {VERSION} of the protocol between a host and a machine, model, RTL or board. Generated from \
         `synfire_format::link`; after a change\nthere run `{command}`.\n\n"
    );
    out += &prose(module.source);
    let short = |mut rows: Vec<Vec<String>>| {
        rows.iter_mut().for_each(|r| r.truncate(2));
        rows
    };
    out += "\n## Commands\n\nLow four bits of a request's kind.\n";
    let commands = short(rows(module, "command::", number));
    table(&mut out, &["code", "command"], commands);
    out += "\n## Statuses\n\nLow four bits of a response's kind. All but `EXPECT` and `NO_SESSION` carry their request's number.\n";
    let statuses = rows(module, "status::", number);
    table(&mut out, &["code", "status", "meaning"], statuses);
    out += "\n## CONTROL\n\nBits of the request, then flags of the response.\n";
    let mut request = rows(module, "control::", |v| bits(v.into()));
    let response = request.split_off(3);
    table(&mut out, &["bit", "name", "meaning"], request);
    table(&mut out, &["bit", "flag"], short(response));
    out += "\n## Counters\n\nWords of the response of `COUNTERS`, `u32` each. They stay at 2^32 - 1 but for the cycles, which wrap. The link's \
            are since the\nsession's start, the PE's since its reset.\n";
    let counters = rows(module, "counter::", number);
    let (words, count) = counters.split_at(counters.len() - 1);
    table(&mut out, &["word", "counter", "meaning"], words.to_vec());
    let _ = write!(
        out,
        "\n{} words in all.\n\n## Identity\n\nByte offsets in the {IDENTITY_BYTES} bytes of the response of `HELLO`.\n",
        count[0][0]
    );
    let identity = rows(module, "identity::", number);
    table(&mut out, &["byte", "name", "contents"], identity);
    let _ = write!(
        out,
        "\n## Arrangement\n\nByte offsets in the {ARRANGEMENT_BYTES} bytes of the request of `ARRANGE`.\n"
    );
    let arrangement = rows(module, "arrangement::", number);
    table(&mut out, &["byte", "name", "contents"], arrangement);
    out += "\n## Limits and bytes\n";
    let docs = constants(module.source);
    let top = module.values.iter().filter(|(n, _)| !n.contains("::"));
    let top = top.map(|(name, value)| {
        let doc = docs.iter().find(|(n, _)| n == name).map_or("", |(_, d)| d);
        let shown = match *name {
            "END" | "ESCAPE" | "ESCAPED_END" | "ESCAPED_ESCAPE" | "CRC_RESIDUE" => {
                format!("`{value:#x}`")
            }
            _ => value.to_string(),
        };
        vec![code(name), shown, doc.to_owned()]
    });
    table(&mut out, &["name", "value", "meaning"], top.collect());
    out
}
