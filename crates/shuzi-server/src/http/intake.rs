//! A request's body, within its limits.

use std::time::Duration;

use axum::{
    body::{Body as HttpBody, HttpBody as _},
    extract::Request,
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT},
        request::Parts,
    },
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout, timeout_at};

use super::{App, Problem};
use crate::work::{Room, TicketHolder};

/// Longest time for which the body of a request that is refused is read away: who is still
/// sending would not see the answer.
const DRAIN: Duration = Duration::from_millis(500);

/// A request that is there as a whole, with its place.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) parts: Parts,
    pub(crate) bytes: Bytes,
    pub(crate) room: Room,
    pub(crate) holder: TicketHolder,
}

/// Takes the body of a request, if there is room for it.
pub(crate) async fn take(app: &App, request: Request) -> Result<Body, Problem> {
    let holder = TicketHolder::new(app.config.deadline);
    let (parts, body) = request.into_parts();
    let limit = app.config.max_body;
    let taken = async {
        plain(&parts.headers)?;
        let declared = declared(&parts.headers)?;
        if declared.is_some_and(|declared| declared > limit as u64) {
            return Err(Problem::TooLarge { limit });
        }
        let declared = declared.and_then(|declared| usize::try_from(declared).ok());
        Ok(app.admission.admit(declared.unwrap_or(limit))?)
    };
    let room = match taken.await {
        Ok(room) => room,
        Err(problem) => {
            // Who asked whether to send has not sent yet.
            if !parts.headers.contains_key(EXPECT) {
                drain(body, limit).await;
            }
            return Err(problem);
        }
    };
    let until = Instant::from_std(holder.ticket().until());
    let collected = timeout_at(until, Limited::new(body, limit).collect()).await;
    let bytes = match collected {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Err(Problem::TooLarge { limit });
        }
        Ok(Err(_)) => return Err(Problem::CutOff),
        Err(_) => return Err(Problem::Slow),
    };
    Ok(Body {
        parts,
        bytes,
        room,
        holder,
    })
}

/// Refuses what is packed.
fn plain(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(()),
        Some(other) => Err(Problem::Encoding(
            String::from_utf8_lossy(other).chars().take(40).collect(),
        )),
    }
}

fn declared(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(CONTENT_LENGTH) else {
        return Ok(None);
    };
    let length = value.to_str().ok().and_then(|text| text.parse().ok());
    length.map(Some).ok_or(Problem::Header {
        name: "content-length",
        expected: "a number of bytes",
    })
}

/// Reads a body away, up to a limit.
async fn drain(mut body: HttpBody, limit: usize) {
    let all = async {
        let mut left = limit;
        while let Some(Ok(frame)) = body.frame().await {
            let data = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(data) {
                Some(rest) if !body.is_end_stream() => left = rest,
                _ => break,
            }
        }
    };
    // Who sends slowly does not see the answer.
    let _ = timeout(DRAIN, all).await;
}
