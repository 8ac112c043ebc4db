//! What every target that decodes pictures does.

use lookalike::decode::{
    DecodeError, DecodeOptions, Limits, Picture, decode_bytes, decode_places, places,
};
use std::ops::ControlFlow;

/// The larger side of what is decoded.
const SIDE: u32 = 64;

/// Decodes a file, and the other pictures in it: an error or pixels, within the limits. A decoder's panic is
/// caught where files are decoded, and is a finding here.
pub fn seen(bytes: &[u8]) {
    let options = DecodeOptions {
        max_side: Some(SIDE),
        limits: Limits {
            max_pixels: 1 << 20,
            max_memory: 256 << 20,
            ..Limits::default()
        },
        ..DecodeOptions::as_seen()
    };
    check(decode_bytes(bytes, &options));
    let places = places(bytes, &options.limits, 3);
    let places = &places[..places.len().min(3)];
    decode_places(bytes, places, &options, &mut |_, picture| {
        check(picture);
        ControlFlow::Continue(())
    });
}

fn check(picture: Result<Picture, DecodeError>) {
    match picture {
        Ok(picture) => {
            let pixels = u64::from(picture.width) * u64::from(picture.height);
            assert_eq!(picture.rgb.len() as u64, pixels * 3);
            assert!(picture.width.max(picture.height) <= SIDE);
        }
        Err(DecodeError::Panicked { format, reason }) => panic!("{format}: {reason}"),
        Err(_) => {}
    }
}
