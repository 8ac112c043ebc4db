//! Keypoints on a picture.

use super::keypoint::Keypoints;
use crate::picture::Pixels;
use lookalike::drawing;
use numpy::{PyArray1, PyArray3, PyArrayMethods};
use pyo3::prelude::*;

/// Draws keypoints on an image, each as a circle of its size with its direction.
///
/// The image is an array of uint8, height x width or height x width x 3; the drawing has the same height,
/// width and order of channels. ``color`` is three numbers of 0 to 255 in that order; without one, each
/// keypoint has its own. ``scale`` makes the drawing larger than the image.
#[pyfunction]
#[pyo3(signature = (image, keypoints, color=None, scale=1.0))]
pub fn draw_keypoints<'py>(
    py: Python<'py>,
    image: Pixels,
    keypoints: Keypoints,
    color: Option<[u8; 3]>,
    scale: f64,
) -> PyResult<Bound<'py, PyArray3<u8>>> {
    let picture = image.opaque()?;
    let canvas = py.detach(|| drawing::draw_keypoints(&picture, &keypoints.0, color, scale));
    let (width, height, rgb) = canvas.into_parts();
    PyArray1::from_vec(py, rgb).reshape([height, width, 3])
}
