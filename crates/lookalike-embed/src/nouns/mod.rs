//! Nouns for what [`Lite0`](crate::Lite0) sees.
//!
//! Its last layer knows 1,000 classes. WordNet (see LICENSES/wordnet.txt, and `bench/nouns.py`, which makes
//! the table) names them, and what is above them: "dog" are 118 of the classes, "animal" 398. So a noun
//! is a set of classes, and how far a picture shows it are the odds of these classes against all others.
//! A table of our own adds everyday words.

mod lexicon;
mod near;
mod reading;
mod telling;

use crate::Result;
use crate::embedder::normalize;
use crate::lite0::Classes;

pub use telling::telling_noun;

/// Directions of the parts of a noun, at most.
const DIRECTIONS: usize = 8;
/// Odds are a power of those of the network, which is too sure of itself: for then one noun of several
/// does not count for nothing beside another (chosen on halves of two photographs side by side).
const TEMPERATURE: f32 = 3.0;
/// The share of other classes is never smaller, so that odds are finite.
const LEAST: f32 = 1e-30;

/// Something that has a name, and that the embedded network can tell in pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Noun {
    name: String,
    /// Ascending; neither none nor all.
    classes: Vec<u16>,
}

impl Noun {
    /// The nouns of a text, each once: "a dog on the beach" has two. Articles, prepositions and what only
    /// says that there is a picture are passed over.
    ///
    /// # Errors
    /// [`Error::UnknownWords`](crate::Error::UnknownWords),
    /// [`Error::NoNoun`](crate::Error::NoNoun), and
    /// [`Error::LongText`](crate::Error::LongText).
    pub fn read(text: &str) -> Result<Vec<Self>> {
        reading::read(text)
    }

    /// The noun as it stood in the text.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The logarithm of the odds that a picture shows it, for the probabilities of all classes (see
    /// [`Classes::probabilities`]).
    pub fn log_odds(&self, probabilities: &[f32]) -> f32 {
        let (mut inside, mut outside) = (0.0, 0.0);
        let mut own = self.classes.iter().map(|&class| usize::from(class));
        let mut next = own.next();
        for (class, probability) in probabilities.iter().enumerate() {
            if next == Some(class) {
                inside += probability;
                next = own.next();
            } else {
                outside += probability;
            }
        }
        (f32::max(inside, LEAST).ln() - f32::max(outside, LEAST).ln()) / TEMPERATURE
    }

    /// The direction, of length 1, in which embeddings of pictures of it lie from all others.
    pub fn direction(&self) -> Vec<f32> {
        direction(&self.classes)
    }

    /// The directions of its parts: of every class, or of some at a time where there are many.
    pub fn directions(&self) -> Vec<Vec<f32>> {
        let size = self.classes.len().div_ceil(DIRECTIONS);
        self.classes.chunks(size).map(direction).collect()
    }
}

fn direction(classes: &[u16]) -> Vec<f32> {
    normalize(Classes::direction(classes)).expect("no two classes are equal")
}
