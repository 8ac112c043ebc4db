//! Dispatching: every request passes the guard, then the handler of its route.

use crate::app::App;
use crate::guard::{self, Guard};
use crate::problem::{Kind, Problem};
use crate::routes;
use axum::Router;
use std::sync::Arc;

/// The routes with what they share.
pub(crate) fn router(app: App, guard: Guard) -> Router {
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
            Arc::new(guard),
            guard::guard,
        ))
        .with_state(app)
}
