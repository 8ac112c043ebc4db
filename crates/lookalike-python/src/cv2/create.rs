//! The algorithms with OpenCV's names, parameters and defaults.

// OpenCV's names, and as many parameters.
#![allow(non_snake_case, clippy::too_many_arguments)]

use super::feature::Feature2D;
use crate::error::argument_error;
use lookalike_vision::{
    Akaze, AkazeDescriptor, AkazeParams, Brief, BriefDetector, BriefParams, DescriptorKind,
    Descriptors, Diffusivity, Error, Exec, Fast, FastParams, FastType, Feature2d, GrayImage, Kaze,
    KazeParams, Keypoint, Orb, OrbParams, OrbScore, Result, Sift, SiftParams, Star, StarParams,
};
use pyo3::prelude::*;

const NORM_L2: i32 = 4;
const NORM_HAMMING: i32 = 6;
const NORM_HAMMING2: i32 = 7;

/// KAZE: blobs of a nonlinear scale space; 64 or, ``extended``, 128 floats.
#[pyfunction]
#[pyo3(signature = (extended=false, upright=false, threshold=0.001, nOctaves=4, nOctaveLayers=4, diffusivity=1))]
pub fn KAZE_create(
    extended: bool,
    upright: bool,
    threshold: f32,
    nOctaves: i64,
    nOctaveLayers: i64,
    diffusivity: i64,
) -> PyResult<Feature2D> {
    let params = KazeParams {
        threshold,
        n_octaves: number("nOctaves", nOctaves)?,
        n_octave_layers: number("nOctaveLayers", nOctaveLayers)?,
        diffusivity: diffusivity_of(diffusivity)?,
        extended,
        upright,
    };
    let make = move |exec: Exec| Ok(boxed(Kaze::new(params, exec)?));
    Feature2D::new("KAZE", NORM_L2, Box::new(make))
}

/// AKAZE: KAZE's faster kin, with bits for descriptors (61 bytes), or KAZE's 64 floats.
#[pyfunction]
#[pyo3(signature = (descriptor_type=5, descriptor_size=0, descriptor_channels=3, threshold=0.001, nOctaves=4, nOctaveLayers=4, diffusivity=1, max_points=-1))]
pub fn AKAZE_create(
    descriptor_type: i64,
    descriptor_size: i64,
    descriptor_channels: i64,
    threshold: f32,
    nOctaves: i64,
    nOctaveLayers: i64,
    diffusivity: i64,
    max_points: i32,
) -> PyResult<Feature2D> {
    let descriptor_type = match descriptor_type {
        2 => AkazeDescriptor::KazeUpright,
        3 => AkazeDescriptor::Kaze,
        4 => AkazeDescriptor::MldbUpright,
        5 => AkazeDescriptor::Mldb,
        other => return Err(unknown("descriptor_type", other, "2 to 5")),
    };
    let params = AkazeParams {
        descriptor_type,
        descriptor_size: number("descriptor_size", descriptor_size)?,
        descriptor_channels: number("descriptor_channels", descriptor_channels)?,
        threshold,
        n_octaves: number("nOctaves", nOctaves)?,
        n_octave_layers: number("nOctaveLayers", nOctaveLayers)?,
        diffusivity: diffusivity_of(diffusivity)?,
        max_points,
    };
    let norm = match descriptor_type {
        AkazeDescriptor::Kaze | AkazeDescriptor::KazeUpright => NORM_L2,
        AkazeDescriptor::Mldb | AkazeDescriptor::MldbUpright => NORM_HAMMING,
    };
    let make = move |exec: Exec| Ok(boxed(Akaze::new(params, exec)?));
    Feature2D::new("AKAZE", norm, Box::new(make))
}

/// SIFT: keypoints that survive scaling and rotation; 128 floats.
#[pyfunction]
#[pyo3(signature = (nfeatures=0, nOctaveLayers=3, contrastThreshold=0.04, edgeThreshold=10.0, sigma=1.6, enable_precise_upscale=false))]
pub fn SIFT_create(
    nfeatures: i64,
    nOctaveLayers: i64,
    contrastThreshold: f64,
    edgeThreshold: f64,
    sigma: f64,
    enable_precise_upscale: bool,
) -> PyResult<Feature2D> {
    let params = SiftParams {
        // As in OpenCV, what is negative keeps all.
        nfeatures: usize::try_from(nfeatures).unwrap_or(0),
        n_octave_layers: number("nOctaveLayers", nOctaveLayers)?,
        contrast_threshold: contrastThreshold,
        edge_threshold: edgeThreshold,
        sigma,
        enable_precise_upscale,
    };
    let make = move |exec: Exec| Ok(boxed(Sift::new(params, exec)?));
    Feature2D::new("SIFT", NORM_L2, Box::new(make))
}

/// ORB: oriented FAST corners on a pyramid; 32 bytes.
#[pyfunction]
#[pyo3(signature = (nfeatures=500, scaleFactor=1.2, nlevels=8, edgeThreshold=31, firstLevel=0, WTA_K=2, scoreType=0, patchSize=31, fastThreshold=20))]
pub fn ORB_create(
    nfeatures: i64,
    scaleFactor: f32,
    nlevels: i64,
    edgeThreshold: i64,
    firstLevel: i64,
    WTA_K: i64,
    scoreType: i64,
    patchSize: i64,
    fastThreshold: i64,
) -> PyResult<Feature2D> {
    let params = OrbParams {
        nfeatures: number("nfeatures", nfeatures)?,
        scale_factor: scaleFactor,
        n_levels: number("nlevels", nlevels)?,
        edge_threshold: number("edgeThreshold", edgeThreshold)?,
        first_level: number("firstLevel", firstLevel)?,
        wta_k: number("WTA_K", WTA_K)?,
        score_type: match scoreType {
            0 => OrbScore::Harris,
            1 => OrbScore::Fast,
            other => return Err(unknown("scoreType", other, "0 or 1")),
        },
        patch_size: number("patchSize", patchSize)?,
        fast_threshold: number("fastThreshold", fastThreshold)?,
    };
    let norm = if WTA_K == 2 {
        NORM_HAMMING
    } else {
        NORM_HAMMING2
    };
    let make = move |exec: Exec| Ok(boxed(Orb::new(params, exec)?));
    Feature2D::new("ORB", norm, Box::new(make))
}

/// FAST: corners by the segment test. It only detects; ``type`` is 0 (5 of 8 pixels), 1 (7 of 12) or 2
/// (9 of 16).
#[pyfunction]
#[pyo3(signature = (threshold=10, nonmaxSuppression=true, r#type=2))]
pub fn FastFeatureDetector_create(
    threshold: i64,
    nonmaxSuppression: bool,
    r#type: i64,
) -> PyResult<Feature2D> {
    let params = FastParams {
        threshold: number("threshold", threshold)?,
        nonmax_suppression: nonmaxSuppression,
        kind: match r#type {
            0 => FastType::Type5_8,
            1 => FastType::Type7_12,
            2 => FastType::Type9_16,
            other => return Err(unknown("type", other, "0, 1 or 2")),
        },
    };
    let make = move |exec: Exec| Ok(boxed(Fast::new(params, exec)));
    Feature2D::new("FastFeatureDetector", NORM_L2, Box::new(make))
}

/// STAR: blobs by a star-shaped filter. It only detects.
#[pyfunction]
#[pyo3(signature = (maxSize=45, responseThreshold=30, lineThresholdProjected=10, lineThresholdBinarized=8, suppressNonmaxSize=5))]
pub fn StarDetector_create(
    maxSize: i32,
    responseThreshold: i32,
    lineThresholdProjected: i32,
    lineThresholdBinarized: i32,
    suppressNonmaxSize: i32,
) -> PyResult<Feature2D> {
    let params = StarParams {
        max_size: maxSize,
        response_threshold: responseThreshold,
        line_threshold_projected: lineThresholdProjected,
        line_threshold_binarized: lineThresholdBinarized,
        suppress_nonmax_size: suppressNonmaxSize,
    };
    let make = move |exec: Exec| Ok(boxed(Star::new(params, exec)?));
    Feature2D::new("StarDetector", NORM_L2, Box::new(make))
}

/// BRIEF: comparisons of smoothed pixels; 16, 32 or 64 ``bytes``. It only describes.
#[pyfunction]
#[pyo3(signature = (bytes=32, use_orientation=false))]
pub fn BriefDescriptorExtractor_create(bytes: i64, use_orientation: bool) -> PyResult<Feature2D> {
    let params = BriefParams {
        bytes: number("bytes", bytes)?,
        use_orientation,
    };
    let detector = BriefDetector::default();
    let make = move |exec: Exec| Ok(boxed(DescribesOnly(Brief::new(params, detector, exec)?)));
    Feature2D::new("BRIEF", NORM_HAMMING, Box::new(make))
}

/// BRIEF without the detector that feeds it elsewhere: OpenCV's has none.
struct DescribesOnly(Brief);

impl Feature2d for DescribesOnly {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn descriptor_layout(&self) -> (DescriptorKind, usize) {
        self.0.descriptor_layout()
    }

    fn detect(&mut self, _: &GrayImage) -> Result<Vec<Keypoint>> {
        Err(Error::Unsupported {
            algorithm: self.name(),
            operation: "detect",
        })
    }

    fn compute(&mut self, image: &GrayImage, keypoints: &mut Vec<Keypoint>) -> Result<Descriptors> {
        self.0.compute(image, keypoints)
    }
}

fn boxed(worker: impl Feature2d + 'static) -> Box<dyn Feature2d> {
    Box::new(worker)
}

fn diffusivity_of(number: i64) -> PyResult<Diffusivity> {
    Ok(match number {
        0 => Diffusivity::PmG1,
        1 => Diffusivity::PmG2,
        2 => Diffusivity::Weickert,
        3 => Diffusivity::Charbonnier,
        other => return Err(unknown("diffusivity", other, "0 to 3")),
    })
}

/// A whole number of the type that the parameter has.
fn number<T: TryFrom<i64>>(name: &str, value: i64) -> PyResult<T> {
    T::try_from(value).map_err(|_| argument_error(format!("{name} is {value}, out of its range")))
}

fn unknown(name: &str, value: i64, expected: &str) -> PyErr {
    argument_error(format!("{name} is {value}, it must be {expected}"))
}
