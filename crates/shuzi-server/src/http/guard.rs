//! Who is let through to a route.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Problem, Shared, intake::turn_away};
use crate::{access::bearer, config::Access};

/// Routes that say nothing of anybody's pictures, for those who can't send a token: probes,
/// and browsers on their way to the page.
const OPEN: [&str; 11] = [
    "/",
    "/page.css",
    "/page.js",
    "/docs",
    "/docs.css",
    "/docs.js",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/v2/health/live",
    "/v2/health/ready",
];

pub(crate) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let checked = app.hosts.check(&request).and_then(|()| {
        let route = request.extensions().get::<MatchedPath>();
        let open = route.is_some_and(|route| OPEN.contains(&route.as_str()));
        match &app.config.access {
            Access::Token(token) if !open => match bearer(request.headers()) {
                Some(sent) if token.admits(sent) => Ok(()),
                _ => Err(Problem::Token),
            },
            _ => Ok(()),
        }
    });
    match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            turn_away(request, app.config.max_body).await;
            problem.into_response()
        }
    }
}
