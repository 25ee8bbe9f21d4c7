//! What the server answers, as OpenAPI has it.

use axum::{
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "shuzi",
        description = "Reads handwritten numbers off pictures, and says how likely each is right."
    ),
    paths(
        super::read::read,
        super::batch::batch,
        super::health::healthz,
        super::health::readyz,
        super::info::metrics,
        super::info::info,
        crate::tensors::server,
        crate::tensors::live,
        crate::tensors::ready,
        crate::tensors::model,
        crate::tensors::model_ready,
        crate::tensors::infer,
    )
)]
struct Api;

/// The description of all paths, OpenAPI 3.1 as JSON.
///
/// ```
/// let text = shuzi_server::openapi_json();
/// assert!(text.contains("/v1/read"));
/// ```
pub fn openapi_json() -> String {
    // It consists of strings and numbers.
    Api::openapi().to_json().unwrap_or_default()
}

pub(crate) async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi_json()).into_response()
}
