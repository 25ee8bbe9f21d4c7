//! Print to write on: boxes, combs and grids found by how their lines meet,
//! ruled and dotted lines by their length. All are taken out where no stroke
//! crosses them.

mod dots;
mod frames;
mod view;

use self::view::{GAP, Line, Runs, View};
use crate::Ink;

/// Least length of a rule, as a share of the picture's width.
const LENGTH: f64 = 0.4;

/// The same in pixels: shorter ones are strokes.
const LEAST: usize = 40;

/// Slopes that are tried, rows to a column.
const SLOPES: [f64; 13] = [
    -0.09, -0.075, -0.06, -0.045, -0.03, -0.015, 0.0, 0.015, 0.03, 0.045, 0.06, 0.075, 0.09,
];

/// What is added to a slope to go through thin ink.
const FINER: [f64; 5] = [0.0, -0.00375, 0.00375, -0.0075, 0.0075];

/// By how many rows such a line may start higher or lower.
const SHIFTS: [f64; 9] = [0.0, -0.5, 0.5, -1.0, 1.0, -1.5, 1.5, -2.0, 2.0];

/// How many times longer than thick a rule is at least; the bar of a 7 is not.
const SLIMMEST: usize = 25;

/// The same for a rule of which much is paler than a stroke: texture of the paper that
/// joins strokes is shorter.
const SLIMMEST_FAINT: usize = 70;

/// How thick a line of usual `thickness` may be where nothing crosses it.
fn most(thickness: usize) -> usize {
    thickness + thickness.div_ceil(2)
}

/// Takes print out of the ink; strokes that cross it stay whole. Gives the cells
/// of boxes and combs: the first column and past the last, from left to right.
pub(crate) fn without_print(ink: &mut Ink) -> Vec<[usize; 2]> {
    let cells = frames::without_frames(ink);
    let length = ((LENGTH * ink.width as f64) as usize).max(LEAST);
    for (least, slimmest) in [(Ink::SOFT, SLIMMEST_FAINT), (Ink::EDGE, SLIMMEST)] {
        without_rules(ink, least, length, slimmest);
    }
    dots::without_dots(ink, length);
    cells
}

/// Takes out ruled lines of at least `length` columns whose ink has the `least`
/// coverage, so many times longer than thick.
fn without_rules(ink: &mut Ink, least: u8, length: usize, slimmest: usize) {
    let view = View::from(ink, least);
    let (on_rule, longest) = long_runs(&view, length);
    let mut runs = Vec::new();
    for x in 0..ink.width {
        let mut y = 0;
        while y < ink.height {
            let inked = |y: usize| view.inked(x, y as isize);
            if !inked(y) {
                y += 1;
                continue;
            }
            let first = y;
            while y < ink.height && inked(y) {
                y += 1;
            }
            if (first..y).any(|y| on_rule[y * ink.width + x]) {
                runs.push((x, first, y));
            }
        }
    }
    let mut thickness: Vec<usize> = runs.iter().map(|(_, first, end)| end - first).collect();
    thickness.sort_unstable();
    let Some(&usual) = thickness.get(thickness.len() / 2) else {
        return;
    };
    if slimmest * usual > longest || is_bar_of_digit(&view, &runs, most(usual)) {
        return;
    }
    for (x, first, end) in runs {
        if end - first > most(usual) {
            continue;
        }
        // The soft edge goes with it.
        for y in first.saturating_sub(1)..(end + 1).min(ink.height) {
            ink.coverage[y * ink.width + x] = 0;
        }
    }
}

/// Longest bar of a digit, in heights of the digit, and the share of it, from one end, in
/// which it meets the rest.
const LONGEST_BAR: f64 = 1.4;
const MEETS: f64 = 0.2;

/// Whether what looks like a rule is the foot of a 2 or the bar of a 7 that stands alone:
/// `runs` of ink by column, first row and past the last, of which those over `most` rows
/// are crossed by a stroke. A rule goes on to both sides of what is written on it.
fn is_bar_of_digit(view: &View, runs: &[(usize, usize, usize)], most: usize) -> bool {
    let (Some(&(left, ..)), Some(&(right, ..))) = (runs.first(), runs.last()) else {
        return false;
    };
    let length = (right + 1 - left) as f64;
    let crossed = runs.iter().filter(|(_, first, end)| end - first > most);
    let along = crossed.map(|(x, ..)| (x - left) as f64 / length);
    let ends = along.fold(None, |ends: Option<[f64; 2]>, at| {
        let [first, last] = ends.unwrap_or([at, at]);
        Some([first.min(at), last.max(at)])
    });
    let at_one_end = ends.is_some_and(|[first, last]| last <= MEETS || first >= 1.0 - MEETS);
    at_one_end && length <= LONGEST_BAR * view.height_of_piece(runs[0].0, runs[0].1) as f64
}

/// Pixels on a straight, nearly horizontal run of ink of at least `length` columns,
/// and the longest such run.
///
/// A thin rule leaves a line of the nearest of [`SLOPES`] by more than its thickness:
/// these only find where ink is near, and lines of [`FINER`] go through it.
fn long_runs(inked: &View, length: usize) -> (Vec<bool>, usize) {
    let (width, height) = (inked.width, inked.height);
    let near = inked.thickened();
    let runs = Runs { length, gap: GAP };
    let mut on_rule = vec![false; width * height];
    let mut longest = 0;
    for slope in SLOPES {
        for line in near.lines(slope) {
            near.runs(runs, line, [0, width], |columns| {
                let mut found = 0;
                for line in beside(line, columns[0]) {
                    inked.runs(runs, line, columns, |[from, to]| {
                        found = found.max(to - from);
                        for x in from..to {
                            let row = usize::try_from(line.at(x)).ok();
                            if let Some(y) = row.filter(|y| *y < height) {
                                on_rule[y * width + x] = true;
                            }
                        }
                    });
                    // Nothing is left to find, as everywhere in solid ink.
                    if found == columns[1] - columns[0] {
                        break;
                    }
                }
                longest = longest.max(found);
            });
        }
    }
    (on_rule, longest)
}

/// Lines that go about the same way from column `x` on.
fn beside(line: Line, x: usize) -> impl Iterator<Item = Line> {
    FINER
        .into_iter()
        .flat_map(move |slope| SHIFTS.map(|shift| line.bent(Line::new(shift, slope), x)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Polarity;

    fn ink(width: usize, height: usize, inked: impl Fn(usize, usize) -> bool) -> Ink {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Ink {
            width,
            height,
            coverage: pixels
                .map(|(x, y)| if inked(x, y) { 255 } else { 0 })
                .collect(),
            polarity: Polarity::DarkOnLight,
        }
    }

    #[test]
    fn a_sloping_rule_goes_and_the_stroke_across_it_stays() {
        let rule = |x: usize, y: usize| (y as isize - 50 - x as isize / 20).abs() <= 1;
        let stroke = |x: usize, y: usize| (90..96).contains(&x) && (10..70).contains(&y);
        let mut both = ink(200, 80, |x, y| rule(x, y) || stroke(x, y));
        without_print(&mut both);
        let left = ink(200, 80, stroke);
        let differing = both
            .coverage
            .iter()
            .zip(&left.coverage)
            .filter(|(a, b)| a != b);
        assert_eq!(differing.count(), 0);
    }

    #[test]
    fn a_thin_rule_between_the_slopes_goes_too() {
        for thousandths in [-53, -7, 0, 7, 22, 67] {
            let middle = |x: usize| 50 + (thousandths * x as isize).div_euclid(1000);
            let mut ink = ink(500, 100, |x, y| (0..2).contains(&(y as isize - middle(x))));
            without_print(&mut ink);
            let left = ink.coverage.iter().filter(|coverage| **coverage > 0);
            assert_eq!(left.count(), 0, "{thousandths} thousandths");
        }
    }

    #[test]
    fn a_rule_that_is_as_dark_as_a_stroke_here_and_there_goes_whole() {
        let mut ink = ink(400, 100, |_, y| (60..62).contains(&y));
        for (at, coverage) in ink.coverage.iter_mut().enumerate() {
            let dark = (150..240).contains(&(at % 400));
            *coverage = if dark { *coverage } else { *coverage / 4 };
        }
        without_print(&mut ink);
        let left = ink.coverage.iter().filter(|coverage| **coverage > 0);
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn strokes_in_a_row_on_pale_texture_are_no_rule() {
        // The feet of four digits, five pixels thick, and pale texture between them.
        let foot = |x: usize| x % 60 < 45;
        let mut before = ink(240, 100, |_, y| (60..65).contains(&y));
        for (at, coverage) in before.coverage.iter_mut().enumerate() {
            *coverage = if foot(at % 240) {
                *coverage
            } else {
                *coverage / 6
            };
        }
        let mut after = before.clone();
        without_print(&mut after);
        assert_eq!(after, before);
    }

    #[test]
    fn the_foot_of_a_lone_two_is_no_rule_and_a_line_under_digits_is() {
        let slope = |x: usize, y: usize| (x as isize - 130 + y as isize).abs() <= 5;
        let foot = |end: usize| {
            move |x: usize, y: usize| (18..end).contains(&x) && (110..114).contains(&y)
        };
        let two = |end: usize| {
            let foot = foot(end);
            ink(240, 160, move |x, y| {
                foot(x, y) || ((30..112).contains(&y) && slope(x, y))
            })
        };
        let before = two(128);
        let mut after = before.clone();
        without_print(&mut after);
        assert_eq!(after, before);
        // As long as the picture is wide it is a rule.
        let mut after = two(238);
        without_print(&mut after);
        assert_eq!(after.coverage[112 * 240 + 200], 0);
    }

    #[test]
    fn the_bar_of_a_large_seven_is_no_rule() {
        let bar = |x: usize, y: usize| (40..140).contains(&x) && (20..32).contains(&y);
        let stem = |x: usize, y: usize| (120..132).contains(&x) && (20..150).contains(&y);
        let before = ink(180, 170, |x, y| bar(x, y) || stem(x, y));
        let mut after = before.clone();
        without_print(&mut after);
        assert_eq!(after, before);
    }
}
