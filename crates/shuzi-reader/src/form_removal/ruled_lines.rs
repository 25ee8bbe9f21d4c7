//! Ruled lines.

use serde::{Deserialize, Serialize};

use super::{
    PrintParams,
    line_profile::{Column, LineProfileParams, PrintedLine},
    run_length::{BinaryImage, Runs, ScanLine},
};
use crate::binarize::Ink;

/// What ruled lines are like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuledLineParams {
    /// How many times longer than thick a rule is at least; the bar of a 7 is not.
    pub slimmest: usize,
    /// The same for a rule of which much is paler than a stroke: texture of the paper that
    /// joins strokes is shorter. Off: rules are looked for in ink as dark as strokes alone.
    pub slimmest_faint: Option<usize>,
    /// What is added to a slope to go through thin ink, rows to a column.
    pub finer: [f64; 5],
    /// By how many rows such a line may start higher or lower.
    pub shifts: [f64; 9],
    /// Rows of pale ink beside a rule that belong to it.
    pub soft_edge: usize,
    /// How it may bend and break off.
    pub profile: LineProfileParams,
    /// What may be the foot of a 2 or the bar of a 7 stays. Off: it goes as a rule does.
    pub bar: Option<BarParams>,
}

impl Default for RuledLineParams {
    /// Finer slopes and shifts follow from the slopes of all print; the others are guesses.
    fn default() -> Self {
        Self {
            slimmest: 25,
            slimmest_faint: Some(50),
            finer: [0.0, -0.00375, 0.00375, -0.0075, 0.0075],
            shifts: [0.0, -0.5, 0.5, -1.0, 1.0, -1.5, 1.5, -2.0, 2.0],
            soft_edge: 2,
            profile: LineProfileParams::default(),
            bar: Some(BarParams::default()),
        }
    }
}

/// What the bar or the foot of a digit is like that stands alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BarParams {
    /// Longest one, in heights of the digit.
    pub longest: f64,
    /// The share of it, from one end, in which it meets the rest of the digit.
    pub meets: f64,
}

impl Default for BarParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            longest: 1.4,
            meets: 0.2,
        }
    }
}

/// Takes out ruled lines: of ink as pale as the soft edge of a stroke, then of full ink.
pub(super) fn remove_ruled_lines(ink: &mut Ink, print: &PrintParams, params: &RuledLineParams) {
    if let Some(slimmest) = params.slimmest_faint {
        remove_lines(ink, Ink::SOFT, slimmest, print, params);
    }
    remove_lines(ink, Ink::EDGE, params.slimmest, print, params);
}

/// Takes out ruled lines whose ink has the `least` coverage, so many times longer than thick,
/// and what goes on as they end.
fn remove_lines(
    ink: &mut Ink,
    least: u8,
    slimmest: usize,
    print: &PrintParams,
    params: &RuledLineParams,
) {
    let view = BinaryImage::from(ink, least);
    let on_rule = long_runs(&view, print, params);
    if !on_rule.contains(&true) {
        return;
    }
    let straight = chains(&view, &BinaryImage::of(ink), &on_rule, print.gap).into_iter();
    let straight = straight
        .map(|columns| PrintedLine::of(columns, print, &params.profile))
        .filter(PrintedLine::is_straight);
    let is_bar = |rule: &PrintedLine<'_>| {
        let bar = params.bar.as_ref();
        bar.is_some_and(|bar| is_bar_of_digit(&view, rule, bar, print.gap))
    };
    let (mut rules, mut others): (Vec<PrintedLine<'_>>, Vec<PrintedLine<'_>>) =
        straight.partition(|rule| slimmest * rule.usual <= rule.length() && !is_bar(rule));
    let mut next = 0;
    while let Some(rule) = rules.get(next) {
        let (more, rest) = others.into_iter().partition(|other| rule.goes_on_as(other));
        rules.extend::<Vec<PrintedLine<'_>>>(more);
        others = rest;
        next += 1;
    }
    for (x, [first, end]) in rules.iter().flat_map(PrintedLine::gone) {
        for y in first..end {
            ink.coverage[y * ink.width + x] = 0;
        }
        // The soft edges go with it.
        let mut above = (first.saturating_sub(params.soft_edge)..first).rev();
        let mut below = end..(end + params.soft_edge).min(ink.height);
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

/// The rules that pixels belong to: columns from left to right, with gaps of so many at most;
/// `dark` is the ink of strokes.
fn chains(
    view: &BinaryImage,
    dark: &BinaryImage,
    on_rule: &[bool],
    gap: usize,
) -> Vec<Vec<Column>> {
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
                    let near = last.x < x && x <= last.x + gap + 1;
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

/// Whether what looks like a rule is the foot of a 2 or the bar of a 7 that stands alone:
/// a stroke crosses it at one end. A rule goes on to both sides of what is written on it,
/// or through the whole picture.
fn is_bar_of_digit(
    view: &BinaryImage,
    rule: &PrintedLine<'_>,
    params: &BarParams,
    gap: usize,
) -> bool {
    let (left, length) = (rule.left(), rule.length() as f64);
    if rule.length() + 2 * gap >= view.width {
        return false;
    }
    let crossed = rule.columns.iter().filter(|column| !rule.is_free(column));
    let along = crossed.map(|column| (column.x - left.x) as f64 / length);
    let ends = along.fold(None, |ends: Option<[f64; 2]>, at| {
        let [first, last] = ends.unwrap_or([at, at]);
        Some([first.min(at), last.max(at)])
    });
    let meets = params.meets;
    let at_one_end = ends.is_some_and(|[first, last]| last <= meets || first >= 1.0 - meets);
    at_one_end && length <= params.longest * view.height_of_piece(left.x, left.on[0]) as f64
}

/// Pixels on a straight, nearly horizontal run of ink that is long enough for a line.
///
/// A thin rule leaves a line of the nearest slope of all print by more than its thickness:
/// these only find where ink is near, and lines of finer slopes go through it.
fn long_runs(inked: &BinaryImage, print: &PrintParams, params: &RuledLineParams) -> Vec<bool> {
    let (width, height) = (inked.width, inked.height);
    let near = inked.thickened();
    let runs = Runs {
        length: print.least_length(width),
        gap: print.gap,
    };
    let mut on_rule = vec![false; width * height];
    for slope in print.slopes {
        for line in near.lines(slope) {
            near.runs(runs, line, [0, width], |columns| {
                let mut found = 0;
                for line in beside(line, columns[0], params) {
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
fn beside(
    line: ScanLine,
    x: usize,
    params: &RuledLineParams,
) -> impl Iterator<Item = ScanLine> + use<> {
    let shifts = params.shifts;
    let finer = params.finer.into_iter();
    finer.flat_map(move |slope| shifts.map(|shift| line.bent(ScanLine::new(shift, slope), x)))
}
