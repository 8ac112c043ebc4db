//! Libraries of an earlier format: searched no longer, brought up to date without reading a picture, also
//! when that is killed.

#![cfg(unix)]

mod common;

use common::{Folder, command, drawn};
use lookalike_store::{FileFormat, Random, SectionWriter, Segment};
use lookalike_words::{Feature, WORDS, WordsSegment};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PICTURES: u32 = 70;

/// Visual words as version 2 had them: lists sorted by picture.
static VERSION_2: FileFormat = FileFormat {
    magic: *b"\x89LAWRD\r\n",
    oldest: 2,
    version: 2,
    what: "visual words",
    sections: &[
        "ids",
        "sizes",
        "starts",
        "picture checks",
        "offsets",
        "list checks",
        "words",
        "pictures",
        "codes",
        "places",
    ],
    counts: [("pictures", 0, 1 << 16), ("features", 0, u32::MAX as u64)],
    lengths: |[pictures, features], lengths| {
        let words = WORDS as u64;
        lengths.copy_from_slice(&[
            8 * pictures,
            4 * pictures,
            4 * (pictures + 1),
            4 * pictures,
            4 * (words + 1),
            4 * words,
            2 * features,
            2 * features,
            16 * features,
            4 * features,
        ]);
        Some(())
    },
};

fn bytes_of<T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| bytes(value)).collect()
}

/// Makes a segment one of version 2, as it was written then.
fn make_old(path: &Path) {
    let segment = WordsSegment::open(path).unwrap();
    let label = segment.label().to_owned();
    let pictures: Vec<_> = segment
        .ids()
        .iter()
        .map(|&id| segment.get(id).unwrap().unwrap())
        .collect();
    let (mut starts, mut checks, mut words) = (vec![0u32], Vec::new(), Vec::new());
    let mut lists: Vec<Vec<(u16, &Feature)>> = vec![Vec::new(); WORDS];
    for (picture, number) in pictures.iter().zip(0u16..) {
        words.extend(picture.features().iter().map(|f| f.word));
        starts.push(words.len() as u32);
        let record = picture.to_bytes();
        checks.push(crc32fast::hash(&record[..record.len() - 4]));
        for feature in picture.features() {
            lists[usize::from(feature.word)].push((number, feature));
        }
    }
    let mut offsets = vec![0u32];
    let mut list_checks = Vec::new();
    for list in &lists {
        offsets.push(offsets[offsets.len() - 1] + list.len() as u32);
        let mut bytes = bytes_of(list, |(number, _)| number.to_le_bytes());
        bytes.extend(bytes_of(list, |(_, feature)| feature.code.to_le_bytes()));
        bytes.extend(bytes_of(list, |(_, feature)| feature.place.to_le_bytes()));
        list_checks.push(crc32fast::hash(&bytes));
    }
    let all = lists.concat();
    let sizes: Vec<u16> = pictures.iter().flat_map(|picture| picture.size).collect();
    let mut out = SectionWriter::create(path, &VERSION_2, &label).unwrap();
    for section in [
        bytes_of(segment.ids(), u64::to_le_bytes),
        bytes_of(&sizes, u16::to_le_bytes),
        bytes_of(&starts, u32::to_le_bytes),
        bytes_of(&checks, u32::to_le_bytes),
        bytes_of(&offsets, u32::to_le_bytes),
        bytes_of(&list_checks, u32::to_le_bytes),
        bytes_of(&words, u16::to_le_bytes),
        bytes_of(&all, |(number, _)| number.to_le_bytes()),
        bytes_of(&all, |(_, feature)| feature.code.to_le_bytes()),
        bytes_of(&all, |(_, feature)| feature.place.to_le_bytes()),
    ] {
        out.put_section(&section).unwrap();
    }
    out.finish([pictures.len() as u64, all.len() as u64])
        .unwrap();
}

fn segments(folder: &Folder) -> Vec<PathBuf> {
    let segments = std::fs::read_dir(folder.path().join(".lookalike/segments")).unwrap();
    let paths = segments.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "words"))
        .collect()
}

/// A library of the earlier format, with a picture that was removed.
fn old_library() -> Folder {
    let folder = Folder::empty();
    for seed in 0..PICTURES {
        folder.write(format!("{seed}.ppm"), &drawn(seed, 160, 120));
    }
    folder.done(["index", "--keep", "same"]);
    std::fs::remove_file(folder.path().join("69.ppm")).unwrap();
    folder.done(["index"]);
    let words = segments(&folder);
    assert!(!words.is_empty());
    words.iter().for_each(|path| make_old(path));
    folder
}

/// What `check` says.
fn version_of_words(folder: &Folder) -> i64 {
    let report = folder.done(["check", "--json"]).json().remove(0);
    let formats = report["formats"].as_array().unwrap();
    let words = formats.iter().find(|format| format["of"] == "words");
    words.unwrap()["version"].as_i64().unwrap()
}

#[test]
fn an_earlier_format_is_named_and_brought_up_to_date_without_the_pictures() {
    let folder = old_library();
    let refused = folder.run(["search", "3.ppm", "--no-index"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("format version 2"), "{refused:?}");
    assert!(refused.stderr.contains("lookalike index"), "{refused:?}");
    assert_eq!(version_of_words(&folder), 2);
    // Every picture is still the one that it was, so none is read.
    let summary = folder.done(["index", "--json"]).json().remove(0);
    assert_eq!(summary["indexed"], 0, "{summary}");
    assert_eq!(version_of_words(&folder), 3);
    assert_eq!(
        folder.done(["search", "3.ppm", "--no-index", "-t1"]).stdout,
        "3.ppm\n"
    );
    assert!(
        segments(&folder)
            .iter()
            .all(|path| WordsSegment::open(path).is_ok())
    );
}

#[test]
fn killed_twenty_times_the_upgrade_completes() {
    let folder = old_library();
    let old: Vec<(PathBuf, Vec<u8>)> = segments(&folder)
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    let kept = folder.path().join("catalogue.kept");
    let catalogue = folder.path().join(".lookalike/catalogue.sqlite");
    std::fs::copy(&catalogue, &kept).unwrap();
    let begin = Instant::now();
    folder.done(["index"]);
    let whole_run = begin.elapsed();
    let mut random = Random::new(5);
    for round in 0..20 {
        for path in segments(&folder) {
            std::fs::remove_file(path).unwrap();
        }
        for log in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{log}", catalogue.display()));
        }
        std::fs::copy(&kept, &catalogue).unwrap();
        for (path, bytes) in &old {
            std::fs::write(path, bytes).unwrap();
        }
        let mut child = command(folder.path()).arg("index").spawn().unwrap();
        std::thread::sleep(
            whole_run
                .mul_f64(f64::from(random.unit()))
                .max(Duration::from_millis(1)),
        );
        child.kill().unwrap();
        child.wait().unwrap();
        folder.done(["check"]);
        folder.done(["index"]);
        folder.done(["check"]);
        let found = folder.done(["search", "3.ppm", "--no-index", "-t1"]).stdout;
        assert_eq!(found, "3.ppm\n", "round {round}");
    }
}
