//! Answers that are kept in memory, those used last.

use bytes::Bytes;
use lookalike::PictureId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// A picture's id and the side of its thumbnail.
pub(crate) type Key = (PictureId, u32);

/// Bytes by key; what was not used for longest makes room.
#[derive(Debug)]
pub(crate) struct Cache {
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Key, (u64, Bytes)>,
    /// Keys by when they were used.
    order: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
}

impl Cache {
    pub(crate) fn new(limit: usize) -> Self {
        let kept = Mutex::default();
        Self { limit, kept }
    }

    pub(crate) fn get(&self, key: Key) -> Option<Bytes> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *kept;
        kept.clock += 1;
        let (used, bytes) = kept.entries.get_mut(&key)?;
        kept.order.remove(used);
        kept.order.insert(kept.clock, key);
        *used = kept.clock;
        Some(bytes.clone())
    }

    pub(crate) fn put(&self, key: Key, bytes: &Bytes) {
        if bytes.len() > self.limit / 8 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *kept;
        kept.clock += 1;
        if let Some((used, old)) = kept.entries.insert(key, (kept.clock, bytes.clone())) {
            kept.order.remove(&used);
            kept.bytes -= old.len();
        }
        kept.order.insert(kept.clock, key);
        kept.bytes += bytes.len();
        while kept.bytes > self.limit
            && let Some((_, oldest)) = kept.order.pop_first()
            && let Some((_, old)) = kept.entries.remove(&oldest)
        {
            kept.bytes -= old.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cache;
    use bytes::Bytes;
    use lookalike::PictureId;

    #[test]
    fn what_was_used_last_is_kept() {
        let cache = Cache::new(100);
        let bytes = |n: u8| Bytes::from(vec![n; 10]);
        let key = |id| (PictureId::new(id), 64);
        for id in 0..10 {
            cache.put(key(id), &bytes(id as u8));
        }
        assert_eq!(cache.get(key(0)), Some(bytes(0)));
        cache.put(key(10), &bytes(10));
        assert_eq!(cache.get(key(1)), None);
        assert_eq!(cache.get(key(0)), Some(bytes(0)));
        cache.put(key(0), &bytes(7));
        assert_eq!(cache.get(key(0)), Some(bytes(7)));
        cache.put(key(11), &Bytes::from(vec![0; 50]));
        assert_eq!(cache.get(key(11)), None);
        assert_eq!(cache.get(key(2)), Some(bytes(2)));
    }
}
