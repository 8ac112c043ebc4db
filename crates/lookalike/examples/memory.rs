//! Searches a folder of pictures without a library on the disk:
//!
//! ```text
//! cargo run --release --example memory -- pictures/queries/two-dogs-darker.jpg pictures/library
//! ```

use lookalike::engine::Memory;
use lookalike::{By, Hit, Library, Location, SearchOptions, Settings, ShownPath, Threads};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(picture), Some(folder)) = (args.next(), args.next()) else {
        return Err("a picture and a folder are expected".into());
    };
    for hit in search(&picture, &folder)? {
        let path = ShownPath(&hit.path);
        println!("{:.3} {} {path}", hit.score, hit.kind.name());
    }
    Ok(())
}

/// What of a folder shows the same as a picture, and then what is like it.
fn search(picture: &Path, folder: &Path) -> Result<Vec<Hit>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push((entry.file_name().into(), fs::read(entry.path())?));
        }
    }
    let memory = Memory::new(&Settings::default(), files)?;
    // Where features leave a doubt, the pixels of the files decide.
    let location = Location::elsewhere("memory", Some(folder.into()));
    let library = Library::over(memory, &location)?;

    let (bytes, threads) = (fs::read(picture)?, Threads::default());
    let query = library.query_bytes(picture, &bytes, By::All, &threads)?;
    Ok(library.search(&query, &SearchOptions::default())?)
}

#[test]
fn a_copy_is_the_first_hit() {
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pictures");
    let folder = tempfile::tempdir().unwrap();
    for name in ["cat.jpg", "coffee.jpg", "two-dogs.jpg"] {
        fs::copy(
            pictures.join("library").join(name),
            folder.path().join(name),
        )
        .unwrap();
    }
    let query = pictures.join("queries/two-dogs-darker.jpg");
    let hits = search(&query, folder.path()).unwrap();
    assert_eq!(hits[0].path, Path::new("two-dogs.jpg"));
    assert_eq!(hits[0].kind.name(), "same");
}
