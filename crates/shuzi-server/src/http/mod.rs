//! Routes, and what holds for each request.

mod batch;
mod guard;
mod health;
mod info;
mod intake;
mod multipart;
mod observe;
mod openapi;
mod page;
mod problem;
mod query;
mod read;
mod work;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::Uri,
    middleware,
    routing::{get, post},
};
use tower_http::catch_panic::CatchPanicLayer;

pub use self::openapi::openapi_json;
pub(crate) use self::{
    health::ready as is_ready,
    intake::{drain, take, turn_away},
    observe::{REQUEST_ID, known, shield},
    page::{Asset, with_assets},
    problem::{ErrorBody, Problem, panicked},
    read::Bytes as BytesSchema,
    work::{Timing, work},
};
use crate::{
    ModelInfo, ServerConfig,
    access::Hosts,
    metrics::Metrics,
    tensors,
    work::{Admission, Dispatcher},
};

/// What every route has.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: ServerConfig,
    pub(crate) hosts: Hosts,
    pub(crate) models: Vec<ModelInfo>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) admission: Admission,
    pub(crate) metrics: Arc<Metrics>,
    /// Whether the server is about to end.
    pub(crate) stopping: Arc<AtomicBool>,
    /// Number of the next request.
    pub(crate) next: AtomicU64,
}

/// What routes take.
pub(crate) type Shared = Arc<App>;

/// All routes.
pub(crate) fn router(app: App) -> Router {
    let app = Arc::new(app);
    Router::new()
        .merge(page::routes())
        .route("/v1/read", post(read::read))
        .route("/v1/read/batch", post(batch::batch))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(info::metrics))
        .route("/info", get(info::info))
        .route("/openapi.json", get(openapi::openapi))
        .merge(tensors::routes())
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            guard::guard,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            observe::observe,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        // Bodies are limited where they are taken.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}

pub(crate) async fn no_route(uri: Uri) -> Problem {
    Problem::NoRoute(uri.path().to_owned())
}

pub(crate) async fn no_method(request: Request) -> Problem {
    Problem::Method(request.method().to_string())
}
