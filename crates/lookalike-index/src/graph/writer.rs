//! How a graph segment comes into being.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use bytemuck::cast_slice;
use fearless_simd::Level;

use super::bits12::{self, Bits12};
use super::build::{self, Shape as Growth};
use super::codes::{self, LANES};
use super::format::{GRAPH, MAX_GRAPH_DIMENSION, MAX_GRAPH_VECTORS, Parameters, Shape, row_bytes};
use super::links::{DEGREE, NONE, pack};
use super::memory::Scattered;
use super::options::{Element, GraphOptions, Metric, Space, Vector};
use super::order::{breadth_first, places};
use super::projection::Projection;
use super::score::{LONGEST, squares};
use super::segment::{GraphSegment, Row};
use super::source::Lift;
use super::wide::WideCodes;
use crate::quantise::{BYTE_PEAK, quantise};
use crate::{Error, Result, exact};
use lookalike_store::{Random, SectionWriter, Segment, check_order, tasks};

/// Vectors encoded by one task, and nodes written at a time.
const ROWS_PER_TASK: usize = 1024;
/// Vectors from which the projection is learnt.
const SAMPLE: usize = 8192;
/// Nodes where a search begins.
const PIVOTS: usize = 64;

/// Writes a [`GraphSegment`], one vector after the other.
///
/// Until [`finish`](Self::finish) this takes 12 bytes of memory a vector; then, for a code of one
/// cache line (up to 128 dimensions), about 600 bytes a vector, whatever their dimension, and 192
/// more for every further line. The vectors themselves go to the file at once.
///
/// The file is written under the name `<path>.partial`, and takes its own name when it is complete
/// and on the disk. Dropped before, it leaves nothing.
#[derive(Debug)]
pub struct GraphWriter {
    out: SectionWriter,
    path: PathBuf,
    space: Space,
    level: Level,
    ids: Vec<u64>,
    steps: Vec<f32>,
    values: Vec<f32>,
    bytes: Vec<i8>,
}

impl GraphWriter {
    /// Begins a segment. `label` says what the vectors are, for whoever opens the file: at most
    /// [`MAX_LABEL`](crate::MAX_LABEL) bytes.
    ///
    /// # Errors
    /// [`Error::Dimension`] unless the dimension is in 1..=[`MAX_GRAPH_DIMENSION`],
    /// [`lookalike_store::Error::Label`], [`lookalike_store::Error::Io`].
    pub fn create(path: &Path, space: Space, label: &str) -> Result<Self> {
        if space.dim == 0 || space.dim > MAX_GRAPH_DIMENSION {
            return Err(Error::Dimension {
                expected: MAX_GRAPH_DIMENSION,
                received: space.dim,
            });
        }
        Ok(Self {
            out: SectionWriter::create(path, &GRAPH, label)?,
            path: path.to_owned(),
            space,
            level: Level::new(),
            ids: Vec::new(),
            steps: Vec::new(),
            values: Vec::new(),
            bytes: Vec::new(),
        })
    }

    /// Number of vectors so far.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no vector yet.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Adds a vector; its id must be larger than the one before.
    ///
    /// # Errors
    /// [`Error::Dimension`], [`Error::NotFinite`], [`Error::Magnitude`], [`lookalike_store::Error::IdOrder`],
    /// [`Error::Full`]: the vector is left out, and the writer can go on. [`lookalike_store::Error::Io`]: it cannot.
    pub fn push<'v>(&mut self, id: u64, vector: impl Into<Vector<'v>>) -> Result<()> {
        let vector = vector.into();
        check(self.level, self.space, vector, &mut self.values)?;
        match (self.space.element, vector) {
            (Element::F32, _) => {
                let values = std::mem::take(&mut self.values);
                let result = self.push_row(id, Row::F32(&values));
                self.values = values;
                result
            }
            (Element::I8, Vector::I8(bytes)) => self.push_row(id, Row::I8(bytes, 1.0)),
            (element, _) => {
                let mut bytes = std::mem::take(&mut self.bytes);
                let step = encode(element, vector, &mut bytes);
                let row = match element {
                    Element::Bits12 => Row::Bits12(&bytes, step),
                    _ => Row::I8(&bytes, step),
                };
                let result = self.push_row(id, row);
                self.bytes = bytes;
                result
            }
        }
    }

    /// Adds a vector as it is kept by other segments of the same space.
    pub(crate) fn push_row(&mut self, id: u64, row: Row<'_>) -> Result<()> {
        if let Some(&last) = self.ids.last() {
            check_order(&[last, id])?;
        }
        if self.ids.len() == MAX_GRAPH_VECTORS {
            return Err(Error::Full {
                allowed: MAX_GRAPH_VECTORS,
            });
        }
        match row {
            Row::F32(values) => self.out.put(cast_slice(values))?,
            Row::I8(bytes, step) | Row::Bits12(bytes, step) => {
                self.out.put(cast_slice(bytes))?;
                self.steps.push(step);
            }
        }
        self.ids.push(id);
        Ok(())
    }

    /// Builds the graph, completes the file, and opens it. When this returns the segment is on the
    /// disk under its name, and survives a power cut.
    ///
    /// # Errors
    /// [`lookalike_store::Error::Io`].
    pub fn finish(self, options: &GraphOptions) -> Result<GraphSegment> {
        self.finish_unless(options, &AtomicBool::new(false))
    }

    /// [`finish`](Self::finish), but leaves nothing if told to stop.
    ///
    /// # Errors
    /// [`lookalike_store::Error::Io`], [`lookalike_store::Error::Stopped`].
    pub(crate) fn finish_unless(
        mut self,
        options: &GraphOptions,
        stop: &AtomicBool,
    ) -> Result<GraphSegment> {
        let options = options.within_ranges(self.space.dim);
        self.out.end_section()?;
        self.out.put_section(cast_slice(&self.steps))?;
        self.out.put_section(cast_slice(&self.ids))?;
        let linked = !self.ids.is_empty() && self.ids.len() >= options.graph_from;
        let shape = match linked {
            true => Shape::linked(self.space, options.lines, self.ids.len()),
            false => Shape::flat(self.space),
        };
        let parameters = Parameters::of(&options, shape.lines, self.ids.len());
        self.out.put_section(cast_slice(&parameters.to_numbers()))?;
        if linked {
            let plan = Plan {
                shape,
                count: self.ids.len(),
                start: GRAPH.header_length(),
                steps: &self.steps,
            };
            write_graph(&mut self.out, &self.path, plan, &options, stop)?;
        } else {
            (0..4).try_for_each(|_| self.out.end_section())?;
        }
        self.out
            .finish([shape.to_number(), self.ids.len() as u64])?;
        Ok(GraphSegment::open(&self.path)?)
    }
}

impl Parameters {
    /// Those of a graph that is to be built over some vectors.
    pub(crate) fn of(options: &GraphOptions, lines: usize, count: usize) -> Self {
        Self {
            lines,
            degree: DEGREE,
            width: options.width,
            alpha: options.alpha,
            seed: options.seed,
            pivots: count.min(PIVOTS),
        }
    }
}

/// A graph to be built over vectors that are already in the file.
#[derive(Clone, Copy, Debug)]
struct Plan<'a> {
    shape: Shape,
    /// Number of vectors.
    count: usize,
    /// Where in the file they begin.
    start: usize,
    /// What one step of a vector is worth, unless they are floats.
    steps: &'a [f32],
}

/// Writes all sections of a graph behind its parameters, which follow from the vectors. The options
/// are within their ranges.
fn write_graph(
    out: &mut SectionWriter,
    path: &Path,
    plan: Plan<'_>,
    options: &GraphOptions,
    stop: &AtomicBool,
) -> Result<()> {
    let shape = plan.shape;
    let map = out.written()?;
    let mut random = Random::new(options.seed);
    let mut source = Source {
        space: shape.space,
        vectors: &map.bytes()[plan.start..],
        steps: plan.steps,
        lift: Lift {
            metric: shape.space.metric,
            longest: 0.0,
        },
        level: options.level,
        order: random.order(plan.count),
    };
    let pivots = Parameters::of(options, shape.lines, plan.count).pivots;
    source.lift.longest = source.longest(options.threads);
    let projection = source.projection(shape, options.threads, &mut random);
    let encoded = source.encode(&projection, shape.lines, options.threads);
    let (codes, wide) = encoded.map_err(lookalike_store::Error::io(path, "build the graph of"))?;
    let growth = Growth {
        lines: shape.lines,
        pivots,
        width: options.width,
        alpha: options.alpha,
    };
    let (level, threads) = (options.level, options.threads);
    let links = build::links(level, threads, codes.as_ref(), &wide, growth, stop)
        .map_err(lookalike_store::Error::io(path, "build the graph of"))?
        .ok_or(lookalike_store::Error::Stopped)?;
    drop(wide);
    out.put(cast_slice(&projection.centre))?;
    out.put_section(cast_slice(&projection.matrix))?;
    let order = breadth_first(links.as_ref(), pivots);
    let stride = shape.lines * LANES;
    write_ordered(out, &order, codes.as_ref(), stride)?;
    out.end_section()?;
    let places = places(&order);
    let (mut moved, mut bytes) = ([NONE; DEGREE], Vec::new());
    for &node in &order {
        let list = &links.as_ref()[node as usize * DEGREE..];
        for (to, &from) in moved.iter_mut().zip(list) {
            *to = places.get(from as usize).copied().unwrap_or(NONE);
        }
        bytes.clear();
        pack(&moved, shape.link_bytes, &mut bytes);
        out.put(&bytes)?;
    }
    out.end_section()?;
    write_ordered(out, &order, &source.order, 1)?;
    Ok(out.end_section()?)
}

/// Writes one row for each node, in another order.
fn write_ordered<T: bytemuck::NoUninit>(
    out: &mut SectionWriter,
    order: &[u32],
    rows: &[T],
    stride: usize,
) -> Result<()> {
    for &node in order {
        out.put(cast_slice(&rows[node as usize * stride..][..stride]))?;
    }
    Ok(())
}

/// Refuses what cannot be stored or searched for; leaves the elements in `values`.
pub(crate) fn check(
    level: Level,
    space: Space,
    vector: Vector<'_>,
    values: &mut Vec<f32>,
) -> Result<()> {
    if vector.len() != space.dim {
        return Err(Error::Dimension {
            expected: space.dim,
            received: vector.len(),
        });
    }
    vector.decode(values);
    if let Some(index) = exact::first_not_finite(values) {
        return Err(Error::NotFinite {
            index,
            value: values[index],
        });
    }
    let zero_is_fine = space.metric != Metric::Cosine;
    if zero_is_fine && values.iter().all(|&v| v == 0.0) {
        return Ok(());
    }
    let length = squares(level, values).sqrt();
    let shortest = if zero_is_fine { 0.0 } else { 1.0 / LONGEST };
    if length <= LONGEST && length >= shortest {
        return Ok(());
    }
    Err(Error::Magnitude {
        length,
        least: shortest,
        most: LONGEST,
    })
}

/// Writes a vector as it is kept where it is not kept as floats, and returns what one step is
/// worth.
pub(crate) fn encode(element: Element, vector: Vector<'_>, row: &mut Vec<i8>) -> f32 {
    match (element, vector) {
        (Element::Bits12, Vector::F32(values)) => bits12::quantise(values, row),
        (Element::Bits12, Vector::I8(bytes)) => bits12::widen(bytes, row),
        (_, Vector::F32(values)) => {
            row.resize(values.len(), 0);
            quantise(values, row) / BYTE_PEAK
        }
        (_, Vector::I8(bytes)) => {
            row.clear();
            row.extend_from_slice(bytes);
            1.0
        }
    }
}

/// The vectors in the file, in the order in which they enter the graph.
struct Source<'a> {
    space: Space,
    vectors: &'a [u8],
    steps: &'a [f32],
    lift: Lift,
    level: Level,
    /// Which vector each node stands for.
    order: Vec<u32>,
}

impl Source<'_> {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn read(&self, row: usize, out: &mut Vec<f32>) {
        let length = row_bytes(self.space);
        let bytes = &self.vectors[row * length..][..length];
        out.clear();
        match self.space.element {
            Element::F32 => out.extend_from_slice(cast_slice(bytes)),
            Element::I8 => {
                let values = cast_slice::<_, i8>(bytes).iter();
                out.extend(values.map(|&v| self.steps[row] * f32::from(v)));
            }
            Element::Bits12 => {
                let values = Bits12::new(cast_slice(bytes), self.space.dim);
                values.decode(self.steps[row], out);
            }
        }
    }

    fn read_node(&self, node: usize, out: &mut Vec<f32>) {
        self.read(self.order[node] as usize, out);
        self.lift.stored(self.level, out);
    }

    /// The greatest squared length, where it matters.
    fn longest(&self, threads: usize) -> f32 {
        if self.space.metric != Metric::Dot {
            return 0.0;
        }
        let parts = tasks::run(threads, self.len().div_ceil(ROWS_PER_TASK), |i| {
            let mut vector = Vec::new();
            let rows = i * ROWS_PER_TASK..self.len().min((i + 1) * ROWS_PER_TASK);
            rows.fold(0f32, |longest, row| {
                self.read(row, &mut vector);
                longest.max(squares(self.level, &vector))
            })
        });
        parts.into_iter().fold(0.0, f32::max)
    }

    fn projection(&self, shape: Shape, threads: usize, random: &mut Random) -> Projection<'static> {
        let mut vector = Vec::new();
        let mut sample = Vec::new();
        for node in 0..self.len().min(SAMPLE) {
            self.read_node(node, &mut vector);
            sample.extend_from_slice(&vector);
        }
        let (input, output) = (shape.input(), shape.output());
        Projection::learn(self.level, threads, &sample, input, output, random)
    }

    /// The codes for the search, and those for the building.
    fn encode(
        &self,
        projection: &Projection<'_>,
        lines: usize,
        threads: usize,
    ) -> std::io::Result<(Scattered<i16>, WideCodes)> {
        let stride = lines * LANES;
        let mut all = Scattered::zeroed(self.len() * stride)?;
        let mut wide = WideCodes::new(projection.output);
        let batch = threads * 4 * ROWS_PER_TASK;
        for (start, to) in (0..)
            .step_by(batch)
            .zip(all.as_mut().chunks_mut(batch * stride))
        {
            let count = to.len() / stride;
            let parts = tasks::run(threads, count.div_ceil(ROWS_PER_TASK), |i| {
                let nodes = start + i * ROWS_PER_TASK..start + count.min((i + 1) * ROWS_PER_TASK);
                let mut wide = WideCodes::new(projection.output);
                let mut codes = vec![0; nodes.len() * stride];
                let (mut vector, mut out) = (Vec::new(), vec![0.0; projection.output]);
                for (node, code) in nodes.zip(codes.chunks_exact_mut(stride)) {
                    self.read_node(node, &mut vector);
                    let square = projection.apply(self.level, &vector, &mut out);
                    codes::encode(&out, square, code);
                    wide.push(&out, square);
                }
                (codes, wide)
            });
            for (to, (codes, part)) in to.chunks_mut(ROWS_PER_TASK * stride).zip(parts) {
                to.copy_from_slice(&codes);
                wide.append(part);
            }
        }
        Ok((all, wide))
    }
}
