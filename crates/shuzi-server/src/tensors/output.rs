//! The tensors of an answer.

use axum::{
    Json,
    body::Body,
    http::{HeaderName, HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use shuzi_nn::softmax;

use super::{
    HEADER_LENGTH, LOGITS, PROBABILITIES,
    error::TensorError,
    message::{BinarySize, InferRequest, InferResponse, OutputTensor},
};
use crate::http::Problem;

/// Which outputs are wanted, and which of them as binary tensors.
#[derive(Debug)]
pub(super) struct Outputs(Vec<(&'static str, bool)>);

impl Outputs {
    /// Those that a request names, or all.
    pub(super) fn of(request: &InferRequest) -> Result<Self, TensorError> {
        let binary = request.parameters.binary_data_output;
        if request.outputs.is_empty() {
            return Ok(Self(vec![(LOGITS, binary), (PROBABILITIES, binary)]));
        }
        let wanted = request.outputs.iter().map(|output| {
            let parameters = &output.parameters;
            if parameters.classification.is_some() {
                let what = "the parameter classification";
                return Err(TensorError::Unsupported { what });
            }
            if parameters.shared_memory_region.is_some() {
                let what = "shared_memory_region";
                return Err(TensorError::Unsupported { what });
            }
            let names = [LOGITS, PROBABILITIES].into_iter();
            let name = names.into_iter().find(|name| *name == output.name);
            let name = name.ok_or_else(|| TensorError::Output {
                got: output.name.chars().take(80).collect(),
            })?;
            Ok((name, parameters.binary_data.unwrap_or(binary)))
        });
        let wanted: Vec<_> = wanted.collect::<Result<_, _>>()?;
        let mut names: Vec<_> = wanted.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() < wanted.len() {
            let what = "an output that is named twice";
            return Err(TensorError::Unsupported { what });
        }
        Ok(Self(wanted))
    }
}

/// The answer with its tensors, of `logits`, `[n, classes]`.
pub(super) fn respond(
    mut response: InferResponse,
    outputs: &Outputs,
    logits: &[f32],
    classes: usize,
) -> Result<Response, Problem> {
    let images = logits.len() / classes.max(1);
    let mut rest = Vec::new();
    for &(name, binary) in &outputs.0 {
        let mut values = logits.to_vec();
        if name == PROBABILITIES {
            softmax(&mut values, classes);
        }
        let mut tensor = OutputTensor {
            name,
            shape: [images, classes],
            datatype: "FP32",
            parameters: None,
            data: None,
        };
        if binary {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes());
            rest.extend(bytes);
            tensor.parameters = Some(BinarySize {
                binary_data_size: 4 * values.len(),
            });
        } else {
            tensor.data = Some(values);
        }
        response.outputs.push(tensor);
    }
    if outputs.0.iter().all(|(_, binary)| !binary) {
        return Ok(Json(response).into_response());
    }
    let mut body =
        serde_json::to_vec(&response).map_err(|error| Problem::Refused(error.to_string()))?;
    let length = HeaderValue::from(body.len());
    body.append(&mut rest);
    let kind = HeaderValue::from_static("application/octet-stream");
    let headers = [
        (CONTENT_TYPE, kind),
        (HeaderName::from_static(HEADER_LENGTH), length),
    ];
    Ok((headers, Body::from(body)).into_response())
}
