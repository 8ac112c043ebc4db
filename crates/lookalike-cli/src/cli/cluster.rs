//! `lookalike cluster`.

use clap::Args;
use std::path::PathBuf;

/// Group the pictures of a folder by what they show
///
/// Brings the library up to date as `search` does, then prints groups of pictures that are alike in
/// content, the largest first; of each group the most typical picture first. How many groups there
/// are follows from the pictures. The noun that tells a group from the rest is its label, where the
/// network that is compiled in made the embeddings and knows one. Copies of a file count as one picture. What is like no other is
/// left out.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  lookalike cluster ~/Pictures --html groups.html
  lookalike cluster ~/Pictures --min-size 5 --json
  lookalike cluster ~/Pictures --min-score 0.6   fewer and narrower groups")]
pub struct ClusterArgs {
    /// The folder [default: the folder of the library here or above, else this one]
    pub dir: Option<PathBuf>,
    /// Write the groups as a page of thumbnails to this file, and not to stdout
    ///
    /// The page needs no other file and no network. With --json, the groups are printed as well.
    #[arg(long, value_name = "OUT")]
    pub html: Option<PathBuf>,
    /// Only groups of at least so many pictures
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub min_size: usize,
    /// How much alike the pictures of a group are, as the mean cosine of any two parts of it
    /// (default: as much as two pictures of this library hardly are by chance)
    #[arg(long, value_name = "F", allow_negative_numbers = true, value_parser = cosine)]
    pub min_score: Option<f32>,
    /// Do not bring the library up to date first
    #[arg(long)]
    pub no_index: bool,
}

fn cosine(text: &str) -> Result<f32, String> {
    let value = text.parse().map_err(|_| "not a number".to_owned())?;
    match (-1.0..=1.0).contains(&value) {
        true => Ok(value),
        false => Err("a cosine lies between -1 and 1".into()),
    }
}
