//! Which nodes a search has met.

/// A set of nodes that is emptied in the time it took to fill.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visited {
    words: Vec<u64>,
    nodes: Vec<u32>,
}

impl Visited {
    /// Empties the set and makes room for the nodes 0..`count`.
    pub(crate) fn reset(&mut self, count: usize) {
        for node in self.nodes.drain(..) {
            self.words[node as usize / 64] = 0;
        }
        self.words.resize(count.div_ceil(64), 0);
    }

    /// Whether the node is one of 0..`count`, and new.
    #[inline(always)]
    pub(crate) fn insert(&mut self, node: u32) -> bool {
        let Some(word) = self.words.get_mut(node as usize / 64) else {
            return false;
        };
        let bit = 1 << (node % 64);
        let new = *word & bit == 0;
        if new {
            *word |= bit;
            self.nodes.push(node);
        }
        new
    }
}
