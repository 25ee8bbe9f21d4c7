//! Ink to regions for digits.

use crate::{binarize::Ink, image::morphology::neighbours, image::rectangle::Rectangle};

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

/// Least side of a piece in pixels, lest it be a speck.
const LEAST_SIDE: usize = 8;

/// The same as a share of the picture's longer side.
const LEAST_SHARE: f64 = 0.008;

/// Height of a piece, as a share of the digits', below which it is no digit
/// alone: a point, a comma, a dash, dust.
const LEAST_HEIGHT: f64 = 0.35;

/// The longer side of a point or a comma, and its greatest width, as shares of the digits'
/// height.
const POINT_SIZES: std::ops::Range<f64> = 0.08..0.4;
const WIDEST_POINT: f64 = 0.3;

/// Mean coverage of a piece, as a share of the usual, below which it is no
/// writing.
const FAINTEST: f64 = 0.7;

/// Heights that a digit has, as shares of the usual.
const DIGIT_HEIGHTS: std::ops::Range<f64> = 0.5..1.4;

/// Gap between the parts of a digit, as a share of the digits' height.
const WIDEST_GAP: f64 = 0.3;

/// Pieces that are looked at, the largest first: more than a page of numbers
/// has, so that a picture of noise costs little.
const MOST_PIECES: usize = 1000;

/// One connected piece of ink, or some that belong together.
#[derive(Clone, Debug)]
struct Group {
    /// Labels of the pieces.
    parts: Vec<u32>,
    bounds: Rectangle,
    /// Pixels of ink.
    area: usize,
    /// Sum of their coverage.
    mass: usize,
}

/// Finds the regions for digits: connected pieces of ink, the parts of a
/// broken digit joined, and without specks, points, dashes, solid blobs, rules
/// and frames.
pub fn find_components(ink: &Ink) -> Components {
    let (mut labels, mut groups) = connected(ink);
    let last_label = groups.len() as u32;
    spread(ink, &mut labels);
    let longer = ink.width.max(ink.height) as f64;
    let least = (LEAST_SHARE * longer).max(LEAST_SIDE as f64) as usize;
    groups.retain(|group| group.bounds.longest() >= 2);
    groups.sort_by_key(|group| std::cmp::Reverse(group.area));
    groups.truncate(MOST_PIECES);
    let all: Vec<Rectangle> = groups.iter().map(|group| group.bounds).collect();
    let groups = without_faint(without_form_frames(&groups, ink));
    let height = usual_height(&groups);
    let as_a_digit = |bounds: &&Rectangle| DIGIT_HEIGHTS.contains(&(bounds.height as f64 / height));
    let kept = groups.iter().map(|group| &group.bounds).filter(as_a_digit);
    let left_out = all.iter().filter(as_a_digit).count() - kept.count();
    let groups = joined(groups, height);
    let (digits, others): (Vec<Group>, Vec<Group>) = groups
        .into_iter()
        .partition(|group| group.bounds.longest() >= least && may_be_digit(group, height));
    let points = others
        .iter()
        .map(|group| group.bounds)
        .filter(|bounds| may_be_point(bounds, height))
        .collect();
    Components {
        labels,
        regions: in_lines(digits),
        left_out,
        points,
        last_label,
    }
}

/// Labels the connected pieces (eight neighbours) of pixels that are ink.
fn connected(ink: &Ink) -> (Vec<u32>, Vec<Group>) {
    let (width, height) = (ink.width, ink.height);
    let mut labels = vec![0u32; width * height];
    let mut pieces = Vec::new();
    let mut open = Vec::new();
    for start in 0..labels.len() {
        if labels[start] != 0 || ink.coverage[start] < Ink::EDGE {
            continue;
        }
        let label = pieces.len() as u32 + 1;
        let mut piece = Group {
            parts: vec![label],
            bounds: Rectangle::pixel(start % width, start / width),
            area: 0,
            mass: 0,
        };
        labels[start] = label;
        open.push(start);
        while let Some(at) = open.pop() {
            piece.area += 1;
            piece.mass += usize::from(ink.coverage[at]);
            piece.bounds = piece
                .bounds
                .union(&Rectangle::pixel(at % width, at / width));
            for neighbour in neighbours(at, [width, height]) {
                if labels[neighbour] == 0 && ink.coverage[neighbour] >= Ink::EDGE {
                    labels[neighbour] = label;
                    open.push(neighbour);
                }
            }
        }
        pieces.push(piece);
    }
    (labels, pieces)
}

/// Gives the soft edge of each piece its label: the paler pixels around it, as
/// far as they go on fading.
fn spread(ink: &Ink, labels: &mut [u32]) {
    let mut ring: Vec<usize> = (0..labels.len()).filter(|&at| labels[at] != 0).collect();
    while !ring.is_empty() {
        let mut next = Vec::new();
        for at in ring {
            for neighbour in neighbours(at, [ink.width, ink.height]) {
                let coverage = ink.coverage[neighbour];
                if labels[neighbour] == 0 && coverage >= Ink::SOFT && coverage <= ink.coverage[at] {
                    labels[neighbour] = labels[at];
                    next.push(neighbour);
                }
            }
        }
        ring = next;
    }
}

/// Leaves out what surrounds or underlines other ink without being part of it:
/// boxes, table lines, the edge of the sheet.
fn without_form_frames(groups: &[Group], ink: &Ink) -> Vec<Group> {
    let frame = |group: &Group| {
        let bounds = &group.bounds;
        let thin = (group.area as f64) < 0.45 * bounds.area() as f64;
        let holds_one = || {
            groups.iter().any(|other| {
                bounds.encloses(&other.bounds)
                    && 10 * other.bounds.height >= 4 * bounds.height
                    && 2 * other.bounds.area() < bounds.area()
                    && other.bounds.height > 4
            })
        };
        let rule = |length: usize, across: usize, side: usize| {
            length > 12 * across && 2 * length > side && groups.len() > 1
        };
        // A thin `1` is no rule: it is as high as what stands beside it.
        let beside = groups.iter().any(|other| {
            let [height, width] = [other.bounds.height, other.bounds.width];
            other.parts != group.parts && 12 * width > height && 3 * height > 2 * bounds.height
        });
        (thin && holds_one())
            || rule(bounds.width, bounds.height, ink.width)
            || !beside && rule(bounds.height, bounds.width, ink.height)
            || touches_opposite_edges(bounds, ink)
                && (group.area as f64) < 0.15 * bounds.area() as f64
                && groups.len() > 1
    };
    let kept = groups.iter().filter(|group| !frame(group));
    kept.cloned().collect()
}

/// Leaves out what is much fainter than most of the ink: print under it, a
/// shadow's edge.
fn without_faint(mut groups: Vec<Group>) -> Vec<Group> {
    let strength = |group: &Group| group.mass as f64 / group.area as f64;
    let mut strengths: Vec<(f64, usize)> = groups
        .iter()
        .map(|group| (strength(group), group.area))
        .collect();
    strengths.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: usize = strengths.iter().map(|(_, area)| area).sum();
    let mut seen = 0;
    let usual = strengths.iter().find(|(_, area)| {
        seen += area;
        2 * seen >= total
    });
    let least = usual.map_or(0.0, |(strength, _)| FAINTEST * strength);
    groups.retain(|group| strength(group) >= least);
    groups
}

fn touches_opposite_edges(bounds: &Rectangle, ink: &Ink) -> bool {
    (bounds.x == 0 && bounds.right() == ink.width)
        || (bounds.y == 0 && bounds.bottom() == ink.height)
}

/// The height that half of the ink is in pieces at least as high as.
fn usual_height(groups: &[Group]) -> f64 {
    let mut heights: Vec<(usize, usize)> = groups
        .iter()
        .map(|group| (group.bounds.height, group.area))
        .collect();
    heights.sort_unstable();
    let total: usize = heights.iter().map(|(_, area)| area).sum();
    let mut seen = 0;
    let usual = heights.iter().find(|(_, area)| {
        seen += area;
        2 * seen >= total
    });
    usual.map_or(0.0, |(height, _)| *height as f64)
}

/// Joins the parts of broken digits: pieces one above the other, near each
/// other, at least one of them too low to be a digit.
fn joined(mut groups: Vec<Group>, height: f64) -> Vec<Group> {
    let mut a = 0;
    while a < groups.len() {
        let partner =
            (0..groups.len()).find(|&b| a != b && belong_together(&groups[a], &groups[b], height));
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

fn belong_together(a: &Group, b: &Group, height: f64) -> bool {
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
    let part = (low.bounds.height as f64) < 0.6 * height;
    let both_low = (high.bounds.height as f64) < LEAST_HEIGHT * height;
    let above = 2 * overlap >= low.bounds.width.min(high.bounds.width)
        && gap as f64 <= WIDEST_GAP * height
        && (upper.union(lower).height as f64) <= 1.6 * height.max(high.bounds.height as f64);
    // Specks are no parts: they would only draw the box out.
    let large_enough = low.area * 40 >= high.area && low.bounds.longest() >= 3;
    part && above && !both_low && large_enough
}

fn is_dash(group: &Group) -> bool {
    let bounds = &group.bounds;
    bounds.width as f64 > 1.8 * bounds.height as f64
        && group.area as f64 > 0.5 * bounds.area() as f64
}

fn may_be_digit(group: &Group, height: f64) -> bool {
    let bounds = &group.bounds;
    let fill = group.area as f64 / bounds.area() as f64;
    let slim = bounds.width.min(bounds.height) as f64 / bounds.longest() as f64;
    let blob = fill > 0.85 && slim > 0.6;
    bounds.height as f64 >= LEAST_HEIGHT * height && !is_dash(group) && !blob
}

fn may_be_point(bounds: &Rectangle, height: f64) -> bool {
    let [longest, width] = [bounds.longest(), bounds.width].map(|side| side as f64 / height);
    POINT_SIZES.contains(&longest) && width <= WIDEST_POINT
}

/// Puts regions in reading order: those that share most of their rows are
/// one line.
fn in_lines(mut groups: Vec<Group>) -> Vec<Region> {
    groups.sort_by_key(|group| 2 * group.bounds.y + group.bounds.height);
    let mut lines: Vec<(Rectangle, Vec<Group>)> = Vec::new();
    for group in groups {
        let line = lines.iter_mut().find(|(bounds, members)| {
            // Of one member, lest a sloping line grow without end.
            let near = members.iter().any(|member| {
                let shared = member.bounds.shared_rows(&group.bounds);
                2 * shared > member.bounds.height.min(group.bounds.height)
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
    let mut regions = Vec::new();
    for (line, (_, mut members)) in lines.into_iter().enumerate() {
        members.sort_by_key(|group| 2 * group.bounds.x + group.bounds.width);
        regions.extend(members.into_iter().map(|group| Region {
            bounds: group.bounds,
            line,
            labels: group.parts,
        }));
    }
    regions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{binarize::Polarity, binarize::tests::ink_of as ink};

    fn boxes(rows: &[&str]) -> Vec<[usize; 4]> {
        let scale = 4;
        let bounds = find_components(&ink(rows, scale)).regions.into_iter();
        let bounds = bounds.map(|region| region.bounds);
        bounds
            .map(|b| [b.x, b.y, b.width, b.height].map(|pixels| pixels / scale))
            .collect()
    }

    #[test]
    fn digits_come_from_left_to_right_whatever_their_height() {
        let found = boxes(&[
            "...........####",
            "..#........#..#",
            ".##..####..####",
            "..#..#..#.....#",
            "..#..####.....#",
        ]);
        assert_eq!(found, [[1, 1, 2, 4], [5, 2, 4, 3], [11, 0, 4, 5]]);
    }

    #[test]
    fn lines_come_from_top_to_bottom() {
        let rows = [
            ".####..#..",
            ".#..#..#..",
            ".####..#..",
            "..........",
            "..#..####.",
            "..#..#..#.",
            "..#..####.",
        ];
        let lines: Vec<usize> = find_components(&ink(&rows, 4))
            .regions
            .iter()
            .map(|region| region.line)
            .collect();
        assert_eq!(lines, [0, 0, 1, 1]);
    }

    #[test]
    fn the_bar_of_a_broken_five_is_joined_to_it() {
        let found = boxes(&[
            "..####....#.",
            "..........#.",
            ".#........#.",
            ".###......#.",
            "....#.....#.",
            ".###......#.",
        ]);
        assert_eq!(found, [[1, 0, 5, 6], [10, 0, 1, 6]]);
    }

    #[test]
    fn a_dash_a_point_and_an_equals_sign_are_no_digits() {
        let found = boxes(&[
            "#.#..............#.#",
            "#.#........####..#.#",
            "###..####........###",
            "..#........####....#",
            "..#....#...........#",
        ]);
        assert_eq!(found, [[0, 0, 3, 5], [17, 0, 3, 5]]);
        assert!(boxes(&["..........", "..######..", ".........."]).is_empty());
    }

    #[test]
    fn a_frame_and_a_rule_are_no_digits() {
        let framed = boxes(&[
            "############",
            "#..........#",
            "#..##...#..#",
            "#...#...#..#",
            "#..##...#..#",
            "#..........#",
            "############",
        ]);
        assert_eq!(framed, [[3, 2, 2, 3], [8, 2, 1, 3]]);
        let ruled = boxes(&[
            "................",
            "......##........",
            ".......#........",
            "......##........",
            "................",
            "################",
        ]);
        assert_eq!(ruled, [[6, 1, 2, 3]]);
    }

    #[test]
    fn a_digit_whose_foot_runs_under_its_neighbour_is_no_frame() {
        let found = boxes(&[
            "......####",
            "####..#..#",
            "...#..####",
            ".###.....#",
            "...#......",
            "##########",
        ]);
        assert_eq!(found, [[0, 1, 10, 5], [6, 0, 4, 4]]);
    }

    #[test]
    fn a_zero_with_a_speck_in_it_is_no_frame() {
        let found = boxes(&[
            ".######...#.",
            ".#....#...#.",
            ".#....#...#.",
            ".#.##.#...#.",
            ".#.##.#...#.",
            ".#....#...#.",
            ".######...#.",
        ]);
        assert_eq!(found[0], [1, 0, 6, 7]);
    }

    #[test]
    fn print_under_the_writing_is_no_digit() {
        let mut ink = ink(&["##.#.", "#..#.", "##.#.", "#..#.", "##.#."], 4);
        for (at, coverage) in ink.coverage.iter_mut().enumerate() {
            if at % ink.width >= 12 {
                *coverage = *coverage / 20 * 11;
            }
        }
        let components = find_components(&ink);
        // But it is as high as a digit: one may be missing.
        assert_eq!((components.regions.len(), components.left_out), (1, 1));
    }

    #[test]
    fn a_thin_one_is_no_rule() {
        let mut rows = vec!["#......####", "#......#..#"];
        rows.extend(["#......#..#"; 14]);
        rows.push("#......####");
        let found = find_components(&ink(&rows, 2)).regions;
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_blob_and_specks_are_no_digits() {
        assert!(boxes(&[".....", ".###.", ".###.", ".###.", "....."]).is_empty());
        let dust = ink(&["#....#...", "....#...#", "#........"], 1);
        assert!(find_components(&dust).regions.is_empty());
    }

    #[test]
    fn soft_edges_belong_to_the_nearest_stroke() {
        let components = find_components(&ink(&["+#++..+#+", "+#+...+#+", "+#+...+#+"], 3));
        assert_eq!(components.regions.len(), 2);
        let row: Vec<u32> = components
            .labels
            .iter()
            .step_by(3)
            .take(9)
            .copied()
            .collect();
        assert_eq!(row, [1, 1, 1, 1, 0, 0, 2, 2, 2]);
    }

    proptest! {
        #[test]
        fn candidates_lie_inside_and_their_parts_exist(
            width in 1usize..40,
            height in 1usize..40,
            bytes in prop::collection::vec(any::<u8>(), 1600),
        ) {
            let ink = Ink {
                width,
                height,
                coverage: bytes[..width * height].to_vec(),
                polarity: Polarity::LightOnDark,
            };
            let components = find_components(&ink);
            for region in &components.regions {
                prop_assert!(region.bounds.right() <= width);
                prop_assert!(region.bounds.bottom() <= height);
                for part in &region.labels {
                    prop_assert!(components.labels.contains(part));
                }
            }
        }
    }
}
