//! `vectors-live`: searching an index in one process while another inserts vectors into it one by
//! one.

use crate::npy::Npy;
use anyhow::{Context, Result, ensure};
use lookalike_index::{
    Element, GraphOptions, IndexReader, IndexWriter, Metric, QueryOptions, Space,
};
use serde_json::{Value, json};
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Insert vectors one by one while another process searches, and print what it saw
#[derive(clap::Args)]
pub struct Args {
    /// The vectors to insert, a .npy file of f32
    #[arg(long)]
    base: PathBuf,
    /// The queries, a .npy file of f32
    #[arg(long)]
    queries: PathBuf,
    /// Insert only so many
    #[arg(long)]
    rows: Option<usize>,
    /// Insertions between two commits
    #[arg(long, default_value_t = 1000)]
    commit: usize,
    /// Width of the searches
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Be the process that searches the index in this folder, until standard input ends
    #[arg(long, hide = true)]
    searcher: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    if let Some(folder) = &args.searcher {
        println!("{}", search(args, folder)?);
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let mut base = Npy::open(&args.base)?;
    let space = Space {
        dim: base.columns,
        metric: Metric::L2,
        element: Element::default(),
    };
    let mut writer = IndexWriter::create(folder.path(), space, &GraphOptions::default())?;
    let searcher = start_searcher(args, folder.path())?;
    let start = Instant::now();
    insert(args, &mut base, &mut writer)?;
    let inserted = start.elapsed().as_secs_f64();
    // Its standard input is closed.
    let output = searcher.wait_with_output()?;
    ensure!(output.status.success(), "the searching process failed");
    let mut seen: Value = serde_json::from_slice(&output.stdout)?;
    writer.settle()?;
    seen["vectors"] = json!(IndexReader::open(folder.path())?.len());
    seen["insert_s"] = json!(inserted);
    seen["settled_s"] = json!(start.elapsed().as_secs_f64());
    println!("{seen}");
    Ok(())
}

fn start_searcher(args: &Args, folder: &Path) -> Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg("vectors-live")
        .arg("--base")
        .arg(&args.base)
        .arg("--queries")
        .arg(&args.queries)
        .arg("--searcher")
        .arg(folder)
        .args(["--width", &args.width.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the searching process")
}

fn insert(args: &Args, base: &mut Npy, writer: &mut IndexWriter) -> Result<()> {
    let mut row = Vec::new();
    for id in 0..args.rows.unwrap_or(base.rows).min(base.rows) {
        base.next(&mut row)?;
        writer.insert(id as u64, &row)?;
        if (id + 1) % args.commit.max(1) == 0 {
            writer.commit()?;
        }
    }
    writer.commit()?;
    Ok(())
}

/// Searches until standard input ends, and says what it saw.
fn search(args: &Args, folder: &Path) -> Result<Value> {
    let queries = Npy::open(&args.queries)?.floats()?;
    let options = QueryOptions {
        width: args.width,
        ..Default::default()
    };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _ = stdin().read(&mut [0]);
            done.store(true, Ordering::Relaxed);
        });
        watch(folder, &queries, &options, &done)
    })
}

fn watch(
    folder: &Path,
    queries: &[Vec<f32>],
    options: &QueryOptions<'_>,
    done: &AtomicBool,
) -> Result<Value> {
    let mut reader = IndexReader::open(folder)?;
    let (mut micros, mut refreshes): (Vec<f64>, Vec<f64>) = Default::default();
    let (mut least_recall, mut segments, mut snapshots) = (1f64, 0, 0u64);
    let mut round = 0;
    while !done.load(Ordering::Relaxed) {
        let start = Instant::now();
        if reader.refresh()? {
            refreshes.push(start.elapsed().as_secs_f64() * 1e6);
            snapshots += 1;
            if snapshots.is_multiple_of(20) {
                least_recall = least_recall.min(reader.recall(20, options)?.share());
            }
        }
        segments = segments.max(reader.segments().len());
        round += 1;
        for query in queries.iter().skip(round % 100).step_by(100) {
            let start = Instant::now();
            reader.search(query, options)?;
            micros.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    Ok(json!({
        "searches": micros.len(),
        "us": spread(micros),
        "refresh_us": spread(refreshes),
        "snapshots": snapshots,
        "least_recall": least_recall,
        "segments_at_most": segments,
    }))
}

fn spread(mut times: Vec<f64>) -> Value {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len().max(1) - 1) as f64 * share) as usize);
    json!({"p50": at(0.5), "p99": at(0.99), "p99.9": at(0.999), "max": at(1.0)})
}
