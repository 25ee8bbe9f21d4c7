//! Ink to regions for digits.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    frames::{FrameParams, without_frames},
    group::{Group, connected, spread, usual_height},
    parts::{JoinParams, joined},
    text_lines::in_lines,
};
use crate::{binarize::Ink, image::rectangle::Rectangle, image::weighted_median::weighted_median};

/// Which pieces of ink may be digits. A rule that is `None` is not applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComponentParams {
    /// Least longer side of a digit in pixels, lest it be a speck.
    pub least_side: usize,
    /// The same as a share of the picture's longer side; the greater counts.
    pub least_share: f64,
    /// Pieces that are looked at, the largest first: more than a page of numbers
    /// has, so that a picture of noise costs little.
    pub most_pieces: usize,
    /// Heights that a digit has, as shares of the usual: where something as high was left out a
    /// digit may be missing.
    pub digit_heights: Range<f64>,
    /// Share of the lower one's rows that two pieces of one line have more than in common.
    pub shared_rows: f64,
    /// Frames and rules are left out. Off: they may be digits, or join what they touch.
    pub frames: Option<FrameParams>,
    /// Mean coverage of a piece, as a share of the usual, below which it is no
    /// writing. Off: it is.
    pub faintest: Option<f64>,
    /// Parts of a broken digit are joined. Off: each is a piece of its own.
    pub parts: Option<JoinParams>,
    /// What a digit is like.
    pub shape: DigitShapeParams,
    /// What a point or a comma is like. Off: there is none.
    pub points: Option<PointParams>,
}

impl Default for ComponentParams {
    /// Guesses; what pieces share by the meaning of most.
    fn default() -> Self {
        Self {
            least_side: 8,
            least_share: 0.008,
            most_pieces: 1000,
            digit_heights: 0.5..1.4,
            shared_rows: 0.5,
            frames: Some(FrameParams::default()),
            faintest: Some(0.7),
            parts: Some(JoinParams::default()),
            shape: DigitShapeParams::default(),
            points: Some(PointParams::default()),
        }
    }
}

/// What a piece must be like to be a digit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DigitShapeParams {
    /// Height, as a share of the digits', below which it is no digit alone: a point, a comma, a
    /// dash, dust.
    pub least_height: f64,
    /// A dash is no digit. Off: it may be one.
    pub dash: Option<DashParams>,
    /// A blob is no digit. Off: it may be one.
    pub blob: Option<BlobParams>,
}

impl Default for DigitShapeParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            least_height: 0.35,
            dash: Some(DashParams::default()),
            blob: Some(BlobParams::default()),
        }
    }
}

/// What a dash is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DashParams {
    /// Width that it exceeds, in its heights.
    pub width: f64,
    /// Share of its rectangle that it fills more than.
    pub fill: f64,
}

impl Default for DashParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            width: 1.8,
            fill: 0.5,
        }
    }
}

/// What a blob is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlobParams {
    /// Share of its rectangle that it fills more than.
    pub fill: f64,
    /// Shorter side that it exceeds, in its longer ones.
    pub slim: f64,
}

impl Default for BlobParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            fill: 0.85,
            slim: 0.6,
        }
    }
}

/// What a point or a comma is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PointParams {
    /// Its longer side, as a share of the digits' height.
    pub sizes: Range<f64>,
    /// Its greatest width, as a share of the digits' height.
    pub widest: f64,
}

impl Default for PointParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            sizes: 0.08..0.4,
            widest: 0.3,
        }
    }
}

/// Strokes that may be one digit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// Where it is.
    pub bounds: Rectangle,
    /// Its line, from 0 at the top.
    pub line: usize,
    /// Labels of its parts in [`Components::labels`].
    pub labels: Vec<u32>,
}

impl Region {
    /// Columns and rows of an ink that hold it whole: its soft edge reaches a little over its
    /// bounds.
    pub(crate) fn with_soft_edge(&self, ink: &Ink) -> [Range<usize>; 2] {
        let bounds = &self.bounds;
        let reach = 2 + bounds.longest() / 20;
        let columns = bounds.x.saturating_sub(reach)..(bounds.right() + reach).min(ink.width);
        let rows = bounds.y.saturating_sub(reach)..(bounds.bottom() + reach).min(ink.height);
        [columns, rows]
    }
}

/// What the ink consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// `[height, width]`: to which connected piece of ink a pixel belongs, its
    /// soft edge included; 0 is paper.
    pub labels: Vec<u32>,
    /// Candidates in reading order: lines from the top, each from the left.
    pub regions: Vec<Region>,
    /// Pieces as high as a digit that were taken for frames, rules or print:
    /// where there are some, a digit may be missing.
    pub left_out: usize,
    /// Pieces that are too low for a digit, and as large as a point or a comma.
    pub points: Vec<Rectangle>,
    /// The highest label.
    pub(crate) last_label: u32,
}

impl Components {
    /// The first of so many labels that no pixel has yet.
    pub(crate) fn new_labels(&mut self, count: u32) -> u32 {
        let first = self.last_label + 1;
        self.last_label += count;
        first
    }
}

/// Finds the regions for digits: connected pieces of ink, the parts of a
/// broken digit joined, and without specks, points, dashes, solid blobs, rules
/// and frames.
pub fn find_components(ink: &Ink, params: &ComponentParams) -> Components {
    let (mut labels, mut groups) = connected(ink);
    let last_label = groups.len() as u32;
    spread(ink, &mut labels);
    let longer = ink.width.max(ink.height) as f64;
    let least = (params.least_share * longer).max(params.least_side as f64) as usize;
    groups.retain(|group| group.bounds.longest() >= 2);
    groups.sort_by_key(|group| std::cmp::Reverse(group.area));
    groups.truncate(params.most_pieces);
    let all: Vec<Rectangle> = groups.iter().map(|group| group.bounds).collect();
    let groups = match &params.frames {
        Some(frames) => without_frames(&groups, ink, frames),
        None => groups,
    };
    let groups = match params.faintest {
        Some(faintest) => without_faint(groups, faintest),
        None => groups,
    };
    let height = usual_height(&groups);
    let as_a_digit = |bounds: &&Rectangle| {
        params
            .digit_heights
            .contains(&(bounds.height as f64 / height))
    };
    let kept = groups.iter().map(|group| &group.bounds).filter(as_a_digit);
    let left_out = all.iter().filter(as_a_digit).count() - kept.count();
    let groups = match &params.parts {
        Some(parts) => joined(groups, height, parts),
        None => groups,
    };
    let (digits, others): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(|group| {
        group.bounds.longest() >= least && params.shape.may_be_digit(group, height)
    });
    let may_be_point = |bounds: &Rectangle| {
        let points = params.points.as_ref();
        points.is_some_and(|points| points.may_be_point(bounds, height))
    };
    let points = others
        .iter()
        .map(|group| group.bounds)
        .filter(may_be_point)
        .collect();
    let region = |(line, group): (usize, Group)| Region {
        bounds: group.bounds,
        line,
        labels: group.parts,
    };
    let lines = in_lines(digits, params.shared_rows).into_iter().enumerate();
    let of_lines =
        lines.flat_map(|(line, members)| members.into_iter().map(move |one| (line, one)));
    let regions = of_lines.map(region).collect();
    Components {
        labels,
        regions,
        left_out,
        points,
        last_label,
    }
}

/// Leaves out what is fainter than that share of most of the ink: print under it, a
/// shadow's edge.
fn without_faint(mut groups: Vec<Group>, faintest: f64) -> Vec<Group> {
    let strength = |group: &Group| group.mass as f64 / group.area as f64;
    let strengths = groups.iter().map(|group| (strength(group), group.area));
    let usual = weighted_median(strengths.collect());
    let least = usual.map_or(0.0, |usual| faintest * usual);
    groups.retain(|group| strength(group) >= least);
    groups
}

impl DigitShapeParams {
    fn may_be_digit(&self, group: &Group, height: f64) -> bool {
        let bounds = &group.bounds;
        let is_dash = self.dash.as_ref().is_some_and(|dash| {
            bounds.width as f64 > dash.width * bounds.height as f64
                && group.area as f64 > dash.fill * bounds.area() as f64
        });
        let is_blob = self.blob.as_ref().is_some_and(|blob| {
            let fill = group.area as f64 / bounds.area() as f64;
            let slim = bounds.width.min(bounds.height) as f64 / bounds.longest() as f64;
            fill > blob.fill && slim > blob.slim
        });
        bounds.height as f64 >= self.least_height * height && !is_dash && !is_blob
    }
}

impl PointParams {
    fn may_be_point(&self, bounds: &Rectangle, height: f64) -> bool {
        let [longest, width] = [bounds.longest(), bounds.width].map(|side| side as f64 / height);
        self.sizes.contains(&longest) && width <= self.widest
    }
}

#[cfg(test)]
pub(crate) mod tests;
