//! Which pictures of a library show similar things.
//!
//! Each picture's nearest neighbours by embedding are looked up; of these links are kept that are
//! stronger than what chance gives in this library, [`grouping`] makes groups of them, and [`label`] finds
//! a word for each.

mod grouping;
mod label;

use crate::chance::Chance;
use crate::engine::{Moment, NearestOptions, Vectors};
use crate::{ModelSource, PictureId, Place, Result, Source, Threads};
use grouping::{Links, dot, groups};
use label::Labels;
use lookalike_index::{ByteVectors, Neighbor, PairOptions};
use std::collections::BTreeMap;
use std::path::Path;

/// Neighbours of each picture that may be in its group.
const NEIGHBORS: usize = 16;
/// Pictures whose similarities to one another are what chance gives.
const CHANCE_PICTURES: usize = 256;
/// A comparison of this part of all pictures with all takes about as long as to look each up in a graph.
const COMPARED_PART: usize = 64;
/// Pictures of which everything is fetched, or looked up, at once.
const BATCH: usize = 1024;

/// How to group the pictures of a library.
#[derive(Clone)]
pub struct ClusterOptions<'a> {
    /// Groups of fewer pictures are left out; files of equal content count once.
    pub min_size: usize,
    /// The cosine, in [-1, 1], that two halves of a group have at least on average, and two groups
    /// have not. `None`: what chance hardly gives in this library.
    pub min_score: Option<f32>,
    /// Only files for which this says so; all, if `None`.
    pub keep: Option<&'a (dyn Fn(&Path) -> bool + Sync)>,
    /// The threads that compare.
    pub threads: Threads,
    /// Is told how many of how many steps are done.
    pub progress: Option<&'a (dyn Fn(u64, u64) + Sync)>,
}

impl Default for ClusterOptions<'_> {
    /// Groups of at least two, of all pictures, by one thread.
    fn default() -> Self {
        Self {
            min_size: 2,
            min_score: None,
            keep: None,
            threads: Threads::default(),
            progress: None,
        }
    }
}

/// Pictures grouped by what they show.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Clusters {
    /// The groups, the largest first, equal ones by their first paths.
    pub groups: Vec<Cluster>,
    /// Pictures that are in none of the groups.
    pub alone: usize,
    /// The cosine from which on pictures were taken for alike.
    pub min_score: f32,
}

/// Pictures that show similar things.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cluster {
    /// The pictures: first the one that is most like all others (the medoid), then the others, the
    /// most like it first, equal ones by path.
    pub pictures: Vec<ClusterPicture>,
    /// The mean cosine of its pairs, in [-1, 1].
    pub score: f32,
    /// The noun that tells it from the rest; `None` where there is none, or the embeddings are not of the
    /// embedded network.
    pub label: Option<String>,
}

/// A picture of a group.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClusterPicture {
    /// Its files, which are of equal content, and where in them it is, by path.
    pub sources: Vec<Source>,
    /// The picture's id.
    pub picture: PictureId,
    /// Its cosine with the first of the group, in [-1, 1].
    pub score: f32,
}

/// The pictures that are grouped, by their first paths.
struct Pictures {
    ids: Vec<PictureId>,
    sources: Vec<Vec<Source>>,
    vectors: ByteVectors,
}

pub(crate) fn clusters(moment: &dyn Moment, options: &ClusterOptions<'_>) -> Result<Clusters> {
    let embeddings = moment.embeddings()?;
    let pictures = Pictures::new(moment, embeddings, options)?;
    let vectors = &pictures.vectors;
    let least = options.min_score;
    let least = least.unwrap_or_else(|| chance(vectors).hardly());
    let links = pictures.links(embeddings, least, options)?;
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, group) in groups(vectors, &links, least).into_iter().enumerate() {
        members.entry(group).or_default().push(number);
    }
    members.retain(|_, numbers| numbers.len() >= options.min_size);
    let model = &moment.pictures().meta().models.current;
    let labels = (model.source == ModelSource::Embedded).then(|| Labels::new(vectors));
    let numbers: Vec<&Vec<usize>> = members.values().collect();
    let cluster = |numbers: &&Vec<usize>| pictures.cluster(numbers, labels.as_ref());
    let mut groups: Vec<Cluster> = options.threads.map(&numbers, cluster);
    groups.sort_by(|a, b| {
        let larger = b.pictures.len().cmp(&a.pictures.len());
        larger.then_with(|| a.pictures[0].sources.cmp(&b.pictures[0].sources))
    });
    let grouped: usize = members.values().map(Vec::len).sum();
    Ok(Clusters {
        groups,
        alone: vectors.len() - grouped,
        min_score: least,
    })
}

/// The similarities of some pictures, always the same ones, to one another.
fn chance(vectors: &ByteVectors) -> Chance {
    let count = vectors.len().min(CHANCE_PICTURES);
    let numbers: Vec<usize> = (0..count).map(|i| i * vectors.len() / count).collect();
    let before = |(i, &a): (usize, &usize)| {
        let others = numbers[..i].iter();
        others.map(|&b| vectors.cosine(a, b)).collect::<Vec<_>>()
    };
    Chance::new(numbers.iter().enumerate().flat_map(before).collect())
}

impl Pictures {
    fn new(
        moment: &dyn Moment,
        embeddings: &dyn Vectors,
        options: &ClusterOptions<'_>,
    ) -> Result<Self> {
        let mut files: BTreeMap<PictureId, Vec<Source>> = BTreeMap::new();
        let mut animation = None;
        for (source, picture) in moment.pictures().named()? {
            // The frames of an animation are alike anyway: the first stands for all.
            let is_frame = matches!(source.place, Some(Place::Frame(_)));
            if is_frame && animation.as_ref() == Some(&source.path) {
                continue;
            }
            animation = is_frame.then(|| source.path.clone());
            if options.keep.is_none_or(|keep| keep(&source.path)) {
                files.entry(picture).or_default().push(source);
            }
        }
        let mut pictures = Self {
            ids: Vec::new(),
            sources: Vec::new(),
            vectors: ByteVectors::new(moment.pictures().meta().models.current.dimensions),
        };
        // Numbers, and so groups, do not depend on the order in which pictures were indexed.
        let mut files: Vec<(PictureId, Vec<Source>)> = files.into_iter().collect();
        files.sort_by(|(_, a), (_, b)| a.cmp(b));
        for some in files.chunks_mut(BATCH) {
            let ids: Vec<PictureId> = some.iter().map(|(id, _)| *id).collect();
            for ((picture, sources), embedding) in some.iter_mut().zip(embeddings.fetch(&ids)?) {
                // Until the first update of a part that was added later is done, some have none.
                let Some(embedding) = embedding else { continue };
                pictures.vectors.push(&embedding)?;
                pictures.ids.push(*picture);
                pictures.sources.push(std::mem::take(sources));
            }
        }
        Ok(pictures)
    }

    /// The pictures that are near each other, with at least this cosine.
    fn links(
        &self,
        embeddings: &dyn Vectors,
        least: f32,
        options: &ClusterOptions<'_>,
    ) -> Result<Links> {
        // To look each up in a graph takes less time than to compare all with all, but only where
        // the graph holds nearly all, and nearly all are wanted.
        let extent = embeddings.extent();
        let is_linked = extent.records - extent.linked <= extent.linked / COMPARED_PART;
        let neighbors = if is_linked && options.keep.is_none() {
            self.looked_up(embeddings, options)?
        } else {
            self.vectors.neighbors(&PairOptions {
                k: NEIGHBORS,
                min_score: least,
                threads: options.threads.count(),
                progress: options.progress,
                ..PairOptions::default()
            })
        };
        let mut links = vec![Vec::new(); self.ids.len()];
        for (a, near) in neighbors.into_iter().enumerate() {
            for neighbor in near.into_iter().filter(|n| n.score >= least) {
                let b = neighbor.id as usize;
                links[a].push(b as u32);
                links[b].push(a as u32);
            }
        }
        for near in &mut links {
            near.sort_unstable();
            near.dedup();
        }
        Ok(links)
    }

    /// The nearest neighbours by way of the graph, as numbers.
    fn looked_up(
        &self,
        embeddings: &dyn Vectors,
        options: &ClusterOptions<'_>,
    ) -> Result<Vec<Vec<Neighbor>>> {
        let ids = self.ids.iter().enumerate();
        let numbers: BTreeMap<PictureId, u64> = ids.map(|(n, &id)| (id, n as u64)).collect();
        let how = NearestOptions {
            most: NEIGHBORS + 1,
            threads: options.threads.clone(),
            ..NearestOptions::default()
        };
        let mut all = Vec::with_capacity(self.ids.len());
        while all.len() < self.ids.len() {
            let some = all.len()..(all.len() + BATCH).min(self.ids.len());
            let vectors: Vec<Vec<f32>> = some.map(|number| self.vector(number)).collect();
            let queries: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
            for near in embeddings.nearest(&queries, &how)? {
                let own = all.len() as u64;
                let others = near.into_iter().filter_map(|near| {
                    let id = *numbers.get(&near.picture)?;
                    let score = near.score;
                    (id != own).then_some(Neighbor { id, score })
                });
                all.push(others.collect());
            }
            if let Some(progress) = options.progress {
                progress(all.len() as u64, self.ids.len() as u64);
            }
        }
        Ok(all)
    }

    fn vector(&self, number: usize) -> Vec<f32> {
        let mut vector = Vec::new();
        self.vectors.read(number, &mut vector);
        vector
    }

    fn cluster(&self, numbers: &[usize], labels: Option<&Labels<'_>>) -> Cluster {
        let mut vector = Vec::new();
        let mut sum = vec![0f32; self.vectors.dim()];
        for &number in numbers {
            self.vectors.read(number, &mut vector);
            sum.iter_mut().zip(&vector).for_each(|(s, v)| *s += v);
        }
        let mut medoid = (f32::NEG_INFINITY, numbers[0]);
        let mut total = 0f64;
        for &number in numbers {
            self.vectors.read(number, &mut vector);
            let with_all = dot(&vector, &sum);
            total += f64::from(with_all) - 1.0;
            let first = self.sources[number] < self.sources[medoid.1];
            if with_all > medoid.0 || (with_all == medoid.0 && first) {
                medoid = (with_all, number);
            }
        }
        let pairs = (numbers.len() * (numbers.len() - 1)).max(1);
        let mut pictures: Vec<ClusterPicture> = numbers
            .iter()
            .map(|&number| ClusterPicture {
                sources: self.sources[number].clone(),
                picture: self.ids[number],
                score: self.vectors.cosine(number, medoid.1),
            })
            .collect();
        pictures.sort_by(|a, b| {
            let is_medoid = |picture: &ClusterPicture| picture.picture == self.ids[medoid.1];
            let medoid_first = is_medoid(b).cmp(&is_medoid(a));
            let nearer = medoid_first.then_with(|| b.score.total_cmp(&a.score));
            nearer.then_with(|| a.sources.cmp(&b.sources))
        });
        Cluster {
            pictures,
            score: (total / pairs as f64) as f32,
            label: labels.and_then(|labels| labels.label(numbers)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::ALWAYS_ALIKE;

    fn vectors(rows: &[[f32; 3]]) -> ByteVectors {
        let mut vectors = ByteVectors::new(3);
        rows.iter().for_each(|row| vectors.push(row).unwrap());
        vectors
    }

    #[test]
    fn chance_is_that_of_all_pairs_of_some_pictures() {
        assert_eq!(chance(&vectors(&[])).hardly(), ALWAYS_ALIKE);
        assert_eq!(chance(&vectors(&[[1.0, 0.0, 0.0]])).hardly(), ALWAYS_ALIKE);
        let axes = vectors(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(chance(&axes).hardly(), 0.0);
    }
}
