//! What labels stand for.

use std::fmt;

/// Number of digits.
pub const DIGITS: u8 = 10;

/// Label of an image that shows no digit, in a set of [`ClassScheme::DigitsAndNone`].
pub const NO_DIGIT: u8 = DIGITS;

/// Label of an image that shows no two digits, in a set of [`ClassScheme::Bigrams`].
pub const NO_BIGRAM: u8 = DIGITS * DIGITS;

/// What the labels of a data set stand for: the same label is a 1 in one set and the pair
/// 01 in another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClassScheme {
    /// The digits 0 to 9.
    #[default]
    Digits,
    /// The digits, and [`NO_DIGIT`].
    DigitsAndNone,
    /// Two digits beside each other, `a` and `b` as 10`a` + `b`, and [`NO_BIGRAM`].
    Bigrams,
}

impl ClassScheme {
    /// Number of classes: 10, 11 or 101.
    pub const fn classes(self) -> usize {
        match self {
            Self::Digits => DIGITS as usize,
            Self::DigitsAndNone => NO_DIGIT as usize + 1,
            Self::Bigrams => NO_BIGRAM as usize + 1,
        }
    }

    /// What a network with so many outputs tells apart, if it is one of these.
    pub fn of_classes(classes: usize) -> Option<Self> {
        let all = [Self::Digits, Self::DigitsAndNone, Self::Bigrams];
        all.into_iter().find(|scheme| scheme.classes() == classes)
    }

    /// Whether the scheme has this label.
    pub const fn contains(self, label: u8) -> bool {
        (label as usize) < self.classes()
    }

    /// The label of what is none of the others, if the scheme has one.
    pub const fn none(self) -> Option<u8> {
        match self {
            Self::Digits => None,
            Self::DigitsAndNone => Some(NO_DIGIT),
            Self::Bigrams => Some(NO_BIGRAM),
        }
    }

    /// The one digit that an image of this label shows, if it shows one.
    pub const fn digit(self, label: u8) -> Option<u8> {
        match self {
            Self::Digits | Self::DigitsAndNone if label < DIGITS => Some(label),
            _ => None,
        }
    }

    /// The scheme of sets of both laid together, if there is one.
    pub fn joined(self, other: Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Self::Bigrams, _) | (_, Self::Bigrams) => None,
            _ => Some(Self::DigitsAndNone),
        }
    }
}

impl fmt::Display for ClassScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digits => "a digit, 0 to 9",
            Self::DigitsAndNone => "0 to 9, or 10 for no digit",
            Self::Bigrams => "a pair of digits, 0 to 99, or 100 for none",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ClassScheme; 3] = [
        ClassScheme::Digits,
        ClassScheme::DigitsAndNone,
        ClassScheme::Bigrams,
    ];

    #[test]
    fn a_label_is_a_digit_where_the_scheme_says_so() {
        assert_eq!(ALL.map(|scheme| scheme.digit(1)), [Some(1), Some(1), None]);
        assert_eq!(ALL.map(|scheme| scheme.digit(10)), [None; 3]);
        assert_eq!(ALL.map(ClassScheme::none), [None, Some(10), Some(100)]);
        for scheme in ALL {
            let labels = (0..=u8::MAX).filter(|&label| scheme.contains(label));
            assert_eq!(labels.count(), scheme.classes());
            assert_eq!(ClassScheme::of_classes(scheme.classes()), Some(scheme));
        }
        assert_eq!(ClassScheme::of_classes(12), None);
    }

    #[test]
    fn digits_and_none_join_and_bigrams_do_not() {
        let [digits, none, bigrams] = ALL;
        assert_eq!(digits.joined(none), Some(none));
        assert_eq!(none.joined(digits), Some(none));
        assert_eq!(digits.joined(digits), Some(digits));
        assert_eq!(bigrams.joined(bigrams), Some(bigrams));
        assert_eq!(bigrams.joined(digits), None);
        assert_eq!(none.joined(bigrams), None);
    }
}
