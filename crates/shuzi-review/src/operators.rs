//! Who reviews: names and the hashes of their tokens, from a file.

use crate::token::{TokenError, TokenHash};

/// Most characters of a name.
const MOST: usize = 64;

/// All who may review.
///
/// A line each, name and hash with a space between; empty lines and those that begin with `#`
/// say nothing.
///
/// ```
/// use shuzi_review::{Operators, TokenHash};
///
/// let line = Operators::line("ana", "0123456789abcdef")?;
/// let operators = Operators::parse(&format!("# the late shift\n{line}\n"))?;
/// assert_eq!(operators.find(b"0123456789abcdef"), Some("ana"));
/// assert_eq!(operators.find(b"another"), None);
/// # Ok::<(), shuzi_review::OperatorsError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Operators(Vec<(String, TokenHash)>);

/// Why a list of operators is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorsError {
    /// A line has something else.
    #[error("line {line}: expected a name, a space and a token's hash")]
    Line {
        /// Which, from 1.
        line: usize,
    },
    /// A hash or token is none.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// That is no name.
    #[error("expected a name of 1 to {MOST} letters, digits and . _ -, got {got:?}")]
    Name {
        /// What came.
        got: String,
    },
    /// Two of one name or of one token could not be told apart.
    #[error("line {line}: {name} or this token is there already")]
    Twice {
        /// Which, from 1.
        line: usize,
        /// Who.
        name: String,
    },
    /// Nobody could review.
    #[error("expected at least one operator")]
    Nobody,
}

impl Operators {
    /// One alone.
    ///
    /// # Errors
    /// If the name is none.
    pub fn one(name: &str, token: TokenHash) -> Result<Self, OperatorsError> {
        Ok(Self(vec![(checked(name)?, token)]))
    }

    /// The list in a file's text.
    ///
    /// # Errors
    /// If a line is no operator, two can't be told apart, or there is none.
    pub fn parse(text: &str) -> Result<Self, OperatorsError> {
        let mut list: Vec<(String, TokenHash)> = Vec::new();
        let lines = (1..).zip(text.lines().map(str::trim));
        for (line, text) in lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
            let (name, hash) = text
                .split_once(char::is_whitespace)
                .ok_or(OperatorsError::Line { line })?;
            let (name, hash) = (checked(name)?, TokenHash::parse(hash.trim())?);
            if list
                .iter()
                .any(|(have, token)| *have == name || *token == hash)
            {
                return Err(OperatorsError::Twice { line, name });
            }
            list.push((name, hash));
        }
        if list.is_empty() {
            return Err(OperatorsError::Nobody);
        }
        Ok(Self(list))
    }

    /// The line of an operator with this token.
    ///
    /// # Errors
    /// If the name or the token is none.
    pub fn line(name: &str, token: &str) -> Result<String, OperatorsError> {
        Ok(format!("{} {}", checked(name)?, TokenHash::of(token)?))
    }

    /// Whose token this is. All are looked at, whoever it is.
    pub fn find(&self, token: &[u8]) -> Option<&str> {
        let found = self.0.iter().fold(None, |found, (name, hash)| {
            if hash.admits(token) {
                Some(name)
            } else {
                found
            }
        });
        found.map(String::as_str)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

fn checked(name: &str) -> Result<String, OperatorsError> {
    let fine = |character: char| character.is_alphanumeric() || "._-".contains(character);
    if (1..=MOST).contains(&name.chars().count()) && name.chars().all(fine) {
        return Ok(name.to_owned());
    }
    let got = name.chars().take(MOST + 1).collect();
    Err(OperatorsError::Name { got })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_told_apart_is_refused() {
        let ana = Operators::line("ana", "0123456789abcdef").unwrap();
        let bo = Operators::line("bo", "0123456789abcdeF").unwrap();
        let both = Operators::parse(&format!("{ana}\n\n{bo}\n")).unwrap();
        assert_eq!(both.names().collect::<Vec<_>>(), ["ana", "bo"]);
        assert_eq!(both.find(b"0123456789abcdeF"), Some("bo"));
        let twice = |text: String| Operators::parse(&text).unwrap_err();
        let error = twice(format!("{ana}\n{}", bo.replace("bo", "ana")));
        assert!(matches!(error, OperatorsError::Twice { line: 2, .. }));
        let error = twice(format!("{ana}\n{}", ana.replace("ana", "bo")));
        assert!(matches!(error, OperatorsError::Twice { line: 2, .. }));
        assert_eq!(twice("# nobody\n".into()), OperatorsError::Nobody);
        assert_eq!(twice("ana".into()), OperatorsError::Line { line: 1 });
        assert!(matches!(twice("ana abc".into()), OperatorsError::Token(_)));
        assert!(matches!(
            twice(ana.replace("ana", "a/b")),
            OperatorsError::Name { .. }
        ));
    }
}
