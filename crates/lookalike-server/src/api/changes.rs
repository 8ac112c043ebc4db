//! Adding, replacing and removing pictures: answered once they are safe on the disk.

use crate::answer;
use crate::app::{App, Call};
use crate::body::{Held, Upload};
use crate::params::Params;
use crate::picture_path::PicturePath;
use crate::problem::{Kind, Problem};
use crate::writer::{Change, Desk, Done};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lookalike::decode::{DecodeOptions, Limits, decode_bytes};
use lookalike::json::JsonPicture;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const PATH: &[&str] = &["path"];

fn desk(app: &App) -> Result<&Arc<Desk>, Problem> {
    let none = "the library was imported, or the server was started with --read-only";
    app.desk
        .as_ref()
        .ok_or_else(|| Problem::new(Kind::ReadOnly, none))
}

fn path(params: &Params) -> Result<PicturePath, Problem> {
    let path = params.get("path");
    PicturePath::new(path.ok_or_else(|| Problem::bad_request("path is missing"))?)
}

/// `POST /v1/pictures`.
pub(crate) async fn add(call: Call) -> Result<Response, Problem> {
    put(call, false).await
}

/// `PUT /v1/pictures`.
pub(crate) async fn replace(call: Call) -> Result<Response, Problem> {
    put(call, true).await
}

async fn put(call: Call, may_replace: bool) -> Result<Response, Problem> {
    let app = call.app.clone();
    let desk = desk(&app)?;
    // What can be refused at once is not read first.
    let params = Params::of_query(call.query(), PATH)?;
    if params.get("path").is_some() {
        path(&params)?;
    }
    let (parts, body) = call.request.into_parts();
    let upload = Upload::read(&app, &parts.headers, params, PATH, body).await?;
    let path = path(&upload.params)?;
    let picture = check(&app, upload.into_picture()?).await?;
    let incoming = desk.folder.receive(picture).await?;
    let change = Change::Put {
        path,
        incoming,
        may_replace,
    };
    let done = desk.ask(change).await?;
    written(&app);
    match done {
        Done::Put { picture, replaced } => {
            let status = if replaced {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            };
            let mut response = answer::json(status, &JsonPicture::from(&picture))?;
            let place = HeaderValue::try_from(format!("/v1/pictures/{}", picture.id));
            if let (Ok(place), false) = (place, replaced) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            Ok(response)
        }
        Done::Removed => Err(Problem::internal(&"a picture was removed instead of added")),
    }
}

/// Decodes the picture once before anything is written, small, as only the error counts.
async fn check(app: &App, picture: Held) -> Result<Held, Problem> {
    let pixels = app.config.bounds.pixels;
    let work = move |_: crate::pool::Turn<'_>| {
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
    app.pools.pictures.run(work).await
}

/// `DELETE /v1/pictures/{id}`.
pub(crate) async fn remove(call: Call) -> Result<Response, Problem> {
    Params::of_query(call.query(), &[])?;
    let id = call.id("id")?;
    desk(&call.app)?.ask(Change::RemovePicture(id)).await?;
    written(&call.app);
    Ok(gone())
}

/// `DELETE /v1/pictures?path=`.
pub(crate) async fn remove_file(call: Call) -> Result<Response, Problem> {
    let path = path(&Params::of_query(call.query(), PATH)?)?;
    desk(&call.app)?.ask(Change::RemoveFile(path)).await?;
    written(&call.app);
    Ok(gone())
}

fn written(app: &App) {
    app.metrics.written.fetch_add(1, Ordering::Relaxed);
}

fn gone() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
