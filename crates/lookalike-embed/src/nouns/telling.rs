//! The noun that tells some pictures from others.

use super::lexicon::{Synset, lexicon};

/// A noun of a group is seen in it with at least this probability.
const SEEN: f32 = 0.3;
/// No probability is taken for smaller, nor for nearer to 1: of some hundred pictures, one says little.
const LEAST: f32 = 0.005;
/// So much of the best is as good.
const NEARLY: f32 = 0.98;

/// The noun that best tells pictures from others, for the mean probabilities of all classes (see
/// [`Classes::probabilities`](crate::Classes::probabilities)) of both: the one by which a picture of the
/// first is on average known most surely (the relative entropy of seeing it), of nearly equal ones that of the
/// fewest classes. `None` where there is none that is rather seen in them.
pub fn telling_noun(pictures: &[f32], others: &[f32]) -> Option<&'static str> {
    let synsets = &lexicon().synsets;
    let entropies = synsets
        .iter()
        .map(|synset| entropy(synset, pictures, others));
    let entropies: Vec<Option<f32>> = entropies.collect();
    let most = entropies.iter().copied().flatten().reduce(f32::max)?;
    let nearly = entropies
        .iter()
        .zip(synsets)
        .filter(|(entropy, _)| entropy.is_some_and(|entropy| entropy >= NEARLY * most));
    let best = nearly.min_by_key(|(_, synset)| synset.classes.len());
    best.map(|(_, synset)| synset.names[0])
}

/// How surely pictures are told from others by whether a noun is seen, if it is seen in them more often.
fn entropy(synset: &Synset, pictures: &[f32], others: &[f32]) -> Option<f32> {
    let seen = |probabilities: &[f32]| -> f32 {
        let classes = synset.classes.iter();
        let sum: f32 = classes
            .map(|&class| probabilities[usize::from(class)])
            .sum();
        sum.clamp(LEAST, 1.0 - LEAST)
    };
    let (here, there) = (seen(pictures), seen(others));
    let told = here * (here / there).ln() + (1.0 - here) * ((1.0 - here) / (1.0 - there)).ln();
    (here >= SEEN && here > there).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CLASSES, Noun};

    /// Each of these nouns' classes equally probable.
    fn showing(nouns: &str) -> Vec<f32> {
        let nouns = Noun::read(nouns).unwrap();
        let mut probabilities = vec![0.0; CLASSES];
        for noun in &nouns {
            for &class in &noun.classes {
                let share = 1.0 / (nouns.len() * noun.classes.len()) as f32;
                probabilities[usize::from(class)] += share;
            }
        }
        probabilities
    }

    #[test]
    fn the_noun_is_as_general_as_what_is_seen() {
        let others = showing("vehicle, animal, food, furniture");
        let told = |nouns| telling_noun(&showing(nouns), &others);
        assert_eq!(told("beagle"), Some("beagle"));
        assert_eq!(told("domestic dog"), Some("dog"));
        assert_eq!(told("animal"), Some("animal"));
        assert_eq!(told("mountain"), Some("mountain"));
    }

    #[test]
    fn what_is_seen_everywhere_tells_nothing() {
        let all = vec![1.0 / CLASSES as f32; CLASSES];
        assert_eq!(telling_noun(&all, &all), None);
        let dogs = showing("domestic dog");
        assert_eq!(telling_noun(&dogs, &showing("poodle")), Some("hunting dog"));
    }
}
