//! The description of the interface, as it is served.

use crate::answer::{self, Keep};
use crate::call::Call;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use std::sync::Arc;

/// The description, for programs and for people.
pub(crate) struct Docs {
    openapi: Tagged,
    readable: Tagged,
}

struct Tagged {
    bytes: Bytes,
    tag: String,
}

impl Docs {
    /// Of an OpenAPI document and a page in HTML.
    pub(crate) fn new(openapi: String, readable: String) -> Self {
        let tagged = |text: String| Tagged {
            tag: answer::tag(text.as_bytes()),
            bytes: text.into(),
        };
        Self {
            openapi: tagged(openapi),
            readable: tagged(readable),
        }
    }
}

/// `GET /openapi.json`.
pub(crate) async fn document(State(docs): State<Arc<Docs>>, call: Call) -> Response {
    docs.openapi.answered("application/json", call.headers())
}

/// `GET /docs`.
pub(crate) async fn readable(State(docs): State<Arc<Docs>>, call: Call) -> Response {
    docs.readable
        .answered("text/html; charset=utf-8", call.headers())
}

impl Tagged {
    fn answered(&self, kind: &'static str, asked: &HeaderMap) -> Response {
        let headers = answer::tagged(kind, &self.tag, Keep::Asking);
        match answer::has(asked, &self.tag) {
            true => answer::not_modified(headers),
            false => answer::bytes(headers, self.bytes.clone()),
        }
    }
}
