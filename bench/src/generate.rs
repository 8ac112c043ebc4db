//! `generate-vectors`, `generate-library`, `generate-pictures`: synthetic libraries.

use anyhow::{Result, ensure};
use lookalike::{Library, Location, NamedVector, PictureRecords, Settings};
use lookalike_index::{Segment, VectorWriter};
use lookalike_store::Random;
use lookalike_words::{Feature, WordPicture};
use std::path::PathBuf;

/// Write synthetic vectors
#[derive(clap::Args)]
pub struct Args {
    /// The file or the folder to write
    output: PathBuf,
    /// Number of vectors
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Elements of a vector; a multiple of 64 makes blocks as the descriptors of pictures do
    #[arg(long, default_value_t = 2048)]
    dim: usize,
    /// Another seed gives other vectors
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads for the codes
    #[arg(short = 'j', long, default_value_t = 2)]
    threads: usize,
}

/// Writes a segment.
pub fn segment(args: &Args) -> Result<()> {
    let mut writer = VectorWriter::create(&args.output, args.dim, "synthetic")?;
    let mut source = Vectors::new(args.dim, args.seed);
    for id in 0..args.count {
        writer.push(id, source.next())?;
    }
    let segment = writer.finish(args.threads)?;
    eprintln!(
        "{} vectors of {} elements, {:.1} MB",
        segment.len(),
        segment.dim(),
        segment.file_bytes() as f64 / 1e6
    );
    Ok(())
}

/// Writes a library as `lookalike import` does.
pub fn library(args: &Args) -> Result<()> {
    let mut source = Vectors::new(args.dim, args.seed);
    let mut vectors = (0..args.count).map(|i| {
        Ok(NamedVector {
            name: format!("{i:08}.jpg").into_bytes(),
            vector: source.next().to_vec(),
        })
    });
    let location = Location::elsewhere(&args.output, None);
    Library::import(&location, &Settings::default(), &mut vectors)?;
    Ok(())
}

/// Write a library of synthetic pictures, mixed from those of a real one
#[derive(clap::Args)]
pub struct PictureArgs {
    /// The library whose records are mixed
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The folder to write
    pub output: PathBuf,
    /// Number of pictures
    #[arg(long, default_value_t = 100_000)]
    pub count: u64,
    /// Another seed gives other pictures
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Leave out the visual words, which take ten times the room
    #[arg(long)]
    pub embeddings_only: bool,
}

/// Pictures that are mixed into one.
const MIXED: usize = 3;
/// Bits that change in each signature: as many as between two views of a thing.
const FLIPPED: usize = 12;

/// Writes a library in which each picture has a third of the features of each of three real ones,
/// with signatures a little off, and the mean of their embeddings with noise.
pub fn pictures(args: &PictureArgs) -> Result<()> {
    let source = Library::open(&Location::elsewhere(&args.from, None))?;
    let mut real = Vec::new();
    source.export_records(&mut |records| {
        real.push(records);
        Ok(())
    })?;
    ensure!(!real.is_empty(), "{}: no pictures", args.from.display());
    let mut random = Random::new(args.seed);
    let mut records = (0..args.count).map(|i| {
        let parents: [&PictureRecords; MIXED] =
            std::array::from_fn(|_| &real[(random.bits() % real.len() as u64) as usize]);
        Ok(PictureRecords {
            name: format!("{i:08}.jpg").into_bytes(),
            size: parents[0].size,
            words: match args.embeddings_only {
                true => WordPicture::new([0, 0], Vec::new()),
                false => mixed_words(&parents, &mut random),
            },
            embedding: mixed_embedding(&parents, &mut random),
        })
    });
    let location = Location::elsewhere(&args.output, None);
    Library::import_records(&location, &source.settings(), &mut records)?;
    Ok(())
}

fn mixed_words(parents: &[&PictureRecords; MIXED], random: &mut Random) -> WordPicture {
    let mut features = Vec::new();
    for parent in parents {
        for feature in parent.words.features() {
            if random.bits().is_multiple_of(MIXED as u64) {
                let flip = |code, _| code ^ 1 << (random.bits() % 128);
                let code = (0..FLIPPED).fold(feature.code, flip);
                features.push(Feature { code, ..*feature });
            }
        }
    }
    WordPicture::new(parents[0].words.size, features)
}

fn mixed_embedding(parents: &[&PictureRecords; MIXED], random: &mut Random) -> Vec<f32> {
    let [a, b, c] = parents.map(|parent| &parent.embedding);
    let mean = a.iter().zip(b).zip(c).map(|((a, b), c)| (a + b + c) / 3.0);
    mean.map(|mean| mean * (1.0 + 0.3 * random.bell()))
        .collect()
}

/// A stream of vectors shaped as those of pictures: blocks of 64 elements of norm 1, each a
/// mixture of what all pictures have in common and of noise, so that unlike pictures have
/// similarities of about 0.4 as in real collections.
pub struct Vectors {
    random: Random,
    common: Vec<f32>,
    vector: Vec<f32>,
}

impl Vectors {
    /// Vectors of `dim` elements.
    pub fn new(dim: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self {
            common: (0..dim).map(|_| random.bell()).collect(),
            vector: vec![0.0; dim],
            random,
        }
    }

    /// The next vector.
    pub fn next(&mut self) -> &[f32] {
        for (value, common) in self.vector.iter_mut().zip(&self.common) {
            *value = 0.8 * common + self.random.bell();
        }
        for block in self.vector.chunks_mut(64) {
            let norm = block.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
            block.iter_mut().for_each(|v| *v /= norm);
        }
        &self.vector
    }
}
