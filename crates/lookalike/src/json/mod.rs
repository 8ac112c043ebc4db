//! Answers as JSON: the objects that the command line prints and the server sends.
//!
//! Every object carries `"schema":1`, see [`SCHEMA`]. Paths are text; where one is no UTF-8, its
//! bytes stand beside it in base64.

mod explanation;
mod groups;
mod hits;
mod paths;
mod pictures;
mod status;

pub use explanation::JsonExplanation;
pub use groups::{JsonCluster, JsonGroup};
pub use hits::{JsonHit, JsonNone};
pub use paths::{JsonPath, JsonPlace, JsonQuery};
pub use pictures::{JsonPicture, hex};
pub use status::JsonStatus;

/// The version of the objects' schema.
pub const SCHEMA: u32 = 1;
