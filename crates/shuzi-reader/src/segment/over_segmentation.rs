//! Every digit that may be on a line: connected pieces, parts of wide ones
//! between cuts, and neighbours that may be parts of one.

use super::{
    baseline::Course,
    seam::{Seam, Sheared},
    slant::{Strokes, slant_of},
};
use crate::{Bounds, Candidate, Ink, Segments, classify::segment_model::Shape};

/// One digit that may be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Place before it, along the line.
    pub from: usize,
    /// Place after it.
    pub to: usize,
    /// Its strokes.
    pub candidate: Candidate,
    /// Its size, place and cuts.
    pub shape: Shape,
    /// Index of the candidate that it is, if it is all of one.
    pub whole: Option<usize>,
}

/// Where a candidate is cut, by what networks say of all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cuts {
    /// Wherever digits may meet: nobody knows what it is.
    #[default]
    All,
    /// Nowhere, as one digit, but wherever digits may meet if it is far too wide for one.
    OfWide,
    /// As one digit, too, but once near its middle if it is far too wide: a network for two
    /// digits will say whether it is two.
    OnceOfWide,
    /// Once near its middle: two digits.
    Once,
}

/// Every digit that may be on a line: a way from the first place to the last
/// is a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Number of places.
    pub places: usize,
    /// The digits.
    pub hypotheses: Vec<Hypothesis>,
    /// The places where a point seems to stand, of those that are too small for a digit.
    pub points: Vec<usize>,
}

impl Line {
    /// Its pieces, the hypotheses that reach to the next place, in their order and each with
    /// its index.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (usize, &Hypothesis)> {
        let all = self.hypotheses.iter().enumerate();
        all.filter(|(_, hypothesis)| hypothesis.to == hypothesis.from + 1)
    }
}

/// Narrowest candidate that is cut, in its own heights or the line's, whichever
/// are less; and the narrowest that is cut though the network takes it for a digit.
const NARROWEST: f64 = 0.6;
const WIDE: f64 = 1.2;

/// Most pieces that one digit is made of, unless they are all of a candidate.
const MOST_PIECES: usize = 5;

/// Widest digit made of pieces, in heights of the line, and the widest that is all of a
/// candidate, as a flat 0 may be: of wider ones the network knows nothing.
const WIDEST: f64 = 1.4;
pub(crate) const WIDEST_WHOLE: f64 = 2.0;

/// Widest digit made of pieces that do not touch, in heights of the line, and
/// the widest gap between them.
const WIDEST_JOINED: f64 = 0.9;
const WIDEST_GAP: f64 = 0.12;

/// What is cut from or left beside another: a part of the line between two
/// places.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) label: Vec<u32>,
    /// Index of the candidate that it is of.
    pub(super) candidate: usize,
    pub(super) bounds: Bounds,
    /// Sheared columns of its ink: the first and past the last.
    pub(super) extent: [f64; 2],
    /// Strokes on the cut before it, `None` if it does not touch what is before.
    pub(super) cut_before: Option<f64>,
}

/// Finds every digit that may be on each line of `segments`; the labels of what
/// is cut are given anew. `cuts` says where each candidate is cut; those that it does not
/// name are wherever digits may meet.
pub fn cut(ink: &Ink, segments: &mut Segments, cuts: &[Cuts]) -> Vec<Line> {
    let candidates = segments.candidates.clone();
    let mut next_label = segments.labels.iter().max().map_or(1, |label| label + 1);
    let mut lines = Vec::new();
    let mut index = 0;
    for members in candidates.chunk_by(|a, b| a.line == b.line) {
        let height = usual_height(members);
        let strokes: Vec<Strokes> = members
            .iter()
            .map(|candidate| Strokes::of(ink, segments, candidate))
            .collect();
        let slant = slant_of(&strokes);
        let mut pieces = Vec::new();
        for (candidate, strokes) in members.iter().zip(&strokes) {
            let own = height.min(candidate.bounds.height as f64);
            let sheared = strokes.sheared(slant);
            let cuts = cuts.get(index).copied().unwrap_or_default();
            let seams = cuts.seams(&sheared, own);
            if seams.is_empty() {
                pieces.push(Piece {
                    label: candidate.parts.clone(),
                    candidate: index,
                    bounds: candidate.bounds,
                    extent: sheared.extent(),
                    cut_before: None,
                });
            } else {
                let labels = &mut segments.labels;
                pieces.extend(strokes.relabel(index, slant, &seams, next_label, labels));
                next_label += seams.len() as u32 + 1;
            }
            index += 1;
        }
        let course = Course::of(members, height);
        lines.push(Line {
            places: pieces.len() + 1,
            hypotheses: hypotheses(&pieces, members[0].line, &course),
            points: places_of(&segments.points, &pieces, &course),
        });
    }
    lines
}

impl Cuts {
    /// The seams of strokes that are `height` high, or the line's height if that is less.
    fn seams(self, strokes: &Sheared, height: f64) -> Vec<Seam> {
        let width = strokes.columns() as f64 / height;
        let narrowest = match self {
            Self::All => NARROWEST,
            Self::OfWide | Self::OnceOfWide => WIDE,
            Self::Once => 0.0,
        };
        if width < narrowest {
            return Vec::new();
        }
        match self {
            Self::All | Self::OfWide => strokes.seams(height),
            Self::OnceOfWide | Self::Once => strokes.middle_seam(height).into_iter().collect(),
        }
    }
}

/// The median height of a line's candidates.
pub(crate) fn usual_height(members: &[Candidate]) -> f64 {
    let mut heights: Vec<usize> = members.iter().map(|c| c.bounds.height).collect();
    heights.sort_unstable();
    heights[heights.len() / 2] as f64
}

/// Between which pieces of a line the points stand that are on it.
fn places_of(points: &[Bounds], pieces: &[Piece], course: &Course) -> Vec<usize> {
    let on_line = points.iter().filter(|point| course.has_point(point));
    let middles = on_line.map(|point| point.middle()[0]);
    middles
        .map(|x| {
            let before = pieces.iter().filter(|piece| piece.bounds.middle()[0] < x);
            before.count()
        })
        .collect()
}

/// Every run of pieces that may be a digit.
fn hypotheses(pieces: &[Piece], line: usize, course: &Course) -> Vec<Hypothesis> {
    let height = course.height;
    let mut found = Vec::new();
    for from in 0..pieces.len() {
        let mut bounds = pieces[from].bounds;
        let mut extent = pieces[from].extent;
        let before = pieces[from].cut_before;
        let (mut apart, mut gaps) = (0usize, 0.0);
        let candidate = pieces[from].candidate;
        let starts = from == 0 || pieces[from - 1].candidate != candidate;
        for to in from + 1..=pieces.len() {
            let last = &pieces[to - 1];
            let ends = pieces
                .get(to)
                .is_none_or(|next| next.candidate != candidate);
            let whole = (starts && ends && last.candidate == candidate).then_some(candidate);
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
                    // What is longer may be all of the candidate.
                    if starts && !ends {
                        continue;
                    }
                    break;
                }
            }
            let after = pieces.get(to).and_then(|piece| piece.cut_before);
            let cuts = || [before, after].into_iter().flatten();
            let parts = pieces[from..to].iter().flat_map(|piece| &piece.label);
            found.push(Hypothesis {
                from,
                to,
                candidate: Candidate {
                    bounds,
                    line,
                    parts: parts.copied().collect(),
                },
                whole,
                shape: Shape {
                    height: bounds.height as f64 / height,
                    width: (extent[1] - extent[0]) / height,
                    off: course.below(&bounds).abs() / height,
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
    use crate::{Polarity, binarize::tests::ink_of as ink, segment};

    /// A line 20 pixels high of pieces at columns and so wide, `[x, width]` each.
    pub(crate) fn line_of(pieces: &[[usize; 2]]) -> Line {
        let hypothesis = |(from, [x, width]): (usize, &[usize; 2])| Hypothesis {
            from,
            to: from + 1,
            candidate: Candidate {
                bounds: Bounds {
                    x: *x,
                    y: 5,
                    width: *width,
                    height: 20,
                },
                line: 0,
                parts: vec![from as u32 + 1],
            },
            shape: Shape {
                height: 1.0,
                ..Shape::default()
            },
            whole: None,
        };
        Line {
            places: pieces.len() + 1,
            hypotheses: pieces.iter().enumerate().map(hypothesis).collect(),
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
            let mut segments = segment(&ink);
            let [line] = cut(&ink, &mut segments, &[Cuts::OfWide; 2])
                .try_into()
                .unwrap();
            assert_eq!(line.places, 3);
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
        let mut segments = segment(&ink);
        assert_eq!(segments.candidates.len(), 1);
        let [line] = cut(&ink, &mut segments, &[]).try_into().unwrap();
        let whole = |h: &&Hypothesis| h.from == 0 && h.to + 1 == line.places;
        assert!(line.places > 2);
        assert!(line.hypotheses.iter().any(|h| {
            let rest = |other: &Hypothesis| other.from == h.to && other.to + 1 == line.places;
            // The first ring, and the second behind it.
            h.from == 0
                && (24..=48).contains(&h.candidate.bounds.right())
                && line.hypotheses.iter().any(rest)
        }));
        // As one digit it is far too wide.
        assert!(!line.hypotheses.iter().any(|h| whole(&h)));
    }

    #[test]
    fn two_digits_are_cut_once_in_the_middle() {
        let ink = ink(&TWO, 4);
        let ends = |cuts: Cuts| -> Vec<(usize, usize)> {
            let [line] = cut(&ink, &mut segment(&ink), &[cuts]).try_into().unwrap();
            let pieces = line.pieces();
            let bounds = pieces.map(|(_, piece)| piece.candidate.bounds);
            bounds.map(|bounds| (bounds.x, bounds.right())).collect()
        };
        for cuts in [Cuts::Once, Cuts::OnceOfWide] {
            let [(left, meet), (from, right)] = ends(cuts).try_into().unwrap();
            assert_eq!((left, right), (4, 72));
            assert!(
                (28..=48).contains(&meet) && meet.abs_diff(from) <= 2,
                "{meet}, {from}"
            );
        }
        assert!(ends(Cuts::All).len() > 2);
        assert_eq!(ends(Cuts::All), ends(Cuts::OfWide));
    }

    #[test]
    fn what_is_cut_may_be_one_flat_digit() {
        let rows: Vec<String> = TWO
            .iter()
            .map(|row| format!("{}{}", &row[..8], &row[11..]))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let ink = ink(&rows, 4);
        let mut segments = segment(&ink);
        let candidate = segments.candidates[0].clone();
        let [line] = cut(&ink, &mut segments, &[]).try_into().unwrap();
        assert!(line.places > 2);
        let wholes: Vec<_> = line
            .hypotheses
            .iter()
            .filter(|h| h.whole.is_some())
            .collect();
        let [one] = wholes.try_into().unwrap();
        assert_eq!((one.from, one.to), (0, line.places - 1));
        assert_eq!(one.whole, Some(0));
        assert_eq!(one.candidate.bounds, candidate.bounds);
        // Wider than a digit that is made of pieces.
        assert!(one.shape.width > WIDEST);
    }

    #[test]
    fn one_digit_stays_whole() {
        let left: Vec<&str> = TWO.iter().map(|row| &row[..8]).collect();
        let ink = ink(&left, 4);
        let mut segments = segment(&ink);
        let before = segments.clone();
        let lines = cut(&ink, &mut segments, &[Cuts::OfWide]);
        assert_eq!(segments, before);
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].places, lines[0].hypotheses.len()), (2, 1));
        assert_eq!(lines[0].hypotheses[0].candidate, before.candidates[0]);
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
            let mut segments = segment(&ink);
            for line in cut(&ink, &mut segments, &[]) {
                let mut reached = vec![false; line.places];
                reached[0] = true;
                let mut hypotheses: Vec<_> = line.hypotheses.iter().collect();
                hypotheses.sort_by_key(|h| h.from);
                for h in hypotheses {
                    prop_assert!(h.from < h.to && h.to < line.places);
                    prop_assert!(h.candidate.parts.iter().all(|p| segments.labels.contains(p)));
                    reached[h.to] |= reached[h.from];
                }
                prop_assert!(reached[line.places - 1]);
            }
        }
    }
}
