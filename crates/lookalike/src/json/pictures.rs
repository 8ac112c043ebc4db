//! Stored pictures in JSON.

use super::{JsonPath, JsonPlace, SCHEMA};
use crate::{PictureId, StoredPicture};
use serde::Serialize;
use std::fmt::Write;

/// A stored picture.
#[derive(Clone, Debug, Serialize)]
pub struct JsonPicture {
    schema: u32,
    picture: PictureId,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<JsonPlace>,
    hash: String,
    width: Option<u32>,
    height: Option<u32>,
    bytes: Option<u64>,
    format: Option<String>,
    files: Vec<JsonPath>,
}

impl From<&StoredPicture> for JsonPicture {
    fn from(picture: &StoredPicture) -> Self {
        let paths = picture.paths.iter();
        Self {
            schema: SCHEMA,
            picture: picture.id,
            place: picture.place.map(JsonPlace),
            hash: hex(&picture.hash),
            width: picture.size.map(|size| size.0),
            height: picture.size.map(|size| size.1),
            bytes: picture.bytes,
            format: picture.format.clone(),
            files: paths.map(|path| JsonPath::from(&**path)).collect(),
        }
    }
}

/// Bytes as hexadecimal digits, as the hash of a picture is shown.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
