//! Which file of a group to keep, and which may go.

use super::GroupFile;
use crate::PictureId;
use crate::same::WholeCopy;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

/// Over several pairs that show the same, wholly, so much of either must be left in common.
const WHOLE: f32 = 0.85;

/// What makes a file the one to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keep {
    /// Most pixels, then the least compressed (most bytes without metadata), then most metadata, then the
    /// oldest. Nothing that is larger, in pixels or in bytes, is redundant then.
    #[default]
    Best,
    /// Most pixels, then most bytes.
    Largest,
    /// Changed first.
    Oldest,
    /// Changed last.
    Newest,
    /// The shortest path.
    Shortest,
}

/// What speaks for the file that is kept, against the one that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It must stay.
    Reference,
    /// It has more pixels.
    Pixels,
    /// It is less compressed.
    Compression,
    /// It says more about the picture.
    Metadata,
    /// It has more bytes.
    Bytes,
    /// It is older.
    Oldest,
    /// It is newer.
    Newest,
    /// Its path is shorter.
    Shortest,
    /// Nothing but the order of the paths.
    Path,
}

impl Why {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reference => "in a reference folder",
            Self::Pixels => "most pixels",
            Self::Compression => "least compressed",
            Self::Metadata => "most metadata",
            Self::Bytes => "most bytes",
            Self::Oldest => "the oldest",
            Self::Newest => "the newest",
            Self::Shortest => "the shortest path",
            Self::Path => "the first by path",
        }
    }
}

/// Why a file stays beside the one that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stays {
    /// It must.
    Reference,
    /// It is a further name of a file that is kept, by number in the group: nothing would be saved.
    HardLink(usize),
    /// It holds other pictures, too.
    Several,
    /// It is larger than every file that shows the same.
    Larger,
    /// No file that is kept is proven to show the same, wholly: it is a part, a collage, has lettering,
    /// other tones, is turned, or is another shot.
    Different,
}

impl Stays {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reference => "in a reference folder",
            Self::HardLink(_) => "a hard link",
            Self::Several => "holds other pictures, too",
            Self::Larger => "larger",
            Self::Different => "not wholly the same",
        }
    }
}

/// What is to become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is the one to keep.
    Kept,
    /// It stays as well.
    Stays(Stays),
    /// It may go: the file of this number in the group shows all of it, and is kept.
    Redundant(usize),
}

/// Which files of a group to keep, and which may go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The file to keep, by number.
    pub keep: usize,
    /// What speaks for it.
    pub why: Why,
    /// What is to become of each file.
    pub fates: Vec<Fate>,
}

impl Choice {
    /// Chooses among at least one file. `whole` are the pairs of pictures that show the same, wholly; files
    /// of equal bytes do so anyhow.
    pub fn new(files: &[GroupFile], whole: &[WholeCopy], keep: Keep) -> Self {
        let order = ordered(files, keep);
        let first = order[0];
        let why = match order.get(1) {
            Some(&second) => difference(&files[first], &files[second], keep).1,
            None => Why::Path,
        };
        let whole = Wholes::new(whole);
        let mut fates = vec![Fate::Kept; files.len()];
        let mut kept: Vec<Kept> = Vec::new();
        for &i in &order {
            let file = &files[i];
            fates[i] = match kept.is_empty() {
                true => Fate::Kept,
                false => fate(file, &kept, files, keep),
            };
            if !matches!(fates[i], Fate::Redundant(_)) {
                let shown = whole.from(file.picture);
                kept.push(Kept { file: i, shown });
            }
        }
        Self {
            keep: first,
            why,
            fates,
        }
    }

    /// The files that may go, each with the one that is kept in its place, by number.
    pub fn redundant(&self) -> impl Iterator<Item = (usize, usize)> {
        let fates = self.fates.iter().enumerate();
        fates.filter_map(|(i, fate)| match fate {
            Fate::Redundant(kept) => Some((i, *kept)),
            _ => None,
        })
    }
}

/// A file that is kept, and the pictures that show the same, wholly.
struct Kept {
    file: usize,
    shown: BTreeMap<PictureId, f32>,
}

fn fate(file: &GroupFile, kept: &[Kept], files: &[GroupFile], keep: Keep) -> Fate {
    if file.is_reference {
        return Fate::Stays(Stays::Reference);
    }
    let is_link =
        |other: &&Kept| file.identity.is_some() && file.identity == files[other.file].identity;
    if let Some(other) = kept.iter().find(is_link) {
        return Fate::Stays(Stays::HardLink(other.file));
    }
    let mut stays = if file.several {
        Stays::Several
    } else {
        Stays::Different
    };
    for other in kept {
        let by = &files[other.file];
        if by.hash == file.hash {
            return Fate::Redundant(other.file);
        }
        let shows = other.shown.contains_key(&file.picture);
        if !shows || file.several || by.several {
            continue;
        }
        if keep != Keep::Best || !is_larger(file, by) {
            return Fate::Redundant(other.file);
        }
        stays = Stays::Larger;
    }
    Fate::Stays(stays)
}

fn is_larger(file: &GroupFile, than: &GroupFile) -> bool {
    file.pixels() > than.pixels() || file.bytes > than.bytes
}

/// The files, the one to keep first.
fn ordered(files: &[GroupFile], keep: Keep) -> Vec<usize> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by(|&a, &b| difference(&files[a], &files[b], keep).0);
    order
}

/// Which of two files comes first, and for what.
fn difference(a: &GroupFile, b: &GroupFile, keep: Keep) -> (Ordering, Why) {
    let pixels = || (Reverse(a.pixels()).cmp(&Reverse(b.pixels())), Why::Pixels);
    let content = |file: &GroupFile| Reverse(file.bytes.saturating_sub(file.metadata));
    let compression = || (content(a).cmp(&content(b)), Why::Compression);
    let metadata = || (b.metadata.cmp(&a.metadata), Why::Metadata);
    let bytes = || (b.bytes.cmp(&a.bytes), Why::Bytes);
    // What cannot be looked at comes last.
    let known = || (a.modified.is_none()).cmp(&b.modified.is_none());
    let oldest = || (known().then(a.modified.cmp(&b.modified)), Why::Oldest);
    let newest = || (known().then(b.modified.cmp(&a.modified)), Why::Newest);
    let length = |file: &GroupFile| file.source.path.as_os_str().len();
    let shortest = || (length(a).cmp(&length(b)), Why::Shortest);
    let rule: &[&dyn Fn() -> (Ordering, Why)] = match keep {
        Keep::Best => &[&pixels, &compression, &metadata, &oldest],
        Keep::Largest => &[&pixels, &bytes],
        Keep::Oldest => &[&oldest],
        Keep::Newest => &[&newest],
        Keep::Shortest => &[&shortest],
    };
    let reference = (b.is_reference.cmp(&a.is_reference), Why::Reference);
    let rule = rule.iter().map(|criterion| criterion());
    let mut criteria = std::iter::once(reference).chain(rule);
    let decisive = criteria.find(|(order, _)| order.is_ne());
    decisive.unwrap_or_else(|| (a.source.cmp(&b.source), Why::Path))
}

/// Pictures that show the same, wholly, with the share that agrees.
struct Wholes(BTreeMap<PictureId, Vec<(PictureId, f32)>>);

impl Wholes {
    fn new(whole: &[WholeCopy]) -> Self {
        let mut others: BTreeMap<PictureId, Vec<(PictureId, f32)>> = BTreeMap::new();
        for copy in whole {
            let (a, b) = copy.pictures;
            others.entry(a).or_default().push((b, copy.share));
            others.entry(b).or_default().push((a, copy.share));
        }
        Self(others)
    }

    /// The pictures that show the same as one, wholly, also by way of others as long as enough of either is
    /// left.
    fn from(&self, picture: PictureId) -> BTreeMap<PictureId, f32> {
        let mut found = BTreeMap::from([(picture, 1.0)]);
        let mut open = vec![picture];
        while let Some(at) = open.pop() {
            let so_far = found[&at];
            for &(next, share) in self.0.get(&at).into_iter().flatten() {
                let share = so_far * share;
                let known = found.get(&next).copied().unwrap_or(0.0);
                if share >= WHOLE && share > known {
                    found.insert(next, share);
                    open.push(next);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;
    use std::time::{Duration, SystemTime};

    /// A file of so many pixels and bytes.
    fn file(number: u8, name: &str, (width, height): (u32, u32), bytes: u64) -> GroupFile {
        GroupFile {
            source: Source::new(name, None),
            picture: PictureId::new(number.into()),
            hash: [number; 32],
            size: Some((width, height)),
            bytes,
            metadata: 0,
            modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(number.into())),
            identity: None,
            several: false,
            is_reference: false,
        }
    }

    fn whole(a: u64, b: u64, share: f32) -> WholeCopy {
        let pictures = (PictureId::new(a), PictureId::new(b));
        WholeCopy { pictures, share }
    }

    #[test]
    fn the_best_has_most_pixels_and_is_least_compressed() {
        let files = [
            file(1, "small.jpg", (50, 50), 900),
            file(2, "hard.jpg", (100, 100), 1000),
            file(3, "soft.jpg", (100, 100), 2000),
        ];
        let all = [whole(1, 2, 0.99), whole(2, 3, 0.99), whole(1, 3, 0.99)];
        let choice = Choice::new(&files, &all, Keep::Best);
        assert_eq!((choice.keep, choice.why), (2, Why::Compression));
        let gone: Vec<_> = choice.redundant().collect();
        assert_eq!(gone, [(0, 2), (1, 2)]);
        assert_eq!(Choice::new(&files[..2], &all, Keep::Best).why, Why::Pixels);
    }

    #[test]
    fn of_equal_pixels_metadata_and_age_decide() {
        let mut files = [
            file(1, "stripped.jpg", (9, 9), 500),
            file(2, "a.jpg", (9, 9), 600),
            file(3, "b.jpg", (9, 9), 600),
        ];
        (files[1].metadata, files[2].metadata) = (100, 100);
        let choice = Choice::new(&files, &[], Keep::Best);
        assert_eq!((choice.keep, choice.why), (1, Why::Oldest));
        files[2].metadata = 0;
        files[2].bytes = 500;
        let choice = Choice::new(&files, &[], Keep::Best);
        assert_eq!((choice.keep, choice.why), (1, Why::Metadata));
        files[1].modified = None;
        assert_eq!(Choice::new(&files[1..], &[], Keep::Oldest).keep, 1);
    }

    #[test]
    fn the_user_may_want_another() {
        let files = [
            file(1, "old and long.jpg", (10, 10), 500),
            file(2, "new.jpg", (20, 20), 400),
        ];
        let all = [whole(1, 2, 0.99)];
        let of = |keep| {
            let choice = Choice::new(&files, &all, keep);
            (choice.keep, choice.why, choice.redundant().count())
        };
        assert_eq!(of(Keep::Largest), (1, Why::Pixels, 1));
        assert_eq!(of(Keep::Oldest), (0, Why::Oldest, 1));
        assert_eq!(of(Keep::Newest), (1, Why::Newest, 1));
        assert_eq!(of(Keep::Shortest), (1, Why::Shortest, 1));
        // It has fewer pixels and more bytes: unless somebody says so, it stays.
        assert_eq!(of(Keep::Best), (1, Why::Pixels, 0));
    }

    #[test]
    fn what_is_larger_stays_beside_a_reference() {
        let mut files = [
            file(1, "archive/a.jpg", (10, 10), 500),
            file(2, "b.jpg", (20, 20), 900),
            file(3, "c.jpg", (10, 10), 400),
        ];
        files[0].is_reference = true;
        let all = [whole(1, 2, 0.99), whole(1, 3, 0.99)];
        let choice = Choice::new(&files, &all, Keep::Best);
        assert_eq!((choice.keep, choice.why), (0, Why::Reference));
        assert_eq!(
            choice.fates,
            [Fate::Kept, Fate::Stays(Stays::Larger), Fate::Redundant(0)]
        );
        let choice = Choice::new(&files, &all, Keep::Oldest);
        assert_eq!(choice.redundant().count(), 2);
        files[2].is_reference = true;
        let choice = Choice::new(&files, &all, Keep::Best);
        assert_eq!(choice.fates[2], Fate::Stays(Stays::Reference));
    }

    #[test]
    fn a_crop_is_redundant_only_for_its_own_copies() {
        let files = [
            file(1, "whole.jpg", (100, 100), 5000),
            file(2, "crop.jpg", (60, 60), 2000),
            file(3, "crop again.jpg", (60, 60), 1500),
        ];
        let choice = Choice::new(&files, &[whole(2, 3, 0.97)], Keep::Best);
        let different = Fate::Stays(Stays::Different);
        assert_eq!(choice.fates, [Fate::Kept, different, Fate::Redundant(1)]);
    }

    #[test]
    fn on_the_way_over_others_little_may_be_lost() {
        let size = |number| file(number, "a.jpg", (100, 100), 1000 - u64::from(number));
        let files: Vec<GroupFile> = (1..=4).map(size).collect();
        let chain = |share| [whole(1, 2, share), whole(2, 3, share), whole(3, 4, share)];
        let gone = |share| {
            Choice::new(&files, &chain(share), Keep::Best)
                .redundant()
                .count()
        };
        assert_eq!((gone(0.99), gone(0.93)), (3, 2));
    }

    #[test]
    fn hard_links_and_files_of_many_pictures_stay() {
        let mut files = [
            file(1, "a.jpg", (10, 10), 500),
            file(1, "b.jpg", (10, 10), 500),
            file(1, "c.jpg", (10, 10), 500),
        ];
        (files[0].identity, files[1].identity) = (Some((1, 7)), Some((1, 7)));
        let choice = Choice::new(&files, &[], Keep::Best);
        let link = Fate::Stays(Stays::HardLink(0));
        assert_eq!(choice.fates, [Fate::Kept, link, Fate::Redundant(0)]);

        let mut files = [
            file(1, "a.png", (10, 10), 500),
            file(2, "scan.tif", (10, 10), 400),
            file(2, "scan again.tif", (10, 10), 400),
        ];
        (files[1].several, files[2].several) = (true, true);
        let choice = Choice::new(&files, &[whole(1, 2, 1.0)], Keep::Best);
        let several = Fate::Stays(Stays::Several);
        assert_eq!(choice.fates, [Fate::Kept, Fate::Redundant(2), several]);
    }
}
