//! Answers as dictionaries, of which Python makes its classes.

use super::Opened;
use lookalike::same::{Group, Verdict};
use lookalike::{Cluster, ClusterPicture, FailedFile, Hit, HitKind, Source};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where a picture is.
#[derive(IntoPyObject)]
pub struct FileRow {
    path: PathBuf,
    name: OsString,
    place: Option<String>,
}

impl FileRow {
    pub fn new(opened: &Opened, source: &Source) -> Self {
        Self {
            path: opened.file(&source.path),
            name: source.path.clone().into_os_string(),
            place: source.place.map(|place| place.to_string()),
        }
    }

    fn all(opened: &Opened, sources: &[Source]) -> Vec<Self> {
        sources
            .iter()
            .map(|source| Self::new(opened, source))
            .collect()
    }
}

/// A hit, or a candidate.
#[derive(IntoPyObject)]
pub struct HitRow<'py> {
    path: PathBuf,
    name: OsString,
    place: Option<String>,
    picture: u64,
    kind: &'static str,
    score: f32,
    percentile: Option<f32>,
    relation: Option<&'static str>,
    inliers: Option<usize>,
    matches: Option<usize>,
    transform: Option<Bound<'py, PyArray2<f64>>>,
    mirrored: bool,
    whole: bool,
    query_overlap: Option<f64>,
    found_overlap: Option<f64>,
}

impl<'py> HitRow<'py> {
    pub fn new(py: Python<'py>, opened: &Opened, hit: &Hit) -> PyResult<Self> {
        let verdict = match &hit.kind {
            HitKind::Same(verdict) | HitKind::Candidate(verdict) => Some(verdict.as_ref()),
            _ => None,
        };
        Ok(Self {
            path: opened.file(&hit.path),
            name: hit.path.clone().into_os_string(),
            place: hit.place.map(|place| place.to_string()),
            picture: hit.picture.get(),
            kind: hit.kind.name(),
            score: hit.score,
            percentile: match hit.kind {
                HitKind::Similar { percentile } => Some(percentile),
                _ => None,
            },
            relation: verdict.and_then(relation),
            inliers: verdict.map(|verdict| verdict.inliers),
            matches: verdict.map(|verdict| verdict.matches),
            transform: verdict.map_or(Ok(None), |verdict| transform(py, verdict))?,
            mirrored: verdict.is_some_and(|verdict| verdict.mirrored),
            whole: verdict.is_some_and(|verdict| verdict.whole),
            query_overlap: verdict.map(|verdict| verdict.query_overlap),
            found_overlap: verdict.map(|verdict| verdict.found_overlap),
        })
    }
}

/// What the pictures are to each other, where they are the same.
pub fn relation(verdict: &Verdict) -> Option<&'static str> {
    verdict.same.then(|| verdict.relation.name())
}

/// The transform as a matrix of 3 x 3.
pub fn transform<'py>(
    py: Python<'py>,
    verdict: &Verdict,
) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
    let rows = verdict.transform;
    let matrix = rows.map(|rows| PyArray1::from_slice(py, &rows).reshape([3, 3]));
    matrix.transpose()
}

/// Files that belong together.
#[derive(IntoPyObject)]
pub struct GroupRow {
    kind: &'static str,
    score: f32,
    files: Vec<FileRow>,
}

impl GroupRow {
    pub fn new(opened: &Opened, group: &Group) -> Self {
        Self {
            kind: group.kind.name(),
            score: group.score,
            files: FileRow::all(opened, &group.sources),
        }
    }
}

/// Pictures that show similar things.
#[derive(IntoPyObject)]
pub struct ClusterRow {
    label: Option<String>,
    score: f32,
    pictures: Vec<MemberRow>,
}

/// A picture of a cluster.
#[derive(IntoPyObject)]
pub struct MemberRow {
    picture: u64,
    score: f32,
    files: Vec<FileRow>,
}

impl ClusterRow {
    pub fn new(opened: &Opened, cluster: &Cluster) -> Self {
        let member = |member: &ClusterPicture| MemberRow {
            picture: member.picture.get(),
            score: member.score,
            files: FileRow::all(opened, &member.sources),
        };
        Self {
            label: cluster.label.clone(),
            score: cluster.score,
            pictures: cluster.pictures.iter().map(member).collect(),
        }
    }
}

/// A file that could not be read, or not wholly.
#[derive(IntoPyObject)]
pub struct FailedRow {
    path: PathBuf,
    name: OsString,
    place: Option<String>,
    reason: String,
    damaged: bool,
}

impl FailedRow {
    pub fn new(opened: &Opened, failed: &FailedFile) -> Self {
        Self {
            path: opened.file(&failed.path),
            name: failed.path.clone().into_os_string(),
            place: failed.place.map(|place| place.to_string()),
            reason: failed.reason.clone(),
            damaged: failed.damaged,
        }
    }
}
