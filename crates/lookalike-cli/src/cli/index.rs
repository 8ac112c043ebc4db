//! `lookalike index`.

use super::AlgorithmName;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike index                      the current folder
  lookalike index ~/Pictures -E 'tmp/' without the folders named tmp
  lookalike index --model ~/models/clip-vit-b32
  fd -e jpg . | lookalike index --files-from -
  lookalike --library /var/pics index /media/card   where the folder cannot be written";

/// Bring the library up to date with the folder: new, changed, moved and deleted pictures
///
/// A picture is known by its content: a renamed or moved file is not read again but for its hash.
/// Interrupted at any moment, it has lost at most the last few seconds of work, and the next run
/// goes on from there. A file that cannot be read is reported once, remembered, and tried again
/// when it changes.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct IndexArgs {
    /// The folder of pictures [default: the folder of the library here or above, else this one]
    pub dir: Option<PathBuf>,
    #[command(flatten)]
    pub made: MadeArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Tell what would be done, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Refuse pictures of more than N million pixels
    #[arg(long, value_name = "N")]
    pub max_megapixels: Option<f64>,
}

/// How a new library is made; recorded in it.
#[derive(Args, Clone, Debug)]
pub struct MadeArgs {
    /// How much a new library stores for each picture
    #[arg(long, value_enum)]
    pub profile: Option<ProfileName>,
    /// What a new library keeps of each picture, to be searched --by these kinds; an existing one
    /// keeps it from now on, too (default: same,similar)
    #[arg(
        long,
        value_enum,
        value_name = "KIND,...",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub keep: Vec<KeptKind>,
    /// Keep vectors of these features as well, to be searched --by vector (default: none, and kaze
    /// when they are first asked for)
    #[arg(long, value_enum, value_name = "ALGORITHM")]
    pub vector_algorithm: Option<AlgorithmName>,
    /// What sees the content of pictures: a model's folder or .onnx file; `default` is the one that
    /// is built in
    ///
    /// A folder is a Hugging Face export (preprocessor_config.json beside onnx/), an open_clip
    /// folder, or has a lookalike-model.toml. Recorded in the library. Where it has another model,
    /// pictures are described anew, and found by the old one until that is done.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// How an .onnx file alone is used: clip, siglip, dinov2, vit or imagenet
    #[arg(long, value_name = "NAME", requires = "model")]
    pub preset: Option<String>,
}

/// The profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileName {
    Default,
    Light,
}

/// What a library can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeptKind {
    Same,
    Similar,
    Vector,
}

/// Which files belong to the library.
#[derive(Args, Clone, Debug)]
pub struct SelectionArgs {
    /// Hidden files and folders as well
    #[arg(short = 'H', long)]
    pub hidden: bool,
    /// Do not respect .gitignore, .ignore and .lookalikeignore
    #[arg(short = 'I', long)]
    pub no_ignore: bool,
    /// Leave out what the glob matches, as in a .gitignore; may be repeated
    #[arg(short = 'E', long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Only files with this extension; may be repeated
    #[arg(short, long, value_name = "EXTENSION")]
    pub extension: Vec<String>,
    /// Follow symbolic links
    #[arg(short = 'L', long)]
    pub follow: bool,
    /// Take at most N frames of an animation, spread evenly over it (default: 8)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_frames: Option<u32>,
    /// Go at most so many folders deep; 1 is the folder itself
    #[arg(short = 'd', long, value_name = "N")]
    pub max_depth: Option<usize>,
    /// Index the files listed in FILE (- is stdin), a path a line, and leave the others as they are
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,
}
