//! Which pictures share tokens with a query.
//!
//! A picture's votes are the features of the query that share a token with one of its features, as far as
//! they agree on how the picture is turned and scaled against the query ("weak geometric consistency",
//! Jégou, Douze, Schmid, ECCV 2008, section 4): within 45 degrees and one octave.

use super::postings::{Postings, WORDS};
use super::query::QueryFeature;
use super::writer::WordSource;
use crate::Result;
use crate::vocabulary::{OWN_BITS, Token};
use lookalike_store::tasks;

/// Tokens are looked up in so many portions, whatever the number of threads.
const PORTIONS: usize = 16;
/// Of one source about so many pictures at most are looked at closely, those that share most.
const LOOKED_AT: usize = 4096;
/// Turns and scales that are told apart.
const TURNS: usize = 16;
const SCALES: usize = 32;
/// Postings that are read rather than passed over between two buckets that are needed.
const PASSED: u32 = 512;
/// The same for rows of the directory, in words of 32 bits.
const ROWS_PASSED: usize = 1024;

/// What features of some queries ask for, by token.
pub(super) struct Tokens {
    asked: Vec<Asked>,
    /// Of each query the turns of its features.
    turns: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    token: Token,
    query: u32,
    feature: u32,
}

/// A picture with its votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tallied {
    pub(super) id: u64,
    /// Where it is stored: the number of the source, and its own there.
    pub(super) source: usize,
    pub(super) picture: usize,
    pub(super) votes: u32,
}

/// The pictures of some sources that share tokens with queries.
pub(super) struct Tally {
    /// For each query, in no order.
    pub(super) of_queries: Vec<Vec<Tallied>>,
    /// Features of each word that was looked into, in all sources together.
    pub(super) counts: Vec<u64>,
}

/// A token that a feature of the query shares with one of a picture: from the upper bits on the picture,
/// the feature, and how they are turned and scaled against each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shared(u64);

impl Shared {
    fn new(picture: u32, feature: u32, query_turn: u8, turn: u8) -> Self {
        let turned = (turn >> 4).wrapping_sub(query_turn >> 4) & 15;
        let scaled = (turn & 15) + 16 - (query_turn & 15);
        let bin = usize::from(turned) * SCALES + usize::from(scaled);
        Self(u64::from(picture) << 40 | u64::from(feature) << 16 | bin as u64)
    }

    fn picture(self) -> usize {
        (self.0 >> 40) as usize
    }

    fn bin(self) -> usize {
        usize::from(self.0 as u16)
    }
}

impl Tokens {
    pub(super) fn of(queries: &[&[QueryFeature]]) -> Self {
        let mut asked = Vec::new();
        for (features, query) in queries.iter().zip(0u32..) {
            for (feature, number) in features.iter().zip(0u32..) {
                let tokens = feature.tokens.iter();
                let tokens = tokens.filter(|&&token| (token >> OWN_BITS) < WORDS as u32);
                asked.extend(tokens.map(|&token| Asked {
                    token,
                    query,
                    feature: number,
                }));
            }
        }
        asked.sort_unstable();
        asked.dedup();
        let turns = |features: &&[QueryFeature]| features.iter().map(QueryFeature::turn).collect();
        Self {
            asked,
            turns: queries.iter().map(turns).collect(),
        }
    }

    /// Looks them up in some sources.
    pub(super) fn tally(&self, sources: &[WordSource<'_>], threads: usize) -> Result<Tally> {
        let mut tally = Tally {
            of_queries: vec![Vec::new(); self.turns.len()],
            counts: vec![0; WORDS],
        };
        for (number, source) in sources.iter().enumerate() {
            let shared = self.look_up(source, threads, &mut tally.counts)?;
            let voted = tasks::run(threads, shared.len(), |query| {
                elected(&shared[query], source, number)
            });
            for (all, voted) in tally.of_queries.iter_mut().zip(voted) {
                all.extend(voted);
            }
        }
        Ok(tally)
    }

    /// What each query shares with the pictures of a source.
    fn look_up(
        &self,
        source: &WordSource<'_>,
        threads: usize,
        counts: &mut [u64],
    ) -> Result<Vec<Vec<Shared>>> {
        let words: Vec<&[Asked]> = self.asked.chunk_by(|a, b| word(a) == word(b)).collect();
        let portions: Vec<&[&[Asked]]> = words
            .chunks(words.len().div_ceil(PORTIONS).max(1))
            .collect();
        let parts: Vec<Result<_>> = tasks::run(threads, portions.len(), |i| {
            let mut reader = Reader::new(source.postings(), self.turns.len());
            let counted = reader.read_all(portions[i], &self.turns)?;
            Ok((counted, reader.shared))
        });
        let mut all: Vec<Vec<Shared>> = vec![Vec::new(); self.turns.len()];
        for (part, words) in parts.into_iter().zip(portions) {
            let (counted, shared) = part?;
            for (asked, count) in words.iter().zip(counted) {
                counts[usize::from(word(&asked[0]))] += u64::from(count);
            }
            for (all, shared) in all.iter_mut().zip(shared) {
                all.extend(shared);
            }
        }
        Ok(all)
    }
}

fn word(asked: &Asked) -> u16 {
    (asked.token >> OWN_BITS) as u16
}

fn own_bits(token: Token) -> u32 {
    token & ((1 << OWN_BITS) - 1)
}

/// Reads the lists of a source.
struct Reader<'a> {
    postings: Postings<'a>,
    packed: Vec<u32>,
    /// For each query.
    shared: Vec<Vec<Shared>>,
}

impl<'a> Reader<'a> {
    fn new(postings: Postings<'a>, queries: usize) -> Self {
        Self {
            postings,
            packed: Vec::new(),
            shared: vec![Vec::new(); queries],
        }
    }

    /// Looks up the tokens of some ascending words; returns the lengths of their lists.
    fn read_all(&mut self, words: &[&[Asked]], turns: &[Vec<u8>]) -> Result<Vec<u32>> {
        let length = self.postings.row_length();
        let apart = (ROWS_PASSED / length).max(1) as u16;
        let (mut rows, mut counts) = (Vec::new(), Vec::with_capacity(words.len()));
        for near in words.chunk_by(|a, b| word(&b[0]) - word(&a[0]) <= apart) {
            let first = word(&near[0][0]);
            self.postings
                .rows(first..word(&near[near.len() - 1][0]) + 1, &mut rows)?;
            for asked in near {
                let at = length * usize::from(word(&asked[0]) - first);
                let row = self.postings.checked(&rows[at..at + length])?;
                self.read(asked, row, turns)?;
                counts.push(row[row.len() - 1] - row[0]);
            }
        }
        Ok(counts)
    }

    /// Looks up the tokens of one word.
    fn read(&mut self, asked: &[Asked], row: &[u32], turns: &[Vec<u8>]) -> Result<()> {
        let layout = self.postings.layout();
        let bucket = |asked: &Asked| layout.bucket(own_bits(asked.token));
        let mut rest = asked;
        while let Some(first) = rest.first() {
            // As many buckets at once as lie near each other.
            let from = row[bucket(first)];
            let (mut count, mut to) = (0, from);
            while let Some(next) = rest.get(count)
                && row[bucket(next)] <= to.saturating_add(PASSED)
            {
                (count, to) = (count + 1, row[bucket(next) + 1]);
            }
            let (now, later) = rest.split_at(count);
            self.postings.packed(from..to, &mut self.packed)?;
            for same in now.chunk_by(|a, b| a.token == b.token) {
                let bucket = bucket(&same[0]);
                let ends = (row[bucket] - from) as usize..(row[bucket + 1] - from) as usize;
                let packed = &self.packed[ends];
                for &packed in &packed[layout.with_bits(packed, own_bits(same[0].token))] {
                    let posting = layout.unpack(bucket, packed);
                    for asked in same {
                        let turn = turns[asked.query as usize][asked.feature as usize];
                        let shared =
                            Shared::new(posting.picture, asked.feature, turn, posting.turn);
                        self.shared[asked.query as usize].push(shared);
                    }
                }
            }
            rest = later;
        }
        Ok(())
    }
}

/// The living pictures of a source that share most with a query.
fn elected(shared: &[Shared], source: &WordSource<'_>, number: usize) -> Vec<Tallied> {
    let ids = source.ids();
    let mut counts = vec![0u8; ids.len()];
    for shared in shared {
        if let Some(count) = counts.get_mut(shared.picture()) {
            *count = count.saturating_add(1);
        }
    }
    let least = least_of_most(&counts);
    let is_wanted = |shared: &&Shared| {
        let count = counts.get(shared.picture());
        count.is_some_and(|&count| count >= least) && source.is_alive(shared.picture())
    };
    let mut wanted: Vec<Shared> = shared.iter().filter(is_wanted).copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let by_picture = wanted.chunk_by(|a, b| a.picture() == b.picture());
    let mut bins = vec![0u32; TURNS * SCALES];
    by_picture
        .map(|shared| {
            let picture = shared[0].picture();
            Tallied {
                id: ids[picture],
                source: number,
                picture,
                votes: consistent(shared, &mut bins),
            }
        })
        .collect()
}

/// The least count that a picture may have to be among the [`LOOKED_AT`] with the largest; at least 1.
fn least_of_most(counts: &[u8]) -> u8 {
    let mut having = [0usize; 256];
    for &count in counts {
        having[usize::from(count)] += 1;
    }
    let mut total = 0;
    for count in (1..=u8::MAX).rev() {
        total += having[usize::from(count)];
        if total > LOOKED_AT {
            return count.saturating_add(1);
        }
    }
    1
}

/// The largest number of features that agree, given those of one picture; `bins` are zeros before and
/// after.
fn consistent(shared: &[Shared], bins: &mut [u32]) -> u32 {
    for shared in shared {
        bins[shared.bin()] += 1;
    }
    let at = |turn: usize, scale: usize| bins[turn % TURNS * SCALES + scale];
    let mut most = 0;
    for shared in shared {
        // The window of two turns and two scales that begins here or just before: none other can be
        // the largest.
        let (turn, scale) = (shared.bin() / SCALES, shared.bin() % SCALES);
        for turn in [turn, turn + TURNS - 1] {
            for scale in [scale, scale.saturating_sub(1)] {
                let further = (scale + 1).min(SCALES - 1);
                let beside = match further == scale {
                    true => 0,
                    false => at(turn, further) + at(turn + 1, further),
                };
                most = most.max(at(turn, scale) + at(turn + 1, scale) + beside);
            }
        }
    }
    for shared in shared {
        bins[shared.bin()] = 0;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(feature: u32, query_turn: u8, turn: u8) -> Shared {
        Shared::new(3, feature, query_turn, turn)
    }

    #[test]
    fn features_that_turn_and_scale_alike_count_together() {
        let mut bins = vec![0; TURNS * SCALES];
        // A quarter turn and an octave larger, but for the steps.
        let alike = [(0x00, 0x42), (0x35, 0x77), (0xd9, 0x1c), (0xf0, 0x43)];
        let mut all: Vec<Shared> = alike
            .iter()
            .zip(0..)
            .map(|(&(query, turn), feature)| shared(feature, query, turn))
            .collect();
        assert_eq!(consistent(&all, &mut bins), 4);
        all.push(shared(4, 0x00, 0x92));
        all.push(shared(5, 0x00, 0x48));
        assert_eq!(consistent(&all, &mut bins), 4);
        assert!(bins.iter().all(|&bin| bin == 0));
        assert_eq!(all[0].picture(), 3);
    }

    #[test]
    fn the_full_turn_closes() {
        let mut bins = vec![0; TURNS * SCALES];
        let all = [
            shared(0, 0x00, 0xf0),
            shared(1, 0x00, 0x00),
            shared(2, 0x10, 0x00),
        ];
        assert_eq!(consistent(&all, &mut bins), 3);
    }

    #[test]
    fn those_with_most_are_looked_at() {
        let mut counts = vec![1u8; 3 * LOOKED_AT];
        assert_eq!(least_of_most(&counts), 2);
        counts[..LOOKED_AT].fill(7);
        assert_eq!(least_of_most(&counts), 2);
        counts[..2 * LOOKED_AT].fill(7);
        assert_eq!(least_of_most(&counts), 8);
        assert_eq!(least_of_most(&counts[..LOOKED_AT]), 1);
    }
}
