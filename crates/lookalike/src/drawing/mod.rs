//! Drawings: what an explanation looks like, and what stands below it; keypoints on a picture.

mod canvas;
mod caption;
mod explanation;
mod font;
mod keypoints;
pub mod png;

pub use canvas::{Canvas, Color, Rect};
pub use caption::{probability_text, relation_text};
pub use explanation::{Scene, Style, draw};
pub use keypoints::draw_keypoints;
