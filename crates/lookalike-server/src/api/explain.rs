//! Why two pictures are, or are not, the same.

use crate::answer;
use crate::app::Call;
use crate::body::Upload;
use crate::params::Params;
use crate::pool::Turn;
use crate::problem::Problem;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lookalike::decode::{DecodeOptions, decode_bytes};
use lookalike::drawing::{self, Scene, Style, png};
use lookalike::json::JsonExplanation;
use lookalike::same::Explanation;
use lookalike::{Library, PictureId, Region};
use std::path::{Path, PathBuf};

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
pub(crate) async fn by_upload(call: Call) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &BY_UPLOAD)?;
    let (app, id) = (call.app.clone(), call.id("id")?);
    let (parts, body) = call.request.into_parts();
    let upload = Upload::read(&app, &parts.headers, params, &BY_UPLOAD, body).await?;
    let given = Given::of(&upload.params, &parts.headers)?;
    let region = upload.params.region()?;
    let picture = upload.into_picture()?;
    let pixels = app.config.bounds.pixels;
    let work = move |turn: Turn<'_>| {
        super::check_picture(&picture.bytes, pixels)?;
        let query = region.map(|region: Region| region.cut(&picture.bytes));
        let query = query.transpose()?;
        let query = Named {
            name: "query".into(),
            bytes: query.unwrap_or_else(|| picture.bytes.to_vec()),
        };
        explain(&turn, query, id, given)
    };
    app.pools.searches.run(work).await
}

/// `GET /v1/pictures/{a}/explain/{b}`.
pub(crate) async fn stored(call: Call) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &["format"])?;
    let (a, b) = (call.id("a")?, call.id("b")?);
    let given = Given::of(&params, call.headers())?;
    let work = move |turn: Turn<'_>| {
        let query = Named::stored(turn.library, a)?;
        explain(&turn, query, b, given)
    };
    call.app.pools.searches.run(work).await
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
