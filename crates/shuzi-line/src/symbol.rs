//! The signs of a number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of connectionist temporal classification that stands for no sign
/// (Graves et al. 2006).
pub const BLANK: u8 = 0;

/// Number of classes of a line network: the blank and every [`Symbol`].
pub const CLASSES: usize = Symbol::ALL.len() + 1;

/// A sign of a text line. Its discriminant is its class in a line network.
///
/// ```
/// use shuzi_line::Symbol;
///
/// let line: Option<Vec<Symbol>> = "-12.5".chars().map(Symbol::from_char).collect();
/// let line = line.ok_or("a sign that is none")?;
/// assert_eq!(line[1].digit(), Some(1));
/// assert_eq!(Symbol::text(&line), "-12.5");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Symbol {
    /// 0
    Zero = 1,
    /// 1
    One,
    /// 2
    Two,
    /// 3
    Three,
    /// 4
    Four,
    /// 5
    Five,
    /// 6
    Six,
    /// 7
    Seven,
    /// 8
    Eight,
    /// 9
    Nine,
    /// `-`, of any length
    Minus,
    /// `+`
    Plus,
    /// `.` on the baseline
    Point,
    /// `,`
    Comma,
    /// `·` at half height
    MiddleDot,
    /// `:`
    Colon,
    /// `/`, also the bar of a fraction between its numbers
    Slash,
    /// `×`
    Times,
    /// `÷`
    Division,
    /// `=`
    Equals,
    /// `%`
    Percent,
    /// A gap between two numbers or words, wider than between the signs of one.
    Space,
    /// One word of other writing: letters, units, currencies, `#`. Letters that follow each
    /// other without a space are one sign, with the point of an abbreviation.
    Other,
    /// One number or a part of it that was struck out, whatever its length.
    Struck,
}

impl Symbol {
    /// Every sign in the order of its class.
    pub const ALL: [Self; 24] = [
        Self::Zero,
        Self::One,
        Self::Two,
        Self::Three,
        Self::Four,
        Self::Five,
        Self::Six,
        Self::Seven,
        Self::Eight,
        Self::Nine,
        Self::Minus,
        Self::Plus,
        Self::Point,
        Self::Comma,
        Self::MiddleDot,
        Self::Colon,
        Self::Slash,
        Self::Times,
        Self::Division,
        Self::Equals,
        Self::Percent,
        Self::Space,
        Self::Other,
        Self::Struck,
    ];

    /// The characters of [`Symbol::ALL`]; `?` is other writing and `~` a strike.
    const CHARS: [char; 24] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '+', '.', ',', '·', ':', '/', '×',
        '÷', '=', '%', ' ', '?', '~',
    ];

    /// Its class, 1 to [`CLASSES`]` - 1`.
    pub const fn class(self) -> u8 {
        self as u8
    }

    /// The sign of a class; `None` for [`BLANK`] and what is no class.
    pub fn from_class(class: u8) -> Option<Self> {
        Self::ALL.get(usize::from(class).checked_sub(1)?).copied()
    }

    /// The sign of a digit, `None` above 9.
    pub fn from_digit(digit: u8) -> Option<Self> {
        (digit <= 9).then_some(digit + 1).and_then(Self::from_class)
    }

    /// Its value, if it is a digit.
    pub const fn digit(self) -> Option<u8> {
        let class = self.class();
        if class <= 10 { Some(class - 1) } else { None }
    }

    /// The character that stands for it in text: its own, a space, `?` for other writing and
    /// `~` for what was struck out.
    pub fn char(self) -> char {
        Self::CHARS[usize::from(self.class()) - 1]
    }

    /// The sign that a character stands for.
    pub fn from_char(char: char) -> Option<Self> {
        let at = Self::CHARS.iter().position(|&other| other == char)?;
        Some(Self::ALL[at])
    }

    /// A line of signs as text.
    pub fn text(line: &[Self]) -> String {
        line.iter().map(|symbol| symbol.char()).collect()
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.char())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_characters_lead_back_to_their_sign() {
        for (at, symbol) in Symbol::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(symbol.class()), at + 1);
            assert_eq!(Symbol::from_class(symbol.class()), Some(symbol));
            assert_eq!(Symbol::from_char(symbol.char()), Some(symbol));
        }
        assert_eq!(Symbol::from_class(BLANK), None);
        assert_eq!(Symbol::from_class(CLASSES as u8), None);
    }

    #[test]
    fn ten_signs_are_digits() {
        for digit in 0..10 {
            let symbol = Symbol::from_digit(digit).unwrap();
            assert_eq!(symbol.digit(), Some(digit));
            assert_eq!(symbol.to_string(), digit.to_string());
        }
        assert_eq!(Symbol::from_digit(10), None);
        assert_eq!(Symbol::ALL.iter().filter_map(|s| s.digit()).count(), 10);
    }
}
