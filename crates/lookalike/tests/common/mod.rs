//! A folder with a library, and small pictures to put into it.
#![allow(dead_code)] // not every test file uses everything

use lookalike::{
    AskedSettings, Event, Hit, Library, Location, Part, Result, SearchOptions, Selection, Source,
    UpdateOptions, UpdateSummary,
};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A small picture with a few bright discs at places that depend on `seed`.
pub fn picture(seed: u64) -> Vec<u8> {
    let (width, height) = (72u64, 56u64);
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut next = |limit: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let discs: Vec<_> = (0..6)
        .map(|_| (next(width), next(height), 3 + next(8), 60 + next(190)))
        .collect();
    let mut bytes = format!("P6\n{width} {height}\n255\n").into_bytes();
    for y in 0..height {
        for x in 0..width {
            let lit = discs
                .iter()
                .filter(|(cx, cy, r, _)| x.abs_diff(*cx).pow(2) + y.abs_diff(*cy).pow(2) <= r * r);
            let value = lit.map(|disc| disc.3).max().unwrap_or(30) as u8;
            bytes.extend([value, value, value / 2]);
        }
    }
    bytes
}

/// A folder of pictures, removed at the end.
pub struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// With pictures `0.ppm` and so on.
    pub fn with_pictures(count: u64) -> Self {
        let folder = Self::new();
        for seed in 0..count {
            folder.write(format!("{seed}.ppm"), &picture(seed));
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    pub fn location(&self) -> Location {
        Location::inside(self.path())
    }

    /// Writes a file that looks an hour old, so that its time can be trusted.
    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) {
        self.write_aged(name, bytes, Duration::from_secs(3600));
    }

    pub fn write_aged(&self, name: impl AsRef<Path>, bytes: &[u8], age: Duration) {
        let path = self.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    pub fn library(&self) -> Library {
        open(&self.location())
    }

    /// Updates, and returns what was told, too.
    pub fn update(&self) -> (UpdateSummary, Vec<String>) {
        update(&self.library(), &options()).unwrap()
    }

    pub fn update_with(&self, selection: Selection) -> (UpdateSummary, Vec<String>) {
        let options = UpdateOptions {
            selection: Some(selection),
            ..options()
        };
        update(&self.library(), &options).unwrap()
    }

    /// The files found by the picture of this seed, best first.
    pub fn search(&self, seed: u64, top: usize) -> Vec<(String, f32)> {
        search(&self.library(), seed, top)
    }

    /// All files in the library.
    pub fn files(&self) -> Vec<String> {
        files(&self.library())
    }

    pub fn assert_whole(&self) {
        let report = Library::check(&self.location()).unwrap();
        assert!(report.is_whole(), "{:?}", report.findings);
    }
}

/// A library of all parts.
pub fn open(location: &Location) -> Library {
    let asked = AskedSettings {
        parts: Part::Vector.into(),
        ..AskedSettings::default()
    };
    Library::open_or_create(location, &asked).unwrap()
}

pub fn options() -> UpdateOptions<'static> {
    UpdateOptions {
        threads: 2,
        ..UpdateOptions::default()
    }
}

pub fn update(
    library: &Library,
    options: &UpdateOptions<'_>,
) -> Result<(UpdateSummary, Vec<String>)> {
    let mut told = Vec::new();
    let mut observer = |event: Event<'_>| match event {
        Event::Indexed { path } => told.push(format!("+ {}", path.display())),
        Event::Removed { path } => told.push(format!("- {}", path.display())),
        Event::Moved { from, to } => {
            told.push(format!("{} > {}", from.display(), to.display()));
        }
        Event::Failed {
            path,
            place,
            reason,
            ..
        } => {
            told.push(format!("! {}: {reason}", Source::new(path, place)));
        }
        _ => {}
    };
    let summary = library.update(options, &mut observer)?;
    told.sort();
    Ok((summary, told))
}

pub fn search(library: &Library, seed: u64, top: usize) -> Vec<(String, f32)> {
    hits(library, seed, top)
        .into_iter()
        .map(|hit| (hit.path.to_string_lossy().into_owned(), hit.score))
        .collect()
}

/// The hits of the picture of this seed by vector.
pub fn hits(library: &Library, seed: u64, top: usize) -> Vec<Hit> {
    let query = library
        .query_vector(Path::new("query"), &picture(seed), &1.into())
        .unwrap();
    let options = SearchOptions {
        top,
        ..SearchOptions::default()
    };
    library.search_vector(&query, &options).unwrap()
}

pub fn files(library: &Library) -> Vec<String> {
    let mut files = Vec::new();
    let mut each = |named: lookalike::NamedVector| {
        files.push(String::from_utf8_lossy(&named.name).into_owned());
        Ok(())
    };
    library.export(&mut each).unwrap();
    files
}
