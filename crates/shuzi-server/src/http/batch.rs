//! `POST /v1/read/batch`: the numbers on many pictures.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
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

/// A form with pictures.
#[derive(ToSchema)]
#[allow(dead_code)] // a schema alone
pub(crate) struct Pictures {
    /// A picture each; the field stands there once for each.
    #[schema(value_type = Vec<String>, format = Binary, min_items = 1)]
    file: Vec<Vec<u8>>,
}

/// Read the numbers that several pictures show
///
/// A record for each page of each file, or for that of `page`, in their order. One that can't be read has an `error`
/// and leaves the others whole; if none can be, the status is 422.
#[utoipa::path(
    post,
    path = "/v1/read/batch",
    tag = "read",
    params(ReadQuery),
    request_body(content = Pictures, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "What was read of each", body = Vec<Record>),
        (status = 400, description = "Wrong options, or a form that is damaged", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "More bytes than allowed", body = ErrorBody),
        (status = 415, description = "No form", body = ErrorBody),
        (status = 422, description = "None can be read", body = Vec<Record>),
        (status = 503, description = "All places are taken, or the time is over: try again after Retry-After seconds", body = ErrorBody),
    )
)]
pub(crate) async fn batch(
    State(app): State<Shared>,
    request: Request,
) -> Result<(StatusCode, Extension<Timing>, Json<Vec<Record>>), Problem> {
    let mut body = take(&app, request).await?;
    let asked = asked(&body.parts.uri, &app)?;
    if !is_form(&body.parts.headers) {
        return Err(Problem::NoMultipart);
    }
    let most = app.config.max_files.min(app.config.queue);
    let form = files(body.parts, body.bytes, most).await?;
    app.admission.widen(&mut body.room, form.len())?;
    let config = Arc::new(asked.config);
    let ticket = body.holder.ticket();
    let mut answers = Vec::with_capacity(form.len());
    for file in form {
        let upload = Upload {
            bytes: file.bytes,
            wanted: asked.page.map_or(Wanted::All, Wanted::Page),
            ticket: ticket.clone(),
        };
        let config = Arc::clone(&config);
        let task = Task::Read { upload, config };
        let room = body.room.one()?;
        let answer = app.dispatcher.submit(task, ticket.clone(), room);
        answers.push((file.name, answer));
    }
    let mut timing = Timing::default();
    let mut records = Vec::with_capacity(answers.len());
    for (name, answer) in answers {
        let read = match work(answer, &ticket, &mut timing).await {
            Ok(Answer::Read(pages)) => pages,
            // It leaves the rest whole.
            Ok(Answer::Infer(_)) | Err(Problem::Panicked) => {
                let error = Problem::Panicked.to_string();
                records.push(Record::new(name, None, Err(error)));
                continue;
            }
            Err(problem) => return Err(problem),
        };
        for page in read {
            let reading = page.reading.map_err(|error| error.to_string());
            records.push(Record::new(name.clone(), page.page, reading));
        }
    }
    let any = records.iter().any(|record| record.error.is_none());
    let status = if any {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok((status, Extension(timing), Json(records)))
}
