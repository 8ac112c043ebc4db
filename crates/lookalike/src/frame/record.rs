//! A frame as a record.

use super::SmallPicture;
use crate::decode::{DecodeError, Picture};
use lookalike_vision::frame::{FrameHash, FrameSpectrum};
use lookalike_vision::{ChannelOrder, GrayImage};

/// Bytes of a hash.
pub(super) const HASH: usize = 32;

/// What is kept of a picture as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its hash; all zeros where it shows nothing, for of others nearly half of the bits are ones.
    pub hash: FrameHash,
    /// A small copy.
    pub small: SmallPicture,
}

impl Frame {
    /// That of a picture as displayed.
    ///
    /// # Errors
    /// None that are known; those of the encoder.
    pub fn of(picture: &Picture) -> Result<Self, DecodeError> {
        let spectrum = FrameSpectrum::of(&gray(picture));
        Ok(Self {
            hash: spectrum.map(|spectrum| spectrum.hash()).unwrap_or_default(),
            small: SmallPicture::of(picture)?,
        })
    }

    /// The hash, four times eight bytes, little-endian; then the small picture.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HASH + self.small.bytes().len());
        bytes.extend(self.hash.0.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend(self.small.bytes());
        bytes
    }

    /// `None` where there are too few bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hash, small) = bytes.split_first_chunk::<HASH>()?;
        let words = hash.as_chunks::<8>().0;
        Some(Self {
            hash: FrameHash(std::array::from_fn(|i| u64::from_le_bytes(words[i]))),
            small: SmallPicture::from_bytes(small.to_vec())?,
        })
    }
}

/// The picture in grey, as its spectrum wants it.
pub(crate) fn gray(picture: &Picture) -> GrayImage {
    picture.gray(ChannelOrder::Bgr)
}
