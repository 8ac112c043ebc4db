//! What people say of two pictures.

use crate::call::Call;
use crate::params::Params;
use crate::pool::Turn;
use crate::pools::Pools;
use crate::problem::{Kind, Problem};
use crate::writer::Desk;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lookalike::{Judgement, Library, PictureId, Saying};
use std::sync::Arc;

const ASKED: [&str; 3] = ["a", "b", "says"];

/// `POST /v1/judgements`.
pub(crate) async fn judge(
    State(pools): State<Arc<Pools>>,
    State(desk): State<Option<Arc<Desk>>>,
    call: Call,
) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &ASKED)?;
    if desk.is_none() {
        let detail = "the library was imported, or the server was started with --read-only";
        return Err(Problem::new(Kind::ReadOnly, detail));
    }
    let needed = |name: &str| {
        let value = params.get(name).map(str::to_owned);
        value.ok_or_else(|| Problem::bad_request(format!("{name} is missing")))
    };
    let (a, b) = (needed("a")?, needed("b")?);
    needed("says")?;
    let sayings = [Saying::Different, Saying::Same, Saying::Forget];
    let saying = params.word("says", &sayings.map(|saying| (saying.name(), saying)))?;
    let work = move |turn: Turn<'_>| {
        let [a, b] = [hash_of(turn.library, &a)?, hash_of(turn.library, &b)?];
        let judgement = Judgement::new(a, b, saying);
        let judgement = judgement.ok_or_else(|| {
            Problem::bad_request("of two files of equal bytes there is nothing to say")
        })?;
        Ok(turn.library.judge(&[judgement])?)
    };
    pools.lookups.run(work).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The content that is meant: that of a picture of the library, by its id, or any, by its hash.
fn hash_of(library: &Library, text: &str) -> Result<[u8; 32], Problem> {
    if let Some(hash) = lookalike::hash_from_hex(text) {
        return Ok(hash);
    }
    let detail = || format!("{text:?} is neither the id of a picture nor a hash");
    let id: PictureId = text.parse().map_err(|_| Problem::bad_request(detail()))?;
    let picture = library.picture(id)?;
    let picture = picture.ok_or_else(|| Problem::no_picture(id))?;
    Ok(picture.hash)
}
