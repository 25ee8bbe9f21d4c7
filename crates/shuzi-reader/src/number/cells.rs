//! A row of printed cells, at most one digit in each.

use crate::{
    image::rectangle::Rectangle,
    number::Arc,
    number::arcs::{Arcs, Origin},
    text_line::TextLine,
};

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

/// Every way to fill the cells `columns`: from place `n` to the next lies cell `n`.
/// `arcs` are those of the line's hypotheses.
pub(crate) fn fill(line: &TextLine, arcs: &[Arc], columns: &[[f64; 2]]) -> Arcs {
    // For each piece its cell and what it costs to take it for no digit.
    let mut cell_of = vec![None; line.nodes()];
    let mut skip_of = vec![0.0; line.nodes()];
    for (index, piece) in line.single() {
        let x = piece.region.bounds.middle()[0];
        let place = piece.span.from;
        cell_of[place] = columns
            .iter()
            .position(|[left, right]| (*left..*right).contains(&x));
        skip_of[place] = arcs[index].skip;
    }
    // What lies in no cell is no digit of the number, whatever it is.
    let mut empty = vec![0.0; columns.len()];
    for (cell, skip) in cell_of.iter().zip(&skip_of) {
        if let Some(cell) = cell {
            empty[*cell] += skip;
        }
    }
    let mut filled = Arcs::new(columns.len() + 1);
    for (cell, skip) in empty.iter().enumerate() {
        filled.pass(cell, cell + 1, *skip);
    }
    for (index, arc) in arcs.iter().enumerate() {
        let Some(cell) = cell_of[arc.from] else {
            continue;
        };
        if (arc.from..arc.to).any(|place| cell_of[place] != Some(cell)) {
            continue;
        }
        // The other pieces in the cell are none.
        let own: f64 = skip_of[arc.from..arc.to].iter().sum();
        let others = empty[cell] - own;
        let arc = Arc {
            from: cell,
            to: cell + 1,
            log: arc.log.map(|log| log + others),
            skip: f64::NEG_INFINITY,
        };
        filled.push(arc, Some(Origin::Alone(index)));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        number::{Constraints, Lattice, decode},
        text_line::tests::line_of,
    };

    /// Pieces of ten by twenty pixels at these columns.
    fn line(at: &[usize]) -> TextLine {
        let pieces: Vec<[usize; 2]> = at.iter().map(|x| [*x, 10]).collect();
        line_of(&pieces)
    }

    /// Each piece is its index as a digit, more or less surely.
    fn arcs(sure: &[f64]) -> Vec<Arc> {
        let arc = |(from, sure): (usize, &f64)| {
            let mut log = [(1e-4f64).ln(); 10];
            log[from] = sure.ln();
            Arc {
                from,
                to: from + 1,
                log,
                skip: (1.0 - sure).max(1e-4).ln(),
            }
        };
        sure.iter().enumerate().map(arc).collect()
    }

    fn read(line: &TextLine, sure: &[f64], columns: &[[f64; 2]]) -> Vec<(usize, u8)> {
        let filled = fill(line, &arcs(sure), columns);
        let cells: Vec<usize> = filled.arcs.iter().map(|arc| arc.from).collect();
        let lattice = Lattice::new(filled.places, filled.arcs).unwrap();
        let found = decode(&lattice, &Constraints::default()).unwrap().unwrap();
        let digits = found.digits.into_iter();
        digits
            .map(|(arc, digit)| {
                let origin = Origin::Alone(usize::from(digit));
                assert_eq!(filled.origin[arc], Some(origin));
                (cells[arc], digit)
            })
            .collect()
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
