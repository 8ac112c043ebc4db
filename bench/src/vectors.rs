//! `vectors`: the approximate index on any vectors, at several operating points.

use crate::npy::Npy;
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use lookalike_index::{
    Element, GraphOptions, GraphSegment, GraphWriter, Metric, Neighbor, QueryOptions, Recall,
    Segment, Space,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Build an approximate index of vectors, and search it at several operating points
#[derive(clap::Args)]
pub struct Args {
    /// The vectors to index, a .npy file of f32
    #[arg(long)]
    base: PathBuf,
    /// The queries, a .npy file of f32
    #[arg(long)]
    queries: PathBuf,
    /// What near means
    #[arg(long, value_enum, default_value_t = MetricName::L2)]
    metric: MetricName,
    /// Neighbours
    #[arg(short, default_value_t = 10)]
    k: usize,
    /// The true neighbours, a .npy file of row numbers; computed where it is not given
    #[arg(long)]
    truth: Option<PathBuf>,
    /// Threads for building, and for the queries a second
    #[arg(short = 'j', long, default_value_t = 1)]
    threads: usize,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
    /// How the vectors are kept
    #[arg(long, value_enum, default_value_t = ElementName::Bits12)]
    element: ElementName,
    /// Widths of the search
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "16,24,32,48,64,96,128,192,256"
    )]
    widths: Vec<usize>,
    /// Measure the exact scan as well
    #[arg(long)]
    exact: bool,
    /// Build a graph over however few vectors
    #[arg(long)]
    always_graph: bool,
    /// Rounds over all queries at each operating point; the fastest time of each query counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Width of the searches while building
    #[arg(long)]
    build_width: Option<usize>,
    /// The factor of the choice of neighbours
    #[arg(long)]
    alpha: Option<f32>,
    /// Cache lines of a code
    #[arg(long, default_value_t = 0)]
    lines: usize,
    /// Use only so many vectors of the base
    #[arg(long)]
    rows: Option<usize>,
    /// Copy what a search reads on its way to huge pages first
    #[arg(long)]
    preload: bool,
    /// The index file: used if it is there, else written and kept
    #[arg(long)]
    index: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum MetricName {
    L2,
    Cosine,
    Dot,
}

#[derive(Clone, Copy, ValueEnum)]
enum ElementName {
    F32,
    Bits12,
    I8,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = args.index.clone();
    let path = path.unwrap_or_else(|| folder.path().join("vectors.graph"));
    if !path.exists() {
        show(args, &build(args, &path)?);
    }
    let start = Instant::now();
    let segment = GraphSegment::open(&path)?;
    let opened = start.elapsed().as_secs_f64() * 1e3;
    let queries = Npy::open(&args.queries)?.floats()?;
    let before = memory();
    if args.preload {
        segment.preload()?;
    }
    let truth = truth(args, &segment, &queries)?;
    let widths = args.widths.iter().copied().map(Some);
    let mut points = Vec::new();
    for width in widths.chain(args.exact.then_some(None)) {
        points.push(measure(args, &segment, &queries, &truth, width)?);
    }
    for mut point in points {
        point["open_ms"] = json!(opened);
        point["resident_mb"] = json!((memory() - before) / 1e6);
        show(args, &point);
    }
    Ok(())
}

fn build(args: &Args, path: &Path) -> Result<Value> {
    let mut base = Npy::open(&args.base)?;
    let space = Space {
        dim: base.columns,
        metric: match args.metric {
            MetricName::L2 => Metric::L2,
            MetricName::Cosine => Metric::Cosine,
            MetricName::Dot => Metric::Dot,
        },
        element: match args.element {
            ElementName::F32 => Element::F32,
            ElementName::Bits12 => Element::Bits12,
            ElementName::I8 => Element::I8,
        },
    };
    let mut options = GraphOptions {
        threads: args.threads,
        lines: args.lines,
        ..Default::default()
    };
    options.width = args.build_width.unwrap_or(options.width);
    if args.always_graph {
        options.graph_from = 0;
    }
    options.alpha = args.alpha.unwrap_or(options.alpha);
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut writer = GraphWriter::create(path, space, "bench")?;
    let mut row = Vec::new();
    for id in 0..args.rows.unwrap_or(base.rows).min(base.rows) {
        base.next(&mut row)?;
        writer.push(id as u64, &row)?;
    }
    let segment = writer.finish(&options)?;
    Ok(json!({
        "lib": "lookalike",
        "build_s": start.elapsed().as_secs_f64(),
        "build_cpu_s": cpu_seconds() - cpu,
        "bytes": segment.file_bytes(),
        "vectors": segment.len(),
        "peak_mb": peak_memory() / 1e6,
    }))
}

fn truth(args: &Args, segment: &GraphSegment, queries: &[Vec<f32>]) -> Result<Vec<Vec<u64>>> {
    if let Some(path) = &args.truth {
        let truth = Npy::open(path)?;
        ensure!(
            truth.rows == queries.len() && truth.columns >= args.k,
            "{} is not of {} rows of {}",
            path.display(),
            queries.len(),
            args.k
        );
        return truth.whole();
    }
    let options = QueryOptions {
        k: args.k,
        exact: true,
        threads: args.threads,
        ..Default::default()
    };
    let ids = |found: Vec<Neighbor>| found.into_iter().map(|n| n.id).collect();
    let search = |query: &Vec<f32>| Ok(ids(segment.search(query, &options)?));
    queries.iter().map(search).collect()
}

/// An operating point: a width, or the exact scan.
fn measure(
    args: &Args,
    segment: &GraphSegment,
    queries: &[Vec<f32>],
    truth: &[Vec<u64>],
    width: Option<usize>,
) -> Result<Value> {
    let options = QueryOptions {
        k: args.k,
        exact: width.is_none(),
        width: width.unwrap_or_default(),
        ..Default::default()
    };
    let mut recall = Recall::default();
    let mut micros = vec![f64::INFINITY; queries.len()];
    for _ in 0..args.rounds.max(1) {
        recall = Recall::default();
        for ((query, truth), best) in queries.iter().zip(truth).zip(&mut micros) {
            let start = Instant::now();
            let found = segment.search(query, &options)?;
            *best = best.min(start.elapsed().as_secs_f64() * 1e6);
            let truth = &truth[..args.k.min(truth.len())];
            recall.samples += 1;
            recall.wanted += truth.len();
            recall.found += found.iter().filter(|n| truth.contains(&n.id)).count();
        }
    }
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    Ok(json!({
        "lib": "lookalike",
        "param": width.map_or("exact".to_owned(), |width| format!("width {width}")),
        "recall": recall.share(),
        "p50_us": at(0.5),
        "p99_us": at(0.99),
        "qps": throughput(args, segment, queries, &options)?,
        "threads": args.threads,
    }))
}

/// Queries a second of all threads together.
fn throughput(
    args: &Args,
    segment: &GraphSegment,
    queries: &[Vec<f32>],
    options: &QueryOptions<'_>,
) -> Result<f64> {
    let start = Instant::now();
    std::thread::scope(|scope| {
        let worker = || -> Result<()> {
            for query in queries {
                segment.search(query, options)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..args.threads.max(1))
            .map(|_| scope.spawn(worker))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a search does not panic"))
    })?;
    let searches = queries.len() * args.threads.max(1);
    Ok(searches as f64 / start.elapsed().as_secs_f64())
}

fn show(args: &Args, value: &Value) {
    if args.json {
        return println!("{value}");
    }
    let parts = value.as_object().into_iter().flatten();
    let parts: Vec<String> = parts.map(|(key, value)| format!("{key} {value}")).collect();
    println!("{}", parts.join("  "));
}

/// A line of /proc/self/status, in bytes; 0 where there is none.
fn status(key: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(key));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    number.unwrap_or_default() * 1024.0
}

fn memory() -> f64 {
    status("VmRSS")
}

fn peak_memory() -> f64 {
    status("VmHWM")
}

/// CPU seconds of this process, all threads.
fn cpu_seconds() -> f64 {
    let read = || -> Result<f64> {
        let text = std::fs::read_to_string("/proc/self/stat")?;
        let (_, fields) = text.rsplit_once(')').context("the name in brackets")?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: f64 = ticks.map(|t| t.parse().unwrap_or(0.0)).sum();
        Ok(ticks / 100.0)
    };
    read().unwrap_or_default()
}
