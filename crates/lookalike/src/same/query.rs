//! A picture that is looked for.

use super::{PictureFeatures, SameExtractor, Verifier};
use crate::decode::Picture;
use crate::{Profile, Result};
use lookalike_index::{QueryFeature, Vocabulary};
use lookalike_vision::{ChannelOrder, Exec, GrayImage};

/// A query picture and its mirror image, described once for any number of comparisons.
#[derive(Debug)]
pub struct SameQuery {
    /// Its grey pixels, reduced as the features want it.
    pub(crate) gray: GrayImage,
    /// What the index is asked: as it is, and mirrored.
    pub(crate) words: [Vec<QueryFeature>; 2],
    pub(crate) verifier: Verifier,
    /// BLAKE3 of the file, where the query is a whole file.
    pub(crate) hash: Option<[u8; 32]>,
}

impl SameQuery {
    /// Describes a decoded picture, with up to `threads` threads.
    ///
    /// # Errors
    /// Where the picture cannot be made smaller.
    pub fn new(picture: &Picture, profile: Profile, threads: usize) -> Result<Self> {
        let picture = picture
            .reduced(SameExtractor::max_side(profile))?
            .into_owned();
        let mut extractor = SameExtractor::new(profile, Exec::with_threads(threads))?;
        let features = extractor.extract(&picture)?;
        let vocabulary = Vocabulary::embedded();
        let words = |features: &PictureFeatures| features.to_query(vocabulary);
        Ok(Self {
            words: [words(&features), words(&features.mirrored())],
            verifier: Verifier::new(&features, vocabulary),
            gray: picture.gray(ChannelOrder::default()),
            hash: None,
        })
    }

    /// The same, of the file with these bytes: a picture of equal bytes needs no other proof.
    #[must_use]
    pub fn of_file(self, bytes: &[u8]) -> Self {
        Self {
            hash: Some(*blake3::hash(bytes).as_bytes()),
            ..self
        }
    }
}
