//! Any bytes as the coded picture of a HEIC and of an AVIF file that are whole otherwise.
#![no_main]

mod common;

use common::seen;
use libfuzzer_sys::fuzz_target;

const HEIC: &[u8] = include_bytes!("../../crates/lookalike/tests/fixtures/formats/plain.heic");
const AVIF: &[u8] = include_bytes!("../../crates/lookalike/tests/fixtures/formats/plain.avif");

fuzz_target!(|bytes: &[u8]| {
    for file in [HEIC, AVIF] {
        // The coded picture is the last box.
        let at = file.windows(4).rposition(|w| w == b"mdat").unwrap() + 4;
        let mut file = file.to_vec();
        for (to, from) in file[at..].iter_mut().zip(bytes) {
            *to = *from;
        }
        seen(&file);
    }
});
