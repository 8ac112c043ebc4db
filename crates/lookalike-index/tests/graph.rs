//! Graph segments: answers, damage, edges.

use lookalike_index::{
    Element, Error, FreshVectors, GraphOptions, GraphSegment, GraphWriter, Level, Living, Metric,
    QueryOptions, Segment, Space, scores, search,
};
use lookalike_store::{Error as StoreError, Random};
use std::fs;
use std::path::Path;

fn numbers(seed: u64) -> impl FnMut() -> f32 {
    let mut random = Random::new(seed);
    move || random.unit() - 0.5
}

/// Vectors near a surface of few dimensions, as descriptors and embeddings are.
fn vectors(count: usize, dim: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut uniform = numbers(seed);
    let mut fixed = numbers(77);
    let axes: Vec<Vec<f32>> = (0..8)
        .map(|_| (0..dim).map(|_| fixed()).collect())
        .collect();
    let mut vector = || {
        let mut vector: Vec<f32> = (0..dim).map(|_| 0.1 * uniform() + 0.05).collect();
        for axis in &axes {
            let share = uniform();
            vector
                .iter_mut()
                .zip(axis)
                .for_each(|(v, a)| *v += share * a);
        }
        vector
    };
    (0..count).map(|_| vector()).collect()
}

fn space(dim: usize, metric: Metric, element: Element) -> Space {
    Space {
        dim,
        metric,
        element,
    }
}

fn options() -> GraphOptions {
    GraphOptions {
        graph_from: 1,
        ..Default::default()
    }
}

fn write(path: &Path, space: Space, rows: &[Vec<f32>], options: &GraphOptions) -> GraphSegment {
    let mut writer = GraphWriter::create(path, space, "test").unwrap();
    for (id, row) in (10u64..).zip(rows) {
        writer.push(id, row).unwrap();
    }
    writer.finish(options).unwrap()
}

#[test]
fn the_graph_finds_what_a_scan_finds() {
    let folder = tempfile::tempdir().unwrap();
    for (dim, metric, element) in [
        (32, Metric::L2, Element::F32),
        (128, Metric::Cosine, Element::F32),
        (70, Metric::Dot, Element::F32),
        (600, Metric::L2, Element::I8),
        (128, Metric::L2, Element::Bits12),
        (50, Metric::Cosine, Element::Bits12),
        (33, Metric::Dot, Element::Bits12),
        (64, Metric::Cosine, Element::I8),
        (33, Metric::Dot, Element::I8),
    ] {
        let rows = vectors(3000, dim, 1);
        let space = space(dim, metric, element);
        let path = folder.path().join("s");
        let segment = write(&path, space, &rows, &options());
        segment.verify().unwrap();
        assert!(segment.has_graph() && segment.len() == 3000 && segment.space() == space);
        let (mut hits, mut raw) = (0, Vec::new());
        for query in vectors(50, dim, 2) {
            let exact = QueryOptions {
                exact: true,
                threads: 2,
                ..Default::default()
            };
            let truth = segment.search(&query, &exact).unwrap();
            let found = segment.search(&query, &QueryOptions::default()).unwrap();
            assert_eq!(found.len(), 10);
            assert!(found.is_sorted_by(|a, b| a.score >= b.score));
            hits += found.iter().filter(|n| truth.contains(n)).count();
            // The scan itself, against the definition.
            let best = truth[0];
            assert!(segment.read(best.id, &mut raw));
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
            let expected = match metric {
                Metric::Dot => dot(&query, &raw),
                Metric::Cosine => {
                    dot(&query, &raw) / (dot(&query, &query) * dot(&raw, &raw)).sqrt()
                }
                Metric::L2 => -query
                    .iter()
                    .zip(&raw)
                    .map(|(x, y)| (x - y).powi(2))
                    .sum::<f32>(),
                _ => unreachable!("the metrics above"),
            };
            assert!(
                (best.score - expected).abs() <= 1e-4 * expected.abs(),
                "{best:?} {expected}"
            );
        }
        assert!(hits >= 490, "{dim} {metric:?} {element:?}: {hits} of 500");
    }
}

#[test]
fn the_file_depends_on_neither_threads_nor_instruction_set() {
    let folder = tempfile::tempdir().unwrap();
    let rows = vectors(3000, 48, 1);
    let bytes = |threads, level, seed| {
        let path = folder.path().join("s");
        let options = GraphOptions {
            threads,
            level,
            seed,
            ..options()
        };
        write(&path, space(48, Metric::L2, Element::F32), &rows, &options);
        fs::read(&path).unwrap()
    };
    let first = bytes(1, Level::new(), 1);
    assert!(first == bytes(3, Level::new(), 1));
    assert!(first == bytes(2, Level::fallback(), 1));
    assert!(first != bytes(1, Level::new(), 2), "the seed matters");
}

#[test]
fn a_filter_is_obeyed_however_narrow() {
    let folder = tempfile::tempdir().unwrap();
    let rows = vectors(5000, 40, 1);
    let space = space(40, Metric::L2, Element::F32);
    let segment = write(&folder.path().join("s"), space, &rows, &options());
    for one_of in [2, 50, 1700, 100_000] {
        let keep = move |id: u64| id % one_of == 11 % one_of;
        let (mut hits, mut wanted) = (0, 0);
        for query in vectors(20, 40, 3) {
            let options = QueryOptions {
                keep: Some(&keep),
                ..Default::default()
            };
            let found = segment.search(&query, &options).unwrap();
            assert!(found.iter().all(|n| keep(n.id)));
            let exact = QueryOptions {
                exact: true,
                ..options
            };
            let truth = segment.search(&query, &exact).unwrap();
            assert_eq!(found.len(), truth.len());
            hits += found.iter().filter(|n| truth.contains(n)).count();
            wanted += truth.len();
        }
        assert!(
            hits * 100 >= wanted * 95,
            "1 of {one_of}: {hits} of {wanted}"
        );
    }
}

#[test]
fn few_vectors_and_equal_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let space = space(3, Metric::L2, Element::F32);
    let many = QueryOptions {
        k: 1000,
        ..Default::default()
    };
    for (count, graph_from) in [(0, 1), (1, 1), (1, 10), (2, 1), (70, 1), (300, 1)] {
        let options = GraphOptions {
            graph_from,
            ..Default::default()
        };
        let segment = write(&path, space, &vec![vec![1.0, 2.0, 3.0]; count], &options);
        segment.verify().unwrap();
        let found = segment.search(&[1.0, 2.0, 3.0], &many).unwrap();
        assert_eq!(found.len(), count, "k larger than the index");
        assert!(found.iter().all(|n| n.score == 0.0));
    }
    let zeros = write(&path, space, &vec![vec![0.0; 3]; 100], &options());
    assert_eq!(zeros.search(&[0.0; 3], &many).unwrap().len(), 100);
    let none = QueryOptions {
        k: 0,
        ..Default::default()
    };
    assert_eq!(zeros.search(&[0.0; 3], &none).unwrap(), []);
}

#[test]
fn whole_numbers_are_kept_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let space = space(4, Metric::Dot, Element::I8);
    let mut writer = GraphWriter::create(&folder.path().join("s"), space, "").unwrap();
    writer.push(1, &[-128i8, 127, 0, 1][..]).unwrap();
    writer.push(2, &[0i8, 0, 0, 0][..]).unwrap();
    let segment = writer.finish(&options()).unwrap();
    let mut out = Vec::new();
    assert!(segment.read(1, &mut out) && !segment.read(3, &mut Vec::new()));
    assert_eq!(out, [-128.0, 127.0, 0.0, 1.0]);
    let found = segment
        .search(&[-1i8, 0, 0, 2][..], &QueryOptions::default())
        .unwrap();
    assert_eq!((found[0].id, found[0].score), (1, 130.0));
}

/// Twelve bits hardly change what is found.
#[test]
fn twelve_bits_find_what_floats_find() {
    let folder = tempfile::tempdir().unwrap();
    let rows = vectors(2000, 100, 1);
    let open = |element| {
        let path = folder.path().join(format!("{element:?}"));
        write(&path, space(100, Metric::L2, element), &rows, &options())
    };
    let (floats, bits) = (open(Element::F32), open(Element::Bits12));
    assert!(bits.file_bytes() < floats.file_bytes() * 2 / 3);
    let exact = QueryOptions {
        exact: true,
        ..Default::default()
    };
    let (mut hits, mut row) = (0, Vec::new());
    for query in vectors(50, 100, 2) {
        let truth = floats.search(&query, &exact).unwrap();
        let found = bits.search(&query, &exact).unwrap();
        for (near, other) in truth.iter().zip(&found) {
            assert!((near.score - other.score).abs() < 2e-3 * near.score.abs());
        }
        let ids: Vec<u64> = truth.iter().map(|n| n.id).collect();
        hits += found.iter().filter(|n| ids.contains(&n.id)).count();
    }
    assert!(hits >= 498, "{hits} of 500");
    assert!(bits.read(17, &mut row));
    let peak = rows[7].iter().fold(0f32, |peak, v| peak.max(v.abs()));
    for (value, kept) in rows[7].iter().zip(&row) {
        assert!((value - kept).abs() <= peak / 4093.0);
    }
    let bytes: Vec<i8> = (-50..50).collect();
    let path = folder.path().join("bytes");
    let mut writer = GraphWriter::create(&path, bits.space(), "").unwrap();
    writer.push(1, &bytes[..]).unwrap();
    assert!(writer.finish(&options()).unwrap().read(1, &mut row));
    assert!(row.iter().zip(-50i8..).all(|(&v, b)| v == f32::from(b)));
}

#[test]
fn bad_vectors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let cosine = space(2, Metric::Cosine, Element::F32);
    let mut writer = GraphWriter::create(&path, cosine, "").unwrap();
    writer.push(5, &[1.0, 2.0]).unwrap();
    type Check = fn(&Error) -> bool;
    let bad: [(&[f32], Check); 6] = [
        (&[1.0], |e| {
            matches!(
                e,
                Error::Dimension {
                    expected: 2,
                    received: 1
                }
            )
        }),
        (&[1.0, f32::NAN], |e| {
            matches!(e, Error::NotFinite { index: 1, .. })
        }),
        (&[f32::INFINITY, 0.0], |e| {
            matches!(e, Error::NotFinite { index: 0, .. })
        }),
        (&[0.0, 0.0], |e| matches!(e, Error::Magnitude { .. })),
        (&[1e-30, 0.0], |e| matches!(e, Error::Magnitude { .. })),
        (&[3e38, 3e38], |e| matches!(e, Error::Magnitude { .. })),
    ];
    for (vector, check) in bad {
        assert!(check(&writer.push(6, vector).unwrap_err()), "{vector:?}");
    }
    for id in [5, 4] {
        let refused = writer.push(id, &[1.0, 2.0]).unwrap_err();
        assert!(matches!(
            refused,
            Error::Store(StoreError::IdOrder { previous: 5, .. })
        ));
    }
    let segment = writer.finish(&options()).unwrap();
    for (vector, check) in bad {
        let refused = segment.search(vector, &QueryOptions::default());
        assert!(check(&refused.unwrap_err()), "{vector:?}");
    }
    for dim in [0, lookalike_index::MAX_GRAPH_DIMENSION + 1] {
        let refused = GraphWriter::create(&path, Space { dim, ..cosine }, "");
        assert!(matches!(refused, Err(Error::Dimension { .. })));
    }
}

/// Every cut and many flipped bits: refused, or searched without a panic.
#[test]
fn damage_is_seen_and_never_fatal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    for element in [Element::I8, Element::Bits12] {
        damage(space(8, Metric::L2, element), folder.path(), &path);
    }
}

fn damage(space: Space, folder: &Path, path: &Path) {
    let rows = vectors(200, 8, 1);
    write(path, space, &rows, &options());
    let good = fs::read(path).unwrap();
    let broken = folder.join("broken");
    for length in (0..good.len()).step_by(97) {
        fs::write(&broken, &good[..length]).unwrap();
        assert!(
            GraphSegment::open(&broken).is_err(),
            "cut to {length} bytes"
        );
    }
    for at in (0..good.len()).step_by(41) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&broken, &bytes).unwrap();
        let Ok(segment) = GraphSegment::open(&broken) else {
            continue;
        };
        assert!(
            matches!(segment.verify(), Err(StoreError::Checksum { .. })),
            "byte {at}"
        );
        segment.search(&rows[0], &QueryOptions::default()).unwrap();
    }
}

#[test]
fn vectors_in_memory_are_searched_as_those_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows = vectors(300, 40, 1);
    let space = space(40, Metric::Cosine, Element::F32);
    let segment = write(
        &folder.path().join("s"),
        space,
        &rows,
        &GraphOptions::default(),
    );
    let keep = |id: u64| !id.is_multiple_of(7);
    let options = QueryOptions {
        keep: Some(&keep),
        ..Default::default()
    };
    let query = &vectors(1, 40, 2)[0];
    let mut fresh = FreshVectors::new(space);
    for (id, row) in (10..).zip(&rows) {
        assert!(!fresh.insert(id, row).unwrap());
    }
    let found = search(space, query, &[], Some(&fresh), &options).unwrap();
    assert_eq!(found, segment.search(query, &options).unwrap());
    // Of both, the nearest are there twice.
    let both = [Living::new(0, segment)];
    let twice = search(space, query, &both, Some(&fresh), &options).unwrap();
    assert!(twice.iter().zip(&found).all(|(a, b)| a.score >= b.score));
    assert_eq!((twice[0], twice[1], twice.len()), (found[0], found[0], 10));
    let refused = search(space, &[0.0; 40], &both, None, &options);
    assert!(matches!(refused, Err(Error::Magnitude { .. })));
}

#[test]
fn scores_are_those_of_the_metric() {
    let query = [3.0, 3.0];
    let vectors = [[1.0, 0.0], [0.0, 2.0]];
    let of = |metric| scores(metric, &query, vectors.iter().map(<[f32; 2]>::as_slice));
    assert_eq!(of(Metric::Dot), [3.0, 6.0]);
    assert_eq!(of(Metric::L2), [-13.0, -10.0]);
}
