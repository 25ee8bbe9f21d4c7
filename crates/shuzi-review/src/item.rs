//! What there is to review.

use sha2::{Digest, Sha256};

use crate::error::StoreError;

/// Rows and columns of a digit's image.
pub const SIDE: usize = 28;

/// A number that a reader found, with what it takes to say what it is.
///
/// ```
/// use shuzi_review::Item;
///
/// let item = Item {
///     row: "slip.png".into(),
///     field: "amount".into(),
///     proposed: "12".into(),
///     confidence: 0.7,
///     ..Item::default()
/// };
/// assert!(!item.accepted);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The picture or form that it stands on.
    pub row: String,
    /// Its name there; row and field together name one item of a stack.
    pub field: String,
    /// What it looks like, a PNG.
    pub crop: Vec<u8>,
    /// What the reader says.
    pub proposed: String,
    /// How likely that is right, 0 to 1.
    pub confidence: f32,
    /// Whether that is enough: then nobody is asked.
    pub accepted: bool,
    /// Why it is not, a sentence each.
    pub reasons: Vec<String>,
    /// What it has to obey.
    pub rule: Option<String>,
    /// A hash of the networks that read it.
    pub model: String,
    /// A hash of the form's template.
    pub template: Option<String>,
    /// What it is, where somebody knew before: measures who keys it.
    pub known: Option<String>,
    /// Its digits from left to right, where nothing but which they are is in doubt.
    pub glyphs: Vec<Glyph>,
}

/// A digit as the network saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Glyph {
    /// What it was read as, 0 to 9.
    pub digit: u8,
    /// How likely that is right, 0 to 1.
    pub confidence: f32,
    /// `[28, 28]`, 0 paper to 255 ink.
    pub pixels: Vec<u8>,
}

/// A hash of the files of which something is made, such as the weights of networks:
/// [`Item::model`].
///
/// ```
/// let one = shuzi_review::item::fingerprint(&[b"ab".to_vec(), b"c".to_vec()]);
/// assert!(one.starts_with("sha256:"));
/// assert_ne!(one, shuzi_review::item::fingerprint(&[b"a".to_vec(), b"bc".to_vec()]));
/// ```
pub fn fingerprint(files: &[Vec<u8>]) -> String {
    let mut all = Sha256::new();
    for file in files {
        all.update(Sha256::digest(file));
    }
    let hex = all
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    format!("sha256:{hex}")
}

impl Item {
    /// # Errors
    /// If a confidence is no probability, or a digit none.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let wrong = |expected, got| StoreError::Item {
            row: self.row.clone(),
            field: self.field.clone(),
            expected,
            got,
        };
        let confidences = self.glyphs.iter().map(|glyph| glyph.confidence);
        for confidence in confidences.chain([self.confidence]) {
            if !(0.0..=1.0).contains(&confidence) {
                return Err(wrong("a confidence from 0 to 1", confidence.to_string()));
            }
        }
        for glyph in &self.glyphs {
            if glyph.digit > 9 {
                return Err(wrong("digits from 0 to 9", glyph.digit.to_string()));
            }
            if glyph.pixels.len() != SIDE * SIDE {
                let got = format!("{} bytes", glyph.pixels.len());
                return Err(wrong("digits of 28×28 bytes", got));
            }
        }
        Ok(())
    }
}
