//! Find a picture, and pictures like it, in your own collection.
//!
//! [`Library`] is a folder of pictures made searchable. [`Library::update`] brings it up to date
//! with the folder, [`Library::search`] asks it, [`Library::status`] and [`Library::check`] look
//! after it. [`Location`] says where a library is kept.
//!
//! One writer and any number of readers may use a library at a time, also from different
//! processes; readers never wait.

mod belonging;
mod catalogue;
mod check;
mod cluster;
mod content;
pub mod decode;
mod describe;
pub mod drawing;
mod error;
pub mod exchange;
pub mod json;
mod library;
mod location;
mod lock;
mod model;
mod part;
mod paths;
mod picture_id;
mod pictures;
mod query;
mod recall;
mod region;
mod root;
pub mod same;
mod search;
mod segments;
mod session;
mod settings;
mod snapshot;
mod status;
mod transfer;
pub mod trial;
mod update;
mod vector;
mod walk;

pub use check::{CheckReport, Finding, Repair};
pub use cluster::{Cluster, ClusterOptions, ClusterPicture, Clusters};
pub use content::ContentQuery;
pub use error::{Error, Result};
pub use library::Library;
pub use location::Location;
pub use model::{ModelRecord, ModelSource, Models};
pub use part::{Part, Parts};
pub use paths::{ShownPath, path_from_bytes, path_to_bytes};
pub use picture_id::PictureId;
pub use pictures::StoredPicture;
pub use query::{By, Query};
pub use recall::Recall;
pub use region::Region;
pub use search::{Hit, HitKind, SearchOptions};
pub use settings::{AskedSettings, LibraryKind, Profile, Settings};
pub use status::{FailedFile, GraphStatus, PartStatus, Status};
pub use transfer::{NamedVector, PictureRecords};
pub use update::{Event, Observer, Silent, UpdateOptions, UpdateSummary};
pub use vector::VectorExtractor;
pub use walk::Selection;

pub use lookalike_vision::{Algorithm, ChannelOrder};
