//! Grey pixels of pictures, each decoded once for many comparisons.

use crate::PictureId;
use lookalike_vision::GrayImage;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes of pixels that are kept: some 800 pictures of the larger profile.
const MEMORY: usize = 256 << 20;

/// A picture, being decoded or decoded; `None` where its file cannot be read.
type Slot = Arc<OnceLock<Option<Arc<GrayImage>>>>;

/// Pixels by picture; what came first makes room.
#[derive(Debug)]
pub(super) struct Grays {
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

impl Default for Grays {
    fn default() -> Self {
        Self::with_limit(MEMORY)
    }
}

impl Grays {
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
        decode: impl FnOnce() -> Option<GrayImage>,
    ) -> Option<Arc<GrayImage>> {
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = lock().slots.entry(picture).or_default().clone();
        let mut is_new = false;
        let gray = slot.get_or_init(|| {
            is_new = true;
            decode().map(Arc::new)
        });
        if is_new {
            let bytes = gray.as_ref().map_or(0, |gray| gray.width() * gray.height());
            lock().add(picture, bytes, self.limit);
        }
        gray.clone()
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
        let grays = Grays::with_limit(250);
        let decoded = Cell::new(0);
        let get = |id| {
            grays.get(PictureId::new(id), || {
                decoded.set(decoded.get() + 1);
                (id != 3).then(|| GrayImage::from_vec(10, 10, vec![id as u8; 100]).unwrap())
            })
        };
        assert_eq!(get(1).unwrap().data()[0], 1);
        assert!(get(2).is_some() && get(1).is_some() && get(3).is_none() && get(3).is_none());
        assert_eq!(decoded.get(), 3);
        // The first makes room for a fourth.
        assert!(get(4).is_some() && get(2).is_some());
        assert_eq!(decoded.get(), 4);
        assert!(get(1).is_some());
        assert_eq!(decoded.get(), 5);
    }
}
