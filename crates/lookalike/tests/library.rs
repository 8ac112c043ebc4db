//! Opening, looking after, exporting and importing libraries.

mod common;

use common::{Folder, files, options, picture, search, update};
use lookalike::{
    AskedSettings, Error, Finding, Library, LibraryKind, Location, NamedVector, Part, Parts,
    PictureId, Result, SearchOptions, Settings, UpdateOptions,
};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

fn catalogue(folder: &Folder) -> PathBuf {
    folder.join(".lookalike/catalogue.sqlite")
}

fn sql(folder: &Folder, statements: &str) {
    rusqlite::Connection::open(catalogue(folder))
        .unwrap()
        .execute_batch(statements)
        .unwrap();
}

fn segments(folder: &Folder) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(".lookalike/segments")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A library with a segment and fresh vectors.
fn sealed() -> Folder {
    let folder = Folder::with_pictures(260);
    folder.update();
    folder.write("fresh.ppm", &picture(5000));
    folder.update();
    let status = folder.library().status().unwrap();
    for part in &status.parts {
        assert_eq!((part.segments, part.fresh), (1, 1));
    }
    folder
}

#[test]
fn the_library_is_found_from_below() {
    let folder = Folder::with_pictures(1);
    fs::create_dir_all(folder.join("a/b")).unwrap();
    let nowhere = Location::find(&folder.join("a/b"));
    assert!(matches!(nowhere, Err(Error::NoLibrary { .. })));
    folder.update();
    let found = Location::find(&folder.join("a/b")).unwrap();
    assert_eq!(found, folder.location());
    let missing = Location::find(&folder.join("nowhere"));
    assert!(matches!(missing, Err(Error::Root { .. })));
    let refused = Library::open(&Location::inside(folder.join("a")));
    assert!(matches!(refused, Err(Error::NoLibrary { .. })));
}

#[test]
fn a_missing_folder_gets_no_library() {
    let folder = Folder::new();
    let location = Location::inside(folder.join("nowhere"));
    let refused = Library::open_or_create(&location, &AskedSettings::default());
    assert!(matches!(refused, Err(Error::Root { .. })));
    assert!(!folder.join("nowhere").exists());
}

#[test]
fn status_counts() {
    let folder = sealed();
    folder.write("bad.jpg", b"bad");
    folder.write("copy.ppm", &picture(0));
    let (summary, _) = folder.update();
    let status = folder.library().status().unwrap();
    assert_eq!(
        (status.pictures, status.files, status.failed),
        (261, 262, 1)
    );
    assert_eq!((status.format, status.kind), (3, LibraryKind::Folder));
    let all = Settings {
        parts: Settings::default().parts.and(Part::Vector),
        ..Settings::default()
    };
    assert_eq!((status.settings, status.vector_length), (all, 2048));
    assert_eq!(summary.bytes, status.bytes());
    let parts: Vec<Part> = status.parts.iter().map(|p| p.part).collect();
    assert_eq!(parts, [Part::Vector, Part::Words, Part::Embedding]);
    for (part, segment) in status.parts.iter().zip(segments(&folder)) {
        assert_eq!((part.sealed, part.fresh, part.lacking), (260, 1, 0));
        let fresh = part.bytes - fs::metadata(&segment).unwrap().len();
        match part.part {
            Part::Vector => assert_eq!(fresh, 2048 * 4),
            Part::Words => assert_eq!(fresh % 22, 8),
            Part::Embedding => assert_eq!(fresh, 1280),
            other => panic!("nobody asked for a {other}"),
        }
    }
    assert!(status.bytes_per_picture() > 8192.0);
}

#[test]
fn a_newer_library_is_left_alone() {
    let folder = Folder::with_pictures(1);
    folder.update();
    sql(&folder, "UPDATE meta SET value = 7 WHERE key = 'format'");
    let refused = Library::open(&folder.location()).unwrap_err();
    assert!(matches!(
        refused,
        Error::NewerFormat {
            found: 7,
            supported: 3,
            ..
        }
    ));
    assert!(
        refused.to_string().contains("take a newer lookalike"),
        "{refused}"
    );
    let refused = Library::open_or_create(&folder.location(), &AskedSettings::default());
    assert!(matches!(refused, Err(Error::NewerFormat { .. })));
    let refused = Library::check(&folder.location());
    assert!(matches!(refused, Err(Error::NewerFormat { .. })));
    let refused = Library::repair(&folder.location());
    assert!(matches!(refused, Err(Error::NewerFormat { .. })));
}

#[test]
fn words_of_another_vocabulary_are_left_alone() {
    let folder = Folder::with_pictures(1);
    folder.update();
    let other = "UPDATE meta SET value = 'beef' WHERE key = 'vocabulary'";
    sql(&folder, other);
    let refused = [
        Library::open(&folder.location()),
        Library::open_or_create(&folder.location(), &AskedSettings::default()),
    ];
    for refused in refused {
        let message = refused.unwrap_err().to_string();
        assert!(
            message.contains("made with vocabulary beef, not "),
            "{message}"
        );
    }
    // A library that keeps no words can be read by any program.
    let bare = Folder::with_pictures(1);
    let vectors = AskedSettings {
        only: Some(Parts::from(Part::Vector)),
        ..AskedSettings::default()
    };
    Library::open_or_create(&bare.location(), &vectors).unwrap();
    sql(
        &bare,
        "INSERT INTO meta (key, value) VALUES ('vocabulary', 'beef')",
    );
    Library::open(&bare.location()).unwrap();
}

#[test]
fn one_writer_at_a_time_and_readers_all_the_time() {
    let folder = Folder::with_pictures(2);
    folder.update();
    let mut lock = fs::File::options()
        .write(true)
        .open(folder.join(".lookalike/lock"))
        .unwrap();
    lock.lock().unwrap();
    lock.set_len(0).unwrap();
    lock.write_all(b"4242").unwrap();

    let library = folder.library();
    let refused = update(&library, &options()).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Locked {
                pid: Some(4242),
                ..
            }
        ),
        "{refused}"
    );
    let refused = Library::repair(&folder.location());
    assert!(matches!(refused, Err(Error::Locked { .. })));
    assert_eq!(search(&library, 1, 1)[0].0, "1.ppm");
    let lenient = UpdateOptions {
        lock_when_needed: true,
        ..options()
    };
    assert_eq!(update(&library, &lenient).unwrap().0.unchanged, 2);
    folder.write("new.ppm", &picture(9));
    let refused = update(&library, &lenient);
    assert!(matches!(refused, Err(Error::Locked { .. })));
    drop(lock);
    assert_eq!(update(&library, &lenient).unwrap().0.indexed, 1);
}

#[test]
fn a_library_that_was_never_completed_is_made() {
    let folder = Folder::with_pictures(1);
    fs::create_dir(folder.join(".lookalike")).unwrap();
    fs::write(catalogue(&folder), b"").unwrap();
    let refused = Library::open(&folder.location());
    assert!(matches!(refused, Err(Error::NoLibrary { .. })));
    assert_eq!(folder.update().0.indexed, 1);
    folder.assert_whole();
}

#[test]
fn another_database_is_not_taken_for_a_catalogue() {
    let folder = Folder::with_pictures(1);
    fs::create_dir(folder.join(".lookalike")).unwrap();
    sql(&folder, "CREATE TABLE precious (x)");
    let refused = Library::open_or_create(&folder.location(), &AskedSettings::default());
    assert!(matches!(refused, Err(Error::Damaged { .. })));
}

#[test]
fn what_a_crash_left_is_cleared_away() {
    let folder = sealed();
    let before = segments(&folder);
    let segment = before[0].clone();
    // A segment that was written, but not named; and one half-written.
    fs::copy(&segment, segment.with_file_name("00000077.vector")).unwrap();
    fs::write(segment.with_file_name("00000078.words.partial"), b"half").unwrap();
    let report = Library::check(&folder.location()).unwrap();
    assert!(report.is_whole());
    assert_eq!(report.findings.len(), 2);
    folder.update();
    assert_eq!(segments(&folder), before);
    assert_eq!(Library::check(&folder.location()).unwrap().findings, []);
}

#[test]
fn a_damaged_segment_is_found_dropped_and_rebuilt() {
    let folder = sealed();
    let segment = segments(&folder)[0].clone();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    let report = Library::check(&folder.location()).unwrap();
    assert!(!report.is_whole());
    assert!(matches!(
        &report.findings[0],
        Finding::SegmentDamaged { records: 260, .. }
    ));

    let repair = Library::repair(&folder.location()).unwrap();
    assert_eq!(repair.rebuild.len(), 260);
    assert!(!repair.anew);
    folder.assert_whole();
    assert_eq!(folder.files(), ["fresh.ppm"]);
    let (summary, _) = folder.update();
    assert_eq!((summary.indexed, summary.unchanged), (260, 1));
    assert_eq!(folder.search(17, 1)[0].0, "17.ppm");
    folder.assert_whole();
}

#[test]
fn a_missing_segment_is_found_and_rebuilt() {
    let folder = sealed();
    fs::remove_file(&segments(&folder)[0]).unwrap();
    let report = Library::check(&folder.location()).unwrap();
    assert!(matches!(
        &report.findings[0],
        Finding::SegmentMissing { records: 260, .. }
    ));
    let library = folder.library();
    let query = library
        .query_vector(Path::new("q"), &picture(1), &1.into())
        .unwrap();
    let refused = library.search_vector(&query, &SearchOptions::default());
    assert!(matches!(refused, Err(Error::Damaged { .. })));
    Library::repair(&folder.location()).unwrap();
    assert_eq!(folder.update().0.indexed, 260);
    folder.assert_whole();
}

#[test]
fn a_damaged_segment_is_not_merged_into_a_good_one() {
    let folder = sealed();
    let before = segments(&folder);
    let segment = before[0].clone();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[5000] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    for seed in 0..120 {
        fs::remove_file(folder.join(format!("{seed}.ppm"))).unwrap();
    }
    let refused = update(&folder.library(), &options());
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
    assert_eq!(segments(&folder), before);
}

#[test]
fn references_that_lead_nowhere_are_found_and_mended() {
    let folder = sealed();
    sql(
        &folder,
        "PRAGMA foreign_keys = OFF;
         DELETE FROM pictures WHERE id = 3;
         DELETE FROM fresh;
         INSERT INTO fresh VALUES ('vector', 9000, x'00');",
    );
    let report = Library::check(&folder.location()).unwrap();
    let found = |wanted: fn(&Finding) -> bool| report.findings.iter().any(wanted);
    assert!(found(|f| matches!(f, Finding::NoRecord { .. })));
    let part = Part::Vector;
    for picture in [3, 9000].map(PictureId::new) {
        let stray = Finding::NoPicture { part, picture };
        assert!(report.findings.contains(&stray), "{picture}");
    }
    assert!(found(|f| matches!(f, Finding::File { .. })));
    assert!(found(|f| {
        matches!(f, Finding::Record { picture, .. } if picture.get() == 9000)
    }));
    let repair = Library::repair(&folder.location()).unwrap();
    assert_eq!(repair.rebuild.len(), 2);
    folder.assert_whole();
    assert_eq!(folder.update().0.indexed, 2);
    folder.assert_whole();
}

#[test]
fn a_lost_catalogue_is_begun_anew_with_the_same_settings() {
    let folder = Folder::with_pictures(3);
    let asked = AskedSettings {
        keypoints: Some(16),
        ..AskedSettings::default()
    };
    let library = Library::open_or_create(&folder.location(), &asked).unwrap();
    update(&library, &options()).unwrap();
    drop(library);
    // The last pages: not those of the settings.
    let mut bytes = fs::read(catalogue(&folder)).unwrap();
    let end = bytes.len();
    assert!(end >= 12 * 16384);
    bytes[4 * 16384..end - 16384].fill(0xa5);
    fs::write(catalogue(&folder), &bytes).unwrap();
    let report = Library::check(&folder.location()).unwrap();
    assert!(
        matches!(report.findings[0], Finding::Catalogue { .. }),
        "{report:?}"
    );
    let repair = Library::repair(&folder.location()).unwrap();
    assert!(repair.anew);
    let library = Library::open_or_create(&folder.location(), &asked).unwrap();
    assert_eq!(update(&library, &options()).unwrap().0.indexed, 3);
    folder.assert_whole();
}

#[test]
fn a_catalogue_of_garbage_is_told_and_removed() {
    let folder = Folder::with_pictures(2);
    folder.update();
    fs::write(catalogue(&folder), [7; 50_000]).unwrap();
    let refused = Library::open(&folder.location()).unwrap_err();
    assert!(matches!(refused, Error::Damaged { .. }), "{refused:?}");
    assert!(!Library::check(&folder.location()).unwrap().is_whole());
    assert!(Library::repair(&folder.location()).unwrap().anew);
    assert_eq!(folder.update().0.indexed, 2);
    folder.assert_whole();
}

#[test]
fn nothing_to_repair_changes_nothing() {
    let folder = sealed();
    let repair = Library::repair(&folder.location()).unwrap();
    assert_eq!((repair.found.findings, repair.rebuild), (vec![], vec![]));
    assert_eq!(folder.update().0.unchanged, 261);
}

fn named(name: &str, vector: &[f32]) -> Result<NamedVector> {
    Ok(NamedVector {
        name: name.as_bytes().to_vec(),
        vector: vector.to_vec(),
    })
}

#[test]
fn an_imported_library_is_searched_but_not_indexed() {
    let folder = Folder::new();
    let kept = Location::elsewhere(folder.join("imported"), None);
    let mut vectors = vec![
        named("b.jpg", &[0.0, 1.0, 0.0]),
        named("a.jpg", &[1.0, 0.0, 0.0]),
        named("c.jpg", &[9.0, 9.0, 9.0]),
        named("c.jpg", &[0.6, 0.8, 0.0]),
    ]
    .into_iter();
    let library = Library::import(&kept, &Settings::default(), &mut vectors).unwrap();
    assert_eq!(
        (library.kind(), library.root()),
        (LibraryKind::Imported, None)
    );
    let hits = library
        .search_vector(&[2.0, 0.0, 0.0], &SearchOptions::default())
        .unwrap();
    let hits: Vec<_> = hits
        .iter()
        .map(|h| (h.path.to_str().unwrap(), h.score))
        .collect();
    assert_eq!(hits, [("a.jpg", 1.0), ("c.jpg", 0.6), ("b.jpg", 0.0)]);
    assert_eq!(files(&library), ["a.jpg", "b.jpg", "c.jpg"]);
    let refused = update(&library, &options()).unwrap_err();
    assert!(matches!(refused, Error::Imported { .. }), "{refused}");
    assert!(Library::check(&kept).unwrap().is_whole());
    let refused = Library::import(&kept, &Settings::default(), &mut std::iter::empty());
    assert!(matches!(refused, Err(Error::Exists { .. })));
}

#[test]
fn a_failed_import_leaves_nothing() {
    let folder = Folder::new();
    let kept = Location::elsewhere(folder.join("imported"), None);
    for bad in [&[1.0, f32::NAN][..], &[1.0, 2.0, 3.0], &[]] {
        let mut vectors = vec![named("a", &[1.0, 2.0]), named("b", bad)].into_iter();
        assert!(Library::import(&kept, &Settings::default(), &mut vectors).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn what_is_exported_can_be_imported() {
    let folder = Folder::with_pictures(300);
    folder.update();
    let library = folder.library();
    let mut vectors = Vec::new();
    library
        .export(&mut |named| {
            vectors.push(Ok(named));
            Ok(())
        })
        .unwrap();
    let other = Folder::new();
    let kept = Location::elsewhere(other.join("copy"), None);
    let copy = Library::import(&kept, &library.settings(), &mut vectors.into_iter()).unwrap();
    assert_eq!(search(&copy, 7, 20), search(&library, 7, 20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_byte_of_a_segment_is_checked(place in 0.0..1.0f64, bit in 0..8u8) {
        let folder = imported_with_segment();
        let segment = fs::read_dir(folder.join("l/segments")).unwrap().next().unwrap();
        let segment = segment.unwrap().path();
        let mut bytes = fs::read(&segment).unwrap();
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] ^= 1 << bit;
        fs::write(&segment, &bytes).unwrap();
        let report = Library::check(&Location::elsewhere(folder.join("l"), None)).unwrap();
        prop_assert!(!report.is_whole(), "byte {} of {}", at, bytes.len());
    }
}

fn imported_with_segment() -> Folder {
    let folder = Folder::new();
    let vector = |i: u32| named(&i.to_string(), &[i as f32, 1.0, 2.0]);
    let mut vectors = (0..260).map(vector);
    let kept = Location::elsewhere(folder.join("l"), None);
    Library::import(&kept, &Settings::default(), &mut vectors).unwrap();
    folder
}
