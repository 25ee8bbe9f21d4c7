//! Rows as CSV.

use super::Row;
use crate::reader::Form;

/// A table of rows: its columns are the fields of forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvTable {
    fields: Vec<String>,
    detail: bool,
}

impl CsvTable {
    /// The table of some forms: fields of the same name share a column. With `detail`, columns
    /// with confidence, boxes and reasons stand beside each.
    pub fn new(forms: &[Form], detail: bool) -> Self {
        let mut fields: Vec<String> = Vec::new();
        for field in forms
            .iter()
            .flat_map(|form| &form.pages)
            .flat_map(|page| &page.fields)
        {
            if !fields.contains(&field.name) {
                fields.push(field.name.clone());
            }
        }
        Self { fields, detail }
    }

    /// The first line.
    pub fn header(&self) -> String {
        let mut columns: Vec<String> = [
            "file",
            "form",
            "serial",
            "page",
            "registration_mm",
            "needs_review",
            "reasons",
        ]
        .map(str::to_owned)
        .to_vec();
        for name in &self.fields {
            columns.push(name.clone());
            if self.detail {
                let more = ["confidence", "accepted", "state", "box"];
                columns.extend(more.map(|more| format!("{name}_{more}")));
            }
        }
        line(&columns)
    }

    /// A row's line. A field that is not accepted has its likeliest value all the same:
    /// `needs_review` and its reasons say so.
    pub fn line(&self, row: &Row) -> String {
        let joined = |values: &[String]| values.join("; ");
        let pages: Vec<String> = row.pages.iter().map(ToString::to_string).collect();
        let mut columns = vec![
            joined(&row.files),
            row.form.clone(),
            row.serial
                .map_or(String::new(), |serial| serial.to_string()),
            joined(&pages),
            row.registration_mm
                .map_or(String::new(), |mm| mm.to_string()),
            row.needs_review.to_string(),
            joined(&row.reasons),
        ];
        for name in &self.fields {
            let field = row.fields.iter().find(|(other, _)| other == name);
            let field = field.map(|(_, field)| field);
            let of = |get: &dyn Fn(&super::FieldRow) -> String| field.map_or(String::new(), get);
            columns.push(of(&|field| field.value.clone().unwrap_or_default()));
            if self.detail {
                columns.push(of(&|field| field.confidence.to_string()));
                columns.push(of(&|field| field.accepted.to_string()));
                columns.push(of(&|field| field.cells.clone()));
                columns.push(of(&|field| {
                    let corners = field.corners.iter().flatten().flatten();
                    corners
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(" ")
                }));
            }
        }
        line(&columns)
    }
}

/// Values with commas between them (RFC 4180), without the line's end.
fn line(values: &[String]) -> String {
    let quoted = |value: &String| {
        if value.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value.clone()
        }
    };
    values.iter().map(quoted).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_line_is_quoted() {
        let values = ["plain", "a,b", "say \"a\"", "two\nlines"].map(str::to_owned);
        assert_eq!(
            line(&values),
            "plain,\"a,b\",\"say \"\"a\"\"\",\"two\nlines\""
        );
    }
}
