//! Dotted and dashed lines to write on.

use serde::{Deserialize, Serialize};

use super::{
    PrintParams,
    line_profile::{Column, LineProfileParams, PrintedLine},
    run_length::{BinaryImage, Runs, ScanLine},
};
use crate::binarize::Ink;

/// What dotted and dashed lines are like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DottedLineParams {
    /// Fewest dots of a line.
    pub fewest: usize,
    /// Longest gap between two dots, in pixels.
    pub gap: usize,
    /// Share of the dots, of the gaps and of the columns of ink that are as usual.
    pub alike: f64,
    /// Rows of a dot that are thin whatever the others are.
    pub thin: usize,
    /// How they may depart from a straight line.
    pub profile: LineProfileParams,
}

impl Default for DottedLineParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            fewest: 8,
            gap: 12,
            alike: 0.75,
            thin: 4,
            profile: LineProfileParams::default(),
        }
    }
}

/// Takes lines of dots or dashes out; strokes that cross them stay whole.
pub(super) fn remove_dotted_lines(ink: &mut Ink, print: &PrintParams, params: &DottedLineParams) {
    let view = BinaryImage::of(ink);
    let mut gone = Vec::new();
    let runs = Runs {
        length: print.least_length(ink.width),
        gap: params.gap,
    };
    for line in print.slopes.into_iter().flat_map(|slope| view.lines(slope)) {
        view.runs(runs, line, [0, view.width], |columns| {
            gone.extend(dotted(&view, line, columns, print, params));
        });
    }
    for at in gone {
        ink.coverage[at] = 0;
    }
}

/// The pixels of a line between two columns, if it is one of dots.
fn dotted(
    view: &BinaryImage,
    line: ScanLine,
    [from, to]: [usize; 2],
    print: &PrintParams,
    params: &DottedLineParams,
) -> Vec<usize> {
    // First column and past the last of each dot.
    let mut dots: Vec<(usize, usize)> = Vec::new();
    for x in (from..to).filter(|x| view.inked(*x, line.at(*x))) {
        match dots.last_mut() {
            Some((_, end)) if *end == x => *end += 1,
            _ => dots.push((x, x + 1)),
        }
    }
    if dots.len() < params.fewest.max(1) {
        return Vec::new();
    }
    let long = dots.iter().map(|(from, to)| to - from).collect();
    let gaps = dots.windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
    let (Some(long), Some(_)) = (alike(long, params.alike), alike(gaps, params.alike)) else {
        return Vec::new();
    };
    let columns = || dots.iter().flat_map(|(from, to)| *from..*to);
    let across: Vec<(usize, (usize, usize))> = columns()
        .filter_map(|x| Some((x, view.across(x, line.at(x))?)))
        .collect();
    let mut heights: Vec<usize> = across.iter().map(|(_, (top, end))| end - top).collect();
    heights.sort_unstable();
    let usual = heights.get(heights.len() / 3).copied().unwrap_or(0);
    let thin = |height: &usize| *height <= print.most(usual).max(params.thin);
    let free = heights.iter().filter(|height| thin(height)).count();
    let round = usual <= 2 * long + 2;
    if !round || (free as f64) < params.alike * heights.len() as f64 {
        return Vec::new();
    }
    let column = |&(x, (top, end))| Column::of(x, [top, end]);
    let columns = across.iter().map(column).collect();
    if !PrintedLine::of(columns, print, &params.profile).is_straight() {
        return Vec::new();
    }
    let mut pixels = Vec::new();
    for (x, (top, end)) in across {
        if !thin(&(end - top)) {
            continue;
        }
        // The soft edges of a dot lie all around it.
        for y in top.saturating_sub(1)..(end + 1).min(view.height) {
            for x in x.saturating_sub(1)..(x + 2).min(view.width) {
                let same = view.across(x, y as isize);
                if same.is_none_or(|(top, end)| thin(&(end - top))) {
                    pixels.push(y * view.width + x);
                }
            }
        }
    }
    pixels
}

/// The usual length, if that share of them is about the same.
fn alike(mut lengths: Vec<usize>, share: f64) -> Option<usize> {
    lengths.sort_unstable();
    let usual = *lengths.get(lengths.len() / 2)?;
    let near = lengths.iter().filter(|length| {
        // A pixel more or less is the grid's doing.
        2 * **length + 2 >= usual && **length <= 2 * usual + 1
    });
    (near.count() as f64 >= share * lengths.len() as f64).then_some(usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binarize::Polarity;

    fn ink(inked: impl Fn(usize, usize) -> bool) -> Ink {
        let pixels = (0..90).flat_map(|y| (0..240).map(move |x| (x, y)));
        Ink {
            width: 240,
            height: 90,
            coverage: pixels
                .map(|(x, y)| if inked(x, y) { 255 } else { 0 })
                .collect(),
            polarity: Polarity::DarkOnLight,
        }
    }

    fn remove(ink: &mut Ink) {
        remove_dotted_lines(ink, &PrintParams::default(), &DottedLineParams::default());
    }

    fn stroke(x: usize, y: usize) -> bool {
        (100..105).contains(&x) && (20..80).contains(&y)
            || (130..170).contains(&x) && (40..45).contains(&y)
    }

    #[test]
    fn dots_and_dashes_go_and_the_stroke_across_them_stays() {
        for (period, long) in [(6, 2), (9, 3), (18, 9)] {
            let dotted = |x: usize, y: usize| {
                let row = 64 + x / 50;
                (8..232).contains(&x) && x % period < long && (row..row + 2).contains(&y)
            };
            let mut both = ink(|x, y| dotted(x, y) || stroke(x, y));
            remove(&mut both);
            let left = ink(stroke);
            let differing = both
                .coverage
                .iter()
                .zip(&left.coverage)
                .filter(|(a, b)| a != b);
            // A dot beside the stroke is taken for part of it.
            assert!(differing.count() <= 2 * long, "{period}");
        }
    }

    #[test]
    fn a_row_of_upright_strokes_is_no_dotted_line() {
        let before = ink(|x, y| x % 12 < 4 && (20..70).contains(&y));
        let mut after = before.clone();
        remove(&mut after);
        assert!(after == before);
    }
}
