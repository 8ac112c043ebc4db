//! Pictures as small as pixels are compared.

use crate::decode::{DecodeOptions, Picture, Place, decode_path_at};
use lookalike_vision::dense::Thumbnail;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of a decoded picture, upright; `None` where it has no pixels.
pub(super) fn of_picture(picture: &Picture) -> Option<Arc<Thumbnail>> {
    let small = picture.reduced(Thumbnail::SIDE).ok()?;
    let (width, height) = (small.width as usize, small.height as usize);
    Thumbnail::from_rgb(width, height, &small.rgb)
        .ok()
        .map(Arc::new)
}

/// Of a picture at a place in files of which one can still be read.
pub(super) fn of_files(
    root: &Path,
    files: &[PathBuf],
    at: Option<Place>,
) -> Option<Arc<Thumbnail>> {
    let options = DecodeOptions {
        max_side: Some(Thumbnail::SIDE),
        ..DecodeOptions::as_seen()
    };
    let mut files = files.iter().map(|path| root.join(path));
    let picture = files.find_map(|file| decode_path_at(&file, at, &options).ok())?;
    of_picture(&picture)
}
