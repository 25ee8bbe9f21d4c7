//! Every digit that may be on a line: connected segments, parts of wide ones
//! between cuts, and neighbours that may be parts of one.

use super::{
    midline::Midline,
    seam::{Deslanted, Seam},
    slant::{StrokePixels, slant_of},
};
use crate::{Components, Ink, Rectangle, Region, classify::segment_model::Geometry};

/// One digit that may be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Node before it, along the line.
    pub from: usize,
    /// Node after it.
    pub to: usize,
    /// Its strokes.
    pub region: Region,
    /// Its size, place and cuts.
    pub geometry: Geometry,
    /// Index of the region that it is, if it is all of one.
    pub whole: Option<usize>,
}

/// Where a region is cut, by what networks say of all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitPolicy {
    /// Wherever digits may meet: nobody knows what it is.
    #[default]
    Everywhere,
    /// Nowhere, as one digit, but wherever digits may meet if it is far too wide for one.
    EverywhereIfWide,
    /// As one digit, too, but once near its middle if it is far too wide: a network for two
    /// digits will say whether it is two.
    OnceIfWide,
    /// Once near its middle: two digits.
    Once,
}

/// Every digit that may be on a line: a way from the first node to the last
/// is a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextLine {
    /// Number of nodes.
    pub nodes: usize,
    /// The digits.
    pub hypotheses: Vec<Hypothesis>,
    /// The nodes where a point seems to stand, of those that are too small for a digit.
    pub points: Vec<usize>,
}

impl TextLine {
    /// Its segments, the hypotheses that reach to the next node, in their order and each with
    /// its index.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (usize, &Hypothesis)> {
        let all = self.hypotheses.iter().enumerate();
        all.filter(|(_, hypothesis)| hypothesis.to == hypothesis.from + 1)
    }
}

/// Narrowest region that is cut, in its own heights or the line's, whichever
/// are less; and the narrowest that is cut though the network takes it for a digit.
const NARROWEST: f64 = 0.6;
const WIDE: f64 = 1.2;

/// Most segments that one digit is made of, unless they are all of a region.
const MOST_PIECES: usize = 5;

/// Widest digit made of segments, in heights of the line, and the widest that is all of a
/// region, as a flat 0 may be: of wider ones the network knows nothing.
const WIDEST: f64 = 1.4;
pub(crate) const WIDEST_WHOLE: f64 = 2.0;

/// Widest digit made of segments that do not touch, in heights of the line, and
/// the widest gap between them.
const WIDEST_JOINED: f64 = 0.9;
const WIDEST_GAP: f64 = 0.12;

/// What is cut from or left beside another: a part of the line between two
/// nodes.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) labels: Vec<u32>,
    /// Index of the region that it is of.
    pub(super) region: usize,
    pub(super) bounds: Rectangle,
    /// Deslanted columns of its ink: the first and past the last.
    pub(super) extent: [f64; 2],
    /// StrokePixels on the cut before it, `None` if it does not touch what is before.
    pub(super) cut_before: Option<f64>,
}

/// Finds every digit that may be on each line of `segments`; the labels of what
/// is cut are given anew. `cuts` says where each region is cut; those that it does not
/// name are wherever digits may meet.
pub fn over_segment(ink: &Ink, components: &mut Components, cuts: &[SplitPolicy]) -> Vec<TextLine> {
    let regions = components.regions.clone();
    let mut next_label = components.labels.iter().max().map_or(1, |label| label + 1);
    let mut lines = Vec::new();
    let mut index = 0;
    for members in regions.chunk_by(|a, b| a.line == b.line) {
        let height = usual_height(members);
        let strokes: Vec<StrokePixels> = members
            .iter()
            .map(|region| StrokePixels::of(ink, components, region))
            .collect();
        let slant = slant_of(&strokes);
        let mut segments = Vec::new();
        for (region, strokes) in members.iter().zip(&strokes) {
            let own = height.min(region.bounds.height as f64);
            let sheared = strokes.sheared(slant);
            let cuts = cuts.get(index).copied().unwrap_or_default();
            let seams = cuts.seams(&sheared, own);
            if seams.is_empty() {
                segments.push(Segment {
                    labels: region.labels.clone(),
                    region: index,
                    bounds: region.bounds,
                    extent: sheared.extent(),
                    cut_before: None,
                });
            } else {
                let labels = &mut components.labels;
                segments.extend(strokes.relabel(index, slant, &seams, next_label, labels));
                next_label += seams.len() as u32 + 1;
            }
            index += 1;
        }
        let midline = Midline::of(members, height);
        lines.push(TextLine {
            nodes: segments.len() + 1,
            hypotheses: hypotheses(&segments, members[0].line, &midline),
            points: nodes_of(&components.points, &segments, &midline),
        });
    }
    lines
}

impl SplitPolicy {
    /// The seams of strokes that are `height` high, or the line's height if that is less.
    fn seams(self, strokes: &Deslanted, height: f64) -> Vec<Seam> {
        let width = strokes.columns() as f64 / height;
        let narrowest = match self {
            Self::Everywhere => NARROWEST,
            Self::EverywhereIfWide | Self::OnceIfWide => WIDE,
            Self::Once => 0.0,
        };
        if width < narrowest {
            return Vec::new();
        }
        match self {
            Self::Everywhere | Self::EverywhereIfWide => strokes.seams(height),
            Self::OnceIfWide | Self::Once => strokes.middle_seam(height).into_iter().collect(),
        }
    }
}

/// The median height of a line's regions.
pub(crate) fn usual_height(members: &[Region]) -> f64 {
    let mut heights: Vec<usize> = members.iter().map(|c| c.bounds.height).collect();
    heights.sort_unstable();
    heights[heights.len() / 2] as f64
}

/// Between which segments of a line the points stand that are on it.
fn nodes_of(points: &[Rectangle], segments: &[Segment], midline: &Midline) -> Vec<usize> {
    let on_line = points.iter().filter(|point| midline.has_point(point));
    let middles = on_line.map(|point| point.middle()[0]);
    middles
        .map(|x| {
            let before = segments
                .iter()
                .filter(|segment| segment.bounds.middle()[0] < x);
            before.count()
        })
        .collect()
}

/// Every run of segments that may be a digit.
fn hypotheses(segments: &[Segment], line: usize, midline: &Midline) -> Vec<Hypothesis> {
    let height = midline.height;
    let mut found = Vec::new();
    for from in 0..segments.len() {
        let mut bounds = segments[from].bounds;
        let mut extent = segments[from].extent;
        let before = segments[from].cut_before;
        let (mut apart, mut gaps) = (0usize, 0.0);
        let region = segments[from].region;
        let starts = from == 0 || segments[from - 1].region != region;
        for to in from + 1..=segments.len() {
            let last = &segments[to - 1];
            let ends = segments.get(to).is_none_or(|next| next.region != region);
            let whole = (starts && ends && last.region == region).then_some(region);
            if to - from > 1 {
                if last.cut_before.is_none() {
                    let gap = last.extent[0] - extent[1];
                    if gap > WIDEST_GAP * height {
                        break;
                    }
                    apart += 1;
                    gaps += gap.max(0.0) / height;
                }
                bounds = bounds.union(&last.bounds);
                extent = [extent[0].min(last.extent[0]), extent[1].max(last.extent[1])];
                let width = extent[1] - extent[0];
                let widest = if apart > 0 { WIDEST_JOINED } else { WIDEST };
                let fits = width <= widest * height && to - from <= MOST_PIECES;
                if width > WIDEST_WHOLE * height {
                    break;
                }
                if whole.is_none() && !fits {
                    // What is longer may be all of the region.
                    if starts && !ends {
                        continue;
                    }
                    break;
                }
            }
            let after = segments.get(to).and_then(|segment| segment.cut_before);
            let cuts = || [before, after].into_iter().flatten();
            let parts = segments[from..to]
                .iter()
                .flat_map(|segment| &segment.labels);
            found.push(Hypothesis {
                from,
                to,
                region: Region {
                    bounds,
                    line,
                    labels: parts.copied().collect(),
                },
                whole,
                geometry: Geometry {
                    height: bounds.height as f64 / height,
                    width: (extent[1] - extent[0]) / height,
                    off: midline.below(&bounds).abs() / height,
                    cuts: cuts().count() as f64,
                    strokes: cuts().sum(),
                    apart: apart as f64,
                    gaps,
                },
            });
        }
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Polarity, binarize::tests::ink_of as ink, find_components};

    /// A line 20 pixels high of segments at columns and so wide, `[x, width]` each.
    pub(crate) fn line_of(segments: &[[usize; 2]]) -> TextLine {
        let hypothesis = |(from, [x, width]): (usize, &[usize; 2])| Hypothesis {
            from,
            to: from + 1,
            region: Region {
                bounds: Rectangle {
                    x: *x,
                    y: 5,
                    width: *width,
                    height: 20,
                },
                line: 0,
                labels: vec![from as u32 + 1],
            },
            geometry: Geometry {
                height: 1.0,
                ..Geometry::default()
            },
            whole: None,
        };
        TextLine {
            nodes: segments.len() + 1,
            hypotheses: segments.iter().enumerate().map(hypothesis).collect(),
            points: Vec::new(),
        }
    }

    const TWO: [&str; 10] = [
        "...................",
        ".######.....######.",
        ".#....#.....#....#.",
        ".#....#.....#....#.",
        ".#....#######....#.",
        ".#....#.....#....#.",
        ".#....#.....#....#.",
        ".#....#.....#....#.",
        ".######.....######.",
        "...................",
    ];

    #[test]
    fn a_point_stands_low_between_two_digits() {
        let mut rows = [
            "...............",
            ".####.....####.",
            ".#..#.....#..#.",
            ".#..#.....#..#.",
            ".#..#.....#..#.",
            ".#..#.....#..#.",
            ".#..#.....#..#.",
            ".#..#.....#..#.",
            ".####.....####.",
            "...............",
        ];
        let points = |rows: &[&str]| {
            let ink = ink(rows, 4);
            let mut components = find_components(&ink);
            let [line] = over_segment(&ink, &mut components, &[SplitPolicy::EverywhereIfWide; 2])
                .try_into()
                .unwrap();
            assert_eq!(line.nodes, 3);
            line.points
        };
        assert_eq!(points(&rows), [0usize; 0]);
        rows[8] = ".####..#..####.";
        assert_eq!(points(&rows), [1]);
        // Not high, and not as long as a dash.
        rows.swap(1, 8);
        assert_eq!(points(&rows), [0usize; 0]);
        rows.swap(1, 8);
        rows[8] = ".####.###.####.";
        assert_eq!(points(&rows), [0usize; 0]);
    }

    #[test]
    fn two_rings_on_a_stroke_are_cut_between() {
        let ink = ink(&TWO, 4);
        let mut components = find_components(&ink);
        assert_eq!(components.regions.len(), 1);
        let [line] = over_segment(&ink, &mut components, &[]).try_into().unwrap();
        let whole = |h: &&Hypothesis| h.from == 0 && h.to + 1 == line.nodes;
        assert!(line.nodes > 2);
        assert!(line.hypotheses.iter().any(|h| {
            let rest = |other: &Hypothesis| other.from == h.to && other.to + 1 == line.nodes;
            // The first ring, and the second behind it.
            h.from == 0
                && (24..=48).contains(&h.region.bounds.right())
                && line.hypotheses.iter().any(rest)
        }));
        // As one digit it is far too wide.
        assert!(!line.hypotheses.iter().any(|h| whole(&h)));
    }

    #[test]
    fn two_digits_are_cut_once_in_the_middle() {
        let ink = ink(&TWO, 4);
        let ends = |cuts: SplitPolicy| -> Vec<(usize, usize)> {
            let [line] = over_segment(&ink, &mut find_components(&ink), &[cuts])
                .try_into()
                .unwrap();
            let segments = line.segments();
            let bounds = segments.map(|(_, segment)| segment.region.bounds);
            bounds.map(|bounds| (bounds.x, bounds.right())).collect()
        };
        for cuts in [SplitPolicy::Once, SplitPolicy::OnceIfWide] {
            let [(left, meet), (from, right)] = ends(cuts).try_into().unwrap();
            assert_eq!((left, right), (4, 72));
            assert!(
                (28..=48).contains(&meet) && meet.abs_diff(from) <= 2,
                "{meet}, {from}"
            );
        }
        assert!(ends(SplitPolicy::Everywhere).len() > 2);
        assert_eq!(
            ends(SplitPolicy::Everywhere),
            ends(SplitPolicy::EverywhereIfWide)
        );
    }

    #[test]
    fn what_is_cut_may_be_one_flat_digit() {
        let rows: Vec<String> = TWO
            .iter()
            .map(|row| format!("{}{}", &row[..8], &row[11..]))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let ink = ink(&rows, 4);
        let mut components = find_components(&ink);
        let region = components.regions[0].clone();
        let [line] = over_segment(&ink, &mut components, &[]).try_into().unwrap();
        assert!(line.nodes > 2);
        let wholes: Vec<_> = line
            .hypotheses
            .iter()
            .filter(|h| h.whole.is_some())
            .collect();
        let [one] = wholes.try_into().unwrap();
        assert_eq!((one.from, one.to), (0, line.nodes - 1));
        assert_eq!(one.whole, Some(0));
        assert_eq!(one.region.bounds, region.bounds);
        // Wider than a digit that is made of segments.
        assert!(one.geometry.width > WIDEST);
    }

    #[test]
    fn one_digit_stays_whole() {
        let left: Vec<&str> = TWO.iter().map(|row| &row[..8]).collect();
        let ink = ink(&left, 4);
        let mut components = find_components(&ink);
        let before = components.clone();
        let lines = over_segment(&ink, &mut components, &[SplitPolicy::EverywhereIfWide]);
        assert_eq!(components, before);
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].nodes, lines[0].hypotheses.len()), (2, 1));
        assert_eq!(lines[0].hypotheses[0].region, before.regions[0]);
    }

    proptest! {
        #[test]
        fn any_ink_gives_ways_through_every_line(
            width in 20usize..60,
            height in 8usize..20,
            bytes in prop::collection::vec(any::<u8>(), 1200),
        ) {
            let coverage = bytes.iter().map(|byte| if *byte > 140 { 255 } else { 0 });
            let ink = Ink {
                width,
                height,
                coverage: coverage.take(width * height).collect(),
                polarity: Polarity::DarkOnLight,
            };
            let mut components = find_components(&ink);
            for line in over_segment(&ink, &mut components, &[]) {
                let mut reached = vec![false; line.nodes];
                reached[0] = true;
                let mut hypotheses: Vec<_> = line.hypotheses.iter().collect();
                hypotheses.sort_by_key(|h| h.from);
                for h in hypotheses {
                    prop_assert!(h.from < h.to && h.to < line.nodes);
                    prop_assert!(h.region.labels.iter().all(|p| components.labels.contains(p)));
                    reached[h.to] |= reached[h.from];
                }
                prop_assert!(reached[line.nodes - 1]);
            }
        }
    }
}
