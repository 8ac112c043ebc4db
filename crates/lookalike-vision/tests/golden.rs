//! The golden files themselves: complete, and readable.

mod common;

use common::{Golden, Row, TIGHT, matched_share, partners, same_order};

#[test]
fn every_file_is_read() {
    let cases = [
        ("kaze", "detect-and-compute"),
        ("kaze", "detect-then-compute"),
        ("kaze", "vector"),
        ("akaze", "detect-and-compute"),
        ("sift", "detect-and-compute"),
        ("orb", "detect-and-compute"),
        ("fast", "detect"),
        ("star", "detect"),
        ("brief", "compute"),
    ];
    for (algorithm, mode) in cases {
        let all = Golden::of(algorithm, mode);
        assert!(all.len() >= 7, "{algorithm} {mode}: {}", all.len());
        for golden in all {
            let (width, height) = (golden.picture.width(), golden.picture.height());
            let inside = |x: f32, size: usize| (0.0..size as f32).contains(&x);
            let mut points = golden.keypoints.iter().chain(&golden.input);
            assert!(
                points.all(|k| inside(k.x, width) && inside(k.y, height)),
                "{}",
                golden.name
            );
            let last = golden.described.last().map_or(0, |(row, _)| *row);
            assert!(last <= golden.keypoints.len());
            assert_eq!(golden.vector.is_empty(), mode != "vector");
            assert_eq!(
                golden.input.is_empty(),
                mode != "compute" || inputless(&golden)
            );
        }
    }
}

/// No star on this picture.
fn inputless(golden: &Golden) -> bool {
    golden.keypoints.is_empty() && golden.name.starts_with("brief-star")
}

#[test]
fn values_are_what_opencv_gave() {
    let golden = Golden::load("kaze-extended.coffee");
    assert!(golden.param("extended", false));
    assert_eq!(golden.param("threshold", 0.001), 0.001);
    let (_, Row::Unit(row)) = &golden.described[3] else {
        panic!("floats");
    };
    assert_eq!(row.len(), 128);
    let norm: f32 = row.iter().map(|v| v * v).sum();
    assert!((norm - 1.0).abs() < 1e-3);
}

#[test]
fn keypoints_are_compared() {
    let golden = Golden::load("kaze.coffee");
    let theirs = &golden.keypoints;
    assert!(same_order(theirs, theirs, &TIGHT));
    assert_eq!(matched_share(theirs, theirs, &TIGHT), 1.0);
    let mut ours = theirs.clone();
    ours.swap(0, 1);
    ours[5].x += 0.5;
    ours.pop();
    assert!(!same_order(&ours, theirs, &TIGHT));
    let partners = partners(&ours, theirs, &TIGHT);
    assert_eq!(partners[..3], [Some(1), Some(0), Some(2)]);
    assert_eq!(partners[5], None);
    let share = matched_share(&ours, theirs, &TIGHT);
    assert_eq!(share, (theirs.len() - 2) as f64 / theirs.len() as f64);
}
