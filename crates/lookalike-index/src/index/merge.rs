//! Several segments made into one.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::living::{Living, segment_path};
use crate::graph::Row;
use crate::{GraphOptions, GraphSegment, GraphWriter, Result, Space};
use lookalike_store::{Segment, tasks};

/// So many segments of about a size become one.
const FAN: usize = 4;
/// A segment is made anew when this part of it is deleted.
const DEAD_PART: usize = 4;

/// A merge on its way.
#[derive(Debug)]
pub(crate) struct Merge {
    /// The number of the segment that comes.
    pub(crate) number: u64,
    /// The segments that it replaces, as they were at the start.
    pub(crate) inputs: Vec<Living>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<GraphSegment>>>,
}

impl Merge {
    /// Begins to merge on another thread.
    pub(crate) fn start(
        folder: &Path,
        number: u64,
        space: Space,
        inputs: Vec<Living>,
        options: GraphOptions,
    ) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (copy, told) = (inputs.clone(), stop.clone());
        let path = folder.to_owned();
        let work = move || {
            tasks::go_last();
            merge(&path, number, space, &copy, &[], &options, &told)
        };
        let thread = std::thread::Builder::new()
            .name("merge".into())
            .spawn(work)
            .map_err(lookalike_store::Error::io(folder, "merge the segments of"))?;
        Ok(Self {
            number,
            inputs,
            stop,
            thread: Some(thread),
        })
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Vectors that it works on.
    pub(crate) fn vectors(&self) -> usize {
        self.inputs.iter().map(Living::alive).sum()
    }

    pub(crate) fn replaces(&self, number: u64) -> bool {
        self.inputs.iter().any(|input| input.number == number)
    }

    /// Waits for the segment, from which is deleted what was deleted in `now` meanwhile.
    pub(crate) fn finish(mut self, now: &[Living]) -> Result<(Living, Self)> {
        let thread = self.thread.take();
        let result =
            thread.map_or(
                Err(lookalike_store::Error::Stopped.into()),
                |thread| match thread.join() {
                    Ok(result) => result,
                    Err(panic) => std::panic::resume_unwind(panic),
                },
            );
        let mut merged = Living::new(self.number, result?);
        for input in &self.inputs {
            let Some(now) = now.iter().find(|living| living.number == input.number) else {
                continue;
            };
            for (row, &id) in now.segment.ids().iter().enumerate() {
                if now.is_dead(row)
                    && !input.is_dead(row)
                    && let Some(row) = merged.find(id)
                {
                    merged.kill(row);
                }
            }
        }
        Ok((merged, self))
    }
}

impl Drop for Merge {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What it says no longer matters.
            let _ = thread.join();
        }
    }
}

/// The segments that should become one now, or none.
pub(crate) fn due(segments: &[Living], graph_from: usize) -> Vec<Living> {
    let graphs = segments.iter().filter(|living| living.segment.has_graph());
    let level = |living: &&Living| (living.alive().max(1) / graph_from.max(1)).max(1).ilog2() / 2;
    let mut inputs: Vec<Living> = Vec::new();
    let highest = graphs
        .clone()
        .map(|living| level(&living))
        .max()
        .unwrap_or(0);
    for at in 0..=highest {
        let here: Vec<&Living> = graphs
            .clone()
            .filter(|living| level(living) == at)
            .collect();
        // A merge below brings one more to this level.
        if here.len() + usize::from(!inputs.is_empty()) >= FAN {
            inputs.extend(here.into_iter().cloned());
        } else if !inputs.is_empty() {
            break;
        }
    }
    if inputs.is_empty() {
        let decayed = |living: &&Living| living.dead_count() * DEAD_PART > living.segment.len();
        inputs.extend(graphs.clone().find(decayed).cloned());
    }
    inputs
}

/// Writes the living vectors of `inputs`, and `fresh` ones, as one segment.
pub(crate) fn merge(
    folder: &Path,
    number: u64,
    space: Space,
    inputs: &[Living],
    fresh: &[(u64, Row<'_>)],
    options: &GraphOptions,
    stop: &AtomicBool,
) -> Result<GraphSegment> {
    let mut writer = GraphWriter::create(&segment_path(folder, number), space, "")?;
    let mut cursors: Vec<_> = inputs.iter().map(|living| (living, 0)).collect();
    let mut fresh = fresh.iter().peekable();
    loop {
        let next_fresh = fresh.peek().map(|&&(id, _)| id);
        let mut least = next_fresh.map(|id| (id, None));
        for (i, (living, row)) in cursors.iter_mut().enumerate() {
            let ids = living.segment.ids();
            while *row < ids.len() && living.is_dead(*row) {
                *row += 1;
            }
            if let Some(&id) = ids.get(*row)
                && least.is_none_or(|(other, _)| id < other)
            {
                least = Some((id, Some(i)));
            }
        }
        match least {
            None => return writer.finish_unless(options, stop),
            Some((id, Some(i))) => {
                let (living, row) = &mut cursors[i];
                writer.push_row(id, living.segment.row(*row))?;
                *row += 1;
            }
            Some((id, None)) => {
                if let Some(&(_, row)) = fresh.next() {
                    writer.push_row(id, row)?;
                }
            }
        }
    }
}
