//! Weak proofs beside strong ones.
//!
//! What repeats itself, such as the bars of a railing or the shape of a coast in pieces of one
//! photograph, agrees in a few features with other places of its kind. Where the picture itself is
//! found, too, it agrees in many, and explains the same part of the query. Of 72 wrong proofs in 2,000
//! searches of pieces of wallpapers all but two were such.

use super::probability::{Proof, probability};
use super::verify::{DOUBTFUL, Verdict};
use lookalike_vision::geometry::Transform;

/// A proof of more inliers is strong enough alone.
const WEAK: usize = 15;
/// With so many times as many inliers another explains the same part better.
const BETTER: usize = 5;
/// The same part, if the other sees this share of what the weak one sees.
const COVERED: f64 = 0.5;
/// Rows and columns of points of the query that are looked at.
const GRID: usize = 16;

/// Takes back the weak proofs that have a strong rival. `sizes` are width and height of the query and,
/// where they are known, of the found pictures, as displayed.
pub(super) fn doubt(
    verdicts: &mut [Verdict],
    query: (f64, f64),
    sizes: impl Iterator<Item = Option<(u32, u32)>>,
) {
    let views: Vec<Option<View>> = verdicts
        .iter()
        .zip(sizes)
        .map(|(verdict, size)| View::of(verdict, size?))
        .collect();
    let strong =
        |weak: &Verdict, other: &Verdict| other.same && other.inliers >= BETTER * weak.inliers;
    let has_rival = |i: usize| {
        let (weak, Some(view)) = (&verdicts[i], &views[i]) else {
            return false;
        };
        let mut others = verdicts.iter().zip(&views);
        others.any(|(other, rival)| {
            let rival = rival.as_ref().filter(|_| strong(weak, other));
            rival.is_some_and(|rival| view.is_covered(rival, query))
        })
    };
    // Of equal files nobody doubts that they are the same, however little they show.
    let is_weak =
        |verdict: &Verdict| verdict.inliers <= WEAK && verdict.score < 1.0 && !verdict.whole;
    let weak = |&i: &usize| verdicts[i].same && is_weak(&verdicts[i]);
    let doubtful: Vec<usize> = (0..verdicts.len())
        .filter(weak)
        .filter(|&i| has_rival(i))
        .collect();
    for i in doubtful {
        verdicts[i].same = false;
        verdicts[i].score = probability(&Proof {
            inliers: DOUBTFUL - 1,
            matches: verdicts[i].matches,
            pixels: None,
        });
    }
}

/// What of the query is seen in a found picture.
struct View {
    transform: Transform,
    size: (f64, f64),
}

impl View {
    fn of(verdict: &Verdict, size: (u32, u32)) -> Option<Self> {
        Some(Self {
            transform: Transform::from_rows(verdict.transform?),
            size: (size.0.into(), size.1.into()),
        })
    }

    fn sees(&self, point: (f64, f64)) -> bool {
        self.transform.apply(point).is_some_and(|(x, y)| {
            (0.0..self.size.0).contains(&x) && (0.0..self.size.1).contains(&y)
        })
    }

    fn is_covered(&self, rival: &Self, query: (f64, f64)) -> bool {
        let at = |i: usize, side: f64| (i as f64 + 0.5) * side / GRID as f64;
        let points = (0..GRID * GRID).map(|i| (at(i % GRID, query.0), at(i / GRID, query.1)));
        let seen: Vec<_> = points.filter(|&point| self.sees(point)).collect();
        let both = seen.iter().filter(|&&point| rival.sees(point)).count();
        both as f64 >= COVERED * seen.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (100, 80);

    /// What is found of the query from some pixels of it on, as large as there.
    fn verdict(inliers: usize, from: (f64, f64)) -> Verdict {
        Verdict {
            same: inliers >= DOUBTFUL,
            score: 0.9,
            inliers,
            transform: Some([1.0, 0.0, -from.0, 0.0, 1.0, -from.1, 0.0, 0.0, 1.0]),
            ..Verdict::default()
        }
    }

    fn proven(mut verdicts: Vec<Verdict>, sizes: &[Option<(u32, u32)>]) -> Vec<bool> {
        doubt(&mut verdicts, (200.0, 160.0), sizes.iter().copied());
        for verdict in &verdicts {
            assert_eq!(verdict.score > 0.5, verdict.same);
        }
        verdicts.iter().map(|verdict| verdict.same).collect()
    }

    #[test]
    fn a_weak_proof_yields_to_a_strong_one_of_the_same_part() {
        let strong = verdict(60, (20.0, 20.0));
        for (weak, stands) in [
            (verdict(12, (0.0, 0.0)), false),
            (verdict(13, (0.0, 0.0)), true),
            (verdict(7, (40.0, 40.0)), false),
            (verdict(7, (110.0, 20.0)), true),
        ] {
            assert_eq!(
                proven(vec![weak, strong.clone()], &[Some(SIZE); 2]),
                [stands, true]
            );
        }
    }

    #[test]
    fn one_that_is_strong_enough_alone_stands_and_so_does_what_nobody_knows_the_size_of() {
        let one = || verdict(900, (0.0, 0.0));
        let enough = proven(vec![verdict(16, (0.0, 0.0)), one()], &[Some(SIZE); 2]);
        assert_eq!(enough, [true, true]);
        let unknown = proven(vec![verdict(6, (0.0, 0.0)), one()], &[None, Some(SIZE)]);
        assert_eq!(unknown, [true, true]);
    }

    #[test]
    fn equal_files_stand_however_little_they_show() {
        let equal = |features| Verdict::of_equals(features);
        let found = proven(vec![equal(0), verdict(60, (0.0, 0.0))], &[Some(SIZE); 2]);
        assert_eq!(found, [true, true]);
        assert_eq!(proven(vec![equal(0)], &[Some(SIZE)]), [true]);
    }

    #[test]
    fn what_is_not_proven_is_no_rival() {
        let mut other = verdict(60, (0.0, 0.0));
        (other.same, other.score) = (false, 0.1);
        let found = proven(vec![verdict(6, (0.0, 0.0)), other], &[Some(SIZE); 2]);
        assert_eq!(found, [true, false]);
    }
}
