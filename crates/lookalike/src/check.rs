//! Is a library whole?

use std::path::PathBuf;

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
    #[error("{segment}: missing, {pictures} pictures have no vector")]
    SegmentMissing {
        /// The file's name.
        segment: String,
        /// Pictures that have their vector in it.
        pictures: u64,
    },
    /// A segment's bytes are not those that were written.
    #[error("{segment}: {what}; {pictures} pictures have no vector")]
    SegmentDamaged {
        /// The file's name.
        segment: String,
        /// What is wrong.
        what: String,
        /// Pictures that have their vector in it.
        pictures: u64,
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
    /// A vector in the catalogue with a wrong length or with elements that are no numbers.
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
