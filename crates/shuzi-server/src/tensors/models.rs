//! What the protocol asks about the server and its models.

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{INPUT, LOGITS, PROBABILITIES, VERSION, error::TensorError};
use crate::{
    http::{App, ErrorBody, Problem, Shared, is_ready},
    networks::SIDE,
};

/// What a server says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServerMetadata {
    name: &'static str,
    version: &'static str,
    extensions: [&'static str; 1],
}

/// Whether it lives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Live {
    live: bool,
}

/// Whether it takes work, under the protocol's name for that, and under the one that its
/// first text has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    ready: bool,
    live: bool,
}

/// Whether a model takes work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelReady {
    name: String,
    ready: bool,
}

/// What a model takes and gives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelMetadata {
    name: String,
    versions: [&'static str; 1],
    platform: &'static str,
    inputs: Vec<TensorMetadata>,
    outputs: Vec<TensorMetadata>,
}

/// A tensor of a model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TensorMetadata {
    name: &'static str,
    datatype: &'static str,
    /// -1 is any number.
    shape: Vec<i64>,
}

/// A model by its path.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelPath {
    model: String,
    version: Option<String>,
}

impl ModelPath {
    /// The place of the model.
    pub(super) fn find(&self, app: &App) -> Result<usize, TensorError> {
        let place = app.models.iter().position(|model| model.name == self.model);
        let place = place.ok_or_else(|| {
            let known: Vec<_> = app.models.iter().map(|model| &*model.name).collect();
            TensorError::NoModel {
                name: self.model.chars().take(80).collect(),
                known: known.join(", "),
            }
        })?;
        match &self.version {
            Some(version) if version != VERSION => Err(TensorError::NoVersion {
                got: version.chars().take(20).collect(),
            }),
            _ => Ok(place),
        }
    }
}

/// What the server is
#[utoipa::path(
    get,
    path = "/v2",
    tag = "inference",
    responses((status = 200, description = "Name, version, extensions", body = ServerMetadata))
)]
pub(crate) async fn server() -> Json<ServerMetadata> {
    Json(ServerMetadata {
        name: "shuzi",
        version: env!("CARGO_PKG_VERSION"),
        extensions: ["binary_tensor_data"],
    })
}

/// Whether the server lives
#[utoipa::path(
    get,
    path = "/v2/health/live",
    tag = "inference",
    responses((status = 200, description = "It does", body = Live))
)]
pub(crate) async fn live() -> Json<Live> {
    Json(Live { live: true })
}

/// Whether the server takes work
#[utoipa::path(
    get,
    path = "/v2/health/ready",
    tag = "inference",
    responses(
        (status = 200, description = "It does", body = Ready),
        (status = 503, description = "It is about to end", body = ErrorBody),
    )
)]
pub(crate) async fn ready(State(app): State<Shared>) -> Result<Json<Ready>, Problem> {
    is_ready(&app)?;
    Ok(Json(Ready {
        ready: true,
        live: true,
    }))
}

/// What a model takes and gives
#[utoipa::path(
    get,
    path = "/v2/models/{model}",
    tag = "inference",
    params(("model" = String, Path, description = "Its name; /info lists all", example = "improved-alexnet")),
    responses(
        (status = 200, description = "Its tensors", body = ModelMetadata),
        (status = 404, description = "There is none of that name", body = ErrorBody),
    )
)]
pub(crate) async fn model(
    State(app): State<Shared>,
    path: Result<Path<ModelPath>, PathRejection>,
) -> Result<Json<ModelMetadata>, Problem> {
    let Path(path) = path?;
    let place = path.find(&app)?;
    let model = &app.models[place];
    let (any, side, classes) = (-1, SIDE as i64, model.classes.len() as i64);
    let output = |name| TensorMetadata {
        name,
        datatype: "FP32",
        shape: vec![any, classes],
    };
    Ok(Json(ModelMetadata {
        name: model.name.clone(),
        versions: [VERSION],
        platform: "shuzi_nn",
        inputs: vec![TensorMetadata {
            name: INPUT,
            datatype: "FP32",
            shape: vec![any, 1, side, side],
        }],
        outputs: vec![output(LOGITS), output(PROBABILITIES)],
    }))
}

/// Whether a model takes work
#[utoipa::path(
    get,
    path = "/v2/models/{model}/ready",
    tag = "inference",
    params(("model" = String, Path, description = "Its name; /info lists all", example = "improved-alexnet")),
    responses(
        (status = 200, description = "It does", body = ModelReady),
        (status = 404, description = "There is none of that name", body = ErrorBody),
        (status = 503, description = "The server is about to end", body = ErrorBody),
    )
)]
pub(crate) async fn model_ready(
    State(app): State<Shared>,
    path: Result<Path<ModelPath>, PathRejection>,
) -> Result<Json<ModelReady>, Problem> {
    let Path(path) = path?;
    path.find(&app)?;
    is_ready(&app)?;
    Ok(Json(ModelReady {
        name: path.model,
        ready: true,
    }))
}
