//! Groups in JSON.

use super::{JsonPath, SCHEMA};
use crate::Cluster;
use crate::same::Group;
use serde::Serialize;
use std::path::PathBuf;

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
        let (paths, paths_bytes) = text_and_bytes(&group.paths);
        Self {
            schema: SCHEMA,
            group: number,
            paths,
            paths_bytes,
            kind: group.kind.name(),
            score: group.score,
        }
    }
}

/// A group of pictures that are alike in content.
#[derive(Clone, Debug, Serialize)]
pub struct JsonCluster {
    schema: u32,
    kind: &'static str,
    cluster: usize,
    size: usize,
    score: f32,
    paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths_bytes: Option<Vec<Option<String>>>,
}

impl JsonCluster {
    /// The group with this number, from 1 on.
    pub fn new(number: usize, cluster: &Cluster) -> Self {
        let files = cluster.pictures.iter().flat_map(|picture| &picture.paths);
        let (paths, paths_bytes) = text_and_bytes(files);
        Self {
            schema: SCHEMA,
            kind: "cluster",
            cluster: number,
            size: cluster.pictures.len(),
            score: cluster.score,
            paths,
            paths_bytes,
        }
    }
}

/// Paths as text, and where one is no UTF-8, the bytes of those that are not.
fn text_and_bytes<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> (Vec<String>, Option<Vec<Option<String>>>) {
    let paths = paths.into_iter().map(|path| JsonPath::from(&**path));
    let (paths, bytes): (Vec<_>, Vec<_>) = paths.map(JsonPath::into_parts).unzip();
    let any = bytes.iter().any(Option::is_some);
    (paths, any.then_some(bytes))
}
