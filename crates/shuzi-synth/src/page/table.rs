//! Ruled tables of short numbers.

use super::{Pages, Written};
use crate::{
    geometry::{Path, Point},
    marks::{Layer, Mark, MarkInk, MarkShape},
    paper::Paper,
    pen::straight,
    random::Chance,
    role::Role,
    text::{Text, TextParams, text},
    writer::Writer,
};

/// A table on its way to a page.
pub(super) struct Table<'a> {
    /// Rows and columns.
    pub(super) size: [usize; 2],
    /// Its cells, row by row.
    pub(super) cells: Vec<Written<'a>>,
    /// Its printed lines.
    pub(super) rules: Mark,
}

impl Pages {
    /// A table of at least two rows, some of its cells empty.
    pub(super) fn table(&self, most: [usize; 2], paper: &Paper, chance: &mut Chance) -> Table<'_> {
        let params = &self.params.line;
        let mut writer = Writer::new(&params.writer, self.banks.len(), chance);
        // Cells ask for level and narrow writing.
        writer.uphill *= 0.3;
        writer.gap = writer.gap.min(0.3);
        let own = self.ink(paper, chance);
        let rows = chance.count(2..=most[0].max(2));
        let columns = chance.count(1..=most[1].max(1));
        let short = TextParams {
            date: 0.0,
            code: 0.0,
            several: 0.0,
            longest: 7,
            digits: 1..=4,
            ..params.text.clone()
        };
        let empty = if chance.maybe(0.5) { 0.15 } else { 0.0 };
        let mut cells: Vec<Written<'_>> = Vec::with_capacity(rows * columns);
        for _ in 0..rows * columns {
            let text = if chance.maybe(empty) {
                Text::default()
            } else {
                text(&short, chance)
            };
            let mut cell = self.written(text, &writer, own, paper, chance);
            // The table has its own walls and boxes.
            cell.beside
                .retain(|mark| !matches!(mark.role, Role::Wall | Role::Frame));
            cells.push(cell);
        }
        let pad = chance.between(&(0.1..0.7));
        let pitch = chance.between(&(1.35..2.4));
        let width = |column: usize| {
            let of = cells.iter().skip(column).step_by(columns);
            let wide = of.map(|cell| cell.line.bounds.width()).fold(0.8, f32::max);
            wide + 2.0 * pad
        };
        let mut sides = vec![0.0];
        for column in 0..columns {
            sides.push(sides[column] + width(column));
        }
        for (at, cell) in cells.iter_mut().enumerate() {
            let (row, column) = (at / columns, at % columns);
            let room = sides[column + 1] - sides[column] - cell.line.bounds.width();
            // Towards the left, the middle or the right of the cell.
            let x = sides[column] + room * chance.between(&(0.3..0.7));
            let left = if cell.line.bounds.is_none() {
                0.0
            } else {
                cell.line.bounds.left
            };
            let y = row as f32 * pitch + 0.5 * (pitch - 1.0) + chance.normal(0.0, 0.05);
            cell.at = [x - left, y];
        }
        let rules = rules(&sides, rows, pitch, chance);
        Table {
            size: [rows, columns],
            cells,
            rules,
        }
    }
}

/// The lines of a table: all, or only those between its rows or its columns.
fn rules(sides: &[f32], rows: usize, pitch: f32, chance: &mut Chance) -> Mark {
    let (width, height) = (sides[sides.len() - 1], rows as f32 * pitch);
    let lean = chance.normal(0.0, 0.004);
    let point = |x: f32, y: f32| -> Point { [x - lean * y, y + lean * x] };
    let (level, upright) = match chance.below(6) {
        0 => (true, false),
        1 => (false, true),
        _ => (true, true),
    };
    let mut paths: Vec<Path> = Vec::new();
    if level {
        paths.extend((0..=rows).map(|row| {
            let y = row as f32 * pitch;
            straight(&[point(0.0, y), point(width, y)])
        }));
    }
    if upright {
        paths.extend(
            sides
                .iter()
                .map(|x| straight(&[point(*x, 0.0), point(*x, height)])),
        );
    }
    Mark {
        role: Role::Frame,
        shape: MarkShape::Strokes(paths, chance.log_between(&(0.01..0.05))),
        ink: MarkInk::Takes(chance.between(&(0.2..0.9))),
        layer: Layer::Under,
    }
}
