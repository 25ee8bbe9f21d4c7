//! Numbers as symbols.

use shuzi_line::Symbol;

/// Digits as symbols; what is above 9 is left out.
pub(crate) fn of_digits(digits: &[u8]) -> Vec<Symbol> {
    let symbols = digits.iter().filter_map(|digit| Symbol::from_digit(*digit));
    symbols.collect()
}

/// A text as symbols; other characters are left out.
#[cfg(test)]
pub(crate) fn of_text(text: &str) -> Vec<Symbol> {
    text.chars().filter_map(Symbol::from_char).collect()
}
