//! Which nodes a search has met.

/// Nodes in a word.
const BITS: usize = 64;

/// A set of nodes that is emptied in the time it took to fill.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visited {
    /// A bit for each node. In the last word the bits behind the last node are set, of which there
    /// is at least one: what is no node is never new.
    words: Vec<u64>,
    /// The nodes of the set, then room for more.
    nodes: Vec<u32>,
    len: usize,
}

impl Visited {
    /// Empties the set and makes room for the nodes 0..`count`.
    pub(crate) fn reset(&mut self, count: usize) {
        for &node in &self.nodes[..self.len] {
            self.words[node as usize / BITS] = 0;
        }
        self.len = 0;
        self.words.pop();
        self.words.resize(count / BITS, 0);
        self.words.push(u64::MAX << (count % BITS));
    }

    /// Adds `nodes`, and returns those of them that are new, and among 0..`count`.
    #[inline(always)]
    pub(crate) fn insert(&mut self, nodes: &[u32]) -> &[u32] {
        let start = self.len;
        let end = start + nodes.len();
        if self.nodes.len() < end {
            self.nodes.resize(2 * end, 0);
        }
        let room = &mut self.nodes[start..end];
        let last = self.words.len() - 1;
        let mut new = 0;
        for &node in nodes {
            let (word, bit) = (node as usize / BITS, node as usize % BITS);
            let bit = if word > last { BITS - 1 } else { bit };
            let word = &mut self.words[word.min(last)];
            // Without a branch: whether a node is new nobody can foretell.
            room[new] = node;
            new += (!*word >> bit & 1) as usize;
            *word |= 1 << bit;
        }
        self.len += new;
        &self.nodes[start..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_is_new_once_and_there_are_no_others() {
        let mut visited = Visited::default();
        for count in [200, 64, 3, 0, 130, 63, 1000, 200] {
            visited.reset(count);
            let nodes: Vec<u32> = (0..300).chain([0xFF_FFFF, u32::MAX]).collect();
            let (some, all) = (&nodes[50..150], &nodes[..]);
            let among = |nodes: &[u32]| -> Vec<u32> {
                let there = nodes.iter().filter(|&&node| (node as usize) < count);
                there.copied().collect()
            };
            assert_eq!(visited.insert(some), among(some));
            let rest: Vec<u32> = among(all)
                .into_iter()
                .filter(|n| !some.contains(n))
                .collect();
            assert_eq!(visited.insert(all), rest);
            assert!(visited.insert(all).is_empty());
        }
    }

    #[test]
    fn a_node_twice_in_a_row_is_new_once() {
        let mut visited = Visited::default();
        visited.reset(10);
        assert_eq!(visited.insert(&[4, 4, 9, 4]), [4, 9]);
    }
}
