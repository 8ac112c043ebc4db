//! Drawings: what an explanation looks like.

mod canvas;
mod explanation;
mod font;
pub mod png;

pub use canvas::{Canvas, Color, Rect};
pub use explanation::{Scene, Style, draw};
