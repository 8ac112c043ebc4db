//! The tower for pictures.

use std::sync::Arc;

use fearless_simd::Level;

use super::network::{Network, written};
use super::recipe::{Color, Layout, Pool, Values, Vision};
use super::runtime::{Answer, Dimension, Kind, Numbers, Port, Tensor};
use crate::shape::{Fit, Shaper};
use crate::{Embedder, Error, ModelId, Pixels, Result};

/// Outputs that are taken unless told otherwise, the best first.
const OUTPUTS: [&str; 4] = [
    "image_embeds",
    "pooler_output",
    "embedding",
    "last_hidden_state",
];
/// More than any picture model sees.
const MAX_SIDE: u32 = 4096;

/// A network for pictures, whose every question is answered.
pub(crate) struct VisionTower {
    pub(crate) network: Network,
    pub(crate) id: ModelId,
    pub(crate) dimensions: usize,
    recipe: Vision,
    /// Their names.
    input: String,
    output: String,
    size: (u32, u32),
    layout: Layout,
    values: Values,
}

impl VisionTower {
    pub(crate) fn open(recipe: Vision) -> Result<Self> {
        let network = Network::open(&recipe.file)?;
        let input = find_input(&network, recipe.input.as_deref())?;
        let output = network.output(recipe.output.as_deref(), &OUTPUTS)?;
        let layout = layout(&network, &input, recipe.layout)?;
        let size = size(&network, &input, layout, recipe.size)?;
        let values = values(&network, &input, recipe.values)?;
        let mut described = described(&recipe, &output, layout, values, size);
        if let Some(resize) = network.exact_resize() {
            described = format!("{described} {resize}");
        }
        let mut tower = Self {
            id: ModelId::new(&network.hash, &described),
            network,
            dimensions: 0,
            recipe,
            input: input.name,
            output,
            size,
            layout,
            values,
        };
        // One picture shows what the network answers, and that it does.
        let grey = vec![127; size.0 as usize * size.1 as usize * 3];
        let mut answer = tower.run(&grey)?;
        // There may be nothing to see in grey, but there is in others.
        if answer.iter().all(|value| *value == 0.0) {
            answer = tower.run(&stripes(size))?;
        }
        tower.dimensions = tower.network.direction(answer)?.len();
        match tower.recipe.dims {
            Some(dims) if dims != tower.dimensions => {
                let (expected, received) = (dims.to_string(), tower.dimensions.to_string());
                Err(tower
                    .network
                    .shape("the vector's length", expected, received))
            }
            _ => Ok(tower),
        }
    }

    /// See [`super::Model::max_side`].
    pub(crate) fn max_side(&self) -> u32 {
        let side = self.size.0.max(self.size.1);
        match self.recipe.resize.fit(self.size) {
            Fit::Squash | Fit::LongestPad => 2 * side,
            // The longer side may be as much longer again.
            Fit::ShortestCrop { shorter } => 4 * shorter.max(side),
        }
    }

    /// The vector of RGB pixels in the network's size, not normalised.
    fn run(&self, pixels: &[u8]) -> Result<Vec<f32>> {
        let inputs = vec![(self.input.as_str(), self.tensor(pixels))];
        self.pool(self.network.run(inputs, &self.output)?)
    }

    fn tensor(&self, pixels: &[u8]) -> Tensor {
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let channel = |c: usize| match self.recipe.color {
            Color::Rgb => c,
            Color::Bgr => 2 - c,
        };
        let shape = match self.layout {
            Layout::Nchw => [1, 3, height, width],
            Layout::Nhwc => [1, height, width, 3],
        };
        // Where value `i` of the input lies in the pixels, and its channel.
        let source = |i: usize| match self.layout {
            Layout::Nchw => (i % (width * height) * 3, i / (width * height)),
            Layout::Nhwc => (i / 3 * 3, i % 3),
        };
        let values = (0..pixels.len()).map(source);
        let numbers = match self.values {
            Values::U8 => Numbers::U8(values.map(|(at, c)| pixels[at + channel(c)]).collect()),
            Values::F32 => {
                let (mean, std) = (self.recipe.mean, self.recipe.std);
                let float = |(at, c)| (f32::from(pixels[at + channel(c)]) - mean[c]) / std[c];
                Numbers::F32(values.map(float).collect())
            }
        };
        Tensor {
            shape: shape.into(),
            numbers,
        }
    }

    fn pool(&self, answer: Answer) -> Result<Vec<f32>> {
        let Answer { shape, values } = answer;
        let pool = self.recipe.pool;
        Ok(match (shape.as_slice(), pool) {
            ([1, _], _) => values,
            ([1, tokens, width], Some(Pool::Cls)) if *tokens > 0 => values[..*width].to_vec(),
            ([1, tokens, width], Some(Pool::Mean)) if *tokens > 0 => mean(&values, *width),
            ([1, tokens, width], Some(Pool::MeanNoCls)) if *tokens > 1 => {
                mean(&values[*width..], *width)
            }
            ([1, _, height, width], Some(Pool::Gap)) if height * width > 0 => {
                power_means(&values, height * width, None)
            }
            ([1, _, height, width], Some(Pool::Gem(power))) if height * width > 0 => {
                power_means(&values, height * width, Some(power))
            }
            (_, None) => {
                return Err(Error::Unknown {
                    path: self.network.path.clone(),
                    what: "how many vectors become one",
                    add: format!(
                        "the output is {shape:?}: add pool = \"cls\", \"mean\", \"mean-no-cls\", \
                         \"gap\" or \"gem:3\" to [vision] in lookalike-model.toml"
                    ),
                });
            }
            (_, Some(pool)) => {
                let expected = match pool {
                    Pool::None => "[1, dimensions]",
                    Pool::Gap | Pool::Gem(_) => "[1, dimensions, height, width]",
                    _ => "[1, tokens, dimensions]",
                };
                let received = format!("{shape:?}");
                return Err(self.network.shape("the output", expected.into(), received));
            }
        })
    }
}

/// A picture in which a network sees something: stripes of all colours, pixel by pixel.
fn stripes(size: (u32, u32)) -> Vec<u8> {
    let bytes = 0..size.0 as usize * size.1 as usize * 3;
    bytes.map(|i| (i * 97) as u8).collect()
}

/// The mean of vectors that lie one after the other.
fn mean(values: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    for vector in values.chunks_exact(width.max(1)) {
        for (sum, value) in sums.iter_mut().zip(vector) {
            *sum += value;
        }
    }
    sums
}

/// The mean over each plane of a map, or its generalised mean (Radenovic et al., "Fine-tuning CNN
/// image retrieval with no human annotation", 2018, equation 3) for what is above 0.
fn power_means(values: &[f32], plane: usize, power: Option<f32>) -> Vec<f32> {
    let mean = |plane: &[f32]| match power {
        None => plane.iter().sum::<f32>() / plane.len() as f32,
        Some(power) => {
            let powers = plane.iter().map(|v| v.max(1e-6).powf(power));
            (powers.sum::<f32>() / plane.len() as f32).powf(1.0 / power)
        }
    };
    values.chunks_exact(plane).map(mean).collect()
}

fn described(
    recipe: &Vision,
    output: &str,
    layout: Layout,
    values: Values,
    size: (u32, u32),
) -> String {
    let Vision {
        resize,
        filter,
        color,
        mean,
        std,
        pool,
        ..
    } = recipe;
    format!(
        "{size:?} {resize:?} {filter:?} {color:?} {layout:?} {values:?} {mean:?} {std:?} {output} {pool:?}"
    )
}

fn find_input(network: &Network, name: Option<&str>) -> Result<Port> {
    let mut inputs = network.inputs();
    let names: Vec<_> = inputs.iter().map(|port| port.name.clone()).collect();
    let is_wanted = |port: &Port| match name {
        Some(name) => port.name == name,
        None => port.shape.as_ref().is_some_and(|shape| shape.len() == 4),
    };
    let wanted: Vec<_> = (0..inputs.len())
        .filter(|&i| is_wanted(&inputs[i]))
        .collect();
    match wanted[..] {
        [at] => Ok(inputs.swap_remove(at)),
        _ => {
            let expected = name.unwrap_or("one input of four dimensions");
            Err(network.shape("the inputs", expected.into(), names.join(", ")))
        }
    }
}

fn fixed(port: &Port, at: usize) -> Option<usize> {
    match port.shape.as_ref()?.get(at)? {
        Dimension::Fixed(size) => Some(*size),
        Dimension::Symbolic(_) => None,
    }
}

/// Where the colours are.
fn layout(network: &Network, input: &Port, told: Option<Layout>) -> Result<Layout> {
    let shape = input.shape.as_deref().unwrap_or_default();
    let wrong = |expected: &str| {
        let what = format!("the input {}", input.name);
        Err(network.shape(&what, expected.into(), written(shape)))
    };
    if shape.len() != 4 || !matches!(fixed(input, 0), None | Some(1)) {
        return wrong("one picture at a time, in four dimensions");
    }
    let may_be = |at| matches!(fixed(input, at), None | Some(3));
    let is = |at| fixed(input, at) == Some(3);
    match told {
        Some(Layout::Nchw) if !may_be(1) => wrong("3 in the second place"),
        Some(Layout::Nhwc) if !may_be(3) => wrong("3 in the last place"),
        Some(layout) => Ok(layout),
        None if is(1) && !is(3) => Ok(Layout::Nchw),
        None if is(3) && !is(1) => Ok(Layout::Nhwc),
        // Every export of the usual kinds of model has its colours first.
        None if may_be(1) && input.name == "pixel_values" => Ok(Layout::Nchw),
        None => Err(Error::Unknown {
            path: network.path.clone(),
            what: "whether colours come first or last in the input",
            add: "add layout = \"nchw\" or \"nhwc\" to [vision] in lookalike-model.toml".into(),
        }),
    }
}

fn size(
    network: &Network,
    input: &Port,
    layout: Layout,
    told: Option<(u32, u32)>,
) -> Result<(u32, u32)> {
    let (row, column) = match layout {
        Layout::Nchw => (2, 3),
        Layout::Nhwc => (1, 2),
    };
    let (height, width) = (fixed(input, row), fixed(input, column));
    let size = match (told, width, height) {
        (Some((w, h)), _, _) => (w as usize, h as usize),
        (None, Some(width), Some(height)) => (width, height),
        _ => {
            return Err(Error::Unknown {
                path: network.path.clone(),
                what: "what size pictures must have, as the input's is dynamic",
                add: "add size = [224, 224], say, to [vision] in lookalike-model.toml".into(),
            });
        }
    };
    let fits = |fixed: Option<usize>, side| fixed.is_none_or(|fixed| fixed == side);
    let allowed = 1..=MAX_SIDE as usize;
    let allowed = allowed.contains(&size.0) && allowed.contains(&size.1);
    if !(allowed && fits(width, size.0) && fits(height, size.1)) {
        let expected = format!("{} x {} pixels", size.0, size.1);
        let shape = written(input.shape.as_deref().unwrap_or_default());
        return Err(network.shape(&format!("the input {}", input.name), expected, shape));
    }
    Ok((size.0 as u32, size.1 as u32))
}

fn values(network: &Network, input: &Port, told: Option<Values>) -> Result<Values> {
    let has = match input.kind {
        Kind::F32 => Some(Values::F32),
        Kind::U8 => Some(Values::U8),
        _ => None,
    };
    match (has, told) {
        (Some(has), None) => Ok(has),
        (Some(has), Some(told)) if has == told => Ok(has),
        _ => {
            let expected = told.map_or("floats or bytes".into(), |told| format!("{told:?}"));
            let received = format!("{:?}", input.kind);
            Err(network.shape("the input's type", expected, received))
        }
    }
}

/// A worker.
pub(crate) struct OnnxEmbedder {
    tower: Arc<VisionTower>,
    shaper: Shaper,
}

impl OnnxEmbedder {
    pub(crate) fn new(tower: Arc<VisionTower>, level: Level) -> Self {
        let recipe = &tower.recipe;
        Self {
            shaper: Shaper::new(
                level,
                tower.size,
                recipe.resize.fit(tower.size),
                recipe.filter,
            ),
            tower,
        }
    }
}

impl Embedder for OnnxEmbedder {
    fn id(&self) -> &ModelId {
        &self.tower.id
    }

    fn dimensions(&self) -> usize {
        self.tower.dimensions
    }

    fn embed(&mut self, picture: Pixels<'_>) -> Result<Vec<f32>> {
        let pixels = self.shaper.shape(picture);
        let vector = self.tower.run(pixels)?;
        self.tower.network.direction(vector)
    }
}
