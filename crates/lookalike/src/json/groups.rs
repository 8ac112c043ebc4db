//! Groups in JSON.

use super::{JsonPath, SCHEMA};
use crate::same::Group;
use serde::Serialize;

/// A group of files that belong together.
#[derive(Clone, Debug, Serialize)]
pub struct JsonGroup {
    schema: u32,
    group: usize,
    paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths_bytes: Option<Vec<Option<String>>>,
    kind: &'static str,
    score: f32,
}

impl JsonGroup {
    /// The group with this number, from 1 on.
    pub fn new(number: usize, group: &Group) -> Self {
        let paths = group.paths.iter().map(|path| JsonPath::from(&**path));
        let (paths, bytes): (Vec<_>, Vec<_>) = paths.map(JsonPath::into_parts).unzip();
        Self {
            schema: SCHEMA,
            group: number,
            paths,
            paths_bytes: bytes.iter().any(Option::is_some).then_some(bytes),
            kind: group.kind.name(),
            score: group.score,
        }
    }
}
