//! Frames that are in no segment yet.

use super::{Frame, SmallPicture};
use crate::Result;
use lookalike_store::check_order;
use lookalike_vision::frame::FrameHash;

/// Frames in memory, by ascending ids; their hashes word by word, as in a segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct FreshFrames {
    ids: Vec<u64>,
    words: [Vec<u64>; 4],
    small: Vec<SmallPicture>,
}

impl FreshFrames {
    /// Adds a record; its id must be larger than the one before.
    pub(crate) fn push(&mut self, id: u64, record: Frame) -> Result<()> {
        if let Some(&last) = self.ids.last() {
            check_order(&[last, id])?;
        }
        self.ids.push(id);
        for (words, word) in self.words.iter_mut().zip(record.hash.0) {
            words.push(word);
        }
        self.small.push(record.small);
        Ok(())
    }

    /// Number of frames.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Bytes of all records.
    pub(crate) fn bytes(&self) -> usize {
        let small = self.small.iter().map(|small| small.bytes().len());
        small.sum::<usize>() + super::record::HASH * self.len()
    }

    pub(super) fn ids(&self) -> &[u64] {
        &self.ids
    }

    pub(super) fn words(&self) -> [&[u64]; 4] {
        self.words.each_ref().map(Vec::as_slice)
    }

    /// The frame of an id.
    pub(crate) fn get(&self, id: u64) -> Option<Frame> {
        let row = self.ids.binary_search(&id).ok()?;
        Some(self.frame(row))
    }

    /// The frames with their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Frame)> {
        let ids = self.ids.iter().enumerate();
        ids.map(|(row, &id)| (id, self.frame(row)))
    }

    fn frame(&self, row: usize) -> Frame {
        Frame {
            hash: FrameHash(self.words.each_ref().map(|words| words[row])),
            small: self.small[row].clone(),
        }
    }
}
