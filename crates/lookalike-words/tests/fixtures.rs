//! Files as each version of the format wrote them: this one and later ones must still read them.
//!
//! After a change of the format: raise its version, and run
//! `cargo test -p lookalike-words --test fixtures -- --ignored`, which adds the file of that version.

use lookalike_words::{
    Feature, FreshWords, Living, QueryFeature, RankOptions, Segment, WORDS_FORMAT_VERSION,
    WordPicture, WordSource, WordsSegment, rank, write_words,
};
use std::path::{Path, PathBuf};

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
    for version in 2..=WORDS_FORMAT_VERSION {
        let segment = WordsSegment::open(&fixture(version)).unwrap();
        segment.verify().unwrap();
        assert_eq!((segment.version(), segment.label()), (version, "a fixture"));
        assert_eq!(segment.ids(), [1, 2, 9]);
        let living = Living::new(0, segment);
        let sources = [WordSource::Segment(&living)];
        for id in [1, 2, 9] {
            let stored = living.segment().get(id).unwrap();
            assert_eq!(stored.as_ref(), Some(&picture(id)));
            let features = picture(id).features().to_vec();
            let query = features.into_iter().map(|f| QueryFeature {
                words: vec![f.word],
                code: f.code,
            });
            let query: Vec<QueryFeature> = query.collect();
            let found = rank(&query, &sources, &RankOptions::default()).unwrap();
            assert_eq!(found[0].id, id);
        }
    }
}

/// Not a test.
#[test]
#[ignore = "adds the fixture of today's version"]
fn write() {
    let pictures: Vec<_> = [1, 2, 9].map(|id| (id, picture(id))).into();
    let fresh = FreshWords::new(&pictures).unwrap();
    let path = fixture(WORDS_FORMAT_VERSION);
    write_words(&path, "a fixture", &[WordSource::Fresh(&fresh)]).unwrap();
}
