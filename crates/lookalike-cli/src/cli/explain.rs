//! `lookalike explain`.

use super::When;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike explain crop.jpg original.jpg
  lookalike explain a.jpg b.jpg --draw why.png
  curl -s https://example.org/x.jpg | lookalike explain - mine.jpg --json

Exit status: 0 the same, 1 different, 2 an error.";

/// Why two pictures are, or are not, the same
///
/// Finds features in both, matches them, and looks for a transform that many matches agree on. At
/// least 10 of them at different places prove sameness; 6 do where the pixels agree, too.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// A picture; - takes bytes from stdin
    #[arg(value_name = "A")]
    pub query: PathBuf,
    /// Another picture
    #[arg(value_name = "B")]
    pub found: PathBuf,
    /// Draw both pictures, the matches and where one lies in the other, as a PNG file
    #[arg(long, value_name = "OUT.png")]
    pub draw: Option<PathBuf>,
    /// Show the drawing in the terminal: auto (on a terminal), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto, hide_possible_values = true)]
    pub thumbnails: When,
}
