//! Vocabularies: training, files, the nearest words and codes.

mod common;

use common::levels;
use lookalike_words::{
    DESCRIPTOR, Descriptor, Error, Level, OWN_BITS, PROBES, QueryFeature, Vocabulary,
    VocabularyTraining, hamming, rootsift,
};

/// Descriptors around a few hundred others, from a small generator.
fn descriptors(count: usize, mut seed: u32) -> Vec<Descriptor> {
    let mut next = move |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    let centres: Vec<Descriptor> = (0..300)
        .map(|_| std::array::from_fn(|_| if next(3) == 0 { next(120) as u8 } else { 0 }))
        .collect();
    (0..count)
        .map(|_| centres[next(300) as usize].map(|v| v.saturating_add(next(25) as u8)))
        .collect()
}

const TINY: VocabularyTraining = VocabularyTraining {
    cells: 8,
    words_in_cell: 16,
    rounds: 5,
    seed: 7,
    threads: 1,
    level: Level::baseline(),
};

fn tiny() -> Vocabulary {
    Vocabulary::train(&descriptors(3000, 1), &TINY).unwrap()
}

#[test]
fn training_depends_on_the_seed_but_not_on_threads_or_instructions() {
    let vocabulary = tiny();
    for level in levels() {
        let options = VocabularyTraining {
            threads: 3,
            level,
            ..TINY
        };
        let again = Vocabulary::train(&descriptors(3000, 1), &options).unwrap();
        assert_eq!(again.to_bytes(), vocabulary.to_bytes());
    }
    let options = VocabularyTraining { seed: 8, ..TINY };
    let other = Vocabulary::train(&descriptors(3000, 1), &options).unwrap();
    assert_ne!(other.id(), vocabulary.id());
}

#[test]
fn training_refuses_what_cannot_work() {
    let few = descriptors(100, 1);
    assert!(matches!(
        Vocabulary::train(&few, &TINY),
        Err(Error::Vocabulary { .. })
    ));
    assert!(matches!(
        Vocabulary::train(&[], &TINY),
        Err(Error::Vocabulary { .. })
    ));
    // As many as words, but all alike.
    let alike = vec![few[0]; 1000];
    assert!(matches!(
        Vocabulary::train(&alike, &TINY),
        Err(Error::Vocabulary { .. })
    ));
    for (cells, words_in_cell) in [(0, 8), (12, 8), (8, 264)] {
        let options = VocabularyTraining {
            cells,
            words_in_cell,
            ..TINY
        };
        let error = Vocabulary::train(&descriptors(3000, 1), &options).unwrap_err();
        assert!(error.to_string().contains("multiples of 8"), "{error}");
    }
}

#[test]
fn training_leaves_hardly_a_word_unused() {
    let descriptors = descriptors(3000, 1);
    let used = |vocabulary: &Vocabulary| {
        let mut words: Vec<u16> = descriptors
            .iter()
            .map(|d| vocabulary.nearest::<1>(Level::new(), d)[0])
            .collect();
        words.sort_unstable();
        words.dedup();
        words.len()
    };
    assert!(
        used(&tiny()) >= 126,
        "{} of 128 words in use",
        used(&tiny())
    );
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let vocabulary = tiny();
    let bytes = vocabulary.to_bytes();
    let read = Vocabulary::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!((read.id(), read.len()), (vocabulary.id(), 128));
    for d in descriptors(50, 2) {
        let level = Level::new();
        assert_eq!(
            read.nearest::<3>(level, &d),
            vocabulary.nearest::<3>(level, &d)
        );
        assert_eq!(read.signature(level, &d), vocabulary.signature(level, &d));
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let bytes = tiny().to_bytes();
    let refused =
        |bytes: &[u8]| matches!(Vocabulary::from_bytes(bytes), Err(Error::Vocabulary { .. }));
    // What follows from the rest may be missing.
    let without = bytes.len() - 12 * tiny().len() - 4;
    for length in (0..bytes.len()).filter(|&length| length != without) {
        assert!(refused(&bytes[..length]), "cut off after {length} bytes");
    }
    assert!(refused(&[&bytes[..], &[0]].concat()), "a byte too much");
    let mut damaged = bytes.clone();
    for i in 0..bytes.len() {
        damaged[i] ^= 1 << (i % 8);
        assert!(refused(&damaged), "byte {i} changed");
        damaged[i] = bytes[i];
    }
    assert!(!refused(&damaged));
}

#[test]
fn own_bits_follow_from_the_centroids() {
    let embedded = Vocabulary::embedded();
    for vocabulary in [&tiny(), embedded] {
        let bytes = vocabulary.to_bytes();
        let own = 12 * vocabulary.len() + 4;
        let without = Vocabulary::from_bytes(&bytes[..bytes.len() - own]).unwrap();
        assert_eq!(without.id(), vocabulary.id());
        assert_eq!(without.to_bytes(), bytes, "they are made anew");
    }
    let descriptors = descriptors(200, 5);
    let level = Level::new();
    let token = |d| {
        embedded.token(
            embedded.nearest::<1>(level, d)[0],
            embedded.signature(level, d),
        )
    };
    for d in &descriptors {
        let query = QueryFeature::new(embedded, level, d, 0);
        assert_eq!(query.tokens[0], token(d), "the likeliest is its own");
        assert_eq!(query.tokens.len(), 2 * PROBES);
        let words = query.tokens.chunks(PROBES).zip(&query.words);
        for (tokens, &word) in words {
            assert!(tokens.iter().all(|token| token >> OWN_BITS == word.into()));
            let turned = tokens.iter().map(|token| (token ^ tokens[0]).count_ones());
            let turned: Vec<u32> = turned.collect();
            assert_eq!(turned[..3], [0, 1, 1]);
            assert!((1..=2).contains(&turned[3]));
        }
    }
}

#[test]
fn a_newer_file_is_named_as_such() {
    let mut bytes = tiny().to_bytes();
    bytes[8] = 2;
    let error = Vocabulary::from_bytes(&bytes).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn all_instruction_sets_agree() {
    let vocabulary = Vocabulary::embedded();
    assert_eq!(vocabulary.id(), Vocabulary::embedded_id());
    for d in descriptors(100, 3) {
        let words = vocabulary.nearest::<3>(Level::fallback(), &d);
        let code = vocabulary.signature(Level::fallback(), &d);
        for level in levels() {
            assert_eq!(vocabulary.nearest::<3>(level, &d), words);
            assert_eq!(vocabulary.signature(level, &d), code);
        }
    }
}

/// The first centroids of a vocabulary file, in steps of 1/400.
fn centroids(bytes: &[u8], count: usize) -> Vec<Descriptor> {
    let body = &bytes[24 + 4 * DESCRIPTOR..];
    let value = |i: usize, j: usize| {
        let block = &body[i / 8 * 8 * DESCRIPTOR..];
        block[j / 4 * 32 + j % 4 / 2 * 16 + i % 8 * 2 + j % 2]
    };
    (0..count)
        .map(|i| std::array::from_fn(|j| value(i, j)))
        .collect()
}

#[test]
fn the_nearest_words_are_those_of_a_plain_search() {
    let vocabulary = tiny();
    let centroids = centroids(&vocabulary.to_bytes(), 8 + 128);
    for d in descriptors(200, 4) {
        let root = rootsift(&d).map(|v| (v * 400.0).round() as u8);
        let distance = |i: &usize| -> i32 {
            let pairs = centroids[*i].iter().zip(&root);
            pairs
                .map(|(&a, &b)| (i32::from(a) - i32::from(b)).pow(2))
                .sum()
        };
        let mut cells: Vec<usize> = (0..8).collect();
        cells.sort_by_key(distance);
        cells[..3].sort_unstable();
        let mut words: Vec<usize> = cells[..3]
            .iter()
            .flat_map(|cell| 8 + cell * 16..8 + cell * 16 + 16)
            .collect();
        words.sort_by_key(distance);
        let found = vocabulary.nearest::<3>(Level::new(), &d);
        assert_eq!(found.map(|word| usize::from(word) + 8), words[..3]);
    }
}

#[test]
fn near_descriptors_have_near_codes() {
    let vocabulary = Vocabulary::embedded();
    let code = |d: &Descriptor| vocabulary.signature(Level::new(), d);
    let all = descriptors(200, 5);
    let (mut near, mut far) = (0, 0);
    for pair in all.windows(2) {
        let mut moved = pair[0];
        moved
            .iter_mut()
            .step_by(3)
            .for_each(|v| *v = v.saturating_add(3));
        near = near.max(hamming(code(&pair[0]), code(&moved)));
        if pair[0] != pair[1] {
            far += hamming(code(&pair[0]), code(&pair[1]));
        }
    }
    assert!(near <= 16, "{near} bits differ between near descriptors");
    let far = far / 199;
    assert!(far >= 35, "{far} bits differ between others on average");
}

#[test]
fn the_built_in_vocabulary_has_its_size() {
    let vocabulary = Vocabulary::embedded();
    assert_eq!(vocabulary.len(), 16_384);
    let again = Vocabulary::from_bytes(&vocabulary.to_bytes()).unwrap();
    assert_eq!(again.id(), vocabulary.id());
}
