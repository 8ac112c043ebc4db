//! Whether the server lives, can answer, and how it goes.

use crate::answer;
use crate::body::Intake;
use crate::metrics::{self, Metrics, Now};
use crate::pools::Pools;
use crate::problem::{Kind, Problem};
use crate::progress::Progress;
use crate::writer::Desk;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

const TEXT: &str = "text/plain; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A lookup that takes longer is no good sign.
const READY: Duration = Duration::from_secs(3);

/// `GET /healthz`.
pub(crate) async fn alive() -> Response {
    answer::fresh(StatusCode::OK, TEXT, "alive\n")
}

/// `GET /readyz`.
pub(crate) async fn ready(State(pools): State<Arc<Pools>>) -> Result<Response, Problem> {
    let broken = pools
        .loads()
        .into_iter()
        .find(|load| load.alive < load.threads);
    if let Some(load) = broken {
        let detail = format!("{}: threads have ended", load.name);
        return Err(Problem::new(Kind::Busy, detail));
    }
    let asked = pools.lookups.run(|turn| Ok(turn.library.models()?));
    let late = |_| Problem::new(Kind::Busy, "a lookup takes too long");
    timeout(READY, asked).await.map_err(late)??;
    Ok(answer::fresh(StatusCode::OK, TEXT, "ready\n"))
}

/// `GET /metrics`.
pub(crate) async fn metrics(
    State(counted): State<Arc<Metrics>>,
    State(pools): State<Arc<Pools>>,
    State(progress): State<Progress>,
    State(desk): State<Option<Arc<Desk>>>,
    State(intake): State<Intake>,
) -> Response {
    let now = Now {
        loads: pools.loads(),
        progress: progress.now(),
        waiting: desk.map_or(0, |desk| desk.waiting()),
        free: intake.memory.free(),
    };
    let text = metrics::text(&counted, &now);
    answer::fresh(StatusCode::OK, PROMETHEUS, text)
}
