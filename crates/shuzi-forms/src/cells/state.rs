//! What a box holds, with probabilities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CellInk;
use crate::geometry::Rect;

/// Digits.
pub(crate) const DIGITS: usize = 10;

/// What a box holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CellState {
    /// A digit.
    Digit,
    /// Nothing.
    Blank,
    /// A cross, a dash or a slash that keeps others from writing.
    Filler,
    /// Something that was struck out.
    Struck,
    /// Several digits.
    Several,
    /// Ink that is none of these.
    Unreadable,
}

impl CellState {
    /// All of them, in the order of [`CellReading::states`].
    pub const ALL: [Self; 6] = [
        Self::Digit,
        Self::Blank,
        Self::Filler,
        Self::Struck,
        Self::Several,
        Self::Unreadable,
    ];
}

/// How ink becomes a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StateParams {
    /// How much of a cross or a dash makes a filler as likely as not, and how steep that is.
    pub filler: [f64; 2],
    /// Ink whose longest side is shorter is no digit: as likely as not, in millimetres.
    pub dot: f64,
    /// Ink level of a box taken for blank, as a share of the least ink's, from which there may
    /// be faint writing.
    pub faint: f64,
    /// Share of its rectangle from which ink is a blot.
    pub blot: f64,
    /// Share of the highest piece's height from which a piece beside it is a digit of its own.
    pub beside: f64,
    /// Share of a box's height under which several pieces are small notes.
    pub small: f64,
    /// Share of a piece outside its box from which it may be a neighbour's.
    pub outside: f64,
}

impl Default for StateParams {
    fn default() -> Self {
        Self {
            filler: [0.82, 40.0],
            dot: 1.2,
            faint: 0.8,
            blot: 0.6,
            beside: 0.6,
            small: 0.45,
            outside: 0.35,
        }
    }
}

/// What is read in a box.
#[derive(Clone, Debug, PartialEq)]
pub struct CellReading {
    /// Probability of each state, in the order of [`CellState::ALL`].
    pub states: [f64; 6],
    /// Of each digit, if it is one.
    pub digits: [f64; DIGITS],
    /// Where its ink is, in millimetres.
    pub bounds: Option<Rect>,
}

impl CellReading {
    /// The likeliest state and its probability.
    pub fn state(&self) -> (CellState, f64) {
        let best = (0..6).max_by(|&a, &b| self.states[a].total_cmp(&self.states[b]));
        let best = best.unwrap_or(0);
        (CellState::ALL[best], self.states[best])
    }

    /// The likeliest digit.
    pub fn digit(&self) -> u8 {
        let best = (0..10u8)
            .max_by(|&a, &b| self.digits[usize::from(a)].total_cmp(&self.digits[usize::from(b)]));
        best.unwrap_or(0)
    }

    /// A character: the digit, `_` blank, `x` filler, `s` struck, `m` several, `?` unreadable.
    pub fn character(&self) -> char {
        match self.state().0 {
            CellState::Digit => char::from(b'0' + self.digit()),
            CellState::Blank => '_',
            CellState::Filler => 'x',
            CellState::Struck => 's',
            CellState::Several => 'm',
            CellState::Unreadable => '?',
        }
    }

    /// From a box's ink and what the network says of its crop: ten digits and, last, none.
    /// `height` is the box's in millimetres.
    pub fn of(ink: &CellInk, network: Option<&[f32]>, height: f64, params: StateParams) -> Self {
        let mut digits = [0.1; DIGITS];
        let Some(bounds) = ink.bounds else {
            // Specks and faint levels leave some doubt.
            let speck = (ink.speck / params.dot).powi(2).min(1.0) * 0.02;
            let blank = 1.0 - 0.0005 - speck;
            let left = 1.0 - blank;
            return Self {
                states: [0.5 * left, blank, 0.0, 0.0, 0.0, 0.5 * left],
                digits,
                bounds: None,
            };
        };
        let mut none = 0.5;
        if let Some(row) = network {
            let said: f64 = row.iter().take(DIGITS).map(|p| f64::from(*p)).sum();
            for (to, from) in digits.iter_mut().zip(row) {
                *to = f64::from(*from) / said.max(1e-9);
            }
            none = row.get(DIGITS).map_or(0.003, |p| f64::from(*p));
        }
        let longest = bounds.width.max(bounds.height);
        let logistic = |z: f64| 1.0 / (1.0 + (-z).exp());
        // Small ink is a point, whatever it looks like enlarged.
        let dot = logistic(8.0 * (params.dot - longest));
        let [middle, steep] = params.filler;
        let filler = logistic(steep * (ink.strokes.cross.max(ink.strokes.dash) - middle));
        let highest = ink.heights.iter().copied().fold(0.0, f64::max);
        let high = |share: f64| ink.heights.iter().filter(|h| **h > share * highest).count();
        let notes = ink.heights.len() > 1 && highest < params.small * height;
        let several: f64 = match (high(params.beside), notes) {
            (_, true) => 0.9,
            (0 | 1, _) => 0.0,
            _ => 0.7,
        };
        let struck = logistic(25.0 * (ink.strokes.fill - params.blot));
        // What is a neighbour's in part is doubtful as a whole.
        let foreign = logistic(30.0 * (ink.outside - params.outside));
        let mut left = 1.0;
        let mut take = |share: f64| {
            let taken = left * share;
            left -= taken;
            taken
        };
        let blank = take(0.5 * dot);
        let unclear = take(dot);
        let filler = take(filler);
        let struck = take(0.8 * struck);
        let several = take(several);
        let unreadable = unclear + take(foreign) + take(none);
        Self {
            states: [left, blank, filler, struck, several, unreadable],
            digits,
            bounds: Some(bounds),
        }
    }
}
