//! Drawings: what an explanation looks like.

mod canvas;
mod explanation;
mod font;

pub use canvas::Canvas;
pub use explanation::{Scene, Style, draw};
