//! Candidates that may be several digits which touch: where they can be cut,
//! and every digit that may be between two cuts.

use crate::{Bounds, Candidate, Ink, Segments};

/// One digit that may be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Place before it, along the line.
    pub from: usize,
    /// Place after it.
    pub to: usize,
    /// Its strokes.
    pub candidate: Candidate,
    /// Logarithm of how far its shape and its cuts speak for each digit.
    pub prior: [f64; 10],
    /// The same for its being no digit: a point, a comma, a dash.
    pub skip: f64,
}

/// Every digit that may be on a line: a way from the first place to the last
/// is a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Number of places.
    pub places: usize,
    /// The digits.
    pub hypotheses: Vec<Hypothesis>,
}

/// Steepest slants that are tried, columns to a row; a hand leans right rather
/// than left.
const SLANTS: [f64; 13] = [
    -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9,
];

/// Narrowest candidate that is cut, in its own heights: one digit is rarely so
/// wide, and a cut digit often looks like two.
const NARROWEST: f64 = 1.3;

/// Least distance of a cut from the next and from the end, in heights.
const APART: f64 = 0.16;

/// Most ink along a cut, in strokes.
const THICKEST: f64 = 2.5;

/// Most slices that one digit is made of.
const MOST_SLICES: usize = 5;

/// Widest digit, in heights of the line.
const WIDEST: f64 = 1.4;

/// Cuts the candidates of `segments` where several digits may touch; the
/// labels of what is cut are given anew.
pub fn cut(ink: &Ink, segments: &mut Segments) -> Vec<Line> {
    let mut lines = Vec::new();
    let candidates = segments.candidates.clone();
    let mut next_label = segments.labels.iter().max().map_or(1, |label| label + 1);
    for members in candidates.chunk_by(|a, b| a.line == b.line) {
        let height = usual_height(members);
        let strokes: Vec<Strokes> = members
            .iter()
            .map(|candidate| Strokes::of(ink, segments, candidate))
            .collect();
        let slant = slant_of(&strokes);
        let mut line = Line::default();
        for (candidate, strokes) in members.iter().zip(&strokes) {
            let own = candidate.bounds.height as f64;
            let slices = strokes.slices(slant, height.min(own));
            let first = line.places;
            line.places += slices.cuts.len() + 1;
            if slices.cuts.is_empty() {
                line.hypotheses.push(Hypothesis {
                    from: first,
                    to: first + 1,
                    prior: prior(
                        &candidate.bounds,
                        candidate.bounds.width as f64,
                        height,
                        0.0,
                    ),
                    skip: skip(&candidate.bounds, height),
                    candidate: candidate.clone(),
                });
                continue;
            }
            let parts = strokes.relabel(&slices, next_label, &mut segments.labels);
            next_label += parts.len() as u32;
            slices.hypotheses(&parts, candidate.line, first, height, &mut line.hypotheses);
        }
        line.places += 1;
        lines.push(line);
    }
    lines
}

/// The median height of a line's candidates.
fn usual_height(members: &[Candidate]) -> f64 {
    let mut heights: Vec<usize> = members.iter().map(|c| c.bounds.height).collect();
    heights.sort_unstable();
    heights[heights.len() / 2] as f64
}

/// How far the shape of a digit and its cuts speak for each of its values.
fn prior(bounds: &Bounds, width: f64, height: f64, cuts: f64) -> [f64; 10] {
    let ratio = width / height.max(1.0);
    let low = (0.65 - bounds.height as f64 / height).max(0.0);
    let mut prior = [-cuts - 8.0 * low; 10];
    let own = width / bounds.height as f64;
    for (digit, prior) in prior.iter_mut().enumerate() {
        *prior -= 8.0 * (ratio - 1.15).max(0.0) + 8.0 * (own - 1.2).max(0.0);
        *prior -= match digit {
            1 => 6.0 * (ratio - 0.6).max(0.0),
            _ => 12.0 * (0.25 - ratio).max(0.0),
        };
    }
    prior
}

/// How far the size of a piece speaks for its being no digit.
fn skip(bounds: &Bounds, height: f64) -> f64 {
    let share = bounds.height as f64 / height.max(1.0);
    if share > 0.7 {
        return f64::NEG_INFINITY;
    }
    -30.0 * (share - 0.4).max(0.0)
}

/// The pixels of a candidate.
struct Strokes {
    /// Index in the picture, column, row and whether it is more than soft edge.
    pixels: Vec<(usize, f64, f64, bool)>,
    /// Row about which they are sheared.
    middle: f64,
    width: usize,
}

/// A candidate cut in pieces.
struct Slices {
    slant: f64,
    middle: f64,
    /// Sheared column of the first pixel and past the last.
    extent: [f64; 2],
    /// Sheared columns of the cuts, ascending, and what each costs.
    cuts: Vec<(f64, f64)>,
}

impl Strokes {
    fn of(ink: &Ink, segments: &Segments, candidate: &Candidate) -> Self {
        let bounds = &candidate.bounds;
        // The soft edge reaches a little further.
        let reach = 2 + bounds.longest() / 20;
        let rows = bounds.y.saturating_sub(reach)..(bounds.bottom() + reach).min(ink.height);
        let columns = bounds.x.saturating_sub(reach)..(bounds.right() + reach).min(ink.width);
        let mut pixels = Vec::new();
        for y in rows {
            for x in columns.clone() {
                let at = y * ink.width + x;
                if candidate.parts.contains(&segments.labels[at]) {
                    let inner = ink.coverage[at] >= Ink::EDGE;
                    pixels.push((at, x as f64, y as f64, inner));
                }
            }
        }
        Self {
            pixels,
            middle: bounds.y as f64 + bounds.height as f64 / 2.0,
            width: ink.width,
        }
    }

    /// Columns of the inner pixels after shearing, whole numbers from 0, and
    /// the column that 0 stands for.
    fn projection(&self, slant: f64) -> (f64, Vec<u32>) {
        let columns = || {
            let inner = self.pixels.iter().filter(|pixel| pixel.3);
            inner.map(|&(_, x, y, _)| sheared(x, y, slant, self.middle))
        };
        let first = columns().fold(f64::INFINITY, f64::min);
        let last = columns().fold(f64::NEG_INFINITY, f64::max);
        if first > last {
            return (0.0, Vec::new());
        }
        let mut counts = vec![0; (last - first) as usize + 1];
        for column in columns() {
            counts[(column - first) as usize] += 1;
        }
        (first, counts)
    }

    /// Median length of the vertical runs of ink: about the stroke's width.
    fn stroke(&self) -> f64 {
        let mut inner: Vec<(usize, usize)> = self
            .pixels
            .iter()
            .filter(|pixel| pixel.3)
            .map(|pixel| (pixel.0 % self.width, pixel.0 / self.width))
            .collect();
        inner.sort_unstable();
        let runs = inner.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1);
        let mut lengths: Vec<usize> = runs.map(<[_]>::len).collect();
        lengths.sort_unstable();
        lengths.get(lengths.len() / 2).map_or(1.0, |&n| n as f64)
    }

    /// Where the candidate can be cut.
    fn slices(&self, slant: f64, height: f64) -> Slices {
        let (first, counts) = self.projection(slant);
        let mut slices = Slices {
            slant,
            middle: self.middle,
            extent: [first, first + counts.len() as f64],
            cuts: Vec::new(),
        };
        if (counts.len() as f64) < NARROWEST * height {
            return slices;
        }
        let stroke = self.stroke().max(1.0);
        let smooth = |i: usize| {
            let at = |i: usize| f64::from(counts[i.min(counts.len() - 1)]);
            (at(i.saturating_sub(1)) + 2.0 * at(i) + at(i + 1)) / 4.0
        };
        let apart = (APART * height).max(2.0) as usize;
        let end = counts.len().saturating_sub(apart);
        let mut minima: Vec<(f64, usize)> = (apart..end)
            .map(|i| (smooth(i), i))
            .filter(|&(value, i)| {
                let near = i.saturating_sub(apart / 2)..(i + apart / 2 + 1).min(counts.len());
                value <= THICKEST * stroke && near.clone().all(|j| smooth(j) >= value)
            })
            .collect();
        // Of an even stretch its middle.
        let stretches = minima.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1);
        minima = stretches
            .map(|stretch| stretch[stretch.len() / 2])
            .collect();
        minima.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut chosen: Vec<(usize, f64)> = Vec::new();
        for (value, i) in minima {
            if chosen.iter().all(|(other, _)| other.abs_diff(i) >= apart) {
                chosen.push((i, value / stroke));
            }
        }
        chosen.sort_by_key(|(i, _)| *i);
        slices.cuts = chosen
            .into_iter()
            .map(|(i, strokes)| (first + i as f64 + 0.5, 0.5 + 0.7 * strokes))
            .collect();
        slices
    }

    /// Gives every slice a label of its own, from `label` on, and says which
    /// and where they are.
    fn relabel(
        &self,
        slices: &Slices,
        label: u32,
        labels: &mut [u32],
    ) -> Vec<(u32, Option<Bounds>)> {
        let mut parts: Vec<(u32, Option<Bounds>)> = (label..)
            .take(slices.cuts.len() + 1)
            .map(|label| (label, None))
            .collect();
        for &(at, x, y, inner) in &self.pixels {
            let column = sheared(x, y, slices.slant, slices.middle);
            let slice = slices.cuts.partition_point(|(cut, _)| *cut < column);
            let (label, bounds) = &mut parts[slice];
            labels[at] = *label;
            if inner {
                let pixel = Bounds::pixel(at % self.width, at / self.width);
                *bounds = Some(bounds.map_or(pixel, |bounds| bounds.union(&pixel)));
            }
        }
        parts
    }
}

impl Slices {
    /// Every run of slices that may be a digit.
    fn hypotheses(
        &self,
        parts: &[(u32, Option<Bounds>)],
        line: usize,
        first: usize,
        height: f64,
        hypotheses: &mut Vec<Hypothesis>,
    ) {
        let n = parts.len();
        // What a cut costs is shared by the digits on its sides.
        let edge = |i: usize| {
            if i == 0 || i == n {
                return (self.extent[usize::from(i == n)], 0.0);
            }
            self.cuts[i - 1]
        };
        for from in 0..n {
            for to in from + 1..=n.min(from + MOST_SLICES) {
                let ((left, left_cost), (right, right_cost)) = (edge(from), edge(to));
                let width = right - left;
                if width > WIDEST * height && to - from > 1 {
                    break;
                }
                let bounds = parts[from..to].iter().filter_map(|(_, bounds)| *bounds);
                let Some(bounds) = bounds.reduce(|a, b| a.union(&b)) else {
                    continue;
                };
                hypotheses.push(Hypothesis {
                    from: first + from,
                    to: first + to,
                    candidate: Candidate {
                        bounds,
                        line,
                        parts: parts[from..to].iter().map(|(label, _)| *label).collect(),
                    },
                    prior: prior(&bounds, width, height, (left_cost + right_cost) / 2.0),
                    skip: skip(&bounds, height) - (left_cost + right_cost) / 2.0,
                });
            }
        }
    }
}

/// Column of a pixel when the slant is taken out.
fn sheared(x: f64, y: f64, slant: f64, middle: f64) -> f64 {
    x + slant * (y - middle)
}

/// The slant at which the strokes stand most upright: their columns are then
/// fullest and emptiest.
fn slant_of(strokes: &[Strokes]) -> f64 {
    let sharpness = |slant: f64| -> f64 {
        let counts = strokes
            .iter()
            .flat_map(|strokes| strokes.projection(slant).1);
        counts.map(|count| f64::from(count).powi(2)).sum()
    };
    let scored = SLANTS.map(|slant| (slant, sharpness(slant)));
    let best = scored.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(0.0, |(slant, _)| *slant)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Polarity, ink::tests::ink_of as ink, segment};

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
    fn two_rings_on_a_stroke_are_cut_between() {
        let ink = ink(&TWO, 4);
        let mut segments = segment(&ink);
        assert_eq!(segments.candidates.len(), 1);
        let [line] = cut(&ink, &mut segments).try_into().unwrap();
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
        let one = line.hypotheses.iter().find(whole);
        assert!(one.is_none_or(|one| one.prior.iter().all(|prior| *prior < -1.0)));
    }

    #[test]
    fn one_digit_stays_whole() {
        let left: Vec<&str> = TWO.iter().map(|row| &row[..8]).collect();
        let ink = ink(&left, 4);
        let mut segments = segment(&ink);
        let before = segments.clone();
        let lines = cut(&ink, &mut segments);
        assert_eq!(segments, before);
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].places, lines[0].hypotheses.len()), (2, 1));
        assert_eq!(lines[0].hypotheses[0].candidate, before.candidates[0]);
    }

    #[test]
    fn slanted_strokes_are_found_upright() {
        let rows: Vec<String> = (0..10)
            .map(|row| format!("{}##{}", ".".repeat(12 - row), ".".repeat(4 + row)))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let ink = ink(&rows, 3);
        let segments = segment(&ink);
        let strokes = Strokes::of(&ink, &segments, &segments.candidates[0]);
        // A column to the right for each row up.
        assert_eq!(slant_of(&[strokes]), 0.9);
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
            for line in cut(&ink, &mut segments) {
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
