//! `vocabulary`: trains the visual words that lookalike ships.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lookalike::decode::{self, DecodeOptions};
use lookalike_vision::{ChannelOrder, Exec, Sift, SiftParams};
use lookalike_words::{Descriptor, Vocabulary, VocabularyTraining};
use rayon::prelude::*;

/// Train a vocabulary of visual words on a folder of pictures
#[derive(clap::Args)]
pub struct Args {
    /// The folder; its pictures are read in the order of their names
    folder: PathBuf,
    /// The file to write
    #[arg(long)]
    output: PathBuf,
    /// Another seed makes another vocabulary
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds of k-means in each step
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Larger side of the pictures
    #[arg(long, default_value_t = 640)]
    max_side: u32,
    /// Features of a picture at most
    #[arg(long, default_value_t = 800)]
    features: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let mut paths = Vec::new();
    for entry in
        std::fs::read_dir(&args.folder).with_context(|| args.folder.display().to_string())?
    {
        let path = entry?.path();
        if decode::has_picture_extension(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    ensure!(
        !paths.is_empty(),
        "no pictures in {}",
        args.folder.display()
    );
    let found: Vec<Vec<Descriptor>> = paths
        .par_iter()
        .map(|path| descriptors(path, args).with_context(|| path.display().to_string()))
        .collect::<Result<_>>()?;
    let descriptors = found.concat();
    eprintln!(
        "{} pictures, {} descriptors",
        paths.len(),
        descriptors.len()
    );
    let options = VocabularyTraining {
        rounds: args.rounds,
        seed: args.seed,
        threads: rayon::current_num_threads(),
        ..VocabularyTraining::default()
    };
    let vocabulary = Vocabulary::train(&descriptors, &options)?;
    report(&vocabulary, &descriptors);
    let bytes = vocabulary.to_bytes();
    std::fs::write(&args.output, bytes).with_context(|| args.output.display().to_string())
}

fn descriptors(path: &Path, args: &Args) -> Result<Vec<Descriptor>> {
    let picture = decode::decode_path(
        path,
        &DecodeOptions {
            orient: true,
            max_side: Some(args.max_side),
            ..DecodeOptions::default()
        },
    )?;
    let params = SiftParams {
        nfeatures: args.features,
        ..SiftParams::default()
    };
    let mut sift = Sift::new(params, Exec::default())?;
    let (_, descriptors) =
        sift.detect_and_compute_bytes(&picture.gray(ChannelOrder::default()), |_| ());
    Ok(descriptors)
}

/// How evenly the words share the descriptors.
fn report(vocabulary: &Vocabulary, descriptors: &[Descriptor]) {
    let level = VocabularyTraining::default().level;
    let words: Vec<u16> = descriptors
        .par_iter()
        .map(|d| vocabulary.nearest::<1>(level, d)[0])
        .collect();
    let mut counts = vec![0u64; vocabulary.len()];
    for word in words {
        counts[usize::from(word)] += 1;
    }
    let empty = counts.iter().filter(|&&n| n == 0).count();
    // 1 where all words are equally frequent (Jégou et al. 2010, section 3.3).
    let total = descriptors.len() as f64;
    let squares: f64 = counts.iter().map(|&n| (n as f64 / total).powi(2)).sum();
    counts.sort_unstable();
    eprintln!(
        "{} words, {empty} empty, median {}, largest {}, imbalance {:.2}, id {:016x}",
        counts.len(),
        counts[counts.len() / 2],
        counts[counts.len() - 1],
        squares * counts.len() as f64,
        vocabulary.id()
    );
}
