//! Any bytes as a segment of vectors: what opens and verifies can be searched.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike_index::{Living, ScanOptions, Segment, VectorSegment, scan};

fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("to write it");
    let Ok(segment) = VectorSegment::open(file.path()) else {
        return;
    };
    if segment.verify().is_ok() {
        let query = vec![1.0; segment.dim()];
        let segments = [Living::new(0, segment)];
        let _ = scan(&query, &segments, None, &ScanOptions::default());
    }
});
