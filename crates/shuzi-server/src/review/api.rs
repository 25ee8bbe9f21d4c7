//! What the page asks. Each act is one request, and on disk before it is answered.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{HeaderValue, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shuzi_review::{Act, Filter, Group, Millis, Screen, Task};
use tokio::time::timeout;

use super::{MOST_BODY, Review, Shared, door::Operator};
use crate::http::{Problem, drain};

/// An answer that no cache keeps.
fn fresh(value: impl Serialize) -> Response {
    let headers = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (headers, Json(value)).into_response()
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The body of a request, as JSON.
async fn json<T: DeserializeOwned>(review: &Review, request: Request) -> Result<T, Problem> {
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    loop {
        let frame = match timeout(review.body_timeout, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => return Err(Problem::CutOff),
            Ok(None) => break,
            Err(_) => return Err(Problem::Slow),
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > MOST_BODY {
            drain(&mut body, MOST_BODY).await;
            return Err(Problem::TooLarge { limit: MOST_BODY });
        }
        bytes.extend_from_slice(&data);
    }
    serde_json::from_slice(&bytes).map_err(|error| Problem::Json(error.to_string()))
}

/// Who asks, and how the stack is keyed.
#[derive(Serialize)]
struct Me {
    operator: String,
    keyings: i64,
}

pub(super) async fn me(
    State(review): State<Shared>,
    Extension(Operator(operator)): Extension<Operator>,
) -> Result<Response, Problem> {
    let keyings = review.with(|store| store.keyings()).await?;
    Ok(fresh(Me { operator, keyings }))
}

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextQuery {
    screen: Screen,
    #[serde(default)]
    filter: Filter,
}

/// An item, its picture as base64.
#[derive(Serialize)]
struct TaskBody {
    item: i64,
    row: String,
    field: String,
    crop: Option<String>,
    proposed: Option<String>,
    confidence: f64,
    reasons: Vec<String>,
    rule: Option<String>,
    said: Vec<String>,
    neighbours: Vec<(String, String)>,
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        Self {
            item: task.item,
            row: task.row,
            field: task.field,
            crop: task.crop.map(|crop| STANDARD.encode(crop)),
            proposed: task.proposed,
            confidence: task.confidence,
            reasons: task.reasons,
            rule: task.rule,
            said: task.said,
            neighbours: task.neighbours,
        }
    }
}

pub(super) async fn next(
    State(review): State<Shared>,
    Extension(Operator(operator)): Extension<Operator>,
    request: Request,
) -> Result<Response, Problem> {
    let NextQuery { screen, filter } = json(&review, request).await?;
    let next = move |store: &mut shuzi_review::Store| store.next(&operator, screen, &filter, now());
    let task = review.with(next).await?;
    Ok(fresh(task.map(TaskBody::from)))
}

/// Which digits are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupQuery {
    heading: Option<u8>,
    count: usize,
    #[serde(default)]
    filter: Filter,
}

/// Digits, each as its 28 × 28 pixels in base64.
#[derive(Serialize)]
struct GroupBody {
    heading: u8,
    glyphs: Vec<GlyphBody>,
}

#[derive(Serialize)]
struct GlyphBody {
    glyph: i64,
    confidence: f64,
    pixels: Option<String>,
}

impl From<Group> for GroupBody {
    fn from(group: Group) -> Self {
        let glyphs = group.glyphs.into_iter().map(|glyph| GlyphBody {
            glyph: glyph.glyph,
            confidence: glyph.confidence,
            pixels: glyph.pixels.map(|pixels| STANDARD.encode(pixels)),
        });
        Self {
            heading: group.heading,
            glyphs: glyphs.collect(),
        }
    }
}

pub(super) async fn group(
    State(review): State<Shared>,
    Extension(Operator(operator)): Extension<Operator>,
    request: Request,
) -> Result<Response, Problem> {
    let GroupQuery {
        heading,
        count,
        filter,
    } = json(&review, request).await?;
    if heading.is_some_and(|heading| heading > 9) {
        return Err(Problem::Json("heading: expected 0 to 9".into()));
    }
    let next = move |store: &mut shuzi_review::Store| {
        store.next_group(&operator, heading, count, &filter, now())
    };
    let group = review.with(next).await?;
    Ok(fresh(group.map(GroupBody::from)))
}

pub(super) async fn act(
    State(review): State<Shared>,
    Extension(Operator(operator)): Extension<Operator>,
    request: Request,
) -> Result<Response, Problem> {
    let act: Act = json(&review, request).await?;
    let perform = move |store: &mut shuzi_review::Store| store.perform(&operator, &act, now());
    Ok(fresh(review.with(perform).await?))
}

pub(super) async fn statistics(State(review): State<Shared>) -> Result<Response, Problem> {
    Ok(fresh(review.with(|store| store.statistics()).await?))
}
