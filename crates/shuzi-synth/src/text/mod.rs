//! What people write where a number is asked for.
//!
//! Texts are made as strings: digits and signs stand for themselves, a space for a gap,
//! everything else for a letter. `{…}` is raised and small, `[…]` struck out, `<…>` printed.

mod grammar;
mod params;

pub(crate) use grammar::text;
pub use params::TextParams;

use shuzi_line::Symbol;

/// A sign on its way to paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyph {
    Digit(u8),
    Sign(Symbol),
    Letter(char),
    Gap,
}

/// A glyph and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) glyph: Glyph,
    pub(crate) raised: bool,
    pub(crate) struck: bool,
    pub(crate) printed: bool,
}

/// A line of glyphs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Vec<Item>);

impl Text {
    /// A text from a string in the notation of this module.
    pub(crate) fn parse(text: &str) -> Self {
        let (mut raised, mut struck, mut printed) = (false, false, false);
        let mut items = Vec::new();
        for char in text.chars() {
            match char {
                '{' | '}' => raised = char == '{',
                '[' | ']' => struck = char == '[',
                '<' | '>' => printed = char == '<',
                _ => items.push(Item {
                    glyph: glyph(char),
                    raised,
                    struck,
                    printed,
                }),
            }
        }
        Self(items)
    }

    /// The signs it is read as: a struck run is one, and so is a word.
    pub(crate) fn label(&self) -> Vec<Symbol> {
        let mut label: Vec<Symbol> = Vec::new();
        let mut last = None;
        for (at, item) in self.0.iter().enumerate() {
            let symbol = self.symbol(at);
            // A word's and a strike's further glyphs are the same sign.
            let goes_on = last == Some(symbol)
                && (symbol == Symbol::Struck
                    || symbol == Symbol::Other
                    || item.glyph == Glyph::Gap);
            if !goes_on {
                label.push(symbol);
            }
            last = Some(symbol);
        }
        while label.last() == Some(&Symbol::Space) {
            label.pop();
        }
        let start = label.iter().take_while(|s| **s == Symbol::Space).count();
        label.split_off(start)
    }

    /// The sign that a glyph is, or is part of.
    pub(crate) fn symbol(&self, at: usize) -> Symbol {
        let item = self.0[at];
        if item.struck {
            return Symbol::Struck;
        }
        match item.glyph {
            Glyph::Gap => Symbol::Space,
            Glyph::Letter(_) => Symbol::Other,
            Glyph::Digit(digit) => Symbol::from_digit(digit).unwrap_or(Symbol::Other),
            // The point of an abbreviation and the colon of a label are part of the word.
            Glyph::Sign(Symbol::Point | Symbol::Colon) if at > 0 && self.is_letter(at - 1) => {
                Symbol::Other
            }
            Glyph::Sign(symbol) => symbol,
        }
    }

    fn is_letter(&self, at: usize) -> bool {
        let item = self.0[at];
        !item.struck && matches!(item.glyph, Glyph::Letter(letter) if letter.is_alphabetic())
    }
}

fn glyph(char: char) -> Glyph {
    match Symbol::from_char(char) {
        Some(Symbol::Space) => Glyph::Gap,
        Some(Symbol::Other | Symbol::Struck) | None => Glyph::Letter(char),
        Some(symbol) => symbol.digit().map_or(Glyph::Sign(symbol), Glyph::Digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> String {
        Symbol::text(&Text::parse(text).label())
    }

    #[test]
    fn labels_name_signs_words_and_strikes() {
        for (text, expected) in [
            ("-12.5", "-12.5"),
            ("12 kg", "12 ?"),
            ("12kg", "12?"),
            ("No. 7", "? 7"),
            ("#250#", "?250?"),
            ("[123] 45", "~ 45"),
            ("1[2]345", "1~345"),
            ("[12 3]", "~"),
            ("12 {50/100}", "12 50/100"),
            ("<Total> 5", "? 5"),
            ("<Sum:> 7:30", "? 7:30"),
            ("3×4=12", "3×4=12"),
            ("12. ", "12."),
        ] {
            assert_eq!(label(text), expected, "{text}");
        }
    }
}
