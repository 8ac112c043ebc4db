//! Milliseconds a picture: decoding at full size, and decoding for a given larger side.

use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use lookalike::decode::{DecodeOptions, decode_bytes};

/// Times decoding of picture files from memory, one thread; prints a JSON line a file
#[derive(clap::Args)]
pub struct Args {
    /// Picture files
    #[arg(required_unless_present = "on_demand")]
    files: Vec<PathBuf>,
    /// Run when asked: read paths from stdin, a line a run
    #[arg(long, conflicts_with = "files")]
    on_demand: bool,
    /// The larger side that is wanted
    #[arg(long, default_value_t = 640)]
    max_side: u32,
    /// How often each file is decoded; the minimum counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    for path in &args.files {
        report(args, path)?;
    }
    if args.on_demand {
        for line in std::io::stdin().lock().lines() {
            report(args, Path::new(&line?))?;
        }
    }
    Ok(())
}

fn report(args: &Args, path: &Path) -> Result<()> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let milliseconds = |max_side| -> Result<f64> {
        let options = DecodeOptions {
            max_side,
            ..DecodeOptions::default()
        };
        let mut best = f64::INFINITY;
        for _ in 0..args.rounds {
            let start = Instant::now();
            decode_bytes(&bytes, &options).with_context(|| path.display().to_string())?;
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(best)
    };
    let line = serde_json::json!({
        "path": path,
        "full": milliseconds(None)?,
        "scaled": milliseconds(Some(args.max_side))?,
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
