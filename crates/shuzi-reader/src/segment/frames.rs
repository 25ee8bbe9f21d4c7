//! Print that surrounds or underlines writing and was not found as a form: boxes, table lines,
//! the edge of the sheet.

use serde::{Deserialize, Serialize};

use super::group::Group;
use crate::{binarize::Ink, image::rectangle::Rectangle};

/// What a frame or a rule is like among pieces of ink.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FrameParams {
    /// Share of its rectangle that a frame's ink covers at most.
    pub fill: f64,
    /// Least height of what a frame holds, in the frame's.
    pub held_height: f64,
    /// Greatest rectangle of what a frame holds, as a share of the frame's.
    pub held_area: f64,
    /// Least height of what a frame holds, in pixels.
    pub held_least: usize,
    /// How many times longer than thick a rule is at least.
    pub slimmest: usize,
    /// Length that a rule exceeds, as a share of that side of the picture.
    pub longest: f64,
    /// Height that something beside it exceeds where an upright rule is a 1, in the rule's.
    pub beside: f64,
    /// Share of its rectangle that what goes from edge to edge of the picture covers at most.
    pub fill_at_edge: f64,
}

impl Default for FrameParams {
    /// Guesses, tried on cheque amounts (development).
    fn default() -> Self {
        Self {
            fill: 0.45,
            held_height: 0.4,
            held_area: 0.5,
            held_least: 5,
            slimmest: 12,
            longest: 0.5,
            beside: 2.0 / 3.0,
            fill_at_edge: 0.15,
        }
    }
}

/// Leaves out what surrounds or underlines other ink without being part of it:
/// boxes, table lines, the edge of the sheet.
pub(super) fn without_frames(groups: &[Group], ink: &Ink, params: &FrameParams) -> Vec<Group> {
    let share = |part: usize, of: usize| part as f64 / of as f64;
    let frame = |group: &Group| {
        let bounds = &group.bounds;
        let thin = (group.area as f64) < params.fill * bounds.area() as f64;
        let holds_one = || {
            groups.iter().any(|other| {
                bounds.encloses(&other.bounds)
                    && share(other.bounds.height, bounds.height) >= params.held_height
                    && share(other.bounds.area(), bounds.area()) < params.held_area
                    && other.bounds.height >= params.held_least
            })
        };
        let rule = |length: usize, across: usize, side: usize| {
            let long = length > params.slimmest * across && share(length, side) > params.longest;
            long && groups.len() > 1
        };
        // A thin `1` is no rule: it is as high as what stands beside it.
        let beside = groups.iter().any(|other| {
            let [height, width] = [other.bounds.height, other.bounds.width];
            let as_high = share(height, bounds.height) > params.beside;
            other.parts != group.parts && params.slimmest * width > height && as_high
        });
        (thin && holds_one())
            || rule(bounds.width, bounds.height, ink.width)
            || !beside && rule(bounds.height, bounds.width, ink.height)
            || touches_opposite_edges(bounds, ink)
                && (group.area as f64) < params.fill_at_edge * bounds.area() as f64
                && groups.len() > 1
    };
    let kept = groups.iter().filter(|group| !frame(group));
    kept.cloned().collect()
}

fn touches_opposite_edges(bounds: &Rectangle, ink: &Ink) -> bool {
    (bounds.x == 0 && bounds.right() == ink.width)
        || (bounds.y == 0 && bounds.bottom() == ink.height)
}
