//! `vectors-exact`: the exact search over a segment, without the rest of a library.

use crate::generate::Vectors;
use anyhow::Result;
use lookalike_index::{Living, ScanOptions, Segment, VectorSegment, scan};
use std::path::PathBuf;
use std::time::Instant;

/// Search a segment exactly and print milliseconds
#[derive(clap::Args)]
pub struct Args {
    /// The segment
    segment: PathBuf,
    /// Neighbours
    #[arg(short, default_value_t = 10)]
    k: usize,
    /// Searches, each for another vector
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Use a stored vector as the query, not a new one
    #[arg(long)]
    stored: bool,
    /// Threads
    #[arg(short = 'j', long, default_value_t = 2)]
    threads: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let segments = [Living::new(0, VectorSegment::open(&args.segment)?)];
    let segment = segments[0].segment();
    let opened = start.elapsed();
    let mut others = Vectors::new(segment.dim(), 1_000_003);
    for run in 0..args.runs {
        let query = match args.stored {
            true => segment.vector(run * 7919 % segment.len()).to_vec(),
            false => others.next().to_vec(),
        };
        let options = ScanOptions {
            k: args.k,
            threads: args.threads,
            ..Default::default()
        };
        let start = Instant::now();
        let found = scan(&query, &segments, None, &options)?;
        println!(
            "{}",
            serde_json::json!({
                "milliseconds": start.elapsed().as_secs_f64() * 1e3,
                "best": found.first().map(|n| (n.id, n.score)),
                "last": found.last().map(|n| (n.id, n.score)),
            })
        );
    }
    eprintln!("opened in {:.3} ms", opened.as_secs_f64() * 1e3);
    Ok(())
}
