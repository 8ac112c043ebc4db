//! `lookalike missing`.

use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike missing /media/card ~/Pictures               what is not there yet
  lookalike missing /media/card ~/Pictures -0 | xargs -0 cp -t ~/Pictures/new
  lookalike missing ~/Downloads ~/Pictures --present     the others, and where they are

Exit status: 0 some were printed, 1 none, 2 an error (also when some files could not be read).";

/// List the pictures of a folder that the library has no copy of
///
/// A memory card, a download, an old backup: FOLDER is read and not indexed. A copy is one of equal bytes, or one
/// that is proven to show all of the picture, in whatever size and quality; a part of it is none, nor a mirrored
/// copy. Of a file that holds several pictures all must be there. What was said with `judge` counts.
///
/// Brings the library of DIR up to date first, as `search` does.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct MissingArgs {
    /// The folder whose pictures may be missing
    pub folder: PathBuf,
    /// The folder that should have them [default: the folder of the library here or above, else this one]
    pub dir: Option<PathBuf>,
    /// List those that are there instead, each with where its copy is, after a tab (with -0: after a zero
    /// byte)
    #[arg(long)]
    pub present: bool,
    /// Hidden files and folders of FOLDER as well
    #[arg(short = 'H', long)]
    pub hidden: bool,
    /// Do not respect .gitignore, .ignore and .lookalikeignore in FOLDER
    #[arg(short = 'I', long)]
    pub no_ignore: bool,
    /// Do not bring the library up to date first
    #[arg(long)]
    pub no_index: bool,
}
