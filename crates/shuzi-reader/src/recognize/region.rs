//! The strokes of a digit that was found by its frames alone.

use std::collections::BTreeMap;

use shuzi_line::Window;

use crate::{binarize::Ink, image::rectangle::Rectangle, page::Page, segment::components::Region};

/// The connected pieces of which more than half lies between some columns of a window; where
/// there are none, the columns alone.
pub(crate) fn region_between(
    page: &Page,
    window: Window,
    [left, right]: [f64; 2],
    line: usize,
) -> Region {
    let (width, height) = (page.picture.width, page.picture.height);
    let clip = |at: f64, end: usize| at.round().clamp(0.0, end as f64) as usize;
    let (x, right) = (clip(left, width), clip(right, width));
    let (y, bottom) = (
        clip(window.top, height),
        clip(window.top + window.height, height),
    );
    let band = Rectangle {
        x,
        y,
        width: right.saturating_sub(x).max(1),
        height: bottom.saturating_sub(y).max(1),
    };
    let nothing = Region {
        bounds: band,
        line,
        labels: Vec::new(),
    };
    let Some(ink) = &page.ink else {
        return nothing;
    };
    // Of each piece, its pixels within and in all.
    let mut pieces: BTreeMap<u32, ([usize; 2], Option<Rectangle>)> = BTreeMap::new();
    for (at, (&label, &coverage)) in page.components.labels.iter().zip(&ink.coverage).enumerate() {
        if label == 0 || coverage < Ink::EDGE {
            continue;
        }
        let (px, py) = (at % width, at / width);
        let (counts, bounds) = pieces.entry(label).or_default();
        counts[1] += 1;
        if (x..right).contains(&px) && (y..bottom).contains(&py) {
            let pixel = Rectangle::pixel(px, py);
            counts[0] += 1;
            *bounds = Some(bounds.map_or(pixel, |all| all.union(&pixel)));
        }
    }
    pieces.retain(|_, ([within, all], _)| 2 * *within > *all);
    let bounds = pieces.values().filter_map(|(_, bounds)| *bounds);
    match bounds.reduce(|a, b| a.union(&b)) {
        Some(bounds) => Region {
            bounds,
            line,
            labels: pieces.into_keys().collect(),
        },
        None => nothing,
    }
}
