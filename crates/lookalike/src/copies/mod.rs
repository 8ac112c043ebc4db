//! The files of a group of copies, and which of them to keep.

mod keep;
mod metadata;

pub use keep::{Choice, Fate, Keep, Stays, Why};

use crate::engine::Pictures;
use crate::same::{Group, GroupKind};
use crate::walk::identity;
use crate::{Library, Parts, PictureId, Result, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is known of a file in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFile {
    /// The file, and where in it the picture is.
    pub source: Source,
    /// The picture.
    pub picture: PictureId,
    /// BLAKE3 of the file's bytes.
    pub hash: [u8; 32],
    /// Width and height in pixels, as displayed.
    pub size: Option<(u32, u32)>,
    /// Bytes of the file.
    pub bytes: u64,
    /// How many of them say something about the picture and are no pixels: EXIF, XMP, profiles. 0 where
    /// nobody needs to know it.
    pub metadata: u64,
    /// When the file was changed last; `None` where it cannot be looked at now.
    pub modified: Option<SystemTime>,
    /// Its file system and its number there, where the system tells: names of one file share them.
    pub identity: Option<(u64, u64)>,
    /// Whether it holds other pictures, too.
    pub several: bool,
    /// Whether it must stay, whatever else is there.
    pub is_reference: bool,
}

impl GroupFile {
    /// Pixels of the picture; 0 where that is not known.
    pub fn pixels(&self) -> u64 {
        let pixels = |(width, height)| u64::from(width) * u64::from(height);
        self.size.map_or(0, pixels)
    }
}

/// How to choose.
#[derive(Clone, Copy, Default)]
pub struct KeepOptions<'a> {
    /// What makes a file the one to keep.
    pub keep: Keep,
    /// Whether only files of equal bytes may take the place of each other.
    pub equal_bytes: bool,
    /// Only files for which this says so, by their paths, are looked at. All, if `None`.
    pub among: Option<&'a dyn Fn(&Path) -> bool>,
    /// Files for which this says so must stay, whatever else is there. None, if `None`.
    pub is_reference: Option<&'a dyn Fn(&Path) -> bool>,
}

impl fmt::Debug for KeepOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeepOptions")
            .field("keep", &self.keep)
            .field("equal_bytes", &self.equal_bytes)
            .field("among", &self.among.is_some())
            .field("is_reference", &self.is_reference.is_some())
            .finish()
    }
}

/// A group, with what is known of its files and which of them to keep.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChosenGroup {
    /// In what way the files belong together.
    pub kind: GroupKind,
    /// The probability of the weakest link between them, in [0, 1].
    pub score: f32,
    /// At least two files, by path.
    pub files: Vec<GroupFile>,
    /// Which of them to keep.
    pub choice: Choice,
}

/// A file that may go, and the one that shows all of it. Paths are relative to the indexed folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redundant {
    /// The file.
    pub path: PathBuf,
    /// BLAKE3 of its bytes.
    pub hash: [u8; 32],
    /// Its size.
    pub bytes: u64,
    /// The file that stays in its place.
    pub kept: PathBuf,
    /// BLAKE3 of that file's bytes.
    pub kept_hash: [u8; 32],
}

impl ChosenGroup {
    /// The files that may go.
    fn redundant(&self) -> impl Iterator<Item = Redundant> {
        self.choice.redundant().map(|(file, kept)| {
            let [file, kept] = [file, kept].map(|i| &self.files[i]);
            Redundant {
                path: file.source.path.clone(),
                hash: file.hash,
                bytes: file.bytes,
                kept: kept.source.path.clone(),
                kept_hash: kept.hash,
            }
        })
    }
}

/// The files of some groups that may go, each once, in the order of the groups. A file of many pictures may
/// be in several groups: what one of them keeps, none gives away.
pub fn redundant(groups: &[ChosenGroup]) -> Vec<Redundant> {
    let all: Vec<Redundant> = groups.iter().flat_map(ChosenGroup::redundant).collect();
    let kept: BTreeSet<PathBuf> = all.iter().map(|one| one.kept.clone()).collect();
    let mut seen = BTreeSet::new();
    let mut goes = all;
    goes.retain(|one| !kept.contains(&one.path) && seen.insert(one.path.clone()));
    goes
}

impl Library {
    /// Says of groups which files to keep, and which may go. Groups of which fewer than two files are looked
    /// at are left out. Files that have equally many pixels as others are opened, for their metadata.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn choose(&self, groups: &[Group], options: &KeepOptions<'_>) -> Result<Vec<ChosenGroup>> {
        let moment = self.any_moment(Parts::NONE)?;
        let mut chosen = Vec::new();
        for group in groups {
            let files = self.files_in(group, moment.pictures(), options)?;
            if files.len() < 2 {
                continue;
            }
            let whole = if options.equal_bytes {
                &[]
            } else {
                &group.whole[..]
            };
            chosen.push(ChosenGroup {
                kind: group.kind,
                score: group.score,
                choice: Choice::new(&files, whole, options.keep),
                files,
            });
        }
        Ok(chosen)
    }

    fn files_in(
        &self,
        group: &Group,
        pictures: &dyn Pictures,
        options: &KeepOptions<'_>,
    ) -> Result<Vec<GroupFile>> {
        let says = |of: Option<&dyn Fn(&Path) -> bool>, path: &Path| of.map(|of| of(path));
        let known = pictures.get(&group.pictures)?;
        let mut files = Vec::new();
        for (source, picture) in group.sources.iter().zip(known) {
            let among = says(options.among, &source.path).unwrap_or(true);
            // Whoever took a picture out of the library meanwhile took its file, too.
            let Some(picture) = picture.filter(|_| among) else {
                continue;
            };
            let path = self.root().map(|root| root.join(&source.path));
            let metadata = path.and_then(|path| std::fs::metadata(path).ok());
            files.push(GroupFile {
                source: source.clone(),
                picture: picture.id,
                hash: picture.hash,
                size: picture.size,
                bytes: picture.bytes.unwrap_or(0),
                metadata: 0,
                modified: metadata.as_ref().and_then(|m| m.modified().ok()),
                identity: metadata.as_ref().and_then(identity),
                several: picture.place.is_some(),
                is_reference: says(options.is_reference, &source.path).unwrap_or(false),
            });
        }
        self.weigh(&mut files);
        Ok(files)
    }

    /// Looks for metadata in files where that may decide: there are others of as many pixels.
    fn weigh(&self, files: &mut [GroupFile]) {
        let Some(root) = self.root() else { return };
        let mut contents: BTreeMap<u64, BTreeSet<[u8; 32]>> = BTreeMap::new();
        for file in &*files {
            contents.entry(file.pixels()).or_default().insert(file.hash);
        }
        for file in files {
            if contents[&file.pixels()].len() > 1 {
                file.metadata = metadata::bytes_of(&root.join(&file.source.path));
            }
        }
    }
}
