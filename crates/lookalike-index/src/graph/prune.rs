//! Which of many near nodes become neighbours.

use fearless_simd::{Level, Simd, dispatch};

use super::pool::Near;
use super::wide::{Gathered, WideCodes};

/// Chooses neighbours; owns the working memory for it.
#[derive(Debug, Default)]
pub(crate) struct Pruner {
    gathered: Gathered,
    near: Vec<Near>,
    kept: Vec<usize>,
}

impl Pruner {
    /// Keeps in `candidates`, different nodes other than `node`, at most `degree`, the nearest
    /// first: those to which no kept one is nearer, by the factor `alpha`, than `node` is (the
    /// relative neighbourhood rule of Subramanya and others: DiskANN, 2019, algorithm 2).
    pub(crate) fn prune(
        &mut self,
        level: Level,
        codes: &WideCodes,
        node: u32,
        candidates: &mut Vec<u32>,
        (degree, alpha): (usize, f32),
    ) {
        codes.gather(
            [node].into_iter().chain(candidates.iter().copied()),
            &mut self.gathered,
        );
        dispatch!(level, simd => self.choose(simd, candidates.len(), degree, alpha));
        let kept = self.kept.iter().map(|&i| candidates[i - 1]).collect();
        *candidates = kept;
    }

    #[inline(always)]
    fn choose<S: Simd>(&mut self, simd: S, count: usize, degree: usize, alpha: f32) {
        // Loops, not closures: a closure would not be compiled for the instruction set.
        let gathered = &self.gathered;
        self.near.clear();
        for i in 1..=count {
            let distance = gathered.distance(simd, 0, i);
            self.near.push(Near::new(distance, i as u32));
        }
        self.near.sort_unstable();
        self.kept.clear();
        let factor = alpha * alpha;
        'next: for near in &self.near {
            let (i, own) = (near.node() as usize, near.distance());
            for &other in &self.kept {
                if factor * gathered.distance(simd, other, i) < own {
                    continue 'next;
                }
            }
            self.kept.push(i);
            if self.kept.len() == degree {
                break;
            }
        }
    }
}
