//! The RTL of the smallest configuration as it was last reviewed: a change of the generator shows as a difference of text.

use synfire_format::config::PeConfig;

const REVIEWED: &str = include_str!("../snapshot/synfire_pe_tiny.v");

#[test]
fn the_rtl_of_tiny_is_the_reviewed_text() {
    let emitted = synfire_hdl::pe::emit_pe(&PeConfig::tiny()).unwrap();
    let line = emitted
        .lines()
        .zip(REVIEWED.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| emitted.lines().count().min(REVIEWED.lines().count()));
    assert!(
        emitted == REVIEWED,
        "the emitted RTL of `tiny` differs from the reviewed text from line {} on: run `cargo run --release -p synfire -- emit \
         --config tiny --out tests/snapshot`, read the difference, and commit it",
        line + 1
    );
}
