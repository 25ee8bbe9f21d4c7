//! Lines that say the same.

use shuzi_line::Symbol;

use crate::lattice::Acceptor;

/// Accepts lines that say the same as another: digits and signs are equal, but that of
/// separators it is one which; words, what is struck out and spaces are a gap, and gaps at the
/// ends say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameText {
    tokens: Vec<Token>,
    spaces: Spaces,
}

/// Whether spaces are a part of what a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spaces {
    /// One number or two are not the same.
    Tell,
    /// They are: something else tells numbers apart.
    SayNothing,
}

/// A part of what a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Symbol(Symbol),
    Separator,
    Gap,
}

impl Token {
    fn of(symbol: Symbol) -> Self {
        match symbol {
            Symbol::Space | Symbol::Other | Symbol::Struck => Self::Gap,
            Symbol::Point | Symbol::Comma | Symbol::MiddleDot => Self::Separator,
            symbol => Self::Symbol(symbol),
        }
    }
}

impl SameText {
    /// As `line`.
    pub fn new(line: &[Symbol], spaces: Spaces) -> Self {
        let told = line.iter().copied().filter(|symbol| spaces.tells(*symbol));
        let mut tokens: Vec<Token> = told.map(Token::of).collect();
        tokens.dedup_by(|a, b| *a == Token::Gap && *b == Token::Gap);
        if tokens.last() == Some(&Token::Gap) {
            tokens.pop();
        }
        if tokens.first() == Some(&Token::Gap) {
            tokens.remove(0);
        }
        Self { tokens, spaces }
    }
}

impl Spaces {
    /// Whether a symbol says anything.
    fn tells(self, symbol: Symbol) -> bool {
        self == Self::Tell || symbol != Symbol::Space
    }
}

impl Acceptor for SameText {
    /// Tokens so far, and whether a gap follows them.
    type State = (usize, bool);

    fn starts(&self) -> Vec<Self::State> {
        vec![(0, false)]
    }

    fn step(&self, (read, gap): &Self::State, symbol: Symbol) -> Option<(Self::State, f64)> {
        if !self.spaces.tells(symbol) {
            return Some(((*read, *gap), 0.0));
        }
        let token = Token::of(symbol);
        let next = self.tokens.get(*read);
        if token == Token::Gap {
            // Before the first token and behind the last it says nothing.
            let allowed = *read == 0 || next.is_none_or(|next| *next == Token::Gap);
            return allowed.then_some(((*read, *read > 0), 0.0));
        }
        let read = match (gap, next) {
            (true, Some(Token::Gap)) => read + 1,
            (false, Some(next)) if *next != Token::Gap => *read,
            _ => return None,
        };
        (self.tokens.get(read) == Some(&token)).then_some(((read + 1, false), 0.0))
    }

    fn end(&self, (read, _): &Self::State) -> Option<f64> {
        (*read == self.tokens.len()).then_some(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::symbols::of_text;

    /// What a line says, by its definition.
    fn said(text: &str, spaces: Spaces) -> String {
        let text = match spaces {
            Spaces::Tell => text.to_owned(),
            Spaces::SayNothing => text.replace(' ', ""),
        };
        let told = |char| match char {
            '?' | '~' => ' ',
            ',' | '·' => '.',
            char => char,
        };
        let told: String = text.chars().map(told).collect();
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_that_say_the_same_are_those_of_the_definition() {
        let symbols = ['1', '2', '.', ',', '-', ' ', '?', '~'];
        let mut lines = vec![String::new()];
        let mut last = lines.clone();
        for _ in 0..3 {
            let longer = last
                .iter()
                .flat_map(|line| symbols.iter().map(move |symbol| format!("{line}{symbol}")));
            last = longer.collect();
            lines.extend(last.iter().cloned());
        }
        for spaces in [Spaces::Tell, Spaces::SayNothing] {
            let all: Vec<String> = lines.iter().map(|line| said(line, spaces)).collect();
            for (line, expected) in lines.iter().zip(&all) {
                let same = SameText::new(&of_text(line), spaces);
                for (other, of_other) in lines.iter().zip(&all) {
                    let accepted = same.weight(&of_text(other)) == 0.0;
                    assert_eq!(accepted, expected == of_other, "{line:?}, {other:?}");
                }
            }
        }
    }
}
