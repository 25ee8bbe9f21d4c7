//! What is written on a page, and what is known of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to fill in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in the table; dots are allowed. `q1..40` are forty of them, `step` apart.
    pub name: String,
    /// What is printed beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it looks like.
    pub shape: Shape,
    /// Its top left corner in millimetres.
    pub at: [f64; 2],
    /// From one to the next of a range of names, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<[f64; 2]>,
    /// What kind of value it has.
    #[serde(default)]
    pub value: ValueKind,
    /// How many digits: `6`, or `1-3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<String>,
    /// What it looks like, as in `shuzi read --pattern`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The rule of its check digit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckName>,
    /// Between which whole numbers it lies: `0..100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// All values that it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<String>>,
    /// Digits after the decimal point, which is printed or understood.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub decimal: usize,
    /// Where a shorter number stands.
    #[serde(default)]
    pub align: Align,
    /// Whether the field may be left empty.
    #[serde(default)]
    pub optional: bool,
    /// What is printed inside each box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}

/// The name of a check digit's rule, as in `shuzi read --check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CheckName(pub String);

/// Where a shorter number stands in its boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// At the right: empty boxes come before it.
    #[default]
    Right,
    /// At the left.
    Left,
    /// Anywhere, without gaps.
    Any,
}

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    /// A whole number: zeros before it say nothing.
    #[default]
    Integer,
    /// A number with digits after a point.
    Decimal,
    /// Money: as decimal.
    Amount,
    /// A day, as digits in the order of the boxes.
    Date,
    /// Text of digits: its zeros count.
    Code,
}

/// What a field looks like. Lengths in millimetres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Shape {
    /// A row of boxes, each for a digit.
    Boxes {
        /// How many.
        count: usize,
        /// Width and height of each.
        #[serde(default = "box_size")]
        size: [f64; 2],
        /// From one to the next.
        #[serde(default = "box_gap")]
        gap: f64,
    },
    /// A row of boxes that share their walls.
    Comb {
        /// How many.
        count: usize,
        /// Width and height of each.
        #[serde(default = "box_size")]
        size: [f64; 2],
    },
    /// A line or a box to write a number on, without walls between its digits.
    Line {
        /// Width and height of what may be written on.
        size: [f64; 2],
    },
    /// A table of boxes, a digit in each: a field `NAME.ROW.COLUMN` for each box.
    Grid {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Width and height of each box.
        #[serde(default = "box_size")]
        size: [f64; 2],
        /// From one box to the next.
        #[serde(default)]
        gap: f64,
    },
    /// A box to tick.
    Mark {
        /// Width and height.
        #[serde(default = "mark_size")]
        size: [f64; 2],
    },
    /// Boxes of which one is ticked.
    Choice {
        /// What each means, in order.
        options: Vec<String>,
        /// Width and height of each.
        #[serde(default = "mark_size")]
        size: [f64; 2],
        /// From the corner of one to that of the next.
        #[serde(default = "choice_step")]
        step: [f64; 2],
    },
}

fn box_size() -> [f64; 2] {
    [7.0, 9.0]
}

fn box_gap() -> f64 {
    2.0
}

fn mark_size() -> [f64; 2] {
    [5.0, 5.0]
}

fn choice_step() -> [f64; 2] {
    [25.0, 0.0]
}

/// What is printed inside each box to lead the hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Guide {
    /// A pale 8 of seven straight strokes.
    Eight {
        /// From the box's walls to the 8, in millimetres.
        inset: [f64; 2],
    },
}
