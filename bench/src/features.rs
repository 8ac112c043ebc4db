//! `features`: times one feature algorithm on grey pictures.

use crate::{pgm, workers};
use anyhow::{Context, Result};
use clap::ValueEnum;
use lookalike_vision::{Exec, Feature2d, GrayImage, Kaze, KazeParams};
use serde_json::json;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Keypoints in the tutorial's vector.
const STRONGEST: usize = 32;

/// Time one feature algorithm on grey pictures (binary PGM)
#[derive(clap::Args)]
pub struct Args {
    /// The pictures
    #[arg(required = true)]
    pictures: Vec<PathBuf>,
    /// kaze, akaze, sift, sift-800, orb, brief-fast, brief-star, fast, star
    #[arg(long)]
    algorithm: String,
    /// What to time
    #[arg(long, value_enum, default_value_t = Operation::DetectAndCompute)]
    operation: Operation,
    /// Threads for one picture
    #[arg(short = 'j', long, default_value_t = 1)]
    threads: usize,
    /// Runs over each picture, after one that does not count
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Run when asked: read picture numbers from stdin, a line a run
    #[arg(long, conflicts_with = "runs")]
    on_demand: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Operation {
    /// Keypoints
    Detect,
    /// Keypoints and descriptors in one pass
    DetectAndCompute,
    /// The tutorial's vector: detect, then describe the 32 strongest
    Vector,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let pictures: Vec<GrayImage> = args
        .pictures
        .iter()
        .map(|path| pgm::read(path))
        .collect::<Result<_>>()?;
    let mut job = Job::new(&args.algorithm, args.operation, args.threads)?;
    if args.on_demand {
        for line in std::io::stdin().lock().lines() {
            let number: usize = line?.trim().parse()?;
            report(&mut job, &pictures, number)?;
        }
        return Ok(());
    }
    for (number, picture) in pictures.iter().enumerate() {
        job.once(picture)?;
        for _ in 0..args.runs {
            report(&mut job, &pictures, number)?;
        }
    }
    Ok(())
}

fn report(job: &mut Job, pictures: &[GrayImage], number: usize) -> Result<()> {
    let picture = pictures.get(number).context("no such picture")?;
    let start = Instant::now();
    let keypoints = job.once(picture)?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    let mut out = std::io::stdout().lock();
    let line = json!({"picture": number, "milliseconds": milliseconds, "keypoints": keypoints});
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// An algorithm and what to do with it.
enum Job {
    Plain(Box<dyn Feature2d>, Operation),
    /// KAZE has a way of its own to the tutorial's vector.
    KazeVector(Box<Kaze>),
}

impl Job {
    fn new(algorithm: &str, operation: Operation, threads: usize) -> Result<Self> {
        let exec = Exec::with_threads(threads);
        Ok(match (algorithm, operation) {
            ("kaze", Operation::Vector) => {
                Self::KazeVector(Box::new(Kaze::new(KazeParams::default(), exec)?))
            }
            _ => Self::Plain(workers::create(algorithm, exec)?, operation),
        })
    }

    /// Runs once; returns the number of keypoints.
    fn once(&mut self, picture: &GrayImage) -> Result<usize> {
        Ok(match self {
            Self::KazeVector(kaze) => {
                let features = kaze.detect_then_compute_strongest(picture, STRONGEST)?;
                features.keypoints.len()
            }
            Self::Plain(worker, Operation::Detect) => worker.detect(picture)?.len(),
            Self::Plain(worker, Operation::DetectAndCompute) => {
                worker.detect_and_compute(picture)?.keypoints.len()
            }
            Self::Plain(worker, Operation::Vector) => {
                let mut keypoints = worker.detect(picture)?;
                keypoints.sort_by(|a, b| b.response.total_cmp(&a.response));
                keypoints.truncate(STRONGEST);
                worker.compute(picture, &mut keypoints)?.rows()
            }
        })
    }
}
