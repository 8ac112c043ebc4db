//! A picture that is looked for.

use super::features::doubled;
use super::frames::Whole;
use super::{Described, PictureFeatures, SameExtractor, Verifier, thumbnail};
use crate::decode::Picture;
use crate::engine::{Content, Frame};
use crate::{ContentQuery, Profile, Result, Threads};
use lookalike_vision::dense::Thumbnail;
use lookalike_words::{QueryFeature, Vocabulary, WordPicture};
use std::sync::{Arc, OnceLock};

/// A query picture and its mirror image, described once for any number of comparisons.
#[derive(Debug)]
pub struct SameQuery {
    /// The pixels, where they are known.
    pub(crate) picture: Option<Picture>,
    /// The same, small, once something is compared with them.
    thumbnail: OnceLock<Option<Arc<Thumbnail>>>,
    /// The same as a whole, once frames are compared with it.
    whole: OnceLock<Option<Whole>>,
    /// What the library's model sees in them, once somebody asked for it.
    pub(crate) seen: OnceLock<Option<ContentQuery>>,
    /// What the index is asked: as it is, and mirrored.
    pub(crate) words: [Vec<QueryFeature>; 2],
    pub(crate) verifier: Verifier,
    /// What it is, where the query is a picture as it stands in a file.
    pub(crate) content: Option<Content>,
    /// Its features, where they were found in pixels.
    features: Option<PictureFeatures>,
}

impl SameQuery {
    /// Describes a decoded picture.
    ///
    /// # Errors
    /// Where the picture cannot be made smaller.
    pub fn new(picture: &Picture, profile: Profile, threads: &Threads) -> Result<Self> {
        let picture = picture
            .reduced(SameExtractor::max_side(profile))?
            .into_owned();
        let mut extractor = SameExtractor::for_queries(profile, threads.exec())?;
        let features = threads.run(|| extractor.extract(&picture))?;
        let mirrored = features.mirrored();
        let (plain, mirrored) = threads.join(|| side(&features), || side(&mirrored));
        Ok(Self {
            words: [plain.0, mirrored.0],
            verifier: Verifier::of_sides(plain.1, mirrored.1),
            picture: Some(picture),
            thumbnail: OnceLock::new(),
            whole: OnceLock::new(),
            seen: OnceLock::new(),
            content: None,
            features: Some(features),
        })
    }

    /// The query as it is looked for once more where nothing is proven, in the order of the price; each is
    /// made when it is asked for.
    pub(super) fn further<'q>(
        &'q self,
        profile: Profile,
        threads: &'q Threads,
    ) -> impl Iterator<Item = Result<Self>> + 'q {
        (0..3).filter_map(move |look| {
            let other = match look {
                0 => Ok(self.inverted()),
                1 => self.doubled(profile, threads),
                _ => self.halved(profile, threads),
            };
            other.transpose()
        })
    }

    /// As its negative.
    fn inverted(&self) -> Option<Self> {
        let plain = self.features.as_ref()?.inverted();
        let mirrored = plain.mirrored();
        let (plain, mirrored) = (side(&plain), side(&mirrored));
        let thumbnail = self.thumbnail();
        Some(Self {
            words: [plain.0, mirrored.0],
            verifier: Verifier::of_sides(plain.1, mirrored.1),
            thumbnail: thumbnail.map(|t| Arc::new(t.inverted())).into(),
            ..self.without_whole()
        })
    }

    /// At half its size: what noise, the pixels of a screen or hard compression have laid over it is gone
    /// there.
    fn halved(&self, profile: Profile, threads: &Threads) -> Result<Option<Self>> {
        let Some(picture) = &self.picture else {
            return Ok(None);
        };
        let half = picture.reduced(picture.width.max(picture.height) / 2)?;
        self.resized(&half, profile, threads).map(Some)
    }

    /// Twice as large, where it is so small that a picture of the library would be looked at so.
    fn doubled(&self, profile: Profile, threads: &Threads) -> Result<Option<Self>> {
        let Some(picture) = &self.picture else {
            return Ok(None);
        };
        let twice = doubled(picture, SameExtractor::max_side(profile))?;
        let query = twice.map(|twice| self.resized(&twice, profile, threads));
        query.transpose()
    }

    /// The query described at another size.
    fn resized(&self, picture: &Picture, profile: Profile, threads: &Threads) -> Result<Self> {
        let mut extractor = SameExtractor::for_queries(profile, threads.exec())?;
        let features = threads.run(|| extractor.extract(picture))?;
        let (plain, mirrored) = (side(&features), side(&features.mirrored()));
        Ok(Self {
            words: [plain.0, mirrored.0],
            verifier: Verifier::of_sides(plain.1, mirrored.1),
            thumbnail: self.thumbnail().into(),
            ..self.without_whole()
        })
    }

    /// Nothing but what the query is: its frame has been looked for.
    fn without_whole(&self) -> Self {
        Self {
            picture: None,
            thumbnail: None.into(),
            whole: None.into(),
            seen: OnceLock::new(),
            words: Default::default(),
            verifier: self.verifier.clone(),
            content: None,
            features: None,
        }
    }

    /// A picture known by what is stored of it: of its mirror image the features are not known.
    pub(crate) fn of_stored(
        words: &WordPicture,
        frame: Option<&Frame>,
        size: Option<(u32, u32)>,
    ) -> Self {
        let small = frame.and_then(|frame| frame.small.decode().ok());
        let whole = small.and_then(|small| Whole::of(&small));
        let thumbnail = whole.as_ref().map(|whole| whole.thumbnail.clone());
        Self {
            picture: None,
            thumbnail: thumbnail.into(),
            whole: whole.into(),
            seen: OnceLock::new(),
            words: [stored_words(words), Vec::new()],
            verifier: Verifier::of_stored(Described::of_size(words, size)),
            content: None,
            features: None,
        }
    }

    /// A decoded picture as an update would describe it, which costs far less than [`new`](Self::new): it is
    /// not found mirrored.
    pub(super) fn as_indexed(picture: &Picture, extractor: &mut SameExtractor) -> Result<Self> {
        let features = extractor.extract(picture)?;
        let words = features.to_word_picture(Vocabulary::embedded());
        let thumbnail = thumbnail::of_picture(picture);
        let whole = thumbnail.clone();
        let whole = whole.and_then(|thumbnail| Whole::with(picture, thumbnail));
        Ok(Self {
            thumbnail: thumbnail.into(),
            whole: whole.into(),
            ..Self::of_stored(&words, None, Some(picture.original_size))
        })
    }

    /// Its pixels as they are compared, where they are known.
    pub(super) fn thumbnail(&self) -> Option<Arc<Thumbnail>> {
        let make = || thumbnail::of_picture(self.picture.as_ref()?);
        self.thumbnail.get_or_init(make).clone()
    }

    /// The picture as a whole, where its pixels are known.
    pub(super) fn whole(&self) -> Option<&Whole> {
        let make = || Whole::with(self.picture.as_ref()?, self.thumbnail()?);
        self.whole.get_or_init(make).as_ref()
    }

    /// The same, the first picture of the file with these bytes: a picture of equal bytes needs no
    /// other proof.
    #[must_use]
    pub fn of_file(self, bytes: &[u8]) -> Self {
        let hash = *blake3::hash(bytes).as_bytes();
        self.of_content(Content { hash, place: None })
    }

    /// The same, as it stands in a file.
    pub(crate) fn of_content(self, content: Content) -> Self {
        Self {
            content: Some(content),
            ..self
        }
    }
}

/// What the index is asked of one side of a picture, and what verification compares.
fn side(features: &PictureFeatures) -> (Vec<QueryFeature>, Described) {
    let words = features.to_query(Vocabulary::embedded());
    let codes = words.iter().map(|feature| feature.code).collect();
    (words, features.described_by(codes))
}

/// A stored picture as a query: of each feature the one word that is stored.
pub(super) fn stored_words(words: &WordPicture) -> Vec<QueryFeature> {
    let vocabulary = Vocabulary::embedded();
    let features = words.features().iter();
    features
        .map(|feature| QueryFeature::of_stored(vocabulary, feature))
        .collect()
}
