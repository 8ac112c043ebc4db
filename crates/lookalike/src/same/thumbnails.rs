//! Thumbnails of pictures, each decoded once for many comparisons.

use crate::PictureId;
use lookalike_vision::dense::Thumbnail;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes of pixels that are kept.
const MEMORY: usize = 256 << 20;

/// A picture, being decoded or decoded; `None` where its file cannot be read.
type Slot = Arc<OnceLock<Option<Arc<Thumbnail>>>>;

/// Pixels by picture; what came first makes room.
#[derive(Debug)]
pub(super) struct Thumbnails {
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    slots: BTreeMap<PictureId, Slot>,
    /// Those that are decoded, with their bytes, in the order in which they came.
    order: VecDeque<(PictureId, usize)>,
    bytes: usize,
}

impl Default for Thumbnails {
    fn default() -> Self {
        Self::with_limit(MEMORY)
    }
}

impl Thumbnails {
    fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            kept: Mutex::default(),
        }
    }

    /// The pixels of a picture, made by `decode` where they are not kept. Who asks for a picture that
    /// another thread decodes waits for that.
    pub(super) fn get(
        &self,
        picture: PictureId,
        decode: impl FnOnce() -> Option<Arc<Thumbnail>>,
    ) -> Option<Arc<Thumbnail>> {
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = lock().slots.entry(picture).or_default().clone();
        let mut is_new = false;
        let thumbnail = slot.get_or_init(|| {
            is_new = true;
            decode()
        });
        if is_new {
            let bytes = thumbnail.as_ref().map_or(0, |t| t.bytes());
            lock().add(picture, bytes, self.limit);
        }
        thumbnail.clone()
    }
}

impl Kept {
    fn add(&mut self, picture: PictureId, bytes: usize, limit: usize) {
        self.order.push_back((picture, bytes));
        self.bytes += bytes;
        while self.bytes > limit
            && let Some((oldest, bytes)) = self.order.pop_front()
        {
            self.slots.remove(&oldest);
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_picture_is_decoded_once_while_there_is_room() {
        let square = |shade| {
            Thumbnail::from_rgb(10, 10, &[shade; 300])
                .ok()
                .map(Arc::new)
        };
        let bytes = square(0).unwrap().bytes();
        let thumbnails = Thumbnails::with_limit(bytes * 5 / 2);
        let decoded = Cell::new(0);
        let get = |id| {
            thumbnails.get(PictureId::new(id), || {
                decoded.set(decoded.get() + 1);
                square(id as u8).filter(|_| id != 3)
            })
        };
        assert_eq!(get(1), square(1));
        assert!(get(2).is_some() && get(1).is_some() && get(3).is_none() && get(3).is_none());
        assert_eq!(decoded.get(), 3);
        // The first makes room for a fourth.
        assert!(get(4).is_some() && get(2).is_some());
        assert_eq!(decoded.get(), 4);
        assert!(get(1).is_some());
        assert_eq!(decoded.get(), 5);
    }
}
