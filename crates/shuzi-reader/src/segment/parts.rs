//! The parts of broken digits.

use serde::{Deserialize, Serialize};

use super::group::Group;

/// Which pieces are parts of one digit. Heights are in those of the digits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JoinParams {
    /// Height below which a piece may be a part: one of two is.
    pub part: f64,
    /// Least height of the other.
    pub least_height: f64,
    /// Columns that both have, as a share of the narrower one's.
    pub overlap: f64,
    /// Widest gap between them.
    pub gap: f64,
    /// Greatest height of both together; in the higher one's if that is higher than a digit.
    pub highest: f64,
    /// Least ink of the lower one, as a share of the higher one's: specks are no parts.
    pub area: f64,
    /// Least longer side of the lower one, in pixels.
    pub least_side: usize,
}

impl Default for JoinParams {
    /// Guesses; what is lower than the least height is as low as two points.
    fn default() -> Self {
        Self {
            part: 0.6,
            least_height: 0.35,
            overlap: 0.5,
            gap: 0.3,
            highest: 1.6,
            area: 1.0 / 40.0,
            least_side: 3,
        }
    }
}

/// Joins the parts of broken digits: pieces one above the other, near each
/// other, at least one of them too low to be a digit.
pub(super) fn joined(mut groups: Vec<Group>, height: f64, params: &JoinParams) -> Vec<Group> {
    let mut a = 0;
    while a < groups.len() {
        let partner =
            (0..groups.len()).find(|&b| a != b && params.join(&groups[a], &groups[b], height));
        let Some(b) = partner else {
            a += 1;
            continue;
        };
        // The larger one may have new neighbours: its turn comes again.
        let other = groups.swap_remove(a.max(b));
        a = a.min(b);
        let group = &mut groups[a];
        group.bounds = group.bounds.union(&other.bounds);
        group.area += other.area;
        group.mass += other.mass;
        group.parts.extend(other.parts);
    }
    groups
}

impl JoinParams {
    /// Whether two pieces are parts of one digit.
    fn join(&self, a: &Group, b: &Group, height: f64) -> bool {
        let (upper, lower) = if a.bounds.y <= b.bounds.y {
            (&a.bounds, &b.bounds)
        } else {
            (&b.bounds, &a.bounds)
        };
        let (low, high) = if a.bounds.height <= b.bounds.height {
            (a, b)
        } else {
            (b, a)
        };
        let overlap = upper.shared_columns(lower);
        let gap = lower.y.saturating_sub(upper.bottom());
        let part = (low.bounds.height as f64) < self.part * height;
        let both_low = (high.bounds.height as f64) < self.least_height * height;
        let narrower = low.bounds.width.min(high.bounds.width);
        let above = overlap as f64 / narrower as f64 >= self.overlap
            && gap as f64 <= self.gap * height
            && (upper.union(lower).height as f64)
                <= self.highest * height.max(high.bounds.height as f64);
        // Specks are no parts: they would only draw the box out.
        let large_enough = low.area as f64 / high.area as f64 >= self.area
            && low.bounds.longest() >= self.least_side;
        part && above && !both_low && large_enough
    }
}
