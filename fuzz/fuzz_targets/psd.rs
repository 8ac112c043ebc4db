//! Any bytes behind the beginning of a Photoshop file.
#![no_main]

mod common;

use common::seen;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    seen(&[b"8BPS\0\x01", bytes].concat());
    seen(&[b"8BPS\0\x02", bytes].concat());
});
