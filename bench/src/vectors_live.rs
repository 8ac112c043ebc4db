//! `vectors-live`: searching an index while vectors are inserted into it one by one.

use crate::npy::Npy;
use anyhow::Result;
use lookalike_index::{
    Element, GraphOptions, IndexReader, IndexWriter, Metric, QueryOptions, Space,
};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Insert vectors one by one while another thread searches, and print what it saw
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
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut base = Npy::open(&args.base)?;
    let space = Space {
        dim: base.columns,
        metric: Metric::L2,
        element: Element::F32,
    };
    let mut writer = IndexWriter::create(folder.path(), space, &GraphOptions::default())?;
    let queries = Npy::open(&args.queries)?.floats()?;
    let done = AtomicBool::new(false);
    let start = Instant::now();
    let seen = std::thread::scope(|scope| -> Result<Seen> {
        let searcher = scope.spawn(|| search(args, folder.path(), &queries, &done));
        let inserted = insert(args, &mut base, &mut writer);
        done.store(true, Ordering::Relaxed);
        let seen = searcher.join().expect("a search does not panic")?;
        inserted.map(|()| seen)
    })?;
    let inserted = start.elapsed().as_secs_f64();
    writer.settle()?;
    let reader = IndexReader::open(folder.path())?;
    let mut micros = seen.micros;
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros.get(((micros.len().max(1) - 1) as f64 * share) as usize);
    println!(
        "{}",
        json!({
            "vectors": reader.len(),
            "insert_s": inserted,
            "settled_s": start.elapsed().as_secs_f64(),
            "searches": micros.len(),
            "us": {"p50": at(0.5), "p99": at(0.99), "p99.9": at(0.999), "max": at(1.0)},
            "least_recall": seen.least_recall,
            "segments_at_most": seen.segments,
        })
    );
    Ok(())
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

/// What the searching thread saw.
#[derive(Default)]
struct Seen {
    /// Time of each search.
    micros: Vec<f64>,
    /// The least recall of any snapshot, of 20 queries each.
    least_recall: f64,
    segments: usize,
}

fn search(args: &Args, folder: &Path, queries: &[Vec<f32>], done: &AtomicBool) -> Result<Seen> {
    let options = QueryOptions {
        width: args.width,
        ..Default::default()
    };
    let mut reader = IndexReader::open(folder)?;
    let mut seen = Seen {
        least_recall: 1.0,
        ..Default::default()
    };
    let mut rounds = 0;
    while !done.load(Ordering::Relaxed) {
        if reader.refresh()? && rounds % 20 == 0 {
            let recall = reader.recall(20, rounds, &options)?;
            seen.least_recall = seen.least_recall.min(recall);
        }
        seen.segments = seen.segments.max(reader.segments().len());
        rounds += 1;
        for query in queries.iter().skip(rounds as usize % 100).step_by(100) {
            let start = Instant::now();
            reader.search(query, &options)?;
            seen.micros.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    Ok(seen)
}
