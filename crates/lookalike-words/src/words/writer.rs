//! How a segment of visual words comes into being: from others.

use std::path::Path;

use bytemuck::cast_slice;

use super::fresh::FreshWords;
use super::layout::{Layout, MAX_PICTURES, Posting};
use super::picture::WordPicture;
use super::postings::{Postings, WORDS};
use super::segment::{FORMAT, IN_BLOCK, WordsSegment, check_of, row_length};
use crate::{Error, Result};
use lookalike_store::{Error as StoreError, Living, SectionWriter, Segment};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where pictures come from, or are looked for.
#[derive(Clone, Copy, Debug)]
pub enum WordSource<'a> {
    /// A file, and what is deleted in it.
    Segment(&'a Living<WordsSegment>),
    /// Memory.
    Fresh(&'a FreshWords),
}

impl<'a> WordSource<'a> {
    pub(super) fn ids(&self) -> &'a [u64] {
        match self {
            Self::Segment(living) => living.segment().ids(),
            Self::Fresh(fresh) => fresh.ids(),
        }
    }

    /// Whether a picture is not deleted.
    #[inline]
    pub(super) fn is_alive(&self, picture: usize) -> bool {
        match self {
            Self::Segment(living) => !living.is_dead(picture),
            Self::Fresh(_) => true,
        }
    }

    /// Number of features of a picture.
    fn length(&self, picture: usize) -> u32 {
        match self {
            Self::Segment(living) => living.segment().length(picture),
            Self::Fresh(fresh) => fresh.picture(picture).features().len() as u32,
        }
    }

    pub(super) fn picture(&self, picture: usize) -> Result<WordPicture> {
        match self {
            Self::Segment(living) => Ok(living.segment().picture(picture)?),
            Self::Fresh(fresh) => Ok(fresh.picture(picture).clone()),
        }
    }

    pub(super) fn postings(&self) -> Postings<'a> {
        match self {
            Self::Segment(living) => Postings::File(living.segment()),
            Self::Fresh(fresh) => Postings::Memory(fresh.tables()),
        }
    }
}

/// Writes a segment of the living pictures of all `sources`, and opens it. `label` says of which
/// vocabulary the words are. Memory stays within some 40 bytes a picture, and a few a word and bucket,
/// however many features there are; damage in a source is noticed, not copied.
///
/// # Errors
/// [`lookalike_store::Error::Io`], [`lookalike_store::Error::Label`], [`lookalike_store::Error::Stopped`];
/// [`lookalike_store::Error::IdOrder`] where an id occurs twice; [`Error::Features`] where there are more
/// than [`MAX_PICTURES`], or 2^32 features; [`lookalike_store::Error::Checksum`] where a source is damaged.
pub fn write_words(
    path: &Path,
    label: &str,
    sources: &[WordSource<'_>],
    stop: &AtomicBool,
) -> Result<WordsSegment> {
    let kept = kept(sources)?;
    let mut out = SectionWriter::create(path, &FORMAT, label)?;
    let features = Merge::new(sources, &kept, stop).write(&mut out)?;
    out.finish([kept.len() as u64, features])?;
    Ok(WordsSegment::open(path)?)
}

/// A picture on its way into the new segment.
#[derive(Clone, Copy)]
struct Kept {
    id: u64,
    source: usize,
    /// Its number there.
    picture: usize,
}

/// The pictures to be kept, by id.
fn kept(sources: &[WordSource<'_>]) -> Result<Vec<Kept>> {
    let mut kept: Vec<Kept> = Vec::new();
    for (source, from) in sources.iter().enumerate() {
        let ids = from.ids().iter().zip(0..);
        let living = ids.filter(|&(_, picture)| from.is_alive(picture));
        kept.extend(living.map(|(&id, picture)| Kept {
            id,
            source,
            picture,
        }));
    }
    kept.sort_by_key(|k| k.id);
    if let Some(pair) = kept.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(lookalike_store::Error::IdOrder {
            previous: pair[0].id,
            received: pair[1].id,
        }
        .into());
    }
    if kept.len() > MAX_PICTURES {
        return Err(Error::Features {
            reason: "too many pictures",
        });
    }
    Ok(kept)
}

/// Stands for a picture that is left out.
const GONE: u32 = u32::MAX;

/// Sources and where their pictures go.
struct Merge<'a> {
    sources: &'a [WordSource<'a>],
    kept: &'a [Kept],
    /// For each source and picture there, its number in the new segment, or [`GONE`].
    numbers: Vec<Vec<u32>>,
    stop: &'a AtomicBool,
}

impl<'a> Merge<'a> {
    fn new(sources: &'a [WordSource<'a>], kept: &'a [Kept], stop: &'a AtomicBool) -> Self {
        let gone = |source: &WordSource<'_>| vec![GONE; source.ids().len()];
        let mut numbers: Vec<Vec<u32>> = sources.iter().map(gone).collect();
        for (number, k) in kept.iter().enumerate() {
            numbers[k.source][k.picture] = number as u32;
        }
        Self {
            sources,
            kept,
            numbers,
            stop,
        }
    }

    /// Writes all sections; returns the number of features.
    fn write(&self, out: &mut SectionWriter) -> Result<u64> {
        let ids: Vec<u64> = self.kept.iter().map(|k| k.id).collect();
        out.put_section(cast_slice(&ids))?;
        let starts = self.starts()?;
        out.put_section(cast_slice(&starts))?;
        for (k, ends) in self.kept.iter().zip(starts.windows(2)) {
            self.go_on()?;
            let picture = self.sources[k.source].picture(k.picture)?;
            if picture.features().len() as u32 != ends[1] - ends[0] {
                return Err(contradiction());
            }
            out.put(&picture.to_bytes())?;
        }
        out.end_section()?;
        let features = u64::from(starts[self.kept.len()]);
        let layout = Layout::of(ids.len() as u64, features);
        let directory = self.write_postings(layout, features, out)?;
        out.put_section(cast_slice(&directory))?;
        Ok(features)
    }

    /// The number of features before each picture, and of all.
    fn starts(&self) -> Result<Vec<u32>> {
        let mut starts = vec![0u32];
        for k in self.kept {
            let length = self.sources[k.source].length(k.picture);
            let next = starts[starts.len() - 1].checked_add(length);
            starts.push(next.ok_or(Error::Features {
                reason: "too many features",
            })?);
        }
        Ok(starts)
    }

    /// Writes the lists; returns the directory.
    fn write_postings(
        &self,
        layout: Layout,
        features: u64,
        out: &mut SectionWriter,
    ) -> Result<Vec<u32>> {
        let mut directory = Vec::with_capacity(row_length(layout) * WORDS);
        let (mut list, mut block) = (Vec::new(), Vec::with_capacity(IN_BLOCK + 1));
        let mut written = 0;
        for word in 0..WORDS as u16 {
            self.go_on()?;
            self.list(word, &mut list)?;
            let row = directory.len();
            directory.resize(row + layout.buckets() + 1, written);
            for posting in &list {
                directory[row + layout.bucket(posting.bits) + 1] += 1;
                block.push(layout.pack(posting));
                if block.len() == IN_BLOCK {
                    put_block(&mut block, out)?;
                }
            }
            for bucket in row + 1..directory.len() {
                // Each holds its own number, beside what was written before.
                directory[bucket] += directory[bucket - 1] - written;
            }
            written += list.len() as u32;
            directory.push(check_of(&directory[row..]));
        }
        if u64::from(written) != features {
            return Err(contradiction());
        }
        if !block.is_empty() {
            put_block(&mut block, out)?;
        }
        out.end_section()?;
        Ok(directory)
    }

    /// The list of a word in the new segment.
    fn list(&self, word: u16, merged: &mut Vec<Posting>) -> Result<()> {
        merged.clear();
        for (source, numbers) in self.sources.iter().zip(&self.numbers) {
            let first = merged.len();
            source.postings().list(word, merged)?;
            for posting in &mut merged[first..] {
                let number = numbers.get(posting.picture as usize);
                posting.picture = *number.ok_or_else(contradiction)?;
            }
        }
        merged.retain(|posting| posting.picture != GONE);
        merged.sort_unstable();
        Ok(())
    }

    fn go_on(&self) -> Result<()> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(StoreError::Stopped.into()),
            false => Ok(()),
        }
    }
}

fn contradiction() -> Error {
    Error::Features {
        reason: "lists that contradict each other",
    }
}

/// Writes a block, filled up with zeros, with its checksum; leaves it empty.
fn put_block(block: &mut Vec<u32>, out: &mut SectionWriter) -> Result<()> {
    block.resize(IN_BLOCK, 0);
    block.push(check_of(block));
    out.put(cast_slice(block))?;
    block.clear();
    Ok(())
}
