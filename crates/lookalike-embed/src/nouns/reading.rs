//! Text to nouns.

use super::Noun;
use super::lexicon::{lexicon, words};
use super::near::near;
use crate::error::UnknownWord;
use crate::{Error, Result};

/// Bytes of the longest text that is read.
const LONGEST: usize = 1000;
/// Unknown words that are told.
const TOLD: usize = 3;

/// Words that say nothing of what is in a picture.
const PASSED_OVER: &[&str] = &[
    "a",
    "about",
    "above",
    "across",
    "after",
    "along",
    "among",
    "an",
    "and",
    "are",
    "around",
    "at",
    "be",
    "before",
    "behind",
    "below",
    "beneath",
    "beside",
    "between",
    "by",
    "during",
    "few",
    "five",
    "for",
    "four",
    "from",
    "front",
    "full",
    "has",
    "have",
    "having",
    "her",
    "his",
    "i",
    "image",
    "images",
    "in",
    "inside",
    "into",
    "is",
    "it",
    "its",
    "lot",
    "lots",
    "many",
    "me",
    "my",
    "near",
    "next",
    "of",
    "off",
    "on",
    "one",
    "onto",
    "our",
    "outside",
    "over",
    "pair",
    "photo",
    "photograph",
    "photographs",
    "photos",
    "pic",
    "pics",
    "picture",
    "pictures",
    "s",
    "several",
    "show",
    "showing",
    "shows",
    "snapshot",
    "some",
    "something",
    "that",
    "the",
    "their",
    "there",
    "these",
    "thing",
    "things",
    "this",
    "those",
    "three",
    "through",
    "to",
    "two",
    "under",
    "up",
    "very",
    "was",
    "were",
    "where",
    "which",
    "while",
    "with",
    "your",
];

pub(super) fn read(text: &str) -> Result<Vec<Noun>> {
    if text.len() > LONGEST {
        return Err(Error::LongText {
            bytes: text.len(),
            limit: LONGEST,
        });
    }
    let words = words(text);
    let mut nouns: Vec<Noun> = Vec::new();
    let mut unknown: Vec<&str> = Vec::new();
    let mut rest = &words[..];
    while let [word, after @ ..] = rest {
        if let Some((noun, count)) = first(rest) {
            if nouns.iter().all(|known| known.classes != noun.classes) {
                nouns.push(noun);
            }
            rest = &rest[count..];
        } else {
            if !PASSED_OVER.contains(&word.as_str()) && !unknown.contains(&word.as_str()) {
                unknown.push(word);
            }
            rest = after;
        }
    }
    if !unknown.is_empty() {
        let more = unknown.len().saturating_sub(TOLD);
        let told = unknown.iter().take(TOLD).map(|word| UnknownWord {
            word: word.chars().take(40).collect(),
            near: near(word, lexicon().names()),
        });
        return Err(Error::UnknownWords {
            words: told.collect(),
            more,
        });
    }
    if nouns.is_empty() {
        return Err(Error::NoNoun);
    }
    Ok(nouns)
}

/// The noun at the beginning, the longest there is, and the number of its words.
fn first(words: &[String]) -> Option<(Noun, usize)> {
    let lexicon = lexicon();
    (1..=words.len().min(lexicon.longest))
        .rev()
        .find_map(|count| {
            let name = words[..count].join(" ");
            if count == 1 && PASSED_OVER.contains(&name.as_str()) {
                return None;
            }
            let classes = lexicon.classes(&name)?.to_vec();
            Some((Noun { name, classes }, count))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let nouns = read(text).unwrap();
        nouns.iter().map(|noun| noun.name().to_owned()).collect()
    }

    fn is_same(a: &str, b: &str) -> bool {
        read(a).unwrap()[0].classes == read(b).unwrap()[0].classes
    }

    #[test]
    fn what_is_passed_over_is_in_order_and_small() {
        assert!(PASSED_OVER.is_sorted_by(|a, b| a < b));
        assert!(PASSED_OVER.iter().all(|word| words(word) == [*word]));
    }

    #[test]
    fn nouns_are_found_in_a_sentence() {
        assert_eq!(names("dog"), ["dog"]);
        assert_eq!(names("A photo of a Dog, on the BEACH!"), ["dog", "beach"]);
        assert_eq!(names("my cell phone"), ["cell phone"]);
        assert_eq!(
            names("a great white shark in the sea"),
            ["great white shark", "sea"]
        );
        assert_eq!(names("jack-o'-lantern"), ["jack o lantern"]);
        assert_eq!(names("the dog's ball"), ["dog", "ball"]);
        assert_eq!(names("dog and dogs, domestic dogs"), ["dog"]);
    }

    #[test]
    fn plurals_are_understood() {
        for (plural, singular) in [
            ("elephants", "elephant"),
            ("buses", "bus"),
            ("foxes", "fox"),
            ("churches", "church"),
            ("butterflies", "butterfly"),
            ("wolves", "wolf"),
            ("timber wolves", "timber wolf"),
            ("geese", "goose"),
            ("policemen", "policeman"),
            ("beaches", "beach"),
            ("ladies", "lady"),
            ("cell phones", "cell phone"),
            ("teddy bears", "teddy bear"),
        ] {
            assert!(is_same(plural, singular), "{plural}");
        }
    }

    #[test]
    fn everyday_words_stand_for_names() {
        assert!(is_same("cell phone", "mobile phone"));
        assert!(is_same("tv", "telly"));
        assert!(is_same("kid", "child"));
        // WordNet's plane is the carpenter's as well, its cat a lion too.
        assert!(is_same("plane", "aeroplane"));
        let plane = &read("plane").unwrap()[0];
        let carpenters = &read("carpenter's plane").unwrap()[0];
        assert!(!plane.classes.contains(&carpenters.classes[0]));
    }

    #[test]
    fn unknown_words_are_told_with_those_near() {
        let Err(Error::UnknownWords { words, more }) = read("a purple elefant in Paris, qux quux")
        else {
            panic!("all of it is known");
        };
        let told: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!((told, more), (vec!["purple", "elefant", "paris"], 2));
        assert!(words[1].near.contains(&"elephant".to_owned()), "{words:?}");
        assert!(
            read("elefant")
                .unwrap_err()
                .to_string()
                .contains("elephant")
        );
    }

    #[test]
    fn text_without_a_noun_is_refused() {
        for text in ["", "  \n", "?!", "a picture of the", "\u{0}"] {
            assert!(matches!(read(text), Err(Error::NoNoun)), "{text:?}");
        }
        let long = "dog ".repeat(2560);
        assert!(matches!(
            read(&long),
            Err(Error::LongText { bytes: 10_240, .. })
        ));
        let long = "x".repeat(999);
        let message = read(&long).unwrap_err().to_string();
        assert!(message.len() < 200 && !message.contains('\n'), "{message}");
    }
}
