//! What a request gets that can't be answered.

use std::any::Any;

use axum::{
    Json,
    extract::rejection::PathRejection,
    http::{
        HeaderValue, StatusCode,
        header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shuzi_reader::{DecodeError, ReadError};
use shuzi_review::ActError;
use utoipa::ToSchema;

use crate::{
    error::PageError,
    tensors::TensorError,
    work::{Failure, Full},
};

/// Seconds after which a refused client may try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What was expected and what came, one sentence.
    pub(crate) error: String,
    /// A short name of the kind of error, which stays.
    pub(crate) code: &'static str,
}

/// Why a request is not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("no such path: {0} (GET /openapi.json lists all)")]
    NoRoute(String),
    #[error("{0} is not answered here: see the header Allow")]
    Method(String),
    #[error("this server is not called so: --host NAME says how it is called")]
    Host,
    #[error("pages of other servers may not ask here")]
    Origin,
    #[error("expected the header Authorization: Bearer TOKEN, with the token of this server")]
    Token,
    #[error("the path is not UTF-8")]
    Path,
    #[error("in the query: {0}")]
    Query(String),
    #[error("header {name}: expected {expected}")]
    Header {
        name: &'static str,
        expected: &'static str,
    },
    #[error("content-encoding {0} is not read: send the bytes as they are")]
    Encoding(String),
    #[error("expected a body of at most {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body ends before it is whole")]
    CutOff,
    #[error("the body did not arrive in time")]
    Slow,
    #[error("multipart: {0}")]
    Multipart(String),
    #[error("expected multipart/form-data with fields named file")]
    NoMultipart,
    #[error(transparent)]
    Page(#[from] PageError),
    #[error("{0}")]
    Constraints(String),
    #[error(transparent)]
    Tensor(#[from] TensorError),
    #[error("in the JSON: {0}")]
    Json(String),
    #[error(transparent)]
    Act(#[from] ActError),
    #[error("the stack can't be read or written: the log says why")]
    Store,
    #[error("all places are taken: try again")]
    Full,
    #[error("not done in time: try again")]
    Expired,
    #[error("the server is about to end")]
    Stopping,
    #[error("this request broke the reader; the server goes on")]
    Panicked,
    #[error("there are no networks at present")]
    NoEngine,
    #[error("the networks refuse it: {0}")]
    Refused(String),
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin => StatusCode::FORBIDDEN,
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Act(error) => act_status(error),
            Self::Path
            | Self::Json(_)
            | Self::Query(_)
            | Self::Header { .. }
            | Self::CutOff
            | Self::Multipart(_)
            | Self::Constraints(_) => StatusCode::BAD_REQUEST,
            Self::Encoding(_) | Self::NoMultipart => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Page(error) => page_status(error),
            Self::Tensor(error) => error.status(),
            Self::Full | Self::Expired | Self::Stopping | Self::NoEngine => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store | Self::Panicked | Self::Refused(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoRoute(_) => "no-route",
            Self::Method(_) => "method",
            Self::Host => "host",
            Self::Origin => "origin",
            Self::Token => "token",
            Self::Path => "path",
            Self::Query(_) => "query",
            Self::Header { .. } => "header",
            Self::Encoding(_) => "encoding",
            Self::TooLarge { .. } => "too-large",
            Self::CutOff => "cut-off",
            Self::Slow => "slow",
            Self::Multipart(_) | Self::NoMultipart => "multipart",
            Self::Page(_) => "image",
            Self::Constraints(_) => "constraints",
            Self::Tensor(error) => error.code(),
            Self::Json(_) => "json",
            Self::Act(_) => "act",
            Self::Store => "store",
            Self::Full => "full",
            Self::Expired => "deadline",
            Self::Stopping => "stopping",
            Self::Panicked => "panic",
            Self::NoEngine => "no-engine",
            Self::Refused(_) => "refused",
        }
    }
}

fn act_status(error: &ActError) -> StatusCode {
    match error {
        ActError::Id { .. } | ActError::Text { .. } => StatusCode::BAD_REQUEST,
        // It could have been said, but not now, or not by this operator.
        _ => StatusCode::CONFLICT,
    }
}

fn page_status(error: &PageError) -> StatusCode {
    match error {
        PageError::NoSuchPage { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        PageError::Read(ReadError::Decode(error)) => match error {
            DecodeError::Format | DecodeError::Foreign { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            DecodeError::TooLarge { .. } | DecodeError::TooManyPages { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        },
        PageError::Read(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = ErrorBody {
            error: self.to_string(),
            code: self.code(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_SECONDS);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // What is left of a body is not waited for.
        if matches!(self, Self::TooLarge { .. } | Self::Slow | Self::CutOff) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// The answer where a handler panicked.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::Panicked.into_response()
}

impl From<Full> for Problem {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::Path
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Expired => Self::Expired,
            Failure::Panicked => Self::Panicked,
            Failure::NoEngine => Self::NoEngine,
            Failure::Refused(why) => Self::Refused(why),
        }
    }
}
