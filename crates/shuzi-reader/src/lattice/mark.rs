//! What is seen along a line beside its symbols.

/// What is seen and is no part of the number's text, though it may say which numbers are
/// likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A point that was seen and is not read.
    Point,
    /// Here begins the printed cell of that index.
    Cell(usize),
    /// Here is no cell.
    BesideCells,
}
