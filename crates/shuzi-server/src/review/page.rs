//! The page: plain modules, all of them in the program.

use axum::Router;

use super::Shared;
use crate::http::{Asset, with_assets};

const HTML: &str = include_str!("page/review.html");

const ASSETS: [Asset; 10] = [
    Asset {
        path: "/",
        text: HTML,
    },
    Asset {
        path: "/review",
        text: HTML,
    },
    Asset {
        path: "/review/review.css",
        text: include_str!("page/review.css"),
    },
    Asset {
        path: "/review/app.js",
        text: include_str!("page/app.js"),
    },
    Asset {
        path: "/review/api.js",
        text: include_str!("page/api.js"),
    },
    Asset {
        path: "/review/dom.js",
        text: include_str!("page/dom.js"),
    },
    Asset {
        path: "/review/group.js",
        text: include_str!("page/group.js"),
    },
    Asset {
        path: "/review/field.js",
        text: include_str!("page/field.js"),
    },
    Asset {
        path: "/review/arbitrate.js",
        text: include_str!("page/arbitrate.js"),
    },
    Asset {
        path: "/review/statistics.js",
        text: include_str!("page/statistics.js"),
    },
];

/// These routes and the page.
pub(super) fn with_page(router: Router<Shared>) -> Router<Shared> {
    with_assets(router, &ASSETS)
}
