//! Files as each version of the format wrote them: this one and later ones must still read them.
//!
//! After a change of the format: raise its version, and run
//! `cargo test -p lookalike-words --test fixtures -- --ignored`, which adds the file of that version.

use lookalike_words::{
    Feature, FreshWords, Living, OldWords, QueryFeature, RankOptions, Segment, Vocabulary,
    WORDS_FORMAT_VERSION, WordPicture, WordSource, WordsSegment, rank, write_words,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn fixture(version: u32) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fixtures.join(format!("words-v{version}"))
}

fn picture(id: u64) -> WordPicture {
    let feature = |i: u64| Feature {
        word: ((id * 97 + i * 1001) % 16_384) as u16,
        code: u128::from(id * i) << 64 | u128::from(i),
        place: (id << 16 | i) as u32,
    };
    WordPicture::new([640, 400 + id as u16], (0..20).map(feature).collect())
}

#[test]
fn words_of_every_version_are_read() {
    for version in OldWords::VERSION + 1..=WORDS_FORMAT_VERSION {
        let segment = WordsSegment::open(&fixture(version)).unwrap();
        segment.verify().unwrap();
        assert_eq!((segment.version(), segment.label()), (version, "a fixture"));
        assert_eq!(segment.ids(), [1, 2, 9]);
        let living = Living::new(0, segment);
        let sources = [WordSource::Segment(&living)];
        for id in [1, 2, 9] {
            let stored = living.segment().get(id).unwrap();
            assert_eq!(stored.as_ref(), Some(&picture(id)));
            let query = |f| QueryFeature::of_stored(Vocabulary::embedded(), f);
            let query: Vec<QueryFeature> = picture(id).features().iter().map(query).collect();
            let found = rank(&[&query], &sources, &RankOptions::default()).unwrap();
            assert_eq!(found[0][0].id, id);
        }
    }
}

#[test]
fn pictures_of_the_oldest_version_are_read() {
    let path = fixture(OldWords::VERSION);
    let refused = WordsSegment::open(&path).unwrap_err().to_string();
    assert!(refused.contains("reads from 3 on"), "{refused}");
    assert!(OldWords::is_at(&path));
    let old = OldWords::open(&path).unwrap();
    assert_eq!(old.ids(), [1, 2, 9]);
    for (place, &id) in old.ids().iter().enumerate() {
        assert_eq!(old.picture(place).unwrap(), picture(id));
    }
    assert!(!OldWords::is_at(&fixture(WORDS_FORMAT_VERSION)));
    assert!(!OldWords::is_at(Path::new("nowhere")));
}

/// Not a test.
#[test]
#[ignore = "adds the fixture of today's version"]
fn write() {
    let pictures: Vec<_> = [1, 2, 9].map(|id| (id, picture(id))).into();
    let fresh = FreshWords::new(Vocabulary::embedded(), pictures).unwrap();
    let path = fixture(WORDS_FORMAT_VERSION);
    let never = AtomicBool::new(false);
    write_words(&path, "a fixture", &[WordSource::Fresh(&fresh)], &never).unwrap();
}
