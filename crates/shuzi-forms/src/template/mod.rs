//! A template: what stands where on the pages of a form, and what is known of it.

mod expand;
mod field;
mod lint;
mod load;
mod marks;
mod names;
pub mod rule;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    expand::{Cell, ExpandedField, Wall},
    field::{Align, CheckName, Field, Guide, Shape, ValueKind},
    lint::{Lint, LintKind, LintParams},
    load::{TemplateError, schema},
    marks::{Lattice, MarkShape, Marks, OWN_MARK, PlacedMark},
};
use crate::geometry::Rect;

/// A form: one file.
///
/// ```
/// use shuzi_forms::Template;
///
/// let template = Template::parse(r#"
///     form = "meter"
///     [[page]]
///     size = "a5"
///     [[page.field]]
///     name = "reading"
///     at = [40, 60]
///     shape = { kind = "boxes", count = 6 }
/// "#)?;
/// assert_eq!(template.page[0].expanded()?[0].cells.len(), 6);
/// # Ok::<(), shuzi_forms::TemplateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The form's name: letters, digits, `-` and `_`.
    pub form: String,
    /// Its version: printed sheets keep theirs.
    #[serde(default = "one")]
    pub version: u32,
    /// A heading for every page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How to fill it in, printed above the fields with a row of sample digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Its pages.
    pub page: Vec<PageTemplate>,
    /// Rules across fields: `total == a + b`, `left == right`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

fn one() -> u32 {
    1
}

/// One side of a sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageTemplate {
    /// Its size.
    #[serde(default)]
    pub size: PageSize,
    /// By what it is found on a picture.
    #[serde(default)]
    pub marks: Marks,
    /// Whether a code with form, version, page and serial is printed on it twice.
    #[serde(default = "yes")]
    pub code: bool,
    /// What is written on it.
    #[serde(default)]
    pub field: Vec<Field>,
    /// What else is printed on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caption: Vec<Caption>,
}

fn yes() -> bool {
    true
}

/// Printed words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Caption {
    /// The words.
    pub text: String,
    /// Where their baseline begins, in millimetres.
    pub at: [f64; 2],
    /// Height of the letters in millimetres.
    #[serde(default = "letters")]
    pub size: f64,
}

fn letters() -> f64 {
    3.5
}

/// The size of a page, by name or as `[width, height]` in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PageSize {
    /// By name.
    Named(NamedSize),
    /// Width and height.
    Millimetres([f64; 2]),
}

/// A4.
impl Default for PageSize {
    fn default() -> Self {
        Self::Named(NamedSize::A4)
    }
}

/// A size that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NamedSize {
    /// 210 × 297 mm.
    A4,
    /// 148 × 210 mm.
    A5,
    /// 8½ × 11 inches.
    Letter,
}

impl PageSize {
    /// Width and height in millimetres.
    pub fn millimetres(self) -> [f64; 2] {
        match self {
            Self::Named(NamedSize::A4) => [210.0, 297.0],
            Self::Named(NamedSize::A5) => [148.0, 210.0],
            Self::Named(NamedSize::Letter) => [215.9, 279.4],
            Self::Millimetres(size) => size,
        }
    }

    /// The page.
    pub fn rect(self) -> Rect {
        Rect::new([0.0, 0.0], self.millimetres())
    }
}
