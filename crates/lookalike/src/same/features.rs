//! Features of a picture for `same`: where they are, their descriptors, their words and codes.

use lookalike_vision::sift::{invert_descriptor, mirror_descriptor};
use lookalike_vision::{ChannelOrder, Exec, Keypoint, Level, Sift, SiftParams};
use lookalike_words::{Descriptor, Feature, QueryFeature, Vocabulary, WordPicture};

use super::place;
use super::selection::Selection;
use crate::decode::{DecodeError, DecodeOptions, Picture};
use crate::{Profile, Result};
use std::borrow::Cow;

/// The least contrast of a strong feature: SIFT's own default.
const STRONG: f64 = 0.04;
/// That of a weak one.
const WEAK: f64 = 0.005;
/// A soft or small copy of a picture repeats only its coarse features, so at least this share of those
/// that are kept, one of so many, are coarse.
const COARSE_SHARE: usize = 4;
/// With weak features a picture of few strong ones gets as many as this share of the most.
const WEAK_SHARE: f64 = 0.5;

/// Finds the features of pictures; make one for each thread and use it for many pictures.
#[derive(Debug)]
pub struct SameExtractor {
    sift: Sift,
    max_side: u32,
    selection: Selection,
    /// Whether small pictures are made twice as large.
    doubles: bool,
}

impl SameExtractor {
    /// A worker for the features of a profile: at most 800 at a larger side of 640 pixels in
    /// [`Profile::Default`], 270 at 384 in [`Profile::Light`]. One vocabulary serves both.
    ///
    /// # Errors
    /// None for the profiles there are; SIFT's, should its parameters be refused.
    pub fn new(profile: Profile, exec: Exec) -> Result<Self> {
        Self::taking(profile, Self::most(profile), 0, exec)
    }

    /// A worker for queries: beside what [`new`](Self::new) finds, the strongest twelfth of that many
    /// in each cell of a grid of 4 x 4, and at most twice as many in all. What is looked for can be a
    /// small part of a picture whose strongest features are elsewhere. So a small query stays as it is: as
    /// a part of a larger picture it has the size at which that was looked at.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn for_queries(profile: Profile, exec: Exec) -> Result<Self> {
        let most = Self::most(profile);
        let extractor = Self::taking(profile, 2 * most, most / 12, exec)?;
        Ok(Self {
            doubles: false,
            ..extractor
        })
    }

    fn most(profile: Profile) -> usize {
        match profile {
            Profile::Default => 800,
            Profile::Light => 270,
        }
    }

    fn taking(profile: Profile, most: usize, in_cell: usize, exec: Exec) -> Result<Self> {
        let strongest = Self::most(profile);
        let params = SiftParams {
            // Which of them are kept, the selection says.
            nfeatures: 0,
            // Otherwise a mirrored picture would be seen a quarter of a pixel aside.
            enable_precise_upscale: true,
            contrast_threshold: STRONG,
            ..SiftParams::default()
        };
        Ok(Self {
            sift: Sift::new(params, exec)?,
            max_side: Self::max_side(profile),
            doubles: true,
            selection: Selection {
                enough: (strongest as f64 * WEAK_SHARE) as usize,
                strongest,
                coarse: strongest / COARSE_SHARE,
                in_cell,
                most,
            },
        })
    }

    /// The larger side, in pixels, of the pictures that a profile looks at.
    pub fn max_side(profile: Profile) -> u32 {
        match profile {
            Profile::Default => 640,
            Profile::Light => 384,
        }
    }

    /// How pictures are decoded for [`extract`](Self::extract): upright, and no larger than needed.
    pub fn decode_options(&self) -> DecodeOptions {
        DecodeOptions {
            max_side: Some(self.max_side),
            ..DecodeOptions::as_seen()
        }
    }

    /// A picture of the size that is looked at: never larger than the profile's, and a small one twice
    /// as large, as SIFT's finest scale has lost the details of such.
    fn scaled<'p>(
        &self,
        picture: &'p Picture,
    ) -> std::result::Result<Cow<'p, Picture>, DecodeError> {
        let picture = picture.reduced(self.max_side)?;
        let doubled = match self.doubles {
            true => doubled(&picture, self.max_side)?,
            false => None,
        };
        Ok(doubled.map_or(picture, Cow::Owned))
    }

    /// The features of a picture, which is made smaller first where it is larger than needed.
    ///
    /// # Errors
    /// Where the picture cannot be made smaller.
    pub fn extract(
        &mut self,
        picture: &Picture,
    ) -> std::result::Result<PictureFeatures, DecodeError> {
        let picture = self.scaled(picture)?;
        let gray = picture.gray(ChannelOrder::default());
        let (selection, size) = (self.selection, [picture.width, picture.height]);
        let mut enough = true;
        let select = |keypoints: &mut Vec<Keypoint>| {
            // Weak ones are looked for only where they would be taken, as that takes long.
            enough = keypoints.len() > selection.enough;
            match enough {
                true => selection.apply(keypoints, size),
                false => keypoints.clear(),
            }
        };
        let (mut keypoints, mut descriptors) = self.sift.detect_and_compute_bytes(&gray, select);
        if !enough {
            let weak = |sift: &mut Sift| -> lookalike_vision::Result<_> {
                sift.set_contrast(WEAK)?;
                let select = |keypoints: &mut Vec<Keypoint>| selection.apply(keypoints, size);
                let found = sift.detect_and_compute_bytes(&gray, select);
                sift.set_contrast(STRONG)?;
                Ok(found)
            };
            (keypoints, descriptors) = weak(&mut self.sift).expect("both contrasts are in range");
        }
        Ok(PictureFeatures {
            displayed: picture.original_size,
            size: [picture.width as u16, picture.height as u16],
            keypoints,
            descriptors,
        })
    }
}

/// A picture twice as large, where that is not larger than `max_side`.
pub(super) fn doubled(
    picture: &Picture,
    max_side: u32,
) -> std::result::Result<Option<Picture>, DecodeError> {
    let twice = (2 * picture.width, 2 * picture.height);
    let fits = twice.0.max(twice.1) <= max_side;
    fits.then(|| picture.resized(twice)).transpose()
}

/// The features of a picture, as its pixels give them.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureFeatures {
    /// Width and height of the picture as displayed.
    pub displayed: (u32, u32),
    /// Width and height of the reduced picture that `keypoints` refer to.
    pub size: [u16; 2],
    /// Where the features are.
    pub keypoints: Vec<Keypoint>,
    /// What is seen there, one descriptor for each keypoint.
    pub descriptors: Vec<Descriptor>,
}

impl PictureFeatures {
    /// The features of the picture mirrored left to right, from those of the picture.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let right = f32::from(self.size[0]) - 1.0;
        let mirror = |k: &Keypoint| Keypoint {
            x: right - k.x,
            angle: (180.0 - k.angle).rem_euclid(360.0),
            ..*k
        };
        Self {
            keypoints: self.keypoints.iter().map(mirror).collect(),
            descriptors: self.descriptors.iter().map(mirror_descriptor).collect(),
            ..*self
        }
    }

    /// The features of the negative of the picture, from those of the picture.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let turn = |k: &Keypoint| Keypoint {
            angle: (k.angle + 180.0).rem_euclid(360.0),
            ..*k
        };
        Self {
            keypoints: self.keypoints.iter().map(turn).collect(),
            descriptors: self.descriptors.iter().map(invert_descriptor).collect(),
            ..*self
        }
    }

    /// What the index keeps: a word, a code and a packed place of each feature.
    pub fn to_word_picture(&self, vocabulary: &Vocabulary) -> WordPicture {
        let level = Level::new();
        let feature = |(keypoint, descriptor): (&Keypoint, &Descriptor)| {
            let [word] = vocabulary.nearest(level, descriptor);
            Feature {
                word,
                code: vocabulary.signature(level, descriptor),
                place: place::pack(keypoint),
            }
        };
        let both = self.keypoints.iter().zip(&self.descriptors);
        WordPicture::new(self.size, both.map(feature).collect())
    }

    /// What the index is asked.
    pub fn to_query(&self, vocabulary: &Vocabulary) -> Vec<QueryFeature> {
        let level = Level::new();
        let feature = |(keypoint, descriptor)| {
            QueryFeature::new(vocabulary, level, descriptor, place::pack(keypoint))
        };
        let both = self.keypoints.iter().zip(&self.descriptors);
        both.map(feature).collect()
    }

    /// What verification compares.
    pub fn to_described(&self, vocabulary: &Vocabulary) -> Described {
        let level = Level::new();
        let code = |descriptor| vocabulary.signature(level, descriptor);
        let codes = self.descriptors.iter().map(code).collect();
        self.described_by(codes)
    }

    /// What verification compares, where the code of each descriptor is known.
    pub(super) fn described_by(&self, codes: Vec<u128>) -> Described {
        Described {
            displayed: self.displayed,
            size: self.size,
            keypoints: self.keypoints.clone(),
            codes,
        }
    }
}

/// A picture as verification compares it: places and codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Width and height of the picture as displayed.
    pub displayed: (u32, u32),
    /// Width and height of the reduced picture that `keypoints` refer to.
    pub size: [u16; 2],
    /// Where the features are; only position, size and angle count.
    pub keypoints: Vec<Keypoint>,
    /// The code of each feature.
    pub codes: Vec<u128>,
}

impl Described {
    /// From what the index kept of a picture, whose size as displayed may not be known.
    pub(super) fn of_size(picture: &WordPicture, displayed: Option<(u32, u32)>) -> Self {
        let [width, height] = picture.size.map(u32::from);
        Self::from_word_picture(picture, displayed.unwrap_or((width, height)))
    }

    /// From what the index kept of a picture of the size `displayed`.
    pub fn from_word_picture(picture: &WordPicture, displayed: (u32, u32)) -> Self {
        let features = picture.features();
        Self {
            displayed,
            size: picture.size,
            keypoints: features.iter().map(|f| place::unpack(f.place)).collect(),
            codes: features.iter().map(|f| f.code).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blobs without a pattern.
    fn picture(width: u32, height: u32) -> Picture {
        let mut state = 5u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        let mut rgb = vec![90u8; (width * height * 3) as usize];
        for _ in 0..150 {
            let (x, y, r) = (next(width), next(height), 3 + next(12));
            let (shade, squash) = (next(255) as u8, 1 + next(3));
            for py in y.saturating_sub(r)..(y + r).min(height) {
                for px in x.saturating_sub(r)..(x + r).min(width) {
                    let (dx, dy) = (px.abs_diff(x), py.abs_diff(y) * squash);
                    if dx * dx + dy * dy <= r * r {
                        let at = ((py * width + px) * 3) as usize;
                        rgb[at..at + 3].fill(shade);
                    }
                }
            }
        }
        Picture::from_rgb(width, height, rgb).unwrap()
    }

    fn mirrored(picture: &Picture) -> Picture {
        let row = picture.width as usize * 3;
        let flip = |row: &[u8]| -> Vec<u8> { row.chunks(3).rev().flatten().copied().collect() };
        Picture {
            rgb: picture.rgb.chunks(row).flat_map(flip).collect(),
            ..picture.clone()
        }
    }

    fn extract(profile: Profile, picture: &Picture) -> PictureFeatures {
        let mut extractor = SameExtractor::new(profile, Exec::default()).unwrap();
        extractor.extract(picture).unwrap()
    }

    #[test]
    fn profiles_limit_size_and_number() {
        let picture = picture(1280, 960);
        let default = extract(Profile::Default, &picture);
        let light = extract(Profile::Light, &picture);
        assert_eq!((default.size, light.size), ([640, 480], [384, 288]));
        assert_eq!(default.displayed, (1280, 960));
        assert!(light.keypoints.len() >= 120, "{}", light.keypoints.len());
        assert!(light.keypoints.len() <= 310 && default.keypoints.len() <= 810);
    }

    #[test]
    fn the_index_gives_back_what_verification_needs() {
        let features = extract(Profile::Default, &picture(320, 240));
        let vocabulary = Vocabulary::embedded();
        let described = features.to_described(vocabulary);
        let word_picture = features.to_word_picture(vocabulary);
        let kept = Described::from_word_picture(&word_picture, (320, 240));
        // A small picture is looked at twice as large.
        assert_eq!((kept.size, kept.displayed), ([640, 480], (320, 240)));
        // The index sorts by word.
        let mut codes = (described.codes, kept.codes.clone());
        codes.0.sort_unstable();
        codes.1.sort_unstable();
        assert_eq!(codes.0, codes.1);
        for (feature, keypoint) in word_picture.features().iter().zip(&kept.keypoints) {
            let near = |(k, d): &(&Keypoint, &Descriptor)| {
                (k.x - keypoint.x).abs() <= 0.5
                    && (k.y - keypoint.y).abs() <= 0.5
                    && vocabulary.nearest(Level::new(), d) == [feature.word]
            };
            let mut own = features.keypoints.iter().zip(&features.descriptors);
            assert!(own.any(|feature| near(&feature)));
        }
    }

    #[test]
    fn features_of_the_mirrored_picture_need_no_pixels() {
        let picture = picture(400, 300);
        let computed = extract(Profile::Default, &picture).mirrored();
        assert_alike(&computed, &extract(Profile::Default, &mirrored(&picture)));
    }

    #[test]
    fn features_of_the_negative_need_no_pixels() {
        let picture = picture(400, 300);
        let computed = extract(Profile::Default, &picture).inverted();
        let negative = Picture {
            rgb: picture.rgb.iter().map(|level| 255 - level).collect(),
            ..picture
        };
        assert_alike(&computed, &extract(Profile::Default, &negative));
    }

    /// That nearly all features that are seen were computed, too.
    fn assert_alike(computed: &PictureFeatures, seen: &PictureFeatures) {
        let found = seen
            .keypoints
            .iter()
            .zip(&seen.descriptors)
            .filter(|(k, d)| {
                let mut all = computed.keypoints.iter().zip(&computed.descriptors);
                all.any(|(l, e)| {
                    let distance: u32 = d
                        .iter()
                        .zip(e.iter())
                        .map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2))
                        .sum();
                    let turn = (k.angle - l.angle).rem_euclid(360.0);
                    (k.x - l.x).hypot(k.y - l.y) < 1.5
                        && turn.min(360.0 - turn) < 8.0
                        && distance < 100 * 100
                })
            });
        let share = found.count() as f64 / seen.keypoints.len() as f64;
        assert!(share > 0.85, "{share}");
    }

    #[test]
    fn a_query_begins_with_the_word_of_the_index() {
        let features = extract(Profile::Default, &picture(200, 200));
        let vocabulary = Vocabulary::embedded();
        let mut first: Vec<_> = features
            .to_query(vocabulary)
            .iter()
            .map(|f| (f.words[0], f.code))
            .collect();
        first.sort_unstable();
        let word_picture = features.to_word_picture(vocabulary);
        let mut kept: Vec<_> = word_picture
            .features()
            .iter()
            .map(|f| (f.word, f.code))
            .collect();
        kept.sort_unstable();
        assert_eq!(first, kept);
    }

    #[test]
    fn a_picture_of_nothing_has_no_features() {
        let blank = Picture {
            rgb: vec![7; 30],
            ..picture(10, 1)
        };
        let features = extract(Profile::Default, &blank);
        assert!(features.keypoints.is_empty());
        assert!(
            features
                .to_word_picture(Vocabulary::embedded())
                .features()
                .is_empty()
        );
    }
}
