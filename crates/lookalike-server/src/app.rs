//! What requests share. A handler names the parts that it needs, and gets no others.

use crate::api::docs::Docs;
use crate::body::Intake;
use crate::cache::Cache;
use crate::config::Bounds;
use crate::ending::Ending;
use crate::fetch::Fetcher;
use crate::metrics::Metrics;
use crate::pools::Pools;
use crate::progress::Progress;
use crate::writer::Desk;
use axum::extract::FromRef;
use std::sync::Arc;

/// All parts, each cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) bounds: Bounds,
    pub(crate) pools: Arc<Pools>,
    pub(crate) intake: Intake,
    pub(crate) thumbnails: Arc<Cache>,
    /// Where changes are left; `None` where nothing can be changed.
    pub(crate) desk: Option<Arc<Desk>>,
    pub(crate) progress: Progress,
    pub(crate) metrics: Arc<Metrics>,
    /// `None` where no addresses are fetched.
    pub(crate) fetcher: Option<Fetcher>,
    pub(crate) docs: Arc<Docs>,
    pub(crate) ending: Ending,
}

macro_rules! parts {
    ($($part:ident: $type:ty,)*) => {$(
        impl FromRef<App> for $type {
            fn from_ref(app: &App) -> Self {
                app.$part.clone()
            }
        }
    )*};
}

parts! {
    bounds: Bounds,
    pools: Arc<Pools>,
    intake: Intake,
    thumbnails: Arc<Cache>,
    desk: Option<Arc<Desk>>,
    progress: Progress,
    metrics: Arc<Metrics>,
    fetcher: Option<Fetcher>,
    docs: Arc<Docs>,
    ending: Ending,
}
