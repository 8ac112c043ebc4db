//! Any bytes as a numpy archive of vectors.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = lookalike::exchange::read_npz_vectors(std::io::Cursor::new(bytes));
});
