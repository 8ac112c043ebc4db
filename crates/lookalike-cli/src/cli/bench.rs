//! `lookalike bench`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use lookalike::trial::Modification;
use std::num::NonZeroUsize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike bench ~/Pictures
  lookalike bench ~/Pictures --pictures 200 --kinds crop30,mirror -v
  lookalike index ~/Pictures --library light --profile light
  lookalike bench ~/Pictures --library light    what the light profile would miss";

/// Measure how well pictures of your own are found though they were modified
///
/// Makes modified copies of some pictures in memory, reduced to 640 pixels before, looks for each
/// in the library, and prints a table: how often the original was the first hit, among the first
/// ten, and proven the same. Then the time of a query, from pixels to hits, and what the library
/// takes on disk.
///
/// Wrong is a proof that a copy shows another picture. Right, and passed over, is what a collage
/// shows beside the original, and what is proven the same as the original itself: mostly copies
/// in the collection, counted as twins. With -v, both are listed on stderr.
///
/// Brings the library of DIR up to date as `index` would, and makes one where there is none.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct BenchArgs {
    /// The indexed folder [default: this one or the nearest above that has a library]
    pub dir: Option<PathBuf>,
    /// Make copies of so many pictures, or of all where there are fewer
    #[arg(long, value_name = "N", default_value = "40")]
    pub pictures: NonZeroUsize,
    /// Other numbers choose other pictures, and modify them otherwise
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Only these kinds of modification, with commas between (default: all)
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kinds())]
    pub kinds: Vec<String>,
    /// Do not bring the library up to date first
    #[arg(long)]
    pub no_index: bool,
}

fn kinds() -> PossibleValuesParser {
    Modification::ALL.iter().map(Modification::name).into()
}
