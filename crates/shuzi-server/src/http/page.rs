//! The pages: `/` to draw on, `/docs` to look paths up.

use axum::{
    Router,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
    routing::get,
};

use super::Shared;

/// Scripts and styles are files of this server, nothing stands in the page itself, and it
/// talks to this server alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// A file of a page: all are in the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
}

const ASSETS: [Asset; 6] = [
    Asset {
        path: "/",
        text: include_str!("page/page.html"),
    },
    Asset {
        path: "/page.js",
        text: include_str!("page/page.js"),
    },
    Asset {
        path: "/page.css",
        text: include_str!("page/page.css"),
    },
    Asset {
        path: "/docs",
        text: include_str!("page/docs.html"),
    },
    Asset {
        path: "/docs.js",
        text: include_str!("page/docs.js"),
    },
    Asset {
        path: "/docs.css",
        text: include_str!("page/docs.css"),
    },
];

/// The routes of the pages.
pub(crate) fn routes() -> Router<Shared> {
    with_assets(Router::new(), &ASSETS)
}

/// A router and these files.
pub(crate) fn with_assets<S>(router: Router<S>, assets: &[Asset]) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    assets.iter().fold(router, |router, &asset| {
        router.route(
            asset.path,
            get(move || async move { asset.into_response() }),
        )
    })
}

impl IntoResponse for Asset {
    fn into_response(self) -> Response {
        let kind = match self.path.rsplit_once('.') {
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            _ => "text/html; charset=utf-8",
        };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(kind)),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        (headers, self.text).into_response()
    }
}
