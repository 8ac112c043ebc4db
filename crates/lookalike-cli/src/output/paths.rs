//! Paths on stdout, one a line.

use super::{Out, link};
use crate::options::Options;
use crate::place::Shown;
use anyhow::Result;
use lookalike::Source;
use std::io::Write;
use std::path::Path;

/// Prints a path as the bytes that it is, for other programs to read.
pub fn line(out: &mut Out, options: &Options, path: &Path) -> Result<()> {
    out.write_all(path.as_os_str().as_encoded_bytes())?;
    out.write_all(&[options.path_end])?;
    Ok(())
}

/// A picture for people, with its place in the file; where the terminal has links, one to the file.
pub fn name(options: &Options, shown: &Shown, source: &Source) -> String {
    let text = Source::new(shown.path(&source.path), source.place).to_string();
    let file = shown.file(&source.path).filter(|_| options.links);
    file.map_or(text.clone(), |file| link::to(&file, &text))
}

/// Prints a picture: for people with its place in the file, for other programs the path alone.
pub fn source(out: &mut Out, options: &Options, shown: &Shown, source: &Source) -> Result<()> {
    if options.terminal && (source.place.is_some() || options.links) {
        out.write_all(name(options, shown, source).as_bytes())?;
        out.write_all(&[options.path_end])?;
        return Ok(());
    }
    line(out, options, &shown.path(&source.path))
}

/// Prints a group of pictures, and an empty line behind.
pub fn group<'a>(
    out: &mut Out,
    options: &Options,
    shown: &Shown,
    sources: impl Iterator<Item = &'a Source>,
) -> Result<()> {
    for picture in sources {
        source(out, options, shown, picture)?;
    }
    out.write_all(&[options.path_end])?;
    Ok(())
}
