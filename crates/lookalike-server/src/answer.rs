//! Answers: JSON, lines of JSON, bytes with a tag.

use crate::body::Held;
use crate::problem::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

const JSON: &str = "application/json";
pub(crate) const LINES: &str = "application/x-ndjson";

/// How a list is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One object with a list in it.
    Object,
    /// An object a line.
    Lines,
}

impl Form {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match accepts(headers, LINES) {
            true => Self::Lines,
            false => Self::Object,
        }
    }
}

/// Whether a client names this type among those that it takes.
pub(crate) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter();
    let mut kinds = values
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','));
    kinds.any(|entry| {
        let name = entry.split(';').next().unwrap_or("");
        name.trim().eq_ignore_ascii_case(kind)
    })
}

/// An object as JSON.
pub(crate) fn json(status: StatusCode, object: &impl Serialize) -> Result<Response, Problem> {
    let mut body = serde_json::to_vec(object).map_err(|e| Problem::internal(&e))?;
    body.push(b'\n');
    Ok(fresh(status, JSON, body))
}

/// An object a line.
pub(crate) fn lines(objects: &[impl Serialize]) -> Result<Response, Problem> {
    let mut body = Vec::new();
    write_lines(&mut body, objects)?;
    Ok(fresh(StatusCode::OK, LINES, body))
}

pub(crate) fn write_lines(out: &mut Vec<u8>, objects: &[impl Serialize]) -> Result<(), Problem> {
    for object in objects {
        serde_json::to_writer(&mut *out, object).map_err(|e| Problem::internal(&e))?;
        out.push(b'\n');
    }
    Ok(())
}

/// An answer that holds now, and is not kept.
pub(crate) fn fresh(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = (status, body.into()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// How long an answer with a tag may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For ever: what is under this address never changes.
    Forever,
    /// Until somebody asks whether it is still the same.
    Asking,
}

/// The headers of an answer with a tag; with those alone whoever has it already is answered.
pub(crate) fn tagged(kind: &'static str, tag: &str, keep: Keep) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(tag) = HeaderValue::try_from(format!("\"{tag}\"")) {
        headers.insert(header::ETAG, tag);
    }
    let keep = HeaderValue::from_static(match keep {
        Keep::Forever => "private, max-age=31536000, immutable",
        Keep::Asking => "no-cache",
    });
    headers.insert(header::CACHE_CONTROL, keep);
    headers
}

/// What names these bytes and no others.
pub(crate) fn tag(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

/// Whether the client has what goes by this tag.
pub(crate) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = values
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','));
    tags.any(|given| {
        let given = given.trim();
        let strong = given.strip_prefix("W/").unwrap_or(given);
        given == "*" || strong.trim_matches('"') == tag
    })
}

/// Bytes with their headers.
pub(crate) fn bytes(headers: HeaderMap, bytes: Bytes) -> Response {
    (headers, Body::from(bytes)).into_response()
}

/// Bytes that count as held until they are sent.
pub(crate) fn held(headers: HeaderMap, held: Held) -> Response {
    bytes(headers, Bytes::from_owner(held))
}

/// The client has it already.
pub(crate) fn not_modified(mut headers: HeaderMap) -> Response {
    headers.remove(header::CONTENT_TYPE);
    (StatusCode::NOT_MODIFIED, headers).into_response()
}
