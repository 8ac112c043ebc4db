//! Memory that suits the cache.

/// Bytes that memory is fetched by, and floats in them.
const CACHE_LINE: usize = 64;
pub(super) const LINE: usize = CACHE_LINE / size_of::<f32>();

/// Floats that start with a cache line.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    data: Vec<f32>,
    start: usize,
}

impl Aligned {
    /// Makes room for `length` floats and gives them; memory only grows, and what it holds stays
    /// as long as it does not.
    pub fn resize(&mut self, length: usize) -> &mut [f32] {
        if self.data.len() < length + LINE {
            // Zeros that nobody writes: each thread brings in the pages that it fills.
            self.data = vec![0.0; length + LINE];
        }
        self.start = self.data.as_ptr().align_offset(CACHE_LINE).min(LINE);
        &mut self.data[self.start..][..length]
    }

    /// The floats from number `at` on.
    #[inline(always)]
    pub fn from(&self, at: usize) -> &[f32] {
        &self.data[self.start + at..]
    }
}

/// The least length of a row, in floats, that is an odd number of cache lines. Were it a multiple
/// of a large power of two, rows above each other would push each other out of the cache.
pub(super) fn odd_lines(floats: usize) -> usize {
    (floats.div_ceil(LINE) | 1) * LINE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_start_with_a_cache_line_whatever_their_number() {
        let mut memory = Aligned::default();
        for length in [1, 1000, 17, 100_000] {
            let floats = memory.resize(length);
            assert_eq!(floats.len(), length);
            assert_eq!(floats.as_ptr().addr() % CACHE_LINE, 0);
        }
    }

    #[test]
    fn rows_are_odd_numbers_of_lines() {
        assert_eq!([1, 16, 17, 33, 1024].map(odd_lines), [16, 16, 48, 48, 1040]);
    }
}
