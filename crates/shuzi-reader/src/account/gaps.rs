//! The text of a line: its digits and signs, and a space where one number ends.

use serde::{Deserialize, Serialize};

use crate::{
    account::{line::DigitLine, role::Sign},
    reject::RejectReason,
};

/// What tells the gap between two numbers from those within one. Lengths in the digits' height.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GapParams {
    /// By how much a gap between numbers is wider than those within one.
    pub wider: f64,
    /// A usual gap between digits: counts as one of the number's own.
    pub usual: f64,
    /// By how much a gap may be wider and surely is none between numbers.
    pub surely_none: f64,
}

impl Default for GapParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            wider: 0.5,
            usual: 0.3,
            surely_none: 0.4,
        }
    }
}

/// The text of a line by its gaps.
pub(super) struct Spaced {
    pub(super) text: String,
    /// Which digits are too far from what is before them.
    pub(super) apart: Vec<RejectReason>,
    /// Whether no gap is anywhere near as wide as one between numbers.
    pub(super) even: bool,
}

/// Something of the text.
struct Item {
    /// First column and past the last.
    columns: [usize; 2],
    text: char,
    is_digit: bool,
}

/// The text of a line and what its gaps say; `before` digits
/// are on the lines above. `cells` if print says that all are of one number.
pub(super) fn spaced<'a>(
    line: &DigitLine<'_>,
    signs: impl Iterator<Item = &'a Sign>,
    cells: bool,
    before: usize,
    params: &GapParams,
) -> Spaced {
    let digits = line.glyphs.iter().map(|glyph| Item {
        columns: [glyph.region.bounds.x, glyph.region.bounds.right()],
        text: char::from(b'0' + glyph.value),
        is_digit: true,
    });
    let mut items: Vec<Item> = digits.collect();
    for sign in signs {
        let Some(text) = sign.role.sign() else {
            continue;
        };
        let columns = [sign.bounds.x, sign.bounds.right()];
        let middle = |item: &Item| item.columns[0] + item.columns[1];
        let own = columns[0] + columns[1];
        let at = items.iter().position(|item| middle(item) > own);
        let item = Item {
            columns,
            text,
            is_digit: false,
        };
        items.insert(at.unwrap_or(items.len()), item);
    }
    let gaps: Vec<f64> = items
        .windows(2)
        .map(|pair| {
            let gap = pair[1].columns[0].saturating_sub(pair[0].columns[1]);
            gap as f64 / line.height
        })
        .collect();
    let (mut text, mut apart, mut position) = (String::new(), Vec::new(), before);
    let mut even = true;
    for (index, item) in items.iter().enumerate() {
        position += usize::from(item.is_digit);
        let gap = index.checked_sub(1).map(|before| (before, gaps[before]));
        if let Some((before, heights)) = gap
            && item.is_digit
            && !cells
        {
            let wider = heights - usual(&gaps, before, params);
            even &= wider < params.surely_none;
            if wider > params.wider {
                text.push(' ');
                apart.push(RejectReason::FarApart { position, heights });
            }
        }
        text.push(item.text);
    }
    Spaced { text, apart, even }
}

/// Which digits of a line, from 0, are too far from what is before them; `before` digits are on
/// the lines above.
pub(super) fn positions(apart: &[RejectReason], before: usize) -> Vec<usize> {
    let position = |reason: &RejectReason| match reason {
        RejectReason::FarApart { position, .. } => position.checked_sub(before + 1),
        _ => None,
    };
    apart.iter().filter_map(position).collect()
}

/// The lower median of the gaps but one and of the usual one.
fn usual(gaps: &[f64], but: usize, params: &GapParams) -> f64 {
    let others = gaps.iter().enumerate().filter(|(index, _)| *index != but);
    let mut others: Vec<f64> = others.map(|(_, gap)| *gap).chain([params.usual]).collect();
    others.sort_by(f64::total_cmp);
    others[(others.len() - 1) / 2]
}
