//! What a mark on paper is.

use serde::{Deserialize, Serialize};

/// The role of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A digit.
    Digit,
    /// A sign of a number.
    Sign,
    /// A letter, a unit, a currency.
    Letter,
    /// A stroke that strikes out what is under it.
    Strike,
    /// A line under a number, by hand.
    Underline,
    /// A printed line along the writing, or one of squared paper.
    Ruling,
    /// An upright line beside or between digits: a wall of a cell or a table.
    Wall,
    /// A printed box around writing.
    Frame,
    /// A ring around a number, by hand.
    Ring,
    /// A stamp.
    Stamp,
    /// Security print that covers paper.
    Pattern,
    /// Printed letters.
    Print,
    /// A speck of dirt.
    Speck,
    /// A dark strip: a gutter, a desk, a scanner's lid.
    Strip,
    /// Other writing above, below or beside.
    Neighbour,
    /// Writing of the sheet's other side.
    BleedThrough,
}
