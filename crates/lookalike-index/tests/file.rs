//! The file of a segment: written, read, damaged.

use lookalike_index::{
    Error, Living, MAX_DIMENSION, ScanOptions, Segment, VECTOR_FORMAT_VERSION, VectorSegment,
    VectorWriter, scan,
};
use lookalike_store::Error as StoreError;
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn small(path: &Path) -> VectorSegment {
    let mut writer = VectorWriter::create(path, 3, "three numbers").unwrap();
    for (id, vector) in [
        (5, [1.0, 2.0, 3.0]),
        (9, [0.0, 0.0, 0.0]),
        (u64::MAX, [-1.0, 0.5, 0.0]),
    ] {
        writer.push(id, &vector).unwrap();
    }
    writer.finish(1).unwrap()
}

#[test]
fn what_was_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let written = small(&path);
    let read = VectorSegment::open(&path).unwrap();
    for segment in [&written, &read] {
        segment.verify().unwrap();
        assert_eq!(
            (segment.len(), segment.dim(), segment.is_empty()),
            (3, 3, false)
        );
        assert_eq!(segment.label(), "three numbers");
        assert_eq!(segment.ids(), [5, 9, u64::MAX]);
        assert_eq!(segment.vector(2), [-1.0, 0.5, 0.0]);
        assert_eq!(segment.get(5), Some(&[1.0, 2.0, 3.0][..]));
        assert_eq!(segment.get(6), None);
        assert_eq!(segment.file_bytes(), fs::metadata(&path).unwrap().len());
    }
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["s"], "nothing else is left in the folder");
}

#[test]
fn a_segment_may_be_empty() {
    let folder = tempfile::tempdir().unwrap();
    let writer = VectorWriter::create(&folder.path().join("s"), 7, "").unwrap();
    assert!(writer.is_empty());
    let segment = writer.finish(2).unwrap();
    segment.verify().unwrap();
    assert!(segment.is_empty());
    let segments = [Living::new(0, segment)];
    let found = scan(&[1.0; 7], &segments, None, &ScanOptions::default());
    assert_eq!(found.unwrap(), []);
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = VectorWriter::create(&folder.path().join("s"), 1, "").unwrap();
    writer.push(1, &[1.0]).unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn bad_rows_are_refused_and_the_rest_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let mut writer = VectorWriter::create(&path, 2, "").unwrap();
    writer.push(4, &[1.0, 2.0]).unwrap();
    assert!(matches!(
        writer.push(5, &[1.0]),
        Err(Error::Dimension {
            expected: 2,
            received: 1
        })
    ));
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let refused = writer.push(5, &[1.0, bad]);
        assert!(matches!(refused, Err(Error::NotFinite { index: 1, .. })));
    }
    for id in [4, 3] {
        let refused = writer.push(id, &[1.0, 1.0]);
        assert!(matches!(
            refused,
            Err(Error::Store(StoreError::IdOrder { previous: 4, .. }))
        ));
    }
    writer.push(5, &[3.0, 4.0]).unwrap();
    assert_eq!(writer.len(), 2);
    let segment = writer.finish(1).unwrap();
    segment.verify().unwrap();
    assert_eq!(
        (segment.ids(), segment.vector(1)),
        (&[4, 5][..], &[3.0, 4.0][..])
    );

    let create = |dim, label: &str| VectorWriter::create(&path, dim, label).map(drop);
    assert!(matches!(create(0, ""), Err(Error::Dimension { .. })));
    assert!(matches!(
        create(MAX_DIMENSION + 1, ""),
        Err(Error::Dimension { .. })
    ));
    assert!(matches!(
        create(1, &"x".repeat(65)),
        Err(Error::Store(StoreError::Label { received: 65, .. }))
    ));
    assert!(matches!(
        create(1, "a\0b"),
        Err(Error::Store(StoreError::Label { .. }))
    ));
}

#[test]
fn what_is_no_segment_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    assert!(matches!(
        VectorSegment::open(&path),
        Err(StoreError::Io { .. })
    ));
    assert!(VectorSegment::open(folder.path()).is_err());
    for content in [
        &b""[..],
        b"x",
        b"GIF89a, and a long enough rest of the file",
    ] {
        fs::write(&path, content).unwrap();
        assert!(matches!(
            VectorSegment::open(&path),
            Err(StoreError::NotASegment { .. })
        ));
    }
}

#[test]
fn a_newer_version_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    small(&path);
    let mut bytes = fs::read(&path).unwrap();
    let newer = VECTOR_FORMAT_VERSION + 1;
    bytes[8..12].copy_from_slice(&newer.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    assert!(matches!(
        VectorSegment::open(&path),
        Err(StoreError::Version {
            found,
            supported: VECTOR_FORMAT_VERSION,
            ..
        }) if found == newer
    ));
}

/// A header that contradicts the file, with a checksum that is right.
#[test]
fn absurd_counts_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    small(&path);
    let good = fs::read(&path).unwrap();
    for (at, value) in [
        (16, 0),
        (16, u64::MAX),
        (16, 4),
        (24, 0),
        (24, 4),
        (24, u64::MAX),
        (24, 1 << 60),
        (96, 320),
        (104, 1),
        (12, 7),
    ] {
        let mut bytes = good.clone();
        bytes[at..at + 8].copy_from_slice(&u64::to_le_bytes(value));
        let crc = crc32fast::hash(&bytes[..252]);
        bytes[252..256].copy_from_slice(&crc.to_le_bytes());
        fs::write(&path, bytes).unwrap();
        let refused = VectorSegment::open(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::Header { .. }),
            "{at} {value}: {refused}"
        );
    }
}

#[test]
fn a_truncated_file_is_refused_at_every_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    small(&path);
    let good = fs::read(&path).unwrap();
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        assert!(VectorSegment::open(&path).is_err(), "{length} bytes");
    }
    let mut longer = good;
    longer.push(0);
    fs::write(&path, longer).unwrap();
    assert!(matches!(
        VectorSegment::open(&path),
        Err(StoreError::Length { .. })
    ));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    small(&path);
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            // A new file each time, so that no map sees its file change.
            let path = folder.path().join("damaged");
            let _ = fs::remove_file(&path);
            fs::write(&path, bytes).unwrap();
            let Ok(segment) = VectorSegment::open(&path) else {
                continue;
            };
            assert!(segment.verify().is_err(), "byte {at}, bit {bit}");
            // A search may be wrong then, but must come back.
            let options = ScanOptions {
                threads: 2,
                ..Default::default()
            };
            let segments = [Living::new(0, segment)];
            let found = scan(&[1.0, 2.0, 3.0], &segments, None, &options);
            assert!(found.unwrap().iter().all(|n| n.score.abs() <= 1.0));
        }
    }
}

proptest! {
    // Each case waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_survived(start in 0usize..256, junk in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        small(&path);
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(start);
        bytes.extend(&junk);
        fs::write(&path, bytes).unwrap();
        if let Ok(segment) = VectorSegment::open(&path) {
            let _ = segment.verify();
        }
    }

    #[test]
    fn any_vectors_come_back(dim in 1usize..90, count in 0u64..60, seed in any::<u32>()) {
        let folder = tempfile::tempdir().unwrap();
        let value = |row: u64, i: usize| ((row as u32 ^ seed).wrapping_mul(i as u32 + 1) % 1000) as f32;
        let mut writer = VectorWriter::create(&folder.path().join("s"), dim, "").unwrap();
        for row in 0..count {
            let vector: Vec<f32> = (0..dim).map(|i| value(row, i)).collect();
            writer.push(row * 2, &vector).unwrap();
        }
        let segment = writer.finish(3).unwrap();
        segment.verify().unwrap();
        prop_assert_eq!(segment.len() as u64, count);
        for row in 0..count {
            let vector: Vec<f32> = (0..dim).map(|i| value(row, i)).collect();
            prop_assert_eq!(segment.get(row * 2), Some(&vector[..]));
            prop_assert_eq!(segment.get(row * 2 + 1), None);
        }
    }
}
