//! One page, read.

use shuzi_reader::{Page, Picture, ReaderConfig, classify::crop::Crop};

/// What is in a box, what the network says of it, its place and whether it has a guide.
type Looked<'a> = ((&'a CellInk, Option<Vec<f32>>), &'a (Rect, bool));

use super::{FormReader, FormReaderError, identify::Identified};
use crate::{
    cells::{CellInk, CellReading, look},
    decode::{Candidate, FieldReading, Reason, decode, decode_ticks},
    geometry::{Point, Rect},
    register::Registration,
    template::ExpandedField,
};

/// What was read of a page.
#[derive(Clone, Debug)]
pub struct PageReading {
    /// Index of the form and of its page; `None` if it is not known.
    pub page: Option<[usize; 2]>,
    /// The sheet's number.
    pub serial: Option<u32>,
    /// Where it lies, or why it was not found.
    pub registration: Result<Registration, String>,
    /// Its fields in the order of the template; none of a page that is not known.
    pub fields: Vec<PlacedField>,
}

/// A field that was read, and where.
#[derive(Clone, Debug)]
pub struct PlacedField {
    /// What was read.
    pub reading: FieldReading,
    /// Its corners in pixels of the image file, clockwise from the top left; `None` if the page
    /// was not found.
    pub corners: Option<[Point; 4]>,
    /// What each of its boxes holds; nothing of ticks and lines.
    pub cells: Vec<CellReading>,
}

/// Reads a page that was identified.
pub(super) fn read(
    reader: &mut FormReader,
    picture: &Picture,
    found: Identified,
) -> Result<PageReading, FormReaderError> {
    let mut reading = PageReading {
        page: found.page,
        serial: found.serial,
        registration: found.registration,
        fields: Vec::new(),
    };
    let Some([form, page]) = found.page else {
        return Ok(reading);
    };
    let prepared = reader.forms[form].pages[page].clone();
    let registration = match &reading.registration {
        Ok(registration) => registration,
        Err(why) => {
            let unread = |field: &ExpandedField| PlacedField {
                reading: FieldReading::unread(field.cells.len(), Reason::Page(why.clone())),
                corners: None,
                cells: Vec::new(),
            };
            reading.fields = prepared.fields.iter().map(unread).collect();
            return Ok(reading);
        }
    };
    let rects: Vec<(Rect, bool)> = prepared
        .fields
        .iter()
        .filter(|field| !field.is_line())
        .flat_map(|field| {
            let guided = field.field.guide.is_some();
            field.cells.iter().map(move |cell| (cell.rect, guided))
        })
        .collect();
    let inks = look(
        picture,
        registration,
        &rects,
        &prepared.walls,
        &reader.config.cells,
    );
    let rows = classify(reader, &inks)?;
    let mut boxes = inks.iter().zip(rows).zip(&rects);
    let file = [
        picture.original_width as f64 / picture.width as f64,
        picture.original_height as f64 / picture.height as f64,
    ];
    for field in &prepared.fields {
        let place = |point: Point| {
            let [x, y] = registration.place(point);
            [x * file[0], y * file[1]]
        };
        let corners = Some(field.rect().corners().map(place));
        let decided = reader.config.decode;
        let (read, cells) = if field.is_line() {
            (line(reader, picture, registration, field), Vec::new())
        } else {
            let own: Vec<_> = boxes.by_ref().take(field.cells.len()).collect();
            if field.is_ticked() {
                let areas: Vec<f64> = own.iter().map(|((ink, _), _)| ink.area).collect();
                (decode_ticks(field, &areas, decided), Vec::new())
            } else {
                let params = reader.config.cells.state;
                let cell = |((ink, row), (rect, _)): &Looked<'_>| {
                    CellReading::of(ink, row.as_deref(), rect.height, params)
                };
                let cells: Vec<CellReading> = own.iter().map(cell).collect();
                (decode(field, &cells, decided), cells)
            }
        };
        reading.fields.push(PlacedField {
            reading: read,
            corners,
            cells,
        });
    }
    Ok(reading)
}

/// What the network says of each box that has ink, in one batch.
fn classify(
    reader: &mut FormReader,
    inks: &[CellInk],
) -> Result<Vec<Option<Vec<f32>>>, FormReaderError> {
    let crops = inks.iter().filter_map(|ink| ink.crop.as_ref());
    let input: Vec<f32> = crops.flat_map(Crop::input).collect();
    let classes = reader.digits.classes();
    let mut rows = reader.digits.probabilities(&input)?.chunks(classes);
    let row = |ink: &CellInk| match ink.crop {
        Some(_) => rows.next().map(<[f32]>::to_vec),
        None => None,
    };
    Ok(inks.iter().map(row).collect())
}

/// Pixels of a millimetre at which lines are cut out: digits of 5 mm then have 50.
const LINE_SCALE: f64 = 10.0;

/// What the reader of whole lines says of a field without boxes, cut out upright.
fn line(
    reader: &mut FormReader,
    picture: &Picture,
    registration: &Registration,
    field: &ExpandedField,
) -> FieldReading {
    let unread = |why: &str| FieldReading::unread(1, Reason::Line(why.to_owned()));
    let Some(lines) = &mut reader.lines else {
        return unread("there is no reader of lines");
    };
    // Room for strokes that leave the line.
    let rect = field.rect().grown(1.0);
    let scale = registration.scale(rect.middle()).clamp(4.0, LINE_SCALE);
    let cut = registration.cut(picture, rect, scale);
    let config = ReaderConfig {
        constraints: field.constraints.clone(),
        min_confidence: reader.config.decode.min_confidence as f32,
        ..lines.config().clone()
    };
    if let Err(error) = lines.reconfigure(config) {
        return unread(&error.to_string());
    }
    let mut page = Page::new(cut);
    if let Err(error) = lines.read_pages(std::slice::from_mut(&mut page)) {
        return unread(&error.to_string());
    }
    let read = page.reading;
    let digits: String = read.text.chars().filter(char::is_ascii_digit).collect();
    let mut reasons: Vec<Reason> = read
        .reasons
        .iter()
        .map(|reason| Reason::Line(reason.to_string()))
        .collect();
    let empty = read.text.is_empty();
    if empty {
        reasons = match field.field.optional {
            true => Vec::new(),
            false => vec![Reason::Empty],
        };
    }
    let confidence = if empty {
        0.99
    } else {
        f64::from(read.confidence)
    };
    let plain = digits.len() == read.text.chars().count();
    let mut reading = FieldReading {
        cells: digits.clone(),
        value: match plain {
            true => crate::decode::value(&digits, field.field.value, field.field.decimal),
            false => Some(read.text.clone()),
        },
        confidence,
        accepted: false,
        reasons,
        corrected: read.corrected,
        candidates: vec![Candidate {
            digits,
            probability: confidence,
        }],
    };
    reading.settle(reader.config.decode);
    reading
}
