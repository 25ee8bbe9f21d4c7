//! What was read.

use serde::Serialize;

use crate::{classify::crop::Crop, image::rectangle::Rectangle, mark::Mark, reject::RejectReason};

/// A number and how sure it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reading {
    /// The digits from left to right with the signs among them; a space between lines, and
    /// between numbers on one. Where constraints were given, the digits as these have them.
    /// Empty if the image shows none.
    pub text: String,
    /// Probability that all digits are right: without constraints the product of
    /// theirs, 1 if there are none.
    pub confidence: f32,
    /// Whether there are digits, none of them so wide that it is likely several
    /// and none likely missing (ink as high as a digit left out, or an empty cell
    /// between others), and `confidence` reaches the least that was asked for.
    pub accepted: bool,
    /// Why it is not accepted; empty if it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<RejectReason>,
    /// The next likeliest number, if it was asked for and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<RunnerUp>,
    /// The numbers in reading order, each by itself.
    pub numbers: Vec<Number>,
    /// What else is seen: signs, print, what strikes out, what is not explained. Dust is left
    /// out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// What was read before the constraints had their say, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Whether the constraints changed a digit.
    #[serde(skip_serializing_if = "is_false")]
    pub corrected: bool,
    /// How much likelier the number is than the next in the list of known
    /// ones, as a logarithm, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

impl Reading {
    /// That of an image which could not be read.
    pub fn nothing() -> Self {
        Self {
            text: String::new(),
            confidence: 0.0,
            accepted: false,
            reasons: Vec::new(),
            runner_up: None,
            numbers: Vec::new(),
            marks: Vec::new(),
            raw: None,
            corrected: false,
            margin: None,
        }
    }
}

impl Reading {
    /// The digits of all numbers, in the order of `text`.
    pub fn digits(&self) -> impl Iterator<Item = &Digit> {
        self.numbers.iter().flat_map(|number| &number.digits)
    }
}

/// One number of a [`Reading`]: what stands between gaps on a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Number {
    /// Its digits with the signs among them.
    pub text: String,
    /// What it is worth, where that is plain: `-12`, `12.5`, `1,234.50`. A separator before
    /// three digits may be one of thousands or of decimals: then it has no value, and neither
    /// have dates and sums.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Probability that it is right, with all else on its line.
    pub confidence: f32,
    /// Whether nothing speaks against it.
    pub accepted: bool,
    /// Why it is not accepted; empty if it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<RejectReason>,
    /// Around its digits, in pixels of the image.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = [usize; 4]))]
    pub bounds: Rectangle,
    /// Its line, from 1 at the top.
    pub line: usize,
    /// Its place on the line, from 1 at the left.
    pub column: usize,
    /// Its digits from left to right.
    pub digits: Vec<Digit>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's way
fn is_false(value: &bool) -> bool {
    !value
}

/// What a number is likeliest if it is not what was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunnerUp {
    /// As [`Reading::text`].
    pub text: String,
    /// Probability that it is right.
    pub confidence: f32,
}

/// One digit of a [`Reading`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Digit {
    /// The most likely one, or the one that the constraints ask for, 0 to 9.
    pub digit: u8,
    /// Its probability by its geometry, size and place, if this piece is all of it; read as one
    /// of a pair, by the shape of both.
    pub confidence: f32,
    /// Where it is in the image, upright, in pixels.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = [usize; 4]))]
    pub bounds: Rectangle,
    /// The likeliest digits with their probabilities, the first first.
    pub candidates: Vec<(u8, f32)>,
    /// Its cell, from 1, if there are cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<usize>,
    /// Its line, from 0 at the top.
    #[serde(skip)]
    pub line: usize,
    /// Where it is in the page's picture, which may be larger than the image.
    #[serde(skip)]
    pub on_picture: Rectangle,
    /// What the network saw of it, or of the two digits that it was read in.
    #[serde(skip)]
    pub crop: Crop,
}
