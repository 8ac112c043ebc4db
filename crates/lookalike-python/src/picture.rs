//! Pictures as Python has them: a path, the bytes of a file, an array of pixels.

use crate::error::{Raise, argument_error, file_error, picture_error};
use lookalike::decode::{DecodeOptions, Picture, decode_place, read_file};
use lookalike::{ChannelOrder, Place};
use lookalike_vision::{GrayImage, gray_from_rgb};
use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A picture from Python, taken over so that nobody changes it while it is worked on.
#[derive(Debug)]
pub enum Given {
    /// A file, and where in it, if it holds several pictures.
    File(PathBuf, Option<Place>),
    /// The bytes of a file.
    Bytes(Vec<u8>),
    /// Pixels in sRGB, red first.
    Pixels(Pixels),
}

/// An array of pixels.
#[derive(Debug)]
pub struct Pixels {
    width: u32,
    height: u32,
    /// 1, 3 or 4.
    channels: usize,
    /// Rows from the top, without gaps.
    data: Vec<u8>,
}

impl FromPyObject<'_, '_> for Given {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = given.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.as_bytes().to_vec()));
        }
        if let Ok(bytes) = given.cast::<PyByteArray>() {
            return Ok(Self::Bytes(bytes.to_vec()));
        }
        if let Ok(path) = given.extract::<PathBuf>() {
            return Ok(Self::File(path, None));
        }
        if let Ok((path, place)) = given.extract::<(PathBuf, Option<String>)>() {
            return Ok(Self::File(path, read_place(place.as_deref())?));
        }
        given.extract().map(Self::Pixels)
    }
}

/// A place as it is written, `page 3`.
fn read_place(text: Option<&str>) -> PyResult<Option<Place>> {
    let read = |text: &str| {
        let wrong = |()| argument_error(format!("no place in a file: {text:?}"));
        text.parse().map_err(wrong)
    };
    text.map(read).transpose()
}

impl Given {
    /// Its name in messages.
    pub fn name(&self) -> Cow<'_, Path> {
        match self {
            Self::File(path, _) => path.into(),
            Self::Bytes(_) => Path::new("the bytes given").into(),
            Self::Pixels(_) => Path::new("the array given").into(),
        }
    }

    /// The bytes of the file, where there is one; without the lock.
    pub fn bytes(&self, options: &DecodeOptions) -> PyResult<Option<Cow<'_, [u8]>>> {
        match self {
            Self::File(path, _) => {
                let read = read_file(path, &options.limits);
                let bytes = read.map_err(|error| file_error(path, &error))?;
                Ok(Some(bytes.into()))
            }
            Self::Bytes(bytes) => Ok(Some(bytes.into())),
            Self::Pixels(_) => Ok(None),
        }
    }

    /// The pixels; without the lock.
    pub fn decode(&self, options: &DecodeOptions) -> PyResult<Picture> {
        let bytes = self.bytes(options)?;
        match (self, bytes) {
            (Self::Pixels(pixels), _) => pixels.picture(options),
            (Self::File(_, place), Some(bytes)) => self.decoded(&bytes, *place, options),
            (_, bytes) => self.decoded(&bytes.unwrap_or_default(), None, options),
        }
    }

    fn decoded(
        &self,
        bytes: &[u8],
        place: Option<Place>,
        options: &DecodeOptions,
    ) -> PyResult<Picture> {
        let decoded = decode_place(bytes, place, options);
        decoded.map_err(|error| file_error(&self.name(), &error))
    }
}

impl Pixels {
    /// Grey as OpenCV's `COLOR_BGR2GRAY` makes it of the array, whatever its channels are meant to be.
    pub fn gray(self) -> PyResult<GrayImage> {
        let (width, height) = self.size();
        match self.channels {
            1 => GrayImage::from_vec(width, height, self.data).or_raise(),
            3 => gray_from_rgb(&self.data, width, height, ChannelOrder::Rgb).or_raise(),
            _ => gray_from_rgb(&self.colours(), width, height, ChannelOrder::Rgb).or_raise(),
        }
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        (self.width as usize, self.height as usize)
    }

    /// The value at a place, of the first channel.
    pub fn at(&self, x: usize, y: usize) -> Option<u8> {
        let (width, height) = self.size();
        let inside = x < width && y < height;
        inside.then(|| self.data[(y * width + x) * self.channels])
    }

    /// As a picture with the channels that it has; a fourth one is dropped.
    pub fn opaque(self) -> PyResult<Picture> {
        let (width, height) = (self.width, self.height);
        let rgb = match self.channels {
            1 => self.data.iter().flat_map(|&grey| [grey; 3]).collect(),
            3 => self.data,
            _ => self.colours(),
        };
        Picture::from_rgb(width, height, rgb).ok_or_else(|| picture_error("no pixels"))
    }

    /// As a picture that a file had held, made smaller as `options` say.
    fn picture(&self, options: &DecodeOptions) -> PyResult<Picture> {
        let (width, height) = (self.width, self.height);
        let picture = match self.channels {
            1 => {
                let rgb = self.data.iter().flat_map(|&grey| [grey; 3]);
                Picture::from_rgb(width, height, rgb.collect())
            }
            3 => Picture::from_rgb(width, height, self.data.clone()),
            _ if options.blend => Picture::from_rgba(width, height, self.data.clone()),
            _ => Picture::from_rgb(width, height, self.colours()),
        };
        let picture = picture.ok_or_else(|| picture_error("no pixels"))?;
        let most = options.max_side.unwrap_or(u32::MAX);
        let reduced = picture.reduced(most).map_err(lookalike::Error::from);
        Ok(reduced.or_raise()?.into_owned())
    }

    fn colours(&self) -> Vec<u8> {
        let pixels = self.data.chunks_exact(self.channels);
        pixels.flat_map(|pixel| &pixel[..3]).copied().collect()
    }
}

impl FromPyObject<'_, '_> for Pixels {
    type Error = PyErr;

    /// Of any strides; of bytes, and with at least one pixel.
    fn extract(given: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let Ok(array) = given.cast::<PyUntypedArray>() else {
            return Err(PyTypeError::new_err(format!(
                "a picture is a path, the bytes of a file, a numpy array or a PIL image, not {}",
                given.get_type().name()?
            )));
        };
        let Ok(bytes) = array.cast::<PyArrayDyn<u8>>() else {
            return Err(picture_error(format!(
                "an array of {} is no picture: pixels are uint8, 0 to 255",
                array.dtype().str()?
            )));
        };
        let (width, height, channels) = match *bytes.shape() {
            [height, width] => (width, height, 1),
            [height, width, channels @ (1 | 3 | 4)] => (width, height, channels),
            _ => (0, 0, 0),
        };
        let side = |side: usize| u32::try_from(side).ok().filter(|&side| side > 0);
        let (Some(width), Some(height)) = (side(width), side(height)) else {
            return Err(picture_error(format!(
                "an array of the shape {:?} is no picture: it is height x width, with 3 or 4 channels or none",
                bytes.shape()
            )));
        };
        let view = bytes.try_readonly().map_err(PyErr::from)?;
        let data = match view.as_slice() {
            Ok(pixels) if view.is_c_contiguous() => pixels.to_vec(),
            _ => view.as_array().iter().copied().collect(),
        };
        Ok(Self {
            width,
            height,
            channels,
            data,
        })
    }
}
