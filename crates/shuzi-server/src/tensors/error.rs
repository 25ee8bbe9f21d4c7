//! What is wrong with a request for inference.

use axum::http::StatusCode;

/// Why a request for inference is not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TensorError {
    #[error("no model {name}: expected one of {known}")]
    NoModel { name: String, known: String },
    #[error("no version {got} of the model: expected 1")]
    NoVersion { got: String },
    #[error("not a request for inference: {0}")]
    Json(String),
    #[error(
        "header Inference-Header-Content-Length: expected a number of bytes up to the body's {body}, got {got}"
    )]
    HeaderLength { body: usize, got: String },
    #[error("expected one input, {expected}, got {got}")]
    Inputs { expected: &'static str, got: String },
    #[error("input {input}: expected datatype FP32 or UINT8, got {got}")]
    Datatype { input: &'static str, got: String },
    #[error(
        "input {input}: expected shape [n, 28, 28] or [n, 1, 28, 28] with n of 1 to {most}, got {got:?}"
    )]
    Shape {
        input: &'static str,
        most: usize,
        got: Vec<i64>,
    },
    #[error("input {input}: expected {expected} values for shape {shape:?}, got {got}")]
    Values {
        input: &'static str,
        shape: Vec<i64>,
        expected: usize,
        got: usize,
    },
    #[error(
        "input {input}: expected {expected} bytes of {datatype} for shape {shape:?}, got {got}"
    )]
    Bytes {
        input: &'static str,
        datatype: &'static str,
        shape: Vec<i64>,
        expected: usize,
        got: u64,
    },
    #[error("{got} bytes follow the JSON: expected {expected}, as binary_data_size says")]
    Rest { expected: u64, got: usize },
    #[error("input {input}: expected data or the parameter binary_data_size, and not both")]
    Data { input: &'static str },
    #[error("input {input}: value {index}: expected {expected}, got {got}")]
    Value {
        input: &'static str,
        index: usize,
        expected: &'static str,
        got: f64,
    },
    #[error("no output {got}: expected logits or probabilities")]
    Output { got: String },
    #[error("{what} is not supported")]
    Unsupported { what: &'static str },
}

impl TensorError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NoModel { .. } | Self::NoVersion { .. } => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoModel { .. } | Self::NoVersion { .. } => "no-model",
            Self::Shape { .. } => "shape",
            _ => "tensor",
        }
    }
}
