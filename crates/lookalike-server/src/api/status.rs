//! What the library holds, and how far it is brought up to date.

use crate::answer;
use crate::call::Call;
use crate::ending::Ending;
use crate::params::Params;
use crate::pools::Pools;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::writer::Desk;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream;
use lookalike::json::JsonStatus;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

const EVENTS: &str = "text/event-stream";
/// At most one event in so much time.
const PACE: Duration = Duration::from_millis(200);
/// A sign of life where nothing changes.
const QUIET: Duration = Duration::from_secs(15);

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    status: JsonStatus,
    model: Model,
    read_only: bool,
}

#[derive(Serialize)]
struct Model {
    name: String,
    reads_words: bool,
}

/// `GET /v1/status`.
pub(crate) async fn status(
    State(pools): State<Arc<Pools>>,
    State(desk): State<Option<Arc<Desk>>>,
    call: Call,
) -> Result<Response, Problem> {
    Params::of_query(call.query(), &[])?;
    let read_only = desk.is_none();
    let answer = pools.lookups.run(move |turn| {
        let status = turn.library.status()?;
        let model = &status.models.current;
        Ok(Answer {
            model: Model {
                name: model.name.clone(),
                reads_words: model.reads_words(),
            },
            status: JsonStatus::new(turn.library, &status),
            read_only,
        })
    });
    answer::json(StatusCode::OK, &answer.await?)
}

/// `GET /v1/progress`.
pub(crate) async fn progress(
    State(progress): State<Progress>,
    State(ending): State<Ending>,
    call: Call,
) -> Result<Response, Problem> {
    Params::of_query(call.query(), &[])?;
    if !answer::accepts(call.headers(), EVENTS) {
        return answer::json(StatusCode::OK, &progress.now());
    }
    let events = stream::unfold(
        (progress.follow(), ending, true),
        |(mut follow, mut ending, first)| async move {
            let mut changed = true;
            if !first {
                tokio::select! {
                    result = follow.changed() => result.ok()?,
                    () = tokio::time::sleep(QUIET) => changed = false,
                    () = ending.come() => return None,
                }
                tokio::time::sleep(PACE).await;
            }
            let event = match changed {
                false => ": nothing new\n\n".to_owned(),
                true => {
                    let now = follow.borrow_and_update().clone();
                    format!("data: {}\n\n", serde_json::to_string(&now).ok()?)
                }
            };
            Some((Ok::<_, std::io::Error>(event), (follow, ending, false)))
        },
    );
    Ok(answer::fresh(
        StatusCode::OK,
        EVENTS,
        Body::from_stream(events),
    ))
}
