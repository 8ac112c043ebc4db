//! Paths in JSON.

use crate::{Place, path_to_bytes};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Serialize, Serializer};
use std::path::Path;

/// A path: `path`, and where it is no UTF-8, `path_bytes` beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JsonPath {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl JsonPath {
    /// The text, and the bytes where the path is no UTF-8.
    pub fn into_parts(self) -> (String, Option<String>) {
        (self.path, self.path_bytes)
    }
}

impl From<&Path> for JsonPath {
    fn from(path: &Path) -> Self {
        let (path, path_bytes) = text_and_bytes(path);
        Self { path, path_bytes }
    }
}

/// Where in a file a picture is: `{"page":3}` or `{"frame":7}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonPlace(pub Place);

impl Serialize for JsonPlace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (what, number) = self.0.parts();
        serializer.collect_map([(what, number)])
    }
}

/// The path of a query in the same two forms: `query` and `query_bytes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JsonQuery {
    query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_bytes: Option<String>,
}

impl From<&Path> for JsonQuery {
    fn from(path: &Path) -> Self {
        let (query, query_bytes) = text_and_bytes(path);
        Self { query, query_bytes }
    }
}

fn text_and_bytes(path: &Path) -> (String, Option<String>) {
    let bytes = path_to_bytes(path);
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let bytes = error.as_bytes();
            let lossy = String::from_utf8_lossy(bytes).into_owned();
            (lossy, Some(BASE64_STANDARD.encode(bytes)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonPath, JsonPlace};
    use crate::Place;
    use std::path::Path;

    #[test]
    fn a_place_is_an_object() {
        let json = serde_json::to_string(&JsonPlace(Place::Page(3))).unwrap();
        assert_eq!(json, r#"{"page":3}"#);
    }

    #[test]
    fn a_path_is_text() {
        let json = serde_json::to_string(&JsonPath::from(Path::new("a/\u{fc}\n.jpg"))).unwrap();
        assert_eq!(json, "{\"path\":\"a/\u{fc}\\n.jpg\"}");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let path = crate::path_from_bytes(b"\xff.jpg");
        let json = serde_json::to_string(&JsonPath::from(&*path)).unwrap();
        assert_eq!(
            json,
            "{\"path\":\"\u{fffd}.jpg\",\"path_bytes\":\"/y5qcGc=\"}"
        );
    }
}
