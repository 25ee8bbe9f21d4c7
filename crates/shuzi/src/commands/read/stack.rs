//! What `shuzi read --review` puts into a stack: an item for each number.

use std::{collections::HashMap, io::Cursor, path::Path};

use anyhow::{Context as _, anyhow};
use image::{DynamicImage, GrayImage, ImageFormat, imageops::FilterType};
use shuzi_reader::{Digit, Number, Page, Picture, RejectReason, image::rectangle::Rectangle};
use shuzi_review::{Glyph, Item, Store};

use crate::commands::labelled::load;

/// Margin around a number, in its heights: who looks at it sees what it is beside.
const MARGIN: f64 = 0.6;

/// Longest side of a crop, in pixels.
const LONGEST: u32 = 1200;

/// What is known of all numbers before they are read.
#[derive(Debug)]
pub(super) struct Origin {
    /// A hash of the networks.
    pub(super) model: String,
    /// What numbers have to obey.
    pub(super) rule: Option<String>,
    /// What some pictures show, by their names.
    pub(super) known: HashMap<String, String>,
}

/// What the pictures of a list show.
pub(super) fn known(labels: &Path) -> anyhow::Result<HashMap<String, String>> {
    let list = load(labels)?.into_iter();
    let pairs = list.map(|labelled| (labelled.path.display().to_string(), labelled.label));
    Ok(pairs.collect())
}

/// The stack.
#[derive(Debug)]
pub(super) struct Stack {
    store: Store,
    origin: Origin,
}

impl Stack {
    pub(super) fn open(path: &Path, origin: Origin) -> anyhow::Result<Self> {
        let store = Store::open(path);
        let store = store.with_context(|| format!("can't use the stack {}", path.display()))?;
        Ok(Self { store, origin })
    }

    /// Adds the numbers of a page, or the page where there are none.
    pub(super) fn add(&mut self, row: &str, page: &Page) -> anyhow::Result<()> {
        let reading = &page.reading;
        let item = |field: String, area, proposed: &str, confidence, reasons: &[RejectReason]| {
            anyhow::Ok(Item {
                row: row.to_owned(),
                field,
                crop: png(&page.picture, area)?,
                proposed: proposed.to_owned(),
                confidence,
                reasons: reasons.iter().map(ToString::to_string).collect(),
                rule: self.origin.rule.clone(),
                model: self.origin.model.clone(),
                ..Item::default()
            })
        };
        // What speaks against the page may speak against any of its numbers.
        let none_named = reading.numbers.iter().all(|number| number.accepted);
        let mut items = Vec::with_capacity(reading.numbers.len());
        for number in &reading.numbers {
            let accepted = number.accepted && (reading.accepted || !none_named);
            let reasons: &[RejectReason] = match (accepted, number.accepted) {
                (true, _) => &[],
                (false, true) => &reading.reasons,
                (false, false) => &number.reasons,
            };
            let field = match reading.numbers.as_slice() {
                [_] => "number".to_owned(),
                _ => format!("number-{}.{}", number.line, number.column),
            };
            let area = around(number, &page.picture);
            let mut item = item(field, area, &number.text, number.confidence, reasons)?;
            item.accepted = accepted;
            item.glyphs = glyphs(number, reasons);
            items.push(item);
        }
        if items.is_empty() {
            let (text, reasons) = (&reading.text, &reading.reasons);
            items.push(item(
                "number".to_owned(),
                None,
                text,
                reading.confidence,
                reasons,
            )?);
        }
        // A label is that of the one number of a picture.
        if let [item] = items.as_mut_slice() {
            item.known = self.origin.known.get(row).cloned();
        }
        self.store.add(&items)?;
        Ok(())
    }
}

/// A number with what is around it, in pixels of the picture.
fn around(number: &Number, picture: &Picture) -> Option<Rectangle> {
    let digits = number.digits.iter().map(|digit| digit.on_picture);
    let bounds = digits.reduce(|all, digit| all.union(&digit))?;
    let margin = (MARGIN * bounds.height as f64) as usize;
    let (x, y) = (
        bounds.x.saturating_sub(margin),
        bounds.y.saturating_sub(margin),
    );
    Some(Rectangle {
        x,
        y,
        width: (bounds.right() + margin)
            .min(picture.width)
            .saturating_sub(x)
            .max(1),
        height: (bounds.bottom() + margin)
            .min(picture.height)
            .saturating_sub(y)
            .max(1),
    })
}

/// A part of a picture, or all of it, as PNG.
fn png(picture: &Picture, area: Option<Rectangle>) -> anyhow::Result<Vec<u8>> {
    let (width, height) = (picture.width as u32, picture.height as u32);
    let grey = GrayImage::from_raw(width, height, picture.pixels.clone());
    let mut image = DynamicImage::from(grey.ok_or_else(|| anyhow!("no picture"))?);
    if let Some(area) = area {
        let [x, y] = [area.x, area.y].map(|place| place as u32);
        image = image.crop_imm(x, y, area.width as u32, area.height as u32);
    }
    if image.width().max(image.height()) > LONGEST {
        image = image.resize(LONGEST, LONGEST, FilterType::Triangle);
    }
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// Its digits, where nothing else is in doubt than which they are.
fn glyphs(number: &Number, reasons: &[RejectReason]) -> Vec<Glyph> {
    let digits_alone = reasons
        .iter()
        .all(|reason| matches!(reason, RejectReason::BelowConfidence { .. }));
    // Two that were read as one image, or by the line alone, have none of their own.
    let own = |digits: &[Digit]| {
        let blank = |digit: &Digit| digit.crop.pixels.iter().all(|pixel| *pixel == 0);
        let shared = digits.windows(2).any(|pair| pair[0].crop == pair[1].crop);
        !shared && !digits.iter().any(blank)
    };
    if reasons.is_empty() || !digits_alone || !own(&number.digits) {
        return Vec::new();
    }
    let digits = number.digits.iter().map(|digit| Glyph {
        digit: digit.digit,
        confidence: digit.confidence,
        pixels: digit.crop.pixels.to_vec(),
    });
    digits.collect()
}
