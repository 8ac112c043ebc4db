//! Files as each version of a format wrote them: this one and later ones must still read them.
//!
//! After a change of a format: raise its version, and run
//! `cargo test -p lookalike-index --test fixtures -- --ignored`, which adds the files of that version.

use lookalike_index::{
    Element, GRAPH_FORMAT_VERSION, GraphOptions, GraphSegment, GraphWriter, IndexReader,
    IndexWriter, Living, MANIFEST_FORMAT_VERSION, Metric, QueryOptions, ScanOptions, Segment,
    Space, VECTOR_FORMAT_VERSION, VectorSegment, VectorWriter, scan,
};
use lookalike_store::Error;
use std::fs;
use std::path::{Path, PathBuf};

const SPACE: Space = Space {
    dim: 8,
    metric: Metric::L2,
    element: Element::I8,
};

fn fixture(name: &str, version: u32) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fixtures.join(format!("{name}-v{version}"))
}

fn row(id: u64) -> Vec<i8> {
    let element = |i: u64| ((id * 37 + i * i * 11) % 101) as i8 - 50;
    (0..8).map(element).collect()
}

fn floats(id: u64) -> Vec<f32> {
    row(id).into_iter().map(f32::from).collect()
}

fn options() -> GraphOptions {
    GraphOptions {
        graph_from: 20,
        ..Default::default()
    }
}

#[test]
fn vectors_of_every_version_are_read() {
    for version in 4..=VECTOR_FORMAT_VERSION {
        let segment = VectorSegment::open(&fixture("vectors", version)).unwrap();
        segment.verify().unwrap();
        assert_eq!((segment.version(), segment.len()), (version, 30));
        assert_eq!((segment.label(), segment.dim()), ("a fixture", 8));
        assert_eq!(segment.get(7).unwrap(), floats(7));
        let segments = [Living::new(0, segment)];
        for id in 0..30 {
            let found = scan(&floats(id), &segments, None, &ScanOptions::default()).unwrap();
            assert_eq!((found[0].id, found[0].score), (id, 1.0));
        }
    }
}

#[test]
fn graphs_of_every_version_are_read() {
    for version in 3..=GRAPH_FORMAT_VERSION {
        let segment = GraphSegment::open(&fixture("graph", version)).unwrap();
        segment.verify().unwrap();
        assert_eq!((segment.version(), segment.len()), (version, 60));
        assert!(segment.has_graph() && segment.label() == "a fixture");
        assert_eq!(segment.space(), SPACE);
        for id in 0..60 {
            let found = segment.search(&row(id)[..], &QueryOptions::default());
            let best = found.unwrap()[0];
            assert_eq!((best.id, best.score), (id, 0.0));
        }
    }
}

#[test]
fn indices_of_every_version_are_read() {
    for version in 2..=MANIFEST_FORMAT_VERSION {
        let reader = IndexReader::open(&fixture("index", version)).unwrap();
        reader.verify().unwrap();
        assert_eq!((reader.len(), reader.space()), (48, SPACE));
        let sizes: Vec<_> = reader
            .segments()
            .iter()
            .map(|s| (s.vectors, s.deleted))
            .collect();
        assert_eq!(sizes, [(40, 2), (10, 0)]);
        let mut out = Vec::new();
        for id in 0..50 {
            assert_eq!(reader.read(id, &mut out), id != 3 && id != 5, "{id}");
        }
        assert_eq!(out, floats(49));
    }
}

#[test]
fn newer_versions_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let mut bytes = fs::read(fixture("graph", GRAPH_FORMAT_VERSION)).unwrap();
    bytes[8..12].copy_from_slice(&(GRAPH_FORMAT_VERSION + 1).to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let refused = GraphSegment::open(&path).unwrap_err();
    assert!(matches!(refused, Error::Version { .. }), "{refused}");
}

/// Not a test.
#[test]
#[ignore = "adds the fixtures of today's versions"]
fn write() {
    let path = fixture("vectors", VECTOR_FORMAT_VERSION);
    let mut writer = VectorWriter::create(&path, 8, "a fixture").unwrap();
    (0..30).for_each(|id| writer.push(id, &floats(id)).unwrap());
    writer.finish(1).unwrap();

    let path = fixture("graph", GRAPH_FORMAT_VERSION);
    let mut writer = GraphWriter::create(&path, SPACE, "a fixture").unwrap();
    (0..60).for_each(|id| writer.push(id, &row(id)[..]).unwrap());
    writer.finish(&options()).unwrap();

    let path = fixture("index", MANIFEST_FORMAT_VERSION);
    let mut writer = IndexWriter::create(&path, SPACE, &options()).unwrap();
    (0..40).for_each(|id| writer.insert(id, &row(id)[..]).unwrap());
    writer.commit().unwrap();
    (40..50).for_each(|id| writer.insert(id, &row(id)[..]).unwrap());
    assert!(writer.delete(3) && writer.delete(5));
    writer.commit().unwrap();
    drop(writer);
    fs::remove_file(path.join("lock")).unwrap();
}
