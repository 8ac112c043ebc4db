//! The pictures of the library: listed, one by one, their files and thumbnails.

use crate::answer::{self, Form, Keep};
use crate::body::{Held, Intake};
use crate::cache::Cache;
use crate::call::Call;
use crate::params::Params;
use crate::pool::Turn;
use crate::pools::Pools;
use crate::problem::{Kind, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use lookalike::decode::{DecodeOptions, Format, decode_place};
use lookalike::json::{JsonPicture, SCHEMA, hex};
use lookalike::{Library, PictureId, Place, StoredPicture, path_to_bytes};
use serde::Serialize;
use std::fmt::Write;
use std::sync::Arc;

/// Most pictures on a page.
pub(crate) const MAX_PAGE: usize = 1000;
/// Sides of thumbnails.
pub(crate) const SIDES: (u32, u32) = (64, 1024);
/// Quality of thumbnails as JPEG.
const QUALITY: u8 = 85;

#[derive(Serialize)]
struct JsonPage {
    schema: u32,
    pictures: Vec<JsonPicture>,
    next: Option<PictureId>,
}

pub(crate) fn no_file(id: PictureId) -> Problem {
    let detail = format!("no file holds picture {id} any more");
    Problem::new(Kind::NotFound, detail)
}

pub(crate) fn stored(library: &Library, id: PictureId) -> Result<StoredPicture, Problem> {
    library.picture(id)?.ok_or_else(|| Problem::no_picture(id))
}

/// `GET /v1/pictures`.
pub(crate) async fn list(State(pools): State<Arc<Pools>>, call: Call) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &["after", "limit"])?;
    let after = params.number("after", 0, u64::MAX)?.map(PictureId::new);
    let limit = params.number("limit", 1, MAX_PAGE)?;
    match (Form::of(call.headers()), limit) {
        // All of them, a page at a time, as the client takes them.
        (Form::Lines, None) => stream_all(pools, after).await,
        (form, limit) => {
            let limit = limit.unwrap_or(100);
            let pictures = page(&pools, after, limit).await?;
            let next = pictures.last().map(|last| last.id);
            let next = next.filter(|_| pictures.len() == limit);
            let pictures: Vec<JsonPicture> = pictures.iter().map(Into::into).collect();
            match form {
                Form::Lines => answer::lines(&pictures),
                Form::Object => {
                    let schema = SCHEMA;
                    let page = JsonPage {
                        schema,
                        pictures,
                        next,
                    };
                    answer::json(StatusCode::OK, &page)
                }
            }
        }
    }
}

async fn page(
    pools: &Pools,
    after: Option<PictureId>,
    limit: usize,
) -> Result<Vec<StoredPicture>, Problem> {
    let work = move |turn: Turn<'_>| Ok(turn.library.pictures(after, limit)?);
    pools.lookups.run(work).await
}

async fn stream_all(pools: Arc<Pools>, after: Option<PictureId>) -> Result<Response, Problem> {
    // The first page before the status, so that what fails at once is told as a problem.
    let first = page(&pools, after, MAX_PAGE).await?;
    let pages = stream::unfold(Some(first), move |pictures| {
        let pools = pools.clone();
        async move {
            let pictures = pictures?;
            let last = pictures.last()?.id;
            let objects: Vec<JsonPicture> = pictures.iter().map(Into::into).collect();
            let mut lines = Vec::new();
            let written = answer::write_lines(&mut lines, &objects);
            // An answer that breaks off is not taken for a whole one.
            let failed = |problem: Problem| std::io::Error::other(problem.to_string());
            if let Err(problem) = written {
                return Some((Err(failed(problem)), None));
            }
            let next = match pictures.len() {
                MAX_PAGE => page(&pools, Some(last), MAX_PAGE).await.map(Some),
                _ => Ok(None),
            };
            match next {
                Ok(next) => Some((Ok(Bytes::from(lines)), next)),
                Err(problem) => Some((Err(failed(problem)), None)),
            }
        }
    });
    let body = Body::from_stream(pages);
    Ok(answer::fresh(StatusCode::OK, answer::LINES, body))
}

/// `GET /v1/pictures/{id}`.
pub(crate) async fn one(State(pools): State<Arc<Pools>>, call: Call) -> Result<Response, Problem> {
    Params::of_query(call.query(), &[])?;
    let id = call.id("id")?;
    let picture = known(&pools, id).await?;
    answer::json(StatusCode::OK, &JsonPicture::from(&picture))
}

async fn known(pools: &Pools, id: PictureId) -> Result<StoredPicture, Problem> {
    let work = move |turn: Turn<'_>| stored(turn.library, id);
    pools.lookups.run(work).await
}

/// `GET /v1/pictures/{id}/file`.
pub(crate) async fn file(
    State(intake): State<Intake>,
    State(pools): State<Arc<Pools>>,
    call: Call,
) -> Result<Response, Problem> {
    Params::of_query(call.query(), &[])?;
    let id = call.id("id")?;
    let picture = known(&pools, id).await?;
    let tag = hex(&picture.hash);
    let format = picture.format.as_deref().and_then(Format::named);
    let media_type = format.map_or("application/octet-stream", Format::media_type);
    let mut headers = answer::tagged(media_type, &tag, Keep::Asking);
    if answer::has(call.headers(), &tag) {
        return Ok(answer::not_modified(headers));
    }
    let is_shown = format.is_some_and(Format::is_shown_by_browsers);
    disposition(&mut headers, &picture, is_shown);
    let size = usize::try_from(picture.bytes.unwrap_or(0)).unwrap_or(usize::MAX);
    let permit = intake.memory.take(size)?;
    let work = move |turn: Turn<'_>| {
        let bytes = turn.library.picture_bytes(&picture);
        bytes.ok_or_else(|| no_file(id))
    };
    let bytes = pools.pictures.run(work).await?;
    Ok(answer::held(headers, Held::new(bytes.into(), permit)))
}

/// Names the file for who keeps it, and says whether to show it: RFC 6266, with the name as RFC 8187
/// has it.
fn disposition(headers: &mut HeaderMap, picture: &StoredPicture, is_shown: bool) {
    let name = picture.paths.first().and_then(|path| path.file_name());
    let Some(name) = name else { return };
    let how = if is_shown { "inline" } else { "attachment" };
    let mut value = format!("{how}; filename*=UTF-8''");
    for byte in path_to_bytes(std::path::Path::new(&*name.to_string_lossy())) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                value.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(value, "%{byte:02X}")),
        }
    }
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
}

/// `GET /v1/pictures/{id}/thumbnail`.
pub(crate) async fn thumbnail(
    State(thumbnails): State<Arc<Cache>>,
    State(pools): State<Arc<Pools>>,
    call: Call,
) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &["size"])?;
    let id = call.id("id")?;
    let side = params.number("size", SIDES.0, SIDES.1)?.unwrap_or(256);
    let picture = known(&pools, id).await?;
    let place = picture.place.map(Place::parts);
    let place = place.map_or_else(String::new, |(what, number)| format!("-{what}{number}"));
    let tag = format!("{}{place}-{side}", hex(&picture.hash));
    let headers = answer::tagged("image/jpeg", &tag, Keep::Forever);
    if answer::has(call.headers(), &tag) {
        return Ok(answer::not_modified(headers));
    }
    if let Some(kept) = thumbnails.get((id, side)) {
        return Ok(answer::bytes(headers, kept));
    }
    let work = move |turn: Turn<'_>| {
        let bytes = turn.library.picture_bytes(&picture);
        reduced(&bytes.ok_or_else(|| no_file(id))?, picture.place, side)
    };
    let bytes = Bytes::from(pools.pictures.run(work).await?);
    thumbnails.put((id, side), &bytes);
    Ok(answer::bytes(headers, bytes))
}

fn reduced(bytes: &[u8], place: Option<Place>, side: u32) -> Result<Vec<u8>, Problem> {
    let options = DecodeOptions {
        max_side: Some(side),
        ..DecodeOptions::as_seen()
    };
    Ok(decode_place(bytes, place, &options)?.to_jpeg(QUALITY)?)
}
