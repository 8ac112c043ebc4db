//! Any bytes behind the beginning of a camera raw file.
#![no_main]

mod common;

use common::seen;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    seen(&[b"IIU\0", bytes].concat());
    seen(&[b"\0\0\0\x18ftypcrx ", bytes].concat());
});
