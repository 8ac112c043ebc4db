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
        if let Some(last) = self.words.last_mut() {
            *last = 0;
        }
        self.words.resize(count.div_ceil(64), 0);
        // What is beyond the end is never new.
        if let Some(last) = self.words.last_mut().filter(|_| !count.is_multiple_of(64)) {
            *last = u64::MAX << (count % 64);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_is_new_once_and_there_are_no_others() {
        let mut visited = Visited::default();
        for count in [200, 64, 3, 0, 130, 200] {
            visited.reset(count);
            for node in (0..300).chain([u32::MAX]) {
                assert_eq!(visited.insert(node), (node as usize) < count, "{node}");
                assert!(!visited.insert(node), "{node}");
            }
        }
    }
}
