//! `lookalike features` and `lookalike vector`.

use super::AlgorithmName;
use super::parameters::Parameters;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const FEATURES_EXAMPLES: &str = "\
Examples:
  lookalike features photo.jpg                          a table
  lookalike features photo.jpg --algorithm sift --json
  lookalike features photo.jpg --max 100 --output features.npz";

/// Print the keypoints and descriptors of one picture, in OpenCV's conventions
///
/// The picture is neither resized nor turned as its EXIF data ask. The algorithm's parameters have
/// OpenCV's names and defaults; one that the algorithm does not have is an error.
#[derive(Args, Debug)]
#[command(after_help = FEATURES_EXAMPLES)]
pub struct FeaturesArgs {
    /// The picture; - takes bytes from stdin
    pub picture: PathBuf,
    /// The algorithm
    #[arg(short, long, value_enum, default_value_t = AlgorithmName::Kaze)]
    pub algorithm: AlgorithmName,
    /// Only the N keypoints of the largest response, in OpenCV's order
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
    /// In one pass, or detecting first and then describing; KAZE's descriptors differ
    #[arg(long, value_enum, default_value_t = Mode::DetectAndCompute)]
    pub mode: Mode,
    /// How the grey weights are laid on the channels: bgr is correct grey, rgb the tutorial's
    #[arg(long, value_enum, default_value_t = Order::Bgr)]
    pub channel_order: Order,
    /// Write the arrays keypoints (x, y, size, angle, response), octaves (octave, class_id) and
    /// descriptors as an archive of numpy
    #[arg(short, long, value_name = "F.npz")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub parameters: Parameters,
}

const VECTOR_EXAMPLES: &str = "\
Examples:
  lookalike vector photo.jpg --json
  lookalike vector photo.jpg --algorithm orb --size 64";

/// Print the tutorial's vector of one picture
///
/// The descriptors of the strongest keypoints, one after the other, with zeros up to a fixed
/// length. The defaults reproduce the tutorial exactly: grey of channels in rgb order, detect, keep
/// the 32 strongest, compute. The picture is neither resized nor turned as its EXIF data ask.
#[derive(Args, Debug)]
#[command(after_help = VECTOR_EXAMPLES)]
pub struct VectorArgs {
    /// The picture; - takes bytes from stdin
    pub picture: PathBuf,
    /// The algorithm
    #[arg(short, long, value_enum, default_value_t = AlgorithmName::Kaze)]
    pub algorithm: AlgorithmName,
    /// How many keypoints
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub size: usize,
    /// How the grey weights are laid on the channels: bgr is correct grey, rgb the tutorial's
    #[arg(long, value_enum, default_value_t = Order::Rgb)]
    pub channel_order: Order,
    #[command(flatten)]
    pub parameters: Parameters,
}

/// The two ways of calling an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    DetectAndCompute,
    DetectThenCompute,
}

/// The order of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Order {
    Rgb,
    Bgr,
}

impl From<Order> for lookalike::ChannelOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Rgb => Self::Rgb,
            Order::Bgr => Self::Bgr,
        }
    }
}
