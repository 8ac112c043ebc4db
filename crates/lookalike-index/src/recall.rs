//! How much of the truth approximate searches find.

use lookalike_store::Neighbor;

/// What searches found of the true neighbours, those that exact searches find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recall {
    /// Searches.
    pub samples: usize,
    /// True neighbours.
    pub wanted: usize,
    /// Those of them that were found.
    pub found: usize,
}

impl Recall {
    /// Searches in both ways for the `k` nearest neighbours of stored vectors, which come with their
    /// ids: that a vector finds itself says nothing. `nearest` is told the query, how many neighbours
    /// it wants, and whether the search is to be exact.
    ///
    /// # Errors
    /// Those of `nearest`.
    pub fn measure<E>(
        queries: impl IntoIterator<Item = (u64, Vec<f32>)>,
        k: usize,
        nearest: impl Fn(&[f32], usize, bool) -> Result<Vec<Neighbor>, E>,
    ) -> Result<Self, E> {
        let mut recall = Self::default();
        for (id, query) in queries {
            let others = |exact| {
                let mut others = nearest(&query, k.saturating_add(1), exact)?;
                others.retain(|neighbor| neighbor.id != id);
                others.truncate(k);
                Ok(others)
            };
            recall.add(&others(true)?, &others(false)?);
        }
        Ok(recall)
    }

    /// Counts an answer beside the true one. What is as near as the last true neighbour is as good as
    /// that one.
    pub fn add(&mut self, truth: &[Neighbor], answer: &[Neighbor]) {
        let least = truth.last().map_or(f32::INFINITY, |last| last.score);
        let good = answer.iter().filter(|n| n.score >= least).count();
        self.samples += 1;
        self.wanted += truth.len();
        self.found += good.min(truth.len());
    }

    /// The share of the true neighbours that was found; 1 where there are none.
    pub fn share(&self) -> f64 {
        match self.wanted {
            0 => 1.0,
            wanted => self.found as f64 / wanted as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbors(scores: &[f32]) -> Vec<Neighbor> {
        let neighbor = |(&score, id)| Neighbor { id, score };
        scores.iter().zip(0..).map(neighbor).collect()
    }

    #[test]
    fn what_is_as_near_counts_and_the_query_itself_does_not() {
        let mut recall = Recall::default();
        assert_eq!(recall.share(), 1.0);
        recall.add(&neighbors(&[0.9, 0.5]), &neighbors(&[0.5, 0.5, 0.4]));
        recall.add(&neighbors(&[0.9, 0.5]), &neighbors(&[0.9, 0.4]));
        assert_eq!((recall.samples, recall.wanted, recall.found), (2, 4, 3));
        let nearest = |_: &[f32], k, exact| {
            let scores: &[f32] = if exact { &[1.0, 0.5, 0.4] } else { &[1.0, 0.4] };
            Ok::<_, ()>(neighbors(&scores[..scores.len().min(k)]))
        };
        let recall = Recall::measure([(0, vec![1.0])], 1, nearest).unwrap();
        assert_eq!((recall.wanted, recall.found), (1, 0));
    }
}
