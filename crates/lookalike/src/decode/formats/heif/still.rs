//! The picture of a HEIF file: its primary item, decoded or put together of others.

use std::cell::Cell;
use std::io::{Read, SeekFrom};
use std::ops::Range;

use heifer_isobmff::boxes::{ColorInfo, Property};
use heifer_isobmff::{Error, FourCC, HeifFile, ItemId};
use image::ColorType;
use image::metadata::Orientation;

use super::planes::Planes;
use super::transform::Transform;
use crate::decode::format::{Codec, Source};
use crate::decode::pixels::{self, Conversion, Pixels};
use crate::decode::profile::Profile;
use crate::decode::{DecodeError, DecodeOptions, Format, Header, Limits, error, orient};

/// Pictures are put together of others that are put together, and so on, so often.
const MAX_DEPTH: u32 = 4;
/// All items together are decoded up to so many times the pixels that a picture may have.
const MOST_PIXELS: u64 = 2;
/// About how many bytes decoding takes for each pixel.
const BYTES_A_PIXEL: u64 = 8;
/// Most bytes of the box that describes the items.
const MAX_DESCRIPTION: u64 = 64 << 20;

/// Reads HEIC and AVIF.
pub(super) struct Heif;

impl Codec for Heif {
    fn header(
        &self,
        format: Format,
        source: &mut dyn Source,
        limits: &Limits,
    ) -> Result<Header, DecodeError> {
        let description = description(source)?;
        let header = || {
            let still = Still::new(&description, limits)?;
            still.header(format)
        };
        header().map_err(|refusal: Refusal| refusal.explain(format, limits))
    }

    fn decode(
        &self,
        format: Format,
        bytes: &[u8],
        options: &DecodeOptions,
    ) -> Result<(Header, Pixels), DecodeError> {
        let limits = &options.limits;
        let decode = || {
            let still = Still::new(bytes, limits)?;
            let (canvas, orientation) = still.primary()?;
            let header = Header {
                format,
                width: canvas.width as u32,
                height: canvas.height as u32,
                orientation,
            };
            let pixels = Pixels {
                profile: still.profile(),
                ..canvas.into_pixels(options.blend)
            };
            Ok((header, pixels))
        };
        decode().map_err(|refusal: Refusal| refusal.explain(format, limits))
    }
}

/// The boxes of a file that say what is in it, without the data.
fn description(source: &mut dyn Source) -> Result<Vec<u8>, DecodeError> {
    let mut description = Vec::new();
    let mut start = Vec::with_capacity(16);
    loop {
        start.clear();
        (&mut *source).take(8).read_to_end(&mut start)?;
        let Some((&length, kind)) = start.split_first_chunk::<4>() else {
            return Ok(description);
        };
        let kind: [u8; 4] = kind.try_into().unwrap_or_default();
        let mut length = u64::from(u32::from_be_bytes(length));
        if length == 1 {
            (&mut *source).take(8).read_to_end(&mut start)?;
            length = start
                .get(8..)
                .and_then(|b| b.try_into().ok())
                .map_or(0, u64::from_be_bytes);
        }
        // The last box may go on to the end of the file.
        let rest = match length {
            0 => u64::MAX,
            length => length.saturating_sub(start.len() as u64),
        };
        if matches!(&kind, b"ftyp" | b"meta") {
            description.append(&mut start);
            (&mut *source)
                .take(rest.min(MAX_DESCRIPTION))
                .read_to_end(&mut description)?;
            continue;
        }
        let Ok(rest) = i64::try_from(rest) else {
            return Ok(description);
        };
        if source.seek(SeekFrom::Current(rest)).is_err() {
            return Ok(description);
        }
    }
}

/// Why there is no picture.
pub(super) enum Refusal {
    Truncated,
    Corrupt(String),
    Unsupported(String),
    TooMuchMemory,
    Limit(DecodeError),
}

impl Refusal {
    fn explain(self, format: Format, limits: &Limits) -> DecodeError {
        match self {
            Self::Truncated => DecodeError::Truncated { format },
            Self::Corrupt(reason) => DecodeError::Corrupt {
                format,
                reason: error::one_line(reason),
            },
            Self::Unsupported(reason) => DecodeError::UnsupportedFeature {
                format,
                reason: error::one_line(reason),
            },
            Self::TooMuchMemory => DecodeError::TooMuchMemory {
                format,
                limit: limits.max_memory,
            },
            Self::Limit(error) => error,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::UnexpectedEof => Self::Truncated,
            Error::MissingBox(kind) if kind == FourCC(*b"meta") => {
                Self::Unsupported("a sequence without a still picture".into())
            }
            Error::Unimplemented(what) => Self::Unsupported(what.to_owned()),
            other => Self::Corrupt(other.to_string()),
        }
    }
}

type Result<T, E = Refusal> = std::result::Result<T, E>;

/// Pixels that are being put together.
struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    /// A byte for each pixel, where not all are opaque.
    alpha: Option<Vec<u8>>,
}

impl Canvas {
    fn into_pixels(self, blend: bool) -> Pixels {
        let (width, height) = (self.width as u32, self.height as u32);
        let rgb = match self.alpha {
            Some(alpha) if blend => {
                let pixels = self.rgb.as_chunks::<3>().0.iter().zip(alpha);
                let rgba = pixels.flat_map(|(&[r, g, b], alpha)| [r, g, b, alpha]);
                let how = Conversion {
                    blend,
                    ..Conversion::default()
                };
                pixels::to_rgb(rgba.collect(), ColorType::Rgba8, how).unwrap_or_default()
            }
            _ => self.rgb,
        };
        Pixels::whole(width, height, rgb)
    }

    /// The part of it that is shown.
    fn cut(self, [left, top, width, height]: [u32; 4]) -> Self {
        let [left, top, width, height] = [left, top, width, height].map(|n| n as usize);
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let part = |samples: &[u8], each: usize| {
            let rows = samples
                .chunks_exact(self.width * each)
                .skip(top)
                .take(height);
            let rows = rows.flat_map(|row| &row[left * each..(left + width) * each]);
            rows.copied().collect()
        };
        Self {
            width,
            height,
            rgb: part(&self.rgb, 3),
            alpha: self.alpha.as_deref().map(|alpha| part(alpha, 1)),
        }
    }

    fn upright(self, orientation: Orientation) -> Self {
        if orientation == Orientation::NoTransforms {
            return self;
        }
        let turned = |rgb| {
            let (width, height) = (self.width as u32, self.height as u32);
            orient::upright(Pixels::whole(width, height, rgb), orientation)
        };
        let alpha = self.alpha.map(|alpha| {
            let repeated = alpha.iter().flat_map(|&alpha| [alpha; 3]).collect();
            turned(repeated).rgb.iter().copied().step_by(3).collect()
        });
        let pixels = turned(self.rgb);
        Self {
            width: pixels.width as usize,
            height: pixels.height as usize,
            rgb: pixels.rgb,
            alpha,
        }
    }

    /// Lays a picture on it, with its upper left corner here; what lies outside is cut. It is blended with
    /// what is there, or takes its place.
    fn draw(&mut self, picture: &Self, (left, top): (i64, i64), blend: bool) {
        let skipped = usize::try_from(-left).unwrap_or(0);
        let x = usize::try_from(left).unwrap_or(0);
        let width = picture.width.saturating_sub(skipped);
        let width = width.min(self.width.saturating_sub(x));
        for (row, y) in (top..self.height as i64).enumerate().take(picture.height) {
            let Ok(y) = usize::try_from(y) else { continue };
            let from = row * picture.width + skipped;
            let to = y * self.width + x;
            match blend {
                true => self.blend(picture, from..from + width, to..to + width),
                false => self.copy(picture, from..from + width, to..to + width),
            }
        }
    }

    fn copy(&mut self, picture: &Self, from: Range<usize>, to: Range<usize>) {
        let new = &picture.rgb[from.start * 3..from.end * 3];
        self.rgb[to.start * 3..to.end * 3].copy_from_slice(new);
        if let Some(alpha) = &mut self.alpha {
            match &picture.alpha {
                Some(new) => alpha[to].copy_from_slice(&new[from]),
                None => alpha[to].fill(255),
            }
        }
    }

    fn blend(&mut self, picture: &Self, from: Range<usize>, to: Range<usize>) {
        let Some(cover) = picture.alpha.as_ref().map(|alpha| &alpha[from.clone()]) else {
            return self.copy(picture, from, to);
        };
        let new = &picture.rgb[from.start * 3..from.end * 3];
        let old = &mut self.rgb[to.start * 3..to.end * 3];
        let pixels = old.as_chunks_mut::<3>().0.iter_mut();
        for ((old, new), &cover) in pixels.zip(new.as_chunks::<3>().0).zip(cover) {
            let cover = u32::from(cover);
            for (old, &new) in old.iter_mut().zip(new) {
                let sum = u32::from(new) * cover + u32::from(*old) * (255 - cover);
                *old = ((sum + 127) / 255) as u8;
            }
        }
        let below = self.alpha.as_mut().map(|alpha| &mut alpha[to]);
        for (below, &cover) in below.into_iter().flatten().zip(cover) {
            let open = u32::from(255 - *below) * u32::from(255 - cover);
            *below = 255 - (open / 255) as u8;
        }
    }
}

/// A file whose picture is wanted.
struct Still<'a> {
    file: HeifFile<'a>,
    limits: &'a Limits,
    /// Pixels that may still be decoded.
    left: Cell<u64>,
}

/// Matrix and range of colours, where the container says them.
type Colours = Option<(u16, bool)>;

impl<'a> Still<'a> {
    fn new(bytes: &'a [u8], limits: &'a Limits) -> Result<Self> {
        Ok(Self {
            file: HeifFile::parse(bytes)?,
            limits,
            left: Cell::new(limits.max_pixels.saturating_mul(MOST_PIXELS)),
        })
    }

    /// What is said of the picture before the pixels.
    fn header(&self, format: Format) -> Result<Header> {
        let id = self.file.primary_id;
        let size = match self.file.image_size(id)? {
            Some(size) => size,
            None => {
                let grid = self.file.grid(id)?;
                (grid.output_width, grid.output_height)
            }
        };
        let transform = Transform::of(self.file.item_properties(id)?, size);
        let [_, _, width, height] = transform.part;
        Ok(Header {
            format,
            width,
            height,
            orientation: transform.orientation,
        })
    }

    /// The primary picture, cut, and how it is turned.
    fn primary(&self) -> Result<(Canvas, Orientation)> {
        let id = self.file.primary_id;
        if let Some((width, height)) = self.file.image_size(id)? {
            self.check(width, height)?;
        }
        let canvas = self.composed(id, None, 0)?;
        let transform = self.transform(id, &canvas)?;
        Ok((canvas.cut(transform.part), transform.orientation))
    }

    /// What is said of the colours of the primary picture, or of its first part.
    fn profile(&self) -> Option<Profile> {
        let id = self.file.primary_id;
        if let Ok(Some(icc)) = self.file.icc_profile(id) {
            return Some(Profile::Icc(icc.to_vec()));
        }
        let first = self.file.referenced_items(id, b"dimg").first().copied();
        [Some(id), first].into_iter().flatten().find_map(|id| {
            let mut properties = self.file.item_properties(id).ok()?;
            properties.find_map(|property| match *property {
                Property::Color(ColorInfo::Nclx {
                    primaries,
                    transfer,
                    ..
                }) => Some(Profile::Coded(primaries as u8, transfer as u8)),
                _ => None,
            })
        })
    }

    fn transform(&self, id: ItemId, canvas: &Canvas) -> Result<Transform> {
        let size = (canvas.width as u32, canvas.height as u32);
        Ok(Transform::of(self.file.item_properties(id)?, size))
    }

    /// Refuses what is too large before memory is spent on it.
    fn check(&self, width: u32, height: u32) -> Result<()> {
        if width == 0 || height == 0 {
            return Err(Refusal::Corrupt(format!("{width} x {height} pixels")));
        }
        self.limits.check(width, height).map_err(Refusal::Limit)?;
        match u64::from(width) * u64::from(height) * BYTES_A_PIXEL > self.limits.max_memory {
            true => Err(Refusal::TooMuchMemory),
            false => Ok(()),
        }
    }

    /// An item as it is shown, for another of which it is a part.
    fn shown(&self, id: ItemId, colours: Colours, depth: u32) -> Result<Canvas> {
        let canvas = self.composed(id, colours, depth)?;
        let transform = self.transform(id, &canvas)?;
        Ok(canvas.cut(transform.part).upright(transform.orientation))
    }

    /// An item as it is before it is cut and turned. What it does not say of its colours is said by the
    /// one of which it is a part.
    fn composed(&self, id: ItemId, colours: Colours, depth: u32) -> Result<Canvas> {
        if depth > MAX_DEPTH {
            return Err(Refusal::Corrupt("pictures nested too deeply".into()));
        }
        let colours = self.colours(id)?.or(colours);
        let inputs = self.file.referenced_items(id, b"dimg");
        let mut canvas = match &self.file.item(id)?.item_type.0 {
            b"grid" => self.grid(id, inputs, colours, depth)?,
            b"iovl" => self.overlay(id, inputs, colours, depth)?,
            b"iden" => match inputs {
                [input] => self.shown(*input, colours, depth + 1)?,
                _ => return Err(Refusal::Corrupt("a copy of nothing".into())),
            },
            kind => self.coded(id, kind, colours)?,
        };
        let auxiliary = self.file.referencing_items(id, b"auxl");
        let alpha = auxiliary.into_iter().find(|&id| self.is_alpha(id));
        if let Some(alpha) = alpha {
            let alpha = self.composed(alpha, None, depth + 1)?;
            let (width, height) = (canvas.width, canvas.height);
            let row = |y: usize| y * alpha.height / height * alpha.width;
            let of_row = |y: usize| (0..width).map(move |x| (row(y) + x * alpha.width / width) * 3);
            let places = (0..height).flat_map(of_row);
            canvas.alpha = Some(places.map(|at| alpha.rgb[at]).collect());
        }
        Ok(canvas)
    }

    fn is_alpha(&self, id: ItemId) -> bool {
        const KINDS: [&str; 2] = [
            "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
            "urn:mpeg:hevc:2015:auxid:1",
        ];
        self.file.item_properties(id).is_ok_and(|mut properties| {
            properties.any(
                |p| matches!(p, Property::AuxiliaryType(kind) if KINDS.contains(&kind.as_str())),
            )
        })
    }

    fn colours(&self, id: ItemId) -> Result<Colours> {
        let mut properties = self.file.item_properties(id)?;
        Ok(properties.find_map(|property| match property {
            Property::Color(ColorInfo::Nclx {
                matrix, full_range, ..
            }) => Some((*matrix, *full_range)),
            _ => None,
        }))
    }

    fn coded(&self, id: ItemId, kind: &[u8; 4], colours: Colours) -> Result<Canvas> {
        let size = self.file.image_size(id)?;
        if let Some((width, height)) = size {
            self.check(width, height)?;
        }
        let most = self.left.get().min(self.limits.max_pixels);
        if most == 0 {
            return Err(Refusal::Corrupt("its parts are decoded too often".into()));
        }
        let mut planes = self.planes(id, kind, most)?;
        if !planes.is_whole() {
            return Err(Refusal::Corrupt("planes without samples".into()));
        }
        (planes.matrix, planes.full_range) = colours.unwrap_or((planes.matrix, planes.full_range));
        let (width, height) = (planes.widths[0], planes.heights[0]);
        let decoded = width as u64 * height as u64;
        self.left.set(self.left.get().saturating_sub(decoded));
        // What is coded beyond the size of the item is filling.
        let (width, height) = size.map_or((width, height), |(w, h)| {
            (width.min(w as usize), height.min(h as usize))
        });
        Ok(Canvas {
            width,
            height,
            rgb: planes.to_rgb(width, height),
            alpha: None,
        })
    }

    fn planes(&self, id: ItemId, kind: &[u8; 4], most: u64) -> Result<Planes> {
        match kind {
            #[cfg(feature = "heic")]
            b"hvc1" | b"hev1" => super::hevc::decode(&self.file.hevc_bitstream(id)?, most),
            #[cfg(feature = "avif")]
            b"av01" => super::av1::decode(self.file.item_data(id)?.into_owned(), most),
            kind => {
                let kind = FourCC(*kind);
                Err(Refusal::Unsupported(format!("items coded as {kind}")))
            }
        }
    }

    fn grid(&self, id: ItemId, tiles: &[ItemId], colours: Colours, depth: u32) -> Result<Canvas> {
        let grid = self.file.grid(id)?;
        let (columns, rows) = (usize::from(grid.columns), usize::from(grid.rows));
        if tiles.len() != columns * rows || tiles.is_empty() {
            return Err(Refusal::Corrupt("a grid of other tiles than it has".into()));
        }
        let mut canvas = self.blank(grid.output_width, grid.output_height)?;
        let mut size = None;
        for (i, &tile) in tiles.iter().enumerate() {
            let tile = self.shown(tile, colours, depth + 1)?;
            let (width, height) = *size.get_or_insert((tile.width, tile.height));
            if (tile.width, tile.height) != (width, height) {
                return Err(Refusal::Corrupt("a grid of tiles of several sizes".into()));
            }
            // No tile may lie outside, so that their number is bounded by the picture's size.
            let (left, top) = (i % columns * width, i / columns * height);
            if left >= canvas.width || top >= canvas.height {
                return Err(Refusal::Corrupt("a grid with tiles outside of it".into()));
            }
            if tile.alpha.is_some() && canvas.alpha.is_none() {
                canvas.alpha = Some(vec![255; canvas.width * canvas.height]);
            }
            canvas.draw(&tile, (left as i64, top as i64), false);
        }
        Ok(canvas)
    }

    fn overlay(
        &self,
        id: ItemId,
        inputs: &[ItemId],
        colours: Colours,
        depth: u32,
    ) -> Result<Canvas> {
        let data = self.file.item_data(id)?;
        let mut fields = Fields(&data);
        let [_version, flags] = fields.take()?;
        let fill: [u8; 8] = fields.take()?;
        let wide = flags & 1 != 0;
        let mut canvas = self.blank(fields.length(wide)?, fields.length(wide)?)?;
        // Colours of 16 bits each.
        let [red, _, green, _, blue, _, alpha, _] = fill;
        canvas.rgb = [red, green, blue].repeat(canvas.width * canvas.height);
        canvas.alpha = (alpha < 255).then(|| vec![alpha; canvas.width * canvas.height]);
        for &input in inputs {
            let corner = (fields.offset(wide)?, fields.offset(wide)?);
            let picture = self.shown(input, colours, depth + 1)?;
            canvas.draw(&picture, corner, true);
        }
        Ok(canvas)
    }

    fn blank(&self, width: u32, height: u32) -> Result<Canvas> {
        self.check(width, height)?;
        let (width, height) = (width as usize, height as usize);
        Ok(Canvas {
            width,
            height,
            rgb: vec![0; width * height * 3],
            alpha: None,
        })
    }
}

/// The numbers of an item's data, one after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Refusal::Truncated)?;
        self.0 = rest;
        Ok(*bytes)
    }

    fn length(&mut self, wide: bool) -> Result<u32> {
        match wide {
            true => self.take().map(u32::from_be_bytes),
            false => self.take().map(|bytes| u16::from_be_bytes(bytes).into()),
        }
    }

    fn offset(&mut self, wide: bool) -> Result<i64> {
        match wide {
            true => self.take().map(|bytes| i32::from_be_bytes(bytes).into()),
            false => self.take().map(|bytes| i16::from_be_bytes(bytes).into()),
        }
    }
}
