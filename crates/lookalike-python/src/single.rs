//! What needs one picture alone.

use crate::error::{Raise, argument_error};
use crate::picture::Given;
use lookalike::decode::DecodeOptions;
use lookalike::{Algorithm, ChannelOrder, Models, VectorExtractor};
use lookalike_embed::{Embedder, Level, Lite0, Pixels};
use lookalike_vision::Exec;
use numpy::PyArray1;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Workers that no thread uses.
static IDLE: Mutex<Vec<Lite0>> = Mutex::new(Vec::new());

/// What a picture shows, as the network that is compiled in sees it: 1,280 numbers of float32, of Euclidean
/// length 1. The dot product of two is their similarity.
///
/// Raises ``PictureError`` where it is no picture that can be read, and ``OSError`` where its file cannot be
/// read.
#[pyfunction]
pub fn embed<'py>(py: Python<'py>, picture: Given) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let embedded = py.detach(|| {
        let options = DecodeOptions {
            max_side: Some(Models::default().current.max_side),
            ..DecodeOptions::as_seen()
        };
        let picture = picture.decode(&options)?;
        let pixels = Pixels::new(picture.width, picture.height, &picture.rgb).or_raise()?;
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = idle.unwrap_or_else(|| Lite0::new(Level::new()));
        let embedded = worker.embed(pixels).or_raise();
        IDLE.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(worker);
        embedded
    })?;
    Ok(PyArray1::from_vec(py, embedded))
}

/// The tutorial's vector: the descriptors of the ``keypoints`` strongest keypoints, one after the other, zero
/// padded, as float32.
///
/// ``algorithm`` is ``kaze``, ``akaze``, ``sift``, ``orb`` or ``brief``, with default parameters.
/// ``channel_order`` says how the weights of grey are laid on red, green and blue: ``rgb`` as the tutorial
/// does, ``bgr`` correctly. The picture is neither resized nor turned.
#[pyfunction]
#[pyo3(signature = (picture, *, algorithm="kaze", keypoints=32, channel_order="rgb"))]
pub fn vector<'py>(
    py: Python<'py>,
    picture: Given,
    algorithm: &str,
    keypoints: usize,
    channel_order: &str,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let algorithm: Algorithm = algorithm.parse().or_raise()?;
    let order = match channel_order {
        "rgb" => ChannelOrder::Rgb,
        "bgr" => ChannelOrder::Bgr,
        other => {
            return Err(argument_error(format!(
                "channel_order is {other:?}, it must be rgb or bgr"
            )));
        }
    };
    if !(1..=MOST_KEYPOINTS).contains(&keypoints) {
        return Err(argument_error(format!(
            "keypoints is {keypoints}, it must be 1 to {MOST_KEYPOINTS}"
        )));
    }
    let vector = py.detach(|| {
        let gray = picture.decode(&DecodeOptions::default())?.gray(order);
        let mut extractor =
            VectorExtractor::new(algorithm, keypoints, Exec::default()).or_raise()?;
        extractor.extract(&gray).or_raise()
    })?;
    Ok(PyArray1::from_vec(py, vector))
}

/// No picture has more keypoints that anybody compares.
const MOST_KEYPOINTS: usize = 100_000;
