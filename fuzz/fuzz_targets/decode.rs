//! Any bytes as a picture: an error or pixels, within the limits.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| common::seen(bytes));
