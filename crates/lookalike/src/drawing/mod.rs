//! Drawings: what an explanation looks like, and what stands below it.

mod canvas;
mod caption;
mod explanation;
mod font;
pub mod png;

pub use canvas::{Canvas, Color, Rect};
pub use caption::{probability_text, relation_text};
pub use explanation::{Scene, Style, draw};
