//! Visual words: stored, ranked, merged, damaged.

use lookalike_store::{Dead, Error as StoreError, Random};
use lookalike_words::{
    Candidate, Error, Feature, FreshWords, Living, QueryFeature, RankOptions, Segment, Vocabulary,
    WORDS, WordPicture, WordSource, WordsSegment, candidates, rank, write_words,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Numbers without a pattern.
struct Numbers(Random);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0.bits()
    }

    /// A feature of one of few words, so that lists are shared.
    fn feature(&mut self, words: u64) -> Feature {
        Feature {
            word: (self.next() % words * 131 % WORDS as u64) as u16,
            code: u128::from(self.next()) << 64 | u128::from(self.next()),
            place: self.next() as u32,
        }
    }

    fn picture(&mut self, features: usize, words: u64) -> WordPicture {
        let features = (0..features).map(|_| self.feature(words)).collect();
        WordPicture::new([640, 480], features)
    }
}

fn collection(seed: u64, ids: &[u64]) -> Vec<(u64, WordPicture)> {
    let mut numbers = Numbers(Random::new(seed));
    ids.iter()
        .map(|&id| (id, numbers.picture(20 + (id % 7) as usize, 40)))
        .collect()
}

/// The features of a picture with some bits flipped, each in its word and in another one.
fn query_of(picture: &WordPicture, flips: u32) -> Vec<QueryFeature> {
    let mut numbers = Numbers(Random::new(7));
    let noisy = |code: u128, numbers: &mut Numbers| {
        (0..flips).fold(code, |code, _| code ^ 1 << (numbers.next() % 128))
    };
    let features = picture.features().iter();
    features
        .map(|feature| {
            let code = noisy(feature.code, &mut numbers);
            let sides = [feature.word, (feature.word + 131) % WORDS as u16].map(|word| {
                let feature = Feature {
                    word,
                    code,
                    ..*feature
                };
                QueryFeature::of_stored(Vocabulary::embedded(), &feature)
            });
            QueryFeature {
                words: [sides[0].words[0], sides[1].words[0]].into(),
                tokens: [&sides[0].tokens[..], &sides[1].tokens[..]].concat(),
                ..sides[0].clone()
            }
        })
        .collect()
}

fn fresh(pictures: &[(u64, WordPicture)]) -> FreshWords {
    FreshWords::new(Vocabulary::embedded(), pictures.to_vec()).unwrap()
}

fn write_all(path: &Path, sources: &[WordSource<'_>]) -> lookalike_words::Result<WordsSegment> {
    write_words(path, "test", sources, &AtomicBool::new(false))
}

fn write(path: &Path, pictures: &[(u64, WordPicture)]) -> Living<WordsSegment> {
    let fresh = fresh(pictures);
    Living::new(0, write_all(path, &[WordSource::Fresh(&fresh)]).unwrap())
}

/// An id, its score, and the distance of the nearest vote of each feature that has one.
type Slowly = (u64, f64, Vec<(u32, u32)>);

/// The candidates by their definition, one pair of features after the other.
fn found_slowly(query: &[QueryFeature], pictures: &[(u64, WordPicture)]) -> Vec<Slowly> {
    let mut counts = BTreeMap::new();
    for feature in pictures.iter().flat_map(|(_, p)| p.features()) {
        *counts.entry(feature.word).or_insert(0u32) += 1;
    }
    let idf = |word| {
        let count = f64::from(counts.get(&word).copied().unwrap_or(0));
        ((pictures.len() as f64 + 1.0) / (count + 1.0))
            .ln()
            .max(0.1)
            .powi(2)
    };
    let token = |f: &Feature| Vocabulary::embedded().token(f.word, f.code);
    let shares = |picture: &WordPicture| {
        let mut tokens = picture.features().iter().map(token);
        tokens.any(|token| query.iter().any(|q| q.tokens.contains(&token)))
    };
    let distances = |q: &QueryFeature, picture: &WordPicture| -> Vec<(u16, u32)> {
        let features = picture.features().iter();
        let own = features.filter(|f| q.words.contains(&f.word));
        let all = own.map(|f| (f.word, (q.code ^ f.code).count_ones()));
        all.filter(|(_, distance)| *distance <= 36).collect()
    };
    let mut all = Vec::new();
    for (id, picture) in pictures.iter().filter(|(_, picture)| shares(picture)) {
        let (mut sum, mut votes) = (0.0, Vec::new());
        for (number, q) in query.iter().enumerate() {
            let found = distances(q, picture);
            let weight =
                |&(word, bits): &(u16, u32)| (-(f64::from(bits) / 24.0).powi(2)).exp() * idf(word);
            sum += found.iter().map(weight).fold(0.0, f64::max);
            let nearest = found.iter().map(|(_, distance)| *distance).min();
            votes.extend(nearest.map(|distance| (number as u32, distance)));
        }
        if !votes.is_empty() {
            all.push((*id, sum / (picture.features().len() as f64).sqrt(), votes));
        }
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all
}

#[test]
fn candidates_follow_their_definition_wherever_the_pictures_are() {
    let pictures = collection(1, &(10..40).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    let first = write(&folder.path().join("a"), &pictures[..12]);
    let second = write(&folder.path().join("b"), &pictures[12..20]);
    let (rest, all) = (fresh(&pictures[20..]), fresh(&pictures));
    let spread = [
        WordSource::Segment(&first),
        WordSource::Segment(&second),
        WordSource::Fresh(&rest),
    ];
    for (id, picture) in &pictures {
        let query = query_of(picture, 6);
        let expected = found_slowly(&query, &pictures);
        for (k, threads) in [(30, 1), (30, 3), (2, 1)] {
            let options = RankOptions {
                k,
                threads,
                ..RankOptions::default()
            };
            let ask = |sources: &[_]| candidates(&[&query, &query[..1]], sources, &options);
            let found = ask(&[WordSource::Fresh(&all)]).unwrap();
            assert_eq!(found, ask(&spread).unwrap());
            assert_eq!(found[0][0].id, *id);
            assert_eq!(found[0].len(), expected.len().min(k));
            for (found, (id, score, votes)) in found[0].iter().zip(&expected) {
                assert_eq!((found.id, found.size), (*id, [640, 480]));
                assert!((f64::from(found.score) / score - 1.0).abs() < 1e-5);
                let voted = found.votes.iter().map(|v| (v.feature, v.distance));
                assert!(voted.eq(votes.iter().copied()));
                let (_, picture) = pictures.iter().find(|(id, _)| *id == found.id).unwrap();
                for vote in &found.votes {
                    let q = &query[vote.feature as usize];
                    let is_it = |f: &Feature| {
                        f.place == vote.place && (q.code ^ f.code).count_ones() == vote.distance
                    };
                    assert!(picture.features().iter().any(is_it));
                }
            }
        }
    }
}

#[test]
fn tokens_alone_find_the_picture_and_count_its_features() {
    let pictures = collection(4, &(10..30).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    let segment = write(&folder.path().join("a"), &pictures[..12]);
    let rest = fresh(&pictures[12..]);
    let sources = [WordSource::Segment(&segment), WordSource::Fresh(&rest)];
    let sides: Vec<Vec<QueryFeature>> = pictures.iter().map(|(_, p)| query_of(p, 0)).collect();
    let queries: Vec<&[QueryFeature]> = sides.iter().map(Vec::as_slice).collect();
    for threads in [1, 3] {
        let options = RankOptions {
            k: 3,
            threads,
            ..RankOptions::default()
        };
        let found = rank(&queries, &sources, &options).unwrap();
        for ((id, picture), found) in pictures.iter().zip(found) {
            let features = picture.features().len() as f32;
            assert_eq!((found[0].id, found[0].score), (*id, features));
            assert!(found[1..].iter().all(|other| other.score < features / 3.0));
        }
    }
}

#[test]
fn what_was_written_is_read() {
    let pictures = collection(2, &[3, 5, 8, 13, u64::MAX]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    write(&path, &pictures);
    let segment = WordsSegment::open(&path).unwrap();
    segment.verify().unwrap();
    assert_eq!(segment.ids(), [3, 5, 8, 13, u64::MAX]);
    assert_eq!((segment.len(), segment.label()), (5, "test"));
    let features: usize = pictures.iter().map(|(_, p)| p.features().len()).sum();
    assert_eq!(segment.features(), features as u64);
    for (id, picture) in &pictures {
        assert_eq!(segment.get(*id).unwrap().as_ref(), Some(picture));
        assert_eq!(
            &WordPicture::from_bytes(&picture.to_bytes()).unwrap(),
            picture
        );
    }
    assert_eq!(segment.get(4).unwrap(), None);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else is left"
    );
}

#[test]
fn segments_merge_without_what_is_deleted() {
    // The ids interleave, as after a repair.
    let even: Vec<u64> = (0..20).map(|i| 2 * i).collect();
    let odd: Vec<u64> = (0..20).map(|i| 2 * i + 1).collect();
    let (a, b) = (collection(3, &even), collection(4, &odd));
    let folder = tempfile::tempdir().unwrap();
    // Ids of other segments are among the deleted ones.
    let dead = Dead::Ids((0..50).step_by(5).collect());
    let first = write(&folder.path().join("a"), &a).without(&dead);
    let living = b.iter().filter(|(id, _)| id % 5 != 0).cloned();
    let second = fresh(&living.collect::<Vec<_>>());
    assert_eq!((first.alive(), second.len()), (16, 16));
    let sources = [WordSource::Segment(&first), WordSource::Fresh(&second)];
    let path = folder.path().join("m");
    let merged = write_all(&path, &sources).unwrap();
    merged.verify().unwrap();
    let mut expected: Vec<_> = a
        .into_iter()
        .chain(b)
        .filter(|(id, _)| id % 5 != 0)
        .collect();
    expected.sort_by_key(|(id, _)| *id);
    assert_eq!(merged.len(), expected.len());
    for (id, picture) in &expected {
        assert_eq!(merged.get(*id).unwrap().as_ref(), Some(picture));
    }
    let straight = write(&folder.path().join("s"), &expected);
    assert_eq!(
        fs::read(straight.segment().path()).unwrap(),
        fs::read(merged.path()).unwrap(),
        "the same pictures are the same file"
    );
    assert!(matches!(
        write_all(&path, &[sources[0], sources[0]]),
        Err(Error::Store(StoreError::IdOrder { .. }))
    ));
    let stopped = write_words(&path, "test", &sources, &AtomicBool::new(true));
    assert!(matches!(stopped, Err(Error::Store(StoreError::Stopped))));
}

#[test]
fn one_picture_may_be_asked_about() {
    let pictures = collection(5, &[1, 2, 3]);
    let all = fresh(&pictures);
    let query = query_of(&pictures[1].1, 0);
    let ask = |id| {
        let options = RankOptions {
            only: Some(id),
            ..RankOptions::default()
        };
        let found = candidates(&[&query], &[WordSource::Fresh(&all)], &options);
        found.unwrap().remove(0)
    };
    let votes_of = |found: &[Candidate]| {
        found
            .iter()
            .map(|c| (c.id, c.votes.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(votes_of(&ask(2)), [(2, pictures[1].1.features().len())]);
    assert_eq!(ask(4), []);
}

#[test]
fn empty_things_are_no_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let none = write(&folder.path().join("none"), &[]);
    none.segment().verify().unwrap();
    assert!(none.segment().is_empty());
    let bare = write(&folder.path().join("bare"), &[(1, WordPicture::default())]);
    bare.segment().verify().unwrap();
    assert_eq!(bare.segment().get(1).unwrap(), Some(WordPicture::default()));
    let options = RankOptions::default();
    for query in [&[][..], &query_of(&collection(6, &[1])[0].1, 0)] {
        let sources = [WordSource::Segment(&none), WordSource::Segment(&bare)];
        assert_eq!(candidates(&[query], &sources, &options).unwrap(), [[]]);
        assert_eq!(rank(&[query], &sources, &options).unwrap(), [[]]);
    }
    let strange = [QueryFeature {
        words: vec![u16::MAX],
        tokens: vec![u32::MAX],
        code: 0,
        place: 0,
    }];
    let sources = [WordSource::Segment(&bare)];
    assert_eq!(candidates(&[&strange], &sources, &options).unwrap(), [[]]);
    assert_eq!(rank(&[], &sources, &options).unwrap(), [[]; 0]);
}

#[test]
fn what_cannot_be_stored_is_refused() {
    let far = Feature {
        word: WORDS as u16,
        ..Feature::default()
    };
    let picture = WordPicture::new([1, 1], vec![far]);
    let refused = FreshWords::new(Vocabulary::embedded(), vec![(1, picture)]);
    assert!(matches!(refused, Err(Error::Features { .. })));
    let twice = vec![(1, WordPicture::default()), (1, WordPicture::default())];
    assert!(matches!(
        FreshWords::new(Vocabulary::embedded(), twice),
        Err(Error::Store(StoreError::IdOrder { .. }))
    ));
}

/// Whatever byte is damaged, an answer is right or an error.
#[test]
fn every_flipped_byte_is_noticed_or_does_not_matter() {
    let pictures = collection(8, &[1, 2]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let answers = |living: &Living<WordsSegment>| -> lookalike_words::Result<_> {
        let options = RankOptions::default();
        let query = query_of(&pictures[0].1, 3);
        let sources = [WordSource::Segment(living)];
        let segment = living.segment();
        let ranked = rank(&[&query], &sources, &options)?;
        let found = candidates(&[&query], &sources, &options)?;
        Ok((ranked, found, segment.get(1)?, segment.get(2)?))
    };
    let right = answers(&write(&path, &pictures)).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    let good = fs::read(&path).unwrap();
    // Most of the file are rows of words that no picture has.
    let damaged = |at: &usize| *at < 8000 || at.is_multiple_of(11);
    for at in (0..good.len()).filter(damaged) {
        let byte = good[at];
        file.write_all_at(&[byte ^ (1 << (at % 8))], at as u64)
            .unwrap();
        if let Ok(segment) = WordsSegment::open(&path) {
            assert!(segment.verify().is_err(), "byte {at}");
            if let Ok(answer) = answers(&Living::new(0, segment)) {
                assert_eq!(answer, right, "byte {at}");
            }
        }
        file.write_all_at(&[byte], at as u64).unwrap();
    }
    for length in (0..good.len()).step_by(997) {
        file.set_len(length as u64).unwrap();
        assert!(WordsSegment::open(&path).is_err(), "{length} bytes");
        file.set_len(good.len() as u64).unwrap();
        file.write_all_at(&good, 0).unwrap();
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = WordPicture::from_bytes(&bytes);
        let mut sealed = bytes.clone();
        sealed.extend(crc32fast::hash(&bytes).to_le_bytes());
        if let Ok(picture) = WordPicture::from_bytes(&sealed) {
            prop_assert_eq!(picture.to_bytes(), sealed);
        }
    }

    #[test]
    fn damaged_pictures_are_refused(at in 0usize..400, bit in 0u8..8) {
        let mut bytes = collection(9, &[3])[0].1.to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(WordPicture::from_bytes(&bytes).is_err());
    }
}
