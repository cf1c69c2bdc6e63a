//! The RTL of the smallest configuration as it last landed: a change of the generator shows as a difference of text, to be
//! read before it lands.

use synfire_format::config::PeConfig;

const LANDED: &str = include_str!("../snapshot/synfire_pe_tiny.v");

/// First line, from 1, in which two texts differ.
fn first_difference(a: &str, b: &str) -> Option<usize> {
    if a == b {
        return None;
    }
    let same = a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}

#[test]
fn the_rtl_of_tiny_is_the_landed_text() {
    let emitted = synfire_hdl::pe::emit_pe(&PeConfig::tiny()).unwrap();
    if let Some(line) = first_difference(&emitted, LANDED) {
        panic!(
            "the emitted RTL of `tiny` differs from the landed text from line {line} on: run `cargo run --release -p synfire -- \
             emit --config tiny --out tests/snapshot`, read the difference, and commit it"
        );
    }
}

#[test]
fn one_changed_or_missing_line_is_seen() {
    let changed = LANDED.replacen("endmodule", "endmodul", 1);
    let at = LANDED
        .lines()
        .position(|l| l.contains("endmodule"))
        .unwrap();
    assert_eq!(first_difference(&changed, LANDED), Some(at + 1));
    let lines = LANDED.lines().count();
    let shorter: String = LANDED
        .lines()
        .take(lines - 1)
        .map(|l| format!("{l}\n"))
        .collect();
    assert_eq!(first_difference(&shorter, LANDED), Some(lines));
}
