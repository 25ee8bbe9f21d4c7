//! By what a page is found on a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PageSize;
use crate::geometry::{Point, Rect};

/// Side of the marks that `shuzi forms print` prints, in millimetres.
pub const OWN_MARK: f64 = 6.0;

/// From the page's edges to the middle of such a mark: printers leave 5 mm blank.
const OWN_INSET: f64 = 12.0;

/// Where the fifth mark stands, from the first to the right. It says which corner is which.
const FIFTH: f64 = 12.0;

/// By what a page is found on a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Marks {
    /// Dark squares and dots. Without places, the five squares that are printed: four in the
    /// corners, one beside the first.
    Corners {
        /// Those of an existing form; at least five.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        at: Vec<PlacedMark>,
    },
    /// The rulings of a table: nothing else need be on the page.
    Lines {
        /// The table.
        lattice: Lattice,
    },
}

impl Default for Marks {
    fn default() -> Self {
        Self::Corners { at: Vec::new() }
    }
}

/// A dark mark.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacedMark {
    /// Its middle in millimetres.
    pub at: [f64; 2],
    /// Width and height in millimetres.
    pub size: [f64; 2],
    /// What it looks like.
    #[serde(default)]
    pub shape: MarkShape,
}

/// What a mark looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MarkShape {
    /// A filled rectangle.
    #[default]
    Square,
    /// A filled disc.
    Dot,
}

impl PlacedMark {
    /// Share of its rectangle that is dark.
    pub fn fill(&self) -> f64 {
        match self.shape {
            MarkShape::Square => 1.0,
            MarkShape::Dot => std::f64::consts::FRAC_PI_4,
        }
    }

    /// Its rectangle.
    pub fn rect(&self) -> Rect {
        Rect::around(self.at, self.size)
    }
}

/// A ruled table: its outer rulings and how many cells it has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lattice {
    /// Middle of the ruling's top left corner, in millimetres.
    pub at: [f64; 2],
    /// From the middle of the first ruling to that of the last, in millimetres.
    pub size: [f64; 2],
    /// Rows of cells.
    pub rows: usize,
    /// Columns of cells.
    pub columns: usize,
    /// Width of its thickest rulings, in millimetres.
    #[serde(default = "ruling")]
    pub width: f64,
}

fn ruling() -> f64 {
    0.8
}

impl Lattice {
    /// Its corners' middles: top left, top right, bottom right, bottom left.
    pub fn corners(&self) -> [Point; 4] {
        Rect::new(self.at, self.size).corners()
    }
}

impl Marks {
    /// The dark marks of a page of some size; none of a table.
    pub fn placed(&self, size: PageSize) -> Vec<PlacedMark> {
        match self {
            Self::Corners { at } if at.is_empty() => {
                let [width, height] = size.millimetres();
                let (right, bottom) = (width - OWN_INSET, height - OWN_INSET);
                let own = [
                    [OWN_INSET, OWN_INSET],
                    [right, OWN_INSET],
                    [right, bottom],
                    [OWN_INSET, bottom],
                    [OWN_INSET + FIFTH, OWN_INSET],
                ];
                let square = |at| PlacedMark {
                    at,
                    size: [OWN_MARK; 2],
                    shape: MarkShape::Square,
                };
                own.map(square).to_vec()
            }
            Self::Corners { at } => at.clone(),
            Self::Lines { .. } => Vec::new(),
        }
    }

    /// Whether they are the marks that `shuzi forms print` prints.
    pub fn are_own(&self) -> bool {
        matches!(self, Self::Corners { at } if at.is_empty())
    }
}
