//! What a vector is, what near means, and how a graph is built.

use fearless_simd::Level;

/// What near means. A score is always the larger the nearer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metric {
    /// The score is the cosine of the angle, in [-1, 1]. Zero vectors are refused.
    #[default]
    Cosine,
    /// The score is the dot product.
    Dot,
    /// The score is minus the squared Euclidean distance.
    L2,
}

/// How the elements of vectors are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Element {
    /// As they come, four bytes each: scores are exact.
    F32,
    /// In twelve bits each, with one factor for each vector: an element changes by at most 1/4094
    /// of the vector's largest, which changes the order of hardly any neighbours.
    #[default]
    Bits12,
    /// In one byte each, with one factor for each vector. Vectors of `i8` are kept as they come;
    /// an element of an `f32` vector changes by at most 1/254 of the vector's largest.
    I8,
}

/// A vector, as it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Vector<'a> {
    /// Of floats.
    F32(&'a [f32]),
    /// Of whole numbers.
    I8(&'a [i8]),
}

impl Vector<'_> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::I8(values) => values.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the elements as floats.
    pub(crate) fn decode(&self, out: &mut Vec<f32>) {
        out.clear();
        match self {
            Self::F32(values) => out.extend_from_slice(values),
            Self::I8(values) => out.extend(values.iter().map(|&v| f32::from(v))),
        }
    }
}

impl<'a> From<&'a [f32]> for Vector<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self::F32(values)
    }
}

impl<'a> From<&'a [i8]> for Vector<'a> {
    fn from(values: &'a [i8]) -> Self {
        Self::I8(values)
    }
}

impl<'a, const N: usize> From<&'a [f32; N]> for Vector<'a> {
    fn from(values: &'a [f32; N]) -> Self {
        Self::F32(values)
    }
}

impl<'a> From<&'a Vec<f32>> for Vector<'a> {
    fn from(values: &'a Vec<f32>) -> Self {
        Self::F32(values)
    }
}

/// What all vectors of an index have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Elements of a vector, in 1..=[`MAX_GRAPH_DIMENSION`](crate::MAX_GRAPH_DIMENSION).
    pub dim: usize,
    /// What near means.
    pub metric: Metric,
    /// How the vectors are kept.
    pub element: Element,
}

impl Space {
    /// Vectors of `dim` elements that are compared by the cosine, in twelve bits an element.
    pub fn cosine(dim: usize) -> Self {
        Self {
            dim,
            metric: Metric::default(),
            element: Element::default(),
        }
    }
}

/// How a graph is built.
#[derive(Clone, Copy, Debug)]
pub struct GraphOptions {
    /// Segments of fewer vectors get no graph, and are scanned. Default: 1,024, where a scan of 128
    /// dimensions takes 29 microseconds and a search of the graph 13 to 36, by its width.
    pub graph_from: usize,
    /// Width of the searches for the neighbours of a new vector, in 1..=4,096: the larger, the
    /// better the graph and the longer the building. Default 128.
    pub width: usize,
    /// A candidate becomes no neighbour if another neighbour is nearer to it than the vector
    /// itself is, by this factor, in 1.0..=2.0: the larger, the more neighbours. Default 1.1.
    pub alpha: f32,
    /// Cache lines of 64 bytes for the code of a vector, in 1..=64; 0, the default, means 1 up to
    /// 128 dimensions and 2 above. A line holds 112 elements of four bits, each further one 128.
    /// Embeddings have few independent directions and do well with one; vectors of many, such as
    /// concatenated descriptors, want more.
    pub lines: usize,
    /// Another seed gives another graph, about as good. Default 1.
    pub seed: u64,
    /// Threads for building, at least 1; the graph does not depend on it. Default 1.
    pub threads: usize,
    /// The instruction set.
    pub level: Level,
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self {
            graph_from: 1024,
            width: 128,
            alpha: 1.1,
            lines: 0,
            seed: 1,
            threads: 1,
            level: Level::new(),
        }
    }
}

impl GraphOptions {
    /// The options, within their ranges.
    pub(crate) fn within_ranges(self, dim: usize) -> Self {
        let lines = match (self.lines, dim) {
            (0, ..=128) => 1,
            (0, _) => 2,
            (lines, _) => lines.min(MAX_LINES),
        };
        Self {
            width: self.width.clamp(1, 4096),
            alpha: if self.alpha >= 1.0 {
                self.alpha.min(2.0)
            } else {
                1.0
            },
            lines,
            threads: self.threads.max(1),
            ..self
        }
    }
}

/// The most cache lines of a code.
pub(crate) const MAX_LINES: usize = 64;

/// How to search an index.
#[derive(Clone, Copy)]
pub struct QueryOptions<'a> {
    /// How many neighbours at most; default 10.
    pub k: usize,
    /// How many of the nearest vectors met are followed, at least `k`: the larger, the more of the
    /// true neighbours are found and the longer it takes. Default 64.
    pub width: usize,
    /// Whether to compare with every vector instead of following the graph; default no.
    pub exact: bool,
    /// Ids for which this says `false` are left out; default none. Where it leaves few, a search
    /// ends as a scan of these.
    pub keep: Option<&'a (dyn Fn(u64) -> bool + Sync)>,
    /// Threads for scans, at least 1; the answer does not depend on it. Default 1.
    pub threads: usize,
    /// The instruction set.
    pub level: Level,
}

impl Default for QueryOptions<'_> {
    fn default() -> Self {
        Self {
            k: 10,
            width: 64,
            exact: false,
            keep: None,
            threads: 1,
            level: Level::new(),
        }
    }
}
