//! Any bytes as a file of judgements; what is read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike::Judgements;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let parse = |text: &[u8]| Judgements::parse(Path::new("input"), text).ok();
    if let Some(said) = parse(bytes) {
        assert_eq!(parse(said.to_string().as_bytes()), Some(said));
    }
});
