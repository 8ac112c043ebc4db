//! The records of a library at one moment, kept between queries.

mod embeddings;
mod vectors;
mod words;

pub(crate) use embeddings::WIDTH;

use crate::catalogue::Catalogue;
use crate::segments::{Fresh, PartLedger, Records};
use crate::{Part, Result};
use lookalike_index::{GraphSegment, VectorSegment};
use lookalike_store::{ATTEMPTS, Error as StoreError, Living, SegmentFolder, exchange, open_all};
use lookalike_words::WordsSegment;
use std::cell::RefCell;
use std::sync::Arc;

/// The tutorial's vectors at one moment.
pub(crate) type Vectors = Arc<Snapshot<VectorSegment>>;
/// The visual words at one moment.
pub(crate) type Words = Arc<Snapshot<WordsSegment>>;
/// The embeddings at one moment.
pub(crate) type Embeddings = Arc<Snapshot<GraphSegment>>;

/// The records of one part at one moment. Segments that a writer removes meanwhile stay mapped.
#[derive(Debug)]
pub(crate) struct Snapshot<S: Kept> {
    segments: Vec<Living<S>>,
    fresh: Fresh<S>,
    derived: S::Derived,
}

/// What an opened library holds of its records: mapped when first asked for, and renewed when the
/// catalogue has changed.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    kept: RefCell<Moment>,
}

/// The records that were asked for at one moment.
#[derive(Debug, Default)]
pub(crate) struct Moment {
    version: i64,
    vectors: Option<Vectors>,
    words: Option<Words>,
    embeddings: Option<Embeddings>,
}

/// Segments of which a snapshot is kept.
pub(crate) trait Kept: Records {
    /// What the records are, for who searches them.
    const PART: Part;
    /// What follows from the records, made when somebody asks for it.
    type Derived: Default;

    /// The place of the snapshot.
    fn slot(moment: &mut Moment) -> &mut Option<Arc<Snapshot<Self>>>;
}

/// What a query wants: the snapshot of a part, or of several at the same moment.
pub(crate) trait Wanted: Sized {
    /// Takes it from what is kept, or else from the catalogue, with what may still be of use of
    /// what was kept before; `None` where a segment is gone, because a writer has just merged it.
    fn take(
        now: &mut Moment,
        before: &mut Moment,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
    ) -> Result<Option<Self>>;
}

impl Snapshots {
    /// Calls `work` with the records that it wants, while the catalogue shows the same moment.
    pub(crate) fn with<W: Wanted, T>(
        &self,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
        work: impl FnOnce(W) -> Result<T>,
    ) -> Result<T> {
        let mut work = Some(work);
        for _ in 0..ATTEMPTS {
            let done = catalogue.in_snapshot(|| {
                let wanted = self.take(catalogue, folder)?;
                Ok(wanted.and_then(|wanted| work.take().map(|work| work(wanted))))
            })?;
            if let Some(result) = done {
                return result;
            }
        }
        let path = folder.path().to_owned();
        Err(StoreError::Missing { path }.into())
    }

    fn take<W: Wanted>(&self, catalogue: &Catalogue, folder: &SegmentFolder) -> Result<Option<W>> {
        let version = catalogue.data_version()?;
        let mut kept = self.kept.borrow_mut();
        let mut before = Moment::default();
        if kept.version != version {
            before = std::mem::take(&mut *kept);
            kept.version = version;
        }
        W::take(&mut kept, &mut before, catalogue, folder)
    }
}

impl<S: Kept> Wanted for Arc<Snapshot<S>> {
    fn take(
        now: &mut Moment,
        before: &mut Moment,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
    ) -> Result<Option<Self>> {
        let slot = S::slot(now);
        if slot.is_none() {
            let before = S::slot(before).take();
            *slot = Snapshot::take(before, catalogue, folder)?.map(Arc::new);
        }
        Ok(slot.clone())
    }
}

impl<A: Wanted, B: Wanted> Wanted for (A, B) {
    fn take(
        now: &mut Moment,
        before: &mut Moment,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
    ) -> Result<Option<Self>> {
        let first = A::take(now, before, catalogue, folder)?;
        let second = B::take(now, before, catalogue, folder)?;
        Ok(first.zip(second))
    }
}

impl<S: Kept> Snapshot<S> {
    fn take(
        before: Option<Arc<Self>>,
        catalogue: &Catalogue,
        folder: &SegmentFolder,
    ) -> Result<Option<Self>> {
        let ledger = PartLedger {
            catalogue,
            folder,
            part: S::PART,
        };
        let known = before.map(|before| before.segments.clone());
        let known = known.unwrap_or_default();
        let Some(segments) = open_all(&ledger, &known)? else {
            return Ok(None);
        };
        if !known.is_empty() {
            exchange(known, &segments);
        }
        Ok(Some(Self {
            segments,
            fresh: S::fresh(catalogue, S::PART)?,
            derived: S::Derived::default(),
        }))
    }

    fn segments(&self) -> impl Iterator<Item = &S> {
        self.segments.iter().map(Living::segment)
    }

    /// Records in segments, the deleted ones included.
    fn sealed(&self) -> usize {
        self.segments().map(|segment| segment.ids().len()).sum()
    }

    /// The segment that holds the living record of a picture.
    fn holder(&self, id: u64) -> Option<&S> {
        let mut segments = self.segments.iter();
        let living = segments.find(|living| living.find(id).is_some());
        living.map(Living::segment)
    }
}
