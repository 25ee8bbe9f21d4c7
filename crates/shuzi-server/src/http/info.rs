//! What the server is, and what it counts.

use axum::{
    Json,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;

/// What a server is and allows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Info {
    name: &'static str,
    version: &'static str,
    /// The models that take tensors.
    models: Vec<String>,
    /// Least confidence of a number that is accepted, unless a request names one.
    min_confidence: f32,
    /// Most images and tensors that are taken at once.
    queue: usize,
    /// Longest time that a request waits for others, in milliseconds.
    max_wait_ms: f64,
    /// Longest time of a request, in milliseconds.
    deadline_ms: f64,
    limits: LimitsInfo,
}

/// What a request may cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitsInfo {
    /// Bytes of a body.
    body_bytes: usize,
    /// Files of a batch.
    files: usize,
    /// Pixels of an image.
    pixels: u64,
    /// Pages of a TIFF.
    pages: usize,
    /// Images of a tensor.
    tensor_images: usize,
}

/// What the server is and allows
#[utoipa::path(
    get,
    path = "/info",
    tag = "operation",
    responses((status = 200, description = "Version, models, limits", body = Info))
)]
pub(crate) async fn info(State(app): State<Shared>) -> Json<Info> {
    let config = &app.config;
    Json(Info {
        name: "shuzi",
        version: env!("CARGO_PKG_VERSION"),
        models: app.models.iter().map(|model| model.name.clone()).collect(),
        min_confidence: config.min_confidence,
        queue: config.queue,
        max_wait_ms: config.max_wait.as_secs_f64() * 1e3,
        deadline_ms: config.deadline.as_secs_f64() * 1e3,
        limits: LimitsInfo {
            body_bytes: config.max_body,
            files: config.max_files.min(config.queue),
            pixels: config.limits.pixels,
            pages: config.limits.pages,
            tensor_images: config.max_tensor_images,
        },
    })
}

/// Counts and times, for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    responses((status = 200, description = "OpenMetrics", body = String, content_type = "application/openmetrics-text"))
)]
pub(crate) async fn metrics(State(app): State<Shared>) -> Response {
    const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = app.metrics.text(app.admission.taken());
    ([(CONTENT_TYPE, KIND)], text).into_response()
}
