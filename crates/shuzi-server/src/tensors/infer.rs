//! `POST /v2/models/{model}/infer`

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{
    HEADER_LENGTH, INPUT, VERSION,
    data::images,
    error::TensorError,
    message::{InferRequest, InferResponse},
    models::ModelPath,
    output::{Outputs, respond},
};
use crate::{
    http::{BytesSchema, ErrorBody, Problem, Shared, Timing, take, work},
    work::{Answer, Task},
};

/// Run a model on a tensor
///
/// With the extension for binary tensors: where the header Inference-Header-Content-Length
/// stands, so many bytes of the body are JSON and the others are the tensor, little-endian.
/// Outputs come so, too, where `binary_data` or `binary_data_output` asks for it.
#[utoipa::path(
    post,
    path = "/v2/models/{model}/infer",
    tag = "inference",
    params(
        ("model" = String, Path, description = "Its name; /info lists all", example = "improved-alexnet"),
        ("Inference-Header-Content-Length" = Option<u64>, Header, description = "Bytes of JSON before binary tensors"),
    ),
    request_body(content((InferRequest = "application/json"), (BytesSchema = "application/octet-stream"))),
    responses(
        (status = 200, description = "Logits and probabilities", content(
            (InferResponse = "application/json"), (BytesSchema = "application/octet-stream"),
        )),
        (status = 400, description = "A tensor of another shape or kind, or that lies about its size", body = ErrorBody),
        (status = 404, description = "There is no such model", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "More bytes than allowed", body = ErrorBody),
        (status = 415, description = "A packed body", body = ErrorBody),
        (status = 503, description = "All places are taken, or the time is over: try again after Retry-After seconds", body = ErrorBody),
    )
)]
pub(crate) async fn infer(
    State(app): State<Shared>,
    path: Result<Path<ModelPath>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let Path(path) = path?;
    let model = path.find(&app)?;
    let info = &app.models[model];
    let mut body = take(&app, request).await?;
    let (json, rest) = body
        .bytes
        .split_at(header_length(&body.parts.headers, &body.bytes)?);
    let request: InferRequest =
        serde_json::from_slice(json).map_err(|error| TensorError::Json(error.to_string()))?;
    let outputs = Outputs::of(&request)?;
    let [tensor] = request.inputs.as_slice() else {
        return Err(inputs(format!("{} inputs", request.inputs.len())).into());
    };
    if tensor.name != INPUT {
        return Err(inputs(tensor.name.chars().take(80).collect()).into());
    }
    let images = images(tensor, rest, info.divisor, app.config.max_tensor_images)?;
    let ticket = body.holder.ticket();
    let task = Task::Infer { model, images };
    let answer = app
        .dispatcher
        .submit(task, ticket.clone(), body.room.one()?);
    let mut timing = Timing::default();
    let Answer::Infer(logits) = work(answer, &ticket, &mut timing).await? else {
        return Err(Problem::Panicked);
    };
    let response = InferResponse {
        model_name: info.name.clone(),
        model_version: VERSION,
        id: request.id,
        outputs: Vec::new(),
    };
    let mut response = respond(response, &outputs, &logits, info.classes.len())?;
    response.extensions_mut().insert(timing);
    Ok(response.into_response())
}

fn inputs(got: String) -> TensorError {
    TensorError::Inputs {
        expected: INPUT,
        got,
    }
}

/// How many bytes of a body are JSON.
fn header_length(headers: &HeaderMap, body: &[u8]) -> Result<usize, TensorError> {
    let Some(value) = headers.get(HEADER_LENGTH) else {
        return Ok(body.len());
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let length = text.parse().ok().filter(|length| *length <= body.len());
    length.ok_or_else(|| TensorError::HeaderLength {
        body: body.len(),
        got: text.chars().take(40).collect(),
    })
}
