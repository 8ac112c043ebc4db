//! `lookalike export`, `import`, `status`, `models`, `check`, `completions` and `man`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Write what the library knows about its pictures for other programs
///
/// A pickle is the tutorial's features.pck, {lower-cased file name: vector}, for Python's pickle.
/// An npz is an archive for numpy.load: `paths` (relative to the indexed folder) and `vectors`, a
/// row per path.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  lookalike export ~/Pictures --what vectors --format pickle -o features.pck
  lookalike export --what embeddings --format npz > embeddings.npz")]
pub struct ExportArgs {
    /// The indexed folder [default: this one or the nearest above that has a library]
    pub dir: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum)]
    pub what: What,
    /// The file format
    #[arg(long, value_enum)]
    pub format: Format,
    /// Where to (default: stdout, where that is no terminal)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// The tutorial's vectors.
    Vectors,
    /// The vectors that `--by similar` compares, of length 1.
    Embeddings,
}

/// The formats of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Python's pickle, as the tutorial's features.pck.
    Pickle,
    /// numpy's archive.
    Npz,
}

/// Make a library of a tutorial's features.pck, to be searched --by vector
///
/// Takes a pickle {name: vector} of any protocol, or an archive that `export --format npz` wrote.
/// No code in the pickle is run. The library has no pictures to be brought up to date with.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  lookalike import features.pck ~/Pictures
  lookalike import features.pck --library imported
  lookalike search photo.jpg --library imported")]
pub struct ImportArgs {
    /// The file; - is stdin
    pub file: PathBuf,
    /// The folder that is to have the library [default: the current one]
    pub dir: Option<PathBuf>,
    /// The algorithm that made the vectors
    #[arg(long, value_enum, value_name = "ALGORITHM", default_value_t = super::AlgorithmName::Kaze)]
    pub vector_algorithm: super::AlgorithmName,
}

/// Tell what the library holds, and what that costs
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// The indexed folder [default: this one or the nearest above that has a library]
    pub dir: Option<PathBuf>,
    /// List the files that could not be read, and why
    #[arg(long)]
    pub failed: bool,
}

/// List the models that see the content of the library's pictures
#[derive(Args, Debug)]
pub struct ModelsArgs {
    /// The indexed folder [default: this one or the nearest above that has a library]
    pub dir: Option<PathBuf>,
}

/// Read every byte of the library, and tell whether all is well
///
/// Exits 2 where something is wrong.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// The indexed folder [default: this one or the nearest above that has a library]
    pub dir: Option<PathBuf>,
    /// Drop what is damaged, and only that; the next `index` makes it anew
    #[arg(long)]
    pub repair: bool,
}

/// Print the completions of a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  lookalike completions bash > ~/.local/share/bash-completion/completions/lookalike
  lookalike completions fish > ~/.config/fish/completions/lookalike.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Print the manual page
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  lookalike man > ~/.local/share/man/man1/lookalike.1")]
pub struct ManArgs {}
