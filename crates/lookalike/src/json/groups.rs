//! Groups in JSON.

use super::{JsonPath, JsonPlace, SCHEMA};
use crate::{ChosenGroup, Cluster, Fate, GroupFile, PictureId, Source, Stays};
use serde::Serialize;
use std::path::Path;
use std::time::SystemTime;

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
    keep: String,
    why: &'static str,
    files: Vec<JsonGroupFile>,
}

/// A file of a group.
#[derive(Clone, Debug, Serialize)]
struct JsonGroupFile {
    #[serde(flatten)]
    path: JsonPath,
    picture: PictureId,
    hash: String,
    width: Option<u32>,
    height: Option<u32>,
    bytes: u64,
    /// RFC 3339, in UTC.
    modified: Option<String>,
    fate: &'static str,
    /// Why it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    stays: Option<&'static str>,
    /// Whose place it leaves, or whose hard link it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

impl JsonGroup {
    /// The group with this number, from 1 on.
    pub fn new(number: usize, group: &ChosenGroup) -> Self {
        let sources = group.files.iter().map(|file| &file.source);
        let (paths, paths_bytes) = text_and_bytes(sources.clone().map(|s| &*s.path));
        let file = |(file, fate): (&GroupFile, &Fate)| {
            let (fate, stays, by) = match fate {
                Fate::Kept => ("keep", None, None),
                Fate::Stays(stays) => match stays {
                    Stays::HardLink(of) => ("stays", Some(stays.words()), Some(*of)),
                    _ => ("stays", Some(stays.words()), None),
                },
                Fate::Redundant(kept) => ("redundant", None, Some(*kept)),
            };
            JsonGroupFile {
                path: JsonPath::from(&*file.source.path),
                picture: file.picture,
                hash: super::hex(&file.hash),
                width: file.size.map(|size| size.0),
                height: file.size.map(|size| size.1),
                bytes: file.bytes,
                modified: file.modified.and_then(rfc3339),
                fate,
                stays,
                by: by.map(|by| paths[by].clone()),
            }
        };
        let files = group.files.iter().zip(&group.choice.fates).map(file);
        Self {
            schema: SCHEMA,
            group: number,
            files: files.collect(),
            keep: paths[group.choice.keep].clone(),
            why: group.choice.why.words(),
            paths,
            paths_bytes,
            places: places(sources),
            kind: group.kind.name(),
            score: group.score,
        }
    }
}

/// `2026-11-28T20:15:03Z`.
fn rfc3339(time: SystemTime) -> Option<String> {
    let time = jiff::Timestamp::try_from(time).ok()?;
    Some(format!("{time:.0}"))
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
