//! How the links of a graph come into being.
//!
//! Nodes enter in batches, each as large as all before it and at most a fiftieth of all. The nodes
//! of a batch search the graph as it was before the batch, choose their neighbours, and then are
//! entered with the neighbours chosen (Dobson and others: Scaling Graph-Based ANNS Algorithms to
//! Billion-Size Datasets, 2023, algorithm 3). So the links do not depend on the number of threads.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use fearless_simd::Level;

use super::links::{DEGREE, Links, NONE};
use super::memory::Scattered;
use super::prune::Pruner;
use super::walk::{Paths, Walker};
use super::wide::WideCodes;
use lookalike_store::tasks;

/// Neighbours that a node may have while the graph grows; beyond it they are pruned.
const SLACK: usize = 48;
/// Nodes that one task looks after.
const NODES_PER_TASK: usize = 32;
/// A batch is at most this part of all nodes.
const BATCHES: usize = 50;
const SMALLEST_BATCH: usize = 256;

/// How a graph is built.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Cache lines of a code.
    pub(crate) lines: usize,
    /// Nodes where searches begin.
    pub(crate) pivots: usize,
    /// Width of the searches for neighbours.
    pub(crate) width: usize,
    pub(crate) alpha: f32,
}

/// Finds the links of all nodes whose codes are given, [`DEGREE`] for each; `None` if told to
/// `stop` before the end.
pub(crate) fn links(
    level: Level,
    threads: usize,
    codes: &[i16],
    wide: &WideCodes,
    shape: Shape,
    stop: &AtomicBool,
) -> std::io::Result<Option<Scattered<u32>>> {
    let count = wide.len();
    let mut links = Scattered::zeroed(count * SLACK)?;
    links.as_mut().fill(NONE);
    let mut growth = Growth {
        level,
        threads,
        codes,
        wide,
        shape,
        links,
        workers: Mutex::default(),
    };
    let largest = SMALLEST_BATCH.max(count / BATCHES);
    let mut start = 0;
    while start < count {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let end = count.min(start + start.clamp(1, largest));
        growth.enter(start..end);
        start = end;
    }
    growth.finish().map(Some)
}

/// A graph that grows.
struct Growth<'a> {
    level: Level,
    threads: usize,
    codes: &'a [i16],
    wide: &'a WideCodes,
    shape: Shape,
    links: Scattered<u32>,
    workers: Mutex<Vec<Worker>>,
}

/// The memory of a thread.
#[derive(Default)]
struct Worker {
    walker: Walker,
    pruner: Pruner,
    candidates: Vec<u32>,
}

impl Growth<'_> {
    /// Enters a batch into the graph of the nodes before it.
    fn enter(&mut self, batch: Range<usize>) {
        let chosen = self.choose(batch.clone());
        let lists = chosen.chunks_exact(DEGREE);
        for (node, list) in batch.clone().zip(lists) {
            self.list_mut(node)[..DEGREE].copy_from_slice(list);
            self.list_mut(node)[DEGREE..].fill(NONE);
        }
        let lists = chosen.chunks_exact(DEGREE);
        let mut back: Vec<(u32, u32)> = Vec::new();
        for (node, list) in (batch.start as u32..).zip(lists) {
            let targets = list.iter().take_while(|&&target| target != NONE);
            back.extend(targets.map(|&target| (target, node)));
        }
        back.sort_unstable();
        self.link_back(&back);
    }

    fn list_mut(&mut self, node: usize) -> &mut [u32] {
        &mut self.links.as_mut()[node * SLACK..][..SLACK]
    }

    /// The neighbours of the nodes of a batch.
    fn choose(&self, batch: Range<usize>) -> Vec<u32> {
        let known = batch.start;
        let paths = Paths {
            codes: self.codes,
            lines: self.shape.lines,
            links: Links::Wide(&self.links.as_ref()[..known * SLACK], SLACK),
            pivots: self.shape.pivots.min(known),
        };
        let tasks = batch.len().div_ceil(NODES_PER_TASK);
        let parts = tasks::run(self.threads, tasks, |i| {
            let start = batch.start + i * NODES_PER_TASK;
            let end = batch.end.min(start + NODES_PER_TASK);
            self.with_worker(|worker| {
                let mut chosen = Vec::with_capacity((end - start) * DEGREE);
                for node in start as u32..end as u32 {
                    self.choose_one(worker, &paths, node);
                    let filled = chosen.len() + DEGREE;
                    chosen.extend_from_slice(&worker.candidates);
                    chosen.resize(filled, NONE);
                }
                chosen
            })
        });
        parts.concat()
    }

    fn choose_one(&self, worker: &mut Worker, paths: &Paths<'_>, node: u32) {
        let (whole, step) = self.wide.row(node);
        worker.walker.query.set_whole(whole, step, self.shape.lines);
        let found = worker.walker.walk(self.level, paths, self.shape.width);
        let candidates = &mut worker.candidates;
        candidates.clear();
        candidates.extend(found.iter().map(|near| near.node()));
        let rule = (DEGREE, self.shape.alpha);
        worker
            .pruner
            .prune(self.level, self.wide, node, candidates, rule);
    }

    /// Adds links, sorted by the node from which they go.
    fn link_back(&mut self, back: &[(u32, u32)]) {
        let mut links = std::mem::replace(&mut self.links, Scattered::empty());
        let parts = parts(links.as_mut(), back);
        tasks::run(self.threads, parts.len(), |i| {
            let mut part = parts[i].lock().unwrap_or_else(PoisonError::into_inner);
            let Part { links, first, back } = &mut *part;
            self.with_worker(|worker| {
                for group in back.chunk_by(|a, b| a.0 == b.0) {
                    let node = group[0].0;
                    let list = &mut links[(node - *first) as usize * SLACK..][..SLACK];
                    self.add(worker, node, list, group);
                }
            });
        });
        drop(parts);
        self.links = links;
    }

    fn add(&self, worker: &mut Worker, node: u32, list: &mut [u32], new: &[(u32, u32)]) {
        let candidates = &mut worker.candidates;
        candidates.clear();
        candidates.extend(list.iter().filter(|&&other| other != NONE));
        // The nodes of a batch are new to those before it.
        candidates.extend(new.iter().map(|&(_, from)| from));
        if candidates.len() > SLACK {
            let rule = (DEGREE, self.shape.alpha);
            worker
                .pruner
                .prune(self.level, self.wide, node, candidates, rule);
        }
        write_list(list, candidates);
    }

    /// Prunes what is left over.
    fn finish(self) -> std::io::Result<Scattered<u32>> {
        let mut links = Scattered::zeroed(self.wide.len() * DEGREE)?;
        let rule = (DEGREE, self.shape.alpha);
        let tasks = self.wide.len().div_ceil(NODES_PER_TASK);
        let old = self.links.as_ref();
        let parts = tasks::run(self.threads, tasks, |i| {
            let start = i * NODES_PER_TASK;
            let end = self.wide.len().min(start + NODES_PER_TASK);
            self.with_worker(|worker| {
                let mut lists = vec![NONE; (end - start) * DEGREE];
                for (node, list) in (start..end).zip(lists.chunks_exact_mut(DEGREE)) {
                    let old = &old[node * SLACK..][..SLACK];
                    let candidates = &mut worker.candidates;
                    candidates.clear();
                    candidates.extend(old.iter().filter(|&&other| other != NONE));
                    if candidates.len() > DEGREE {
                        worker
                            .pruner
                            .prune(self.level, self.wide, node as u32, candidates, rule);
                    }
                    write_list(list, candidates);
                }
                lists
            })
        });
        for (to, part) in links
            .as_mut()
            .chunks_mut(NODES_PER_TASK * DEGREE)
            .zip(parts)
        {
            to.copy_from_slice(&part);
        }
        Ok(links)
    }

    fn with_worker<T>(&self, work: impl FnOnce(&mut Worker) -> T) -> T {
        let idle = || self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut worker = idle().pop().unwrap_or_default();
        let result = work(&mut worker);
        idle().push(worker);
        result
    }
}

fn write_list(list: &mut [u32], nodes: &[u32]) {
    list[..nodes.len()].copy_from_slice(nodes);
    list[nodes.len()..].fill(NONE);
}

/// Some nodes, and the links to be added to them.
struct Part<'a> {
    links: &'a mut [u32],
    /// The node of the first list.
    first: u32,
    back: &'a [(u32, u32)],
}

/// Links to be added per part.
const BACK_PER_PART: usize = 1024;

/// Cuts the work where one node ends and the next begins.
fn parts<'a>(mut links: &'a mut [u32], mut back: &'a [(u32, u32)]) -> Vec<Mutex<Part<'a>>> {
    let mut parts = Vec::new();
    let mut first = 0;
    while !back.is_empty() {
        let last = back[back.len().min(BACK_PER_PART) - 1].0;
        let (now, later) = back.split_at(back.partition_point(|&(node, _)| node <= last));
        let (mine, others) = links.split_at_mut((last + 1 - first) as usize * SLACK);
        parts.push(Mutex::new(Part {
            links: mine,
            first,
            back: now,
        }));
        (links, back, first) = (others, later, last + 1);
    }
    parts
}
