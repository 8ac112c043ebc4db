//! The neighbours of every node.

use super::prefetch::prefetch;

/// The most neighbours of a node.
pub(crate) const DEGREE: usize = 32;
/// Stands where a node has no further neighbour. No graph has as many nodes, so that what is read
/// is compared with the number of nodes alone.
pub(crate) const NONE: u32 = u32::MAX;
/// A graph of fewer nodes keeps three bytes a neighbour.
const NARROW_BELOW: usize = 0xFF_FFFF;
/// Neighbours packed together: so many take three words.
const PACK: usize = 4;
const LINE: usize = 64;

/// Bytes in which a graph of some nodes keeps a neighbour.
pub(crate) const fn link_bytes(count: usize) -> usize {
    if count < NARROW_BELOW { 3 } else { 4 }
}

/// The lists of neighbours, all equally long, filled up with what is no node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Links<'a> {
    /// Four bytes a neighbour, and how many a list holds.
    Wide(&'a [u32], usize),
    /// [`DEGREE`] neighbours of three bytes each.
    Narrow(&'a [u8]),
}

impl<'a> Links<'a> {
    /// The lists in a file, of [`DEGREE`] links of some bytes each.
    pub(crate) fn of(bytes: &'a [u8], link_bytes: usize) -> Self {
        match link_bytes {
            3 => Self::Narrow(bytes),
            _ => Self::Wide(bytemuck::cast_slice(bytes), DEGREE),
        }
    }

    /// Number of lists.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Wide(links, degree) => links.len() / degree,
            Self::Narrow(bytes) => bytes.len() / (DEGREE * 3),
        }
    }

    /// The list of a node, which may be unpacked into `room`.
    #[inline(always)]
    pub(crate) fn list<'r>(&'r self, node: u32, room: &'r mut [u32; DEGREE]) -> &'r [u32] {
        match self {
            Self::Wide(links, degree) => &links[node as usize * degree..][..*degree],
            Self::Narrow(bytes) => {
                unpack(&bytes[node as usize * DEGREE * 3..][..DEGREE * 3], room);
                room
            }
        }
    }

    /// Asks for the list of a node.
    #[inline(always)]
    pub(crate) fn prefetch(&self, node: u32) {
        match self {
            Self::Wide(links, degree) => {
                let list = &links[node as usize * degree..][..*degree];
                list.chunks(LINE / 4).for_each(|line| prefetch(&line[0]));
            }
            Self::Narrow(bytes) => {
                let list = &bytes[node as usize * DEGREE * 3..][..DEGREE * 3];
                prefetch(&list[0]);
                // Lists begin at a line, or in the middle of one.
                prefetch(&list[LINE]);
            }
        }
    }
}

#[inline(always)]
fn unpack(bytes: &[u8], list: &mut [u32; DEGREE]) {
    let (packs, _) = bytes.as_chunks::<{ PACK * 3 }>();
    let (lists, _) = list.as_chunks_mut::<PACK>();
    for (list, pack) in lists.iter_mut().zip(packs) {
        let word = |i: usize| u32::from_le_bytes([pack[i], pack[i + 1], pack[i + 2], pack[i + 3]]);
        let (a, b, c) = (word(0), word(4), word(8));
        *list = [
            a & 0xFF_FFFF,
            a >> 24 | (b & 0xFFFF) << 8,
            b >> 16 | (c & 0xFF) << 16,
            c >> 8,
        ];
    }
}

/// Appends a list as it is kept in some bytes a neighbour.
pub(crate) fn pack(list: &[u32; DEGREE], link_bytes: usize, out: &mut Vec<u8>) {
    for link in list {
        out.extend_from_slice(&link.to_le_bytes()[..link_bytes]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_come_back(links in prop::collection::vec(0..0xFF_FFFFu32, 1..4 * DEGREE)) {
            let lists = links.chunks_exact(DEGREE).map(|list| list.try_into().unwrap());
            let lists: Vec<[u32; DEGREE]> = lists.chain([[NONE; DEGREE]]).collect();
            let (mut narrow, mut wide) = (Vec::new(), Vec::new());
            for list in &lists {
                pack(list, 3, &mut narrow);
                pack(list, 4, &mut wide);
            }
            let wide = wide.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes));
            let wide: Vec<u32> = wide.collect();
            let (narrow, wide) = (Links::Narrow(&narrow), Links::Wide(&wide, DEGREE));
            prop_assert_eq!((narrow.len(), wide.len()), (lists.len(), lists.len()));
            for (node, list) in (0..).zip(&lists) {
                let mut room = [0; DEGREE];
                prop_assert_eq!(wide.list(node, &mut room), list);
                prop_assert_eq!(narrow.list(node, &mut room), list.map(|link| link & 0xFF_FFFF));
                narrow.prefetch(node);
                wide.prefetch(node);
            }
        }
    }

    #[test]
    fn what_is_no_node_is_none_in_three_bytes_either() {
        assert_eq!(link_bytes(NARROW_BELOW - 1), 3);
        assert!(NARROW_BELOW as u32 <= NONE & 0xFF_FFFF);
        assert_eq!(link_bytes(NARROW_BELOW), 4);
    }
}
