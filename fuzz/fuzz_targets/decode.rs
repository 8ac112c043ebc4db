//! Any bytes as a picture: an error or pixels, within the limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike::decode::{DecodeOptions, Limits, decode_bytes};

fuzz_target!(|bytes: &[u8]| {
    let options = DecodeOptions {
        max_side: Some(64),
        limits: Limits {
            max_pixels: 1 << 20,
            ..Limits::default()
        },
        ..DecodeOptions::as_seen()
    };
    if let Ok(picture) = decode_bytes(bytes, &options) {
        let pixels = u64::from(picture.width) * u64::from(picture.height);
        assert_eq!(picture.rgb.len() as u64, pixels * 3);
        assert!(picture.width.max(picture.height) <= 64);
    }
});
