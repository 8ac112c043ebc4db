//! The scan in bytes against a plain one in f64.

mod common;

use common::levels;
use lookalike_index::{
    Error, FreshRows, Living, Neighbor, ScanOptions, VectorSegment, VectorWriter, scan,
};
use lookalike_store::Random;
use proptest::prelude::*;
use std::path::Path;

fn write(path: &Path, dim: usize, rows: &[(u64, Vec<f32>)]) -> Living<VectorSegment> {
    let mut writer = VectorWriter::create(path, dim, "test").unwrap();
    for (id, vector) in rows {
        writer.push(*id, vector).unwrap();
    }
    Living::new(0, writer.finish(2).unwrap())
}

fn fresh(dim: usize, rows: &[(u64, Vec<f32>)]) -> FreshRows {
    let mut fresh = FreshRows::new(dim);
    for (id, vector) in rows {
        fresh.push(*id, vector).unwrap();
    }
    fresh
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
        let fresh = fresh(dim, &rows[second..]);
        let both = [a, b];

        let mut answers = Vec::new();
        for level in levels() {
            let options = ScanOptions { k, threads, level, ..Default::default() };
            answers.push(scan(&query, &both, Some(&fresh), &options).unwrap());
        }
        if query.iter().any(|&v| v != 0.0) {
            assert_exact(&query, &rows, k, &answers[0]);
        }
        prop_assert!(answers.iter().all(|answer| *answer == answers[0]));

        let keep = |id: u64| !id.is_multiple_of(3);
        let options = ScanOptions {
            k: usize::MAX, min_score: 0.25, keep: Some(&keep), threads, ..Default::default()
        };
        let turned = [both[1].clone(), both[0].clone()];
        let some = scan(&query, &turned, Some(&fresh), &options).unwrap();
        let options = ScanOptions { k: rows.len(), ..Default::default() };
        let all = scan(&query, &both, Some(&fresh), &options).unwrap();
        let expected: Vec<Neighbor> =
            all.into_iter().filter(|n| n.score >= 0.25 && keep(n.id)).collect();
        prop_assert_eq!(some, expected);
    }
}

#[test]
fn many_tasks_and_threads_give_the_same_answer() {
    let folder = tempfile::tempdir().unwrap();
    let dim = 700;
    let mut random = Random::new(7);
    let mut next = || 2.0 * random.unit() - 1.0;
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
        let options = ScanOptions {
            k,
            threads,
            ..Default::default()
        };
        scan(&centre, std::slice::from_ref(&segment), None, &options).unwrap()
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
    let segments = [segment];
    let fresh = fresh(
        3,
        &[(1000, vec![2.0, 1.0, 0.5]), (7000, vec![2.0, 1.0, 0.5])],
    );
    let options = ScanOptions {
        k: 5,
        ..Default::default()
    };
    let found = scan(&[2.0, 1.0, 0.5], &segments, Some(&fresh), &options).unwrap();
    let found: Vec<(u64, f32)> = found.iter().map(|n| (n.id, n.score)).collect();
    assert_eq!(found, [(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0)]);
    let options = ScanOptions {
        k: 502,
        ..Default::default()
    };
    let all = scan(&[2.0, 1.0, 0.5], &segments, Some(&fresh), &options).unwrap();
    assert_eq!((all[500].id, all[501].id), (1000, 7000));
}

#[test]
fn zero_vectors_are_similar_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [(1, vec![0f32; 4]), (2, vec![0.0, -3.0, 0.0, 0.0])];
    let segment = write(&folder.path().join("s"), 4, &rows);
    let segments = [segment];
    let fresh = fresh(4, &[(3, vec![0.0; 4])]);
    let run =
        |query: &[f32]| scan(query, &segments, Some(&fresh), &ScanOptions::default()).unwrap();
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
    let segments = [segment];
    let options = ScanOptions::default();
    assert!(matches!(
        scan(&[1.0; 3], &segments, None, &options),
        Err(Error::Dimension {
            expected: 2,
            received: 3
        })
    ));
    assert!(matches!(
        scan(&[1.0, f32::NAN], &segments, None, &options),
        Err(Error::NotFinite { index: 1, .. })
    ));
    let other = fresh(1, &[(1, vec![1.0])]);
    assert!(matches!(
        scan(&[1.0, 1.0], &segments, Some(&other), &options),
        Err(Error::Dimension {
            expected: 1,
            received: 2
        })
    ));
    let mut fresh = fresh(2, &[(7, vec![1.0, 0.0])]);
    assert!(matches!(
        fresh.push(8, &[1.0, f32::INFINITY]),
        Err(Error::NotFinite { index: 1, .. })
    ));
    assert!(matches!(
        fresh.push(8, &[1.0]),
        Err(Error::Dimension { .. })
    ));
    assert!(matches!(fresh.push(7, &[1.0, 1.0]), Err(Error::Store(_))));
    assert_eq!(fresh.len(), 1);
    let none_wanted = ScanOptions { k: 0, ..options };
    assert_eq!(
        scan(&[1.0, 1.0], &segments, None, &none_wanted).unwrap(),
        []
    );
}
