//! Which pictures share visual words with a query.
//!
//! Hamming embedding (Jégou, Douze, Schmid, "Hamming embedding and weak geometric consistency",
//! ECCV 2008): a feature votes for a picture where one of its words has a feature whose signature
//! differs in few bits. A query feature gives a picture only its best vote, and a picture's votes
//! are divided by the root of its number of features, so that neither repetition nor size wins
//! (the same authors, "On the burstiness of visual elements", CVPR 2009).

use fearless_simd::{Level, dispatch};

use super::nominee::{Nominee, gather};
use super::postings::{List, WORDS};
use super::writer::WordSource;
use crate::topk::TopK;
use crate::{Neighbor, Result, tasks};

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
    /// Signatures that differ in more bits do not vote; default 44.
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
            max_distance: 44,
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
/// [`Error::Checksum`](crate::Error::Checksum) where a list that is needed is damaged.
pub fn rank_words(
    query: &[QueryFeature],
    sources: &[WordSource<'_>],
    options: &RankOptions<'_>,
) -> Result<Vec<Neighbor>> {
    let ballot = Ballot::new(query, sources, options);
    let threads = options.threads.max(1);
    let (outer, inner) = spread(sources.len(), threads);
    let elected = tasks::run(outer, sources.len(), |i| {
        let lists = ballot.lists(&sources[i], inner)?;
        let best = ballot.elect(&sources[i], &lists, options, inner);
        release(&sources[i]);
        Ok(best)
    });
    let mut best = TopK::new(options.k, f32::MIN_POSITIVE);
    for part in elected {
        best.merge(part?);
    }
    Ok(best.into_sorted())
}

/// The same pictures as [`rank_words`] finds, each with its votes.
///
/// # Errors
/// As [`rank_words`].
pub fn nominate_words(
    query: &[QueryFeature],
    sources: &[WordSource<'_>],
    options: &RankOptions<'_>,
) -> Result<Vec<Nominee>> {
    let ballot = Ballot::new(query, sources, options);
    let threads = options.threads.max(1);
    let (outer, inner) = spread(sources.len(), threads);
    let nominated = tasks::run(outer, sources.len(), |i| {
        let lists = ballot.lists(&sources[i], inner)?;
        let best = ballot.elect(&sources[i], &lists, options, inner);
        let nominees = ballot.nominees(&sources[i], &lists, &best.into_sorted(), inner);
        release(&sources[i]);
        Ok(nominees)
    });
    let mut nominees = Vec::new();
    for part in nominated {
        nominees.append(&mut part?);
    }
    nominees.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
    nominees.truncate(options.k);
    Ok(nominees)
}

/// Threads over sources, and within each: many small sources are spread over the threads whole, few
/// large ones in portions.
fn spread(sources: usize, threads: usize) -> (usize, usize) {
    match sources >= 2 * threads {
        true => (threads, 1),
        false => (1, threads),
    }
}

fn release(source: &WordSource<'_>) {
    if let WordSource::Segment(segment) = source {
        segment.release();
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

/// A query, ready to be put to sources.
struct Ballot<'a> {
    features: &'a [QueryFeature],
    /// The words of all features, each once, with what a vote for it weighs.
    words: Vec<(usize, f32)>,
    /// For each word, where it stands in `words`.
    slots: Vec<u16>,
    weights: [f32; BITS + 1],
    level: Level,
}

impl<'a> Ballot<'a> {
    fn new(
        features: &'a [QueryFeature],
        sources: &[WordSource<'_>],
        options: &RankOptions<'_>,
    ) -> Self {
        let idf = inverse_frequencies(sources);
        let mut slots = vec![0; WORDS];
        let mut used: Vec<u16> = features.iter().flat_map(|f| &f.words).copied().collect();
        used.retain(|&word| usize::from(word) < WORDS);
        used.sort_unstable();
        used.dedup();
        for (slot, &word) in used.iter().enumerate() {
            slots[usize::from(word)] = slot as u16;
        }
        let words = used.iter().map(|&w| (usize::from(w), idf[usize::from(w)]));
        Self {
            features,
            words: words.collect(),
            slots,
            weights: weights(options),
            level: options.level,
        }
    }

    /// The lists of all words, each checked once, however many features ask for it.
    fn lists<'s>(&self, source: &WordSource<'s>, threads: usize) -> Result<Vec<List<'s>>> {
        let portion = self.words.len().div_ceil(4 * PORTIONS).max(1);
        let portions: Vec<_> = self.words.chunks(portion).collect();
        let checked = tasks::run(threads, portions.len(), |i| {
            let lists = portions[i].iter().map(|&(word, _)| source.list(word));
            lists.collect::<Result<Vec<_>>>()
        });
        let mut lists = Vec::with_capacity(self.words.len());
        for part in checked {
            lists.extend(part?);
        }
        Ok(lists)
    }

    /// The best living pictures of a source.
    fn elect(
        &self,
        source: &WordSource<'_>,
        lists: &[List<'_>],
        options: &RankOptions<'_>,
        threads: usize,
    ) -> TopK {
        let postings = source.postings();
        let votes = self.votes(lists, postings.ids.len(), threads);
        let mut best = TopK::new(options.k, f32::MIN_POSITIVE);
        for (picture, (&votes, &id)) in votes.iter().zip(postings.ids).enumerate() {
            if votes <= 0.0 {
                continue;
            }
            let score = votes / (postings.picture_length(picture) as f32).sqrt();
            if score >= best.floor() && options.keep.is_none_or(|keep| keep(id)) {
                best.push(Neighbor { id, score });
            }
        }
        best
    }

    /// The votes for each picture of a source.
    fn votes(&self, lists: &[List<'_>], pictures: usize, threads: usize) -> Vec<f32> {
        let portion = self.features.len().div_ceil(PORTIONS).max(1);
        let portions: Vec<_> = self.features.chunks(portion).collect();
        let parts = tasks::run(threads, portions.len(), |i| {
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
    fn count(&self, features: &[QueryFeature], lists: &[List<'_>], pictures: usize) -> Vec<f32> {
        let mut sums = vec![0f32; pictures];
        // The best vote of the current feature, and for whom there is one.
        let mut best = vec![0f32; pictures];
        let mut voted: Vec<u16> = Vec::new();
        for feature in features {
            for &word in feature.words.iter().filter(|w| usize::from(**w) < WORDS) {
                let slot = usize::from(self.slots[usize::from(word)]);
                let (list, (_, idf)) = (&lists[slot], self.words[slot]);
                dispatch!(self.level, _simd => near(
                    list.codes,
                    feature.code,
                    &self.weights,
                    |i, weight| {
                        let picture = list.pictures[i];
                        let Some(best) = best.get_mut(usize::from(picture)) else {
                            return;
                        };
                        if *best == 0.0 {
                            voted.push(picture);
                        }
                        *best = best.max(weight * idf);
                    }
                ));
            }
            for picture in voted.drain(..) {
                let picture = usize::from(picture);
                sums[picture] += std::mem::take(&mut best[picture]);
            }
        }
        sums
    }

    /// The pictures that a source elected, with their votes.
    fn nominees(
        &self,
        source: &WordSource<'_>,
        lists: &[List<'_>],
        elected: &[Neighbor],
        threads: usize,
    ) -> Vec<Nominee> {
        let portion = self.features.len().div_ceil(PORTIONS).max(1);
        let portions: Vec<_> = self.features.chunks(portion).collect();
        let (mut nominees, numbers) = Nominee::of(elected, &source.postings());
        let parts = tasks::run(threads, portions.len(), |i| {
            let of_word = |word: u16| {
                let slot = self.slots.get(usize::from(word))?;
                Some(&lists[usize::from(*slot)])
            };
            let first = (i * portion) as u32;
            gather(
                portions[i],
                first,
                of_word,
                &numbers,
                elected.len(),
                &self.weights,
            )
        });
        for part in parts {
            for (nominee, votes) in nominees.iter_mut().zip(part) {
                nominee.votes.extend(votes);
            }
        }
        nominees
    }
}

/// Calls `each` with the number and the weight of every code that is near enough.
#[inline(always)]
fn near(codes: &[u128], code: u128, weights: &[f32; BITS + 1], mut each: impl FnMut(usize, f32)) {
    for (i, &other) in codes.iter().enumerate() {
        let weight = weights[(other ^ code).count_ones() as usize];
        if weight > 0.0 {
            each(i, weight);
        }
    }
}
