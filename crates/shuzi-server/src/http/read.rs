//! `POST /v1/read`: the number on one picture.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use shuzi_reader::Record;
use utoipa::ToSchema;

use super::{
    ErrorBody, Problem, Shared, Timing,
    intake::take,
    multipart::{files, is_form},
    query::{ReadQuery, asked},
    work,
};
use crate::{
    engine::{Upload, Wanted},
    work::{Answer, Task},
};

/// Name of a picture that has none, as on the command line.
const NAMELESS: &str = "-";

/// Bytes as they are.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code)] // a schema alone
pub(crate) struct Bytes(Vec<u8>);

/// A form with a picture.
#[derive(ToSchema)]
#[allow(dead_code)] // a schema alone
pub(crate) struct Picture {
    /// The picture.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Read the number that a picture shows
///
/// The picture is the body, or the one file of a form. Of a TIFF of several pages, one is read:
/// the first, or that of `page`; `pages` says how many there are.
#[utoipa::path(
    post,
    path = "/v1/read",
    tag = "read",
    params(ReadQuery),
    request_body(content(
        (Bytes = "application/octet-stream"),
        (Picture = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "What was read", body = Record),
        (status = 400, description = "Wrong options, or a form that is damaged", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "More bytes, pixels or pages than allowed", body = ErrorBody),
        (status = 415, description = "No picture, or a format that is not read", body = ErrorBody),
        (status = 422, description = "A picture that is damaged", body = ErrorBody),
        (status = 503, description = "All places are taken, or the time is over: try again after Retry-After seconds", body = ErrorBody),
    )
)]
pub(crate) async fn read(
    State(app): State<Shared>,
    request: Request,
) -> Result<(Extension<Timing>, Json<Record>), Problem> {
    let mut body = take(&app, request).await?;
    let asked = asked(&body.parts.uri, &app)?;
    let (name, bytes) = if is_form(&body.parts.headers) {
        let mut form = files(body.parts, body.bytes, 1).await?;
        // There is one, or it would have been refused.
        let file = form.pop().ok_or(Problem::NoMultipart)?;
        (file.name, file.bytes)
    } else {
        (NAMELESS.to_owned(), body.bytes)
    };
    let ticket = body.holder.ticket();
    let upload = Upload {
        bytes,
        wanted: Wanted::Page(asked.page.unwrap_or(1)),
        ticket: ticket.clone(),
    };
    let config = Arc::new(asked.config);
    let task = Task::Read { upload, config };
    let answer = app
        .dispatcher
        .submit(task, ticket.clone(), body.room.one()?);
    let mut timing = Timing::default();
    let Answer::Read(pages) = work(answer, &ticket, &mut timing).await? else {
        return Err(Problem::Panicked);
    };
    let page = pages.into_iter().next().ok_or(Problem::Expired)?;
    let record = Record::new(name, page.page, Ok::<_, String>(page.reading?));
    Ok((Extension(timing), Json(record)))
}
