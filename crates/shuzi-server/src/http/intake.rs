//! A request's body, within its limits.
//!
//! What arrives slowly keeps nobody out: a body has memory for what has come of it, and a
//! place in the queue once it is whole.

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
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::{App, Problem};
use crate::work::{BodyMemory, Full, Room, TicketHolder};

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
    if let Err(problem) = promising(app, request.headers()) {
        turn_away(request, app.config.max_body).await;
        return Err(problem);
    }
    let (parts, mut body) = request.into_parts();
    let arriving = Arriving {
        limit: app.config.max_body,
        pause: app.config.http.body_timeout,
        until: Instant::from_std(holder.ticket().until()),
        memory: app.admission.body(),
    };
    let taken = match arriving.collect(&mut body).await {
        Ok((bytes, memory)) => Ok((bytes, app.admission.admit(memory)?)),
        Err(problem) => Err(problem),
    };
    match taken {
        Ok((bytes, room)) => Ok(Body {
            parts,
            bytes,
            room,
            holder,
        }),
        Err(problem) => {
            if !matches!(problem, Problem::Slow | Problem::CutOff) {
                drain(&mut body, app.config.max_body).await;
            }
            Err(problem)
        }
    }
}

/// Refuses by the head what would be refused as a whole.
fn promising(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let limit = app.config.max_body;
    plain(headers)?;
    if declared(headers)?.is_some_and(|declared| declared > limit as u64) {
        return Err(Problem::TooLarge { limit });
    }
    if app.admission.is_full() {
        return Err(Problem::Full);
    }
    Ok(())
}

/// A body on its way.
struct Arriving {
    /// Most bytes of it.
    limit: usize,
    /// Longest time without any.
    pause: Duration,
    /// When all must be there.
    until: Instant,
    memory: BodyMemory,
}

impl Arriving {
    async fn collect(mut self, body: &mut HttpBody) -> Result<(Bytes, BodyMemory), Problem> {
        let mut bytes = BytesMut::new();
        loop {
            let until = self.until.min(Instant::now() + self.pause);
            let frame = match timeout_at(until, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(_))) => return Err(Problem::CutOff),
                Ok(None) => return Ok((bytes.freeze(), self.memory)),
                Err(_) => return Err(Problem::Slow),
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.len() > self.limit - bytes.len() {
                return Err(Problem::TooLarge { limit: self.limit });
            }
            self.memory.grow(data.len()).map_err(|Full| Problem::Full)?;
            bytes.extend_from_slice(&data);
        }
    }
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

/// Reads the body of a request away that is refused.
pub(crate) async fn turn_away(request: Request, limit: usize) {
    // Who asked whether to send has not sent yet.
    if !request.headers().contains_key(EXPECT) {
        drain(&mut request.into_body(), limit).await;
    }
}

/// Reads a body away, up to a limit.
pub(crate) async fn drain(body: &mut HttpBody, limit: usize) {
    let all = async {
        let mut left = limit;
        while !body.is_end_stream() {
            let Some(Ok(frame)) = body.frame().await else {
                break;
            };
            let data = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(data) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    // Who sends slowly does not see the answer.
    let _ = timeout(DRAIN, all).await;
}
