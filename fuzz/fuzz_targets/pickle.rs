//! Any bytes as a pickle of vectors.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = lookalike::exchange::read_pickle(bytes);
});
