//! What goes wrong, as RFC 9457 wants it told.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lookalike::PictureId;
use serde::Serialize;
use std::fmt;

/// An answer that is an error. Its detail is for people, and names no file outside of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) detail: String,
    /// What the operator should know, and nobody else.
    pub(crate) cause: Option<String>,
}

/// Goes with the response to where requests are logged.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub(crate) String);

/// What kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    Unauthorized,
    CrossOrigin,
    ReadOnly,
    UrlRefused,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    Exists,
    Changed,
    NotKept,
    TooLarge,
    WrongHost,
    Unreadable,
    TooManyPixels,
    LeftOut,
    Internal,
    UrlFailed,
    Busy,
    Overdue,
    Locked,
    Stopping,
    DiskFull,
}

impl Kind {
    /// All of them, as the documentation lists them.
    pub(crate) const ALL: [Self; 23] = [
        Self::BadRequest,
        Self::Unauthorized,
        Self::CrossOrigin,
        Self::ReadOnly,
        Self::UrlRefused,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooSlow,
        Self::Exists,
        Self::Changed,
        Self::NotKept,
        Self::TooLarge,
        Self::WrongHost,
        Self::Unreadable,
        Self::TooManyPixels,
        Self::LeftOut,
        Self::Internal,
        Self::UrlFailed,
        Self::Busy,
        Self::Overdue,
        Self::Locked,
        Self::Stopping,
        Self::DiskFull,
    ];

    fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::BadRequest => (400, "bad-request", "The request is not as it must be"),
            Self::Unauthorized => (401, "unauthorized", "The token is missing or wrong"),
            Self::CrossOrigin => (403, "cross-origin", "Another site asked for this"),
            Self::ReadOnly => (403, "read-only", "Nothing can be changed here"),
            Self::UrlRefused => (403, "url-refused", "This address is not fetched"),
            Self::NotFound => (404, "not-found", "There is no such thing"),
            Self::MethodNotAllowed => (405, "method", "This method is not for this address"),
            Self::TooSlow => (408, "too-slow", "The request came too slowly"),
            Self::Exists => (409, "exists", "There is a file already"),
            Self::Changed => (409, "changed", "The file has changed since it was indexed"),
            Self::NotKept => (409, "not-kept", "The library keeps nothing to answer this"),
            Self::TooLarge => (413, "too-large", "The body is too large"),
            Self::WrongHost => (421, "wrong-host", "The server is not known by this name"),
            Self::Unreadable => (422, "unreadable", "This is no picture that can be read"),
            Self::TooManyPixels => (422, "too-many-pixels", "The picture has too many pixels"),
            Self::LeftOut => (422, "left-out", "The library leaves out files of this name"),
            Self::Internal => (500, "internal", "The server failed"),
            Self::UrlFailed => (502, "url-failed", "The address could not be fetched"),
            Self::Busy => (503, "busy", "There is too much to do just now"),
            Self::Overdue => (503, "overdue", "The answer took too long"),
            Self::Locked => (503, "locked", "Another program is writing to the library"),
            Self::Stopping => (503, "stopping", "The server is about to end"),
            Self::DiskFull => (507, "disk-full", "The disk is full"),
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Its name, which does not change.
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    pub(crate) fn title(self) -> &'static str {
        self.row().2
    }

    /// Seconds after which it is worth another try.
    fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::Busy | Self::Stopping => Some("1"),
            Self::Overdue | Self::Locked => Some("5"),
            _ => None,
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            cause: None,
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, detail)
    }

    pub(crate) fn no_picture(id: PictureId) -> Self {
        Self::new(Kind::NotFound, format!("the library has no picture {id}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.title(), self.detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            r#type: format!("/docs#problem-{}", self.kind.name()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
        };
        // Strings and a number always serialise.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.kind.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if self.kind == Kind::Unauthorized {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        // What was not read of the body may be long: the connection is not worth keeping.
        if matches!(self.kind, Kind::TooLarge | Kind::TooSlow) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(Cause(cause));
        }
        response
    }
}

impl From<lookalike::Error> for Problem {
    fn from(error: lookalike::Error) -> Self {
        use lookalike::{EmbedError, Error as E};
        match error {
            E::Picture { reason, .. } => Self::new(Kind::Unreadable, reason),
            E::Decode(reason) => reason.into(),
            E::Region { .. } | E::Setting { .. } | E::EmptyQuery => {
                Self::bad_request(error.to_string())
            }
            E::NoPart { part, .. } => Self::new(
                Kind::NotKept,
                format!("this library keeps no {part} of its pictures"),
            ),
            E::Embed(
                error @ (EmbedError::UnknownWords { .. }
                | EmbedError::NoNoun
                | EmbedError::LongText { .. }),
            ) => Self::bad_request(error.to_string()),
            E::Embed(error) => Self::new(Kind::NotKept, error.to_string()),
            E::Locked { .. } => Self::new(Kind::Locked, "try again when it has finished"),
            E::Imported { .. } => Self::new(
                Kind::ReadOnly,
                "this library was imported, it has no folder of pictures",
            ),
            E::ReadOnly { .. } => Self::new(Kind::ReadOnly, "the library's disk is read-only"),
            E::DiskFull { .. } => Self::new(Kind::DiskFull, "nothing was changed"),
            // The others name files of the server, which are the operator's business.
            other => Self::internal(&other),
        }
    }
}

impl From<lookalike::decode::DecodeError> for Problem {
    fn from(error: lookalike::decode::DecodeError) -> Self {
        let kind = match error {
            lookalike::decode::DecodeError::TooLarge { .. } => Kind::TooManyPixels,
            _ => Kind::Unreadable,
        };
        Self::new(kind, error.to_string())
    }
}

impl Problem {
    /// A failure that is not the client's: the operator is told what it is.
    pub(crate) fn internal(error: &dyn fmt::Display) -> Self {
        Self {
            cause: Some(error.to_string()),
            ..Self::new(Kind::Internal, "the server's messages say why")
        }
    }
}
