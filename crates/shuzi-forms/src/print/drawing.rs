//! What is printed on a page, in millimetres.

use qrcode::{EcLevel, QrCode};

use super::PageCode;
use crate::{
    geometry::{Point, Rect},
    template::{ExpandedField, MarkShape, PageTemplate, Template, TemplateError},
};

/// Grey of marks and words, 0 black to 1 white.
const BLACK: f64 = 0.0;

/// Grey of boxes: paler than any pen, and dark enough for a phone to see.
const PALE: f64 = 0.62;

/// Side of a code's module in millimetres: three pixels at 100 dpi for a camera.
const MODULE: f64 = 0.75;

/// From the page's edges to a code.
const CODE_INSET: f64 = 9.0;

/// Height of labels in millimetres.
const LABEL: f64 = 3.2;

/// Something printed.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A filled rectangle.
    Rect {
        /// Where.
        rect: Rect,
        /// 0 black to 1 white.
        grey: f64,
    },
    /// A filled disc.
    Disc {
        /// The rectangle that it fills.
        rect: Rect,
        /// 0 black to 1 white.
        grey: f64,
    },
    /// A line.
    Line {
        /// One end.
        from: Point,
        /// The other.
        to: Point,
        /// Width in millimetres.
        width: f64,
        /// 0 black to 1 white.
        grey: f64,
    },
    /// Words.
    Text {
        /// Where their baseline begins.
        at: Point,
        /// Height of the letters in millimetres.
        size: f64,
        /// The words.
        text: String,
    },
}

/// A page to print.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Width and height in millimetres.
    pub size: [f64; 2],
    /// What is on it.
    pub marks: Vec<Mark>,
}

/// Why a sheet can't be printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// The template has errors.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The form's name does not fit into a code.
    #[error("the page's code can't be made: {0}")]
    Code(qrcode::types::QrError),
    /// More sheets than a file may have.
    #[error("{got} pages are asked for: expected {most} at most")]
    Pages {
        /// How many were asked for.
        got: usize,
        /// How many may be.
        most: usize,
    },
    /// A form of an existing print: its marks are not these.
    #[error("page {0} has marks of a form that exists: its print is not known")]
    Foreign(usize),
}

/// The drawing of a page, counted from 0, of the sheet with some serial.
///
/// # Errors
/// If there is no such page, or its template has errors.
pub fn sheet(template: &Template, page: usize, serial: Option<u32>) -> Result<Drawing, PrintError> {
    let Some(spec) = template.page.get(page) else {
        return Err(TemplateError::Lint(vec![crate::template::LintKind::NoPage]).into());
    };
    if !spec.marks.are_own() {
        return Err(PrintError::Foreign(page + 1));
    }
    let size = spec.size.millimetres();
    let mut marks = Vec::new();
    for mark in spec.marks.placed(spec.size) {
        let (rect, grey) = (mark.rect(), BLACK);
        marks.push(match mark.shape {
            MarkShape::Square => Mark::Rect { rect, grey },
            MarkShape::Dot => Mark::Disc { rect, grey },
        });
    }
    if spec.code {
        let code = PageCode {
            form: template.form.clone(),
            version: template.version,
            page: page as u32 + 1,
            serial,
        };
        codes(&code, spec, &mut marks)?;
    }
    heading(template, page, serial, size, &mut marks);
    for field in spec.expanded()? {
        boxes(&field, &mut marks);
    }
    for caption in &spec.caption {
        marks.push(Mark::Text {
            at: caption.at,
            size: caption.size,
            text: caption.text.clone(),
        });
    }
    Ok(Drawing { size, marks })
}

impl PageTemplate {
    /// Where its codes stand: under the top right mark, and over the bottom left one.
    pub(crate) fn codes(&self, side: f64) -> [Rect; 2] {
        let [width, height] = self.size.millimetres();
        let down = CODE_INSET + 2.0 * crate::template::OWN_MARK;
        [
            Rect::new([width - CODE_INSET - side, down], [side; 2]),
            Rect::new([CODE_INSET, height - down - side], [side; 2]),
        ]
    }

    /// Rectangles that need blank room of some millimetres around them, and what they are.
    pub(crate) fn quiet_zones(&self, room: f64) -> Vec<(Rect, &'static str)> {
        /// Modules of a code with a name of usual length.
        const MODULES: f64 = 29.0;
        let marks = self.marks.placed(self.size);
        let mut zones: Vec<(Rect, &str)> = marks
            .iter()
            .map(|mark| (mark.rect().grown(room), "a mark"))
            .collect();
        if self.code && self.marks.are_own() {
            let codes = self.codes(MODULES * MODULE);
            zones.extend(codes.map(|rect| (rect.grown(room), "a code")));
        }
        zones
    }
}

fn codes(code: &PageCode, page: &PageTemplate, marks: &mut Vec<Mark>) -> Result<(), PrintError> {
    let qr = QrCode::with_error_correction_level(code.to_string(), EcLevel::M);
    let qr = qr.map_err(PrintError::Code)?;
    let n = qr.width();
    let modules = qr.to_colors();
    for place in page.codes(n as f64 * MODULE) {
        for row in 0..n {
            // Modules side by side are one rectangle: no seams between them.
            let mut column = 0;
            while column < n {
                let dark = |column: usize| modules[row * n + column] == qrcode::Color::Dark;
                let start = column;
                while column < n && dark(column) {
                    column += 1;
                }
                if column > start {
                    let x = place.x + start as f64 * MODULE;
                    let size = [(column - start) as f64 * MODULE, MODULE];
                    let rect = Rect::new([x, place.y + row as f64 * MODULE], size);
                    marks.push(Mark::Rect { rect, grey: BLACK });
                }
                column += 1;
            }
        }
    }
    Ok(())
}

/// Title, instructions with sample digits, and at the foot which page it is.
fn heading(
    template: &Template,
    page: usize,
    serial: Option<u32>,
    [width, height]: [f64; 2],
    marks: &mut Vec<Mark>,
) {
    let mut text = |at: Point, size: f64, text: String| marks.push(Mark::Text { at, size, text });
    if let Some(title) = &template.title {
        text([36.0, 14.0], 5.0, title.clone());
    }
    if let Some(instructions) = &template.instructions {
        text([20.0, 26.0], LABEL, instructions.clone());
        text([20.0, 33.0], 5.0, "0 1 2 3 4 5 6 7 8 9".to_owned());
    }
    let serial = serial.map_or(String::new(), |serial| format!(" · {serial}"));
    let pages = template.page.len();
    let foot = format!(
        "{} {} · {}/{pages}{serial}",
        template.form,
        template.version,
        page + 1
    );
    text([0.5 * width - 20.0, height - 10.0], LABEL, foot);
}

fn boxes(field: &ExpandedField, marks: &mut Vec<Mark>) {
    for cell in &field.cells {
        for wall in field.walls(cell) {
            marks.push(Mark::Line {
                from: wall.from,
                to: wall.to,
                width: wall.width,
                grey: PALE,
            });
        }
    }
    let rect = field.rect();
    if let Some(label) = &field.field.label {
        let at = [rect.x, rect.y - 1.5];
        let numbered = field.name != field.field.name;
        let text = if numbered {
            format!("{label} {}", field.name)
        } else {
            label.clone()
        };
        marks.push(Mark::Text {
            at,
            size: LABEL,
            text,
        });
    }
    if let crate::template::Shape::Choice { options, .. } = &field.field.shape {
        for (cell, option) in field.cells.iter().zip(options) {
            marks.push(Mark::Text {
                at: [cell.rect.right() + 1.5, cell.rect.bottom() - 1.2],
                size: LABEL,
                text: option.clone(),
            });
        }
    }
    if field.field.decimal > 0 && field.field.decimal < field.cells.len() {
        let before = field.cells[field.cells.len() - field.field.decimal].rect;
        let dot = Rect::around([before.x - 1.0, before.bottom() - 0.5], [0.8; 2]);
        marks.push(Mark::Disc {
            rect: dot,
            grey: BLACK,
        });
    }
}
