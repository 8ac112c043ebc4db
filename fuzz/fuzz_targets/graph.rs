//! Any bytes as a segment with a graph, and a whole segment of which any bytes are damaged: what
//! opens can be searched.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use lookalike_index::{Element, GraphOptions, GraphSegment, GraphWriter, Metric, QueryOptions, Space, Segment};

/// Where the header has the offset of the first section.
const FIRST_SECTION: usize = 96;
/// Metrics times elements.
const KINDS: u8 = 9;

fuzz_target!(|bytes: &[u8]| {
    search(bytes);
    if let Some((&kind, edits)) = bytes.split_first() {
        static SEGMENTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
        let segments = SEGMENTS.get_or_init(|| (0..KINDS).map(segment).collect());
        let mut whole = segments[usize::from(kind % KINDS)].clone();
        let start = u64::from_le_bytes(std::array::from_fn(|i| whole[FIRST_SECTION + i])) as usize;
        // Two bytes of the place, one of the value.
        for edit in edits.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([edit[0], edit[1]]));
            let at = start + at % (whole.len() - start);
            whole[at] = edit[2];
        }
        search(&whole);
    }
});

/// The file of a few vectors, of the metric and element of a number.
fn segment(kind: u8) -> Vec<u8> {
    let space = Space {
        dim: 6,
        metric: [Metric::Cosine, Metric::Dot, Metric::L2][usize::from(kind % 3)],
        element: [Element::F32, Element::I8, Element::Bits12][usize::from(kind / 3 % 3)],
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("segment");
    let mut writer = GraphWriter::create(&path, space, "").expect("to create it");
    for id in 0..50 {
        let vector: [f32; 6] = std::array::from_fn(|i| (id * 7 % 13 + id * i as u64 % 5) as f32);
        let vector = vector.map(|v| v + 0.5);
        writer.push(id, &vector).expect("a vector in order");
    }
    let options = GraphOptions {
        graph_from: 1,
        ..Default::default()
    };
    writer.finish(&options).expect("to complete it");
    std::fs::read(&path).expect("to read it")
}

fn search(bytes: &[u8]) {
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
}
