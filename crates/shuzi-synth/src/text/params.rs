//! How texts vary.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// How often texts are of a kind. The weights need not sum to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextParams {
    /// `1234`: the commonest field of any form.
    pub integer: f32,
    /// `12.000.-`, `#250#`, `1'250.{50}`: what stands on cheques and slips.
    pub amount: f32,
    /// `12.5`
    pub decimal: f32,
    /// `-12`
    pub signed: f32,
    /// `12/05/2024`
    pub date: f32,
    /// `12:45`
    pub time: f32,
    /// `0049 1234-56`, `A12`: identifiers; leading zeros stay.
    pub code: f32,
    /// `3/4`, `45÷9`, `7x8=56`
    pub sum: f32,
    /// `25%`
    pub percent: f32,
    /// `12 kg`, `€ 5`, `No. 7`
    pub unit: f32,
    /// Two or three numbers beside each other.
    pub several: f32,
    /// A single digit, as in cells and counts.
    pub lone: f32,
    /// A number struck out, with or without a new one beside it.
    pub struck: f32,
    /// No number: words, a dash, a cross.
    pub none: f32,
    /// Signs and digits in no order, so that no sign is known by its place alone.
    pub mixed: f32,
    /// Share of numbers that end in zeros, and of those with digits that repeat: both are
    /// commoner on paper than in tables, and the hardest to count.
    pub round: f32,
    /// See `round`.
    pub repeated: f32,
    /// Digits of a number.
    pub digits: RangeInclusive<usize>,
    /// Most signs of a text, gaps counted.
    pub longest: usize,
}

impl Default for TextParams {
    fn default() -> Self {
        Self {
            integer: 0.2,
            amount: 0.22,
            decimal: 0.06,
            signed: 0.04,
            date: 0.05,
            time: 0.03,
            code: 0.07,
            sum: 0.08,
            percent: 0.03,
            unit: 0.05,
            several: 0.05,
            lone: 0.06,
            struck: 0.04,
            none: 0.03,
            mixed: 0.08,
            round: 0.3,
            repeated: 0.12,
            digits: 1..=10,
            longest: 20,
        }
    }
}
