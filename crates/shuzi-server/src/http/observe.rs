//! What is done around every request: a number, a time, a count, a line in the log.

use std::{sync::atomic::Ordering, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_SECURITY_POLICY},
    middleware::Next,
    response::Response,
};

use super::{Shared, Timing};
use crate::metrics::Metrics;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const OPTIONS: HeaderName = HeaderName::from_static("x-content-type-options");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a browser may do with an answer that is no page: nothing.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

pub(crate) async fn observe(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = app.next.fetch_add(1, Ordering::Relaxed);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = known(request.method());
    let mut guard = Unanswered(Some(&app.metrics));
    let mut response = next.run(request).await;
    guard.0 = None;
    let total = begun.elapsed();
    let timing = response.extensions().get::<Timing>().copied();
    let status = response.status().as_u16();
    app.metrics.request(route, status, total);
    tracing::info!(id, method, route, status, ms = total.as_secs_f64() * 1e3);

    let mut header = String::new();
    if let Some(Timing { queue, inference }) = timing {
        app.metrics.time("queue", queue);
        app.metrics.time("inference", inference);
        let [queue, inference] = [queue, inference].map(|time| time.as_secs_f64() * 1e3);
        header = format!("queue;dur={queue:.3}, inference;dur={inference:.3}, ");
    }
    header += &format!("total;dur={:.3}", total.as_secs_f64() * 1e3);
    let headers = response.headers_mut();
    if let Ok(timing) = HeaderValue::from_str(&header) {
        headers.insert(SERVER_TIMING, timing);
    }
    headers.insert(REQUEST_ID, HeaderValue::from(id));
    shield(headers);
    response
}

/// Keeps an answer from foreign pages, and from being taken for something else.
pub(crate) fn shield(headers: &mut HeaderMap) {
    headers.insert(OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING);
}

/// Counts a request whose client went: it is then dropped before it has an answer.
struct Unanswered<'a>(Option<&'a Metrics>);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(metrics) = self.0 {
            metrics.left.inc();
        }
    }
}

/// A method's name, if it is one of HTTP's own.
pub(crate) fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
