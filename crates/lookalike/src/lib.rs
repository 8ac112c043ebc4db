//! Find a picture, and pictures like it, in your own collection.
//!
//! [`Library`] is a folder of pictures made searchable. [`Library::update`] brings it up to date
//! with the folder, [`Library::search`] asks it, [`Library::status`] and [`Library::check`] look
//! after it. [`Location`] says where a library is kept.
//!
//! ```no_run
//! use lookalike::{AskedSettings, By, Library, Location, SearchOptions, Silent, Threads, UpdateOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let location = Location::inside("photos");
//! let library = Library::open_or_create(&location, &AskedSettings::default())?;
//! library.update(&UpdateOptions::default(), &mut Silent)?;
//!
//! let picture = std::fs::read("cropped.jpg")?;
//! let query = library.query_bytes("cropped.jpg".as_ref(), &picture, By::All, &Threads::default())?;
//! for hit in library.search(&query, &SearchOptions::default())? {
//!     println!("{:.3} {} {}", hit.score, hit.kind.name(), hit.path.display());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! One writer and any number of readers may use a library at a time, from many threads and from
//! different processes; readers never wait. [`engine`] is what stands between searches and the files.
//!
//! Options are plain structs: begin with `..Default::default()`, for more may be added to them. Errors,
//! answers and the enums that may grow are `#[non_exhaustive]`.
//!
//! What is not needed to index and to search stands behind features, none of which is on by default:
//!
//! * `drawing`: what an explanation looks like, and in words
//! * `exchange`: vectors to and from Python's pickle and numpy's npz
//! * `json`: answers as the objects that the command line and the server give
//! * `jxl`: pictures in JPEG XL
//! * `models`: models of one's own, in ONNX; `ort` runs them in ONNX Runtime
//! * `tidy`: moving redundant files to the trash, and back
//! * `trial`: how much of modified copies a library finds

mod belonging;
mod candidates;
mod catalogue;
mod chance;
mod check;
mod cluster;
mod content;
mod copies;
pub mod decode;
mod describe;
#[cfg(feature = "drawing")]
pub mod drawing;
pub mod engine;
mod error;
#[cfg(feature = "exchange")]
pub mod exchange;
mod frame;
mod hit;
#[cfg(feature = "json")]
pub mod json;
mod judgements;
mod library;
mod likeness;
mod location;
mod lock;
mod model;
mod nearest;
mod nouns;
mod part;
mod paths;
mod picture_id;
mod pictures;
mod presence;
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
mod source;
mod status;
mod threads;
#[cfg(feature = "tidy")]
pub mod tidy;
mod transfer;
#[cfg(feature = "trial")]
pub mod trial;
mod update;
mod vector;
mod walk;

pub use check::{CheckReport, Finding, FormatFound, Repair};
pub use cluster::{Cluster, ClusterOptions, ClusterPicture, Clusters};
pub use content::ContentQuery;
pub use copies::{
    Choice, ChosenGroup, Fate, GroupFile, Keep, KeepOptions, Redundant, Stays, Why, redundant,
};
pub use decode::Place;
pub use error::{Error, Result};
pub use hit::{Hit, HitKind};
pub use judgements::{Judgement, Judgements, Saying};
pub use library::Library;
pub use location::Location;
pub use lookalike_embed::Error as EmbedError;
pub use lookalike_index::Recall;
pub use model::{ModelRecord, ModelSource, Models};
pub use part::{Part, Parts};
pub use paths::{ShownPath, path_from_bytes, path_to_bytes};
pub use picture_id::PictureId;
pub use pictures::{StoredPicture, hash_from_hex, hash_of};
pub use presence::{FolderPictures, Presence, PresenceOptions, pictures_in};
pub use query::{By, Query};
pub use recall::PartRecall;
pub use region::Region;
pub use search::SearchOptions;
pub use settings::{AskedSettings, LibraryKind, Profile, Settings};
pub use source::Source;
pub use status::{FailedFile, GraphStatus, PartStatus, Status};
pub use threads::Threads;
pub use transfer::{NamedVector, PictureRecords};
pub use update::{Event, Observer, Silent, UpdateOptions, UpdateSummary};
pub use vector::VectorExtractor;
pub use walk::{PassedOver, Selection};

pub use lookalike_vision::{Algorithm, ChannelOrder};
