//! By how much printed lines lean.

use serde::{Deserialize, Serialize};

use crate::binarize::Ink;

/// What the lean of printed lines is found by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeanParams {
    /// Steepest lean that is looked for, rows to a column: 8 degrees.
    pub steepest: f64,
    /// Least that is worth a turn: less is found as it is.
    pub least: f64,
    /// Thickest line in pixels.
    pub thickest: usize,
    /// Shortest line, in pixels and as a share of the picture's width.
    pub shortest: usize,
    /// See `shortest`.
    pub share: f64,
    /// How much less of a line is seen along the rows than along its lean, at most, as a share.
    pub level: f64,
}

impl Default for LeanParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            steepest: 0.14,
            least: 0.004,
            thickest: 8,
            shortest: 60,
            share: 0.4,
            level: 0.8,
        }
    }
}

/// The lean of the longest thin line in the ink, in rows down to a column to the right; `None`
/// if there is none that is long, or it is level.
pub(crate) fn lean(ink: &Ink, params: &LeanParams) -> Option<f64> {
    let middles = thin_runs(ink, params.thickest);
    let needed = (params.share * ink.width as f64).max(params.shortest as f64);
    if (middles.len() as f64) < needed {
        return None;
    }
    // A step moves a line's ends by half a pixel.
    let step = 1.0 / ink.width.max(1) as f64;
    let steps = (params.steepest / step) as i32;
    let mut counts = vec![0u32; ink.height + (params.steepest * ink.width as f64) as usize + 3];
    let mut longest = |slope: f64| {
        counts.fill(0);
        let offset = params.steepest * ink.width as f64 / 2.0;
        let middle = ink.width as f64 / 2.0;
        for [x, y] in &middles {
            let row = (y - slope * (x - middle) + offset).max(0.0) as usize;
            if let Some(count) = counts.get_mut(row) {
                *count += 1;
            }
        }
        counts
            .windows(2)
            .map(|pair| pair[0] + pair[1])
            .max()
            .unwrap_or(0)
    };
    let lengths: Vec<(f64, u32)> = (-steps..=steps)
        .map(|at| f64::from(at) * step)
        .map(|slope| (slope, longest(slope)))
        .collect();
    let most = lengths.iter().map(|(_, length)| *length).max()?;
    // Several slopes are as good: the one in their middle.
    let best: Vec<f64> = lengths
        .iter()
        .filter(|(_, length)| f64::from(*length) >= 0.97 * f64::from(most))
        .map(|(slope, _)| *slope)
        .collect();
    let slope = best[best.len() / 2];
    let level = f64::from(longest(0.0));
    let leans = slope.abs() >= params.least && level <= params.level * f64::from(most);
    (f64::from(most) >= needed && leans).then_some(slope)
}

/// Columns and rows of the middles of all upright runs of ink that are no longer than a line is
/// thick.
fn thin_runs(ink: &Ink, thickest: usize) -> Vec<[f64; 2]> {
    let mut middles = Vec::new();
    let mut begun = vec![None; ink.width];
    for y in 0..=ink.height {
        for (x, begun) in begun.iter_mut().enumerate() {
            let dark = y < ink.height && ink.coverage[y * ink.width + x] >= Ink::EDGE;
            match (*begun, dark) {
                (None, true) => *begun = Some(y),
                (Some(first), false) => {
                    if y - first <= thickest {
                        middles.push([x as f64 + 0.5, (first + y) as f64 / 2.0]);
                    }
                    *begun = None;
                }
                _ => {}
            }
        }
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binarize::Polarity;

    fn ink(inked: impl Fn(usize, usize) -> bool) -> Ink {
        let [width, height] = [480, 120];
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Ink {
            width,
            height,
            coverage: pixels.map(|(x, y)| 255 * u8::from(inked(x, y))).collect(),
            polarity: Polarity::DarkOnLight,
        }
    }

    #[test]
    fn the_lean_of_a_line_is_found_to_a_pixel_at_its_ends() {
        for slope in [-0.13, -0.05, -0.009, 0.006, 0.0175, 0.1] {
            let line =
                |x: usize, y: usize| (y as f64 - 60.0 - slope * (x as f64 - 240.0)).abs() <= 1.0;
            let found = lean(&ink(line), &LeanParams::default()).unwrap();
            assert!((found - slope).abs() * 240.0 <= 1.0, "{slope}: {found}");
        }
    }

    #[test]
    fn level_lines_and_digits_have_none() {
        let level = |_: usize, y: usize| (60..62).contains(&y);
        // Bars of digits that climb.
        let bars = |x: usize, y: usize| x % 80 < 30 && y.abs_diff(100 - x / 10) < 3;
        let upright = |x: usize, _: usize| (200..204).contains(&x);
        let none = |_: usize, _: usize| false;
        let all: [&dyn Fn(usize, usize) -> bool; 4] = [&level, &bars, &upright, &none];
        for (index, inked) in all.into_iter().enumerate() {
            assert_eq!(lean(&ink(inked), &LeanParams::default()), None, "{index}");
        }
    }
}
