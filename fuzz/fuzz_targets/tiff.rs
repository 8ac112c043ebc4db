//! Any bytes behind the beginning of a TIFF, whose first page is looked at, and all others.
#![no_main]

mod common;

use common::seen;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    seen(&[b"II*\0", bytes].concat());
    seen(&[b"MM\0*", bytes].concat());
});
