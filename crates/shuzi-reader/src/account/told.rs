//! What the network for whole lines tells of the marks on a line.

use serde::{Deserialize, Serialize};
use shuzi_line::Symbol;

use crate::{
    account::role::Sign,
    decode::{Spelled, Spelling},
    image::rectangle::Rectangle,
};

/// How marks and what the network for whole lines tells belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToldParams {
    /// How far a sign reaches from the frames that show it, in heights of the digits: those of
    /// a line network are a point in it.
    pub reach: f64,
    /// Least confidence of a separator by its shape that counts for more than the frames'.
    pub sure: f32,
}

impl Default for ToldParams {
    /// Guesses.
    fn default() -> Self {
        Self {
            reach: 0.35,
            sure: 0.8,
        }
    }
}

fn is_separator(symbol: Symbol) -> bool {
    matches!(symbol, Symbol::Point | Symbol::Comma | Symbol::MiddleDot)
}

/// A line's spelling, to look marks up in.
pub(super) struct Told<'a> {
    spelling: &'a Spelling,
    /// Height of the digits in pixels.
    height: f64,
    params: &'a ToldParams,
}

impl<'a> Told<'a> {
    pub(super) fn new(spelling: &'a Spelling, height: f64, params: &'a ToldParams) -> Self {
        Self {
            spelling,
            height,
            params,
        }
    }

    /// Probability of signs and spaces, beside the marks `signs` that are seen and as many gaps
    /// wider than the others: what both see is as good as sure. Where no gap is wider than
    /// others (`even`) there is one number, whatever the frames say.
    pub(super) fn probability<'s>(
        &self,
        signs: impl Iterator<Item = &'s Sign>,
        gaps: usize,
        even: bool,
    ) -> f64 {
        let one = gaps == 0 && self.gaps() > 0;
        if one && !even {
            self.spelling.probability_without_spaces
        } else if !one && gaps != self.gaps() {
            self.spelling.probability
        } else if self.agrees(signs) {
            1.0
        } else {
            self.spelling.probability_but_spaces
        }
    }

    /// Whether each sign has a mark that may be one, and each mark that may be one has a sign.
    fn agrees<'s>(&self, signs: impl Iterator<Item = &'s Sign>) -> bool {
        let mut seen = Vec::new();
        for sign in signs {
            let shape = sign.role.sign().and_then(Symbol::from_char);
            match (self.at(&sign.bounds), shape) {
                // What is struck out may be of any shape.
                (Some((at, spelled)), _) if spelled.symbol == Symbol::Struck => seen.push(at),
                (Some((at, spelled)), Some(shape)) => {
                    let separators = is_separator(shape) && is_separator(spelled.symbol);
                    if shape != spelled.symbol && !separators {
                        return false;
                    }
                    seen.push(at);
                }
                (Some((at, spelled)), None) if spelled.symbol == Symbol::Other => seen.push(at),
                (None, Some(_)) => return false,
                _ => {}
            }
        }
        self.signs().all(|(at, _)| seen.contains(&at))
    }

    pub(super) fn confidence(&self) -> f32 {
        self.spelling.probability as f32
    }

    /// The text. Which separator a small mark is, its shape and place tell better than a frame:
    /// those of `signs` that are sure. Where the numbers end, gaps tell better, too: `gaps` are
    /// the digits, from 0, before which they are wide.
    pub(super) fn text<'s>(&self, signs: impl Iterator<Item = &'s Sign>, gaps: &[usize]) -> String {
        let mut symbols: Vec<Symbol> = self.spelling.symbols.iter().map(|s| s.symbol).collect();
        for sign in signs.filter(|sign| sign.confidence >= self.params.sure) {
            let shape = sign.role.sign().and_then(Symbol::from_char);
            let Some(shape) = shape.filter(|symbol| is_separator(*symbol)) else {
                continue;
            };
            if let Some((at, _)) = self.at(&sign.bounds)
                && is_separator(symbols[at])
            {
                symbols[at] = shape;
            }
        }
        if gaps.len() != self.gaps() {
            symbols.retain(|symbol| *symbol != Symbol::Space);
            let digits: Vec<usize> = (0..symbols.len())
                .filter(|at| symbols[*at].digit().is_some())
                .collect();
            for gap in gaps.iter().rev() {
                if let Some(at) = digits.get(*gap) {
                    symbols.insert(*at, Symbol::Space);
                }
            }
        }
        Spelling::text_of(&symbols)
    }

    /// The sign that explains a mark, if there is one.
    pub(super) fn symbol_at(&self, bounds: &Rectangle) -> Option<Symbol> {
        self.at(bounds).map(|(_, spelled)| spelled.symbol)
    }

    /// The same, with its place among the symbols.
    fn at(&self, bounds: &Rectangle) -> Option<(usize, &'a Spelled)> {
        let symbols = &self.spelling.symbols;
        let own = bounds.middle()[0];
        let explains = |(at, spelled): (usize, &Spelled)| {
            let reach = 0.5 * bounds.width as f64 + self.params.reach * self.height;
            let near = (spelled.middle() - own).abs() <= reach;
            // A word or a strike is one symbol, however long.
            let long = matches!(spelled.symbol, Symbol::Other | Symbol::Struck);
            let after = at
                .checked_sub(1)
                .is_none_or(|at| symbols[at].middle() < own);
            let before = symbols.get(at + 1).is_none_or(|next| own < next.middle());
            near || (long && after && before)
        };
        let far = |spelled: &Spelled| (spelled.middle() - own).abs();
        let explaining = self.signs().filter(|sign| explains(*sign));
        explaining.min_by(|a, b| far(a.1).total_cmp(&far(b.1)))
    }

    /// What is neither a digit nor a space, each with its place.
    pub(super) fn signs(&self) -> impl Iterator<Item = (usize, &'a Spelled)> {
        let symbols = self.spelling.symbols.iter().enumerate();
        symbols.filter(|(_, spelled)| {
            spelled.symbol.digit().is_none() && spelled.symbol != Symbol::Space
        })
    }

    /// Gaps between digits that are of two numbers.
    pub(super) fn gaps(&self) -> usize {
        let text = self.spelling.text();
        let words = text.split_whitespace();
        let numbers = words.filter(|word| word.contains(|char: char| char.is_ascii_digit()));
        numbers.count().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decode::spelling_tests::recognition,
        lattice::{CtcParams, Said, symbols::of_text},
    };

    /// Frames of ten columns each, from column 5 on.
    fn spelling(frames: &str, digits: &str) -> Spelling {
        let whole = recognition(frames, 12.0);
        let lattice = whole.lattice(CtcParams::default(), Said::Symbols).unwrap();
        Spelling::of(&whole, &lattice, &of_text(digits)).unwrap()
    }

    fn mark(x: usize, width: usize) -> Rectangle {
        Rectangle {
            x,
            y: 20,
            width,
            height: 5,
        }
    }

    #[test]
    fn a_mark_is_the_sign_that_stands_there() {
        let spelling = spelling("_1__.__5", "15");
        let params = ToldParams::default();
        let told = Told::new(&spelling, 20.0, &params);
        assert_eq!(told.symbol_at(&mark(48, 4)), Some(Symbol::Point));
        assert_eq!(told.symbol_at(&mark(20, 4)), None);
        assert_eq!(told.signs().count(), 1);
    }

    #[test]
    fn a_word_explains_all_marks_up_to_the_next_symbol() {
        let spelling = spelling("?_____ 7", "7");
        let params = ToldParams::default();
        let told = Told::new(&spelling, 20.0, &params);
        assert_eq!(told.symbol_at(&mark(55, 4)), Some(Symbol::Other));
        assert_eq!(told.symbol_at(&mark(90, 4)), None);
    }

    #[test]
    fn gaps_are_counted_between_numbers_alone() {
        for (frames, digits, gaps) in [("1_ _2", "12", 1), ("1_ _-", "1", 0), ("12", "12", 0)] {
            assert_eq!(
                Told::new(&spelling(frames, digits), 20.0, &ToldParams::default()).gaps(),
                gaps,
                "{frames}"
            );
        }
    }
}
