//! Groups in JSON.

use super::{JsonPath, JsonPlace, SCHEMA};
use crate::same::Group;
use crate::{Cluster, Source};
use serde::Serialize;
use std::path::Path;

/// A group of files that belong together.
#[derive(Clone, Debug, Serialize)]
pub struct JsonGroup {
    schema: u32,
    group: usize,
    paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths_bytes: Option<Vec<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<Vec<Option<JsonPlace>>>,
    kind: &'static str,
    score: f32,
}

impl JsonGroup {
    /// The group with this number, from 1 on.
    pub fn new(number: usize, group: &Group) -> Self {
        let (paths, paths_bytes) = text_and_bytes(group.sources.iter().map(|s| &*s.path));
        Self {
            schema: SCHEMA,
            group: number,
            paths,
            paths_bytes,
            places: places(&group.sources),
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
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths_bytes: Option<Vec<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<Vec<Option<JsonPlace>>>,
}

impl JsonCluster {
    /// The group with this number, from 1 on.
    pub fn new(number: usize, cluster: &Cluster) -> Self {
        let sources = cluster.pictures.iter().flat_map(|p| &p.sources);
        let (paths, paths_bytes) = text_and_bytes(sources.clone().map(|s| &*s.path));
        Self {
            schema: SCHEMA,
            kind: "cluster",
            cluster: number,
            size: cluster.pictures.len(),
            score: cluster.score,
            label: cluster.label.clone(),
            paths,
            paths_bytes,
            places: places(sources),
        }
    }
}

/// Where in each file its picture is, if any of the files holds several.
fn places<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Option<Vec<Option<JsonPlace>>> {
    let places = sources.into_iter().map(|s| s.place.map(JsonPlace));
    let places: Vec<_> = places.collect();
    places.iter().any(Option::is_some).then_some(places)
}

/// Paths as text, and where one is no UTF-8, the bytes of those that are not.
fn text_and_bytes<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
) -> (Vec<String>, Option<Vec<Option<String>>>) {
    let paths = paths.into_iter().map(JsonPath::from);
    let (paths, bytes): (Vec<_>, Vec<_>) = paths.map(JsonPath::into_parts).unzip();
    let any = bytes.iter().any(Option::is_some);
    (paths, any.then_some(bytes))
}
