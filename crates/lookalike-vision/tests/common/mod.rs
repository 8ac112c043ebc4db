//! Reference outputs of OpenCV, and how to compare with them.
//!
//! `bench/run.sh golden` makes the files in `tests/golden` and describes their format. A test says
//! `mod common;`, takes [`Golden::load`] or [`Golden::of`], builds a worker from the parameters,
//! and compares:
//!
//! ```ignore
//! for golden in Golden::of("kaze", "detect-and-compute") {
//!     let params = KazeParams { threshold: golden.param("threshold", 0.001), ..Default::default() };
//!     let ours = Kaze::new(params, Exec::default())?.detect_and_compute(&golden.picture)?;
//!     assert!(same_order(&ours.keypoints, &golden.keypoints, &TIGHT), "{}", golden.name);
//!     let near = share(&golden.cosines(&ours, &TIGHT), |c| c > 0.9999);
//!     assert!(near >= 0.999, "{}: {near}", golden.name);
//! }
//! ```
#![allow(dead_code)] // not every test file needs everything

pub mod inputs;

use lookalike_vision::{DescriptorData, Features, GrayImage, Keypoint};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::str::FromStr;

/// What OpenCV answered for one picture and one set of parameters.
pub struct Golden {
    /// The file's name, for messages.
    pub name: String,
    pub picture: GrayImage,
    pub algorithm: String,
    /// `detect`, `compute` (of [`input`](Self::input)), `detect-and-compute`,
    /// `detect-then-compute` or `vector`.
    pub mode: String,
    /// The keypoints in OpenCV's order.
    pub keypoints: Vec<Keypoint>,
    /// The keypoints that were given to `compute`.
    pub input: Vec<Keypoint>,
    /// Numbers of the keypoints whose descriptors are known, and these descriptors.
    pub described: Vec<(usize, Row)>,
    /// The tutorial's vector.
    pub vector: Vec<f32>,
    params: BTreeMap<String, String>,
}

/// A descriptor.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// Floats, quantised to 1/32767.
    Unit(Vec<f32>),
    /// Bytes: bit strings, or the whole numbers of SIFT.
    Bytes(Vec<u8>),
}

impl Golden {
    /// Reads `tests/golden/<name>.golden`, for example `kaze-extended.coffee`.
    pub fn load(name: &str) -> Self {
        let bytes = read(&format!("{name}.golden"));
        let end = bytes
            .windows(2)
            .position(|w| w == b"\n\n")
            .expect("a header")
            + 2;
        let header = std::str::from_utf8(&bytes[..end]).expect("a header in UTF-8");
        let (mut fields, mut params) = (BTreeMap::new(), BTreeMap::new());
        let mut arrays = BTreeMap::new();
        let mut body = &bytes[end..];
        for line in header.lines().filter(|line| !line.is_empty()) {
            let (key, value) = line.split_once(' ').expect("key and value");
            match key {
                "param" => {
                    let (key, value) = value.split_once(' ').expect("parameter and value");
                    params.insert(key.to_owned(), value.to_owned());
                }
                "array" => {
                    let (name, array) = Array::take(value, &mut body);
                    arrays.insert(name, array);
                }
                _ => {
                    fields.insert(key, value.to_owned());
                }
            }
        }
        assert_eq!(fields["golden"], "1", "{name}: version");
        assert!(body.is_empty(), "{name}: {} bytes too many", body.len());
        let array = |name: &str| arrays.get(name).cloned().unwrap_or_default();
        let rows = array("rows").values.into_iter().map(|r| r as usize);
        Self {
            name: name.to_owned(),
            picture: read_pgm(&fields["picture"]),
            algorithm: fields["algorithm"].clone(),
            mode: fields["mode"].clone(),
            keypoints: keypoints(&array("keypoints"), &array("octaves")),
            input: keypoints(&array("input"), &array("input_octaves")),
            described: rows.zip(array("descriptors").descriptors()).collect(),
            vector: array("vector").values.iter().map(|&v| v as f32).collect(),
            params,
        }
    }

    /// All files of an algorithm and a mode, by name.
    pub fn of(algorithm: &str, mode: &str) -> Vec<Self> {
        let mut names: Vec<String> = std::fs::read_dir(folder())
            .expect("the folder of golden files")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(algorithm))
            .filter_map(|name| name.strip_suffix(".golden").map(str::to_owned))
            .collect();
        names.sort();
        let all = names.iter().map(|name| Self::load(name));
        let some: Vec<Self> = all
            .filter(|golden| golden.algorithm == algorithm && golden.mode == mode)
            .collect();
        assert!(!some.is_empty(), "no golden file of {algorithm}, {mode}");
        some
    }

    /// A parameter under OpenCV's name in kebab case; enum values by name (`pm-g1`, `mldb`).
    pub fn param<T: FromStr<Err: Debug>>(&self, name: &str, default: T) -> T {
        match self.params.get(name) {
            Some(value) => value.parse().expect("a parameter of this type"),
            None => default,
        }
    }

    /// The cosine between each descriptor known and ours of the matching keypoint; 0 where none
    /// matches.
    pub fn cosines(&self, ours: &Features, tolerance: &Tolerance) -> Vec<f64> {
        self.compare(ours, tolerance, |theirs, ours| match ours {
            Some(ours) => cosine(&theirs.floats(), &ours.floats()),
            None => 0.0,
        })
    }

    /// The number of bits that differ between each descriptor known and ours of the matching
    /// keypoint; `u32::MAX` where none matches.
    pub fn bit_differences(&self, ours: &Features, tolerance: &Tolerance) -> Vec<u32> {
        self.compare(ours, tolerance, |theirs, ours| match (theirs, ours) {
            (Row::Bytes(a), Some(Row::Bytes(b))) => hamming(a, &b),
            (_, None) => u32::MAX,
            other => panic!("{}: no bit strings: {other:?}", self.name),
        })
    }

    fn compare<T>(
        &self,
        ours: &Features,
        tolerance: &Tolerance,
        measure: impl Fn(&Row, Option<Row>) -> T,
    ) -> Vec<T> {
        let partners = partners(&ours.keypoints, &self.keypoints, tolerance);
        let of =
            |(i, theirs): &(usize, Row)| measure(theirs, partners[*i].map(|j| Row::of(ours, j)));
        self.described.iter().map(of).collect()
    }
}

impl Row {
    fn of(features: &Features, row: usize) -> Self {
        let length = features.descriptors.length();
        let range = row * length..(row + 1) * length;
        match features.descriptors.data() {
            DescriptorData::F32(v) => Self::Unit(v[range].to_vec()),
            DescriptorData::U8(v) => Self::Bytes(v[range].to_vec()),
        }
    }

    fn floats(&self) -> Vec<f32> {
        match self {
            Self::Unit(v) => v.clone(),
            Self::Bytes(v) => v.iter().map(|&b| f32::from(b)).collect(),
        }
    }
}

/// How far two keypoints may differ. Infinity lets everything pass.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Distance in pixels.
    pub position: f32,
    /// Share of the size.
    pub size: f32,
    /// Degrees.
    pub angle: f32,
    /// Share of the response.
    pub response: f32,
    /// Whether octave and class_id must agree.
    pub octave: bool,
}

/// What two builds of the same arithmetic differ in: rounding.
pub const TIGHT: Tolerance = Tolerance {
    position: 0.01,
    size: 0.001,
    angle: 0.01,
    response: 0.001,
    octave: true,
};

impl Tolerance {
    /// Whether two keypoints are the same.
    pub fn same(&self, a: &Keypoint, b: &Keypoint) -> bool {
        let near = |a: f32, b: f32, share: f32| (a - b).abs() <= share * a.abs().max(b.abs());
        let turn = (a.angle - b.angle).abs();
        (a.x - b.x).hypot(a.y - b.y) <= self.position
            && near(a.size, b.size, self.size)
            && near(a.response, b.response, self.response)
            && turn.min(360.0 - turn) <= self.angle
            && (!self.octave || (a.octave == b.octave && a.class_id == b.class_id))
    }
}

/// For each of `theirs` the number of the nearest of `ours` that is the same; none is used twice.
pub fn partners(
    ours: &[Keypoint],
    theirs: &[Keypoint],
    tolerance: &Tolerance,
) -> Vec<Option<usize>> {
    let mut free = vec![true; ours.len()];
    let mut partner = |b: &Keypoint| {
        let distance = |i: &usize| (ours[*i].x - b.x).hypot(ours[*i].y - b.y);
        let found = (0..ours.len())
            .filter(|&i| free[i] && tolerance.same(&ours[i], b))
            .min_by(|i, j| distance(i).total_cmp(&distance(j)))?;
        free[found] = false;
        Some(found)
    };
    theirs.iter().map(&mut partner).collect()
}

/// The share of `theirs` that is also in `ours`; 1 where both are empty, 0 where only `theirs` is.
/// Compare the lengths to learn how many of ours are in excess.
pub fn matched_share(ours: &[Keypoint], theirs: &[Keypoint], tolerance: &Tolerance) -> f64 {
    if theirs.is_empty() {
        return if ours.is_empty() { 1.0 } else { 0.0 };
    }
    share(&partners(ours, theirs, tolerance), |p| p.is_some())
}

/// Whether both are the same keypoints in the same order.
pub fn same_order(ours: &[Keypoint], theirs: &[Keypoint], tolerance: &Tolerance) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| tolerance.same(a, b))
}

/// The share of the values for which something holds; 1 where there is none.
pub fn share<T: Clone>(values: &[T], holds: impl Fn(T) -> bool) -> f64 {
    if values.is_empty() {
        return 1.0;
    }
    values.iter().filter(|v| holds((*v).clone())).count() as f64 / values.len() as f64
}

/// Cosine of the angle between two vectors; two zero vectors (or NaN on both sides) count as equal.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "descriptors of the same length");
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
        products.sum()
    };
    let (aa, bb) = (dot(a, a), dot(b, b));
    let nothing = |square: f64| square.is_nan() || square == 0.0;
    match (nothing(aa), nothing(bb)) {
        (false, false) => dot(a, b) / (aa * bb).sqrt(),
        (true, true) => 1.0,
        _ => 0.0,
    }
}

/// Bits that differ.
pub fn hamming(a: &[u8], b: &[u8]) -> u32 {
    assert_eq!(a.len(), b.len(), "descriptors of the same length");
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// A matrix of the file, its values widened.
#[derive(Clone, Default)]
struct Array {
    kind: String,
    columns: usize,
    values: Vec<f64>,
}

impl Array {
    /// Takes the array that `line` announces ("name type rows columns") from the front of `body`.
    fn take(line: &str, body: &mut &[u8]) -> (String, Self) {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, kind, rows, columns] = words[..] else {
            panic!("a bad line: {line}");
        };
        let (rows, columns): (usize, usize) = (rows.parse().unwrap(), columns.parse().unwrap());
        let width = match kind {
            "u8" => 1,
            "i16" => 2,
            _ => 4,
        };
        let (bytes, rest) = body.split_at(rows * columns * width);
        *body = rest;
        let value = |b: &[u8]| match kind {
            "u8" => f64::from(b[0]),
            "i16" => f64::from(i16::from_le_bytes([b[0], b[1]])),
            "i32" => f64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            "f32" => f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            _ => panic!("an unknown type: {line}"),
        };
        let array = Self {
            kind: kind.to_owned(),
            columns,
            values: bytes.chunks_exact(width).map(value).collect(),
        };
        (name.to_owned(), array)
    }

    fn descriptors(&self) -> Vec<Row> {
        let row = |values: &[f64]| match self.kind.as_str() {
            "u8" => Row::Bytes(values.iter().map(|&v| v as u8).collect()),
            _ => Row::Unit(values.iter().map(|&v| v as f32 / 32767.0).collect()),
        };
        self.values
            .chunks_exact(self.columns.max(1))
            .map(row)
            .collect()
    }
}

fn keypoints(points: &Array, marks: &Array) -> Vec<Keypoint> {
    let points = points.values.chunks_exact(5);
    let keypoint = |(p, m): (&[f64], &[f64])| Keypoint {
        x: p[0] as f32,
        y: p[1] as f32,
        size: p[2] as f32,
        angle: p[3] as f32,
        response: p[4] as f32,
        octave: m[0] as i32,
        class_id: m[1] as i32,
    };
    points
        .zip(marks.values.chunks_exact(2))
        .map(keypoint)
        .collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn read(file: &str) -> Vec<u8> {
    let path = folder().join(file);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A binary PGM of 8 bits without comments.
pub fn read_pgm(file: &str) -> GrayImage {
    let bytes = read(file);
    let mut lines = bytes.splitn(4, |&b| b == b'\n');
    let mut line = || lines.next().expect("a line");
    assert_eq!(line(), b"P5");
    let size = std::str::from_utf8(line()).expect("the size");
    let (width, height) = size.split_once(' ').expect("width and height");
    assert_eq!(line(), b"255");
    let pixels = line().to_vec();
    GrayImage::from_vec(width.parse().unwrap(), height.parse().unwrap(), pixels).unwrap()
}
