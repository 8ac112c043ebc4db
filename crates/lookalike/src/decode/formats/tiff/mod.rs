//! TIFF and its pages.

mod directory;
mod palette;

use image::codecs::tiff::TiffDecoder;

use crate::decode::format::{Codec, Each, Entry, Source};
use crate::decode::overlay::Overlay;
use crate::decode::pixels::Pixels;
use crate::decode::raster::{ImageCrate, Opened, Reading};
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits, Place};
use directory::File;

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
};

const CRATE: ImageCrate = ImageCrate {
    rounds: true,
    ..ImageCrate::opened_by(open)
};

fn open<'a>(reading: Reading<'a>) -> Opened<'a> {
    Ok(Box::new(TiffDecoder::new(reading.source)?))
}

struct Tiff;

impl Codec for Tiff {
    fn header(
        &self,
        format: Format,
        source: &mut dyn Source,
        limits: &Limits,
    ) -> Result<Header, DecodeError> {
        CRATE.header(format, source, limits)
    }

    fn decode(
        &self,
        format: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        decode(format, bytes, None, options)
    }

    fn places(&self, bytes: &[u8], _: &Limits, _: u32) -> Vec<Place> {
        let pages = File::new(bytes).map(File::pages).unwrap_or_default();
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
    let mut patches = Vec::new();
    let mut colours = None;
    if let Some(file) = File::new(bytes) {
        // The decoder begins with the page that the file calls the first.
        patches.extend(page.map(|page| (4, file.offset(page))));
        let page = match page {
            Some(page) => file.directory(page),
            None => file.first(),
        };
        if let Some((grey, palette)) = page.and_then(|page| palette::as_grey(file, &page)) {
            patches.push(grey);
            colours = Some(palette);
        }
    }
    let mut source = Overlay::new(bytes, patches);
    let (header, mut pixels) = CRATE.decode_from(format, &mut source, options)?;
    if let Some(palette) = colours {
        palette.colour(&mut pixels.rgb);
    }
    Ok((header, pixels))
}
