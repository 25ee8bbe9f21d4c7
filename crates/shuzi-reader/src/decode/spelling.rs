//! A line's digits with the signs among them, as the network for whole lines sees them.

use std::ops::Range;

use shuzi_line::Symbol;

use crate::{
    lattice::{
        Aligned, Lattice, Path, Search,
        acceptors::{SameText, Spaces, WithDigits},
    },
    recognize::Recognition,
};

/// A symbol of a line and where it is seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spelled {
    pub(crate) symbol: Symbol,
    /// Frames that show it.
    pub(crate) frames: Range<usize>,
    /// Columns of the page's picture that do.
    pub(crate) columns: [f64; 2],
}

impl Spelled {
    /// The column in the middle of its frames.
    pub(crate) fn middle(&self) -> f64 {
        0.5 * (self.columns[0] + self.columns[1])
    }
}

/// All symbols of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spelling {
    pub(crate) symbols: Vec<Spelled>,
    /// Probability of the text, if the digits are right; which sign a separator is does not
    /// count.
    pub(crate) probability: f64,
    /// The same where something else tells that numbers are parted so.
    pub(crate) probability_but_spaces: f64,
    /// The same of the text without its spaces.
    pub(crate) probability_without_spaces: f64,
}

impl Spelling {
    /// The likeliest symbols of a line that has these digits; `None` if it can't have them.
    pub(crate) fn of(
        recognition: &Recognition,
        lattice: &Lattice<Aligned>,
        digits: &[Symbol],
    ) -> Option<Self> {
        let with = WithDigits(digits);
        let mut search = Search::new(&with);
        let path = search.best_path(lattice)?;
        let all = search.total(lattice);
        let symbols = path.symbols(lattice);
        let mut unspaced = symbols.clone();
        unspaced.retain(|symbol| *symbol != Symbol::Space);
        let share = |symbols: &[Symbol], spaces| {
            let same = SameText::new(symbols, spaces);
            let own = Search::new(&(&with, &same)).total(lattice);
            (own - all).exp().min(1.0)
        };
        Some(Self {
            symbols: spelled(recognition, lattice, &path),
            probability: share(&symbols, Spaces::Tell),
            probability_but_spaces: share(&symbols, Spaces::SayNothing),
            probability_without_spaces: share(&unspaced, Spaces::Tell),
        })
    }

    /// The text: digits and signs, a space between numbers. What is struck out is none of it,
    /// and neither is other writing.
    pub(crate) fn text(&self) -> String {
        let symbols: Vec<Symbol> = self.symbols.iter().map(|spelled| spelled.symbol).collect();
        Self::text_of(&symbols)
    }

    /// The text of symbols.
    pub(crate) fn text_of(symbols: &[Symbol]) -> String {
        let kept = symbols.iter().map(|symbol| match *symbol {
            Symbol::Other | Symbol::Struck => Symbol::Space,
            symbol => symbol,
        });
        let text: String = kept.map(Symbol::char).collect();
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ")
    }
}

/// The symbols of a path, each with its frames.
pub(super) fn spelled(
    recognition: &Recognition,
    lattice: &Lattice<Aligned>,
    path: &Path,
) -> Vec<Spelled> {
    let edges = path.edges.iter().map(|edge| lattice.edges()[*edge].source);
    let mut symbols: Vec<Spelled> = Vec::new();
    for Aligned {
        frame,
        symbol,
        first,
    } in edges
    {
        let Some(symbol) = symbol else { continue };
        match symbols.last_mut() {
            Some(last) if !first => last.frames.end = frame + 1,
            _ => symbols.push(Spelled {
                symbol,
                frames: frame..frame + 1,
                columns: [0.0; 2],
            }),
        }
    }
    for spelled in &mut symbols {
        spelled.columns = recognition.columns(spelled.frames.start, spelled.frames.end);
    }
    symbols
}

#[cfg(test)]
pub(crate) mod tests {
    use shuzi_line::{BLANK, CLASSES, LineImage, Window};

    use super::*;
    use crate::lattice::{CtcParams, Said, symbols::of_text};

    /// A line of ten columns a frame whose frames show the characters of `text`, `_` the
    /// blank, each with such a lead in its logit.
    pub(crate) fn recognition(text: &str, lead: f32) -> Recognition {
        let frame = |char: char| {
            let mut row = [0.0; CLASSES];
            let class = Symbol::from_char(char).map_or(BLANK, Symbol::class);
            row[usize::from(class)] = lead;
            row
        };
        let logits: Vec<f32> = text.chars().flat_map(frame).collect();
        let width = 10.0 * text.chars().count() as f64;
        Recognition {
            window: Window {
                left: 5.0,
                top: 0.0,
                width,
                height: 40.0,
            },
            image: LineImage {
                width: 8,
                pixels: vec![0; 8 * 32],
            },
            logits,
        }
    }

    fn spelling(frames: &str, digits: &str) -> Option<Spelling> {
        let whole = recognition(frames, 12.0);
        let lattice = whole.lattice(CtcParams::default(), Said::Symbols).unwrap();
        Spelling::of(&whole, &lattice, &of_text(digits))
    }

    #[test]
    fn digits_are_spelled_with_their_signs_and_places() {
        let spelling = spelling("_1_2_.55_", "125").unwrap();
        assert_eq!(spelling.text(), "12.5");
        assert!(spelling.probability > 0.99);
        let last = spelling.symbols.last().unwrap();
        assert_eq!((last.frames.clone(), last.columns), (6..8, [65.0, 85.0]));
    }

    #[test]
    fn words_and_strikes_are_no_text() {
        for (frames, digits, text) in [
            ("_?_ _7_", "7", "7"),
            ("7_?", "7", "7"),
            ("~__4_2", "42", "42"),
            ("1_ _2", "12", "1 2"),
            ("1?2", "12", "1 2"),
            ("-_3", "3", "-3"),
        ] {
            assert_eq!(spelling(frames, digits).unwrap().text(), text, "{frames}");
        }
    }

    #[test]
    fn a_line_that_cant_have_these_digits_has_no_spelling() {
        let whole = recognition("_1_", 40.0);
        let lattice = whole.lattice(CtcParams::default(), Said::Symbols).unwrap();
        assert_eq!(Spelling::of(&whole, &lattice, &of_text("77")), None);
    }
}
