//! Numbers as a page writes them.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Units that only a measured number has, each with its name in a result.
const UNITS: [(&str, &str); 6] = [
    ("images/s", "images/s"),
    ("张/秒", "images/s"),
    ("GFLOP/s", "GFLOP/s"),
    ("ms", "ms"),
    ("MB", "MB"),
    ("%", "%"),
];

const NUMBER: &str = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?";

static AT_END: LazyLock<Regex> = LazyLock::new(|| {
    let units = units();
    regex(&format!(
        r"({NUMBER})(?:\s*±\s*({NUMBER}))?\s*({units})?\s*$"
    ))
});
static MEASURED: LazyLock<Regex> = LazyLock::new(|| {
    let units = units();
    regex(&format!(
        r"(?:{NUMBER})(?:\s*±\s*(?:{NUMBER}))?\s*(?:{units})"
    ))
});

fn units() -> String {
    UNITS.map(|(unit, _)| unit).join("|")
}

#[expect(clippy::expect_used, reason = "the patterns are constants")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

/// A number on a page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quote {
    /// As it is written, without unit.
    pub(super) text: String,
    /// What stands behind `±`.
    pub(super) deviation: Option<Box<Quote>>,
    /// Its unit, as a result names it.
    pub(super) unit: Option<&'static str>,
    value: f64,
    decimals: i32,
}

impl Quote {
    /// The number that `text` ends with.
    pub(super) fn at_end_of(text: &str) -> Option<Self> {
        let found = AT_END.captures(text)?;
        let mut quote = Self::number(&found[1])?;
        quote.deviation = match found.get(2) {
            Some(deviation) => Some(Box::new(Self::number(deviation.as_str())?)),
            None => None,
        };
        quote.unit = found.get(3).and_then(|unit| {
            let known = UNITS.iter().find(|(name, _)| *name == unit.as_str());
            known.map(|(_, name)| *name)
        });
        Some(quote)
    }

    fn number(text: &str) -> Option<Self> {
        let digits = text.replace(',', "");
        let decimals = digits.split_once('.').map_or(0, |(_, d)| d.len());
        Some(Self {
            text: text.to_owned(),
            deviation: None,
            unit: None,
            value: digits.parse().ok()?,
            decimals: i32::try_from(decimals).ok()?,
        })
    }

    /// Whether it is `value`, rounded to as many decimals as it has.
    pub(super) fn shows(&self, value: f64) -> bool {
        let half = 0.5 * 10f64.powi(-self.decimals);
        (self.value - value).abs() <= half * (1.0 + 1e-6)
    }
}

/// Measured numbers in `text` behind which no result is named; `marked` says that one is
/// named at its end.
pub(super) fn unmarked(text: &str, marked: bool) -> Vec<String> {
    let end = text.trim_end().len();
    MEASURED
        .find_iter(text)
        .filter(|found| !(marked && found.end() == end))
        .map(|found| found.as_str().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let quote = Quote::at_end_of("which has 12,185,516").unwrap();
        assert_eq!(
            (quote.value, quote.decimals, quote.unit),
            (12_185_516.0, 0, None)
        );
        let quote = Quote::at_end_of("one, 99.68 ± 0.03 %").unwrap();
        assert_eq!((quote.value, quote.unit), (99.68, Some("%")));
        assert_eq!(quote.deviation.unwrap().value, 0.03);
        assert_eq!(Quote::at_end_of("4,909 images/s").unwrap().value, 4909.0);
        assert_eq!(Quote::at_end_of("12 of them"), None);
    }

    #[test]
    fn rounding_is_to_the_decimals_that_are_shown() {
        let shown = |text: &str, value| Quote::at_end_of(text).unwrap().shows(value);
        assert!(shown("62.3", 62.25) && shown("62.2", 62.25));
        assert!(shown("62.25", 62.25) && !shown("62.4", 62.25));
        assert!(shown("62", 62.25) && !shown("63", 62.25));
    }

    #[test]
    fn measured_numbers_are_told_from_others() {
        assert_eq!(
            unmarked("28 by 28 pixels, 3 layers, 5 epochs", false),
            [""; 0]
        );
        assert_eq!(unmarked("5 % and 7 ms", false), ["5 %", "7 ms"]);
        assert_eq!(unmarked("5 % and 7 ms ", true), ["5 %"]);
    }
}
