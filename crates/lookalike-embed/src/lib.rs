//! Embeddings of pictures: vectors whose direction says what a picture shows.
//!
//! Decoded pixels in, vectors of length 1 out. This crate knows no pictures' files, no index, and
//! no library. The principal types are [`Pixels`], the input; [`Embedder`], the trait of all
//! models; and [`Lite0`], the model that is compiled in and needs no file: [`Classes`] tells what its
//! vectors show, and [`Noun`] finds words in text for that. With the cargo feature `models`
//! (on by default) `Model` opens ONNX files, and `TextEmbedder` is for those that know words.
//!
//! ```
//! use lookalike_embed::{Embedder, Level, Lite0, Pixels};
//!
//! let mut model = Lite0::new(Level::new());
//! let grey = vec![128; 300 * 200 * 3];
//! let vector = model.embed(Pixels::new(300, 200, &grey)?)?;
//! assert_eq!(vector.len(), 1280);
//! # Ok::<(), lookalike_embed::Error>(())
//! ```

mod embedder;
mod error;
mod lite0;
#[cfg(feature = "models")]
mod models;
mod nouns;
mod pixels;
mod resample;
mod shape;

pub use embedder::{Embedder, ModelId, TextEmbedder};
pub use error::{Error, Result, UnknownWord};
pub use fearless_simd::Level;
pub use lite0::{CLASSES, Classes, Lite0};
#[cfg(feature = "models")]
pub use models::{Model, Preset};
pub use nouns::{Noun, telling_noun};
pub use pixels::Pixels;
