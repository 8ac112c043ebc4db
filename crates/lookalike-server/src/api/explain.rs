//! Why two pictures are, or are not, the same.

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
use lookalike::decode::{DecodeOptions, decode_bytes};
use lookalike::drawing::{self, Scene, Style, png};
use lookalike::json::JsonExplanation;
use lookalike::same::Explanation;
use lookalike::{Library, PictureId, Region};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BY_UPLOAD: [&str; 2] = ["region", "format"];
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
    let params = Params::of_query(call.query(), &BY_UPLOAD)?;
    let id = call.id("id")?;
    let (parts, body) = call.request.into_parts();
    let upload = Upload::read(&intake, &parts.headers, params, &BY_UPLOAD, body).await?;
    let given = Given::of(&upload.params, &parts.headers)?;
    let region = upload.params.region()?;
    let picture = upload.into_picture()?;
    let work = move |turn: Turn<'_>| {
        super::check_picture(&picture.bytes, bounds.pixels)?;
        let query = region.map(|region: Region| region.cut(&picture.bytes));
        let query = query.transpose()?;
        let query = Named {
            name: "query".into(),
            bytes: query.unwrap_or_else(|| picture.bytes.to_vec()),
        };
        explain(&turn, query, id, given)
    };
    pools.searches.run(work).await
}

/// `GET /v1/pictures/{a}/explain/{b}`.
pub(crate) async fn stored(
    State(pools): State<Arc<Pools>>,
    call: Call,
) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &["format"])?;
    let (a, b) = (call.id("a")?, call.id("b")?);
    let given = Given::of(&params, call.headers())?;
    let work = move |turn: Turn<'_>| {
        let query = Named::stored(turn.library, a)?;
        explain(&turn, query, b, given)
    };
    pools.searches.run(work).await
}

/// A picture's file.
struct Named {
    name: PathBuf,
    bytes: Vec<u8>,
}

impl Named {
    fn stored(library: &Library, id: PictureId) -> Result<Self, Problem> {
        let picture = super::pictures::stored(library, id)?;
        let bytes = library.picture_bytes(&picture);
        Ok(Self {
            bytes: bytes.ok_or_else(|| super::pictures::no_file(id))?,
            name: picture.paths.into_iter().next().unwrap_or_default(),
        })
    }
}

fn explain(
    turn: &Turn<'_>,
    query: Named,
    found: PictureId,
    given: Given,
) -> Result<Response, Problem> {
    let pair = [query, Named::stored(turn.library, found)?];
    let query = turn
        .library
        .query_same(&pair[0].name, &pair[0].bytes, &turn.threads)?;
    let explanation = turn.library.explain(&query, found, &turn.threads)?;
    let explanation = explanation.ok_or_else(|| Problem::no_picture(found))?;
    if given == Given::Drawn {
        return draw(&pair, &explanation);
    }
    let names: [&Path; 2] = [&pair[0].name, &pair[1].name];
    let object = JsonExplanation::new(names, &explanation);
    answer::json(StatusCode::OK, &object.with_pairs(&explanation.pairs))
}

fn draw(pair: &[Named; 2], explanation: &Explanation) -> Result<Response, Problem> {
    let style = Style::FILE;
    let fine = DecodeOptions {
        max_side: u32::try_from(style.side).ok(),
        ..Explanation::decode_options()
    };
    let query = decode_bytes(&pair[0].bytes, &fine)?;
    let found = decode_bytes(&pair[1].bytes, &fine)?;
    let name = |named: &Named| lookalike::ShownPath(&named.name).to_string();
    let names = [name(&pair[0]), name(&pair[1])];
    let scene = Scene::new([&query, &found], names, explanation);
    let (width, height, rgb) = drawing::draw(&scene, style).into_parts();
    let mut file = Vec::new();
    png::write(&mut file, (width, height), &rgb, png::Compression::Fast)
        .map_err(|e| Problem::internal(&e))?;
    Ok(answer::fresh(StatusCode::OK, PNG, file))
}
