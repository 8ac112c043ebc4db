//! `lookalike dups`.

use clap::{ArgGroup, Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike dups ~/Pictures
  lookalike dups ~/Pictures --kind exact --json
  lookalike dups ~/Pictures --redundant -0 | xargs -0 ls -l      what may go
  lookalike dups ~/Pictures --trash -n                           what would go
  lookalike dups ~/Pictures --trash --reference ~/Pictures/album never from the album
  lookalike dups ~/Pictures --undo                               all of the last run comes back

Exit status: 0 found or done, 1 nothing is there twice or may go, 2 an error (also when some files were
left as they are), 130 interrupted.";

/// List the pictures that are there more than once, say which to keep, and tidy up
///
/// Brings the library up to date as `search` does, then prints groups: files that show the same
/// picture, though one was cropped, recompressed, recoloured or turned. Each link is proven by
/// geometry and by the pixels. Shots of one scene in which something moved, such as a burst, are no
/// copies; --kind near lists them. Where only the camera moved they may count as copies. A picture
/// that is a small part of another (a collage) is no copy either; `search` finds it. Mirrored copies
/// are seen with --mirrored only. What was said with `judge` counts.
///
/// The first file of each group is the one to keep. Others are redundant only where they are proven to show
/// nothing that a file that is kept does not show: a crop is not redundant for the original, nor what has
/// lettering, other tones or is turned, nor a file of several pictures, nor, unless --keep says so, one with more pixels
/// or more bytes.
///
/// Nothing is changed without --trash or --hardlink, and nothing is ever deleted. Before a file is moved, it
/// and the one that is kept are compared once more with what they were.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("act").args(["redundant", "trash", "hardlink", "undo"]))]
#[command(group = ArgGroup::new("change").args(["trash", "hardlink", "undo"]))]
pub struct DupsArgs {
    /// The folder [default: the folder of the library here or above, else this one]
    pub dir: Option<PathBuf>,
    /// What makes a group: exact (every byte is equal), same (the same picture, however modified,
    /// exact copies as well), near (shots of one scene)
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Kind::Same, hide_possible_values = true)]
    pub kind: Kind,
    /// See mirrored copies, too. Reads every picture again, since what is stored of one cannot be
    /// mirrored: this takes as long as indexing
    #[arg(long)]
    pub mirrored: bool,
    /// Do not bring the library up to date first
    #[arg(long)]
    pub no_index: bool,
    /// Which file of a group to keep: best (most pixels, then least compressed, then most metadata, then
    /// oldest), largest, oldest, newest (by time of change), shortest (path)
    #[arg(long, value_enum, value_name = "RULE", default_value_t = KeepName::Best, hide_possible_values = true)]
    pub keep: KeepName,
    /// Files in this folder are kept, and their copies elsewhere redundant; may be repeated
    #[arg(long, value_name = "DIR")]
    pub reference: Vec<PathBuf>,
    /// Print the redundant files only, one a line
    #[arg(long, help_heading = "Tidying up")]
    pub redundant: bool,
    /// Move redundant files to the desktop's trash
    #[arg(long, help_heading = "Tidying up")]
    pub trash: bool,
    /// Make hard links of redundant files of equal bytes
    #[arg(long, help_heading = "Tidying up")]
    pub hardlink: bool,
    /// Put back what the last --trash moved, and make files of what the last --hardlink linked; again: the
    /// run before
    #[arg(long, help_heading = "Tidying up")]
    pub undo: bool,
    /// Tell what would be done, and change nothing
    #[arg(short = 'n', long, requires = "change", help_heading = "Tidying up")]
    pub dry_run: bool,
    /// Do not ask before files are changed
    #[arg(long, requires = "change", help_heading = "Tidying up")]
    pub yes: bool,
}

/// The kinds of group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Exact,
    Same,
    Near,
}

/// Which file of a group to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeepName {
    Best,
    Largest,
    Oldest,
    Newest,
    Shortest,
}

impl From<KeepName> for lookalike::Keep {
    fn from(name: KeepName) -> Self {
        match name {
            KeepName::Best => Self::Best,
            KeepName::Largest => Self::Largest,
            KeepName::Oldest => Self::Oldest,
            KeepName::Newest => Self::Newest,
            KeepName::Shortest => Self::Shortest,
        }
    }
}
