//! Ruled lines.

use super::{
    SLOPES,
    line_profile::{Column, PrintedLine},
    run_length::{BinaryImage, GAP, Runs, ScanLine},
};
use crate::binarize::Ink;

/// What is added to a slope to go through thin ink.
const FINER: [f64; 5] = [0.0, -0.00375, 0.00375, -0.0075, 0.0075];

/// By how many rows such a line may start higher or lower.
const SHIFTS: [f64; 9] = [0.0, -0.5, 0.5, -1.0, 1.0, -1.5, 1.5, -2.0, 2.0];

/// Rows of pale ink beside a rule that belong to it.
const SOFT_EDGE: usize = 2;

/// Takes out ruled lines of at least `length` columns whose ink has the `least`
/// coverage, so many times longer than thick, and what goes on as they end.
pub(super) fn remove_ruled_lines(ink: &mut Ink, least: u8, length: usize, slimmest: usize) {
    let view = BinaryImage::from(ink, least);
    let on_rule = long_runs(&view, length);
    if !on_rule.contains(&true) {
        return;
    }
    let straight = chains(&view, &BinaryImage::of(ink), &on_rule).into_iter();
    let straight = straight
        .map(PrintedLine::of)
        .filter(PrintedLine::is_straight);
    let (mut rules, mut others): (Vec<PrintedLine>, Vec<PrintedLine>) = straight
        .partition(|rule| slimmest * rule.usual <= rule.length() && !is_bar_of_digit(&view, rule));
    let mut next = 0;
    while let Some(rule) = rules.get(next) {
        let (more, rest) = others.into_iter().partition(|other| rule.goes_on_as(other));
        rules.extend::<Vec<PrintedLine>>(more);
        others = rest;
        next += 1;
    }
    for (x, [first, end]) in rules.iter().flat_map(PrintedLine::gone) {
        for y in first..end {
            ink.coverage[y * ink.width + x] = 0;
        }
        // The soft edges go with it.
        let mut above = (first.saturating_sub(SOFT_EDGE)..first).rev();
        let mut below = end..(end + SOFT_EDGE).min(ink.height);
        let sides: [&mut dyn Iterator<Item = usize>; 2] = [&mut above, &mut below];
        for side in sides {
            for at in side.map(|y| y * ink.width + x) {
                if ink.coverage[at] >= Ink::EDGE {
                    break;
                }
                ink.coverage[at] = 0;
            }
        }
    }
}

/// The rules that pixels belong to: columns from left to right; `dark` is the ink of strokes.
fn chains(view: &BinaryImage, dark: &BinaryImage, on_rule: &[bool]) -> Vec<Vec<Column>> {
    let mut chains: Vec<Vec<Column>> = Vec::new();
    for x in 0..view.width {
        let mut y = 0;
        while y < view.height {
            let on = |y: usize| on_rule[y * view.width + x];
            if !on(y) {
                y += 1;
                continue;
            }
            let first = y;
            while y < view.height && on(y) {
                y += 1;
            }
            let across = |view: &BinaryImage| (first..y).find_map(|y| view.across(x, y as isize));
            // Pale ink around a rule may join it with strokes.
            let Some((top, bottom)) = across(dark).or_else(|| across(view)) else {
                continue;
            };
            let column = Column {
                x,
                on: [first, y],
                ink: [top, bottom],
            };
            let goes_on = |chain: &&mut Vec<Column>| {
                chain.last().is_some_and(|last| {
                    let near = last.x < x && x <= last.x + GAP + 1;
                    near && last.on[0] <= y + 1 && first <= last.on[1] + 1
                })
            };
            // A stroke that lies on the rule for some columns does not take its place.
            let before = chains.iter_mut().filter(goes_on);
            let before = before.max_by_key(|chain| chain.len());
            match before {
                Some(chain) => chain.push(column),
                None => chains.push(vec![column]),
            }
        }
    }
    chains
}

/// Longest bar of a digit, in heights of the digit, and the share of it, from one end, in
/// which it meets the rest.
const LONGEST_BAR: f64 = 1.4;
const MEETS: f64 = 0.2;

/// Whether what looks like a rule is the foot of a 2 or the bar of a 7 that stands alone:
/// a stroke crosses it at one end. A rule goes on to both sides of what is written on it,
/// or through the whole picture.
fn is_bar_of_digit(view: &BinaryImage, rule: &PrintedLine) -> bool {
    let (left, length) = (rule.left(), rule.length() as f64);
    if rule.length() + 2 * GAP >= view.width {
        return false;
    }
    let crossed = rule.columns.iter().filter(|column| !rule.is_free(column));
    let along = crossed.map(|column| (column.x - left.x) as f64 / length);
    let ends = along.fold(None, |ends: Option<[f64; 2]>, at| {
        let [first, last] = ends.unwrap_or([at, at]);
        Some([first.min(at), last.max(at)])
    });
    let at_one_end = ends.is_some_and(|[first, last]| last <= MEETS || first >= 1.0 - MEETS);
    at_one_end && length <= LONGEST_BAR * view.height_of_piece(left.x, left.on[0]) as f64
}

/// Pixels on a straight, nearly horizontal run of ink of at least `length` columns.
///
/// A thin rule leaves a line of the nearest of [`SLOPES`] by more than its thickness:
/// these only find where ink is near, and lines of [`FINER`] go through it.
fn long_runs(inked: &BinaryImage, length: usize) -> Vec<bool> {
    let (width, height) = (inked.width, inked.height);
    let near = inked.thickened();
    let runs = Runs { length, gap: GAP };
    let mut on_rule = vec![false; width * height];
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
            });
        }
    }
    on_rule
}

/// Lines that go about the same way from column `x` on.
fn beside(line: ScanLine, x: usize) -> impl Iterator<Item = ScanLine> {
    FINER
        .into_iter()
        .flat_map(move |slope| SHIFTS.map(|shift| line.bent(ScanLine::new(shift, slope), x)))
}
