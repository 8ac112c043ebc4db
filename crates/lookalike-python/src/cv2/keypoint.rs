//! `cv2.KeyPoint`.

use lookalike_vision::Keypoint;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

/// A point of interest, with the attributes of OpenCV's ``KeyPoint``.
///
/// ``pt`` is the place in pixels, where the centre of the top left pixel is (0, 0); ``size`` the diameter of
/// the neighbourhood in pixels; ``angle`` the orientation in degrees, clockwise as one sees it, -1 where
/// there is none; ``response`` the strength, whose unit depends on the algorithm.
#[pyclass(module = "lookalike.cv2", eq)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyPoint {
    pt: (f32, f32),
    /// Diameter of the neighbourhood, in pixels.
    #[pyo3(get, set)]
    size: f32,
    /// Orientation in degrees, [0, 360); -1 where there is none.
    #[pyo3(get, set)]
    angle: f32,
    /// Strength; larger is stronger.
    #[pyo3(get, set)]
    response: f32,
    /// Octave in which the point was found; the packing depends on the algorithm.
    #[pyo3(get, set)]
    octave: i32,
    /// Level of the scale space or another class, by algorithm.
    #[pyo3(get, set)]
    class_id: i32,
}

type Fields = (f32, f32, f32, f32, f32, i32, i32);

#[pymethods]
impl KeyPoint {
    #[new]
    #[pyo3(signature = (x=0.0, y=0.0, size=0.0, angle=-1.0, response=0.0, octave=0, class_id=-1))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        x: f32,
        y: f32,
        size: f32,
        angle: f32,
        response: f32,
        octave: i32,
        class_id: i32,
    ) -> Self {
        Self {
            pt: (x, y),
            size,
            angle,
            response,
            octave,
            class_id,
        }
    }

    /// Column and row in pixels.
    #[getter]
    fn pt(&self) -> (f32, f32) {
        self.pt
    }

    #[setter]
    fn set_pt(&mut self, pt: (f32, f32)) {
        self.pt = pt;
    }

    /// The same as a ``cv2.KeyPoint``, where OpenCV is installed.
    #[allow(clippy::wrong_self_convention)] // Python's objects are not copied for a call.
    fn to_cv2<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("cv2")?.getattr("KeyPoint")?.call1(self.fields())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyType>, Fields) {
        (py.get_type::<Self>(), self.fields())
    }

    fn __repr__(&self) -> String {
        let (x, y) = self.pt;
        format!(
            "KeyPoint(x={x}, y={y}, size={}, angle={}, response={}, octave={}, class_id={})",
            self.size, self.angle, self.response, self.octave, self.class_id
        )
    }
}

impl KeyPoint {
    fn fields(&self) -> Fields {
        let (x, y) = self.pt;
        let Self {
            size,
            angle,
            response,
            octave,
            class_id,
            ..
        } = *self;
        (x, y, size, angle, response, octave, class_id)
    }
}

impl From<&Keypoint> for KeyPoint {
    fn from(keypoint: &Keypoint) -> Self {
        Self {
            pt: (keypoint.x, keypoint.y),
            size: keypoint.size,
            angle: keypoint.angle,
            response: keypoint.response,
            octave: keypoint.octave,
            class_id: keypoint.class_id,
        }
    }
}

impl From<&KeyPoint> for Keypoint {
    fn from(keypoint: &KeyPoint) -> Self {
        Self {
            x: keypoint.pt.0,
            y: keypoint.pt.1,
            size: keypoint.size,
            angle: keypoint.angle,
            response: keypoint.response,
            octave: keypoint.octave,
            class_id: keypoint.class_id,
        }
    }
}

/// Keypoints as Python has them, ours or any with their attributes.
pub struct Keypoints(pub Vec<Keypoint>);

impl FromPyObject<'_, '_> for Keypoints {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let items = given.try_iter().map_err(|_| {
            PyTypeError::new_err("keypoints are a sequence of objects as cv2.KeyPoint")
        })?;
        let keypoints = items.map(|item| keypoint(&item?));
        keypoints.collect::<PyResult<_>>().map(Self)
    }
}

/// One of ours, or another by its attributes.
fn keypoint(item: &Bound<'_, PyAny>) -> PyResult<Keypoint> {
    if let Ok(ours) = item.cast::<KeyPoint>() {
        return Ok((&*ours.try_borrow()?).into());
    }
    let (x, y) = item.getattr("pt")?.extract()?;
    let number = |name: &str| item.getattr(name)?.extract::<f32>();
    let whole = |name: &str| item.getattr(name)?.extract::<i32>();
    Ok(Keypoint {
        x,
        y,
        size: number("size")?,
        angle: number("angle")?,
        response: number("response")?,
        octave: whole("octave")?,
        class_id: whole("class_id")?,
    })
}

/// A tuple of ours.
pub fn to_tuple<'py>(py: Python<'py>, keypoints: &[Keypoint]) -> PyResult<Bound<'py, PyTuple>> {
    let ours = keypoints.iter().map(|k| Bound::new(py, KeyPoint::from(k)));
    PyTuple::new(py, ours.collect::<PyResult<Vec<_>>>()?)
}
