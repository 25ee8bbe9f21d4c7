//! Sheets as SVG.

use std::fmt::Write;

use super::{Drawing, Mark};

/// A sheet as SVG at true size.
///
/// ```
/// use shuzi_forms::print::{Drawing, Mark, svg};
///
/// let text = Mark::Text { at: [10.0, 20.0], size: 4.0, text: "a < b".into() };
/// let picture = svg(&Drawing { size: [210.0, 297.0], marks: vec![text] });
/// assert!(picture.contains("width=\"210mm\"") && picture.contains("a &lt; b"));
/// ```
pub fn svg(drawing: &Drawing) -> String {
    let [width, height] = drawing.size;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
         viewBox=\"0 0 {width} {height}\">\n"
    );
    for mark in &drawing.marks {
        // Writing to a string does not fail.
        let _ = match mark {
            Mark::Rect { rect, grey } => writeln!(
                out,
                "<rect x=\"{:.3}\" y=\"{:.3}\" width=\"{:.3}\" height=\"{:.3}\" fill=\"{}\"/>",
                rect.x,
                rect.y,
                rect.width,
                rect.height,
                colour(*grey)
            ),
            Mark::Disc { rect, grey } => writeln!(
                out,
                "<ellipse cx=\"{:.3}\" cy=\"{:.3}\" rx=\"{:.3}\" ry=\"{:.3}\" fill=\"{}\"/>",
                rect.middle()[0],
                rect.middle()[1],
                0.5 * rect.width,
                0.5 * rect.height,
                colour(*grey)
            ),
            Mark::Line {
                from,
                to,
                width,
                grey,
            } => writeln!(
                out,
                "<line x1=\"{:.3}\" y1=\"{:.3}\" x2=\"{:.3}\" y2=\"{:.3}\" stroke=\"{}\" \
                 stroke-width=\"{width}\" stroke-linecap=\"square\"/>",
                from[0],
                from[1],
                to[0],
                to[1],
                colour(*grey)
            ),
            Mark::Text { at, size, text } => writeln!(
                out,
                "<text x=\"{:.3}\" y=\"{:.3}\" font-size=\"{:.3}\" \
                 font-family=\"Helvetica, Arial, sans-serif\">{}</text>",
                at[0],
                at[1],
                size / super::pdf::CAPITALS,
                escaped(text)
            ),
        };
    }
    out.push_str("</svg>\n");
    out
}

fn colour(grey: f64) -> String {
    let value = (255.0 * grey.clamp(0.0, 1.0)).round() as u8;
    format!("#{value:02x}{value:02x}{value:02x}")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // XML has no other control characters.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
