//! Adding, replacing and removing pictures: answered once they are safe on the disk.

use crate::answer;
use crate::body::{Held, Intake, Upload};
use crate::call::Call;
use crate::config::Bounds;
use crate::metrics::Metrics;
use crate::params::Params;
use crate::picture_path::PicturePath;
use crate::pool::Turn;
use crate::pools::Pools;
use crate::problem::{Kind, Problem};
use crate::writer::{Change, Desk, Done};
use axum::extract::{FromRef, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lookalike::StoredPicture;
use lookalike::decode::{DecodeOptions, Limits, decode_bytes};
use lookalike::json::JsonPicture;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const PATH: &[&str] = &["path"];

/// What a change needs.
pub(crate) struct Changes {
    bounds: Bounds,
    intake: Intake,
    pools: Arc<Pools>,
    desk: Option<Arc<Desk>>,
    metrics: Arc<Metrics>,
}

impl<S> FromRef<S> for Changes
where
    Bounds: FromRef<S>,
    Intake: FromRef<S>,
    Arc<Pools>: FromRef<S>,
    Option<Arc<Desk>>: FromRef<S>,
    Arc<Metrics>: FromRef<S>,
{
    fn from_ref(shared: &S) -> Self {
        Self {
            bounds: Bounds::from_ref(shared),
            intake: Intake::from_ref(shared),
            pools: FromRef::from_ref(shared),
            desk: FromRef::from_ref(shared),
            metrics: FromRef::from_ref(shared),
        }
    }
}

fn path(params: &Params) -> Result<PicturePath, Problem> {
    let path = params.get("path");
    PicturePath::new(path.ok_or_else(|| Problem::bad_request("path is missing"))?)
}

/// `POST /v1/pictures`.
pub(crate) async fn add(State(changes): State<Changes>, call: Call) -> Result<Response, Problem> {
    changes.put(call, false).await
}

/// `PUT /v1/pictures`.
pub(crate) async fn replace(
    State(changes): State<Changes>,
    call: Call,
) -> Result<Response, Problem> {
    changes.put(call, true).await
}

/// `DELETE /v1/pictures/{id}`.
pub(crate) async fn remove(
    State(changes): State<Changes>,
    call: Call,
) -> Result<Response, Problem> {
    Params::of_query(call.query(), &[])?;
    let id = call.id("id")?;
    changes.make(Change::RemovePicture(id)).await?;
    Ok(gone())
}

/// `DELETE /v1/pictures?path=`.
pub(crate) async fn remove_file(
    State(changes): State<Changes>,
    call: Call,
) -> Result<Response, Problem> {
    let path = path(&Params::of_query(call.query(), PATH)?)?;
    changes.make(Change::RemoveFile(path)).await?;
    Ok(gone())
}

fn gone() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

impl Changes {
    fn desk(&self) -> Result<&Desk, Problem> {
        let none = "the library was imported, or the server was started with --read-only";
        let desk = self.desk.as_deref();
        desk.ok_or_else(|| Problem::new(Kind::ReadOnly, none))
    }

    async fn make(&self, change: Change) -> Result<Done, Problem> {
        let done = self.desk()?.ask(change).await?;
        self.metrics.written.fetch_add(1, Ordering::Relaxed);
        Ok(done)
    }

    async fn put(&self, call: Call, may_replace: bool) -> Result<Response, Problem> {
        let desk = self.desk()?;
        // What can be refused at once is not read first.
        let params = Params::of_query(call.query(), PATH)?;
        if params.get("path").is_some() {
            path(&params)?;
        }
        let (parts, body) = call.request.into_parts();
        let upload = Upload::read(&self.intake, &parts.headers, params, PATH, body).await?;
        let path = path(&upload.params)?;
        let picture = self.check(upload.into_picture()?).await?;
        let incoming = desk.folder.receive(picture).await?;
        let change = Change::Put {
            path,
            incoming,
            may_replace,
        };
        match self.make(change).await? {
            Done::Put { picture, replaced } => placed(&picture, replaced),
            Done::Removed => Err(Problem::internal(&"a picture was removed instead of added")),
        }
    }

    /// Decodes the picture once before anything is written, small, as only the error counts.
    async fn check(&self, picture: Held) -> Result<Held, Problem> {
        let pixels = self.bounds.pixels;
        let work = move |_: Turn<'_>| {
            super::check_picture(&picture.bytes, pixels)?;
            let options = DecodeOptions {
                max_side: Some(64),
                limits: Limits {
                    max_pixels: pixels,
                    ..Limits::default()
                },
                ..DecodeOptions::default()
            };
            decode_bytes(&picture.bytes, &options)?;
            Ok(picture)
        };
        self.pools.pictures.run(work).await
    }
}

fn placed(picture: &StoredPicture, replaced: bool) -> Result<Response, Problem> {
    let status = if replaced {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let mut response = answer::json(status, &JsonPicture::from(picture))?;
    let place = HeaderValue::try_from(format!("/v1/pictures/{}", picture.id));
    if let (Ok(place), false) = (place, replaced) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
