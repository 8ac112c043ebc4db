//! Writing to a library: one at a time.

use crate::Result;
use crate::catalogue::{Catalogue, Meta};
use crate::lock::WriteLock;
use crate::root::{is_mount_point, recorded_root};
use crate::segments::RecordsWriter;
use lookalike_store::SegmentFolder;
use std::path::Path;

/// The right to write: the lock, and a connection that writes.
#[derive(Debug)]
pub(crate) struct Session {
    catalogue: Catalogue,
    segments: SegmentFolder,
    label: String,
    meta: Meta,
    // Last: it is released when all else is closed.
    _lock: WriteLock,
}

impl Session {
    /// Takes the lock of the library in `folder`, records where the pictures are, clears away what a crash
    /// left, and brings records of earlier formats up to date.
    pub(crate) fn begin(folder: &Path, root: Option<&Path>) -> Result<Self> {
        let lock = WriteLock::take(folder)?;
        let catalogue = Catalogue::open_writer(folder)?;
        let root = recorded_root(folder, root)?;
        let mounted = root.as_deref().is_some_and(is_mount_point);
        if catalogue.meta()?.root != root || catalogue.root_was_mounted()? != mounted {
            catalogue.in_transaction(|| {
                catalogue.set_root(root.as_deref())?;
                catalogue.set_root_mounted(mounted)
            })?;
        }
        let meta = catalogue.meta()?;
        let settings = &meta.settings;
        let session = Self {
            catalogue,
            segments: SegmentFolder::within(folder),
            label: format!("{} x {}", settings.algorithm, settings.keypoints),
            meta,
            _lock: lock,
        };
        session.segments.create()?;
        session.writer(1).clear_orphans()?;
        session.writer(1).upgrade_words()?;
        Ok(session)
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// What the library knows about itself.
    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    pub(crate) fn writer(&self, threads: usize) -> RecordsWriter<'_> {
        RecordsWriter {
            catalogue: &self.catalogue,
            folder: &self.segments,
            label: &self.label,
            vector_length: self.meta.vector_length,
            models: &self.meta.models,
            threads: threads.max(1),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.catalogue.empty_log();
    }
}
