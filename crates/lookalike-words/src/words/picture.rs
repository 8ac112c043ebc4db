//! A picture as the index of visual words keeps it.

use crate::{Error, Result};

/// The most features of one picture.
pub const MAX_FEATURES: usize = 1 << 16;

/// A local feature in 22 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feature {
    /// The visual word that its descriptor belongs to.
    pub word: u16,
    /// The signature of its descriptor.
    pub code: u128,
    /// Where it is. Of these bits the index looks at the upper twelve: the angle in 20..26, in 64 steps
    /// of a full turn, and the size in 26..32, in steps of an eighth of an octave.
    pub place: u32,
}

impl Feature {
    /// Its angle in steps of 22.5 degrees, in the upper four bits, and its size in half octaves.
    pub(crate) fn turn(&self) -> u8 {
        turn_of(self.place)
    }
}

/// The [turn](Feature::turn) of a place.
pub(crate) fn turn_of(place: u32) -> u8 {
    ((place >> 22 & 15) << 4 | place >> 28) as u8
}

/// All features of a picture, sorted by word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordPicture {
    /// Width and height to which the places refer.
    pub size: [u16; 2],
    /// The features; those of one word keep their order.
    features: Vec<Feature>,
}

/// Bytes of a feature in a record.
pub(crate) const FEATURE_BYTES: usize = 22;
/// Bytes of a record beside those of its features.
pub(crate) const RECORD_BYTES: usize = 8;

impl WordPicture {
    /// A picture with these features, of which the first [`MAX_FEATURES`] are kept.
    pub fn new(size: [u16; 2], mut features: Vec<Feature>) -> Self {
        features.truncate(MAX_FEATURES);
        features.sort_by_key(|f| f.word);
        Self { size, features }
    }

    /// The features, sorted by word.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The picture as bytes, with a checksum: size, features, CRC-32; little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(RECORD_BYTES + FEATURE_BYTES * self.features.len());
        for side in self.size {
            out.extend(side.to_le_bytes());
        }
        for feature in &self.features {
            out.extend(feature_bytes(feature));
        }
        let crc = crc32fast::hash(&out);
        out.extend(crc.to_le_bytes());
        out
    }

    /// The reverse of [`to_bytes`](Self::to_bytes).
    ///
    /// # Errors
    /// [`Error::Features`] where the bytes are not what it gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = |reason| Error::Features { reason };
        let (content, crc) = bytes.split_last_chunk().ok_or(damaged("cut short"))?;
        if crc32fast::hash(content) != u32::from_le_bytes(*crc) {
            return Err(damaged("wrong checksum"));
        }
        let (size, rows) = content.split_first_chunk().ok_or(damaged("cut short"))?;
        let [a, b, c, d] = *size;
        let (rows, rest) = rows.as_chunks::<FEATURE_BYTES>();
        let features: Vec<Feature> = rows.iter().map(feature_of_bytes).collect();
        if !rest.is_empty()
            || features.len() > MAX_FEATURES
            || !features.is_sorted_by_key(|f| f.word)
        {
            return Err(damaged("not a list of features"));
        }
        Ok(Self {
            size: [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])],
            features,
        })
    }

    /// A checksum of size and features.
    pub(crate) fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for side in self.size {
            hasher.update(&side.to_le_bytes());
        }
        for feature in &self.features {
            hasher.update(&feature_bytes(feature));
        }
        hasher.finalize()
    }
}

fn feature_bytes(feature: &Feature) -> [u8; FEATURE_BYTES] {
    let mut out = [0; FEATURE_BYTES];
    out[..2].copy_from_slice(&feature.word.to_le_bytes());
    out[2..18].copy_from_slice(&feature.code.to_le_bytes());
    out[18..].copy_from_slice(&feature.place.to_le_bytes());
    out
}

fn feature_of_bytes(bytes: &[u8; FEATURE_BYTES]) -> Feature {
    Feature {
        word: u16::from_le_bytes([bytes[0], bytes[1]]),
        code: u128::from_le_bytes(std::array::from_fn(|i| bytes[2 + i])),
        place: u32::from_le_bytes(std::array::from_fn(|i| bytes[18 + i])),
    }
}
