//! The best few of many.

use std::cmp::Ordering;

/// A vector found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// The id under which the vector was stored.
    pub id: u64,
    /// The larger the nearer: cosine similarity to the query, in [-1, 1]; in an index of another
    /// metric the dot product, or minus the squared distance.
    pub score: f32,
}

impl Neighbor {
    /// The order of results: the larger score first, then the smaller id.
    pub fn order(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then(self.id.cmp(&other.id))
    }
}

/// Keeps the `k` first of all neighbours that it is shown.
#[derive(Clone)]
pub struct TopK {
    k: usize,
    /// Never more than `2 * k`; sorted and cut when full.
    found: Vec<Neighbor>,
    /// A score below this does not belong to the first `k`.
    floor: f32,
}

impl TopK {
    /// Keeps `k` neighbours of at least the score `min_score`.
    pub fn new(k: usize, min_score: f32) -> Self {
        Self {
            k,
            found: Vec::new(),
            floor: min_score,
        }
    }

    /// The least score that is still of use.
    pub fn floor(&self) -> f32 {
        self.floor
    }

    /// Shows a neighbour.
    pub fn push(&mut self, neighbor: Neighbor) {
        if self.k == 0 || neighbor.score < self.floor {
            return;
        }
        self.found.push(neighbor);
        if self.found.len() >= self.k.saturating_mul(2).max(64) {
            self.cut();
        }
    }

    /// Drops what is not among the first `k`, and raises the floor.
    pub fn cut(&mut self) {
        if self.found.len() < self.k {
            return;
        }
        self.found
            .select_nth_unstable_by(self.k - 1, Neighbor::order);
        self.found.truncate(self.k);
        self.floor = self.found[self.k - 1].score;
    }

    /// Takes over what another list has found, and raises the floor.
    pub fn merge(&mut self, other: Self) {
        for neighbor in other.found {
            self.push(neighbor);
        }
        self.cut();
    }

    /// The first `k` in order.
    pub fn into_sorted(mut self) -> Vec<Neighbor> {
        self.found.sort_unstable_by(Neighbor::order);
        self.found.truncate(self.k);
        self.found
    }
}
