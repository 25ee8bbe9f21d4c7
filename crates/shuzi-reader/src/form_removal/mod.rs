//! Print to write on: boxes, combs and grids found by how their lines meet,
//! ruled and dotted lines by their length. All are taken out where no stroke
//! crosses them.

pub mod boxes;
pub mod dotted_lines;
pub mod lean;
pub mod line_profile;
pub mod ruled_lines;
mod run_length;
pub mod sides;

use serde::{Deserialize, Serialize};

use crate::{
    binarize::Ink,
    form_removal::{
        boxes::BoxParams, dotted_lines::DottedLineParams, lean::LeanParams,
        ruled_lines::RuledLineParams,
    },
};

/// How print to write on is found. A rule that is `None` is not applied: its print stays ink.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FormRemovalParams {
    /// By how much printed lines lean: a picture of which they do is made level.
    pub lean: Option<LeanParams>,
    /// What all print has in common.
    pub print: PrintParams,
    /// Boxes, combs and grids. Off: no cells are known either.
    pub boxes: Option<BoxParams>,
    /// Ruled lines.
    pub ruled_lines: Option<RuledLineParams>,
    /// Dotted and dashed lines.
    pub dotted_lines: Option<DottedLineParams>,
}

impl Default for FormRemovalParams {
    /// All rules, each as it is by default.
    fn default() -> Self {
        Self {
            lean: Some(LeanParams::default()),
            print: PrintParams::default(),
            boxes: Some(BoxParams::default()),
            ruled_lines: Some(RuledLineParams::default()),
            dotted_lines: Some(DottedLineParams::default()),
        }
    }
}

/// What lines have in common, printed in one piece or as dots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrintParams {
    /// Least length of a line, as a share of the picture's width.
    pub length: f64,
    /// The same in pixels: shorter ones are strokes.
    pub least: usize,
    /// Slopes that are tried, rows to a column.
    pub slopes: [f64; 13],
    /// Longest gap in a solid line, in pixels.
    pub gap: usize,
    /// How thick a line may be where nothing crosses it, in its usual thickness.
    pub thickest: f64,
}

impl Default for PrintParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            length: 0.4,
            least: 40,
            slopes: [
                -0.09, -0.075, -0.06, -0.045, -0.03, -0.015, 0.0, 0.015, 0.03, 0.045, 0.06, 0.075,
                0.09,
            ],
            gap: 3,
            thickest: 1.5,
        }
    }
}

impl PrintParams {
    /// Least length of a line on a picture of so many columns.
    fn least_length(&self, width: usize) -> usize {
        ((self.length * width as f64) as usize).max(self.least)
    }

    /// How thick a line of usual `thickness` may be where nothing crosses it.
    fn most(&self, thickness: usize) -> usize {
        (self.thickest * thickness as f64).ceil() as usize
    }
}

/// Print to write on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The pixels that were taken out, as indices of the ink.
    pub printed: Vec<usize>,
    /// Columns of the cells of boxes and combs, from left to right: the first and past the last.
    pub cells: Vec<[usize; 2]>,
}

/// Takes print out of the ink; strokes that cross it stay whole.
pub(crate) fn remove_form(ink: &mut Ink, params: &FormRemovalParams) -> Form {
    let before = ink.coverage.clone();
    let print = &params.print;
    let boxes = params.boxes.as_ref();
    let cells = boxes.map_or_else(Vec::new, |boxes| boxes::remove_boxes(ink, print, boxes));
    if let Some(ruled) = &params.ruled_lines {
        ruled_lines::remove_ruled_lines(ink, print, ruled);
    }
    if let Some(dotted) = &params.dotted_lines {
        dotted_lines::remove_dotted_lines(ink, print, dotted);
    }
    let gone = |at: &usize| before[*at] >= Ink::EDGE && ink.coverage[*at] < Ink::EDGE;
    Form {
        printed: (0..before.len()).filter(gone).collect(),
        cells,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::binarize::Polarity;

    fn remove_form(ink: &mut Ink) -> Form {
        super::remove_form(ink, &FormRemovalParams::default())
    }

    proptest! {
        #[test]
        fn of_any_ink_nothing_is_added(
            (width, height) in (1usize..70, 1usize..9),
            share in 0.5..1.0f64,
            seed in prop::collection::vec((any::<u8>(), 0.0..1.0f64), 70 * 9),
        ) {
            let mut after = ink(width, height, |_, _| false);
            for (to, (coverage, chance)) in after.coverage.iter_mut().zip(seed) {
                *to = if chance < share { coverage | 0x80 } else { coverage };
            }
            let before = after.clone();
            remove_form(&mut after);
            let kept = after.coverage.iter().zip(&before.coverage);
            prop_assert!(kept.into_iter().all(|(after, before)| after == before || *after == 0));
        }
    }

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
        remove_form(&mut both);
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
            remove_form(&mut ink);
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
        remove_form(&mut ink);
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
        remove_form(&mut after);
        assert!(after == before);
    }

    /// Rings 32 pixels across, five thick, their middles so far apart.
    fn rings(apart: f64) -> impl Fn(usize, usize) -> bool {
        move |x, y| {
            (0..6).any(|ring| {
                let (dx, dy) = (x as f64 - 40.0 - apart * f64::from(ring), y as f64 - 50.0);
                (11.0..16.0).contains(&dx.hypot(dy))
            })
        }
    }

    #[test]
    fn zeros_that_hang_together_are_no_rule() {
        let before = ink(220, 90, rings(26.0));
        let mut after = before.clone();
        remove_form(&mut after);
        assert!(after == before);
    }

    #[test]
    fn digits_on_a_rule_keep_their_feet() {
        // The rule goes through the lowest rows of the rings.
        let (rings, rule) = (rings(40.0), 64..67);
        let mut after = ink(280, 90, |x, y| rings(x, y) || rule.contains(&y));
        remove_form(&mut after);
        let left = |x: usize, y: usize| after.coverage[y * 280 + x] >= Ink::EDGE;
        let pixels =
            |rows: std::ops::Range<usize>| rows.flat_map(|y| (0..280).map(move |x| (x, y)));
        let lost = pixels(0..rule.start).filter(|&(x, y)| rings(x, y) && !left(x, y));
        // Where a ring is no thicker than the rule, a pixel beside it.
        let lost: Vec<_> = lost.collect();
        assert!(
            lost.len() < 40 && lost.iter().all(|(_, y)| *y >= 62),
            "{lost:?}"
        );
        let kept = pixels(rule).filter(|&(x, y)| left(x, y)).count();
        assert!(kept < 40, "{kept}");
    }

    #[test]
    fn what_goes_on_as_a_rule_ends_goes_with_it() {
        // The paper bends; the second part is too short by itself.
        let rule = |x: usize, y: usize| {
            let level = if x < 160 { 60 } else { 64 };
            (level..level + 5).contains(&y)
        };
        let mut both = ink(270, 100, rule);
        remove_form(&mut both);
        let left = (0..270 * 100).filter(|at| both.coverage[*at] > 0);
        assert!(left.map(|at| at % 270).all(|x| (145..165).contains(&x)));
        let before = ink(270, 100, |x, y| x >= 160 && rule(x, y));
        let mut after = before.clone();
        remove_form(&mut after);
        assert!(after == before);
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
        remove_form(&mut after);
        assert!(after == before);
        // As long as the picture is wide it is a rule.
        let mut after = two(238);
        remove_form(&mut after);
        assert_eq!(after.coverage[112 * 240 + 200], 0);
    }

    #[test]
    fn the_bar_of_a_large_seven_is_no_rule() {
        let bar = |x: usize, y: usize| (40..140).contains(&x) && (20..32).contains(&y);
        let stem = |x: usize, y: usize| (120..132).contains(&x) && (20..150).contains(&y);
        let before = ink(180, 170, |x, y| bar(x, y) || stem(x, y));
        let mut after = before.clone();
        remove_form(&mut after);
        assert!(after == before);
    }
}
