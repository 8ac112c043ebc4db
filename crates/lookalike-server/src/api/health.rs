//! Whether the server lives, can answer, and how it goes.

use crate::answer;
use crate::app::Call;
use crate::problem::{Kind, Problem};
use axum::http::StatusCode;
use axum::response::Response;
use std::time::Duration;
use tokio::time::timeout;

const TEXT: &str = "text/plain; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A lookup that takes longer is no good sign.
const READY: Duration = Duration::from_secs(3);

/// `GET /healthz`.
pub(crate) async fn alive(_: Call) -> Response {
    answer::fresh(StatusCode::OK, TEXT, "alive\n")
}

/// `GET /readyz`.
pub(crate) async fn ready(call: Call) -> Result<Response, Problem> {
    let pools = &call.app.pools;
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
pub(crate) async fn metrics(call: Call) -> Response {
    let text = crate::metrics::text(&call.app);
    answer::fresh(StatusCode::OK, PROMETHEUS, text)
}
