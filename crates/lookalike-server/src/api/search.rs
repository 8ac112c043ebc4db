//! Searches: by a picture that is sent, by one of the library, by words.

use super::part_of;
use crate::answer::{self, Form};
use crate::body::{Held, Intake, Upload};
use crate::call::Call;
use crate::config::Bounds;
use crate::fetch::Fetcher;
use crate::params::{MAX_TOP, Params};
use crate::pool::Turn;
use crate::pools::Pools;
use crate::problem::{Kind, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lookalike::json::{JsonHit, SCHEMA, hex};
use lookalike::{By, Error, Hit, PictureId, Query, Region, SearchOptions, Threads, hash_of};
use serde::Serialize;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

const BY_UPLOAD: [&str; 7] = ["by", "top", "min_score", "region", "exact", "text", "url"];
const BY_STORED: [&str; 6] = ["by", "top", "min_score", "region", "exact", "self"];

/// How often a query is made anew, should the library's model change meanwhile.
const ATTEMPTS: usize = 3;

/// What is asked of a search.
#[derive(Clone, Debug)]
struct Asked {
    by: By,
    top: usize,
    min_score: Option<f32>,
    exact: bool,
    region: Option<Region>,
}

impl Asked {
    fn of(params: &Params) -> Result<Self, Problem> {
        Ok(Self {
            by: params.by()?,
            top: params.number("top", 1, MAX_TOP)?.unwrap_or(10),
            min_score: params.number("min_score", -1.0, 1.0)?,
            exact: params.flag("exact")?,
            region: params.region()?,
        })
    }

    /// Refuses what cannot be asked with words.
    fn takes_words(&self) -> Result<(), Problem> {
        if matches!(self.by, By::All | By::Similar) && self.region.is_none() {
            return Ok(());
        }
        let detail = "words look for content: they need by=similar, and no region";
        Err(Problem::bad_request(detail))
    }

    fn options(&self, threads: &Threads) -> SearchOptions<'static> {
        SearchOptions {
            top: self.top,
            min_score: self.min_score,
            exact: self.exact,
            threads: threads.clone(),
            keep: None,
        }
    }
}

#[derive(Serialize)]
struct JsonHits {
    schema: u32,
    /// Of the file that was sent, by which it can be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    query_hash: Option<String>,
    hits: Vec<JsonHit>,
}

fn answered(form: Form, hits: &[Hit], query: Option<[u8; 32]>) -> Result<Response, Problem> {
    let hits = JsonHit::all(hits, None);
    match form {
        Form::Lines => answer::lines(&hits),
        Form::Object => {
            let schema = SCHEMA;
            let query_hash = query.map(|hash| hex(&hash));
            let hits = JsonHits {
                schema,
                query_hash,
                hits,
            };
            answer::json(StatusCode::OK, &hits)
        }
    }
}

/// `POST /v1/search`.
pub(crate) async fn by_upload(
    State(bounds): State<Bounds>,
    State(intake): State<Intake>,
    State(fetcher): State<Option<Fetcher>>,
    State(pools): State<Arc<Pools>>,
    call: Call,
) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &BY_UPLOAD)?;
    let form = Form::of(call.headers());
    let (parts, body) = call.request.into_parts();
    let upload = Upload::read(&intake, &parts.headers, params, &BY_UPLOAD, body).await?;
    let asked = Asked::of(&upload.params)?;
    let (text, url) = (upload.params.get("text"), upload.params.get("url"));
    let sources = [
        text.is_some(),
        url.is_some(),
        !upload.picture.bytes.is_empty(),
    ];
    if sources.iter().filter(|&&given| given).count() > 1 {
        return Err(Problem::bad_request(
            "a picture, `text` or `url` is expected, one of them",
        ));
    }
    let mut query = None;
    let hits = if let Some(text) = text {
        let words = text.to_owned();
        asked.takes_words()?;
        let work = move |turn: Turn<'_>| by_words(&turn, &asked, &words);
        pools.searches.run(work).await?
    } else {
        let picture = match url {
            Some(url) => fetch(fetcher.as_ref(), &intake, url.to_owned()).await?,
            None => upload.into_picture()?,
        };
        // Of a part nothing can be said.
        let whole = asked.region.is_none();
        query = whole.then(|| hash_of(&picture.bytes));
        let pixels = bounds.pixels;
        let work = move |turn: Turn<'_>| by_picture(&turn, &asked, &picture, pixels);
        pools.searches.run(work).await?
    };
    answered(form, &hits, query)
}

async fn fetch(fetcher: Option<&Fetcher>, intake: &Intake, url: String) -> Result<Held, Problem> {
    let Some(fetcher) = fetcher else {
        let detail = "this server fetches no addresses; --allow-url lets it";
        return Err(Problem::new(Kind::UrlRefused, detail));
    };
    let permit = intake.memory.take(intake.limit)?;
    let bytes = fetcher.fetch(url).await?;
    Ok(Held::new(bytes.into(), permit))
}

fn by_picture(
    turn: &Turn<'_>,
    asked: &Asked,
    picture: &Held,
    pixels: u64,
) -> Result<Vec<Hit>, Problem> {
    super::check_picture(&picture.bytes, pixels)?;
    let part = part_of(&picture.bytes, None, asked.region)?;
    let (library, threads) = (turn.library, &turn.threads);
    find(turn, asked, || match &part {
        Some(part) => library.query(part, asked.by, threads),
        None => library.query_bytes(Path::new("query"), &picture.bytes, asked.by, threads),
    })
}

fn by_words(turn: &Turn<'_>, asked: &Asked, words: &str) -> Result<Vec<Hit>, Problem> {
    find(turn, asked, || Ok(turn.library.query_words(words)?.into()))
}

/// The hits of a query. Where the library's model changes in between, it is made anew.
fn find(
    turn: &Turn<'_>,
    asked: &Asked,
    query: impl Fn() -> lookalike::Result<Query>,
) -> Result<Vec<Hit>, Problem> {
    let options = asked.options(&turn.threads);
    let mut attempt = 1;
    loop {
        match turn.library.search(&query()?, &options) {
            Err(Error::QueryModel { .. }) if attempt < ATTEMPTS => attempt += 1,
            found => return Ok(found?),
        }
    }
}

/// `GET /v1/pictures/{id}/search`.
pub(crate) async fn by_stored(
    State(pools): State<Arc<Pools>>,
    call: Call,
) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &BY_STORED)?;
    let id = call.id("id")?;
    let asked = Asked::of(&params)?;
    let with_self = params.flag("self")?;
    let work = move |turn: Turn<'_>| stored(&turn, id, &asked, with_self);
    let hits = pools.searches.run(work).await?;
    answered(Form::of(call.headers()), &hits, None)
}

fn stored(
    turn: &Turn<'_>,
    id: PictureId,
    asked: &Asked,
    with_self: bool,
) -> Result<Vec<Hit>, Problem> {
    let library = turn.library;
    let picture = library
        .picture(id)?
        .ok_or_else(|| Problem::no_picture(id))?;
    // Room for the picture itself, which is found first and not wanted.
    let more = if with_self { 0 } else { picture.paths.len() };
    let wider = Asked {
        top: asked.top + more,
        ..asked.clone()
    };
    let part = match asked.region {
        None => None,
        Some(_) => {
            let bytes = library.picture_bytes(&picture);
            let bytes = bytes.ok_or_else(|| super::pictures::no_file(id))?;
            part_of(&bytes, picture.place, asked.region)?
        }
    };
    let gone = Cell::new(false);
    let query = || match &part {
        Some(part) => library.query(part, asked.by, &turn.threads),
        None => {
            let query = library.query_stored(id, asked.by, &turn.threads)?;
            gone.set(query.is_none());
            query.ok_or(Error::EmptyQuery)
        }
    };
    let found = find(turn, &wider, query);
    if gone.get() {
        return Err(Problem::no_picture(id));
    }
    let mut hits = found?;
    if !with_self {
        hits.retain(|hit| hit.picture != id);
    }
    hits.truncate(asked.top);
    Ok(hits)
}
