//! Which pictures share visual words with a query.
//!
//! Hamming embedding (Jégou, Douze, Schmid, "Hamming embedding and weak geometric consistency",
//! ECCV 2008): a feature votes for a picture where one of its words has a feature whose signature
//! differs in few bits. A query feature gives a picture only its best vote, and a picture's votes
//! are divided by the root of its number of features, so that neither repetition nor size wins
//! (the same authors, "On the burstiness of visual elements", CVPR 2009).

use std::sync::OnceLock;

use fearless_simd::{Level, Simd, dispatch, prelude::*, u64x8};

use super::candidate::{Candidate, Vote, gather};
use super::postings::{List, WORDS};
use super::writer::WordSource;
use crate::{Neighbor, Result};
use lookalike_store::{TopK, tasks};

/// The query's features are scored in so many portions, whatever the number of threads, so that
/// sums do not depend on it.
const PORTIONS: usize = 8;
/// Bits of a signature.
const BITS: usize = 128;

/// A feature of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryFeature {
    /// The words near its descriptor, nearest first.
    pub words: Vec<u16>,
    /// The signature of its descriptor.
    pub code: u128,
}

/// How to rank.
#[derive(Clone, Copy)]
pub struct RankOptions<'a> {
    /// How many pictures at most; default 30.
    pub k: usize,
    /// Signatures that differ in more bits do not vote; default 36. Votes beyond it are many, weigh
    /// little and found nothing more.
    pub max_distance: u32,
    /// A vote at h bits weighs exp(-(h / sigma)^2); default 24.
    pub sigma: f32,
    /// Ids for which this says `false` are left out; default none.
    pub keep: Option<&'a (dyn Fn(u64) -> bool + Sync)>,
    /// Threads, at least 1; default 1.
    pub threads: usize,
    /// The instruction set; the answer does not depend on it.
    pub level: Level,
}

impl Default for RankOptions<'_> {
    fn default() -> Self {
        Self {
            k: 30,
            max_distance: 36,
            sigma: 24.0,
            keep: None,
            threads: 1,
            level: Level::new(),
        }
    }
}

/// The `k` pictures with the most votes, the best first, equal ones by ascending id. Scores are
/// positive, comparable within one answer only; pictures without a vote are left out.
///
/// # Errors
/// [`lookalike_store::Error::Checksum`] where a list that is needed is damaged.
pub fn rank(
    query: &[QueryFeature],
    sources: &[WordSource<'_>],
    options: &RankOptions<'_>,
) -> Result<Vec<Neighbor>> {
    let ballot = Ballot::new(&[query], sources, options);
    let mut best = TopK::new(options.k, f32::MIN_POSITIVE);
    for source in sources {
        let lists = Lists::new(source, &ballot.words);
        let elected = ballot.elect(query, &lists, best.floor());
        lists.into_result()?;
        best.merge(elected);
        release(source);
    }
    Ok(best.into_sorted())
}

/// The same pictures as [`rank`] finds for each of some queries, each with its votes. The
/// queries share the reading of the lists.
///
/// # Errors
/// As [`rank`].
pub fn candidates(
    queries: &[&[QueryFeature]],
    sources: &[WordSource<'_>],
    options: &RankOptions<'_>,
) -> Result<Vec<Vec<Candidate>>> {
    let ballot = Ballot::new(queries, sources, options);
    let best = TopK::new(options.k, f32::MIN_POSITIVE);
    let mut found: Vec<(TopK, Vec<Candidate>)> = vec![(best, Vec::new()); queries.len()];
    let voters: Vec<_> = queries.iter().map(|query| ballot.voters(query)).collect();
    for source in sources {
        // One source after the other, however many threads there are: a large one is some 100 MB
        // while it is read, and the next need only look at what beats the best of this one.
        let lists = Lists::new(source, &ballot.words);
        for ((query, voters), (best, candidates)) in queries.iter().zip(&voters).zip(&mut found) {
            let elected = ballot.elect(query, &lists, best.floor());
            candidates.extend(ballot.candidates(query, voters, &lists, elected.clone()));
            best.merge(elected);
        }
        lists.into_result()?;
        release(source);
    }
    let sorted = |(_, mut candidates): (_, Vec<Candidate>)| {
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        candidates.truncate(options.k);
        candidates
    };
    Ok(found.into_iter().map(sorted).collect())
}

fn release(source: &WordSource<'_>) {
    if let WordSource::Segment(living) = source {
        living.segment().release();
    }
}

/// How rare each word is: the squared logarithm of pictures per feature of the word.
fn inverse_frequencies(sources: &[WordSource<'_>]) -> Vec<f32> {
    let mut counts = vec![0u64; WORDS];
    let mut pictures = 0;
    for source in sources {
        let postings = source.postings();
        pictures += postings.ids.len() as u64;
        for (word, count) in counts.iter_mut().enumerate() {
            *count += postings.list_length(word) as u64;
        }
    }
    let inverse = |&count: &u64| {
        let ratio = (pictures as f64 + 1.0) / (count as f64 + 1.0);
        // A word that every picture has still tells two of them apart by its signature.
        ratio.ln().max(0.1).powi(2) as f32
    };
    counts.iter().map(inverse).collect()
}

/// What a vote weighs at each distance; 0 where there is none.
fn weights(options: &RankOptions<'_>) -> [f32; BITS + 1] {
    std::array::from_fn(|bits| {
        if bits as u32 > options.max_distance {
            return 0.0;
        }
        (-(bits as f64 / f64::from(options.sigma)).powi(2)).exp() as f32
    })
}

/// Some queries, ready to be put to sources.
struct Ballot<'a> {
    /// The words of all features, each once, with what a vote for it weighs.
    words: Vec<(usize, f32)>,
    /// For each word, where it stands in `words`.
    slots: Vec<u16>,
    weights: [f32; BITS + 1],
    options: &'a RankOptions<'a>,
}

impl<'a> Ballot<'a> {
    fn new(
        queries: &[&[QueryFeature]],
        sources: &[WordSource<'_>],
        options: &'a RankOptions<'a>,
    ) -> Self {
        let idf = inverse_frequencies(sources);
        let mut slots = vec![0; WORDS];
        let features = queries.iter().copied().flatten();
        let mut used: Vec<u16> = features.flat_map(|f| &f.words).copied().collect();
        used.retain(|&word| usize::from(word) < WORDS);
        used.sort_unstable();
        used.dedup();
        for (slot, &word) in used.iter().enumerate() {
            slots[usize::from(word)] = slot as u16;
        }
        let words = used.iter().map(|&w| (usize::from(w), idf[usize::from(w)]));
        Self {
            words: words.collect(),
            slots,
            weights: weights(options),
            options,
        }
    }

    /// Where the words of a feature stand in `words`.
    fn slots_of(&self, feature: &QueryFeature) -> impl Iterator<Item = usize> {
        let slot = |word: &u16| self.slots.get(usize::from(*word)).map(|s| usize::from(*s));
        feature.words.iter().filter_map(slot)
    }

    /// The best living pictures of a source, of at least the score `floor`.
    fn elect(&self, query: &[QueryFeature], lists: &Lists<'_>, floor: f32) -> TopK {
        let postings = lists.source.postings();
        let votes = self.votes(query, lists, postings.ids.len());
        let mut best = TopK::new(self.options.k, floor);
        for (picture, (&votes, &id)) in votes.iter().zip(postings.ids).enumerate() {
            if votes <= 0.0 {
                continue;
            }
            let score = votes / (postings.picture_length(picture) as f32).sqrt();
            if score < best.floor() || !lists.source.is_alive(picture) {
                continue;
            }
            if self.options.keep.is_none_or(|keep| keep(id)) {
                best.push(Neighbor { id, score });
            }
        }
        best
    }

    /// The votes for each picture of a source.
    fn votes(&self, query: &[QueryFeature], lists: &Lists<'_>, pictures: usize) -> Vec<f32> {
        let portions: Vec<_> = query.chunks(portion(query.len())).collect();
        let parts = tasks::run(self.options.threads, portions.len(), |i| {
            self.count(portions[i], lists, pictures)
        });
        let mut votes = vec![0f32; pictures];
        for part in parts {
            for (sum, votes) in votes.iter_mut().zip(part) {
                *sum += votes;
            }
        }
        votes
    }

    /// The votes of some features.
    fn count(&self, features: &[QueryFeature], lists: &Lists<'_>, pictures: usize) -> Vec<f32> {
        let mut sums = vec![0f32; pictures];
        // The best vote of the current feature, and for whom there is one.
        let mut best = vec![0f32; pictures];
        let mut voted: Vec<u16> = Vec::new();
        for feature in features {
            for slot in self.slots_of(feature) {
                let Some(list) = lists.get(slot) else {
                    continue;
                };
                let (_, idf) = self.words[slot];
                let most = self.options.max_distance;
                let vote = |i: usize, distance: u32| {
                    let picture = list.pictures[i];
                    let Some(best) = best.get_mut(usize::from(picture)) else {
                        return;
                    };
                    if *best == 0.0 {
                        voted.push(picture);
                    }
                    *best = best.max(self.weights[distance as usize] * idf);
                };
                dispatch!(self.options.level, simd => near(simd, list.codes, feature.code, most, vote));
            }
            for picture in voted.drain(..) {
                let picture = usize::from(picture);
                sums[picture] += std::mem::take(&mut best[picture]);
            }
        }
        sums
    }

    /// The features of a query by the slots of their words: a slot beside the number of a feature.
    fn voters(&self, query: &[QueryFeature]) -> Vec<(usize, u32)> {
        let mut voters = Vec::new();
        for (feature, number) in query.iter().zip(0..) {
            voters.extend(self.slots_of(feature).map(|slot| (slot, number)));
        }
        voters.sort_unstable();
        voters
    }

    /// The pictures that a source elected, with their votes.
    fn candidates(
        &self,
        query: &[QueryFeature],
        voters: &[(usize, u32)],
        lists: &Lists<'_>,
        elected: TopK,
    ) -> Vec<Candidate> {
        let by_slot: Vec<_> = voters.chunk_by(|a, b| a.0 == b.0).collect();
        let (mut candidates, numbers) = Candidate::of(elected, &lists.source.postings());
        let portions: Vec<_> = by_slot.chunks(portion(by_slot.len())).collect();
        let parts = tasks::run(self.options.threads, portions.len(), |i| {
            let mut votes: Vec<Vec<Vote>> = vec![Vec::new(); numbers.len()];
            for voters in portions[i] {
                if let Some(list) = lists.get(voters[0].0) {
                    gather(
                        query,
                        voters,
                        list,
                        &numbers,
                        self.options.max_distance,
                        &mut votes,
                    );
                }
            }
            votes
        });
        for part in parts {
            for (candidate, votes) in candidates.iter_mut().zip(part) {
                candidate.votes.extend(votes);
            }
        }
        for candidate in &mut candidates {
            candidate.keep_nearest();
        }
        candidates
    }
}

/// How many of `count` things make a portion.
fn portion(count: usize) -> usize {
    count.div_ceil(PORTIONS).max(1)
}

/// The lists of some words in a source, each checked when it is first asked for: what was just
/// checked is still near the processor when its votes are counted.
struct Lists<'a> {
    source: &'a WordSource<'a>,
    words: &'a [(usize, f32)],
    lists: Vec<OnceLock<Result<List<'a>>>>,
}

impl<'a> Lists<'a> {
    fn new(source: &'a WordSource<'a>, words: &'a [(usize, f32)]) -> Self {
        Self {
            source,
            words,
            lists: words.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// The list of the word in a slot; `None` where it is damaged, which
    /// [`into_result`](Self::into_result) tells.
    fn get(&self, slot: usize) -> Option<&List<'a>> {
        let list = self.lists[slot].get_or_init(|| self.source.list(self.words[slot].0));
        list.as_ref().ok()
    }

    /// The first damage that was met.
    fn into_result(self) -> Result<()> {
        let mut known = self.lists.into_iter().filter_map(OnceLock::into_inner);
        known.try_for_each(|list| list.map(|_| ()))
    }
}

/// Calls `each` with the number and the distance of every code that differs from `code` in at most
/// `most` bits.
#[inline(always)]
fn near<S: Simd>(simd: S, codes: &[u128], code: u128, most: u32, mut each: impl FnMut(usize, u32)) {
    const BLOCK: usize = 64;
    let [low, high]: [u64; 2] = bytemuck::cast(code);
    let sought = u64x8::from_slice(simd, &[low, high, low, high, low, high, low, high]);
    let most_each = u64x8::splat(simd, u64::from(most));
    let unequal =
        |four: &[u128]| (u64x8::from_slice(simd, bytemuck::cast_slice(four)) ^ sought).count_ones();
    for (block, codes) in codes.chunks(BLOCK).enumerate() {
        // Few are near. Which of them are is found without a branch for each.
        let mut found = 0u64;
        let (eights, rest) = codes.as_chunks::<8>();
        for (i, eight) in eights.iter().enumerate() {
            let (a, b) = (unequal(&eight[..4]), unequal(&eight[4..]));
            let distances = a.unzip_low(b) + a.unzip_high(b);
            found |= distances.simd_le(most_each).to_bitmask() << (8 * i);
        }
        for (i, &other) in rest.iter().enumerate() {
            let is_near = (other ^ code).count_ones() <= most;
            found |= u64::from(is_near) << (8 * eights.len() + i);
        }
        while found != 0 {
            let i = found.trailing_zeros() as usize;
            each(BLOCK * block + i, (codes[i] ^ code).count_ones());
            found &= found - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_codes_are_found_by_every_instruction_set() {
        let mix = |i: u128| (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let code = mix(1000);
        let codes: Vec<u128> = (0..150u32)
            .map(|i| match i % 3 {
                // Half of all bits, up to 49 of them, or none.
                0 => mix(i.into()),
                1 => code ^ ((1 << (i / 3)) - 1) << 70,
                _ => code,
            })
            .collect();
        for count in [0, 1, 7, 8, 63, 64, 65, 127, 150] {
            let codes = &codes[..count];
            let distances = codes.iter().map(|c| (c ^ code).count_ones()).enumerate();
            let expected: Vec<_> = distances.filter(|&(_, d)| d <= 44).collect();
            for level in [Level::fallback(), Level::new()] {
                let mut found = Vec::new();
                dispatch!(level, simd => near(simd, codes, code, 44, |i, d| found.push((i, d))));
                assert_eq!(found, expected);
            }
        }
    }
}
