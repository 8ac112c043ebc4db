//! The nearest nodes met so far, and which of them have been expanded.

/// Marks a node whose neighbours have been looked at; nodes are below it.
const EXPANDED: u32 = 1 << 31;

/// A node and its estimated distance; ordered by distance, then by node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Near(u64);

impl Near {
    #[inline(always)]
    pub(crate) fn new(distance: f32, node: u32) -> Self {
        Self(u64::from(ordered(distance)) << 32 | u64::from(node))
    }

    #[inline(always)]
    pub(crate) fn node(self) -> u32 {
        self.0 as u32 & !EXPANDED
    }

    #[inline(always)]
    pub(crate) fn distance(self) -> f32 {
        let key = (self.0 >> 32) as u32;
        f32::from_bits(if key >> 31 == 1 {
            key ^ (1 << 31)
        } else {
            !key
        })
    }

    #[inline(always)]
    fn expanded(self) -> bool {
        self.0 as u32 & EXPANDED != 0
    }
}

/// A whole number that is ordered as the floats are.
#[inline(always)]
fn ordered(value: f32) -> u32 {
    let bits = value.to_bits();
    bits ^ ((bits as i32 >> 31) as u32 | 1 << 31)
}

/// The `width` nearest of all nodes shown, in ascending order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    found: Vec<Near>,
    width: usize,
    /// Everything before it is expanded.
    next: usize,
    /// A node farther than this does not enter.
    worst: f32,
}

impl Pool {
    pub(crate) fn reset(&mut self, width: usize) {
        self.found.clear();
        self.found.reserve(width + 1);
        self.width = width;
        self.next = 0;
        self.worst = f32::INFINITY;
    }

    /// Makes room for the `width` nearest, of which there are no more yet.
    pub(crate) fn widen(&mut self, width: usize) {
        self.found.reserve(width + 1);
        self.width = width;
        if self.found.len() < width {
            self.worst = f32::INFINITY;
        }
    }

    /// Shows a node that was not shown before. Returns whether it is the next to be expanded, as
    /// far as one knows.
    #[inline(always)]
    pub(crate) fn push(&mut self, distance: f32, node: u32) -> bool {
        distance < self.worst && self.insert(Near::new(distance, node))
    }

    fn insert(&mut self, near: Near) -> bool {
        let at = self.found.partition_point(|other| *other < near);
        if self.found.len() == self.width {
            self.found.pop();
        }
        self.found.insert(at, near);
        if self.found.len() == self.width {
            self.worst = self.found[self.width - 1].distance();
        }
        let next = at <= self.next;
        self.next = self.next.min(at);
        next
    }

    /// The nearest node that is not expanded yet, which is then.
    #[inline(always)]
    pub(crate) fn expand(&mut self) -> Option<u32> {
        let next = self.peek()?;
        self.found[self.next].0 |= u64::from(EXPANDED);
        Some(next)
    }

    /// The node that [`expand`](Self::expand) would return.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Option<u32> {
        while self.found.get(self.next)?.expanded() {
            self.next += 1;
        }
        Some(self.found[self.next].node())
    }

    /// What was found, the nearest first.
    pub(crate) fn found(&self) -> &[Near] {
        &self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_keeps_the_nearest_in_order(
            distances in prop::collection::vec(-1e3f32..1e3, 0..200),
            width in 1usize..40,
        ) {
            let mut pool = Pool::default();
            pool.reset(width);
            let mut expanded = Vec::new();
            for (node, &distance) in (0u32..).zip(&distances) {
                pool.push(distance, node);
                if node % 3 == 0 {
                    expanded.extend(pool.expand());
                }
            }
            expanded.extend(std::iter::from_fn(|| pool.expand()));
            let mut sorted: Vec<(f32, u32)> = distances.iter().copied().zip(0u32..).collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            sorted.truncate(width);
            let found: Vec<(f32, u32)> =
                pool.found().iter().map(|near| (near.distance(), near.node())).collect();
            prop_assert_eq!(&found, &sorted);
            for (_, node) in found {
                prop_assert_eq!(expanded.iter().filter(|&&e| e == node).count(), 1);
            }
        }
    }
}
