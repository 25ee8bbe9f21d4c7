//! Files that come as a form.

use axum::{
    body::Body as HttpBody,
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, HeaderValue, header::CONTENT_TYPE, request::Parts},
};
use bytes::Bytes;

use super::Problem;

/// The field that has a file.
const FIELD: &str = "file";

/// Most bytes of a file's name.
const MOST_NAME: usize = 255;

/// A file of a form.
#[derive(Debug)]
pub(crate) struct FormFile {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

/// Whether a body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let form = b"multipart/";
    kind.and_then(|kind| kind.get(..form.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(form))
}

/// The files of a form, at most `most` of them and at least one.
pub(crate) async fn files(
    parts: Parts,
    bytes: Bytes,
    most: usize,
) -> Result<Vec<FormFile>, Problem> {
    let wrong =
        |error: axum::extract::multipart::MultipartError| Problem::Multipart(error.body_text());
    let request = Request::from_parts(parts, HttpBody::from(bytes));
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Problem::NoMultipart)?;
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        let field_name = field.name().unwrap_or_default();
        if field_name != FIELD {
            let got: String = field_name.chars().take(40).collect();
            let message = format!("expected fields named {FIELD}, got one named {got:?}");
            return Err(Problem::Multipart(message));
        }
        if files.len() == most {
            let message = format!("expected at most {most} files");
            return Err(Problem::Multipart(message));
        }
        let name = field.file_name().unwrap_or(FIELD).to_owned();
        if name.len() > MOST_NAME {
            let message = format!("expected a file's name of at most {MOST_NAME} bytes");
            return Err(Problem::Multipart(message));
        }
        let bytes = field.bytes().await.map_err(wrong)?;
        files.push(FormFile { name, bytes });
    }
    if files.is_empty() {
        return Err(Problem::Multipart(format!(
            "expected a field named {FIELD}"
        )));
    }
    Ok(files)
}
