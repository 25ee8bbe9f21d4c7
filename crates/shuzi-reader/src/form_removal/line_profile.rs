//! LineFit, nearly level ink that may be a rule: where it lies and what of it is print.

use serde::{Deserialize, Serialize};

use super::PrintParams;
use crate::image::line_fit::LineFit;

/// How a printed line may bend and break off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineProfileParams {
    /// Columns in which a rule is as good as straight.
    pub straight: usize,
    /// By how many rows the middle of its ink may depart from that.
    pub departs: f64,
    /// The same in its usual thickness; the greater counts.
    pub departs_of_thickness: f64,
    /// Least share of its columns that do not depart.
    pub on_line: f64,
    /// Columns between the end of a rule and what goes on from there, at most.
    pub farthest: usize,
    /// Columns in which both may lie.
    pub overlap: usize,
    /// Columns to a row up or down on the way.
    pub steepest: usize,
}

impl Default for LineProfileParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            straight: 150,
            departs: 1.25,
            departs_of_thickness: 0.15,
            on_line: 0.75,
            farthest: 100,
            overlap: 8,
            steepest: 20,
        }
    }
}

/// A column of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) x: usize,
    /// Rows on the line, from the first to past the last.
    pub(super) on: [usize; 2],
    /// The same of the ink around these.
    pub(super) ink: [usize; 2],
}

impl Column {
    /// One whose ink is all on the line.
    pub(super) fn of(x: usize, ink: [usize; 2]) -> Self {
        Self { x, on: ink, ink }
    }

    fn thickness(&self) -> usize {
        self.ink[1] - self.ink[0]
    }

    /// Row in the middle of its ink.
    fn middle(&self) -> f64 {
        (self.ink[0] + self.ink[1]) as f64 / 2.0
    }
}

/// LineFit ink that may be a rule.
pub(super) struct PrintedLine<'a> {
    /// From left to right, at least one.
    pub(super) columns: Vec<Column>,
    /// Thickness where nothing crosses it: of its columns a quarter is thinner.
    pub(super) usual: usize,
    /// Row in its middle, for every column.
    middles: Vec<f64>,
    print: &'a PrintParams,
    params: &'a LineProfileParams,
}

impl<'a> PrintedLine<'a> {
    pub(super) fn of(
        columns: Vec<Column>,
        print: &'a PrintParams,
        params: &'a LineProfileParams,
    ) -> Self {
        let mut thickness: Vec<usize> = columns.iter().map(Column::thickness).collect();
        thickness.sort_unstable();
        let usual = thickness.get(thickness.len() / 4).copied().unwrap_or(0);
        let mut rule = Self {
            columns,
            usual,
            middles: Vec::new(),
            print,
            params,
        };
        for part in rule.columns.chunks(params.straight.max(1)) {
            let line = rule.line_through(part);
            let middles = part.iter().map(|column| line.at(column.x as f64));
            rule.middles.extend(middles);
        }
        rule
    }

    /// The straight line through the free ones of some columns: once more, and again,
    /// without what departs from it.
    fn line_through(&self, part: &[Column]) -> LineFit {
        let free = part.iter().filter(|column| self.is_free(column));
        let mut points: Vec<[f64; 2]> = free.map(|c| [c.x as f64, c.middle()]).collect();
        let mut line = LineFit::through(&points, f64::INFINITY);
        for _ in 0..2 {
            points.retain(|point| line.below(*point).abs() <= self.tolerance());
            line = LineFit::through(&points, f64::INFINITY);
        }
        line
    }

    pub(super) fn left(&self) -> &Column {
        &self.columns[0]
    }

    pub(super) fn right(&self) -> &Column {
        &self.columns[self.columns.len() - 1]
    }

    pub(super) fn length(&self) -> usize {
        self.right().x + 1 - self.left().x
    }

    /// Whether nothing crosses it in a column.
    pub(super) fn is_free(&self, column: &Column) -> bool {
        column.thickness() <= self.print.most(self.usual).max(self.usual + 2)
    }

    /// Whether the ink of a column lies on the line, whose `middle` is in that row.
    fn lies_on(&self, column: &Column, middle: f64) -> bool {
        (column.middle() - middle).abs() <= self.tolerance()
    }

    /// By how many rows the middle of its ink may depart from the line.
    fn tolerance(&self) -> f64 {
        self.params
            .departs
            .max(self.params.departs_of_thickness * self.usual as f64)
    }

    /// Whether most of its free columns lie on the line; strokes in a row, as those of zeros
    /// that hang together, bend.
    pub(super) fn is_straight(&self) -> bool {
        let columns = self.columns.iter().zip(&self.middles);
        let free: Vec<_> = columns.filter(|(column, _)| self.is_free(column)).collect();
        let near = free
            .iter()
            .filter(|(column, middle)| self.lies_on(column, **middle));
        near.count() as f64 >= self.params.on_line * free.len() as f64
    }

    /// What is taken out: of columns their rows, from the first to past the last. Where
    /// nothing crosses the rule that is all ink; where a stroke ends at it, that of the
    /// rule; where one crosses it, nothing.
    pub(super) fn gone(&self) -> impl Iterator<Item = (usize, [usize; 2])> {
        let half = self.usual as f64 / 2.0;
        let columns = self.columns.iter().zip(&self.middles);
        columns.filter_map(move |(column, middle)| {
            let [first, end] = column.ink;
            let (top, bottom) = (middle - half, middle + half);
            let rows = if self.is_free(column) {
                self.lies_on(column, *middle).then_some([first, end])
            } else if end as f64 <= bottom + 1.5 && (first as f64) < top {
                Some([((top + 0.5) as usize).min(end), end])
            } else if first as f64 + 1.5 >= top && end as f64 > bottom {
                Some([first, ((bottom + 0.5) as usize).max(first)])
            } else {
                None
            };
            Some((column.x, rows?))
        })
    }

    /// Whether `other`, to one side of it, goes on as it ends there.
    pub(super) fn goes_on_as(&self, other: &Self) -> bool {
        let params = self.params;
        let joins = |end: &Column, start: &Column| {
            let apart = start.x.saturating_sub(end.x).max(1);
            let near = start.x + params.overlap > end.x && apart <= params.farthest;
            let rows = 1 + self.usual + apart / params.steepest.max(1);
            near && end.on[0].abs_diff(start.on[0]) <= rows
        };
        let most = |thickness: usize| self.print.most(thickness);
        let alike = other.usual <= most(self.usual) && self.usual <= most(other.usual);
        alike && (joins(self.right(), other.left()) || joins(other.right(), self.left()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// A line by the parameters of default.
    fn printed(columns: Vec<Column>) -> PrintedLine<'static> {
        static PARAMS: LazyLock<(PrintParams, LineProfileParams)> = LazyLock::new(Default::default);
        PrintedLine::of(columns, &PARAMS.0, &PARAMS.1)
    }

    /// Three rows of ink around a row for each column, but where `crossed`.
    fn rule(
        middle: impl Fn(usize) -> f64,
        crossed: impl Fn(usize) -> Option<[usize; 2]>,
    ) -> PrintedLine<'static> {
        let column = |x| {
            let first = middle(x).round() as usize - 1;
            let on = [first, first + 3];
            let ink = crossed(x).unwrap_or(on);
            Column { x, on, ink }
        };
        printed((0..400).map(column).collect())
    }

    #[test]
    fn a_line_that_slopes_and_bends_is_straight_and_a_wave_is_not() {
        let slope = |x: usize| 50.0 + 0.05 * x as f64 + 4.0 * (x as f64 / 400.0).powi(2);
        assert!(rule(slope, |_| None).is_straight());
        // As the tops of zeros 30 pixels wide.
        let tops = |x: usize| 50.0 + 5.0 * (x as f64 * 0.21).sin().abs();
        assert!(!rule(tops, |_| None).is_straight());
    }

    #[test]
    fn a_stroke_loses_the_rule_that_it_ends_at_and_not_one_that_it_crosses() {
        let crossed = |x: usize| match x {
            100..110 => Some([20, 52]), // from above, down to the lower edge
            200..210 => Some([49, 80]), // from the upper edge
            300..310 => Some([20, 80]),
            _ => None,
        };
        let rule = rule(|_| 50.0, crossed);
        let gone: Vec<_> = rule.gone().collect();
        let of = |x: usize| gone.iter().find(|(at, _)| *at == x).map(|(_, rows)| *rows);
        assert_eq!(of(0), Some([49, 52]));
        assert_eq!(of(105), Some([49, 52]));
        assert_eq!(of(205), Some([49, 52]));
        assert_eq!(of(305), None);
    }

    #[test]
    fn a_rule_goes_on_along_its_line_only() {
        let part = |from: usize, to: usize, row: usize| {
            printed((from..to).map(|x| Column::of(x, [row, row + 3])).collect())
        };
        let first = part(0, 100, 50);
        assert!(first.goes_on_as(&part(140, 160, 52)));
        assert!(part(140, 160, 52).goes_on_as(&first));
        assert!(!first.goes_on_as(&part(140, 160, 60)));
        assert!(!first.goes_on_as(&part(250, 260, 50)));
        // Much thicker is a stroke.
        let stroke = printed((110..130).map(|x| Column::of(x, [45, 58])).collect());
        assert!(!first.goes_on_as(&stroke));
    }
}
