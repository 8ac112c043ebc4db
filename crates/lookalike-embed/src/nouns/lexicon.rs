//! Which names there are, and the classes that they mean.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::lite0::CLASSES;

/// Made by `bench/nouns.py`, which describes it.
const NOUNS: &str = include_str!("nouns.tsv");
/// Written by hand; it describes itself.
const SYNONYMS: &str = include_str!("synonyms.txt");

/// Regular plurals, and what their singulars end in (WordNet's rules, morphy(7WN)).
const PLURALS: [(&str, &str); 8] = [
    ("s", ""),
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
];

/// A class, or what is above some.
pub(super) struct Synset {
    /// The usual name first.
    pub(super) names: Vec<&'static str>,
    /// Ascending.
    pub(super) classes: Vec<u16>,
}

/// All names.
pub(super) struct Lexicon {
    pub(super) synsets: Vec<Synset>,
    /// The classes of each name, in small letters, its words separated by one space.
    names: BTreeMap<String, Vec<u16>>,
    /// Irregular plurals and their singulars.
    plurals: BTreeMap<&'static str, &'static str>,
    /// Words of the longest name.
    pub(super) longest: usize,
}

/// The lexicon, which is made when it is first needed.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(Lexicon::new)
}

impl Lexicon {
    fn new() -> Self {
        let (nouns, plurals) = NOUNS.split_once("\n\n").expect("there is an empty line");
        let synsets = synsets(nouns);
        let mut wordnet: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        for synset in &synsets {
            for name in &synset.names {
                let classes = wordnet.entry(words(name).join(" ")).or_default();
                classes.extend(&synset.classes);
            }
        }
        let mut names = wordnet.clone();
        for (ours, meant) in synonyms() {
            let classes = meant.flat_map(|name| &wordnet[&words(name).join(" ")]);
            let classes: Vec<u16> = classes.copied().collect();
            names.extend(ours.map(|name| (words(name).join(" "), classes.clone())));
        }
        for classes in names.values_mut() {
            classes.sort_unstable();
            classes.dedup();
        }
        let longest = names.keys().map(|name| name.split(' ').count()).max();
        Self {
            synsets,
            names,
            plurals: plurals.lines().filter_map(|l| l.split_once('\t')).collect(),
            longest: longest.unwrap_or(0),
        }
    }

    /// All names, in the order of the alphabet.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The classes of a name in the singular or plural, in small letters.
    pub(super) fn classes(&self, name: &str) -> Option<&[u16]> {
        let irregular = || {
            let (before, last) = name.rsplit_once(' ').map_or(("", name), |(b, l)| (b, l));
            let singular = self.plurals.get(last)?;
            let singular = format!("{before} {singular}");
            self.names.get(singular.trim_start())
        };
        let regular = || {
            PLURALS.iter().find_map(|(plural, singular)| {
                let stem = name.strip_suffix(plural).filter(|stem| !stem.is_empty())?;
                self.names.get(&format!("{stem}{singular}"))
            })
        };
        let found = self.names.get(name).or_else(irregular).or_else(regular);
        found.map(Vec::as_slice)
    }
}

/// The words of a name or a text, in small letters.
pub(super) fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Each synset, with all classes that it is above of.
fn synsets(nouns: &'static str) -> Vec<Synset> {
    let (mut synsets, mut above) = (Vec::new(), Vec::new());
    for line in nouns.lines() {
        let (names, numbers) = line.split_once('\t').expect("there is a tab in each line");
        synsets.push(Synset {
            names: names.split('|').collect(),
            classes: Vec::new(),
        });
        let numbers = numbers.split_ascii_whitespace();
        let numbers = numbers.map(|n| n.parse().expect("a number of a line"));
        above.push(numbers.collect::<Vec<usize>>());
    }
    for class in 0..CLASSES {
        let mut waiting = vec![class];
        while let Some(number) = waiting.pop() {
            let classes = &mut synsets[number].classes;
            if classes.last() != Some(&(class as u16)) {
                classes.push(class as u16);
                waiting.extend(&above[number]);
            }
        }
    }
    synsets
}

/// Everyday words, and the names that they stand for.
fn synonyms() -> impl Iterator<
    Item = (
        impl Iterator<Item = &'static str>,
        impl Iterator<Item = &'static str>,
    ),
> {
    let lines = SYNONYMS.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(" = "));
    pairs.map(|(ours, meant)| (ours.split(", "), meant.split(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_class_has_a_name_and_is_below_others() {
        let lexicon = lexicon();
        assert!(lexicon.synsets.len() > 1800);
        for (class, synset) in lexicon.synsets[..CLASSES].iter().enumerate() {
            assert_eq!(synset.classes, [class as u16], "{:?}", synset.names);
        }
        for synset in &lexicon.synsets[CLASSES..] {
            assert!((1..CLASSES).contains(&synset.classes.len()));
            assert!(synset.classes.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn classes_are_those_below() {
        let count = |name: &str| lexicon().classes(name).map(<[u16]>::len);
        assert_eq!(count("tench"), Some(1));
        assert_eq!(count("animal"), Some(398));
        assert_eq!(count("great white shark"), Some(1));
        assert_eq!(count("elephant"), Some(2));
        assert_eq!(count("quark"), None);
        assert_eq!(count(""), None);
        assert_eq!(count("s"), None);
    }

    #[test]
    fn our_table_says_each_word_once_and_means_names_that_there_are() {
        let (nouns, _) = NOUNS.split_once("\n\n").unwrap();
        let known: BTreeSet<String> = synsets(nouns)
            .iter()
            .flat_map(|synset| &synset.names)
            .map(|name| words(name).join(" "))
            .collect();
        let mut seen = BTreeSet::new();
        let mut lines = 0;
        for (ours, meant) in synonyms() {
            lines += 1;
            for word in ours {
                assert!(seen.insert(word), "{word} stands twice");
            }
            for name in meant {
                assert!(known.contains(&words(name).join(" ")), "{name} is no name");
            }
        }
        let said = SYNONYMS
            .lines()
            .filter(|l| !l.is_empty() && !l.starts_with('#'));
        assert_eq!(lines, said.count());
        assert!(lines > 300);
    }
}
