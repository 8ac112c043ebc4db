//! Why two pictures are, or are not, the same.

use super::Opened;
use super::rows::{relation, transform};
use crate::error::{Raise, library_error};
use crate::picture::Given;
use lookalike::decode::{DecodeOptions, Picture};
use lookalike::drawing::{self, Scene, Style, png, probability_text, relation_text};
use lookalike::same::Explanation as Explained;
use lookalike::{PictureId, Threads};
use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The two pictures that are compared.
pub struct Sides(pub [Given; 2]);

impl Sides {
    fn decode(&self, options: &DecodeOptions) -> PyResult<[Picture; 2]> {
        let [query, found] = &self.0;
        Ok([query.decode(options)?, found.decode(options)?])
    }

    fn names(&self) -> [String; 2] {
        let [query, found] = &self.0;
        [query, found].map(|side| lookalike::ShownPath(&side.name()).to_string())
    }
}

/// Why two pictures are, or are not, the same: numbers, words and a drawing.
///
/// Coordinates are pixels of the pictures as displayed. ``str`` of it is what the command line says.
#[pyclass(frozen, module = "lookalike")]
pub struct Explanation {
    explained: Explained,
    sides: Sides,
}

/// Compares two pictures: why they are, or are not, the same.
///
/// Each is a path, the bytes of a file, an array (height x width, with 3 or 4 channels or none, uint8, RGB).
#[pyfunction]
#[pyo3(signature = (query, found, threads=1))]
pub fn explain(
    py: Python<'_>,
    query: Given,
    found: Given,
    threads: usize,
) -> PyResult<Explanation> {
    let sides = Sides([query, found]);
    py.detach(|| {
        let [query, found] = sides.decode(&Explained::decode_options())?;
        let explained =
            Explained::of_pictures(&query, &found, &Threads::new(threads)).or_raise()?;
        Ok(Explanation { explained, sides })
    })
}

impl Explanation {
    /// Of a picture and one of a library, as its searches see them.
    pub fn of_stored(opened: &Opened, sides: Sides, found: PictureId) -> PyResult<Self> {
        let (library, threads) = (&opened.library, &opened.threads);
        let query = &sides.0[0];
        let whole = match query {
            Given::File(_, Some(_)) => None,
            _ => query.bytes(&DecodeOptions::as_seen())?,
        };
        let query = match whole {
            Some(bytes) => library.query_same(&query.name(), &bytes, threads),
            None => {
                let seen = query.decode(&Explained::decode_options())?;
                library.query_same_pixels(&seen, threads)
            }
        };
        let explained = library
            .explain(&query.or_raise()?, found, threads)
            .or_raise()?;
        let gone = || {
            library_error(format!(
                "there is no picture {found} in the library any more"
            ))
        };
        Ok(Self {
            explained: explained.ok_or_else(gone)?,
            sides,
        })
    }

    fn draw(&self, side: u32, text: bool) -> PyResult<(usize, usize, Vec<u8>)> {
        let options = DecodeOptions {
            max_side: Some(side.max(1)),
            ..Explained::decode_options()
        };
        let [query, found] = self.sides.decode(&options)?;
        let scene = Scene::new([&query, &found], self.sides.names(), &self.explained);
        let style = Style {
            side: side.max(1) as usize,
            text,
            ..Style::FILE
        };
        Ok(drawing::draw(&scene, style).into_parts())
    }

    fn png(&self) -> PyResult<Vec<u8>> {
        let (width, height, rgb) = self.draw(SIDE, true)?;
        let mut bytes = Vec::new();
        png::write(&mut bytes, (width, height), &rgb, png::Compression::Fast)?;
        Ok(bytes)
    }
}

/// Each picture of a drawing fits into a square of this side.
const SIDE: u32 = 760;
/// The largest that is drawn.
const MOST_SIDE: u32 = 8192;

#[pymethods]
impl Explanation {
    /// Whether they are the same, or share a part.
    #[getter]
    fn same(&self) -> bool {
        self.explained.verdict.same
    }

    /// ``copy``, ``scene`` or ``part`` where they are the same, else ``None``.
    #[getter]
    fn relation(&self) -> Option<&'static str> {
        relation(&self.explained.verdict)
    }

    /// The probability that they show the same, in [0, 1].
    #[getter]
    fn score(&self) -> f64 {
        self.explained.verdict.score
    }

    /// What decided, in a sentence without an end.
    #[getter]
    fn reason(&self) -> String {
        self.explained.reason.clone()
    }

    /// Matches that agree on one transform, those of one place counted once.
    #[getter]
    fn inliers(&self) -> usize {
        self.explained.verdict.inliers
    }

    /// Features of the two that are taken for each other.
    #[getter]
    fn matches(&self) -> usize {
        self.explained.verdict.matches
    }

    /// Features of the query and of the found picture.
    #[getter]
    fn keypoints(&self) -> (usize, usize) {
        self.explained.keypoints.into()
    }

    /// Width and height of the query and of the found picture, as displayed.
    #[getter]
    fn sizes(&self) -> [(u32, u32); 2] {
        self.explained.sizes
    }

    /// From query pixels to found pixels, an array of 3 x 3 float64; ``None`` where there is none.
    #[getter]
    fn transform<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        transform(py, &self.explained.verdict)
    }

    /// Whether the query was looked at in the mirror.
    #[getter]
    fn mirrored(&self) -> bool {
        self.explained.verdict.mirrored
    }

    /// Whether the frames as a whole prove it, without any feature.
    #[getter]
    fn whole(&self) -> bool {
        self.explained.verdict.whole
    }

    /// Share of the query that agrees with the found picture, in [0, 1].
    #[getter]
    fn query_overlap(&self) -> f64 {
        self.explained.verdict.query_overlap
    }

    /// Share of the found picture that agrees with the query, in [0, 1].
    #[getter]
    fn found_overlap(&self) -> f64 {
        self.explained.verdict.found_overlap
    }

    /// All matches: an array of float64 with a row for each, its place in the query (x, y), in the found
    /// picture (x, y), and its error in pixels of the found picture, NaN where it does not agree.
    #[getter]
    fn pairs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let pairs = &self.explained.pairs;
        let row = |pair: &lookalike::same::MatchedPair| {
            let (query, found) = (pair.query, pair.found);
            [
                query.0,
                query.1,
                found.0,
                found.1,
                pair.residual.unwrap_or(f64::NAN),
            ]
        };
        let numbers: Vec<f64> = pairs.iter().flat_map(row).collect();
        PyArray1::from_vec(py, numbers).reshape([pairs.len(), 5])
    }

    /// Both pictures with their matches and with the outline of one in the other, as an array of uint8,
    /// height x width x 3. Each picture fits into a square of ``side`` pixels; ``text`` says what is seen.
    #[pyo3(signature = (side=760, text=true))]
    fn draw_array<'py>(
        &self,
        py: Python<'py>,
        side: u32,
        text: bool,
    ) -> PyResult<Bound<'py, PyArray3<u8>>> {
        let drawn = py.detach(|| self.draw(side.min(MOST_SIDE), text));
        let (width, height, rgb) = drawn?;
        PyArray1::from_vec(py, rgb).reshape([height, width, 3])
    }

    /// The same as a ``PIL.Image``; it needs Pillow.
    #[getter]
    fn drawing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let image = py.import("PIL.Image")?;
        image.call_method1("fromarray", (self.draw_array(py, SIDE, true)?,))
    }

    fn _repr_png_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let png = py.detach(|| self.png())?;
        Ok(PyBytes::new(py, &png))
    }

    fn __str__(&self) -> String {
        let verdict = &self.explained.verdict;
        let [query, found] = self.sides.names();
        let word = if verdict.same { "same" } else { "different" };
        let mut lines = vec![
            format!("{word}  {}", probability_text(verdict.score)),
            self.explained.reason.clone(),
            relation_text(verdict, [&query, &found]),
        ];
        lines.retain(|line| !line.is_empty());
        let [a, b] = self.explained.keypoints;
        lines.push(format!("{a} and {b} features, {} matches", verdict.matches));
        lines.join("\n")
    }

    fn __repr__(&self) -> String {
        let verdict = &self.explained.verdict;
        let word = if verdict.same { "same" } else { "different" };
        format!(
            "<Explanation {word}, score {:.3}, {}>",
            verdict.score, self.explained.reason
        )
    }
}
