//! libFuzzer with one of [`conformance::fuzz::TARGETS`], the one that `SYNFIRE_FUZZ` names.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let name = std::env::var("SYNFIRE_FUZZ").unwrap_or_default();
    match conformance::fuzz::TARGETS.iter().find(|t| t.0 == name) {
        Some((_, target)) => target(bytes),
        None => panic!("SYNFIRE_FUZZ is `{name}`: set it to decoder, client or bridge"),
    }
});
