//! Any bytes behind the beginning of a HEIC or an AVIF file.
#![no_main]

mod common;

use common::seen;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for brand in [b"heic", b"avif"] {
        seen(&[b"\0\0\0\x10ftyp", &brand[..], b"\0\0\0\0", bytes].concat());
    }
});
