//! `cv2.Feature2D`.

// OpenCV's names.
#![allow(non_snake_case)]

use super::keypoint::{Keypoints, to_tuple};
use super::threads;
use crate::error::{Raise, argument_error, picture_error};
use crate::picture::Pixels;
use lookalike::Threads;
use lookalike_vision::{
    DescriptorData, DescriptorKind, Descriptors, Error, Exec, Feature2d, Features, GrayImage,
    Keypoint, Result,
};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::{Mutex, PoisonError};

/// Makes a worker.
type Make = Box<dyn Fn(Exec) -> Result<Box<dyn Feature2d>> + Send + Sync>;

/// Keypoints as a tuple, and their descriptors: an array, or `None` where there are no keypoints.
type Described<'py> = (Bound<'py, PyTuple>, Option<Bound<'py, PyAny>>);

/// A detector and descriptor of local features, as OpenCV's ``Feature2D``.
///
/// Images are arrays of uint8, height x width or height x width x 3 (or 4, of which the last is dropped);
/// colours become grey as ``cv2.COLOR_BGR2GRAY`` makes them. One object may be used from many threads at once.
#[pyclass(frozen, module = "lookalike.cv2")]
pub struct Feature2D {
    name: &'static str,
    make: Make,
    /// OpenCV's number of the norm by which descriptors are compared.
    norm: i32,
    layout: (DescriptorKind, usize),
    /// Workers that no thread uses, each with the number of threads that it was made for.
    idle: Mutex<Vec<(usize, Box<dyn Feature2d>)>>,
}

/// OpenCV's names of what descriptors consist of.
const CV_8U: i32 = 0;
const CV_32F: i32 = 5;

/// More idle workers than this are not kept, for each keeps memory.
const MOST_IDLE: usize = 4;

impl Feature2D {
    /// Of the workers that `make` makes; `norm` compares their descriptors.
    pub fn new(name: &'static str, norm: i32, make: Make) -> PyResult<Self> {
        let worker = make(Exec::default()).or_raise()?;
        Ok(Self {
            name,
            make,
            norm,
            layout: worker.descriptor_layout(),
            idle: Mutex::new(vec![(1, worker)]),
        })
    }

    /// Lets a worker do something, without the lock.
    fn work<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut dyn Feature2d) -> Result<T> + Send,
    ) -> PyResult<T> {
        let done = py.detach(|| {
            let threads = threads::current();
            let mut worker = self.take(&threads)?;
            let done = threads.run(|| work(worker.as_mut()));
            self.give_back(threads.count(), worker);
            done
        });
        done.or_raise()
    }

    fn take(&self, threads: &Threads) -> Result<Box<dyn Feature2d>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(count, _)| *count == threads.count());
        match idle.pop() {
            Some((_, worker)) => Ok(worker),
            None => (self.make)(threads.exec()),
        }
    }

    fn give_back(&self, count: usize, worker: Box<dyn Feature2d>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push((count, worker));
        }
    }

    fn described<'py>(&self, py: Python<'py>, features: &Features) -> PyResult<Described<'py>> {
        let keypoints = to_tuple(py, &features.keypoints)?;
        let descriptors = &features.descriptors;
        if descriptors.rows() == 0 {
            return Ok((keypoints, None));
        }
        let shape = [descriptors.rows(), descriptors.length()];
        let array = match descriptors.data() {
            DescriptorData::F32(data) => PyArray1::from_slice(py, data).reshape(shape)?.into_any(),
            DescriptorData::U8(data) => PyArray1::from_slice(py, data).reshape(shape)?.into_any(),
        };
        Ok((keypoints, Some(array)))
    }
}

#[pymethods]
impl Feature2D {
    /// Finds keypoints: a tuple of ``KeyPoint``.
    ///
    /// ``mask`` is an array of uint8 of the image's height and width; keypoints where it is 0 are left out.
    /// Raises ``error`` where the algorithm only describes.
    #[pyo3(signature = (image, mask=None))]
    fn detect<'py>(
        &self,
        py: Python<'py>,
        image: Pixels,
        mask: Option<Pixels>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let image = gray(py, image, mask.as_ref())?;
        let mut keypoints = self.work(py, |worker| worker.detect(&image))?;
        if let Some(mask) = &mask {
            keypoints.retain(|keypoint| is_seen(mask, keypoint));
        }
        to_tuple(py, &keypoints)
    }

    /// Describes keypoints: a tuple of them, and their descriptors.
    ///
    /// ``keypoints`` are ours, OpenCV's, or any objects with the same attributes. Some algorithms set their
    /// angles or leave some out: what comes back belongs to the rows. Descriptors are an array of float32 or
    /// uint8, a row for each keypoint, or ``None`` where there is none.
    fn compute<'py>(
        &self,
        py: Python<'py>,
        image: Pixels,
        keypoints: Keypoints,
    ) -> PyResult<Described<'py>> {
        let image = gray(py, image, None)?;
        let features = self.work(py, |worker| described(worker, &image, keypoints.0))?;
        self.described(py, &features)
    }

    /// Finds and describes keypoints in one pass: as ``compute`` gives them.
    ///
    /// The last two places are OpenCV's for results and keypoints that are given: nothing is taken there, for
    /// that ``compute`` is the name.
    #[pyo3(signature = (image, mask=None, descriptors=None, useProvidedKeypoints=false))]
    fn detectAndCompute<'py>(
        &self,
        py: Python<'py>,
        image: Pixels,
        mask: Option<Pixels>,
        descriptors: Option<Bound<'py, PyAny>>,
        useProvidedKeypoints: bool,
    ) -> PyResult<Described<'py>> {
        if descriptors.is_some() || useProvidedKeypoints {
            return Err(argument_error(
                "keypoints that are given are described by compute",
            ));
        }
        let image = gray(py, image, mask.as_ref())?;
        let features = self.work(py, |worker| worker.detect_and_compute(&image))?;
        match &mask {
            Some(mask) => self.described(py, &seen(features, mask)),
            None => self.described(py, &features),
        }
    }

    /// Number of elements in a descriptor.
    fn descriptorSize(&self) -> usize {
        self.layout.1
    }

    /// What the elements are, as OpenCV numbers it: 5 (``CV_32F``) or 0 (``CV_8U``).
    fn descriptorType(&self) -> i32 {
        match self.layout.0 {
            DescriptorKind::F32 => CV_32F,
            DescriptorKind::U8 => CV_8U,
        }
    }

    /// The norm by which descriptors are compared: ``NORM_L2``, ``NORM_HAMMING`` or ``NORM_HAMMING2``.
    fn defaultNorm(&self) -> i32 {
        self.norm
    }

    /// The algorithm's name, such as ``Feature2D.KAZE``.
    fn getDefaultName(&self) -> String {
        format!("Feature2D.{}", self.name)
    }

    /// Whether there is nothing in it; never.
    fn empty(&self) -> bool {
        false
    }

    fn __repr__(&self) -> String {
        format!("<lookalike.cv2.Feature2D {}>", self.name)
    }
}

/// The grey picture; a mask must be as large.
fn gray(py: Python<'_>, image: Pixels, mask: Option<&Pixels>) -> PyResult<GrayImage> {
    if let Some(mask) = mask
        && mask.size() != image.size()
    {
        let ((width, height), (of_width, of_height)) = (mask.size(), image.size());
        return Err(picture_error(format!(
            "a mask of {width} x {height} pixels for an image of {of_width} x {of_height}"
        )));
    }
    py.detach(|| image.gray())
}

fn described(
    worker: &mut dyn Feature2d,
    image: &GrayImage,
    mut keypoints: Vec<Keypoint>,
) -> Result<Features> {
    let is_odd = |k: &Keypoint| {
        let numbers = [k.x, k.y, k.size, k.angle, k.response];
        k.size < 0.0 || numbers.iter().any(|number| !number.is_finite())
    };
    if let Some(odd) = keypoints.iter().find(|keypoint| is_odd(keypoint)) {
        return Err(Error::Parameter {
            algorithm: worker.name(),
            parameter: "a keypoint",
            value: format!("{odd:?}"),
            expected: "of finite numbers, its size at least 0",
        });
    }
    let descriptors = worker.compute(image, &mut keypoints)?;
    Ok(Features {
        keypoints,
        descriptors,
    })
}

/// Whether a mask lets a keypoint through: that of its nearest pixel, as OpenCV rounds.
fn is_seen(mask: &Pixels, keypoint: &Keypoint) -> bool {
    let (x, y) = ((keypoint.x + 0.5) as usize, (keypoint.y + 0.5) as usize);
    mask.at(x, y).is_some_and(|value| value != 0)
}

/// The features that a mask lets through.
fn seen(features: Features, mask: &Pixels) -> Features {
    fn rows<T: Copy>(data: &[T], length: usize, kept: &[usize]) -> Vec<T> {
        let rows = kept.iter().flat_map(|row| &data[row * length..][..length]);
        rows.copied().collect()
    }
    let keypoints = features.keypoints;
    let length = features.descriptors.length();
    let kept = 0..keypoints.len();
    let kept: Vec<usize> = kept.filter(|&i| is_seen(mask, &keypoints[i])).collect();
    Features {
        descriptors: match features.descriptors.data() {
            DescriptorData::F32(data) => Descriptors::from_f32(length, rows(data, length, &kept)),
            DescriptorData::U8(data) => Descriptors::from_u8(length, rows(data, length, &kept)),
        },
        keypoints: kept.iter().map(|&i| keypoints[i]).collect(),
    }
}
