//! The tower for words.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use tokenizers::{Tokenizer, TruncationParams};

use super::files::{self, MAX_CONFIG, config};
use super::network::Network;
use super::recipe::Text;
use super::runtime::{Numbers, Tensor};
use crate::{Error, ModelId, Result, TextEmbedder};

/// Outputs that are taken unless told otherwise, the best first.
const OUTPUTS: [&str; 3] = ["text_embeds", "pooler_output", "embedding"];
/// Characters that are looked at: far more than any model's number of tokens.
const MAX_CHARACTERS: usize = 1 << 16;
/// More tokens than any model takes.
const MAX_CONTEXT: usize = 1 << 14;

/// A network for words, whose every question is answered.
pub(crate) struct TextTower {
    pub(crate) id: ModelId,
    network: Network,
    tokenizer: Tokenizer,
    tokenizer_path: PathBuf,
    /// Names of the inputs and the output.
    ids: String,
    mask: Option<String>,
    output: String,
    context: usize,
    pad_id: u32,
    lowercase: bool,
    template: Option<String>,
    vocabulary: usize,
}

impl TextTower {
    /// Opens the tower; its vectors must have `dimensions` numbers.
    pub(crate) fn open(recipe: Text, dimensions: usize) -> Result<Self> {
        let network = Network::open(&recipe.file)?;
        let path = recipe.tokenizer.clone();
        let content = files::read(&path, MAX_CONFIG)?;
        let mut tokenizer =
            Tokenizer::from_bytes(&content).map_err(|e| config(&path, e.to_string()))?;
        let pad_id = recipe
            .pad_id
            .or(tokenizer.get_padding().map(|padding| padding.pad_id))
            .ok_or_else(|| Error::Unknown {
                path: path.clone(),
                what: "with what short texts are filled up",
                add: "add padding to it, or text_config.pad_token_id to config.json".into(),
            })?;
        let context = recipe.context;
        if !(1..=MAX_CONTEXT).contains(&context) || context <= added(&tokenizer) {
            let reason = format!("{context} tokens a text cannot hold a text and its marks");
            return Err(config(&path, reason));
        }
        let truncation = TruncationParams {
            max_length: context,
            ..TruncationParams::default()
        };
        tokenizer.with_padding(None);
        let truncated = tokenizer.with_truncation(Some(truncation));
        truncated.map_err(|e| config(&path, e.to_string()))?;
        let described = described(&recipe, &content, pad_id);
        let (ids, mask) = inputs(&network, recipe.input.as_deref(), recipe.mask.as_deref())?;
        let output = network.output(recipe.output.as_deref(), &OUTPUTS)?;
        let tower = Self {
            id: ModelId::new(&network.hash, &described),
            vocabulary: recipe.vocabulary.unwrap_or(usize::MAX),
            network,
            tokenizer,
            tokenizer_path: path,
            ids,
            mask,
            output,
            context,
            pad_id,
            lowercase: recipe.lowercase,
            template: recipe.template,
        };
        let received = tower.run("a")?.len();
        if received != dimensions {
            let (expected, received) = (dimensions.to_string(), received.to_string());
            return Err(tower
                .network
                .shape("the vector's length", expected, received));
        }
        Ok(tower)
    }

    fn run(&self, text: &str) -> Result<Vec<f32>> {
        let tokens = self.tokens(text)?;
        let filled = tokens.len();
        let mut ids = tokens;
        ids.resize(self.context, self.pad_id as i32);
        let row = |values: Vec<i32>| Tensor {
            shape: vec![1, self.context],
            numbers: Numbers::I32(values),
        };
        let mut inputs = vec![(self.ids.as_str(), row(ids))];
        if let Some(mask) = &self.mask {
            let mut places = vec![1; filled];
            places.resize(self.context, 0);
            inputs.push((mask, row(places)));
        }
        let answer = self.network.run(inputs, &self.output)?;
        match answer.shape[..] {
            [1, _] => Ok(answer.values),
            _ => {
                let received = format!("{:?}", answer.shape);
                Err(self
                    .network
                    .shape("the output", "[1, dimensions]".into(), received))
            }
        }
    }

    /// At most as many tokens as the model takes.
    fn tokens(&self, text: &str) -> Result<Vec<i32>> {
        let end = text.char_indices().nth(MAX_CHARACTERS);
        let text = &text[..end.map_or(text.len(), |(at, _)| at)];
        let mut text = Cow::Borrowed(text);
        if let Some(template) = &self.template {
            text = template.replace("{}", &text).into();
        }
        if self.lowercase {
            text = text.to_lowercase().into();
        }
        let encoding = self.tokenizer.encode(text, true);
        let encoding = encoding.map_err(|e| config(&self.tokenizer_path, e.to_string()))?;
        let known = |&id: &u32| {
            let token = i32::try_from(id)
                .ok()
                .filter(|_| (id as usize) < self.vocabulary);
            token.ok_or_else(|| {
                let reason = format!(
                    "does not fit the model: it gives token {id}, the model has {}",
                    self.vocabulary
                );
                config(&self.tokenizer_path, reason)
            })
        };
        encoding.get_ids().iter().map(known).collect()
    }
}

/// What vectors of words depend on besides the network.
fn described(recipe: &Text, tokenizer: &[u8], pad_id: u32) -> String {
    let Text {
        input,
        mask,
        lowercase,
        context,
        output,
        template,
        ..
    } = recipe;
    let tokenizer = blake3::hash(tokenizer);
    format!("{tokenizer} {input:?} {mask:?} {lowercase} {context} {pad_id} {output:?} {template:?}")
}

/// Tokens that the tokenizer puts around every text.
fn added(tokenizer: &Tokenizer) -> usize {
    use tokenizers::PostProcessor;
    let processor = tokenizer.get_post_processor();
    processor.map_or(0, |processor| processor.added_tokens(false))
}

fn inputs(
    network: &Network,
    ids: Option<&str>,
    mask: Option<&str>,
) -> Result<(String, Option<String>)> {
    let inputs = network.inputs();
    let find = |name: &str| {
        let is_there = inputs.iter().any(|port| port.name == name);
        is_there.then(|| name.to_owned())
    };
    let missing = |name: &str| {
        let names: Vec<_> = inputs.iter().map(|port| port.name.as_str()).collect();
        network.shape("the inputs", name.into(), names.join(", "))
    };
    let name = ids.unwrap_or("input_ids");
    let ids = find(name).ok_or_else(|| missing(name))?;
    let mask = match mask {
        Some(name) => Some(find(name).ok_or_else(|| missing(name))?),
        None => find("attention_mask"),
    };
    Ok((ids, mask))
}

/// A worker.
pub(crate) struct OnnxTextEmbedder {
    tower: Arc<TextTower>,
}

impl OnnxTextEmbedder {
    pub(crate) fn new(tower: Arc<TextTower>) -> Self {
        Self { tower }
    }
}

impl TextEmbedder for OnnxTextEmbedder {
    fn embed_text(&mut self, text: &str) -> Result<Vec<f32>> {
        let vector = self.tower.run(text)?;
        self.tower.network.direction(vector)
    }
}
