//! The votes of the pictures that share most words with a query.

use super::postings::{List, Postings};
use super::rank::QueryFeature;
use crate::Neighbor;

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

/// A picture that shares words with a query, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Nominee {
    /// Its id.
    pub id: u64,
    /// Its score, as a ranking gives it.
    pub score: f32,
    /// Width and height to which the places refer.
    pub size: [u16; 2],
    /// The nearest vote of each feature of the query that has one, by feature.
    pub votes: Vec<Vote>,
}

/// No picture of a source: there are too few for the last number.
const NOBODY: u16 = u16::MAX;

impl Nominee {
    /// The pictures that a source elected, still without votes; and for each picture of the source
    /// its number among them.
    pub(super) fn of(elected: &[Neighbor], postings: &Postings<'_>) -> (Vec<Self>, Vec<u16>) {
        let mut numbers = vec![NOBODY; postings.ids.len()];
        let mut nominees = Vec::with_capacity(elected.len());
        for neighbor in elected.iter().take(usize::from(NOBODY)) {
            let Ok(picture) = postings.ids.binary_search(&neighbor.id) else {
                continue;
            };
            numbers[picture] = nominees.len() as u16;
            nominees.push(Self {
                id: neighbor.id,
                score: neighbor.score,
                size: postings.sizes[picture],
                votes: Vec::new(),
            });
        }
        (nominees, numbers)
    }
}

/// The votes of some features, of which the first has the number `first`, for `count` nominees.
pub(super) fn gather<'a>(
    features: &[QueryFeature],
    first: u32,
    list_of: impl Fn(u16) -> Option<&'a List<'a>>,
    numbers: &[u16],
    count: usize,
    weights: &[f32],
) -> Vec<Vec<Vote>> {
    let mut votes: Vec<Vec<Vote>> = vec![Vec::new(); count];
    for (feature, number) in features.iter().zip(first..) {
        for list in feature.words.iter().filter_map(|&word| list_of(word)) {
            for (i, &picture) in list.pictures.iter().enumerate() {
                let nominee = numbers.get(usize::from(picture)).copied();
                let Some(nominee) = nominee.filter(|&nominee| nominee != NOBODY) else {
                    continue;
                };
                let distance = (list.codes[i] ^ feature.code).count_ones();
                if weights[distance as usize] <= 0.0 {
                    continue;
                }
                let vote = Vote {
                    feature: number,
                    place: list.places[i],
                    distance,
                };
                let votes = &mut votes[usize::from(nominee)];
                match votes.last_mut().filter(|last| last.feature == number) {
                    Some(last) if last.distance <= distance => {}
                    Some(last) => *last = vote,
                    None => votes.push(vote),
                }
            }
        }
    }
    votes
}
