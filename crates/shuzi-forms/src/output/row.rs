//! A form's row.

use schemars::JsonSchema;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    decode::{FieldReading, Judged, judge},
    geometry::Point,
    reader::{Form, FormReaderConfig, PageReading},
};

/// What was read of one filled form.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    /// The form's name; empty if it is not known.
    pub form: String,
    /// The sheet's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<u32>,
    /// Its pages' files; `a.tif#2` is the second page of one.
    pub files: Vec<String>,
    /// Which pages these are, from 1.
    pub pages: Vec<usize>,
    /// How far marks lie from their places, in millimetres: the worst of its pages.
    pub registration_mm: Option<f64>,
    /// Whether someone should look at it.
    pub needs_review: bool,
    /// If so, why.
    pub reasons: Vec<String>,
    /// Its fields by name, in the template's order.
    #[serde(serialize_with = "as_map")]
    #[schemars(with = "std::collections::BTreeMap<String, FieldRow>")]
    pub fields: Vec<(String, FieldRow)>,
}

/// What was read of a field.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FieldRow {
    /// A character for each box: a digit, `_` blank, `x` filler or tick, `s` struck, `m`
    /// several, `?` unreadable.
    pub cells: String,
    /// Its value; `null` if it is empty or has none.
    pub value: Option<String>,
    /// The probability that this is what is written.
    pub confidence: f64,
    /// Whether that is enough and nothing speaks against it.
    pub accepted: bool,
    /// If not, why.
    pub reasons: Vec<String>,
    /// Whether what is known made it another than its boxes alone say.
    pub corrected: bool,
    /// Its corners in pixels of its file, clockwise from the top left.
    #[serde(rename = "box")]
    pub corners: Option<[Point; 4]>,
}

fn as_map<S: Serializer>(fields: &[(String, FieldRow)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(fields.len()))?;
    for (name, field) in fields {
        map.serialize_entry(name, field)?;
    }
    map.end()
}

/// To a tenth of a pixel, and to a millionth of confidence: more says nothing.
fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

impl Row {
    /// A row of a picture that can't be read at all.
    pub fn failed(file: String, why: String) -> Self {
        Self {
            form: String::new(),
            serial: None,
            files: vec![file],
            pages: Vec::new(),
            registration_mm: None,
            needs_review: true,
            reasons: vec![why],
            fields: Vec::new(),
        }
    }

    /// The row of a form's pages, each with its file, in the order of the form.
    pub fn of(
        form: Option<&Form>,
        pages: Vec<(String, PageReading)>,
        config: &FormReaderConfig,
    ) -> Self {
        let mut reasons = Vec::new();
        let serial = pages.first().and_then(|(_, page)| page.serial);
        let mut residual: Option<f64> = None;
        for (_, page) in &pages {
            match &page.registration {
                Ok(found) => {
                    residual = Some(residual.map_or(found.residual, |r| r.max(found.residual)));
                }
                Err(why) => reasons.push(why.clone()),
            }
        }
        let numbers: Vec<usize> = pages
            .iter()
            .filter_map(|(_, page)| Some(page.page?[1] + 1))
            .collect();
        let files = pages.iter().map(|(file, _)| file.clone()).collect();
        let mut fields = Vec::new();
        if let Some(form) = form {
            for number in 1..=form.pages.len() {
                if !numbers.contains(&number) {
                    reasons.push(format!("page {number} is missing"));
                }
            }
            let mut expanded = Vec::new();
            let mut readings: Vec<FieldReading> = Vec::new();
            let mut corners = Vec::new();
            for (_, page) in pages {
                let Some([_, index]) = page.page else {
                    continue;
                };
                for (field, placed) in form.pages[index].fields.iter().zip(page.fields) {
                    expanded.push(field.clone());
                    readings.push(placed.reading);
                    corners.push(placed.corners);
                }
            }
            let judged = judge(
                &expanded,
                &mut readings,
                &form.rules,
                config.rules,
                config.decode,
            );
            reasons.extend(judged.into_iter().filter_map(|judged| match judged {
                Judged::Broken(text) => Some(format!("rule {text}")),
                _ => None,
            }));
            for ((field, reading), corners) in expanded.into_iter().zip(readings).zip(corners) {
                fields.push((field.name, FieldRow::of(reading, corners)));
            }
        }
        let doubtful = fields.iter().filter(|(_, field)| !field.accepted).count();
        if doubtful > 0 && residual.is_some() {
            reasons.push(format!(
                "{doubtful} of {} fields are not accepted",
                fields.len()
            ));
        }
        Self {
            form: form.map_or(String::new(), |form| form.template.form.clone()),
            serial,
            files,
            pages: numbers,
            registration_mm: residual.map(|mm| rounded(mm, 1e3)),
            needs_review: !reasons.is_empty(),
            reasons,
            fields,
        }
    }
}

impl FieldRow {
    fn of(reading: FieldReading, corners: Option<[Point; 4]>) -> Self {
        Self {
            cells: reading.cells,
            value: reading.value,
            confidence: rounded(reading.confidence, 1e6),
            accepted: reading.accepted,
            reasons: reading.reasons.iter().map(ToString::to_string).collect(),
            corrected: reading.corrected,
            corners: corners.map(|corners| corners.map(|point| point.map(|x| rounded(x, 10.0)))),
        }
    }
}
