//! Any bytes behind the beginning of a JPEG XL file.
#![no_main]

mod common;

use common::seen;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    seen(&[b"\xff\x0a", bytes].concat());
});
