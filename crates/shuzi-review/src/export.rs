//! What is known at present, with where it comes from.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::json;

use crate::{error::StoreError, store::Store};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The reader, surely enough.
    Reader,
    /// Who keyed it: all said the same.
    Keyed,
    /// Who decided between two.
    Arbitrated,
    /// Nobody yet.
    Open,
}

/// A field with its value and where that comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Value {
    /// Its name.
    pub field: String,
    /// Its value; `?` is one that people can't read, none is one that is not known yet.
    pub value: Option<String>,
    /// Where that comes from.
    pub source: Source,
    /// What the reader says.
    pub proposed: String,
    /// How likely that is right.
    pub confidence: f64,
    /// The acts that it rests on, by their places among all.
    pub acts: Vec<i64>,
    /// Who did them.
    pub operators: Vec<String>,
    /// Hash of the networks.
    pub model: String,
    /// Hash of the form's template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The item.
    #[serde(skip)]
    pub item: i64,
}

/// The fields of a picture or form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub row: String,
    /// Whether a value of it is not known yet.
    pub needs_review: bool,
    /// Its fields, as they came.
    pub fields: Vec<Value>,
}

/// A digit that people say is one, to learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledGlyph {
    /// `[28, 28]`, 0 paper to 255 ink.
    pub pixels: Vec<u8>,
    /// Which it is.
    pub digit: u8,
    /// What it was read as.
    pub read: u8,
    /// Where it stands.
    pub row: String,
    /// In which field.
    pub field: String,
    /// At which place of it, from 0.
    pub place: i64,
    /// The acts that say so.
    pub acts: Vec<i64>,
}

/// An item's picture with what it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledCrop {
    /// Where it stands.
    pub row: String,
    /// Its value.
    pub value: Value,
    /// The PNG.
    pub crop: Vec<u8>,
}

/// The acts that a value rests on, and who did them.
type Origin = (Vec<i64>, Vec<String>);

impl Store {
    /// All rows, in the order in which they came.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn rows(&self) -> Result<Vec<Row>, StoreError> {
        let acts = self.acts_of_items()?;
        let sql = "SELECT i.id, i.row, i.field, i.proposed, i.confidence, i.model, i.template,
            s.phase, s.value FROM item AS i JOIN state AS s ON s.item = i.id
            ORDER BY (SELECT min(o.id) FROM item AS o WHERE o.row = i.row), i.id";
        let mut items = self.db.prepare(sql)?;
        let items = items.query_map([], |row| {
            let item: i64 = row.get(0)?;
            let phase: String = row.get(7)?;
            let (acts, operators) = acts.get(&item).cloned().unwrap_or_default();
            let value = Value {
                field: row.get(2)?,
                value: row.get(8)?,
                source: match phase.as_str() {
                    "read" => Source::Reader,
                    "agreed" => Source::Keyed,
                    "arbitrated" => Source::Arbitrated,
                    _ => Source::Open,
                },
                proposed: row.get(3)?,
                confidence: row.get(4)?,
                acts,
                operators,
                model: row.get(5)?,
                template: row.get(6)?,
                item,
            };
            Ok((row.get::<_, String>(1)?, value))
        })?;
        let mut rows: Vec<Row> = Vec::new();
        for item in items {
            let (row, value) = item?;
            let open = value.source == Source::Open;
            match rows.last_mut() {
                Some(last) if last.row == row => {
                    last.needs_review |= open;
                    last.fields.push(value);
                }
                _ => rows.push(Row {
                    row,
                    needs_review: open,
                    fields: vec![value],
                }),
            }
        }
        Ok(rows)
    }

    /// The acts that hold of each item, and who did them.
    fn acts_of_items(&self) -> Result<HashMap<i64, Origin>, rusqlite::Error> {
        let sql = "SELECT item, seq, operator FROM live WHERE kind IN ('key', 'arbitrate')
            UNION SELECT g.item, j.seq, j.operator FROM judged AS j JOIN glyph AS g ON g.id = j.glyph
            ORDER BY seq";
        let mut acts: HashMap<i64, Origin> = HashMap::new();
        let mut rows = self.db.prepare(sql)?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for row in rows {
            let (item, seq, operator): (i64, i64, String) = row?;
            let (seqs, operators) = acts.entry(item).or_default();
            seqs.push(seq);
            if !operators.contains(&operator) {
                operators.push(operator);
            }
        }
        Ok(acts)
    }

    /// The pictures that people have said something of, but for what they can't read.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn labelled_crops(&self) -> Result<Vec<LabelledCrop>, StoreError> {
        let mut crops = Vec::new();
        let mut sql = self.db.prepare("SELECT crop FROM item WHERE id = ?")?;
        for row in self.rows()? {
            for value in row.fields.into_iter().filter(is_said) {
                let crop: Option<Vec<u8>> = sql.query_row([value.item], |row| row.get(0))?;
                if let Some(crop) = crop {
                    let row = row.row.clone();
                    crops.push(LabelledCrop { row, value, crop });
                }
            }
        }
        Ok(crops)
    }

    /// The digits that people have said something of: of values that have as many digits as
    /// were seen.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn labelled_glyphs(&self) -> Result<Vec<LabelledGlyph>, StoreError> {
        let mut labelled = Vec::new();
        let sql = "SELECT place, digit, pixels FROM glyph WHERE item = ? ORDER BY place";
        let mut sql = self.db.prepare(sql)?;
        for row in self.rows()? {
            for value in row.fields.into_iter().filter(is_said) {
                let glyphs = sql.query_map([value.item], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
                let glyphs: Vec<(i64, u8, Option<Vec<u8>>)> = glyphs.collect::<Result<_, _>>()?;
                let text = value.value.unwrap_or_default();
                let digits: Vec<u8> = text
                    .bytes()
                    .filter(u8::is_ascii_digit)
                    .map(|digit| digit - b'0')
                    .collect();
                if digits.len() != glyphs.len() {
                    continue;
                }
                for ((place, read, pixels), digit) in glyphs.into_iter().zip(digits) {
                    let Some(pixels) = pixels else { continue };
                    labelled.push(LabelledGlyph {
                        pixels,
                        digit,
                        read,
                        row: row.row.clone(),
                        field: value.field.clone(),
                        place,
                        acts: value.acts.clone(),
                    });
                }
            }
        }
        Ok(labelled)
    }
}

/// Whether people say what it is.
fn is_said(value: &Value) -> bool {
    matches!(value.source, Source::Keyed | Source::Arbitrated)
        && value.value.as_deref() != Some(crate::act::ILLEGIBLE)
}

/// Writes rows as CSV: a line each, a column for each field, in the order in which they came.
///
/// # Errors
/// If they can't be written.
pub fn write_csv(rows: &[Row], out: impl Write) -> io::Result<()> {
    let mut fields: Vec<&str> = Vec::new();
    for value in rows.iter().flat_map(|row| &row.fields) {
        if !fields.contains(&value.field.as_str()) {
            fields.push(&value.field);
        }
    }
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["row", "needs_review"].iter().chain(&fields))?;
    for row in rows {
        let of = |field: &&str| {
            let value = row.fields.iter().find(|value| value.field == **field);
            value.and_then(|value| value.value.as_deref()).unwrap_or("")
        };
        let review = if row.needs_review { "true" } else { "false" };
        csv.write_record(
            [row.row.as_str(), review]
                .into_iter()
                .chain(fields.iter().map(of)),
        )?;
    }
    csv.flush()
}

/// Writes rows as lines of JSON, with where each value comes from.
///
/// # Errors
/// If they can't be written.
pub fn write_jsonl(rows: &[Row], mut out: impl Write) -> io::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes pictures as tasks of Label Studio, with what was read as predictions and what
/// people say as annotations.
///
/// # Errors
/// If they can't be written.
pub fn write_label_studio(crops: &[LabelledCrop], mut out: impl Write) -> io::Result<()> {
    let result = |text: &str| {
        json!([{"from_name": "number", "to_name": "image", "type": "textarea",
            "value": {"text": [text]}}])
    };
    let tasks: Vec<serde_json::Value> = crops
        .iter()
        .map(|LabelledCrop { row, value, crop }| {
            json!({
                "data": {
                    "image": format!("data:image/png;base64,{}", STANDARD.encode(crop)),
                    "row": row, "field": value.field,
                },
                "predictions": [{"model_version": value.model, "score": value.confidence,
                    "result": result(&value.proposed)}],
                "annotations": [{"result": result(value.value.as_deref().unwrap_or_default())}],
                "meta": {"acts": value.acts, "operators": value.operators, "source": value.source},
            })
        })
        .collect();
    serde_json::to_writer(&mut out, &tasks)?;
    out.flush()
}
