//! Any bytes as a segment of visual words, a stored picture and a vocabulary: what opens can be
//! searched, and damage is an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike_words::{
    Living, OldWords, QueryFeature, RankOptions, Segment, Vocabulary, WordPicture, WordSource,
    WordsSegment, candidates, rank,
};

fuzz_target!(|bytes: &[u8]| {
    let _ = Vocabulary::from_bytes(bytes);
    let _ = WordPicture::from_bytes(bytes);
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("to write it");
    if let Ok(old) = OldWords::open(file.path()) {
        for place in 0..old.ids().len().min(10) {
            let _ = old.picture(place);
        }
    }
    let Ok(segment) = WordsSegment::open(file.path()) else {
        return;
    };
    let _ = segment.verify();
    let query: Vec<QueryFeature> = (0..40u16)
        .map(|word| QueryFeature {
            words: vec![word, 400 * word],
            tokens: vec![u32::from(word) << 12, u32::from(word) << 12 | 0xabc],
            code: u128::from(word) << 60,
            place: u32::from(word) << 20,
        })
        .collect();
    let living = Living::new(0, segment);
    let sources = [WordSource::Segment(&living)];
    let _ = candidates(&[&query, &query[..3]], &sources, &RankOptions::default());
    let _ = rank(&[&query], &sources, &RankOptions::default());
    let segment = living.segment();
    for &id in segment.ids().iter().take(10) {
        let _ = segment.get(id);
    }
});
