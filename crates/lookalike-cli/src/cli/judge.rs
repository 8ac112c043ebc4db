//! `lookalike judge`.

use clap::{ArgGroup, Args};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike judge a.jpg b.jpg --different     never told as the same again
  lookalike judge a.jpg scan.tif --same       told as the same without any proof
  lookalike judge a.jpg b.jpg --forget
  lookalike judge --list
  lookalike judge --export judgements.txt     and --import it into another library

Exit status: 0 done, 1 nothing was said that could be forgotten or listed, 2 an error.";

/// Remember that two pictures are, or are not, the same
///
/// `search`, `dups` and `missing` obey it. What is said is said of the bytes of the files: it holds wherever they
/// are moved, and for their exact copies. A file that holds several pictures is meant as a whole. The
/// pictures need not be in the library.
///
/// The library is that of A's folder, of B's or of the current one, the first that has one in it or above.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("what").required(true).args(["same", "different", "forget", "list", "export", "import"]))]
#[command(
    override_usage = "lookalike judge [OPTIONS] <A> <B> --same|--different|--forget\n       \
    lookalike judge [OPTIONS] --list|--export <FILE>|--import <FILE>"
)]
pub struct JudgeArgs {
    /// A picture, and another one
    #[arg(value_names = ["A", "B"], num_args = 2)]
    pub pictures: Vec<PathBuf>,
    /// They are the same picture
    #[arg(long, requires = "pictures")]
    pub same: bool,
    /// They are not the same picture
    #[arg(long, requires = "pictures")]
    pub different: bool,
    /// Nothing is said of them any more
    #[arg(long, requires = "pictures")]
    pub forget: bool,
    /// List what was said: same or different, and the files, or the hashes of those that are gone
    #[arg(long, conflicts_with = "pictures")]
    pub list: bool,
    /// Write what was said to a file, as lines of a word and two BLAKE3 hashes; - is stdout
    #[arg(long, value_name = "FILE", conflicts_with = "pictures")]
    pub export: Option<PathBuf>,
    /// Add what such a file says; of each two pictures, it counts before what was said; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "pictures")]
    pub import: Option<PathBuf>,
}
