//! Descriptors: one row of numbers per keypoint.

/// What the elements of a descriptor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescriptorKind {
    /// 32-bit floats, compared by Euclidean or cosine distance.
    F32,
    /// Bytes of a bit string, compared by Hamming distance.
    U8,
}

/// The elements of a set of descriptors, row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum DescriptorData {
    /// See [`DescriptorKind::F32`].
    F32(Vec<f32>),
    /// See [`DescriptorKind::U8`].
    U8(Vec<u8>),
}

/// The descriptors of one picture: as many rows as keypoints, each of `length` elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptors {
    length: usize,
    data: DescriptorData,
}

impl Descriptors {
    /// Wraps float rows of `length` elements.
    ///
    /// # Panics
    /// Where `data` is no whole number of rows.
    pub fn from_f32(length: usize, data: Vec<f32>) -> Self {
        assert!(length > 0 && data.len().is_multiple_of(length));
        Self {
            length,
            data: DescriptorData::F32(data),
        }
    }

    /// Wraps byte rows of `length` elements.
    ///
    /// # Panics
    /// Where `data` is no whole number of rows.
    pub fn from_u8(length: usize, data: Vec<u8>) -> Self {
        assert!(length > 0 && data.len().is_multiple_of(length));
        Self {
            length,
            data: DescriptorData::U8(data),
        }
    }

    /// Elements in a row.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        match &self.data {
            DescriptorData::F32(v) => v.len() / self.length,
            DescriptorData::U8(v) => v.len() / self.length,
        }
    }

    /// What the elements are.
    pub fn kind(&self) -> DescriptorKind {
        match &self.data {
            DescriptorData::F32(_) => DescriptorKind::F32,
            DescriptorData::U8(_) => DescriptorKind::U8,
        }
    }

    /// All elements, row by row.
    pub fn data(&self) -> &DescriptorData {
        &self.data
    }

    /// All elements as floats where they are floats.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            DescriptorData::F32(v) => Some(v),
            DescriptorData::U8(_) => None,
        }
    }

    /// All elements as bytes where they are bytes.
    pub fn as_u8(&self) -> Option<&[u8]> {
        match &self.data {
            DescriptorData::F32(_) => None,
            DescriptorData::U8(v) => Some(v),
        }
    }
}
