//! How a model is used: what the different kinds of configuration have in common.

use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

use crate::Error;
use crate::resample::Filter;
use crate::shape::Fit;

/// A model and how it is used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) vision: Vision,
    pub(crate) text: Option<Text>,
}

/// How pictures become vectors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vision {
    pub(crate) file: PathBuf,
    /// `None`: the only one with four dimensions.
    pub(crate) input: Option<String>,
    /// `None`: by the usual names.
    pub(crate) output: Option<String>,
    /// `None`: where the input has its three colours.
    pub(crate) layout: Option<Layout>,
    /// `None`: as the input says.
    pub(crate) values: Option<Values>,
    /// Width and height; `None` where the file itself must say.
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) resize: Resize,
    pub(crate) filter: Filter,
    /// The order of colours that the model expects.
    pub(crate) color: Color,
    /// Subtracted from values in 0..=255.
    pub(crate) mean: [f32; 3],
    /// Divides what is left.
    pub(crate) std: [f32; 3],
    /// `None`: only an output that needs none is accepted.
    pub(crate) pool: Option<Pool>,
    /// Length of the vector, where it is known.
    pub(crate) dims: Option<usize>,
}

/// How words become vectors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) file: PathBuf,
    pub(crate) tokenizer: PathBuf,
    /// Names of the inputs for tokens and for where they are; `None`: the usual ones.
    pub(crate) input: Option<String>,
    pub(crate) mask: Option<String>,
    /// Whether capitals are made small first.
    pub(crate) lowercase: bool,
    /// Tokens of every input; longer texts are cut, shorter ones filled up.
    pub(crate) context: usize,
    /// `None`: as the tokenizer says.
    pub(crate) pad_id: Option<u32>,
    pub(crate) output: Option<String>,
    /// Put around the words, in place of `{}`.
    pub(crate) template: Option<String>,
    /// Token numbers must be below.
    pub(crate) vocabulary: Option<usize>,
}

/// How pictures become the size of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resize {
    Squash,
    LongestPad,
    /// The shorter side becomes so many pixels, then the middle is cut out.
    Shorter(u32),
    /// The same, so that this share of the shorter side is left.
    Crop(f32),
}

impl Resize {
    pub(crate) fn fit(self, size: (u32, u32)) -> Fit {
        match self {
            Self::Squash => Fit::Squash,
            Self::LongestPad => Fit::LongestPad,
            Self::Shorter(shorter) => Fit::ShortestCrop { shorter },
            Self::Crop(share) => Fit::ShortestCrop {
                shorter: (size.0.min(size.1) as f32 / share).round() as u32,
            },
        }
    }
}

/// The order of an input's dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Layout {
    Nchw,
    Nhwc,
}

/// The type of an input's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Values {
    /// Floats, after mean and deviation.
    F32,
    /// The pixels' bytes as they are.
    U8,
}

/// The order of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Color {
    Rgb,
    Bgr,
}

/// How many vectors become one.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Pool {
    /// There is one only.
    None,
    /// The first token.
    Cls,
    /// The mean over all tokens,
    Mean,
    /// or over all but the first.
    MeanNoCls,
    /// The generalised mean over all places of a map, with this exponent.
    Gem(f32),
    /// The mean over all places of a map.
    Gap,
}

impl TryFrom<String> for Pool {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Ok(match name.as_str() {
            "none" => Self::None,
            "cls" => Self::Cls,
            "mean" => Self::Mean,
            "mean-no-cls" => Self::MeanNoCls,
            "gap" => Self::Gap,
            _ => {
                let power = name.strip_prefix("gem:").and_then(|p| p.parse().ok());
                let power = power.filter(|p: &f32| (0.1..=100.0).contains(p));
                Self::Gem(power.ok_or_else(|| {
                    format!("pool {name:?} is not none, cls, mean, mean-no-cls, gap or gem:3")
                })?)
            }
        })
    }
}

/// What stands in for missing configuration where a model is an `.onnx` file alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// CLIP: shortest side and crop, bicubic, CLIP's colours.
    Clip,
    /// SigLIP: squash, bicubic, values from -1 to 1.
    Siglip,
    /// DINOv2: shortest side (8/7 of the size) and crop, bicubic, ImageNet's colours, first token.
    Dinov2,
    /// ViT of Google: squash, bilinear, values from -1 to 1, first token.
    Vit,
    /// Convolutional networks as torchvision has them: shortest side (8/7 of the size) and crop,
    /// bilinear, ImageNet's colours, the mean over a map.
    Imagenet,
}

/// CLIP's mean and deviation, in 0..=1.
pub(crate) const CLIP_COLORS: [[f32; 3]; 2] = [
    [0.481_454_66, 0.457_827_5, 0.408_210_73],
    [0.268_629_54, 0.261_302_6, 0.275_777_1],
];
const IMAGENET_COLORS: [[f32; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
const HALF_COLORS: [[f32; 3]; 2] = [[0.5; 3]; 2];

/// From 0..=1 to 0..=255.
pub(crate) fn in_bytes(colors: [f32; 3]) -> [f32; 3] {
    colors.map(|c| c * 255.0)
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(name: &str) -> crate::Result<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, preset)| *preset)
            .ok_or_else(|| Error::Preset {
                name: name.to_owned(),
                known: Self::names(),
            })
    }
}

impl Preset {
    /// All presets by name.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("clip", Self::Clip),
        ("siglip", Self::Siglip),
        ("dinov2", Self::Dinov2),
        ("vit", Self::Vit),
        ("imagenet", Self::Imagenet),
    ];

    pub(crate) fn names() -> String {
        Self::NAMES.map(|(name, _)| name).join(", ")
    }

    /// The use of `file`, whose input must have a fixed size.
    pub(crate) fn vision(self, file: PathBuf) -> Vision {
        let (resize, filter, [mean, std], pool) = match self {
            Self::Clip => (Resize::Crop(1.0), Filter::Bicubic, CLIP_COLORS, None),
            Self::Siglip => (Resize::Squash, Filter::Bicubic, HALF_COLORS, None),
            Self::Dinov2 => (
                Resize::Crop(0.875),
                Filter::Bicubic,
                IMAGENET_COLORS,
                Some(Pool::Cls),
            ),
            Self::Vit => (
                Resize::Squash,
                Filter::Bilinear,
                HALF_COLORS,
                Some(Pool::Cls),
            ),
            Self::Imagenet => (
                Resize::Crop(0.875),
                Filter::Bilinear,
                IMAGENET_COLORS,
                Some(Pool::Gap),
            ),
        };
        Vision {
            file,
            input: None,
            output: None,
            layout: None,
            values: None,
            size: None,
            resize,
            filter,
            color: Color::Rgb,
            mean: in_bytes(mean),
            std: in_bytes(std),
            pool,
            dims: None,
        }
    }
}
