//! TIFF and its pages.

pub(in crate::decode) mod directory;
mod fax;
mod layout;
mod levels;
mod page;
mod unpack;

use std::io::{Read, SeekFrom};

use image::codecs::tiff::TiffDecoder;

use super::raw::{self, Raw};
use crate::decode::format::{Codec, Each, Entry, Many, Source};
use crate::decode::overlay::Overlay;
use crate::decode::pixels::Pixels;
use crate::decode::raster::{ImageCrate, Opened, Reading};
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits, Place};
use directory::File;
use layout::Layout;

pub(in crate::decode) static ENTRY: Entry = Entry {
    name: "TIFF",
    extensions: &["tif", "tiff"],
    media_type: "image/tiff",
    in_browsers: false,
    magic: |start| {
        matches!(
            start,
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..]
        )
    },
    is_sure: true,
    codec: Some(&Tiff),
    many: Some(&Tiff),
};

const CRATE: ImageCrate = ImageCrate {
    rounds: true,
    ..ImageCrate::opened_by(open)
};

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(TiffDecoder::new(reading.source)?))
}

struct Tiff;

/// Bytes within which a camera raw file says that it is one.
const SEEN_FIRST: u64 = 64 << 10;

impl Codec for Tiff {
    fn header(
        &self,
        format: Format,
        source: &mut dyn Source,
        limits: &Limits,
    ) -> Result<Header, DecodeError> {
        let mut start = Vec::new();
        (&mut *source).take(SEEN_FIRST).read_to_end(&mut start)?;
        source.seek(SeekFrom::Start(0))?;
        if File::new(&start).is_some_and(raw::is_raw)
            && let Ok(header) = Raw.header(format, source, limits)
        {
            return Ok(header);
        }
        source.seek(SeekFrom::Start(0))?;
        CRATE.header(format, source, limits).or_else(|error| {
            let mut bytes = Vec::new();
            source.seek(SeekFrom::Start(0))?;
            source.take(limits.max_file_bytes).read_to_end(&mut bytes)?;
            let first = File::new(&bytes).and_then(File::first);
            let layout = first.and_then(|first| Some((first, Layout::of(&first, format).ok()?)));
            let header = layout.map(|(first, layout)| page::header(&first, &layout, format));
            header.ok_or(error)
        })
    }

    fn decode(
        &self,
        format: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        // Camera raw files hold a small picture as a TIFF, and a larger one as a preview.
        if let Some(file) = File::new(bytes).filter(|file| raw::is_raw(*file)) {
            let preview = Raw.decode(format, bytes, options);
            let has_other = file.first().is_some_and(|first| first.is_plain());
            let has_none = matches!(preview, Err(DecodeError::UnsupportedFeature { .. }));
            if !has_none || !has_other {
                return preview;
            }
        }
        decode(format, bytes, None, options)
    }
}

impl Many for Tiff {
    fn places(&self, bytes: &[u8], _: &Limits, _: u32) -> Vec<Place> {
        let file = File::new(bytes).filter(|file| !raw::is_raw(*file));
        let pages = file.map(File::pages).unwrap_or_default();
        (1..=pages.len() as u32).map(Place::Page).collect()
    }

    fn decode_each(
        &self,
        format: Format,
        bytes: &[u8],
        places: &[Place],
        options: &DecodeOptions,
        each: Each<'_>,
    ) {
        let pages = File::new(bytes).map(File::pages).unwrap_or_default();
        for &place in places {
            let Place::Page(number) = place else { continue };
            if let Some(&page) = pages.get(number.wrapping_sub(1) as usize) {
                each(place, decode(format, bytes, Some(page), options));
            }
        }
    }
}

/// Decodes the page whose directory begins at `page`, else the first.
fn decode(
    format: Format,
    bytes: &[u8],
    page: Option<usize>,
    options: &DecodeOptions,
) -> Result<(Header, Pixels), DecodeError> {
    let Some(file) = File::new(bytes) else {
        return CRATE.decode(format, bytes, options);
    };
    let directory = match page {
        Some(page) => file.directory(page),
        None => file.first(),
    };
    let Some(directory) = directory else {
        return Err(DecodeError::Truncated { format });
    };
    let layout = Layout::of(&directory, format);
    let ours = |layout: &Layout| page::decode(file, &directory, layout, format, options);
    if let Ok(layout) = &layout
        && layout.is_unusual(&directory)
    {
        return ours(layout);
    }
    // The decoder begins with the page that the file calls the first.
    let patches = page.map(|page| (4, file.offset(page)));
    let mut source = Overlay::new(bytes, patches.into_iter().collect());
    match CRATE.decode_from(format, &mut source, options) {
        Err(error @ (DecodeError::Corrupt { .. } | DecodeError::UnsupportedFeature { .. })) => {
            layout.and_then(|layout| ours(&layout)).map_err(|_| error)
        }
        answer => answer,
    }
}
