//! `lookalike search`.

use super::When;
use super::index::MadeArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike search photo.jpg ~/Pictures
  lookalike search photo.jpg -t 3 --min-score 0.8 --json
  lookalike search screenshot.png --region 10%,20%,50%,50%
  lookalike search --text 'a dog on the beach'
  lookalike search photo.jpg --plus 'at night' --minus 0.5:people.jpg
  ls *.jpg | lookalike search --queries-from - ~/Pictures --json";

/// Find a picture in a folder, though it was cropped, turned, mirrored or pasted into another
///
/// A hit of the kind `same` is proven by geometry and by the pixels that it lays over each other. It is
/// a copy; the same scene, photographed again; or a common part, such as a frame or a caption, which
/// comes after these and is a path in a list only with --parts (`"relation":"copy"|"scene"|"part"`).
/// With --by same --json, what shares features with the query and could not be proven follows as kind
/// `candidate`; it is no hit.
///
/// Brings the library of DIR up to date as `index` would (and makes one where there is none), then
/// searches it. Without DIR: the library of the current folder or of one above it, else a new one
/// of the current folder.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(override_usage = "lookalike search [OPTIONS] <PICTURE> [DIR]\n       \
    lookalike search [OPTIONS] --text <WORDS> [DIR]\n       \
    lookalike search [OPTIONS] --queries-from <FILE> [DIR]")]
pub struct SearchArgs {
    /// The picture to look for, and the folder to look in; - as PICTURE takes bytes from stdin
    #[arg(value_names = ["PICTURE", "DIR"], num_args = 0..=2, required_unless_present_any = ["queries_from", "text"])]
    pub places: Vec<PathBuf>,
    /// At most so many hits
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// What counts as a hit: same (the same picture or object, proven by geometry), similar (alike
    /// in content), vector (alike by the strongest keypoints), all (same, then similar)
    #[arg(long, value_enum, value_name = "KIND", default_value_t = ByName::All, hide_possible_values = true)]
    pub by: ByName,
    /// Only hits with at least this score
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub min_score: Option<f32>,
    /// Pictures that share only a part with the query (a frame, a caption, a form) are hits, too
    #[arg(long)]
    pub parts: bool,
    /// Only this part of the picture is the query, in pixels or % of the picture as displayed
    #[arg(long, value_name = "X,Y,W,H")]
    pub region: Option<String>,
    /// Many queries: a path a line (with -0: ended by zero bytes); - is stdin
    #[arg(long, value_name = "FILE")]
    pub queries_from: Option<PathBuf>,
    /// Look for what these words say
    ///
    /// The network that is compiled in knows some thousand nouns, singular or plural; of several, all must
    /// be in the picture. The score is how likely it shows them, in [0, 1]. A library whose model has a text tower
    /// (`index --model`) understands any words.
    #[arg(long, value_name = "WORDS", conflicts_with = "queries_from")]
    pub text: Option<String>,
    /// Add a picture or words to what is looked for; may be repeated. What is the path of a file is
    /// a picture. `2:` before it makes it count twice
    #[arg(long, value_name = "[N:]PICTURE|WORDS")]
    pub plus: Vec<String>,
    /// Subtract a picture or words, likewise
    #[arg(long, value_name = "[N:]PICTURE|WORDS")]
    pub minus: Vec<String>,
    /// Show the best hit in the desktop's viewer
    #[arg(long, conflicts_with = "queries_from")]
    pub open: bool,
    /// Do not bring the library up to date first
    #[arg(long)]
    pub no_index: bool,
    /// Compare with every picture, however many there are
    #[arg(long)]
    pub exact: bool,
    /// Show thumbnails: auto (on a terminal), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto, hide_possible_values = true)]
    pub thumbnails: When,
    #[command(flatten)]
    pub made: MadeArgs,
}

/// The kinds of likeness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ByName {
    All,
    Same,
    Similar,
    Vector,
}

impl From<ByName> for lookalike::By {
    fn from(name: ByName) -> Self {
        match name {
            ByName::All => Self::All,
            ByName::Same => Self::Same,
            ByName::Similar => Self::Similar,
            ByName::Vector => Self::Vector,
        }
    }
}
