//! Pictures that are linked, joined to groups.

use super::groups::{Files, Group, GroupKind, WholeCopy};
use crate::{PictureId, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Two pictures, the lower id first but for a picture that is mirrored.
pub(super) type Pair = (PictureId, PictureId);

/// A proven link between two pictures.
pub(super) struct Link {
    pub(super) pair: Pair,
    pub(super) kind: GroupKind,
    /// Its probability.
    pub(super) score: f32,
    /// Of copies that show the same, wholly, the share that agrees.
    pub(super) whole: Option<f32>,
}

/// What people said of pairs of works.
#[derive(Default)]
pub(super) struct Said {
    pub(super) same: BTreeSet<Pair>,
    pub(super) different: BTreeSet<Pair>,
}

impl Said {
    /// Links as they are after that: the surest first, where some may not be followed.
    pub(super) fn obeyed_by(&self, mut links: Vec<Link>) -> Vec<Link> {
        let ordered = |&(a, b): &Pair| (a.min(b), a.max(b));
        links.retain(|link| !self.different.contains(&ordered(&link.pair)));
        if !self.different.is_empty() {
            links.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        let said = self.same.iter().map(|&pair| Link {
            pair,
            kind: GroupKind::Same,
            score: 1.0,
            whole: None,
        });
        said.chain(links).collect()
    }
}

/// Pictures joined by links.
#[derive(Default)]
pub(super) struct Clusters {
    /// For each picture the next one towards the first of its cluster.
    above: BTreeMap<PictureId, PictureId>,
    /// The weakest link of each cluster, by its first picture.
    scores: BTreeMap<PictureId, f32>,
    /// By the first picture of a cluster those of others with which it must not be joined.
    apart: BTreeMap<PictureId, BTreeSet<PictureId>>,
}

impl Clusters {
    /// The pictures of these pairs never come together.
    pub(super) fn apart(pairs: &BTreeSet<Pair>) -> Self {
        let mut clusters = Self::default();
        for &(a, b) in pairs {
            clusters.apart.entry(a).or_default().insert(b);
            clusters.apart.entry(b).or_default().insert(a);
        }
        clusters
    }

    pub(super) fn root(&self, mut picture: PictureId) -> PictureId {
        while let Some(&above) = self.above.get(&picture) {
            picture = above;
        }
        picture
    }

    pub(super) fn join(&mut self, link: &Link) {
        let (a, b) = (self.root(link.pair.0), self.root(link.pair.1));
        let must_not = self.apart.get(&a).is_some_and(|others| others.contains(&b));
        if a == b || must_not {
            return;
        }
        let score_of = |root| self.scores.get(root).copied().unwrap_or(1.0);
        let score = score_of(&a).min(score_of(&b)).min(link.score);
        self.above.insert(a.max(b), a.min(b));
        self.scores.insert(a.min(b), score);
        self.keep_apart(a.max(b), a.min(b));
    }

    /// What must not be joined with a cluster must not be with the one in which it is now.
    fn keep_apart(&mut self, joined: PictureId, into: PictureId) {
        let Some(others) = self.apart.remove(&joined) else {
            return;
        };
        for other in &others {
            let its = self.apart.entry(*other).or_default();
            its.remove(&joined);
            its.insert(into);
        }
        self.apart.entry(into).or_default().extend(others);
    }

    /// The clusters of at least two files. Those of a single picture are exact copies.
    pub(super) fn groups(&self, files: &Files, kind: GroupKind, links: &[Link]) -> Vec<Group> {
        let mut members: BTreeMap<PictureId, Vec<PictureId>> = BTreeMap::new();
        let works = files.pictures.keys().copied();
        for picture in works.filter(|&picture| files.work(picture) == picture) {
            members.entry(self.root(picture)).or_default().push(picture);
        }
        let mut whole = self.whole_copies(links);
        let mut groups: Vec<Group> = Vec::new();
        for (root, pictures) in members {
            let sources = |&p: &PictureId| files.sources(p).map(move |source| (source, p));
            let mut all: Vec<(Source, PictureId)> = pictures.iter().flat_map(sources).collect();
            let mut kind = kind;
            if let [single] = pictures[..] {
                // Equal files have all their pictures in common.
                if files.first_beside(single) != single {
                    continue;
                }
                all.iter_mut().for_each(|(source, _)| source.place = None);
                kind = GroupKind::Exact;
            }
            if all.len() < 2 {
                continue;
            }
            all.sort();
            let (sources, pictures) = all.into_iter().unzip();
            groups.push(Group {
                kind,
                sources,
                pictures,
                whole: whole.remove(&root).unwrap_or_default(),
                score: self.scores.get(&root).copied().unwrap_or(1.0),
            });
        }
        groups.sort_by(|a, b| a.sources.cmp(&b.sources));
        groups
    }

    /// The pairs that show the same, wholly, by the first picture of their cluster.
    fn whole_copies(&self, links: &[Link]) -> BTreeMap<PictureId, Vec<WholeCopy>> {
        let mut whole: BTreeMap<PictureId, Vec<WholeCopy>> = BTreeMap::new();
        for link in links {
            let (a, b) = link.pair;
            let root = self.root(a);
            // Somebody may have said that these do not belong together.
            if let Some(share) = link.whole.filter(|_| root == self.root(b)) {
                let pictures = (a.min(b), a.max(b));
                let copies = whole.entry(root).or_default();
                copies.push(WholeCopy { pictures, share });
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> PictureId {
        PictureId::new(number)
    }

    fn link(a: u64, b: u64, score: f32) -> Link {
        Link {
            pair: (id(a), id(b)),
            kind: GroupKind::Same,
            score,
            whole: None,
        }
    }

    fn roots(said: &Said, links: Vec<Link>) -> Vec<u64> {
        let mut clusters = Clusters::apart(&said.different);
        for link in said.obeyed_by(links) {
            clusters.join(&link);
        }
        (1..=5).map(|i| clusters.root(id(i)).get()).collect()
    }

    #[test]
    fn what_is_said_to_be_different_is_in_no_group_together() {
        let links = || {
            vec![
                link(1, 2, 0.7),
                link(2, 3, 0.9),
                link(3, 4, 0.8),
                link(4, 5, 0.6),
            ]
        };
        let mut said = Said::default();
        assert_eq!(roots(&said, links()), [1; 5]);
        said.different.insert((id(1), id(4)));
        // The weakest link on the way from one to the other breaks.
        assert_eq!(roots(&said, links()), [1, 2, 2, 2, 2]);
        said.different.insert((id(2), id(5)));
        assert_eq!(roots(&said, links()), [1, 2, 2, 2, 5]);
        // Even where they are proven to be the same.
        said.different.insert((id(2), id(3)));
        assert_eq!(roots(&said, links()), [1, 1, 3, 3, 3]);
    }

    #[test]
    fn what_is_said_to_be_the_same_needs_no_proof() {
        let mut said = Said::default();
        said.same.insert((id(1), id(5)));
        assert_eq!(roots(&said, vec![link(1, 2, 0.7)]), [1, 1, 3, 4, 1]);
        said.different.insert((id(2), id(5)));
        assert_eq!(roots(&said, vec![link(1, 2, 0.7)]), [1, 2, 3, 4, 1]);
    }
}
