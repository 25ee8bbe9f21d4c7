//! Sheets as PDF.

use pdf_writer::{Content, Finish, Name, Pdf, Rect as PdfRect, Ref, Str};

use super::{Drawing, Mark, PrintError};

/// Points of a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// Height of Helvetica's capitals, as a share of its size.
pub(super) const CAPITALS: f64 = 0.718;

/// Most pages of a file.
pub const MOST_SHEETS: usize = 100_000;

/// Control points of a quarter of a circle, as a share of its radius.
const QUARTER: f64 = 0.552_284_75;

/// Sheets as one PDF at true size. Words are set in Helvetica, which every reader of PDF has:
/// letters outside of Latin-1 are printed as `?`.
///
/// # Errors
/// If there are more pages than [`MOST_SHEETS`].
pub fn pdf(drawings: &[Drawing]) -> Result<Vec<u8>, PrintError> {
    if drawings.len() > MOST_SHEETS {
        return Err(PrintError::Pages {
            got: drawings.len(),
            most: MOST_SHEETS,
        });
    }
    let mut pdf = Pdf::new();
    let [catalog, tree, font] = [1, 2, 3].map(Ref::new);
    let page = |index: usize| Ref::new(4 + 2 * index as i32);
    let content = |index: usize| Ref::new(5 + 2 * index as i32);
    pdf.catalog(catalog).pages(tree);
    let mut pages = pdf.pages(tree);
    pages.kids((0..drawings.len()).map(page));
    pages.count(drawings.len() as i32);
    pages.finish();
    let mut helvetica = pdf.type1_font(font);
    helvetica.base_font(Name(b"Helvetica"));
    helvetica.encoding_predefined(Name(b"WinAnsiEncoding"));
    helvetica.finish();
    for (index, drawing) in drawings.iter().enumerate() {
        let [width, height] = drawing.size.map(|side| (side * POINTS) as f32);
        let mut sheet = pdf.page(page(index));
        sheet.media_box(PdfRect::new(0.0, 0.0, width, height));
        sheet.parent(tree);
        sheet.contents(content(index));
        sheet.resources().fonts().pair(Name(b"F"), font);
        sheet.finish();
        pdf.stream(content(index), &draw(drawing));
    }
    // Printers shrink pages to fit, unless a file says otherwise.
    Ok(pdf.finish())
}

fn draw(drawing: &Drawing) -> Vec<u8> {
    let height = drawing.size[1];
    let x = |x: f64| (x * POINTS) as f32;
    let y = |y: f64| ((height - y) * POINTS) as f32;
    let mut content = Content::new();
    for mark in &drawing.marks {
        match mark {
            Mark::Rect { rect, grey } => {
                content.set_fill_gray(*grey as f32);
                content.rect(
                    x(rect.x),
                    y(rect.bottom()),
                    x(rect.width),
                    (rect.height * POINTS) as f32,
                );
                content.fill_nonzero();
            }
            Mark::Disc { rect, grey } => {
                content.set_fill_gray(*grey as f32);
                let [cx, cy] = rect.middle();
                let (rx, ry) = (0.5 * rect.width, 0.5 * rect.height);
                let at = |dx: f64, dy: f64| [x(cx + dx * rx), y(cy + dy * ry)];
                let [sx, sy] = at(1.0, 0.0);
                content.move_to(sx, sy);
                for [a, b] in [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]] {
                    // From (a, b) on to (-b, a), a quarter further.
                    let [x1, y1] = at(a - QUARTER * b, b + QUARTER * a);
                    let [x2, y2] = at(-b + QUARTER * a, a + QUARTER * b);
                    let [x3, y3] = at(-b, a);
                    content.cubic_to(x1, y1, x2, y2, x3, y3);
                }
                content.fill_nonzero();
            }
            Mark::Line {
                from,
                to,
                width,
                grey,
            } => {
                content.set_stroke_gray(*grey as f32);
                content.set_line_width((width * POINTS) as f32);
                content.set_line_cap(pdf_writer::types::LineCapStyle::ProjectingSquareCap);
                content.move_to(x(from[0]), y(from[1]));
                content.line_to(x(to[0]), y(to[1]));
                content.stroke();
            }
            Mark::Text { at, size, text } => {
                content.set_fill_gray(0.0);
                content.begin_text();
                content.set_font(Name(b"F"), (size / CAPITALS * POINTS) as f32);
                content.next_line(x(at[0]), y(at[1]));
                content.show(Str(&latin(text)));
                content.end_text();
            }
        }
    }
    content.finish().to_vec()
}

/// Letters of Latin-1, where WinAnsi agrees with Unicode.
fn latin(text: &str) -> Vec<u8> {
    let letter = |c: char| match u32::from(c) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => code as u8,
        _ => b'?',
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_font() {
        assert_eq!(latin("Größe · 数\n"), b"Gr\xf6\xdfe \xb7 ??");
    }

    #[test]
    fn a_file_has_a_page_for_each_drawing() {
        let blank = Drawing {
            size: [210.0, 297.0],
            marks: Vec::new(),
        };
        let bytes = pdf(&vec![blank; 3]).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-"));
        assert!(text.contains("/Count 3"), "{text}");
        assert_eq!(text.matches("/MediaBox [0 0 595.27").count(), 3, "{text}");
    }
}
