//! What of a template can't work on paper, or will hardly.

use std::{collections::HashSet, fmt};

use super::{ExpandedField, PageTemplate, Shape, Template, TemplateError, rule::Rule};
use crate::geometry::Rect;

/// By what templates are judged, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LintParams {
    /// Least side of a box for a digit: hands write digits of 5 mm and more.
    pub least_box: f64,
    /// Least blank room around marks and codes: a tenth of what a camera needs to tell them
    /// from what is beside them.
    pub quiet: f64,
    /// Largest side of a page.
    pub largest_page: f64,
    /// Most boxes of a page.
    pub most_cells: usize,
}

impl Default for LintParams {
    fn default() -> Self {
        Self {
            least_box: 5.0,
            quiet: 2.0,
            largest_page: 1200.0,
            most_cells: 5000,
        }
    }
}

/// Something about a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Lint {
    /// Which page, from 1; 0 of the whole form.
    pub page: usize,
    /// What.
    pub kind: LintKind,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.page {
            0 => write!(f, "{}", self.kind),
            page => write!(f, "page {page}: {}", self.kind),
        }
    }
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LintKind {
    /// The form's name can't stand in file names and codes.
    #[error("the form's name {0:?}: expected letters, digits, - and _, 64 at most")]
    FormName(String),
    /// There is no page.
    #[error("the form has no page")]
    NoPage,
    /// There is nothing to fill in.
    #[error("the form has no field")]
    NoField,
    /// A page of no size, or of a house's.
    #[error("a page of {0} × {1} mm: expected 20 to {2} mm")]
    PageSize(f64, f64, f64),
    /// A number is none, or negative where it may not be.
    #[error("field {0:?} has a place or a size that is no length")]
    NoLength(String),
    /// Two fields have one name.
    #[error("two fields have the name {0:?}")]
    Twice(String),
    /// A range of fields has no step.
    #[error("the fields {0:?} lie upon each other: expected a step")]
    NoStep(String),
    /// A field has no boxes, or a page too many.
    #[error("field {0:?} has no boxes, or the page more than {1}")]
    Boxes(String, usize),
    /// A field leaves the page.
    #[error("field {0:?} leaves the page")]
    OffPage(String),
    /// Two fields share a place.
    #[error("fields {0:?} and {1:?} overlap")]
    Overlap(String, String),
    /// A box is too small to write in.
    #[error("field {name:?}: boxes of {width} × {height} mm are under {least} mm")]
    SmallBox {
        /// The field.
        name: String,
        /// Width in millimetres.
        width: f64,
        /// Height in millimetres.
        height: f64,
        /// What was expected.
        least: f64,
    },
    /// A field stands where a mark or a code needs blank paper.
    #[error("field {0:?} stands in the blank room around {1}")]
    QuietZone(String, &'static str),
    /// Too few marks, or marks on one line.
    #[error("{0} marks: expected five at least, not all on one line and none twice")]
    FewMarks(usize),
    /// A mark leaves the page.
    #[error("a mark at {0}, {1} mm leaves the page")]
    MarkOffPage(f64, f64),
    /// A table too small to be known by its rulings.
    #[error("a table of {0} × {1} cells: expected 3 × 3 to 100 × 100")]
    FewLines(usize, usize),
    /// A rule that can't be read or names nothing.
    #[error("rule {0:?}: {1}")]
    Rule(String, String),
    /// A field's numbers have more digits than it has boxes.
    #[error("field {0:?}: {1} digits do not fit into {2} boxes")]
    TooFewBoxes(String, usize, usize),
}

impl LintKind {
    /// Whether a form can't work with it; others only read worse.
    pub fn is_error(&self) -> bool {
        !matches!(self, Self::SmallBox { .. } | Self::QuietZone(..))
    }
}

impl Template {
    /// All that is wrong with it.
    ///
    /// # Errors
    /// If names or what is known of fields can't be understood at all.
    pub fn lint(&self, params: LintParams) -> Result<Vec<Lint>, TemplateError> {
        let mut lints = Vec::new();
        let mut add = |page: usize, kind| lints.push(Lint { page, kind });
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.form.is_empty() || self.form.len() > 64 || !self.form.chars().all(plain) {
            add(0, LintKind::FormName(self.form.clone()));
        }
        if self.page.is_empty() {
            add(0, LintKind::NoPage);
        } else if self.page.iter().all(|page| page.field.is_empty()) {
            add(0, LintKind::NoField);
        }
        let mut names = HashSet::new();
        for (number, page) in (1..).zip(&self.page) {
            page_lints(page, params, &mut |kind| add(number, kind))?;
            // Grids of absurd size are told above, and not laid out.
            if page.cell_count() > params.most_cells {
                continue;
            }
            for field in page.expanded()? {
                if !names.insert(field.name.clone()) {
                    add(number, LintKind::Twice(field.name));
                }
            }
        }
        for rule in &self.rules {
            if let Err(error) = Rule::parse(rule, |name| names.contains(name)) {
                add(0, LintKind::Rule(rule.clone(), error.to_string()));
            }
        }
        Ok(lints)
    }
}

impl PageTemplate {
    /// How many boxes its shapes say, ranges of names aside.
    fn cell_count(&self) -> usize {
        let of = |shape: &Shape| match *shape {
            Shape::Boxes { count, .. } | Shape::Comb { count, .. } => count,
            Shape::Grid { rows, columns, .. } => rows.saturating_mul(columns),
            Shape::Choice { ref options, .. } => options.len(),
            Shape::Line { .. } | Shape::Mark { .. } => 1,
        };
        let counts = self.field.iter().map(|field| of(&field.shape));
        counts.fold(0, usize::saturating_add)
    }
}

fn page_lints(
    page: &PageTemplate,
    params: LintParams,
    add: &mut impl FnMut(LintKind),
) -> Result<(), TemplateError> {
    let sheet = page.size.rect();
    let fine = |side: f64| (20.0..=params.largest_page).contains(&side);
    if !(fine(sheet.width) && fine(sheet.height)) {
        let most = params.largest_page;
        add(LintKind::PageSize(sheet.width, sheet.height, most));
        return Ok(());
    }
    mark_lints(page, sheet, add);
    if page.cell_count() > params.most_cells {
        let name = page.field.first().map(|field| field.name.clone());
        add(LintKind::Boxes(name.unwrap_or_default(), params.most_cells));
        return Ok(());
    }
    for field in &page.field {
        if field.name.contains("..") && field.step.is_none_or(|step| step == [0.0, 0.0]) {
            add(LintKind::NoStep(field.name.clone()));
        }
    }
    let fields = page.expanded()?;
    for field in &fields {
        field_lints(field, sheet, params, add);
    }
    let rects: Vec<Rect> = fields.iter().map(ExpandedField::rect).collect();
    for (index, field) in fields.iter().enumerate() {
        let later = rects.iter().enumerate().skip(index + 1);
        // The first is enough: a range upon itself would have hundreds.
        let first = later.clone().find(|(_, rect)| rect.overlaps(&rects[index]));
        if let Some((other, _)) = first {
            let names = [&field.name, &fields[other].name].map(Clone::clone);
            let [a, b] = names;
            add(LintKind::Overlap(a, b));
        }
        for quiet in page.quiet_zones(params.quiet) {
            if rects[index].overlaps(&quiet.0) {
                add(LintKind::QuietZone(field.name.clone(), quiet.1));
            }
        }
    }
    Ok(())
}

fn mark_lints(page: &PageTemplate, sheet: Rect, add: &mut impl FnMut(LintKind)) {
    if let super::Marks::Lines { lattice } = &page.marks {
        let few = |count: usize| !(3..=100).contains(&count);
        if few(lattice.rows) || few(lattice.columns) {
            add(LintKind::FewLines(lattice.rows, lattice.columns));
        }
        return;
    }
    let marks = page.marks.placed(page.size);
    let middles: Vec<[f64; 2]> = marks.iter().map(|mark| mark.at).collect();
    let flat = |[a, b, c]: [[f64; 2]; 3]| {
        let cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        cross.abs() < 100.0
    };
    let twice = (1..middles.len()).any(|i| middles[..i].contains(&middles[i]));
    let on_a_line = middles.len() < 3
        || middles
            .iter()
            .all(|&b| middles.iter().all(|&c| flat([middles[0], b, c])));
    if middles.len() < 5 || twice || on_a_line {
        add(LintKind::FewMarks(middles.len()));
    }
    for mark in &marks {
        let rect = mark.rect();
        if rect.union(&sheet) != sheet || !(rect.width > 0.5 && rect.height > 0.5) {
            add(LintKind::MarkOffPage(mark.at[0], mark.at[1]));
        }
    }
}

fn field_lints(
    field: &ExpandedField,
    sheet: Rect,
    params: LintParams,
    add: &mut impl FnMut(LintKind),
) {
    let name = || field.name.clone();
    let Some(first) = field.cells.first() else {
        add(LintKind::Boxes(name(), params.most_cells));
        return;
    };
    let rect = field.rect();
    let lengths = [rect.x, rect.y, first.rect.width, first.rect.height];
    if !lengths.iter().all(|length| length.is_finite())
        || first.rect.width <= 0.0
        || first.rect.height <= 0.0
    {
        add(LintKind::NoLength(name()));
        return;
    }
    if rect.x < 0.0 || rect.y < 0.0 || rect.right() > sheet.width || rect.bottom() > sheet.height {
        add(LintKind::OffPage(name()));
    }
    let least = if field.is_ticked() {
        3.0
    } else {
        params.least_box
    };
    if first.rect.width < least || first.rect.height < least {
        add(LintKind::SmallBox {
            name: name(),
            width: first.rect.width,
            height: first.rect.height,
            least,
        });
    }
    let digits = field.constraints.length.map_or(0, |length| length.least);
    if !field.is_line() && !field.is_ticked() && digits > field.cells.len() {
        add(LintKind::TooFewBoxes(name(), digits, field.cells.len()));
    }
}
