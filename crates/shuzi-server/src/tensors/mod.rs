//! The Open Inference Protocol (KServe v2) with its extension for binary tensors.

mod data;
mod error;
mod infer;
mod message;
mod models;
mod output;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use self::{
    error::TensorError,
    infer::{__path_infer, infer},
    models::{
        __path_live, __path_model, __path_model_ready, __path_ready, __path_server, live, model,
        model_ready, ready, server,
    },
};
use crate::http::Shared;

/// Name of the one input, as in the ONNX files.
const INPUT: &str = "images";

/// Names of the outputs.
const LOGITS: &str = "logits";
const PROBABILITIES: &str = "probabilities";

/// The one version of each model.
const VERSION: &str = "1";

/// The header that says where JSON ends and binary tensors begin.
const HEADER_LENGTH: &str = "inference-header-content-length";

/// The routes of the protocol.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v2", get(server))
        .route("/v2/health/live", get(live))
        .route("/v2/health/ready", get(ready))
        .route("/v2/models/{model}", get(model))
        .route("/v2/models/{model}/ready", get(model_ready))
        .route("/v2/models/{model}/infer", post(infer))
        .route("/v2/models/{model}/versions/{version}", get(model))
        .route(
            "/v2/models/{model}/versions/{version}/ready",
            get(model_ready),
        )
        .route("/v2/models/{model}/versions/{version}/infer", post(infer))
}
