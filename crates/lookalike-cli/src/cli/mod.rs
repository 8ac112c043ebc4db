//! The arguments as they are typed.
//!
//! These types only mirror the command line; [`crate::options`] makes of them what the commands
//! work with.

pub mod bench;
pub mod cluster;
pub mod dups;
pub mod explain;
pub mod features;
pub mod index;
pub mod judge;
pub mod missing;
pub mod parameters;
pub mod search;
pub mod serve;
pub mod upkeep;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike search photo.jpg ~/Pictures     the pictures most like photo.jpg
  lookalike index ~/Pictures                make or update the library of a folder
  cat photo.jpg | lookalike search - --json the same from stdin, a JSON object a line
  lookalike explain a.jpg b.jpg --draw w.png  why they are, or are not, the same
  lookalike features photo.jpg --json       keypoints and descriptors as OpenCV has them

Exit status: 0 found or done, 1 nothing found, 2 an error (also when some files could not be
read), 130 interrupted.";

/// Find a picture, and pictures like it, in your own collection.
#[derive(Debug, Parser)]
#[command(name = "lookalike", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(disable_help_subcommand = true, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What all commands share.
    #[command(flatten)]
    pub global: Global,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    Index(index::IndexArgs),
    Search(search::SearchArgs),
    Dups(dups::DupsArgs),
    Missing(missing::MissingArgs),
    Judge(judge::JudgeArgs),
    Cluster(cluster::ClusterArgs),
    Explain(explain::ExplainArgs),
    Serve(serve::ServeArgs),
    Features(features::FeaturesArgs),
    Vector(features::VectorArgs),
    Export(upkeep::ExportArgs),
    Import(upkeep::ImportArgs),
    Status(upkeep::StatusArgs),
    Models(upkeep::ModelsArgs),
    Bench(bench::BenchArgs),
    Check(upkeep::CheckArgs),
    Completions(upkeep::CompletionsArgs),
    Man(upkeep::ManArgs),
}

/// What all commands share.
#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Where the library is kept
    ///
    /// Default: the folder `.lookalike` in the indexed folder. The commands that read a library
    /// look for it in the given or the current folder and upward, as git does.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "LOOKALIKE_LIBRARY",
        hide_env_values = true
    )]
    pub library: Option<PathBuf>,
    /// Print one JSON object a line
    ///
    /// Every line of hits carries "schema":1. Paths are UTF-8; where one is not, "path_bytes"
    /// (base64) stands beside a lossy "path".
    #[arg(long, global = true)]
    pub json: bool,
    /// End each path with a zero byte instead of a line feed
    #[arg(short = '0', long, global = true)]
    pub print0: bool,
    /// Colour the output: auto (on a terminal), always, never; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = When::Auto, hide_possible_values = true)]
    pub color: When,
    /// Make names of files in the terminal links to them: auto (where it is known to have links), always,
    /// never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = When::Auto, hide_possible_values = true)]
    pub hyperlinks: When,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Use so many threads (default: all cores)
    #[arg(short = 'j', long, global = true, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
}

/// When to do what only a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

/// The algorithms that this build has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AlgorithmName {
    Kaze,
    Akaze,
    Sift,
    #[cfg(feature = "nonfree")]
    Surf,
    Orb,
    Brief,
}

impl From<AlgorithmName> for lookalike::Algorithm {
    fn from(name: AlgorithmName) -> Self {
        match name {
            AlgorithmName::Kaze => Self::Kaze,
            AlgorithmName::Akaze => Self::Akaze,
            AlgorithmName::Sift => Self::Sift,
            #[cfg(feature = "nonfree")]
            AlgorithmName::Surf => Self::Surf,
            AlgorithmName::Orb => Self::Orb,
            AlgorithmName::Brief => Self::Brief,
        }
    }
}
