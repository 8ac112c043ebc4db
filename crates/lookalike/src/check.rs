//! Is a library whole?

use crate::catalogue::{self, Catalogue, Meta, SegmentRow};
use crate::lock::WriteLock;
use crate::segments::{SegmentFolder, is_in};
use crate::{Error, Result, path_from_bytes};
use lookalike_index::VectorSegment;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Something wrong in a library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// SQLite finds the catalogue damaged.
    #[error("the catalogue is damaged: {what}")]
    Catalogue {
        /// What SQLite says.
        what: String,
    },
    /// A segment that the catalogue names is not there.
    #[error("{segment}: missing, with {vectors} vectors")]
    SegmentMissing {
        /// The file's name.
        segment: String,
        /// Vectors that were in it.
        vectors: u64,
    },
    /// A segment's bytes are not those that were written.
    #[error("{what}; it had {vectors} vectors")]
    SegmentDamaged {
        /// The file's name.
        segment: String,
        /// The file, and what is wrong with it.
        what: String,
        /// Vectors that were in it.
        vectors: u64,
    },
    /// A file that no catalogue names; the next `index` removes it.
    #[error("{segment}: belongs to nothing")]
    Orphan {
        /// The file's name.
        segment: String,
    },
    /// A picture without a vector.
    #[error("picture {picture}: no vector")]
    NoVector {
        /// The picture's id.
        picture: i64,
    },
    /// A vector that no picture claims.
    #[error("a vector of picture {picture}, which is not in the catalogue")]
    NoPicture {
        /// The id that the vector names.
        picture: i64,
    },
    /// A vector of a wrong length, with elements that are no numbers, or that is there twice.
    #[error("picture {picture}: {what}")]
    Vector {
        /// The picture's id.
        picture: i64,
        /// What is wrong.
        what: String,
    },
    /// A file in the catalogue whose picture is not there.
    #[error(
        "{}: its picture {picture} is not in the catalogue",
        crate::ShownPath(path)
    )]
    File {
        /// The file.
        path: PathBuf,
        /// The id that it names.
        picture: i64,
    },
}

/// What `check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything that is wrong; empty means whole. In a fixed order.
    pub findings: Vec<Finding>,
    /// Pictures looked at.
    pub pictures: u64,
    /// Vectors looked at.
    pub vectors: u64,
    /// Bytes read.
    pub bytes: u64,
}

impl CheckReport {
    /// Whether nothing is wrong. An orphan is no damage.
    pub fn is_whole(&self) -> bool {
        self.findings
            .iter()
            .all(|f| matches!(f, Finding::Orphan { .. }))
    }
}

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repair {
    /// What was wrong.
    pub found: CheckReport,
    /// Files that the next `index` reads again, because what was stored for them was damaged.
    pub rebuild: Vec<PathBuf>,
    /// Whether the catalogue itself was lost, so that the next `index` begins anew.
    pub anew: bool,
}

/// How often a reader looks again when a writer takes a segment away under its eyes.
const ATTEMPTS: usize = 5;

/// See [`Library::check`](crate::Library::check).
pub(crate) fn check(folder: &Path) -> Result<CheckReport> {
    // Whoever began it was stopped at once; there is nothing yet that could be damaged.
    if matches!(Catalogue::is_unfinished(folder), Ok(true)) {
        return Err(Error::NoLibrary {
            path: folder.to_path_buf(),
        });
    }
    let catalogue = match Catalogue::open(folder) {
        Ok(catalogue) => catalogue,
        Err(e) => return Ok(Survey::of_wreck(e)?.report),
    };
    let mut survey = Survey::make(&catalogue, folder)?;
    for _ in 1..ATTEMPTS {
        let missing = |f: &Finding| matches!(f, Finding::SegmentMissing { .. });
        if !survey.report.findings.iter().any(missing) || survey.lost {
            break;
        }
        if catalogue.segments()? == survey.segments {
            break;
        }
        survey = Survey::make(&catalogue, folder)?;
    }
    Ok(survey.report)
}

/// See [`Library::repair`](crate::Library::repair).
pub(crate) fn repair(folder: &Path) -> Result<Repair> {
    if !folder.join(catalogue::FILE).is_file() {
        return Err(Error::NoLibrary {
            path: folder.to_path_buf(),
        });
    }
    let _lock = WriteLock::take(folder)?;
    let survey = match Catalogue::open_writer(folder) {
        Ok(catalogue) => {
            let mut survey = Survey::make(&catalogue, folder)?;
            // An index of the database is made anew from its table, and nothing is lost.
            if survey.lost && catalogue.rebuild_indices().is_ok() {
                let found = survey.report.findings;
                survey = Survey::make(&catalogue, folder)?;
                survey.report.findings.splice(0..0, found);
            }
            if !survey.lost {
                return survey.mend(&catalogue, folder);
            }
            survey
        }
        Err(e) => Survey::of_wreck(e)?,
    };
    begin_anew(folder)?;
    Ok(Repair {
        found: survey.report,
        rebuild: Vec::new(),
        anew: true,
    })
}

/// What is there, and what of it must go.
#[derive(Debug, Default)]
struct Survey {
    report: CheckReport,
    segments: Vec<SegmentRow>,
    /// The catalogue itself cannot be trusted.
    lost: bool,
    /// Segments that cannot be used.
    bad_segments: Vec<SegmentRow>,
    /// Pictures without a vector that can be used.
    bad_pictures: BTreeSet<i64>,
    /// Vectors without a picture.
    strays: BTreeSet<u64>,
    /// Vectors found, as the ids of their pictures.
    held: Vec<u64>,
}

impl Survey {
    /// That of a library whose catalogue cannot be opened because it is damaged.
    fn of_wreck(error: Error) -> Result<Self> {
        match error {
            Error::Damaged { what, .. } => {
                let mut survey = Self::default();
                survey.lose(what);
                Ok(survey)
            }
            other => Err(other),
        }
    }

    fn make(catalogue: &Catalogue, folder: &Path) -> Result<Self> {
        let mut survey = Self::default();
        match catalogue.in_snapshot(|| survey.look(catalogue, folder)) {
            Err(Error::Damaged { what, .. }) => survey.lose(what),
            result => result?,
        }
        Ok(survey)
    }

    fn lose(&mut self, what: String) {
        self.lost = true;
        self.find(Finding::Catalogue { what });
    }

    fn find(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    fn look(&mut self, catalogue: &Catalogue, folder: &Path) -> Result<()> {
        for what in catalogue.complaints()? {
            self.lose(what);
        }
        if self.lost {
            return Ok(());
        }
        let meta = catalogue.meta()?;
        let dead = catalogue.dead()?;
        let files = SegmentFolder::of(folder);
        self.report.bytes = std::fs::metadata(catalogue.path()).map_or(0, |m| m.len());
        self.segments = catalogue.segments()?;
        for row in self.segments.clone() {
            self.look_at_segment(&files, row, &meta, &dead)?;
        }
        self.look_at_fresh(catalogue, &meta)?;
        self.compare(&catalogue.picture_ids()?);
        for (path, picture) in catalogue.stray_files()? {
            let path = path_from_bytes(&path);
            self.bad_pictures.insert(picture);
            self.find(Finding::File { path, picture });
        }
        for segment in files.orphans(&self.segments)? {
            self.find(Finding::Orphan { segment });
        }
        Ok(())
    }

    fn look_at_segment(
        &mut self,
        files: &SegmentFolder,
        row: SegmentRow,
        meta: &Meta,
        dead: &[u64],
    ) -> Result<()> {
        let path = files.file(&row.name);
        let opened = VectorSegment::open(&path).and_then(|s| s.verify().map(|()| s));
        let what = match opened {
            Ok(segment) if segment.dim() != meta.vector_length => {
                format!("{}: vectors of {} elements", row.name, segment.dim())
            }
            Ok(segment) if segment.len() as u64 != row.vectors => {
                format!("{}: {} vectors are in it", row.name, segment.len())
            }
            Ok(segment) => {
                let ids = segment.ids().iter().copied();
                self.held.extend(ids.filter(|&id| !is_in(dead, id)));
                self.report.vectors += segment.len() as u64;
                self.report.bytes += segment.file_bytes();
                return Ok(());
            }
            Err(lookalike_index::Error::Io { source, .. }) => {
                if source.kind() != ErrorKind::NotFound {
                    return Err(Error::io(&path, source));
                }
                self.find(Finding::SegmentMissing {
                    segment: row.name.clone(),
                    vectors: row.vectors,
                });
                self.bad_segments.push(row);
                return Ok(());
            }
            Err(e) => e.to_string(),
        };
        self.find(Finding::SegmentDamaged {
            segment: row.name.clone(),
            what,
            vectors: row.vectors,
        });
        self.bad_segments.push(row);
        Ok(())
    }

    fn look_at_fresh(&mut self, catalogue: &Catalogue, meta: &Meta) -> Result<()> {
        for (picture, bytes) in catalogue.fresh_ids()? {
            if bytes != meta.vector_length as i64 * 4 {
                self.bad_pictures.insert(picture);
                self.find(Finding::Vector {
                    picture,
                    what: format!("a vector of {bytes} bytes"),
                });
            }
            self.held.push(picture.cast_unsigned());
            self.report.vectors += 1;
        }
        if !self.bad_pictures.is_empty() {
            return Ok(());
        }
        catalogue.each_fresh(|picture, vector| {
            if let Some(value) = vector.iter().find(|v| !v.is_finite()) {
                self.bad_pictures.insert(picture);
                self.find(Finding::Vector {
                    picture,
                    what: format!("its vector holds {value}"),
                });
            }
            Ok(())
        })
    }

    /// Each picture has one vector, each vector a picture.
    fn compare(&mut self, pictures: &[i64]) {
        self.held.sort_unstable();
        self.report.pictures = pictures.len() as u64;
        for pair in self.held.clone().windows(2).filter(|p| p[0] == p[1]) {
            let picture = pair[0].cast_signed();
            self.strays.insert(pair[0]);
            self.bad_pictures.insert(picture);
            self.find(Finding::Vector {
                picture,
                what: "it has two vectors".into(),
            });
        }
        for &picture in pictures {
            if !is_in(&self.held, picture.cast_unsigned()) {
                self.bad_pictures.insert(picture);
                self.find(Finding::NoVector { picture });
            }
        }
        for id in std::mem::take(&mut self.held) {
            let picture = id.cast_signed();
            if pictures.binary_search(&picture).is_err() && self.strays.insert(id) {
                self.find(Finding::NoPicture { picture });
            }
        }
    }

    /// Drops what is damaged.
    fn mend(self, catalogue: &Catalogue, folder: &Path) -> Result<Repair> {
        let files = SegmentFolder::of(folder);
        let bad: Vec<i64> = self.bad_pictures.into_iter().collect();
        let rebuild = catalogue.in_transaction(|| {
            for row in &self.bad_segments {
                catalogue.drop_segment(row.id)?;
            }
            let rebuild = catalogue.drop_pictures(&bad)?;
            for &id in &self.strays {
                catalogue.drop_fresh(id.cast_signed())?;
                catalogue.bury(id)?;
            }
            Ok(rebuild)
        })?;
        for row in &self.bad_segments {
            files.remove(&row.name);
        }
        for name in files.orphans(&catalogue.segments()?)? {
            files.remove(&name);
        }
        Ok(Repair {
            found: self.report,
            rebuild: rebuild.iter().map(|path| path_from_bytes(path)).collect(),
            anew: false,
        })
    }
}

/// Removes the catalogue and all vectors; what the library knew about itself is kept where it can
/// still be read, so that the next update makes the same library.
fn begin_anew(folder: &Path) -> Result<()> {
    let meta = Catalogue::open_unchecked(folder)
        .and_then(|catalogue| catalogue.meta())
        .ok();
    for suffix in ["", "-wal", "-shm"] {
        let path = folder.join(format!("{}{suffix}", catalogue::FILE));
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::writing(&path, e)),
            _ => {}
        }
    }
    let files = SegmentFolder::of(folder);
    for name in files.orphans(&[])? {
        files.remove(&name);
    }
    match meta {
        Some(meta) => Catalogue::create(folder, &meta).map(drop),
        None => Ok(()),
    }
}
