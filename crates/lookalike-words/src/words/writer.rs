//! How a segment of visual words comes into being: from others.

use std::path::Path;

use bytemuck::cast_slice;

use super::fresh::FreshWords;
use super::picture::MAX_PICTURES;
use super::postings::{List, Postings, WORDS};
use super::segment::{FORMAT, WordsSegment};
use crate::{Error, Result};
use lookalike_store::{Living, SectionWriter, Segment};

/// Where pictures come from, or are looked for.
#[derive(Clone, Copy, Debug)]
pub enum WordSource<'a> {
    /// A file, and what is deleted in it.
    Segment(&'a Living<WordsSegment>),
    /// Memory.
    Fresh(&'a FreshWords),
}

impl<'a> WordSource<'a> {
    pub(super) fn postings(&self) -> Postings<'a> {
        match self {
            Self::Segment(living) => living.segment().postings(),
            Self::Fresh(fresh) => fresh.postings(),
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

    /// The list of a word, checked where it comes from a file.
    pub(super) fn list(&self, word: usize) -> Result<List<'a>> {
        match self {
            Self::Segment(living) => Ok(living.segment().list(word)?),
            Self::Fresh(fresh) => fresh.postings().list(word).ok_or(Error::Features {
                reason: "lists that contradict each other",
            }),
        }
    }
}

/// A picture on its way into the new segment.
#[derive(Clone, Copy)]
struct Kept {
    id: u64,
    source: usize,
    /// Its number there.
    picture: usize,
}

/// Writes a segment of the living pictures of all `sources`, and opens it. `label` says of which vocabulary the words are. Memory stays within some 40 bytes a picture,
/// however many features there are; damage in a source is noticed, not copied.
///
/// # Errors
/// [`lookalike_store::Error::Io`], [`lookalike_store::Error::Label`]; [`lookalike_store::Error::IdOrder`] where an id occurs twice;
/// [`Error::Features`] where there are more than [`MAX_PICTURES`]; [`lookalike_store::Error::Checksum`] where a
/// source is damaged.
pub fn write_words(path: &Path, label: &str, sources: &[WordSource<'_>]) -> Result<WordsSegment> {
    let postings: Vec<Postings<'_>> = sources.iter().map(WordSource::postings).collect();
    let kept = kept(sources, &postings)?;
    let mut out = SectionWriter::create(path, &FORMAT, label)?;
    let merge = Merge::new(sources, &postings, &kept);
    merge.write_tables(&mut out)?;
    merge.write_words(&mut out)?;
    let features = merge.write_lists(&mut out)?;
    out.finish([kept.len() as u64, features])?;
    let segment = WordsSegment::open(path)?;
    segment.release();
    Ok(segment)
}

/// The pictures to be kept, by id.
fn kept(sources: &[WordSource<'_>], postings: &[Postings<'_>]) -> Result<Vec<Kept>> {
    let mut kept: Vec<Kept> = Vec::new();
    for (source, postings) in postings.iter().enumerate() {
        let ids = postings.ids.iter().zip(0..);
        let living = ids.filter(|&(_, picture)| sources[source].is_alive(picture));
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

/// Sources and where their pictures go.
struct Merge<'a> {
    sources: &'a [WordSource<'a>],
    postings: &'a [Postings<'a>],
    kept: &'a [Kept],
    /// For each source and picture there, its number in the new segment.
    numbers: Vec<Vec<Option<u16>>>,
}

impl<'a> Merge<'a> {
    fn new(sources: &'a [WordSource<'a>], postings: &'a [Postings<'a>], kept: &'a [Kept]) -> Self {
        let mut numbers: Vec<Vec<Option<u16>>> =
            postings.iter().map(|p| vec![None; p.ids.len()]).collect();
        for (number, k) in kept.iter().enumerate() {
            numbers[k.source][k.picture] = Some(number as u16);
        }
        Self {
            sources,
            postings,
            kept,
            numbers,
        }
    }

    /// Writes what there is for each picture, and for each word.
    fn write_tables(&self, out: &mut SectionWriter) -> Result<()> {
        let ids: Vec<u64> = self.kept.iter().map(|k| k.id).collect();
        let mut sizes: Vec<[u16; 2]> = Vec::with_capacity(ids.len());
        let mut starts = vec![0u32];
        let mut checks: Vec<u32> = Vec::with_capacity(ids.len());
        for k in self.kept {
            // Gathering a picture also checks it.
            let picture = match &self.sources[k.source] {
                WordSource::Segment(living) => living.segment().picture(k.picture)?,
                WordSource::Fresh(fresh) => {
                    let picture = fresh.postings().picture(k.picture);
                    picture.ok_or(Error::Features {
                        reason: "lists that contradict each other",
                    })?
                }
            };
            sizes.push(picture.size);
            starts.push(starts[starts.len() - 1] + picture.features().len() as u32);
            checks.push(picture.checksum());
        }
        let mut offsets = vec![0u32];
        let mut list_checks: Vec<u32> = Vec::with_capacity(WORDS);
        for word in 0..WORDS {
            let list = self.list(word)?;
            offsets.push(offsets[word] + list.pictures.len() as u32);
            list_checks.push(list.as_list().checksum());
        }
        out.put_section(cast_slice(&ids))?;
        out.put_section(cast_slice(&sizes))?;
        out.put_section(cast_slice(&starts))?;
        out.put_section(cast_slice(&checks))?;
        out.put_section(cast_slice(&offsets))?;
        Ok(out.put_section(cast_slice(&list_checks))?)
    }

    /// Writes the words of each picture.
    fn write_words(&self, out: &mut SectionWriter) -> Result<()> {
        for k in self.kept {
            let postings = &self.postings[k.source];
            let start = postings.starts[k.picture] as usize;
            let length = postings.picture_length(k.picture);
            out.put(cast_slice(&postings.words[start..start + length]))?;
        }
        Ok(out.end_section()?)
    }

    /// Writes the lists, a section after the other; returns the number of features.
    fn write_lists(&self, out: &mut SectionWriter) -> Result<u64> {
        let parts: [fn(&OwnedList) -> &[u8]; 3] = [
            |list| cast_slice(&list.pictures),
            |list| cast_slice(&list.codes),
            |list| cast_slice(&list.places),
        ];
        let mut features = 0;
        for part in parts {
            features = 0;
            for word in 0..WORDS {
                let list = self.list(word)?;
                features += list.pictures.len() as u64;
                out.put(part(&list))?;
            }
            out.end_section()?;
        }
        Ok(features)
    }

    /// The list of a word in the new segment.
    fn list(&self, word: usize) -> Result<OwnedList> {
        let mut merged = OwnedList::default();
        for (source, numbers) in self.sources.iter().zip(&self.numbers) {
            let list = source.list(word)?;
            for (i, &picture) in list.pictures.iter().enumerate() {
                if let Some(number) = numbers.get(usize::from(picture)).copied().flatten() {
                    merged.pictures.push(number);
                    merged.codes.push(list.codes[i]);
                    merged.places.push(list.places[i]);
                }
            }
        }
        merged.sort();
        Ok(merged)
    }
}

/// A list that is being put together.
#[derive(Default)]
struct OwnedList {
    pictures: Vec<u16>,
    codes: Vec<u128>,
    places: Vec<u32>,
}

impl OwnedList {
    fn as_list(&self) -> List<'_> {
        List {
            pictures: &self.pictures,
            codes: &self.codes,
            places: &self.places,
        }
    }

    /// Sorts by picture. The ids of segments rarely interleave, so mostly there is nothing to do.
    fn sort(&mut self) {
        if self.pictures.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.pictures.len()).collect();
        order.sort_by_key(|&i| self.pictures[i]);
        self.pictures = order.iter().map(|&i| self.pictures[i]).collect();
        self.codes = order.iter().map(|&i| self.codes[i]).collect();
        self.places = order.iter().map(|&i| self.places[i]).collect();
    }
}
