//! An index that changes: its answers, its merges, and what a crash leaves.

use lookalike_index::{
    Element, Error, GraphOptions, IndexReader, IndexWriter, Metric, QueryOptions, Space,
};
use lookalike_store::{Error as StoreError, Random};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const SPACE: Space = Space {
    dim: 12,
    metric: Metric::L2,
    element: Element::F32,
};

fn options() -> GraphOptions {
    GraphOptions {
        graph_from: 100,
        width: 40,
        ..Default::default()
    }
}

/// The vector of an id in some version.
fn vector(id: u64, version: u64) -> Vec<f32> {
    let mut random = Random::new(id << 32 | version);
    (0..SPACE.dim).map(|_| random.unit()).collect()
}

/// Number of files of segments; beside them are the lock, the manifest, and maybe a manifest that was
/// never finished.
fn files(folder: &Path) -> usize {
    let beside = fs::read_dir(folder).unwrap().count();
    assert!((3..=4).contains(&beside), "{beside}");
    fs::read_dir(folder.join("segments")).unwrap().count()
}

/// Compares an index with what it should hold.
fn assert_holds(reader: &IndexReader, expected: &BTreeMap<u64, Vec<f32>>) {
    assert_eq!(reader.len(), expected.len());
    reader.verify().unwrap();
    let mut out = Vec::new();
    for (&id, vector) in expected {
        assert!(reader.read(id, &mut out), "id {id}");
        assert_eq!(&out, vector, "id {id}");
    }
    let all = QueryOptions {
        k: expected.len() + 10,
        exact: true,
        ..Default::default()
    };
    let found = reader.search(&vector(0, 0), &all).unwrap();
    let mut ids: Vec<u64> = found.iter().map(|n| n.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, expected.keys().copied().collect::<Vec<_>>());
    let recall = reader.recall(30, &QueryOptions::default()).unwrap();
    assert!(recall.share() > 0.95, "{recall:?}");
}

#[test]
fn vectors_come_change_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = IndexWriter::create(folder.path(), SPACE, &options()).unwrap();
    let mut reader = IndexReader::open(folder.path()).unwrap();
    let mut expected = BTreeMap::new();
    let mut step = 0;
    for round in 0..60u64 {
        for _ in 0..40 {
            step += 1;
            let id = step * 7919 % 1500;
            match step % 5 {
                0 => assert_eq!(writer.delete(id), expected.remove(&id).is_some()),
                1 if expected.contains_key(&id) => {
                    let refused = writer.insert(id, &vector(id, step));
                    assert!(matches!(refused, Err(Error::DuplicateId { .. })));
                }
                _ => {
                    let before = writer.replace(id, &vector(id, step)).unwrap();
                    assert_eq!(before, expected.insert(id, vector(id, step)).is_some());
                }
            }
            assert_eq!(writer.len(), expected.len());
        }
        let before = reader.len();
        assert!(
            !reader.refresh().unwrap() && reader.len() == before,
            "not committed"
        );
        writer.commit().unwrap();
        assert!(reader.refresh().unwrap());
        if round % 10 == 0 {
            assert_holds(&reader, &expected);
        }
    }
    writer.settle().unwrap();
    reader.refresh().unwrap();
    assert_holds(&reader, &expected);
    assert!(
        reader.segments().iter().any(|s| s.parameters.lines > 0),
        "there is a graph"
    );
    writer.optimize().unwrap();
    let old = reader
        .search(&vector(3, 3), &QueryOptions::default())
        .unwrap();
    assert_eq!(old.len(), 10, "a snapshot outlives its files");
    reader.refresh().unwrap();
    assert_holds(&reader, &expected);
    assert_eq!(reader.segments().len(), 1);
    assert_eq!(files(folder.path()), 1);
    for &id in expected.keys() {
        assert!(writer.delete(id));
    }
    writer.commit().unwrap();
    reader.refresh().unwrap();
    assert!(reader.is_empty() && writer.is_empty());
    assert_eq!(
        reader
            .search(&vector(1, 1), &QueryOptions::default())
            .unwrap(),
        []
    );
}

#[test]
fn one_writer_and_no_index_over_another() {
    let folder = tempfile::tempdir().unwrap();
    assert!(IndexReader::open(folder.path()).is_err());
    let writer = IndexWriter::create(folder.path(), SPACE, &options()).unwrap();
    let second = IndexWriter::open(folder.path(), &options());
    assert!(matches!(second, Err(Error::Locked { .. })));
    drop(writer);
    let second = IndexWriter::create(folder.path(), SPACE, &options());
    assert!(matches!(second, Err(Error::Exists { .. })));
    let mut writer = IndexWriter::open(folder.path(), &options()).unwrap();
    assert_eq!(writer.space(), SPACE);
    let refused = writer.insert(1, &[1.0; 3]);
    assert!(matches!(
        refused,
        Err(Error::Dimension {
            expected: 12,
            received: 3
        })
    ));
    assert!(!writer.contains(1));
}

#[test]
fn a_damaged_manifest_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = IndexWriter::create(folder.path(), SPACE, &options()).unwrap();
    for id in 0..20 {
        writer.insert(id, &vector(id, 0)).unwrap();
    }
    writer.commit().unwrap();
    writer.delete(3);
    writer.commit().unwrap();
    drop(writer);
    let path = folder.path().join("manifest");
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, &bytes).unwrap();
        assert!(IndexReader::open(folder.path()).is_err(), "byte {at}");
    }
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        assert!(IndexReader::open(folder.path()).is_err(), "{length} bytes");
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(IndexReader::open(folder.path()).unwrap().len(), 19);
}

const BATCH: u64 = 30;
const CHILD: &str = "LOOKALIKE_TEST_INDEX";

/// One commit of many: adds a batch; of the batch before deletes every third vector, and replaces
/// every third.
fn change(commit: u64, mut put: impl FnMut(u64, Option<Vec<f32>>)) {
    for id in commit * BATCH..(commit + 1) * BATCH {
        put(id, Some(vector(id, 0)));
        if let Some(before) = id.checked_sub(BATCH) {
            match id % 3 {
                0 => put(before, None),
                1 => put(before, Some(vector(before, 1))),
                _ => {}
            }
        }
    }
}

/// What an index holds that must be as one of the commits left it, and how many there were.
fn state(folder: &Path) -> (u64, usize) {
    let reader = IndexReader::open(folder).unwrap();
    let there = |id| reader.read(id, &mut Vec::new());
    let commits = (0..).find(|commit| !there(commit * BATCH + 2)).unwrap();
    let mut expected = BTreeMap::new();
    for commit in 0..commits {
        change(commit, |id, vector| {
            match vector {
                Some(vector) => expected.insert(id, vector),
                None => expected.remove(&id),
            };
        });
    }
    assert_holds(&reader, &expected);
    (commits, reader.segments().len())
}

/// Not a test: the process that the two below start. It changes an index until it is killed, or
/// until a commit fails.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let mut writer = IndexWriter::open(Path::new(&folder), &options()).unwrap();
    let first = (0..)
        .find(|commit| !writer.contains(commit * BATCH + 2))
        .unwrap();
    for commit in first.. {
        change(commit, |id, vector| match vector {
            Some(vector) => drop(writer.replace(id, &vector).unwrap()),
            None => drop(writer.delete(id)),
        });
        if let Err(error) = writer.commit() {
            assert!(
                matches!(error, Error::Store(StoreError::Io { .. })),
                "{error}"
            );
            // Another try does no harm: without the merge that failed it may even succeed.
            let _ = writer.commit();
            std::process::exit(7);
        }
    }
}

#[test]
fn killed_at_any_moment_an_index_is_as_a_commit_left_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(IndexWriter::create(folder.path(), SPACE, &options()).unwrap());
    let (mut before, mut most_segments) = (0, 0);
    // Twenty moments, and on a slow machine as many as it takes to see something.
    for moment in 0..500u64 {
        if moment >= 20 && before > 20 && most_segments > 1 {
            break;
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact"])
            .env(CHILD, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20 + moment * 7919 % 97));
        child.kill().unwrap();
        child.wait().unwrap();
        let (commits, segments) = state(folder.path());
        assert!(commits >= before, "{before} commits, then {commits}");
        (before, most_segments) = (commits, most_segments.max(segments));
    }
    assert!(
        before > 20 && most_segments > 1,
        "{before} commits, {most_segments} segments"
    );
    // The next writer sweeps up.
    let mut writer = IndexWriter::open(folder.path(), &options()).unwrap();
    writer.settle().unwrap();
    let (_, segments) = state(folder.path());
    assert_eq!(files(folder.path()), segments);
}

/// With files limited to a size a write fails as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_index_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    drop(IndexWriter::create(folder.path(), SPACE, &options()).unwrap());
    let mut commits = 0;
    for blocks in [8, 16, 32, 64] {
        let status = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\""])
            .arg(blocks.to_string())
            .arg(std::env::current_exe().unwrap())
            .args(["child", "--exact"])
            .env(CHILD, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(7), "{blocks} blocks");
        let (now, _) = state(folder.path());
        assert!(now >= commits);
        commits = now;
    }
    assert!(commits > 3, "{commits} commits");
}
