//! Groups of vectors, so many as there are.
//!
//! A pair inside a group earns its cosine minus the `least`; what is maximised is the sum over all
//! pairs inside groups. That is the constant Potts model (Traag, Van Dooren, Nesterov: Narrow scope
//! for resolution-limit-free community detection, Physical Review E 84, 2011, equation 11) on the
//! graph in which every pair is joined by its cosine, with `least` as the resolution. So, at a
//! maximum, any two parts of a group are on average at least that much alike, and any two groups
//! less: a chain of pictures, each like the next, does not join what lies at its ends, and no number
//! of groups has to be chosen. The sum over all pairs costs no more than that over a few, as the
//! cosines of a vector with all of a group add up to its product with their sum.
//!
//! The maximum is sought by moving single vectors, then whole groups, while that gains anything
//! (Blondel and others: Fast unfolding of communities in large networks, 2008, section 2), those
//! first whose surroundings have changed (Traag, Waltman, Van Eck: From Louvain to Leiden, 2019,
//! section 2.2 of the supplement), and then single vectors again (Rotta, Noack: Multilevel local
//! search algorithms for modularity clustering, 2011). The order is fixed.
//! A vector only moves to the groups of its neighbours, so a gain may be missed that no neighbour
//! shows.

use lookalike_index::ByteVectors;
use std::collections::VecDeque;

/// What is nearest comes together first: so much of the way from the least cosine to 1 is asked for
/// at first, and then less.
const TIGHTER: [f32; 4] = [0.6, 0.4, 0.2, 0.0];
/// Times that groups of groups are taken apart again.
const ROUNDS: usize = 10;
/// A move must gain so much for each pair that it concerns: less is rounding.
const LEAST_GAIN: f32 = 1e-5;
/// Moves for each vector after which a level ends, whatever could still be gained.
const MOST_MOVES: usize = 50;
const LANES: usize = 16;

/// Which vectors may be in one group: for each the others that are near, ascending.
pub(super) type Links = Vec<Vec<u32>>;

/// The group of each vector; groups are numbered by their first vectors.
pub(super) fn groups(vectors: &ByteVectors, links: &Links, least: f32) -> Vec<u32> {
    let single = Nodes::single(vectors);
    let labels = (0..vectors.len() as u32).collect();
    TIGHTER.iter().fold(labels, |labels, tighter| {
        regrouped(&single, links, least + tighter * (1.0 - least), labels)
    })
}

/// Better groups than these, as far as moves make them better.
fn regrouped(single: &Nodes<'_>, links: &Links, least: f32, mut labels: Vec<u32>) -> Vec<u32> {
    for _ in 0..ROUNDS {
        let mut groups = Groups::of(single, &labels, least);
        let moved = groups.improve(links);
        labels = renumbered(&groups.labels);
        if !moved {
            break;
        }
        // Groups of groups, until no two belong together.
        loop {
            let nodes = single.gathered(&labels);
            let links = links_between(links, &labels, nodes.len());
            let all: Vec<u32> = (0..nodes.len() as u32).collect();
            let mut groups = Groups::of(&nodes, &all, least);
            if !groups.improve(&links) {
                break;
            }
            let above = renumbered(&groups.labels);
            for label in &mut labels {
                *label = above[*label as usize];
            }
        }
    }
    labels
}

/// Labels 0, 1 and so on, by first occurrence.
fn renumbered(labels: &[u32]) -> Vec<u32> {
    let mut numbers = vec![u32::MAX; labels.len()];
    let mut next = 0;
    let number = |&label: &u32| {
        let number = &mut numbers[label as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        *number
    };
    labels.iter().map(number).collect()
}

/// The links between groups.
fn links_between(links: &Links, labels: &[u32], count: usize) -> Links {
    let mut between = vec![Vec::new(); count];
    for (links, &label) in links.iter().zip(labels) {
        let others = links.iter().map(|&other| labels[other as usize]);
        between[label as usize].extend(others.filter(|&other| other != label));
    }
    for links in &mut between {
        links.sort_unstable();
        links.dedup();
    }
    between
}

/// What is moved: vectors, or groups of them as one.
struct Nodes<'a> {
    vectors: &'a ByteVectors,
    /// Of each node the first vector.
    first: Vec<u32>,
    /// Of each node how many vectors it stands for.
    weights: Vec<u32>,
    /// Of each node the sum of its vectors; empty where there is only the first, to save memory.
    sums: Vec<Vec<f32>>,
}

impl<'a> Nodes<'a> {
    fn single(vectors: &'a ByteVectors) -> Self {
        let count = vectors.len();
        Self {
            vectors,
            first: (0..count as u32).collect(),
            weights: vec![1; count],
            sums: vec![Vec::new(); count],
        }
    }

    fn len(&self) -> usize {
        self.first.len()
    }

    /// A node for each group of these nodes.
    fn gathered(&self, labels: &[u32]) -> Self {
        let count = labels.iter().max().map_or(0, |&last| last as usize + 1);
        let mut groups = Self {
            vectors: self.vectors,
            first: vec![0; count],
            weights: vec![0; count],
            sums: vec![Vec::new(); count],
        };
        let mut vector = Vec::new();
        for (node, &label) in labels.iter().enumerate() {
            let group = label as usize;
            if groups.weights[group] == 0 {
                groups.first[group] = self.first[node];
                groups.sums[group].clone_from(&self.sums[node]);
            } else {
                if groups.sums[group].is_empty() {
                    let first = groups.first[group] as usize;
                    self.vectors.read(first, &mut groups.sums[group]);
                }
                self.read(node, &mut vector);
                add(&mut groups.sums[group], 1.0, &vector);
            }
            groups.weights[group] += self.weights[node];
        }
        groups
    }

    fn read(&self, node: usize, out: &mut Vec<f32>) {
        if self.sums[node].is_empty() {
            self.vectors.read(self.first[node] as usize, out);
        } else {
            out.clone_from(&self.sums[node]);
        }
    }
}

/// Nodes in groups.
struct Groups<'a> {
    nodes: &'a Nodes<'a>,
    least: f32,
    labels: Vec<u32>,
    groups: Vec<Group>,
    /// Groups without a node.
    empty: Vec<u32>,
}

#[derive(Clone, Default)]
struct Group {
    nodes: u32,
    weight: u32,
    /// The only node, where there is no sum.
    sole: u32,
    /// The sum of the nodes; empty where there is at most one, to save memory.
    sum: Vec<f32>,
}

impl<'a> Groups<'a> {
    fn of(nodes: &'a Nodes<'a>, labels: &[u32], least: f32) -> Self {
        let mut groups = Self {
            nodes,
            least,
            labels: vec![0; nodes.len()],
            groups: vec![Group::default(); nodes.len()],
            empty: Vec::new(),
        };
        let mut vector = Vec::new();
        for (node, &label) in labels.iter().enumerate() {
            nodes.read(node, &mut vector);
            groups.enter(node, label, &vector);
        }
        let without = |group: &u32| groups.groups[*group as usize].nodes == 0;
        groups.empty = (0..nodes.len() as u32).rev().filter(without).collect();
        groups
    }

    /// Moves nodes while that gains anything; whether any was moved.
    fn improve(&mut self, links: &Links) -> bool {
        let count = self.nodes.len();
        let mut queue: VecDeque<u32> = (0..count as u32).collect();
        let mut queued = vec![true; count];
        let (mut vector, mut other) = (Vec::new(), Vec::new());
        let mut moves = 0;
        while let Some(node) = queue.pop_front() {
            queued[node as usize] = false;
            let links = &links[node as usize];
            let mut near: Vec<u32> = links.iter().map(|&l| self.labels[l as usize]).collect();
            near.sort_unstable();
            near.dedup();
            if near.is_empty() || moves > count.saturating_mul(MOST_MOVES) {
                continue;
            }
            let own = self.labels[node as usize];
            self.nodes.read(node as usize, &mut vector);
            self.leave(node as usize, &vector);
            // Alone nothing is gained; nor is anything lost.
            let stay = self.gain(node as usize, own, &vector, &mut other);
            let (mut best, mut most) = (own, stay);
            for group in near.into_iter().filter(|&group| group != own) {
                let gain = self.gain(node as usize, group, &vector, &mut other);
                if gain > most + self.rounding(node as usize, group) {
                    (best, most) = (group, gain);
                }
            }
            if most < -self.rounding(node as usize, own) {
                best = self.empty.last().copied().unwrap_or(own);
            }
            self.enter(node as usize, best, &vector);
            if best == own {
                continue;
            }
            moves += 1;
            for &link in links {
                let elsewhere = self.labels[link as usize] != best;
                if elsewhere && !std::mem::replace(&mut queued[link as usize], true) {
                    queue.push_back(link);
                }
            }
        }
        moves > 0
    }

    /// What it gains to add a node that is in no group to this one.
    fn gain(&self, node: usize, group: u32, vector: &[f32], other: &mut Vec<f32>) -> f32 {
        let group = &self.groups[group as usize];
        let pairs = self.nodes.weights[node] as f32 * group.weight as f32;
        let cosines = match group.nodes {
            0 => 0.0,
            _ if group.sum.is_empty() => {
                self.nodes.read(group.sole as usize, other);
                dot(vector, other)
            }
            _ => dot(vector, &group.sum),
        };
        cosines - self.least * pairs
    }

    /// Less than this is no gain.
    fn rounding(&self, node: usize, group: u32) -> f32 {
        let weight = self.groups[group as usize].weight.max(1);
        LEAST_GAIN * self.nodes.weights[node] as f32 * weight as f32
    }

    fn leave(&mut self, node: usize, vector: &[f32]) {
        let label = self.labels[node];
        let group = &mut self.groups[label as usize];
        group.nodes -= 1;
        group.weight -= self.nodes.weights[node];
        if group.nodes == 0 {
            group.sum = Vec::new();
            self.empty.push(label);
        } else {
            add(&mut group.sum, -1.0, vector);
        }
    }

    fn enter(&mut self, node: usize, label: u32, vector: &[f32]) {
        let group = &mut self.groups[label as usize];
        if group.nodes == 0 {
            group.sole = node as u32;
            if self.empty.last() == Some(&label) {
                self.empty.pop();
            }
        } else {
            if group.sum.is_empty() {
                self.nodes.read(group.sole as usize, &mut group.sum);
            }
            add(&mut group.sum, 1.0, vector);
        }
        group.nodes += 1;
        group.weight += self.nodes.weights[node];
        self.labels[node] = label;
    }
}

fn add(sum: &mut [f32], times: f32, vector: &[f32]) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += times * value;
    }
}

/// The scalar product, added up in a fixed order.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_body, a_tail) = a.as_chunks::<LANES>();
    let (b_body, b_tail) = b.as_chunks::<LANES>();
    let mut sums = [0f32; LANES];
    for (x, y) in a_body.iter().zip(b_body) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let tail: f32 = a_tail.iter().zip(b_tail).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use lookalike_index::PairOptions;
    use lookalike_store::Random;

    const DIM: usize = 24;
    const LEAST: f32 = 0.6;

    /// A vector near an axis, or between two of them where `share` is not 0.
    fn near(axes: (usize, usize), share: f32, noise: f32, random: &mut Random) -> Vec<f32> {
        let mut vector: Vec<f32> = (0..DIM)
            .map(|_| noise * (2.0 * random.unit() - 1.0))
            .collect();
        vector[axes.0] += 1.0 - share;
        vector[axes.1] += share;
        vector
    }

    fn grouped(rows: &[Vec<f32>], k: usize, least: f32) -> Vec<u32> {
        let mut vectors = ByteVectors::new(DIM);
        rows.iter().for_each(|row| vectors.push(row).unwrap());
        let options = PairOptions {
            k,
            min_score: least,
            ..PairOptions::default()
        };
        let mut links: Links = vec![Vec::new(); rows.len()];
        for (a, near) in vectors.neighbors(&options).into_iter().enumerate() {
            for neighbor in near {
                links[a].push(neighbor.id as u32);
                links[neighbor.id as usize].push(a as u32);
            }
        }
        groups(&vectors, &links, least)
    }

    #[test]
    fn blobs_are_found_whatever_their_number_and_order() {
        for blobs in [1, 3, 20] {
            let mut random = Random::new(blobs as u64);
            // Far more in each than a vector has neighbours.
            let rows: Vec<_> = (0..blobs * 50)
                .map(|i| near((i % blobs, 0), 0.0, 0.1, &mut random))
                .collect();
            let expected: Vec<u32> = (0..rows.len()).map(|i| (i % blobs) as u32).collect();
            assert_eq!(grouped(&rows, 8, LEAST), expected, "{blobs}");
        }
    }

    #[test]
    fn a_chain_does_not_join_its_ends() {
        let mut random = Random::new(5);
        let mut rows: Vec<_> = (0..40)
            .map(|i| near((i % 2, 0), 0.0, 0.05, &mut random))
            .collect();
        for step in 1..20 {
            rows.push(near((0, 1), step as f32 / 20.0, 0.0, &mut random));
        }
        let labels = grouped(&rows, 8, LEAST);
        for (i, &label) in labels[..40].iter().enumerate() {
            assert_eq!(label, (i % 2) as u32);
        }
        // Single linkage would have joined all.
        let options = PairOptions {
            k: 1,
            ..PairOptions::default()
        };
        let mut vectors = ByteVectors::new(DIM);
        rows.iter().for_each(|row| vectors.push(row).unwrap());
        let steps = vectors.neighbors(&options);
        assert!(steps.iter().all(|near| near[0].score > 0.95));
    }

    #[test]
    fn few_and_equal_vectors() {
        assert_eq!(grouped(&[], 8, LEAST), [0u32; 0]);
        let mut random = Random::new(1);
        let one = near((0, 0), 0.0, 0.1, &mut random);
        assert_eq!(grouped(std::slice::from_ref(&one), 8, LEAST), [0]);
        assert_eq!(grouped(&vec![one.clone(); 70], 8, 0.99), [0; 70]);
        let strangers: Vec<_> = (0..DIM)
            .map(|axis| near((axis, axis), 0.0, 0.0, &mut random))
            .collect();
        let alone: Vec<u32> = (0..DIM as u32).collect();
        assert_eq!(grouped(&strangers, 8, LEAST), alone);
    }

    #[test]
    fn no_two_groups_and_no_vector_would_gain_by_a_move() {
        let mut random = Random::new(4);
        let rows: Vec<_> = (0..300)
            .map(|i| near((i % 7, (i * i) % 11), 0.3, 0.25, &mut random))
            .collect();
        let least = 0.5;
        let all = rows.len();
        let labels = grouped(&rows, all, least);
        assert_eq!(labels, grouped(&rows, all, least));
        let mut vectors = ByteVectors::new(DIM);
        rows.iter().for_each(|row| vectors.push(row).unwrap());
        let count = labels.iter().max().unwrap() + 1;
        assert!((5..60).contains(&count), "{count}");
        let of = |label| (0..rows.len()).filter(|&i| labels[i] == label).collect();
        let members: Vec<Vec<usize>> = (0..count).map(of).collect();
        let mean = |a: &[usize], b: &[usize]| {
            let pairs = a.iter().flat_map(|&i| b.iter().map(move |&j| (i, j)));
            let pairs: Vec<_> = pairs.filter(|(i, j)| i != j).collect();
            let sum: f32 = pairs.iter().map(|&(i, j)| vectors.cosine(i, j)).sum();
            sum / pairs.len().max(1) as f32
        };
        for (i, a) in members.iter().enumerate() {
            assert!(a.len() == 1 || mean(a, a) >= least - 1e-3);
            for b in &members[..i] {
                assert!(mean(a, b) < least + 1e-3, "{a:?} {b:?}");
            }
        }
    }
}
