//! Who names the segments.

use crate::{Entry, Error, Living, Segment, SegmentFolder};
use std::path::PathBuf;

/// How often a reader tries anew when a writer takes a segment away under its eyes.
pub const ATTEMPTS: usize = 20;

/// Names the segments that exist: a file, tables of a database. A segment exists when a ledger on
/// the disk names it, and whatever it names is whole: the order is always write the segment, bring
/// it and its folder safely to the disk, change the ledger, and only then remove what was replaced.
/// A crash leaves at most a file that no ledger names, which the next writer removes.
pub trait Ledger {
    /// What can go wrong.
    type Error: From<Error>;

    /// The segments that exist, in the order in which they were named.
    ///
    /// # Errors
    /// Damage, and those of the system.
    fn entries(&self) -> Result<Vec<Entry>, Self::Error>;

    /// A number that no segment ever had.
    ///
    /// # Errors
    /// Damage, and those of the system.
    fn next_number(&mut self) -> Result<u64, Self::Error>;

    /// Where the segments lie.
    fn folder(&self) -> &SegmentFolder;

    /// The name of the file of a segment.
    fn name(&self, number: u64) -> String;

    /// Where the file of a segment lies.
    fn file(&self, number: u64) -> PathBuf {
        self.folder().file(&self.name(number))
    }

    /// Makes a change count, all of it or nothing. When this returns it survives a power cut.
    ///
    /// # Errors
    /// Those of the system; nothing has changed then.
    fn publish<S: Segment>(&mut self, change: &Change<'_, S>) -> Result<(), Self::Error>;
}

/// What changes at once.
#[derive(Debug)]
pub struct Change<'a, S> {
    pub(crate) before: &'a [Living<S>],
    pub(crate) after: &'a [Living<S>],
    pub(crate) sealed: bool,
}

impl<'a, S: Segment> Change<'a, S> {
    /// All segments that exist from now on, with what is deleted in them.
    pub fn after(&self) -> &'a [Living<S>] {
        self.after
    }

    /// Whether the fresh records are in a segment now.
    pub fn sealed(&self) -> bool {
        self.sealed
    }

    /// The segments that are new.
    pub fn added(&self) -> impl Iterator<Item = &'a Living<S>> {
        missing(self.after, self.before)
    }

    /// The segments that exist no longer.
    pub fn dropped(&self) -> impl Iterator<Item = &'a Living<S>> {
        missing(self.before, self.after)
    }

    /// The ids of deleted records that are in no segment any more.
    pub fn forgotten(&self) -> impl Iterator<Item = u64> {
        self.dropped().flat_map(|living| {
            let ids = living.segment().ids();
            living.dead_rows().map(|row| ids[row])
        })
    }
}

/// Those of `some` that are not among `others`.
pub(crate) fn missing<'a, S: Segment>(
    some: &'a [Living<S>],
    others: &'a [Living<S>],
) -> impl Iterator<Item = &'a Living<S>> {
    let among = |living: &Living<S>| others.iter().any(|o| o.number() == living.number());
    some.iter().filter(move |living| !among(living))
}

/// Opens the segments that a ledger names, but for those that are `known`; `None` where a file is
/// gone because a writer has just replaced it: then the ledger is to be asked again.
///
/// # Errors
/// Those of the ledger and of [`Segment::open`]; [`Error::Header`] where a segment does not have as
/// many records as the ledger says.
pub fn open_all<S: Segment, L: Ledger>(
    ledger: &L,
    known: &[Living<S>],
) -> Result<Option<Vec<Living<S>>>, L::Error> {
    let entries = ledger.entries()?;
    let open = |entry: &Entry| Living::open(&ledger.file(entry.number), entry, known);
    let opened: Option<crate::Result<Vec<_>>> = entries
        .iter()
        .map(|entry| open(entry).transpose())
        .collect();
    Ok(opened.transpose()?)
}

/// Lets go of what a reader no longer searches, and maps what searches of the new segments will
/// read, both on a thread of its own: for a million vectors either takes tens of milliseconds.
pub fn exchange<S: Segment>(old: Vec<Living<S>>, new: &[Living<S>]) {
    let come: Vec<Living<S>> = missing(new, &old).cloned().collect();
    if come.is_empty() && missing(&old, new).next().is_none() {
        return;
    }
    let work = move || {
        come.iter().for_each(|living| living.segment().populate());
        drop(old);
    };
    // Without a thread the first searches wait for page after page, and nothing else changes.
    let _ = std::thread::Builder::new().name("map".into()).spawn(work);
}
