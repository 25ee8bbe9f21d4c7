//! Who is let in, and a line in the log for each.

use std::{sync::atomic::Ordering, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{MOST_BODY, Shared};
use crate::{
    access::bearer,
    http::{Problem, REQUEST_ID, known, shield, turn_away},
};

/// Who a request is from.
#[derive(Clone, Debug)]
pub(super) struct Operator(pub(super) String);

/// Lets operators through.
pub(super) async fn operator(
    State(review): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = bearer(request.headers());
    let name = token.and_then(|token| review.operators.find(token));
    match name.map(str::to_owned) {
        Some(name) => {
            request.extensions_mut().insert(Operator(name));
            next.run(request).await
        }
        None => {
            turn_away(request, MOST_BODY).await;
            Problem::Token.into_response()
        }
    }
}

/// What is done around every request.
pub(super) async fn observe(
    State(review): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = review.next.fetch_add(1, Ordering::Relaxed);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = known(request.method());
    let mut response = match review.hosts.check(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            turn_away(request, MOST_BODY).await;
            problem.into_response()
        }
    };
    let status = response.status().as_u16();
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    tracing::info!(id, method, route, status, ms);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, HeaderValue::from(id));
    shield(headers);
    response
}
