//! Rules across fields: sums that should hold.

use std::{collections::BTreeMap, fmt};

/// An equation of whole numbers: `total == a + b`, `2 * pages == sheets - 1`.
///
/// ```
/// use shuzi_forms::template::rule::Rule;
///
/// let rule = Rule::parse("total == a + b", |name| name.len() < 6)?;
/// let value = |name: &str| Some(match name { "a" => 12, "b" => 30, _ => 24 });
/// assert_eq!(rule.sides(value), Some([24, 42]));
/// # Ok::<(), shuzi_forms::template::rule::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    text: String,
    sides: [Sum; 2],
}

/// A sum of fields, each some times, and a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    terms: Vec<(i64, String)>,
    constant: i64,
}

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// It has no `==`, or several.
    #[error("expected two sums with one == between them")]
    Equals,
    /// A word is no field and no number.
    #[error("{0:?} is no field of the form")]
    Unknown(String),
    /// A sign stands where a field or a number should.
    #[error("expected a field or a number, got {0:?}")]
    Term(String),
    /// Two terms follow each other without a sign.
    #[error("expected + or -, got {0:?}")]
    Sign(String),
    /// A number is too large.
    #[error("{0:?} is too large a number")]
    Large(String),
}

impl Rule {
    /// Reads a rule; `known` says which words are fields. A word that is both a field and a
    /// number is the field.
    ///
    /// # Errors
    /// If it is none, or names what is no field.
    pub fn parse(text: &str, known: impl Fn(&str) -> bool) -> Result<Self, RuleError> {
        let mut sides = text.split("==").map(|side| Sum::parse(side, &known));
        let (Some(left), Some(right), None) = (sides.next(), sides.next(), sides.next()) else {
            return Err(RuleError::Equals);
        };
        Ok(Self {
            text: text.trim().to_owned(),
            sides: [left?, right?],
        })
    }

    /// The fields that it names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let terms = self.sides.iter().flat_map(|side| &side.terms);
        terms.map(|(_, name)| name.as_str())
    }

    /// Left less right as how many times each field counts, and the number beside them: the
    /// rule holds if all of it is zero.
    pub fn balance(&self) -> (BTreeMap<&str, i64>, i64) {
        let mut terms = BTreeMap::new();
        for (side, sign) in self.sides.iter().zip([1, -1]) {
            for (times, name) in &side.terms {
                *terms.entry(name.as_str()).or_insert(0) += sign * times;
            }
        }
        (terms, self.sides[0].constant - self.sides[1].constant)
    }

    /// What either side comes to; `None` if a field has no value.
    pub fn sides(&self, value: impl Fn(&str) -> Option<i64>) -> Option<[i64; 2]> {
        let of = |sum: &Sum| {
            sum.terms
                .iter()
                .try_fold(sum.constant, |all, (times, name)| {
                    all.checked_add(times.checked_mul(value(name)?)?)
                })
        };
        Some([of(&self.sides[0])?, of(&self.sides[1])?])
    }

    /// The rule with what was written: "24 == 12 + 30, which is 42".
    pub fn broken(&self, value: impl Fn(&str) -> Option<i64>) -> Option<String> {
        let [left, right] = self.sides(&value)?;
        if left == right {
            return None;
        }
        let [a, b] = [&self.sides[0], &self.sides[1]].map(|side| side.with(&value));
        Some(format!("{self}: {a} = {left}, {b} = {right}"))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Sum {
    fn parse(text: &str, known: &impl Fn(&str) -> bool) -> Result<Self, RuleError> {
        let mut sum = Self::default();
        let mut words = tokens(text).into_iter().peekable();
        let mut sign = 1;
        loop {
            let word = words.next().unwrap_or("the end");
            let mut times = 1;
            let mut name = factor(word, known, &mut times)?;
            while words.next_if_eq(&"*").is_some() {
                let word = words.next().unwrap_or("the end");
                match (factor(word, known, &mut times)?, &name) {
                    (Some(second), None) => name = Some(second),
                    (None, _) => {}
                    (Some(second), Some(_)) => return Err(RuleError::Term(second)),
                }
            }
            match name {
                Some(name) => sum.terms.push((sign * times, name)),
                None => {
                    let constant = sum.constant.checked_add(sign * times);
                    sum.constant = constant.ok_or_else(|| RuleError::Large(word.to_owned()))?;
                }
            }
            sign = match words.next() {
                None => return Ok(sum),
                Some("+") => 1,
                Some("-") => -1,
                Some(other) => return Err(RuleError::Sign(other.to_owned())),
            };
        }
    }

    fn with(&self, value: &impl Fn(&str) -> Option<i64>) -> String {
        let mut text = String::new();
        for (times, name) in &self.terms {
            let sign = match (text.is_empty(), *times < 0) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            };
            text += sign;
            if times.abs() != 1 {
                text += &format!("{} * ", times.abs());
            }
            text += &value(name).map_or("?".to_owned(), |value| value.to_string());
        }
        if self.constant != 0 || text.is_empty() {
            let sign = if text.is_empty() { "" } else { " + " };
            text += &format!("{sign}{}", self.constant);
        }
        text
    }
}

/// A field's name, or `None` of a number, by which `times` is multiplied.
fn factor(
    word: &str,
    known: &impl Fn(&str) -> bool,
    times: &mut i64,
) -> Result<Option<String>, RuleError> {
    if known(word) {
        return Ok(Some(word.to_owned()));
    }
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
        let large = || RuleError::Large(word.to_owned());
        let number: i64 = word.parse().map_err(|_| large())?;
        *times = times
            .checked_mul(number)
            .filter(|times| times.abs() < 1 << 50)
            .ok_or_else(large)?;
        return Ok(None);
    }
    if matches!(word, "+" | "-" | "*" | "=" | "the end") {
        return Err(RuleError::Term(word.to_owned()));
    }
    Err(RuleError::Unknown(word.to_owned()))
}

/// Words and signs. A `-` inside a word is part of it.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['+', '*', '=']) {
            if at > 0 {
                tokens.push(&rest[..at]);
            }
            tokens.push(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        if !rest.is_empty() {
            tokens.push(rest);
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<Rule, RuleError> {
        Rule::parse(text, |name| {
            ["a", "b", "total", "01", "A1.L"].contains(&name)
        })
    }

    #[test]
    fn a_rule_is_a_balance_of_fields() {
        let (terms, constant) = {
            let rule = rule("total == a+2 * b - 3").unwrap();
            let (terms, constant) = rule.balance();
            let owned = |(name, times): (&str, i64)| (name.to_owned(), times);
            (terms.into_iter().map(owned).collect::<Vec<_>>(), constant)
        };
        let expected = [("a", -1), ("b", -2), ("total", 1)];
        assert_eq!(
            terms,
            expected.map(|(name, times)| (name.to_owned(), times))
        );
        assert_eq!(constant, 3);
        let names_with_digits = rule("01 == A1.L + 1").unwrap();
        assert_eq!(
            names_with_digits.fields().collect::<Vec<_>>(),
            ["01", "A1.L"]
        );
    }

    #[test]
    fn a_broken_rule_tells_both_sides() {
        let rule = rule("a + b == total").unwrap();
        let value = |name: &str| Some(if name == "total" { 24 } else { 21 });
        let broken = rule.broken(value).unwrap();
        assert_eq!(broken, "a + b == total: 21 + 21 = 42, 24 = 24");
        assert_eq!(rule.broken(|_| Some(0)), None);
        assert_eq!(rule.broken(|_| None), None, "nothing to judge");
    }

    #[test]
    fn what_is_no_rule_says_so() {
        let unknown = |name: &str| RuleError::Unknown(name.to_owned());
        assert_eq!(rule("a + b"), Err(RuleError::Equals));
        assert_eq!(rule("a == b == a"), Err(RuleError::Equals));
        assert_eq!(rule("a == c"), Err(unknown("c")));
        assert_eq!(rule("a == "), Err(RuleError::Term("the end".to_owned())));
        assert_eq!(
            rule("a == b + "),
            Err(RuleError::Term("the end".to_owned()))
        );
        assert_eq!(rule("a == b a"), Err(RuleError::Sign("a".to_owned())));
        assert_eq!(rule("a == b * a"), Err(RuleError::Term("a".to_owned())));
        assert!(matches!(
            rule("a == 99999999999999999999"),
            Err(RuleError::Large(_))
        ));
    }
}
