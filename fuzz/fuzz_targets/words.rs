//! Any bytes as a segment of visual words, a stored picture and a vocabulary: what opens can be
//! searched, and damage is an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike_words::{
    Living, QueryFeature, RankOptions, Segment, Vocabulary, WordPicture, WordSource, WordsSegment,
    candidates,
};

fuzz_target!(|bytes: &[u8]| {
    let _ = Vocabulary::from_bytes(bytes);
    let _ = WordPicture::from_bytes(bytes);
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("to write it");
    let Ok(segment) = WordsSegment::open(file.path()) else {
        return;
    };
    let _ = segment.verify();
    let query: Vec<QueryFeature> = (0..40u16)
        .map(|word| QueryFeature {
            words: vec![word, 400 * word],
            code: u128::from(word) << 60,
        })
        .collect();
    let living = Living::new(0, segment);
    let sources = [WordSource::Segment(&living)];
    let _ = candidates(&[&query, &query[..3]], &sources, &RankOptions::default());
    let segment = living.segment();
    for &id in segment.ids().iter().take(10) {
        let _ = segment.get(id);
    }
});
