//! Is a library whole?

use crate::catalogue::{self, Catalogue, SegmentRow};
use crate::engine::embedded::Embedded;
use crate::frame::{Frame, FrameSegment};
use crate::judgements::{JudgementsFile, VERSION};
use crate::lock::WriteLock;
use crate::recall::{self, Effort, PartRecall};
use crate::segments::orphans;
use crate::{Error, Part, Parts, PictureId, Result, path_from_bytes};
use lookalike_index::{GraphSegment, VectorSegment};
use lookalike_store::{Segment, SegmentFolder};
use lookalike_words::{OldWords, WordPicture, WordsSegment};
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
    #[error("{segment}: missing, with {records} records")]
    SegmentMissing {
        /// The file's name.
        segment: String,
        /// Records that were in it.
        records: u64,
    },
    /// A segment's bytes are not those that were written.
    #[error("{what}; it had {records} records")]
    SegmentDamaged {
        /// The file's name.
        segment: String,
        /// The file, and what is wrong with it.
        what: String,
        /// Records that were in it.
        records: u64,
    },
    /// A file that no catalogue names; the next `index` removes it.
    #[error("{segment}: belongs to nothing")]
    Orphan {
        /// The file's name.
        segment: String,
    },
    /// A picture without a record.
    #[error("picture {picture}: no {part}")]
    NoRecord {
        /// What is missing.
        part: Part,
        /// The picture's id.
        picture: PictureId,
    },
    /// A record that no picture claims.
    #[error("a {part} of picture {picture}, which is not in the catalogue")]
    NoPicture {
        /// What it is.
        part: Part,
        /// The id that the record names.
        picture: PictureId,
    },
    /// A record that cannot be right, or that is there twice.
    #[error("picture {picture}: {what}")]
    Record {
        /// The picture's id.
        picture: PictureId,
        /// What is wrong.
        what: String,
    },
    /// A judgement that is not understood. Somebody wrote it, so repairs leave it alone.
    #[error("{what}; correct the line, or delete it")]
    Judgement {
        /// The file and the line, and what is wrong with it.
        what: String,
    },
    /// A file in the catalogue whose pictures are not there.
    #[error("{}: none of its pictures is in the catalogue", crate::ShownPath(path))]
    File {
        /// The file.
        path: PathBuf,
    },
}

/// What `check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Everything that is wrong; empty means whole. In a fixed order.
    pub findings: Vec<Finding>,
    /// Pictures looked at.
    pub pictures: u64,
    /// Records looked at.
    pub records: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What approximate searches find, compared with exact ones, of each part that has a graph;
    /// only of a library that is whole.
    pub recall: Vec<PartRecall>,
    /// In which versions of which formats the library is kept, by name.
    pub formats: Vec<FormatFound>,
}

/// A format in which something is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormatFound {
    /// What is kept in it: "catalogue", or the name of a part.
    pub of: &'static str,
    /// Its version.
    pub version: i64,
    /// Files of it.
    pub files: u64,
}

impl CheckReport {
    fn note_format(&mut self, of: &'static str, version: i64) {
        let known = |found: &&mut FormatFound| found.of == of && found.version == version;
        match self.formats.iter_mut().find(known) {
            Some(found) => found.files += 1,
            None => self.formats.push(FormatFound {
                of,
                version,
                files: 1,
            }),
        }
    }

    /// Whether nothing is wrong. An orphan is no damage.
    pub fn is_whole(&self) -> bool {
        self.findings
            .iter()
            .all(|f| matches!(f, Finding::Orphan { .. }))
    }
}

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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
    if survey.report.is_whole() {
        survey.report.recall = recall::of_engine(&Embedded::open(folder)?, Effort::Thorough)?;
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
    /// Pictures without a record that can be used.
    bad_pictures: BTreeSet<PictureId>,
    /// Records without a picture.
    strays: BTreeSet<(Part, PictureId)>,
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
        let files = SegmentFolder::within(folder);
        let meta = catalogue.meta()?;
        let pictures = catalogue.pictures()?;
        self.report.bytes = std::fs::metadata(catalogue.path()).map_or(0, |m| m.len());
        self.report.pictures = pictures.len() as u64;
        self.segments = catalogue.segments()?;
        self.report.note_format("catalogue", catalogue.format()?);
        let dim = meta.vector_length;
        self.look_at::<VectorSegment>(Part::Vector, catalogue, &files, &pictures, &|s| {
            (s.dim() != dim).then(|| format!("vectors of {} elements", s.dim()))
        })?;
        self.look_at_fresh_vectors(catalogue, dim)?;
        self.look_at::<WordsSegment>(Part::Words, catalogue, &files, &pictures, &|_| None)?;
        self.look_at_fresh_words(catalogue)?;
        self.look_at::<FrameSegment>(Part::Frame, catalogue, &files, &pictures, &|_| None)?;
        self.look_at_fresh_frames(catalogue)?;
        for part in [Part::Embedding, Part::NextEmbedding] {
            let expected = meta.models.of(part).dimensions;
            self.look_at::<GraphSegment>(part, catalogue, &files, &pictures, &|s| {
                let dim = s.space().dim;
                (dim != expected).then(|| format!("embeddings of {dim} elements"))
            })?;
            self.look_at_fresh_embeddings(part, catalogue, expected)?;
        }
        for path in catalogue.stray_files()? {
            let path = path_from_bytes(&path);
            self.find(Finding::File { path });
        }
        for segment in orphans(&files, &self.segments)? {
            self.find(Finding::Orphan { segment });
        }
        self.look_at_judgements(folder)
    }

    fn look_at_judgements(&mut self, folder: &Path) -> Result<()> {
        let file = JudgementsFile::within(folder);
        let bytes = file.bytes();
        if bytes == 0 {
            return Ok(());
        }
        self.report.bytes += bytes;
        self.report.note_format("judgements", VERSION.into());
        match file.read() {
            Ok(_) => Ok(()),
            Err(error @ Error::Judgement { .. }) => {
                let what = error.to_string();
                self.find(Finding::Judgement { what });
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    /// Looks at all records of one part.
    fn look_at<S: Segment>(
        &mut self,
        part: Part,
        catalogue: &Catalogue,
        files: &SegmentFolder,
        pictures: &[(PictureId, Parts)],
        complaint: &dyn Fn(&S) -> Option<String>,
    ) -> Result<()> {
        let dead = catalogue.dead(part)?;
        let mut held: Vec<PictureId> = Vec::new();
        for row in catalogue.segments_of(part)? {
            if part == Part::Words
                && let Ok(old) = OldWords::open(&files.file(&row.name))
                && old.ids().len() as u64 == row.records
            {
                self.report
                    .note_format(part.name(), OldWords::VERSION.into());
                let ids = old.ids().iter().map(|&id| PictureId::new(id));
                held.extend(ids.filter(|id| !is_in(&dead, *id)));
                self.report.records += row.records;
                self.report.bytes += row.bytes;
            } else if let Some(segment) = self.open::<S>(files, row, complaint)? {
                self.report
                    .note_format(part.name(), segment.version().into());
                let ids = segment.ids().iter().map(|&id| PictureId::new(id));
                held.extend(ids.filter(|id| !is_in(&dead, *id)));
                self.report.records += segment.ids().len() as u64;
                self.report.bytes += segment.file_bytes();
            }
        }
        catalogue.each_fresh(part, |picture, _| {
            held.push(picture);
            self.report.records += 1;
            Ok(())
        })?;
        held.sort_unstable();
        let claiming = pictures.iter().filter(|(_, parts)| parts.has(part));
        self.compare(
            part,
            &claiming.map(|(id, _)| *id).collect::<Vec<_>>(),
            &held,
        );
        Ok(())
    }

    /// A segment that is whole.
    fn open<S: Segment>(
        &mut self,
        files: &SegmentFolder,
        row: SegmentRow,
        complaint: &dyn Fn(&S) -> Option<String>,
    ) -> Result<Option<S>> {
        let path = files.file(&row.name);
        let what = match S::open(&path).and_then(|s| s.verify().map(|()| s)) {
            Ok(segment) if segment.ids().len() as u64 != row.records => {
                format!("{}: {} records are in it", row.name, segment.ids().len())
            }
            Ok(segment) => match complaint(&segment) {
                None => return Ok(Some(segment)),
                Some(what) => format!("{}: {what}", row.name),
            },
            Err(lookalike_store::Error::Io { source, .. }) => {
                if source.kind() != ErrorKind::NotFound {
                    return Err(Error::io(&path, source));
                }
                self.find(Finding::SegmentMissing {
                    segment: row.name.clone(),
                    records: row.records,
                });
                self.bad_segments.push(row);
                return Ok(None);
            }
            Err(e) => e.to_string(),
        };
        self.find(Finding::SegmentDamaged {
            segment: row.name.clone(),
            what,
            records: row.records,
        });
        self.bad_segments.push(row);
        Ok(None)
    }

    fn look_at_fresh_vectors(&mut self, catalogue: &Catalogue, dim: usize) -> Result<()> {
        catalogue.each_fresh(Part::Vector, |picture, record| {
            let (elements, rest) = record.as_chunks::<4>();
            let elements = elements.iter().map(|&e| f32::from_le_bytes(e));
            if elements.len() != dim || !rest.is_empty() {
                self.find_bad(picture, format!("a vector of {} bytes", record.len()));
            } else if let Some(value) = elements.into_iter().find(|v| !v.is_finite()) {
                self.find_bad(picture, format!("its vector holds {value}"));
            }
            Ok(())
        })
    }

    fn look_at_fresh_words(&mut self, catalogue: &Catalogue) -> Result<()> {
        catalogue.each_fresh(Part::Words, |picture, record| {
            if let Err(e) = WordPicture::from_bytes(record) {
                self.find_bad(picture, e.to_string());
            }
            Ok(())
        })
    }

    fn look_at_fresh_frames(&mut self, catalogue: &Catalogue) -> Result<()> {
        catalogue.each_fresh(Part::Frame, |picture, record| {
            if Frame::from_bytes(record).is_none() {
                self.find_bad(picture, format!("a frame of {} bytes", record.len()));
            }
            Ok(())
        })
    }

    fn look_at_fresh_embeddings(
        &mut self,
        part: Part,
        catalogue: &Catalogue,
        dimensions: usize,
    ) -> Result<()> {
        catalogue.each_fresh(part, |picture, record| {
            if record.len() != dimensions {
                self.find_bad(picture, format!("an embedding of {} bytes", record.len()));
            }
            Ok(())
        })
    }

    fn find_bad(&mut self, picture: PictureId, what: String) {
        self.bad_pictures.insert(picture);
        self.find(Finding::Record { picture, what });
    }

    /// Each picture has one record, each record a picture.
    fn compare(&mut self, part: Part, pictures: &[PictureId], held: &[PictureId]) {
        for pair in held.windows(2).filter(|p| p[0] == p[1]) {
            self.strays.insert((part, pair[0]));
            self.find_bad(pair[0], format!("it has two {part} records"));
        }
        for &picture in pictures {
            if !is_in(held, picture) {
                self.bad_pictures.insert(picture);
                self.find(Finding::NoRecord { part, picture });
            }
        }
        for &picture in held {
            if !is_in(pictures, picture) && self.strays.insert((part, picture)) {
                self.find(Finding::NoPicture { part, picture });
            }
        }
    }

    /// Drops what is damaged.
    fn mend(self, catalogue: &Catalogue, folder: &Path) -> Result<Repair> {
        let files = SegmentFolder::within(folder);
        let bad: Vec<PictureId> = self.bad_pictures.into_iter().collect();
        let rebuild = catalogue.in_transaction(|| {
            for row in &self.bad_segments {
                catalogue.drop_segment(row.id)?;
            }
            let rebuild = catalogue.drop_pictures(&bad)?;
            for &(part, picture) in &self.strays {
                catalogue.drop_fresh(part, picture)?;
                catalogue.bury(part, picture)?;
            }
            Ok(rebuild)
        })?;
        for row in &self.bad_segments {
            files.remove(&row.name);
        }
        for name in orphans(&files, &catalogue.segments()?)? {
            files.remove(&name);
        }
        Ok(Repair {
            found: self.report,
            rebuild: rebuild.iter().map(|path| path_from_bytes(path)).collect(),
            anew: false,
        })
    }
}

/// Whether an ascending list holds a picture.
fn is_in(ascending: &[PictureId], picture: PictureId) -> bool {
    ascending.binary_search(&picture).is_ok()
}

/// Removes the catalogue and all records; what the library knew about itself is kept where it can
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
    let files = SegmentFolder::within(folder);
    for name in orphans(&files, &[])? {
        files.remove(&name);
    }
    match meta {
        Some(meta) => Catalogue::create(folder, &meta).map(drop),
        None => Ok(()),
    }
}
