//! A request, as its handler takes it.

use crate::problem::{Kind, Problem};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::HeaderMap;
use lookalike::PictureId;

/// A request with the names in its address.
pub(crate) struct Call {
    path: Vec<(String, String)>,
    pub(crate) request: Request,
}

impl<S: Send + Sync> FromRequest<S> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let named = RawPathParams::from_request_parts(&mut parts, state).await;
        let named = named.map_err(|_| Problem::new(Kind::NotFound, "the address is not UTF-8"))?;
        let path = named.iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
        Ok(Self {
            path: path.collect(),
            request: Request::from_parts(parts, body),
        })
    }
}

impl Call {
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    pub(crate) fn query(&self) -> &str {
        self.request.uri().query().unwrap_or("")
    }

    /// The id of a picture in the address.
    pub(crate) fn id(&self, name: &str) -> Result<PictureId, Problem> {
        let found = self.path.iter().find(|(n, _)| n == name);
        let text = found.map_or("", |(_, value)| value.as_str());
        let missing = |_| Problem::new(Kind::NotFound, format!("{text:?} is no id of a picture"));
        text.parse().map_err(missing)
    }
}
