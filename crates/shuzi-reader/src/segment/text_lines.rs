//! Pieces of ink that stand on one line.

use super::group::Group;
use crate::image::rectangle::Rectangle;

/// The lines of some pieces in reading order: those that share more than that share of the
/// rows of the lower one are one line.
pub(super) fn in_lines(mut groups: Vec<Group>, shared_rows: f64) -> Vec<Vec<Group>> {
    groups.sort_by_key(|group| 2 * group.bounds.y + group.bounds.height);
    let mut lines: Vec<(Rectangle, Vec<Group>)> = Vec::new();
    for group in groups {
        let line = lines.iter_mut().find(|(bounds, members)| {
            // Of one member, lest a sloping line grow without end.
            let near = members.iter().any(|member| {
                let shared = member.bounds.shared_rows(&group.bounds);
                let lower = member.bounds.height.min(group.bounds.height);
                shared as f64 / lower as f64 > shared_rows
            });
            near && bounds.shared_rows(&group.bounds) > 0
        });
        match line {
            Some((bounds, members)) => {
                *bounds = bounds.union(&group.bounds);
                members.push(group);
            }
            None => lines.push((group.bounds, vec![group])),
        }
    }
    lines.sort_by_key(|(bounds, _)| 2 * bounds.y + bounds.height);
    let in_order = |(_, mut members): (Rectangle, Vec<Group>)| {
        members.sort_by_key(|group| 2 * group.bounds.x + group.bounds.width);
        members
    };
    lines.into_iter().map(in_order).collect()
}
