//! `lookalike dups`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// List the pictures that are there more than once
///
/// Brings the library up to date as `search` does, then prints groups: files that show the same
/// picture, though one was cropped, recompressed, recoloured or turned. Each link is proven by
/// geometry and by the pixels. Shots of one scene in which something moved, such as a burst, are no
/// copies; --kind near lists them. Where only the camera moved they may count as copies. A picture
/// that is a small part of another (a collage) is no copy either; `search` finds it. Mirrored copies
/// are seen with --mirrored only. Nothing is ever deleted.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  lookalike dups ~/Pictures
  lookalike dups ~/Pictures --kind exact --json")]
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
}

/// The kinds of group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Exact,
    Same,
    Near,
}
