//! The protocol's messages.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use utoipa::ToSchema;

use super::data::Flat;

/// A request for inference.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InferRequest {
    /// Comes back with the answer.
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) parameters: RequestParameters,
    /// One tensor, `images`.
    #[schema(min_items = 1, max_items = 1)]
    pub(super) inputs: Vec<InputTensor>,
    /// Which outputs are wanted; all where none is named.
    #[serde(default)]
    pub(super) outputs: Vec<RequestedOutput>,
}

/// Parameters of a request.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct RequestParameters {
    /// Whether outputs come as binary tensors where they don't say otherwise.
    #[serde(default)]
    pub(super) binary_data_output: bool,
}

/// A tensor of a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputTensor {
    /// `images`
    #[schema(pattern = "^images$")]
    pub(super) name: String,
    /// `[n, 28, 28]` or `[n, 1, 28, 28]`
    #[schema(min_items = 3, max_items = 4, example = json!([1, 28, 28]))]
    pub(super) shape: Vec<i64>,
    /// `FP32`, 0 (paper) to 1 (ink), or `UINT8`, 0 to 255.
    #[schema(pattern = "^(FP32|UINT8)$")]
    pub(super) datatype: String,
    #[serde(default)]
    pub(super) parameters: InputParameters,
    /// The values, row after row, in one list or in lists of lists.
    #[schema(value_type = Option<Vec<f32>>)]
    pub(super) data: Option<Flat>,
}

/// Parameters of a tensor of a request.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct InputParameters {
    /// How many of the bytes after the JSON are this tensor's.
    pub(super) binary_data_size: Option<u64>,
    #[schema(ignore)]
    pub(super) shared_memory_region: Option<IgnoredAny>,
}

/// An output that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestedOutput {
    /// `logits` or `probabilities`
    #[schema(pattern = "^(logits|probabilities)$")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) parameters: OutputParameters,
}

/// Parameters of an output that is wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct OutputParameters {
    /// Whether it comes as a binary tensor.
    pub(super) binary_data: Option<bool>,
    #[schema(ignore)]
    pub(super) classification: Option<IgnoredAny>,
    #[schema(ignore)]
    pub(super) shared_memory_region: Option<IgnoredAny>,
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InferResponse {
    /// The model.
    pub(super) model_name: String,
    /// Its version.
    pub(super) model_version: &'static str,
    /// The request's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) outputs: Vec<OutputTensor>,
}

/// A tensor of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutputTensor {
    /// `logits` or `probabilities`
    pub(super) name: &'static str,
    /// `[n, classes]`
    pub(super) shape: [usize; 2],
    /// `FP32`
    pub(super) datatype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameters: Option<BinarySize>,
    /// The values, image after image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<Vec<f32>>,
}

/// How many of the bytes after the JSON are a tensor's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BinarySize {
    pub(super) binary_data_size: usize,
}
