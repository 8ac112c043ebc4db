//! The one writer of a store.

use crate::ledger::missing;
use crate::merge::{self, Merge};
use crate::tiers::Size;
use crate::{Change, Error, Ledger, Living, Segment, Tiers, open_all};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where there are more segments than this, a writer that merges in the background waits: a search
/// looks into each.
const CROWDED: usize = 32;

/// A kind of segments: how they come into being.
pub trait Kind: Send + Sync + 'static {
    /// The files.
    type Segment: Segment;
    /// Records that are in no segment yet.
    type Fresh: std::fmt::Debug;
    /// What can go wrong.
    type Error: From<Error> + std::fmt::Debug + Send;

    /// When segments are merged.
    fn tiers(&self) -> Tiers;

    /// Number of fresh records.
    fn count(&self, fresh: &Self::Fresh) -> usize;

    /// Writes the living records of `segments`, which may be none, and the fresh ones, as one segment.
    /// When this returns it is on the disk under its name, and survives a power cut.
    ///
    /// # Errors
    /// [`Error::Stopped`] where it was told to stop; damage, and those of the system. Nothing is left
    /// behind then.
    fn write(
        &self,
        path: &Path,
        segments: &[Living<Self::Segment>],
        fresh: Option<&Self::Fresh>,
        stop: &AtomicBool,
    ) -> Result<Self::Segment, Self::Error>;
}

/// What a log-structured store consists of, for the one who writes to it.
///
/// Fresh records are sealed into immutable segments ([`commit`](Self::commit)), which are merged by
/// size, at once ([`merge`](Self::merge)) or in the background
/// ([`merge_behind`](Self::merge_behind)). What is deleted stays in its segment, marked, until that
/// is merged. Which segments count, and what is deleted in them, says a [`Ledger`].
#[derive(Debug)]
pub struct Store<K: Kind, L> {
    kind: Arc<K>,
    ledger: L,
    segments: Vec<Living<K::Segment>>,
    /// Whether something was deleted since the last commit.
    deleted: bool,
    /// The merges on their way, of different segments.
    merges: Vec<Merge<K>>,
}

impl<K: Kind, L: Ledger> Store<K, L>
where
    L::Error: From<K::Error>,
{
    /// Opens all segments. Whoever calls this makes sure that there is no other writer.
    ///
    /// # Errors
    /// As [`open_all`]; [`Error::Missing`] where a segment is gone.
    pub fn open(kind: K, ledger: L) -> Result<Self, L::Error> {
        let segments = open_all(&ledger, &[])?;
        Ok(Self {
            segments: segments.ok_or_else(|| Error::Missing {
                path: ledger.folder().path().to_owned(),
            })?,
            kind: Arc::new(kind),
            ledger,
            deleted: false,
            merges: Vec::new(),
        })
    }

    /// How segments come into being.
    pub fn kind(&self) -> &K {
        &self.kind
    }

    /// Who names the segments.
    pub fn ledger(&self) -> &L {
        &self.ledger
    }

    /// The segments, with what was deleted in them since the last commit.
    pub fn segments(&self) -> &[Living<K::Segment>] {
        &self.segments
    }

    /// Whether there is a record of this id in a segment.
    pub fn contains(&self, id: u64) -> bool {
        self.segments.iter().any(|s| s.find(id).is_some())
    }

    /// Deletes a record in a segment, from the next commit on; says whether there was one.
    pub fn delete(&mut self, id: u64) -> bool {
        let mut before = false;
        for living in &mut self.segments {
            if let Some(row) = living.find(id) {
                living.kill(row);
                self.deleted = true;
                before = true;
            }
        }
        before
    }

    /// Makes a segment of the fresh records, if there are any, and makes it count, together with
    /// what was deleted and what merges in the background have finished.
    ///
    /// # Errors
    /// Those of writing and of the ledger: nothing counts then, and one can try again.
    pub fn commit(&mut self, fresh: Option<&K::Fresh>) -> Result<(), L::Error> {
        let finished: Vec<Merge<K>> = self.merges.extract_if(.., |m| m.is_finished()).collect();
        self.commit_with(fresh, finished)
    }

    /// Begins to merge what is due, on threads that let all others go first. Where records come
    /// faster than they can be merged it waits, so that searches stay quick.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn merge_behind(&mut self) -> Result<(), L::Error> {
        self.start_merges()?;
        while self.segments.len() > CROWDED && !self.merges.is_empty() {
            self.wait()?;
        }
        Ok(())
    }

    /// Waits until no merge is on its way or due.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn settle(&mut self) -> Result<(), L::Error> {
        self.start_merges()?;
        while !self.merges.is_empty() {
            self.wait()?;
        }
        Ok(())
    }

    /// Merges what is due, one after the other, until nothing is, or told to stop.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn merge(&mut self, stop: &AtomicBool) -> Result<(), L::Error> {
        loop {
            let due = self.due();
            if due.is_empty() || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            match self.replace(&due, stop) {
                Err(_) if stop.load(Ordering::Relaxed) => return Ok(()),
                result => result?,
            }
        }
    }

    /// Makes one segment of all, without what was deleted: the fastest to search.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn merge_all(&mut self) -> Result<(), L::Error> {
        self.settle()?;
        let whole = self.segments.iter().all(|living| living.dead_count() == 0);
        if self.segments.len() > 1 || !whole {
            let all: Vec<usize> = (0..self.segments.len()).collect();
            self.replace(&all, &AtomicBool::new(false))?;
        }
        Ok(())
    }

    /// Takes the merges that are done; where none is, waits for the smallest.
    fn wait(&mut self) -> Result<(), L::Error> {
        if self.merges.iter().any(Merge::is_finished) {
            self.commit(None)?;
            return self.start_merges();
        }
        let sizes = self.merges.iter().map(Merge::records).enumerate();
        let smallest = sizes.min_by_key(|&(_, size)| size);
        let smallest = smallest.map(|(at, _)| self.merges.swap_remove(at));
        self.commit_with(None, smallest.into_iter().collect())?;
        self.start_merges()
    }

    /// The segments that should become one now, but for those that are being merged.
    fn due(&self) -> Vec<usize> {
        let idle: Vec<usize> = (0..self.segments.len())
            .filter(|&i| !self.is_merging(&self.segments[i]))
            .collect();
        let size = |&i: &usize| Size {
            records: self.segments[i].segment().ids().len(),
            alive: self.segments[i].alive(),
        };
        let sizes: Vec<Size> = idle.iter().map(size).collect();
        let due = self.kind.tiers().due(&sizes);
        due.into_iter().map(|i| idle[i]).collect()
    }

    fn start_merges(&mut self) -> Result<(), L::Error> {
        loop {
            let due = self.due();
            if due.is_empty() {
                return Ok(());
            }
            let inputs = due.iter().map(|&i| self.segments[i].clone()).collect();
            let number = self.ledger.next_number()?;
            let path = self.ledger.file(number);
            let merge = Merge::start(self.kind.clone(), number, &path, inputs)?;
            self.merges.push(merge);
        }
    }

    /// Merges some segments now.
    fn replace(&mut self, which: &[usize], stop: &AtomicBool) -> Result<(), L::Error> {
        let inputs: Vec<_> = which.iter().map(|&i| self.segments[i].clone()).collect();
        let mut after = self.segments.clone();
        after.retain(|living| inputs.iter().all(|input| input.number() != living.number()));
        if inputs.iter().any(|input| input.alive() > 0) {
            after.push(self.write(&inputs, None, stop)?);
        }
        self.publish(after, false)
    }

    fn commit_with(
        &mut self,
        fresh: Option<&K::Fresh>,
        finished: Vec<Merge<K>>,
    ) -> Result<(), L::Error> {
        let fresh = fresh.filter(|fresh| self.kind.count(fresh) > 0);
        if finished.is_empty() && fresh.is_none() && !self.deleted {
            return Ok(());
        }
        let finish = |merge: Merge<K>| merge.finish(&self.segments);
        let merged: Vec<_> = finished.into_iter().map(finish).collect::<Result<_, _>>()?;
        let mut after = self.segments.clone();
        for (living, merge) in merged {
            after.retain(|old| !merge.replaces(old.number()));
            after.push(living);
        }
        after.retain(|living| living.alive() > 0 || self.is_merging(living));
        if let Some(fresh) = fresh {
            let taken = self.take_in(&mut after, self.kind.count(fresh));
            let never = AtomicBool::new(false);
            after.push(self.write(&taken, Some(fresh), &never)?);
        }
        self.publish(after, fresh.is_some())
    }

    /// Removes from `segments` the small ones that go into a new one of so many records.
    fn take_in(
        &self,
        segments: &mut Vec<Living<K::Segment>>,
        mut count: usize,
    ) -> Vec<Living<K::Segment>> {
        let least = self.kind.tiers().taken_in;
        let mut taken = Vec::new();
        let goes = |living: &Living<K::Segment>, count| {
            living.segment().ids().len() < least && living.alive() <= count
        };
        while let Some(at) = segments.iter().rposition(|living| goes(living, count)) {
            count += segments[at].alive();
            taken.push(segments.remove(at));
        }
        taken
    }

    /// Writes a segment that nobody names yet.
    fn write(
        &mut self,
        inputs: &[Living<K::Segment>],
        fresh: Option<&K::Fresh>,
        stop: &AtomicBool,
    ) -> Result<Living<K::Segment>, L::Error> {
        let number = self.ledger.next_number()?;
        let path = self.ledger.file(number);
        let segment = merge::write(&*self.kind, &path, inputs, fresh, stop)?;
        Ok(Living::new(number, segment))
    }

    /// Makes these segments count, and removes the others.
    fn publish(&mut self, after: Vec<Living<K::Segment>>, sealed: bool) -> Result<(), L::Error> {
        self.ledger.publish(&Change {
            before: &self.segments,
            after: &after,
            sealed,
        })?;
        let before = std::mem::replace(&mut self.segments, after);
        self.deleted = false;
        for gone in missing(&before, &self.segments) {
            // Where it cannot be removed now, the next writer will.
            let _ = std::fs::remove_file(self.ledger.file(gone.number()));
        }
        Ok(())
    }

    fn is_merging(&self, living: &Living<K::Segment>) -> bool {
        self.merges
            .iter()
            .any(|merge| merge.replaces(living.number()))
    }
}
