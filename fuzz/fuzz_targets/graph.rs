//! Any bytes as a segment with a graph: what opens can be searched, damaged or not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike_index::{GraphSegment, QueryOptions};

fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("to write it");
    let Ok(segment) = GraphSegment::open(file.path()) else {
        return;
    };
    let query = vec![1.0; segment.space().dim];
    for exact in [false, true] {
        let options = QueryOptions {
            exact,
            ..Default::default()
        };
        let _ = segment.search(&query, &options);
    }
    let _ = segment.verify();
});
