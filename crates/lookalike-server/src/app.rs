//! What all requests share, and how they are dispatched.

use crate::body::Memory;
use crate::cache::Cache;
use crate::config::Config;
use crate::fetch::Fetcher;
use crate::metrics::Metrics;
use crate::pool::{Load, Pool, Shelf};
use crate::problem::{Kind, Problem};
use crate::progress::Progress;
use crate::writer::Desk;
use crate::{guard, routes};
use axum::Router;
use axum::extract::{FromRequest, RawPathParams, Request};
use axum::http::HeaderMap;
use lookalike::PictureId;
use std::sync::Arc;
use tokio::sync::watch;

/// What all requests share.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) pools: Pools,
    pub(crate) memory: Memory,
    pub(crate) thumbnails: Cache,
    /// Where changes are left; `None` where nothing can be changed.
    pub(crate) desk: Option<Arc<Desk>>,
    pub(crate) progress: Progress,
    pub(crate) metrics: Metrics,
    pub(crate) fetcher: Option<Fetcher>,
    /// Becomes true when the server ends.
    pub(crate) ending: watch::Receiver<bool>,
}

/// The pools: what takes a moment never waits behind what takes seconds.
pub(crate) struct Pools {
    /// What is asked of the catalogue alone.
    pub(crate) lookups: Pool,
    /// Thumbnails and files.
    pub(crate) pictures: Pool,
    /// Searches and comparisons.
    pub(crate) searches: Pool,
    /// All pictures compared with all.
    pub(crate) surveys: Pool,
}

/// Bytes of thumbnails that are kept.
pub(crate) const THUMBNAILS: usize = 64 << 20;

impl Pools {
    pub(crate) fn start(config: &Config) -> std::io::Result<Self> {
        let cores = config.threads.max(1);
        let limit = config.bounds.queue;
        let shelf = Arc::new(Shelf::new(&config.location));
        let start =
            |name, threads, cores, limit| Pool::start(name, &shelf, threads, cores, limit);
        Ok(Self {
            lookups: start("lookups", 2, 1, limit.saturating_mul(4))?,
            pictures: start("pictures", cores.min(4), 1, limit.saturating_mul(2))?,
            // More of them would only compute more slowly.
            searches: start("searches", cores.min(16), cores, limit)?,
            surveys: start("surveys", 1, cores.div_ceil(2), 4)?,
        })
    }

    pub(crate) fn all(&self) -> [&Pool; 4] {
        [&self.lookups, &self.pictures, &self.searches, &self.surveys]
    }

    pub(crate) fn loads(&self) -> [Load; 4] {
        self.all().map(Pool::load)
    }
}

/// The routes with what they share.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for route in routes::all() {
        router = router.route(route.path, (route.handler)());
    }
    router
        .fallback(|| async { Problem::new(Kind::NotFound, "/docs says what there is") })
        .method_not_allowed_fallback(|| async {
            Problem::new(Kind::MethodNotAllowed, "/docs says which methods there are")
        })
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            guard::guard,
        ))
        .with_state(app.clone())
}

/// A request with what its handler needs.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) path: Vec<(String, String)>,
    pub(crate) request: Request,
}

impl FromRequest<Arc<App>> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let named = RawPathParams::from_request_parts(&mut parts, app).await;
        let named = named.map_err(|_| Problem::new(Kind::NotFound, "the address is not UTF-8"))?;
        let path = named.iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
        Ok(Self {
            app: app.clone(),
            path: path.collect(),
            request: Request::from_parts(parts, body),
        })
    }
}

impl Call {
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    pub(crate) fn query(&self) -> &str {
        self.request.uri().query().unwrap_or("")
    }

    /// The id of a picture in the address.
    pub(crate) fn id(&self, name: &str) -> Result<PictureId, Problem> {
        let found = self.path.iter().find(|(n, _)| n == name);
        let text = found.map_or("", |(_, value)| value.as_str());
        let missing = |_| Problem::new(Kind::NotFound, format!("{text:?} is no id of a picture"));
        text.parse().map_err(missing)
    }
}
