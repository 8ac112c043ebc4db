//! Search against a plain scan in f64.

mod common;

use common::levels;
use lookalike_index::{
    Error, FreshRows, GraphOptions, Neighbor, SearchOptions, Segment, SegmentWriter, VectorSegment,
    search,
};
use lookalike_store::Error as StoreError;
use proptest::prelude::*;
use std::path::Path;

fn write(path: &Path, dim: usize, rows: &[(u64, Vec<f32>)]) -> VectorSegment {
    let mut writer = SegmentWriter::create(path, dim, "test").unwrap();
    for (id, vector) in rows {
        writer.push(*id, vector).unwrap();
    }
    writer.finish(2).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> Option<f32> {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(&x, &y)| f64::from(x) * f64::from(y))
            .sum()
    };
    let cosine = dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt());
    (!cosine.is_nan()).then(|| cosine.clamp(-1.0, 1.0) as f32)
}

/// The plain scan, and a test that `found` is its answer up to the rounding of the scores.
fn assert_exact(query: &[f32], rows: &[(u64, Vec<f32>)], k: usize, found: &[Neighbor]) {
    let mut truth: Vec<(u64, f32)> = rows
        .iter()
        .filter_map(|(id, v)| Some((*id, cosine(query, v)?)))
        .collect();
    truth.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    assert_eq!(found.len(), k.min(truth.len()));
    for (i, neighbor) in found.iter().enumerate() {
        let own = truth.iter().find(|t| t.0 == neighbor.id).unwrap().1;
        assert!(
            (own - neighbor.score).abs() <= 2e-7,
            "score of {}",
            neighbor.id
        );
        assert!(
            (truth[i].1 - own).abs() <= 2e-7,
            "rank {i}: {} before {}",
            truth[i].0,
            neighbor.id
        );
    }
    let ordered = |pair: &[Neighbor]| {
        pair[0].score > pair[1].score || (pair[0].score == pair[1].score && pair[0].id < pair[1].id)
    };
    assert!(found.windows(2).all(ordered));
}

/// Vectors that are hard on codes: many nearly equal ones, single large elements, zeros.
fn rows(dim: usize) -> impl Strategy<Value = Vec<(u64, Vec<f32>)>> {
    let plain = prop::collection::vec(-1f32..1.0, dim);
    let near = prop::collection::vec(-1e-4f32..1e-4, dim)
        .prop_map(|noise| noise.iter().map(|n| 1.0 + n).collect::<Vec<f32>>());
    let spike = (
        0..dim,
        -1e20f32..1e20,
        prop::collection::vec(-1f32..1.0, dim),
    )
        .prop_map(|(at, value, mut v)| {
            v[at] = value;
            v
        });
    let few = prop::collection::vec(-1i8..=1, dim)
        .prop_map(|v| v.iter().map(|&x| f32::from(x)).collect::<Vec<f32>>());
    let row = prop_oneof![plain, near, spike, few, Just(vec![0f32; dim])];
    prop::collection::vec((1u64..5, row), 0..150).prop_map(|rows| {
        let mut id = 0;
        rows.into_iter()
            .map(|(gap, row)| {
                id += gap;
                (id, row)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn search_is_exact(
        (rows, query) in (1usize..70).prop_flat_map(|d| {
            let query = prop_oneof![
                prop::collection::vec(-1f32..1.0, d),
                Just(vec![1f32; d]),
            ];
            (rows(d), query)
        }),
        k in 1usize..40,
        cuts in (0f64..1.0, 0f64..1.0),
        threads in 1usize..4,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let dim = query.len();
        // Two segments and the rest fresh.
        let at = |share: f64| (share * rows.len() as f64) as usize;
        let (first, second) = (at(cuts.0.min(cuts.1)), at(cuts.0.max(cuts.1)));
        let a = write(&folder.path().join("a"), dim, &rows[..first]);
        let b = write(&folder.path().join("b"), dim, &rows[first..second]);
        let ids: Vec<u64> = rows[second..].iter().map(|r| r.0).collect();
        let vectors: Vec<f32> = rows[second..].iter().flat_map(|r| r.1.clone()).collect();
        let fresh = FreshRows { ids: &ids, vectors: &vectors };

        let mut answers = Vec::new();
        for level in levels() {
            let options = SearchOptions { k, threads, level, ..Default::default() };
            answers.push(search(&query, &[&a, &b], fresh, options).unwrap());
        }
        if query.iter().any(|&v| v != 0.0) {
            assert_exact(&query, &rows, k, &answers[0]);
        }
        prop_assert!(answers.iter().all(|answer| *answer == answers[0]));

        let keep = |id: u64| !id.is_multiple_of(3);
        let options = SearchOptions {
            k: usize::MAX, min_score: 0.25, keep: Some(&keep), threads, ..Default::default()
        };
        let some = search(&query, &[&b, &a], fresh, options).unwrap();
        let options = SearchOptions { k: rows.len(), ..Default::default() };
        let all = search(&query, &[&a, &b], fresh, options).unwrap();
        let expected: Vec<Neighbor> =
            all.into_iter().filter(|n| n.score >= 0.25 && keep(n.id)).collect();
        prop_assert_eq!(some, expected);
    }
}

/// Numbers that look random.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

#[test]
fn many_tasks_and_threads_give_the_same_answer() {
    let folder = tempfile::tempdir().unwrap();
    let dim = 700;
    let mut next = noise(7);
    let centre: Vec<f32> = (0..dim).map(|_| next()).collect();
    // Half of the rows lie so near to the query that their bounds overlap.
    let rows: Vec<(u64, Vec<f32>)> = (0..20_000u64)
        .map(|id| {
            let size = if id % 2 == 0 { 1e-3 } else { 1.0 };
            let share = if id % 2 == 0 { 1.0 } else { 0.1 };
            (
                id * 3,
                centre.iter().map(|c| share * c + size * next()).collect(),
            )
        })
        .collect();
    let segment = write(&folder.path().join("s"), dim, &rows);
    let answer = |threads, k| {
        let options = SearchOptions {
            k,
            threads,
            ..Default::default()
        };
        search(&centre, &[&segment], FreshRows::default(), options).unwrap()
    };
    for k in [1, 10, 3000] {
        let one = answer(1, k);
        assert_exact(&centre, &rows, k, &one);
        assert_eq!(one, answer(2, k));
        assert_eq!(one, answer(5, k));
    }
}

#[test]
fn equal_scores_come_by_id() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<(u64, Vec<f32>)> = (0..500).map(|id| (id, vec![2.0, 1.0, 0.5])).collect();
    let segment = write(&folder.path().join("s"), 3, &rows);
    let ids = [7000, 1000];
    let fresh = FreshRows {
        ids: &ids,
        vectors: &[2.0, 1.0, 0.5, 2.0, 1.0, 0.5],
    };
    let options = SearchOptions {
        k: 5,
        ..Default::default()
    };
    let found = search(&[2.0, 1.0, 0.5], &[&segment], fresh, options).unwrap();
    let found: Vec<(u64, f32)> = found.iter().map(|n| (n.id, n.score)).collect();
    assert_eq!(found, [(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0)]);
    let options = SearchOptions {
        k: 502,
        ..Default::default()
    };
    let all = search(&[2.0, 1.0, 0.5], &[&segment], fresh, options).unwrap();
    assert_eq!((all[500].id, all[501].id), (1000, 7000));
}

#[test]
fn zero_vectors_are_similar_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [(1, vec![0f32; 4]), (2, vec![0.0, -3.0, 0.0, 0.0])];
    let segment = write(&folder.path().join("s"), 4, &rows);
    let fresh = FreshRows {
        ids: &[3],
        vectors: &[0.0; 4],
    };
    let run = |query: &[f32]| search(query, &[&segment], fresh, SearchOptions::default()).unwrap();
    assert_eq!(run(&[0.0; 4]), []);
    assert_eq!(
        run(&[0.0, 1.0, 0.0, 0.0]),
        [Neighbor { id: 2, score: -1.0 }]
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let segment = write(&folder.path().join("s"), 2, &[(1, vec![1.0, 2.0])]);
    let none = FreshRows::default();
    let options = SearchOptions::default();
    assert!(matches!(
        search(&[1.0; 3], &[&segment], none, options),
        Err(Error::Dimension {
            expected: 2,
            received: 3
        })
    ));
    assert!(matches!(
        search(&[1.0, f32::NAN], &[&segment], none, options),
        Err(Error::NotFinite { index: 1, .. })
    ));
    let fresh = FreshRows {
        ids: &[1],
        vectors: &[1.0],
    };
    assert!(matches!(
        search(&[1.0, 1.0], &[&segment], fresh, options),
        Err(Error::Dimension {
            expected: 2,
            received: 1
        })
    ));
    let fresh = FreshRows {
        ids: &[1],
        vectors: &[1.0, f32::INFINITY],
    };
    assert!(matches!(
        search(&[1.0, 1.0], &[&segment], fresh, options),
        Err(Error::NotFinite { index: 1, .. })
    ));
    let none_wanted = SearchOptions { k: 0, ..options };
    assert_eq!(
        search(&[1.0, 1.0], &[&segment], none, none_wanted).unwrap(),
        []
    );
}

/// Vectors of few independent directions, some of them zero, very long or very short.
fn smooth(count: u64, seed: u64) -> Vec<(u64, Vec<f32>)> {
    let phase = |id: u64, n: u64| {
        let mixed = (id ^ ((n + 4 * seed) << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed >> 20) % 6283) as f32 / 1000.0
    };
    let element = |id: u64, i: u64| {
        let waves = (0..4).map(|n| (phase(id, n) + (i * (n + 1)) as f32 / 7.0).sin());
        waves.sum::<f32>()
    };
    let scale = |id: u64| match id % 50 {
        0 => 0.0,
        1 => 1e30,
        2 => 1e-30,
        _ => 1.0,
    };
    let vector = |id| (0..90).map(|i| scale(id) * element(id, i)).collect();
    (1..=count).map(|id| (id, vector(id))).collect()
}

fn linked(path: &Path, rows: &[(u64, Vec<f32>)], graph_from: usize) -> VectorSegment {
    let options = GraphOptions {
        graph_from,
        ..Default::default()
    };
    let mut writer = SegmentWriter::with_graph(path, 90, "test", &options).unwrap();
    for (id, vector) in rows {
        writer.push(*id, vector).unwrap();
    }
    writer.finish(2).unwrap()
}

#[test]
fn a_graph_finds_what_a_scan_finds() {
    let folder = tempfile::tempdir().unwrap();
    let rows = smooth(3000, 1);
    let segment = linked(&folder.path().join("s"), &rows, 1000);
    segment.verify().unwrap();
    assert!(segment.has_graph() && segment.parameters().unwrap().degree == 32);
    assert!(segment.len() == 3000 && segment.dim() == 90 && segment.graph_bytes() > 3000 * 160);
    let keep = |id: u64| !id.is_multiple_of(3);
    let (mut hits, mut wanted) = (0, 0);
    for (id, query) in smooth(60, 2) {
        for keep in [None, Some(&keep as &(dyn Fn(u64) -> bool + Sync))] {
            let fresh = FreshRows {
                ids: &[77_777],
                vectors: &query,
            };
            let options = SearchOptions {
                keep,
                ..Default::default()
            };
            let exact = SearchOptions {
                exact: true,
                ..options
            };
            let truth = search(&query, &[&segment], fresh, exact).unwrap();
            let found = search(&query, &[&segment], fresh, options).unwrap();
            assert_eq!(found.len(), truth.len(), "query {id}");
            hits += found.iter().filter(|n| truth.contains(n)).count();
            wanted += truth.len();
        }
    }
    assert!(hits * 100 >= wanted * 98, "{hits} of {wanted}");
    // To this one a zero vector would be nearer than any other.
    let far: Vec<f32> = (0..90)
        .map(|i| if i % 2 == 0 { 1.0 } else { -1.0 })
        .collect();
    let find = |segment| {
        search(
            &far,
            &[segment],
            FreshRows::default(),
            SearchOptions::default(),
        )
    };
    assert_eq!(find(&segment).unwrap().len(), 10);
    let zeros: Vec<_> = (1..=40).map(|id| (id, vec![0.0; 90])).collect();
    let empty = linked(&folder.path().join("zeros"), &zeros, 1);
    empty.verify().unwrap();
    assert_eq!(find(&empty).unwrap(), []);
    let few = linked(&folder.path().join("few"), &rows[..20], 1000);
    few.verify().unwrap();
    assert!(!few.has_graph() && few.parameters().is_none() && few.graph_bytes() == 0);
    let found = search(
        &rows[4].1,
        &[&few],
        FreshRows::default(),
        SearchOptions::default(),
    );
    assert_exact(&rows[4].1, &rows[..20], 10, &found.unwrap());
}

#[test]
fn damage_to_a_segment_with_a_graph_is_seen_and_never_fatal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let rows = smooth(150, 1);
    linked(&path, &rows, 1);
    let good = std::fs::read(&path).unwrap();
    for at in (0..good.len()).step_by(331).chain(0..400) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bytes).unwrap();
        let Ok(segment) = VectorSegment::open(&path) else {
            continue;
        };
        let seen = segment.verify().unwrap_err();
        assert!(
            matches!(seen, StoreError::Checksum { .. }),
            "byte {at}: {seen}"
        );
        let _ = search(
            &rows[5].1,
            &[&segment],
            FreshRows::default(),
            SearchOptions::default(),
        );
    }
    for length in (0..good.len()).step_by(501) {
        std::fs::write(&path, &good[..length]).unwrap();
        assert!(VectorSegment::open(&path).is_err(), "cut to {length} bytes");
    }
}
