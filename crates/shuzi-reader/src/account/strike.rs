//! Straight lines through digits.

use serde::{Deserialize, Serialize};

use crate::{binarize::Ink, image::rectangle::Rectangle};

/// What a line through digits is told by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StrikeParams {
    /// Least share of the digits' columns that have ink on one straight line.
    pub drawn: f64,
    /// How steep it may be, rows to a column.
    pub steepest: f64,
    /// Between slopes that are tried: half a pixel at the end of three digits.
    pub step: f64,
    /// Share of the digits' height, from above and from below, in which it is no strike.
    pub margin: f64,
    /// How far it goes on beyond digits that no other reader takes for struck, in their height.
    pub beyond: f64,
}

impl Default for StrikeParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            drawn: 0.95,
            steepest: 0.2,
            step: 0.01,
            margin: 0.3,
            beyond: 0.08,
        }
    }
}

/// All that is dark, whether it was taken out as print or not.
pub(crate) struct Dark {
    width: usize,
    height: usize,
    /// `[height, width]`
    dark: Vec<bool>,
}

impl Dark {
    pub(crate) fn of(ink: &Ink, printed: &[usize]) -> Self {
        let mut dark: Vec<bool> = ink.coverage.iter().map(|at| *at >= Ink::EDGE).collect();
        for at in printed {
            dark[*at] = true;
        }
        Self {
            width: ink.width,
            height: ink.height,
            dark,
        }
    }

    /// Whether a straight line goes through the middle of what is in these bounds, from one
    /// side to the other.
    pub(crate) fn is_struck(&self, bounds: &Rectangle, params: &StrikeParams) -> bool {
        let margin = (params.margin * bounds.height as f64) as usize;
        let rows = bounds.y + margin..bounds.bottom().saturating_sub(margin);
        let columns = bounds.x..bounds.right().min(self.width);
        let middle = (bounds.x + bounds.right()) as f64 / 2.0;
        let most = columns.len() as f64 * (1.0 - params.drawn);
        let on_line = |row: usize, slope: f64| {
            let mut missing = 0.0;
            columns.clone().all(|x| {
                let y = (row as f64 + slope * (x as f64 - middle)).round().max(0.0) as usize;
                let near = y.saturating_sub(1)..(y + 2).min(self.height);
                if !near.into_iter().any(|y| self.dark[y * self.width + x]) {
                    missing += 1.0;
                }
                missing <= most
            })
        };
        let steps = (params.steepest / params.step) as i32;
        let slopes = || (-steps..=steps).map(|step| f64::from(step) * params.step);
        rows.into_iter()
            .any(|row| slopes().any(|slope| on_line(row, slope)))
    }

    /// The same, from beyond one side to beyond the other.
    pub(crate) fn is_struck_beyond(&self, bounds: &Rectangle, params: &StrikeParams) -> bool {
        let beyond = (params.beyond * bounds.height as f64).ceil() as usize;
        let x = bounds.x.saturating_sub(beyond);
        let right = (bounds.right() + beyond).min(self.width);
        let wider = Rectangle {
            x,
            width: right.saturating_sub(x),
            ..*bounds
        };
        bounds.x >= beyond && right == bounds.right() + beyond && self.is_struck(&wider, params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binarize::Polarity;

    /// Two rings side by side and what else is inked.
    fn rings(also: impl Fn(usize, usize) -> bool) -> (Dark, Rectangle) {
        let ring = |x: usize, y: usize, middle: f64| {
            let (dx, dy) = ((x as f64 - middle) / 15.0, (y as f64 - 30.0) / 25.0);
            (0.75..1.0).contains(&(dx * dx + dy * dy))
        };
        let inked = |x, y| ring(x, y, 25.0) || ring(x, y, 55.0) || also(x, y);
        let pixels = (0..60).flat_map(|y| (0..80).map(move |x| (x, y)));
        let ink = Ink {
            width: 80,
            height: 60,
            coverage: pixels.map(|(x, y)| 255 * u8::from(inked(x, y))).collect(),
            polarity: Polarity::DarkOnLight,
        };
        let bounds = Rectangle {
            x: 10,
            y: 5,
            width: 60,
            height: 50,
        };
        (Dark::of(&ink, &[]), bounds)
    }

    #[test]
    fn a_line_through_digits_strikes_them_out_at_any_lean() {
        for slope in [-0.15, -0.033, 0.0, 0.1] {
            let line = |x: usize, y: usize| {
                (y as f64 - 32.0 - slope * (x as f64 - 40.0)).abs() <= 1.5 && (5..75).contains(&x)
            };
            let (dark, bounds) = rings(line);
            assert!(dark.is_struck(&bounds, &StrikeParams::default()), "{slope}");
        }
    }

    #[test]
    fn digits_that_touch_or_have_a_bar_each_are_not_struck() {
        let touching = |x: usize, y: usize| (24..36).contains(&y) && (38..42).contains(&x);
        let under = |_: usize, y: usize| (50..53).contains(&y);
        let half = |x: usize, y: usize| (30..33).contains(&y) && x < 45;
        let also: [&dyn Fn(usize, usize) -> bool; 4] = [&|_, _| false, &touching, &under, &half];
        for (index, also) in also.into_iter().enumerate() {
            let (dark, bounds) = rings(also);
            assert!(
                !dark.is_struck(&bounds, &StrikeParams::default()),
                "{index}"
            );
        }
    }
}
