//! Numbering the nodes so that those met together lie together.

use super::links::{DEGREE, NONE};

/// The nodes in the order in which a search from the first `pivots` of them would meet them,
/// breadth first: these first, then their neighbours, and so on; what is never met comes last.
pub(crate) fn breadth_first(links: &[u32], pivots: usize) -> Vec<u32> {
    let count = links.len() / DEGREE;
    let mut met = vec![false; count];
    let mut order = Vec::with_capacity(count);
    let mut meet = |node: u32, order: &mut Vec<u32>| {
        if !std::mem::replace(&mut met[node as usize], true) {
            order.push(node);
        }
    };
    (0..pivots as u32).for_each(|pivot| meet(pivot, &mut order));
    let mut at = 0;
    for rest in 0..count as u32 {
        while let Some(&node) = order.get(at) {
            at += 1;
            let links = &links[node as usize * DEGREE..][..DEGREE];
            for &other in links.iter().take_while(|&&other| other != NONE) {
                meet(other, &mut order);
            }
        }
        meet(rest, &mut order);
    }
    order
}

/// Where each node stands in an order.
pub(crate) fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &node) in (0u32..).zip(order) {
        places[node as usize] = place;
    }
    places
}
