//! What a number looks like: `\d{4}-\d{4}`.

use std::str::FromStr;

/// Most digits of a pattern.
const MOST_DIGITS: usize = 1000;

/// A number of fixed length: which digits may stand where, and what stands
/// between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// One digit out of those for which the bit is set.
    Digit(u16),
    /// Printed as it is; not read.
    Literal(char),
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Something that a pattern can't have.
    #[error("at character {at} of the pattern: expected {expected}")]
    Syntax {
        /// Where, from 1.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// The pattern has no digits, or too many.
    #[error("expected a pattern of 1 to {MOST_DIGITS} digits, got {0}")]
    Digits(usize),
}

/// All ten digits.
const ANY: u16 = 0x3ff;

impl Pattern {
    /// Number of digits.
    pub fn digits(&self) -> usize {
        let digit = |item: &&Item| matches!(item, Item::Digit(_));
        self.items.iter().filter(digit).count()
    }

    /// Whether `digit` may be the `index`-th from the left.
    pub(super) fn allows(&self, index: usize, digit: u8) -> bool {
        let mut sets = self.items.iter().filter_map(|item| match item {
            Item::Digit(set) => Some(*set),
            Item::Literal(_) => None,
        });
        sets.nth(index).is_some_and(|set| set & 1 << digit != 0)
    }

    /// The digits with what stands between them.
    pub fn format(&self, digits: &[u8]) -> String {
        let mut digits = digits.iter();
        let characters = self.items.iter().filter_map(|item| match item {
            Item::Digit(_) => digits.next().map(|digit| char::from(b'0' + digit)),
            Item::Literal(literal) => Some(*literal),
        });
        characters.collect()
    }
}

/// `\d` or a set like `[0-3]` or `[579]` is one digit, a digit is itself,
/// `{n}` repeats what is before it, `\` takes away the next character's
/// meaning, anything else stands between digits.
impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let characters: Vec<char> = text.chars().collect();
        let mut items = Vec::new();
        let mut at = 0;
        let syntax = |at: usize, expected| PatternError::Syntax {
            at: at + 1,
            expected,
        };
        while let Some(&character) = characters.get(at) {
            at += 1;
            match character {
                '\\' => {
                    let escaped = characters.get(at);
                    let escaped = *escaped.ok_or_else(|| syntax(at, "a character after \\"))?;
                    at += 1;
                    items.push(match escaped {
                        'd' => Item::Digit(ANY),
                        other if other.is_ascii_alphanumeric() => {
                            return Err(syntax(at - 1, "d or a sign after \\"));
                        }
                        other => Item::Literal(other),
                    });
                }
                '[' => {
                    let end = characters[at..].iter().position(|&c| c == ']');
                    let end = at + end.ok_or_else(|| syntax(at - 1, "a ] that ends the set"))?;
                    let set = set(&characters[at..end]);
                    let set = set.ok_or_else(|| syntax(at, "digits or ranges like 0-3"))?;
                    items.push(Item::Digit(set));
                    at = end + 1;
                }
                '{' => {
                    let expected = "a digit and then a number, as in \\d{4}";
                    let end = characters[at..].iter().position(|&c| c == '}');
                    let end = at + end.ok_or_else(|| syntax(at - 1, expected))?;
                    let count: String = characters[at..end].iter().collect();
                    let count = count.parse().ok().filter(|n| (1..=MOST_DIGITS).contains(n));
                    let (Some(count), Some(Item::Digit(set))) = (count, items.pop()) else {
                        return Err(syntax(at, expected));
                    };
                    items.extend(std::iter::repeat_n(Item::Digit(set), count));
                    at = end + 1;
                }
                ']' | '}' | '(' | ')' | '*' | '+' | '?' | '|' | '.' | '^' | '$' => {
                    return Err(syntax(
                        at - 1,
                        "a digit, \\d, a set or a separator (with \\ before signs of regular expressions)",
                    ));
                }
                digit if digit.is_ascii_digit() => {
                    items.push(Item::Digit(1 << (digit as u8 - b'0')));
                }
                literal => items.push(Item::Literal(literal)),
            }
        }
        let pattern = Self { items };
        match pattern.digits() {
            1..=MOST_DIGITS => Ok(pattern),
            digits => Err(PatternError::Digits(digits)),
        }
    }
}

/// The digits that `0-359` stands for.
fn set(characters: &[char]) -> Option<u16> {
    let digit = |c: char| c.to_digit(10);
    let mut set = 0u16;
    let mut at = 0;
    while at < characters.len() {
        let first = digit(characters[at])?;
        let last = match characters.get(at + 1) {
            Some('-') => {
                at += 2;
                digit(*characters.get(at)?)?
            }
            _ => first,
        };
        if last < first {
            return None;
        }
        set |= (first..=last).fold(0, |set, digit| set | 1 << digit);
        at += 1;
    }
    (set != 0).then_some(set)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_sets_and_separators() {
        let pattern: Pattern = r"\d{2}-[0-15]7\.\d".parse().unwrap();
        assert_eq!(pattern.digits(), 5);
        let allowed = |index| -> Vec<u8> {
            (0..10)
                .filter(|&digit| pattern.allows(index, digit))
                .collect()
        };
        assert_eq!(allowed(0).len(), 10);
        assert_eq!(allowed(2), [0, 1, 5]);
        assert_eq!(allowed(3), [7]);
        assert!(allowed(5).is_empty());
        assert_eq!(pattern.format(&[1, 2, 5, 7, 9]), "12-57.9");
    }

    #[test]
    fn what_is_no_pattern_is_refused_where_it_goes_wrong() {
        for (text, at) in [
            (r"\d{", 3),
            (r"\d{0}", 4),
            (r"-{3}", 3),
            (r"\w", 2),
            (r"\", 2),
            ("[3-1]", 2),
            ("[]", 2),
            ("[12", 1),
            (r"\d+", 3),
        ] {
            match text.parse::<Pattern>() {
                Err(PatternError::Syntax { at: got, .. }) => assert_eq!(got, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!("--".parse::<Pattern>(), Err(PatternError::Digits(0)));
        let many = r"\d{600}\d{600}".parse::<Pattern>();
        assert_eq!(many, Err(PatternError::Digits(1200)));
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_an_error(text in "[0-9d\\\\{}\\[\\]\\-x. ]{0,20}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                let digits = vec![0; pattern.digits()];
                prop_assert!(pattern.format(&digits).len() >= digits.len());
            }
        }
    }
}
