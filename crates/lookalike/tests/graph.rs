//! Libraries so large that they are searched by way of graphs.

use lookalike::{
    Library, Location, NamedVector, Part, PartStatus, PictureId, PictureRecords, SearchOptions,
    Settings,
};
use lookalike_words::WordPicture;
use std::path::Path;

/// Smooth functions of few numbers, as embeddings are.
fn smooth(id: u64, length: usize) -> Vec<f32> {
    let phase = |n: u64| {
        let mixed = (5 * id + n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        (mixed >> 40) as f32 / 1e6
    };
    let wave = |i: usize, n: u64| (phase(n) + i as f32 * (n + 1) as f32 / 50.0).sin();
    let element = |i| (0..5).map(|n| wave(i, n)).sum();
    (0..length).map(element).collect()
}

fn part(library: &Library, part: Part) -> PartStatus {
    let status = library.status().unwrap();
    let is_it = |found: &&lookalike::PartRecall| found.part == part;
    let recalls = library.recall().unwrap();
    let recall = recalls.iter().find(is_it);
    assert!(
        recall.is_some_and(|r| r.recall.share() > 0.9 && r.recall.samples > 0),
        "{recall:?}"
    );
    *status.parts.iter().find(|p| p.part == part).unwrap()
}

fn exact() -> SearchOptions<'static> {
    SearchOptions {
        exact: true,
        ..SearchOptions::default()
    }
}

#[test]
fn embeddings_are_searched_by_graph() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::elsewhere(folder.path().join("library"), None);
    let mut records = (0..5000u64).map(|id| {
        Ok(PictureRecords {
            name: format!("{id}.jpg").into_bytes(),
            size: (10, 10),
            words: WordPicture::new([10, 10], Vec::new()),
            embedding: smooth(id, 1280),
        })
    });
    Library::import_records(&location, &Settings::default(), &mut records).unwrap();
    let library = Library::open(&location).unwrap();
    let embeddings = part(&library, Part::Embedding);
    let graph = embeddings.graph.unwrap();
    assert_eq!((graph.records, graph.segments, graph.degree), (4096, 1, 32));
    assert!(graph.bytes > 4096 * 200 && graph.bytes < embeddings.bytes);
    let (mut hits, mut wanted) = (0, 0);
    for picture in (1..5000).step_by(499).map(PictureId::new) {
        let query = library.stored_embedding(picture).unwrap().unwrap();
        let truth = library.search_similar(&query, &exact()).unwrap();
        let found = library
            .search_similar(&query, &SearchOptions::default())
            .unwrap();
        assert_eq!((found[0].picture, truth[0].picture), (picture, picture));
        hits += found.iter().filter(|hit| truth.contains(hit)).count();
        wanted += truth.len();
    }
    assert!(hits * 100 >= wanted * 95, "{hits} of {wanted}");
    let report = Library::check(&location).unwrap();
    assert!(report.is_whole());
    assert_eq!(report.recall.len(), 1);
    assert_eq!(report.recall[0].part, Part::Embedding);
    let recall = report.recall[0].recall;
    assert!(recall.wanted == 10 * recall.samples && recall.samples >= 90 && recall.share() > 0.95);
}

#[test]
fn vectors_are_scanned_however_many() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::elsewhere(folder.path().join("library"), None);
    let mut vectors = (0..20_000u64).map(|id| {
        Ok(NamedVector {
            name: format!("{id}.jpg").into_bytes(),
            vector: smooth(id, 128),
        })
    });
    Library::import(&location, &Settings::default(), &mut vectors).unwrap();
    let library = Library::open(&location).unwrap();
    let status = library.status().unwrap();
    assert!(status.parts.iter().all(|part| part.graph.is_none()));
    for id in (0..20_000).step_by(1999) {
        let truth = library.search_vector(&smooth(id, 128), &exact()).unwrap();
        let found = library.search_vector(&smooth(id, 128), &SearchOptions::default());
        assert_eq!(found.unwrap(), truth);
        assert_eq!(truth[0].path, Path::new(&format!("{id}.jpg")));
    }
}

#[test]
fn small_libraries_have_no_recall_to_tell() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::elsewhere(folder.path().join("library"), None);
    let mut vectors = (0..50u64).map(|id| {
        Ok(NamedVector {
            name: format!("{id}.jpg").into_bytes(),
            vector: smooth(id, 128),
        })
    });
    Library::import(&location, &Settings::default(), &mut vectors).unwrap();
    let library = Library::open(&location).unwrap();
    let status = library.status().unwrap();
    assert!(status.parts.iter().all(|part| part.graph.is_none()));
    assert!(library.recall().unwrap().is_empty());
    assert!(Library::check(&location).unwrap().recall.is_empty());
}
