//! How the features of a picture vote for a query, given both.
//!
//! Hamming embedding (Jégou, Douze, Schmid, "Hamming embedding and weak geometric consistency",
//! ECCV 2008): a feature votes where one of the query's words has a feature whose signature differs in
//! few bits. A query feature gives a picture only its best vote, and a picture's votes are divided by the
//! root of its number of features, so that neither repetition nor size wins (the same authors, "On the
//! burstiness of visual elements", CVPR 2009).

use super::picture::WordPicture;
use super::postings::WORDS;
use super::query::QueryFeature;
use super::rank::RankOptions;

/// Bits of a signature.
const BITS: usize = 128;

/// A feature of the query taken for one of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Which feature of the query it is.
    pub feature: u32,
    /// The place of the picture's feature, as it was stored.
    pub place: u32,
    /// Bits in which their signatures differ.
    pub distance: u32,
}

/// How rare each word is: the squared logarithm of pictures per feature of the word.
pub(super) fn inverse_frequencies(counts: &[u64], pictures: u64) -> Vec<f32> {
    let inverse = |&count: &u64| {
        let ratio = (pictures as f64 + 1.0) / (count as f64 + 1.0);
        // A word that every picture has still tells two of them apart by its signature.
        ratio.ln().max(0.1).powi(2) as f32
    };
    counts.iter().map(inverse).collect()
}

/// A query that pictures vote for.
pub(super) struct Voters<'a> {
    query: &'a [QueryFeature],
    /// Where the features of each word begin in `features`; one more at the end.
    starts: Vec<u32>,
    features: Vec<u32>,
    /// What a vote weighs at each distance; 0 where there is none.
    weights: [f32; BITS + 1],
    /// What a vote weighs for each word.
    idf: &'a [f32],
    most: u32,
}

/// The best vote of a feature of the query.
#[derive(Clone, Copy)]
struct Best {
    weight: f32,
    distance: u32,
    place: u32,
}

impl<'a> Voters<'a> {
    pub(super) fn new(query: &'a [QueryFeature], idf: &'a [f32], options: &RankOptions) -> Self {
        let words = || {
            query.iter().zip(0u32..).flat_map(|(feature, number)| {
                let words = feature.words.iter().map(|&word| usize::from(word));
                words
                    .filter(|&word| word < WORDS)
                    .map(move |word| (word, number))
            })
        };
        let mut starts = vec![0u32; WORDS + 1];
        for (word, _) in words() {
            starts[word + 1] += 1;
        }
        for word in 0..WORDS {
            starts[word + 1] += starts[word];
        }
        let (mut next, mut features) = (starts.clone(), vec![0; starts[WORDS] as usize]);
        for (word, number) in words() {
            features[next[word] as usize] = number;
            next[word] += 1;
        }
        let weight = |bits: usize| match bits as u32 <= options.max_distance {
            true => (-(bits as f64 / f64::from(options.sigma)).powi(2)).exp() as f32,
            false => 0.0,
        };
        Self {
            query,
            starts,
            features,
            weights: std::array::from_fn(weight),
            idf,
            most: options.max_distance,
        }
    }

    /// The score of a picture, and the nearest vote of each feature of the query that has one, by feature.
    pub(super) fn votes_of(&self, picture: &WordPicture) -> (f32, Vec<Vote>) {
        let none = Best {
            weight: 0.0,
            distance: u32::MAX,
            place: 0,
        };
        let mut best = vec![none; self.query.len()];
        for feature in picture.features() {
            let word = usize::from(feature.word);
            let Some(&idf) = self.idf.get(word) else {
                continue;
            };
            for &voter in &self.features[self.starts[word] as usize..self.starts[word + 1] as usize]
            {
                let distance = (self.query[voter as usize].code ^ feature.code).count_ones();
                if distance <= self.most {
                    let best = &mut best[voter as usize];
                    best.weight = best.weight.max(self.weights[distance as usize] * idf);
                    if distance < best.distance {
                        (best.distance, best.place) = (distance, feature.place);
                    }
                }
            }
        }
        let voted = best
            .iter()
            .zip(0u32..)
            .filter(|(best, _)| best.distance <= self.most);
        let votes = voted.map(|(best, feature)| Vote {
            feature,
            place: best.place,
            distance: best.distance,
        });
        let sum: f32 = best.iter().map(|best| best.weight).sum();
        let length = picture.features().len().max(1) as f32;
        (sum / length.sqrt(), votes.collect())
    }
}
