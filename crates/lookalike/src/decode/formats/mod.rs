//! The formats, a file each: what there is to say of it, and what reads it.

pub(super) mod bmp;
pub(super) mod gif;
pub(super) mod heif;
pub(super) mod jpeg;
mod jpeg_planes;
pub(super) mod jxl;
pub(super) mod png;
pub(super) mod pnm;
pub(super) mod psd;
pub(super) mod qoi;
pub(super) mod raw;
pub(super) mod tiff;
pub(super) mod unread;
pub(super) mod webp;
