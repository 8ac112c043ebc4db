//! A folder of pictures made searchable.

use crate::{
    CheckReport, FailedFile, Hit, LibraryKind, Location, NamedVector, Observer, Repair, Result,
    SearchOptions, Settings, Status, UpdateOptions, UpdateSummary,
};
use std::path::Path;

/// A library, open for reading; every method that writes takes the lock for as long as it runs.
#[derive(Debug)]
pub struct Library {
    location: Location,
    settings: Settings,
    kind: LibraryKind,
}

#[allow(clippy::todo)]
impl Library {
    /// Opens a library that exists.
    ///
    /// # Errors
    /// [`Error::NoLibrary`](crate::Error::NoLibrary) where there is none,
    /// [`Error::NewerFormat`](crate::Error::NewerFormat), and those of the system.
    pub fn open(_location: &Location) -> Result<Self> {
        todo!()
    }

    /// Opens a library, or makes it. `asked` is what the user asked for: where the library exists
    /// and was made otherwise, that is an error; settings that the user did not ask for are `None`.
    ///
    /// # Errors
    /// As [`open`](Self::open), [`Error::SettingDiffers`](crate::Error::SettingDiffers),
    /// [`Error::ReadOnly`](crate::Error::ReadOnly), [`Error::Root`](crate::Error::Root) where the
    /// folder of pictures is missing.
    pub fn open_or_create(_location: &Location, _asked: &AskedSettings) -> Result<Self> {
        todo!()
    }

    /// The folder that keeps the library.
    pub fn folder(&self) -> &Path {
        &self.location.library
    }

    /// The folder of pictures, to which all paths are relative; `None` in an imported library.
    pub fn root(&self) -> Option<&Path> {
        self.location.root.as_deref()
    }

    /// How its vectors are made.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// From a folder, or imported.
    pub fn kind(&self) -> LibraryKind {
        self.kind
    }

    /// Brings the library up to date with its folder.
    ///
    /// # Errors
    /// Where the library cannot be written ([`Error::Locked`](crate::Error::Locked), full disk,
    /// read-only), the folder of pictures is out of reach, or the library was imported. What was
    /// committed before stays. Files that cannot be read are no error, the observer is told.
    pub fn update(
        &mut self,
        options: &UpdateOptions<'_>,
        observer: &mut dyn Observer,
    ) -> Result<UpdateSummary> {
        crate::update::update(self, options, observer)
    }

    /// The files whose vectors are most like `vector`, best first, equal ones by path. Files of
    /// one content are a hit each. A vector of zeros, from a picture without keypoints, is like
    /// nothing.
    ///
    /// # Errors
    /// [`Error::VectorLength`](crate::Error::VectorLength), damage, and those of the system.
    pub fn search(&self, _vector: &[f32], _options: &SearchOptions) -> Result<Vec<Hit>> {
        todo!()
    }

    /// The vector of a query: the bytes of an encoded picture, decoded, turned as its EXIF says,
    /// reduced and described as the pictures of this library were. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Picture`](crate::Error::Picture) where the bytes are no picture that can be read.
    pub fn query_vector(&self, _name: &Path, _bytes: &[u8]) -> Result<Vec<f32>> {
        todo!()
    }

    /// What it holds and what that costs.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn status(&self) -> Result<Status> {
        todo!()
    }

    /// The files that could not be read, by path.
    ///
    /// # Errors
    /// Damage, and those of the system.
    pub fn failed_files(&self) -> Result<Vec<FailedFile>> {
        todo!()
    }

    /// Reads every byte of the library at `location` and reports what is wrong. It opens what
    /// [`open`](Self::open) refuses as damaged, too.
    ///
    /// # Errors
    /// Where there is no library, or the system cannot read it.
    pub fn check(_location: &Location) -> Result<CheckReport> {
        todo!()
    }

    /// Drops what is damaged, and only that; the next update makes it anew.
    ///
    /// # Errors
    /// Where there is no library, it is locked, or it cannot be written.
    pub fn repair(_location: &Location) -> Result<Repair> {
        todo!()
    }

    /// Calls `each` with every file's vector, by path. It stops at the first error of `each`.
    ///
    /// # Errors
    /// Damage, those of the system, those of `each`.
    pub fn export(&self, _each: &mut dyn FnMut(NamedVector) -> Result<()>) -> Result<()> {
        todo!()
    }

    /// Makes a library of vectors with names; names that come twice keep the last vector.
    ///
    /// # Errors
    /// [`Error::Exists`](crate::Error::Exists), [`Error::VectorLength`](crate::Error::VectorLength),
    /// where the library cannot be written, those of `vectors`. Nothing is left behind then.
    pub fn import(
        _location: &Location,
        _settings: &Settings,
        _vectors: &mut dyn Iterator<Item = Result<NamedVector>>,
    ) -> Result<Self> {
        todo!()
    }
}

/// The settings that a user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AskedSettings {
    /// See [`Settings::profile`].
    pub profile: Option<crate::Profile>,
    /// See [`Settings::algorithm`].
    pub algorithm: Option<crate::Algorithm>,
    /// See [`Settings::keypoints`].
    pub keypoints: Option<usize>,
}
