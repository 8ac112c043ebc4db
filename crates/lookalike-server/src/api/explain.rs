//! Why two pictures are, or are not, the same.

use super::part_of;
use crate::answer;
use crate::body::{Intake, Upload};
use crate::call::Call;
use crate::config::Bounds;
use crate::params::Params;
use crate::pool::Turn;
use crate::pools::Pools;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lookalike::decode::{DecodeError, DecodeOptions, Picture, decode_place};
use lookalike::drawing::{self, Scene, Style, png};
use lookalike::json::JsonExplanation;
use lookalike::same::{Explanation, SameQuery};
use lookalike::{Library, PictureId, Source};
use std::borrow::Cow;
use std::sync::Arc;

const ASKED: [&str; 2] = ["region", "format"];
const PNG: &str = "image/png";

/// How an explanation is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Json,
    Drawn,
}

impl Given {
    fn of(params: &Params, headers: &HeaderMap) -> Result<Self, Problem> {
        if params.get("format").is_none() && answer::accepts(headers, PNG) {
            return Ok(Self::Drawn);
        }
        params.word("format", &[("json", Self::Json), ("png", Self::Drawn)])
    }
}

/// `POST /v1/explain/{id}`.
pub(crate) async fn by_upload(
    State(bounds): State<Bounds>,
    State(intake): State<Intake>,
    State(pools): State<Arc<Pools>>,
    call: Call,
) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &ASKED)?;
    let id = call.id("id")?;
    let (parts, body) = call.request.into_parts();
    let upload = Upload::read(&intake, &parts.headers, params, &ASKED, body).await?;
    let given = Given::of(&upload.params, &parts.headers)?;
    let region = upload.params.region()?;
    let picture = upload.into_picture()?;
    let work = move |turn: Turn<'_>| {
        super::check_picture(&picture.bytes, bounds.pixels)?;
        let query = Named {
            source: Source::new("query", None),
            bytes: picture.bytes.to_vec(),
            part: part_of(&picture.bytes, None, region)?,
        };
        let (library, threads) = (turn.library, &turn.threads);
        let same = match &query.part {
            Some(part) => library.query_same_pixels(part, threads)?,
            None => library.query_same(&query.source.path, &query.bytes, threads)?,
        };
        explain(&turn, query, &same, id, given)
    };
    pools.searches.run(work).await
}

/// `GET /v1/pictures/{a}/explain/{b}`.
pub(crate) async fn stored(
    State(pools): State<Arc<Pools>>,
    call: Call,
) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &ASKED)?;
    let region = params.region()?;
    let (a, b) = (call.id("a")?, call.id("b")?);
    let given = Given::of(&params, call.headers())?;
    let work = move |turn: Turn<'_>| {
        let mut query = Named::stored(turn.library, a)?;
        query.part = part_of(&query.bytes, query.source.place, region)?;
        let (library, threads) = (turn.library, &turn.threads);
        let same = match &query.part {
            Some(part) => library.query_same_pixels(part, threads)?,
            None => library
                .query_same_stored(a, threads)?
                .ok_or_else(|| super::pictures::no_file(a))?,
        };
        explain(&turn, query, &same, b, given)
    };
    pools.searches.run(work).await
}

/// A picture in a file.
struct Named {
    source: Source,
    bytes: Vec<u8>,
    /// What of it is meant, if not all.
    part: Option<Picture>,
}

impl Named {
    fn stored(library: &Library, id: PictureId) -> Result<Self, Problem> {
        let picture = super::pictures::stored(library, id)?;
        let bytes = library.picture_bytes(&picture);
        let path = picture.paths.into_iter().next().unwrap_or_default();
        Ok(Self {
            source: Source::new(path, picture.place),
            bytes: bytes.ok_or_else(|| super::pictures::no_file(id))?,
            part: None,
        })
    }

    /// As a drawing shows it, its larger side no larger than this.
    fn drawn(&self, side: u32) -> Result<Cow<'_, Picture>, DecodeError> {
        if let Some(part) = &self.part {
            return part.reduced(side);
        }
        let options = DecodeOptions {
            max_side: Some(side),
            ..Explanation::decode_options()
        };
        decode_place(&self.bytes, self.source.place, &options).map(Cow::Owned)
    }
}

fn explain(
    turn: &Turn<'_>,
    query: Named,
    same: &SameQuery,
    found: PictureId,
    given: Given,
) -> Result<Response, Problem> {
    let pair = [query, Named::stored(turn.library, found)?];
    let explanation = turn.library.explain(same, found, &turn.threads)?;
    let explanation = explanation.ok_or_else(|| Problem::no_picture(found))?;
    if given == Given::Drawn {
        return draw(&pair, &explanation);
    }
    let sources = pair.each_ref().map(|named| &named.source);
    let object = JsonExplanation::new(sources, &explanation);
    answer::json(StatusCode::OK, &object.with_pairs(&explanation.pairs))
}

fn draw(pair: &[Named; 2], explanation: &Explanation) -> Result<Response, Problem> {
    let style = Style::FILE;
    let side = u32::try_from(style.side).unwrap_or(u32::MAX);
    let [query, found] = pair.each_ref().map(|named| named.drawn(side));
    let (query, found) = (query?, found?);
    let names = pair.each_ref().map(|named| named.source.to_string());
    let scene = Scene::new([&query, &found], names, explanation);
    let (width, height, rgb) = drawing::draw(&scene, style).into_parts();
    let mut file = Vec::new();
    png::write(&mut file, (width, height), &rgb, png::Compression::Fast)
        .map_err(|e| Problem::internal(&e))?;
    Ok(answer::fresh(StatusCode::OK, PNG, file))
}
