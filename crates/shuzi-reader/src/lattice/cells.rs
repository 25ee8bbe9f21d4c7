//! A row of printed cells, at most one digit in each.

use super::{
    Label, Mark,
    line::{LineLattice, NONE, Source, WeighedDigit, answers},
};
use crate::{image::rectangle::Rectangle, text_line::TextLine};

/// Columns of `count` cells: those that are printed, or else equal parts of what
/// they reach over together, or of what the line's digits do.
pub(crate) fn columns(printed: &[[usize; 2]], count: usize, line: &TextLine) -> Vec<[f64; 2]> {
    if printed.len() == count {
        return printed.iter().map(|cell| cell.map(|x| x as f64)).collect();
    }
    let (left, right) = match (printed.first(), printed.last()) {
        (Some(first), Some(last)) => (first[0] as f64, last[1] as f64),
        _ => extent(line, count),
    };
    let width = (right - left) / count as f64;
    let cell = |index: usize| left + index as f64 * width;
    (0..count)
        .map(|index| [cell(index), cell(index + 1)])
        .collect()
}

/// From where to where the cells reach if the first digit and the last lie in the
/// middle of theirs.
fn extent(line: &TextLine, count: usize) -> (f64, f64) {
    let middles = boxes(line).map(|bounds| bounds.middle()[0]);
    let (first, last) = middles.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    let left = boxes(line).map(|bounds| bounds.x).min().unwrap_or(0) as f64;
    let right = boxes(line).map(Rectangle::right).max();
    let right = right.unwrap_or(1) as f64;
    if count < 2 || last <= first {
        return (left, right);
    }
    let half = (last - first) / (2.0 * (count as f64 - 1.0));
    (first - half, last + half)
}

/// The boxes of a line's pieces.
fn boxes(line: &TextLine) -> impl Iterator<Item = &Rectangle> {
    line.segments.iter().map(|segment| &segment.bounds)
}

/// How much of the picture a line's pieces cover: which line the cells are on.
pub(crate) fn weight(line: &TextLine) -> usize {
    boxes(line).map(|bounds| bounds.height).sum()
}

/// For each node of a line the cell that the segment after it lies in.
pub(crate) fn cells_of(line: &TextLine, columns: &[[f64; 2]]) -> Vec<Option<usize>> {
    let mut cells = vec![None; line.nodes()];
    for (_, digit) in line.single() {
        let x = digit.region.bounds.middle()[0];
        let within = |[left, right]: &[f64; 2]| (*left..*right).contains(&x);
        cells[digit.span.from] = columns.iter().position(within);
    }
    cells
}

/// The lattice of a line whose segments lie in `cells`, with marks where a cell begins.
/// `digits` are those of the line.
pub(crate) fn in_cells(
    line: &TextLine,
    digits: &[WeighedDigit],
    cells: &[Option<usize>],
) -> LineLattice {
    let mut lattice = LineLattice::new(line.nodes());
    let mut before = None;
    for (index, single) in line.single() {
        let cell = cells[single.span.from];
        if before.replace(cell) != Some(cell) {
            let mark = cell.map_or(Mark::BesideCells, Mark::Cell);
            lattice = lattice.mark(single.span.from, mark);
        }
        // What lies in no cell is no digit of the number, whatever it is.
        let none = cell.map_or(0.0, |_| digits[index].none);
        let span = [single.span.from, single.span.to];
        lattice.add(span, Label::Epsilon, none, Source::Digit(index));
    }
    for (index, digit) in digits.iter().enumerate() {
        let mut within = cells[digit.from..digit.to].iter();
        let cell = cells[digit.from];
        if cell.is_some() && within.all(|other| *other == cell) {
            let span = [digit.from, digit.to];
            let values = answers(span, digit.answers(), |_| Source::Digit(index));
            for edge in values.take(NONE) {
                lattice.add(span, edge.label, edge.weight, edge.source);
            }
        }
    }
    lattice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lattice::{Search, acceptors},
        text_line::tests::line_of,
    };

    /// Pieces of ten by twenty pixels at these columns.
    fn line(at: &[usize]) -> TextLine {
        let pieces: Vec<[usize; 2]> = at.iter().map(|x| [*x, 10]).collect();
        line_of(&pieces)
    }

    /// Each piece is its index as a digit, more or less surely.
    fn weighed(sure: &[f64]) -> Vec<WeighedDigit> {
        let digit = |(from, sure): (usize, &f64)| {
            let mut digits = [(1e-4f64).ln(); 10];
            digits[from] = sure.ln();
            WeighedDigit {
                from,
                to: from + 1,
                digits,
                none: (1.0 - sure).max(1e-4).ln(),
            }
        };
        sure.iter().enumerate().map(digit).collect()
    }

    /// The cell of each digit and the digit.
    fn read(line: &TextLine, sure: &[f64], columns: &[[f64; 2]]) -> Vec<(usize, u8)> {
        let cells = cells_of(line, columns);
        let lattice = in_cells(line, &weighed(sure), &cells).finish().unwrap();
        let path = Search::new(&acceptors::Cells).best_path(&lattice).unwrap();
        let edges = path.edges.iter().map(|edge| &lattice.edges()[*edge]);
        let digits = edges.filter_map(|edge| match (edge.source, edge.label.symbols()) {
            (Source::Digit(index), [symbol]) => Some((cells[index]?, symbol.digit()?)),
            _ => None,
        });
        digits.collect()
    }

    #[test]
    fn printed_cells_hold_one_digit_each_or_none() {
        let line = line(&[5, 45, 55, 85]);
        let printed = [[0, 20], [20, 40], [40, 70], [70, 100]];
        let cells = columns(&printed, 4, &line);
        // The first of the two in the third cell is less sure: it is a speck.
        let read = read(&line, &[0.99, 0.6, 0.99, 0.99], &cells);
        assert_eq!(read, [(0, 0), (2, 2), (3, 3)]);
    }

    #[test]
    fn without_print_the_cells_are_equal_parts() {
        let line = line(&[0, 30, 90]);
        let cells = columns(&[], 4, &line);
        assert_eq!(
            cells,
            [[-10.0, 20.0], [20.0, 50.0], [50.0, 80.0], [80.0, 110.0]]
        );
        let read = read(&line, &[0.9; 3], &cells);
        assert_eq!(read, [(0, 0), (1, 1), (3, 2)]);
        // Of a frame without teeth, too.
        let cells = columns(&[[10, 130]], 4, &line);
        assert_eq!(cells[1], [40.0, 70.0]);
    }
}
