//! Fields laid out: each by its own name, with the place of every box.

use shuzi_reader::lattice::{
    Constraints,
    acceptors::{Check, Length, Lexicon, Pattern, Range},
};

use super::{Field, Guide, PageTemplate, Shape, Template, TemplateError, names::names, rule::Rule};
use crate::geometry::Rect;

/// Width of printed walls in millimetres.
pub(crate) const WALL: f64 = 0.3;

/// A place for a digit, or for a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Between the middles of its walls.
    pub rect: Rect,
}

/// A printed line: from, to, its width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wall {
    /// One end.
    pub from: [f64; 2],
    /// The other.
    pub to: [f64; 2],
    /// Width in millimetres.
    pub width: f64,
}

/// A field with a name of its own.
#[derive(Clone, Debug)]
pub struct ExpandedField {
    /// Its name.
    pub name: String,
    /// As the template has it.
    pub field: Field,
    /// Its boxes from left to right; the whole of a line.
    pub cells: Vec<Cell>,
    /// What is known of its number.
    pub constraints: Constraints,
}

impl ExpandedField {
    /// All of it.
    pub fn rect(&self) -> Rect {
        let mut rects = self.cells.iter().map(|cell| cell.rect);
        let first = rects.next().unwrap_or_default();
        rects.fold(first, |all, rect| all.union(&rect))
    }

    /// Whether its cells are ticked, not written in.
    pub fn is_ticked(&self) -> bool {
        matches!(self.field.shape, Shape::Mark { .. } | Shape::Choice { .. })
    }

    /// Whether digits stand in it without walls between them.
    pub fn is_line(&self) -> bool {
        matches!(self.field.shape, Shape::Line { .. })
    }

    /// What is printed of a cell, in its own walls.
    pub fn walls(&self, cell: &Cell) -> Vec<Wall> {
        let corners = cell.rect.corners();
        let wall = |from, to| Wall {
            from,
            to,
            width: WALL,
        };
        let mut walls: Vec<Wall> = (0..4)
            .map(|side| wall(corners[side], corners[(side + 1) % 4]))
            .collect();
        if let Some(Guide::Eight { inset: [dx, dy] }) = self.field.guide {
            let rect = cell.rect;
            let size = [rect.width - 2.0 * dx, rect.height - 2.0 * dy];
            let inner = Rect::new([rect.x + dx, rect.y + dy], size).corners();
            walls.extend((0..4).map(|side| wall(inner[side], inner[(side + 1) % 4])));
            let middle = rect.middle()[1];
            walls.push(wall([inner[0][0], middle], [inner[1][0], middle]));
        }
        walls
    }
}

impl PageTemplate {
    /// Its fields, ranges of names and grids taken apart.
    ///
    /// # Errors
    /// If a name is none, or what is known of a field can't be used.
    pub fn expanded(&self) -> Result<Vec<ExpandedField>, TemplateError> {
        let mut all = Vec::new();
        for field in &self.field {
            let constraints = constraints(field)?;
            for (index, name) in names(&field.name)?.into_iter().enumerate() {
                let [dx, dy] = field.step.unwrap_or([0.0, 0.0]);
                let at = [
                    field.at[0] + index as f64 * dx,
                    field.at[1] + index as f64 * dy,
                ];
                all.extend(
                    cells(field, at)
                        .into_iter()
                        .map(|(suffix, cells)| ExpandedField {
                            name: format!("{name}{suffix}"),
                            field: field.clone(),
                            cells,
                            constraints: constraints.clone(),
                        }),
                );
            }
        }
        Ok(all)
    }
}

/// The boxes of a field at a place; of a grid each box, with what its name ends in.
fn cells(field: &Field, at: [f64; 2]) -> Vec<(String, Vec<Cell>)> {
    let row = |count: usize, size: [f64; 2], step: [f64; 2]| -> Vec<Cell> {
        let cell = |index: usize| {
            let (dx, dy) = (index as f64 * step[0], index as f64 * step[1]);
            Cell {
                rect: Rect::new([at[0] + dx, at[1] + dy], size),
            }
        };
        (0..count).map(cell).collect()
    };
    let one = |cells| vec![(String::new(), cells)];
    match field.shape {
        Shape::Boxes { count, size, gap } => one(row(count, size, [size[0] + gap, 0.0])),
        Shape::Comb { count, size } => one(row(count, size, [size[0], 0.0])),
        Shape::Line { size } | Shape::Mark { size } => one(row(1, size, [0.0, 0.0])),
        Shape::Choice {
            ref options,
            size,
            step,
        } => one(row(options.len(), size, step)),
        Shape::Grid {
            rows,
            columns,
            size,
            gap,
        } => {
            let place = |index: usize| {
                let (r, c) = (index / columns.max(1), index % columns.max(1));
                let x = at[0] + c as f64 * (size[0] + gap);
                let y = at[1] + r as f64 * (size[1] + gap);
                let rect = Rect::new([x, y], size);
                (format!(".{}.{}", r + 1, c + 1), vec![Cell { rect }])
            };
            (0..rows.saturating_mul(columns)).map(place).collect()
        }
    }
}

/// What is known of a field's number.
fn constraints(field: &Field) -> Result<Constraints, TemplateError> {
    let wrong = |why: String| TemplateError::Field {
        name: field.name.clone(),
        why,
    };
    fn parsed<T: std::str::FromStr<Err: ToString>>(
        text: Option<&String>,
        wrong: &impl Fn(String) -> TemplateError,
    ) -> Result<Option<T>, TemplateError> {
        let parse = |text: &String| {
            text.parse()
                .map_err(|error: T::Err| wrong(error.to_string()))
        };
        text.map(parse).transpose()
    }
    let list = field
        .list
        .as_ref()
        .map(|list| Lexicon::parse(&list.join("\n")));
    let constraints = Constraints {
        length: parsed::<Length>(field.length.as_ref(), &wrong)?,
        pattern: parsed::<Pattern>(field.pattern.as_ref(), &wrong)?,
        check: parsed::<Check>(field.check.as_ref().map(|check| &check.0), &wrong)?,
        range: parsed::<Range>(field.range.as_ref(), &wrong)?,
        lexicon: list.transpose().map_err(|error| wrong(error.to_string()))?,
        cells: None,
    };
    constraints
        .validate()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(constraints)
}

impl Template {
    /// Every field of every page.
    ///
    /// # Errors
    /// As [`PageTemplate::expanded`].
    pub fn fields(&self) -> Result<Vec<ExpandedField>, TemplateError> {
        let mut all = Vec::new();
        for page in &self.page {
            all.extend(page.expanded()?);
        }
        Ok(all)
    }

    /// Its rules.
    ///
    /// # Errors
    /// If one can't be read, or names what is no field.
    pub fn parsed_rules(&self) -> Result<Vec<Rule>, TemplateError> {
        let names: std::collections::HashSet<String> =
            self.fields()?.into_iter().map(|field| field.name).collect();
        let parse = |rule: &String| {
            Rule::parse(rule, |name| names.contains(name)).map_err(|source| TemplateError::Rule {
                rule: rule.clone(),
                source,
            })
        };
        self.rules.iter().map(parse).collect()
    }
}
