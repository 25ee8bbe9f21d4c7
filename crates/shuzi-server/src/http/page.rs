//! The pages: `/` to draw on, `/docs` to look paths up.

use axum::{
    http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY},
    response::{Html, IntoResponse, Response},
};

/// All of each: nothing comes from another host.
const PAGE: &str = include_str!("page.html");
const DOCS: &str = include_str!("docs.html");

/// Scripts and styles are the page's own, and it talks to this server alone.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn page() -> Response {
    html(PAGE)
}

pub(crate) async fn docs() -> Response {
    html(DOCS)
}

fn html(text: &'static str) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(text)).into_response()
}
