//! Whether the server lives, and whether it takes work.

use std::sync::atomic::Ordering;

use axum::{extract::State, http::StatusCode};

use super::{App, ErrorBody, Problem, Shared};

/// Whether work is taken.
pub(crate) fn ready(app: &App) -> Result<(), Problem> {
    if app.stopping.load(Ordering::Relaxed) {
        return Err(Problem::Stopping);
    }
    if !app.dispatcher.is_ready() {
        return Err(Problem::NoEngine);
    }
    Ok(())
}

/// Whether the process answers
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"))
)]
pub(crate) async fn healthz() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok\n")
}

/// Whether work is taken
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses(
        (status = 200, description = "It is", body = String, content_type = "text/plain"),
        (status = 503, description = "The server is about to end, or has no networks", body = ErrorBody),
    )
)]
pub(crate) async fn readyz(State(app): State<Shared>) -> Result<&'static str, Problem> {
    ready(&app).map(|()| "ready\n")
}
