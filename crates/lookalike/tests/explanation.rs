//! A hit and its explanation say the same.

mod common;

use common::Folder;
use lookalike::same::{Explanation, Verdict};
use lookalike::{Hit, HitKind, Library, PictureId, SearchOptions, Threads};
use std::fs;
use std::path::{Path, PathBuf};

fn samples(folder: &str) -> Vec<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures");
    let files = fs::read_dir(from.join(folder)).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn library(folder: &Folder) -> Library {
    for file in samples("library") {
        folder.write(file.file_name().unwrap(), &fs::read(&file).unwrap());
    }
    folder.update();
    folder.library()
}

fn evidence(hit: &Hit) -> &Verdict {
    match &hit.kind {
        HitKind::Same(verdict) | HitKind::Candidate(verdict) => verdict,
        other => panic!("{other:?}"),
    }
}

fn assert_agree(hit: &Hit, explanation: &Explanation) {
    let (found, told) = (evidence(hit), &explanation.verdict);
    let what = format!("{hit:?} {told:?}");
    assert_eq!(
        (found.inliers, found.matches),
        (told.inliers, told.matches),
        "{what}"
    );
    assert_eq!(found.transform, told.transform, "{what}");
    assert_eq!(found.mirrored, told.mirrored, "{what}");
    assert_eq!(found.query_overlap, told.query_overlap, "{what}");
    assert_eq!(found.found_overlap, told.found_overlap, "{what}");
    assert_eq!(found.pixels, told.pixels, "{what}");
    assert_eq!(found.failure, told.failure, "{what}");
    // Only a better answer to the same search makes less of it.
    assert!(told.same || !found.same, "{what}");
}

#[test]
fn what_a_hit_says_is_what_its_explanation_says() {
    let folder = Folder::new();
    let library = library(&folder);
    let threads = Threads::default();
    let (mut proven, mut unproven) = (0, 0);
    for file in samples("queries") {
        let bytes = fs::read(&file).unwrap();
        let query = library.query_same(&file, &bytes, &threads).unwrap();
        for hit in library
            .search_same(&query, &SearchOptions::default())
            .unwrap()
        {
            let told = library.explain(&query, hit.picture, &threads);
            assert_agree(&hit, &told.unwrap().unwrap());
            match hit.kind {
                HitKind::Same(_) => proven += 1,
                _ => unproven += 1,
            }
        }
    }
    assert!(proven >= 10 && unproven >= 10, "{proven} {unproven}");
}

#[test]
fn equal_files_are_explained_as_such() {
    let folder = Folder::new();
    let library = library(&folder);
    let threads = Threads::default();
    let bytes = fs::read(folder.join("cat-mirrored.jpg")).unwrap();
    let query = library
        .query_same(Path::new("q"), &bytes, &threads)
        .unwrap();
    let hits = library
        .search_same(&query, &SearchOptions::default())
        .unwrap();
    let told = |id| library.explain(&query, id, &threads).unwrap();
    let equal = told(hits[0].picture).unwrap();
    assert_eq!(hits[0].path, Path::new("cat-mirrored.jpg"));
    assert_agree(&hits[0], &equal);
    assert_eq!(equal.reason, "every byte is equal");
    // The other one is seen in the mirror.
    let other = hits.iter().find(|hit| hit.path == Path::new("cat.jpg"));
    let other = other.unwrap();
    assert!(evidence(other).mirrored);
    assert_agree(other, &told(other.picture).unwrap());
    assert_eq!(told(PictureId::new(999)), None);
}

#[test]
fn without_stored_words_the_file_is_explained() {
    let folder = Folder::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures");
    let pagoda = fs::read(from.join("library/pagoda.jpg")).unwrap();
    folder.write("pagoda.jpg", &pagoda);
    let asked = lookalike::AskedSettings {
        only: Some(lookalike::Part::Embedding.into()),
        ..Default::default()
    };
    let library = Library::open_or_create(&folder.location(), &asked).unwrap();
    common::update(&library, &common::options()).unwrap();
    let id = library
        .picture_at(Path::new("pagoda.jpg"))
        .unwrap()
        .unwrap();
    let query = fs::read(from.join("queries/pagoda.jpg")).unwrap();
    let threads = Threads::new(2);
    let query = library
        .query_same(Path::new("q"), &query, &threads)
        .unwrap();
    let told = library.explain(&query, id, &threads).unwrap().unwrap();
    assert!(told.verdict.same, "{told:?}");
    fs::remove_file(folder.join("pagoda.jpg")).unwrap();
    assert_eq!(library.explain(&query, id, &threads).unwrap(), None);
}
