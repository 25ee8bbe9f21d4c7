//! A file of results, and whether its figures are those of their raw runs.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

/// What a figure may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Of data that chose something: a network, a weight, a rule, an epoch.
    Development,
    /// Of data that chose nothing and were read once.
    HeldOut,
    /// Measured or published by others: no raw run is here.
    External,
    /// Time, size or cost.
    Measurement,
}

/// A family of figures that were measured alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultFile {
    /// What was measured.
    #[expect(dead_code, reason = "for those who read the file")]
    title: String,
    kind: Kind,
    /// For `external`: who measured it.
    source: Option<String>,
    /// The machine, for a measurement.
    #[expect(dead_code, reason = "for those who read the file")]
    machine: Option<String>,
    command: Option<String>,
    commit: Option<String>,
    #[expect(dead_code, reason = "for those who read the file")]
    seed: Option<u64>,
    /// On how many, where a figure says nothing else.
    pub(super) n: Option<u64>,
    /// The figures by name.
    pub(super) figures: BTreeMap<String, Figure>,
}

/// A measured number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Figure {
    pub(super) value: f64,
    pub(super) unit: Option<String>,
    /// Standard deviation, of a mean.
    pub(super) deviation: Option<f64>,
    /// How many of `n` were counted.
    pub(super) count: Option<u64>,
    pub(super) n: Option<u64>,
    /// Wilson's interval of 95 %, of a share.
    pub(super) interval: Option<[f64; 2]>,
    command: Option<String>,
    commit: Option<String>,
    #[expect(dead_code, reason = "for those who read the file")]
    seed: Option<u64>,
    #[expect(dead_code, reason = "for those who read the file")]
    note: Option<String>,
    /// Where it stands in the raw run; of several the mean.
    raw: Option<OneOrMore>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Raw),
    More(Vec<Raw>),
}

/// A place in a raw run.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Raw {
    /// A number in JSON (of an array the median), or in a line of JSON lines
    /// (`/2/seconds` is of the third line).
    Pointer { file: PathBuf, pointer: String },
    /// A line of text that holds these words; the number is among theirs.
    Line { file: PathBuf, line: String },
}

impl ResultFile {
    /// What is wrong with it; `root` is the repository's root.
    pub(super) fn problems(&self, root: &Path) -> Vec<String> {
        let mut problems = Vec::new();
        if self.kind == Kind::External && self.source.is_none() {
            problems.push("an external result has no source".to_owned());
        }
        for (name, figure) in &self.figures {
            if let Err(what) = self.check(figure, root) {
                problems.push(format!("{name}: {what}"));
            }
        }
        problems
    }

    fn check(&self, figure: &Figure, root: &Path) -> Result<(), String> {
        self.check_count(figure)?;
        if self.kind == Kind::External {
            return Ok(());
        }
        if figure.command.as_ref().or(self.command.as_ref()).is_none() {
            return Err("no command".to_owned());
        }
        let commit = figure.commit.as_ref().or(self.commit.as_ref());
        let commit = commit.ok_or("no commit")?;
        if commit.len() < 7 || !commit.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(format!("{commit} is no commit"));
        }
        match figure.raw.as_ref().ok_or("no raw run")? {
            OneOrMore::One(raw) => {
                let found = raw.numbers(root, figure.scale())?;
                if !found.iter().any(|found| same(*found, figure.value)) {
                    return Err(format!("{} is not in {raw:?}: {found:?}", figure.value));
                }
            }
            OneOrMore::More(raws) => {
                let mut values = Vec::new();
                for raw in raws {
                    match raw.numbers(root, figure.scale())?.as_slice() {
                        [value] => values.push(*value),
                        found => return Err(format!("one number expected, {found:?} in {raw:?}")),
                    }
                }
                figure.check_mean(&values)?;
            }
        }
        Ok(())
    }

    /// A share is that of its count, and its interval Wilson's.
    fn check_count(&self, figure: &Figure) -> Result<(), String> {
        let Some(count) = figure.count else {
            return if figure.interval.is_some() && self.kind != Kind::External {
                Err("an interval without a count".to_owned())
            } else {
                Ok(())
            };
        };
        let n = figure.n.or(self.n).ok_or("a count without n")?;
        if n == 0 || count > n {
            return Err(format!("{count} of {n}"));
        }
        let share = 100.0 * count as f64 / n as f64;
        if (share - figure.value).abs() > 0.0051 {
            return Err(format!("{count} of {n} are {share} %"));
        }
        let [low, high] = figure.interval.ok_or("a count without an interval")?;
        let (wilson_low, wilson_high) = wilson(count, n);
        if (low - wilson_low).abs() > 0.0101 || (high - wilson_high).abs() > 0.0101 {
            return Err(format!(
                "{count} of {n} have the interval {wilson_low} to {wilson_high}"
            ));
        }
        Ok(())
    }
}

impl Figure {
    /// Raw runs hold shares, results per cent.
    fn scale(&self) -> f64 {
        if self.unit.as_deref() == Some("%") {
            100.0
        } else {
            1.0
        }
    }

    fn check_mean(&self, values: &[f64]) -> Result<(), String> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        if (mean - self.value).abs() > 5e-5 * self.value.abs().max(1.0) {
            return Err(format!("{} is not the mean, {mean}", self.value));
        }
        let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (square / (n - 1.0)).sqrt();
        match self.deviation {
            Some(said) if (said - deviation).abs() > 5e-4 => {
                Err(format!("{said} is not the deviation, {deviation}"))
            }
            _ => Ok(()),
        }
    }
}

/// The same number, as far as a result writes its decimals.
fn same(found: f64, value: f64) -> bool {
    (found - value).abs() <= 5e-5 * value.abs().max(1.0)
}

impl Raw {
    /// The numbers at this place; those of JSON times `scale`.
    fn numbers(&self, root: &Path, scale: f64) -> Result<Vec<f64>, String> {
        match self {
            Self::Pointer { file, pointer } => {
                let value = json(&root.join(file))?;
                let found = value
                    .pointer(pointer)
                    .ok_or_else(|| format!("no {pointer} in {}", file.display()))?;
                let number = match found {
                    Value::Array(rounds) => median(rounds.iter().filter_map(Value::as_f64)),
                    number => number.as_f64(),
                };
                let number = number
                    .ok_or_else(|| format!("no number at {pointer} in {}", file.display()))?;
                Ok(vec![scale * number])
            }
            Self::Line { file, line } => {
                let text = text(&root.join(file))?;
                let found = text.lines().find(|there| there.contains(line.as_str()));
                let found = found.ok_or_else(|| format!("no \"{line}\" in {}", file.display()))?;
                Ok(numbers(found))
            }
        }
    }
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Result<Value, String> {
    let text = text(path)?;
    let invalid = |error| format!("{}: {error}", path.display());
    if path
        .extension()
        .is_some_and(|extension| extension == "jsonl")
    {
        let lines = text.lines().map(serde_json::from_str);
        return Ok(Value::Array(
            lines.collect::<Result<_, _>>().map_err(invalid)?,
        ));
    }
    serde_json::from_str(&text).map_err(invalid)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn numbers(line: &str) -> Vec<f64> {
    #[expect(clippy::expect_used, reason = "the pattern is a constant")]
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\d[\d,]*(?:\.\d+)?").expect("a valid pattern"));
    NUMBER
        .find_iter(line)
        .filter_map(|found| found.as_str().replace(',', "").parse().ok())
        .collect()
}

/// Wilson's interval of 95 % for a share of `count` of `n`, in per cent.
fn wilson(count: u64, n: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    let (n, share) = (n as f64, count as f64 / n as f64);
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (
        100.0 * ((middle - half) / whole).max(0.0),
        100.0 * ((middle + half) / whole).min(1.0),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A folder with raw runs, and the problems of a file with one figure there.
    fn problems(kind: &str, figure: &Value) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(
            "eval.json",
            r#"{"accuracy": 0.9970, "rounds": [3.0, 1.0, 2.5]}"#,
        );
        write("eval-2.json", r#"{"accuracy": 0.9968}"#);
        write("history.jsonl", "{\"held\": 0.5}\n{\"held\": 0.625}\n");
        write(
            "read.txt",
            "head 7\nall digits right  86.00 %  (344 of 400)\n",
        );
        let mut file = json!({
            "title": "t", "kind": kind, "command": "shuzi eval", "commit": "e2aeeea",
            "figures": {"a": figure},
        });
        if kind == "external" {
            file["source"] = "the paper".into();
        }
        let file: ResultFile = serde_json::from_value(file).unwrap();
        file.problems(folder.path())
    }

    #[test]
    fn figures_of_their_raw_runs_pass() {
        let eval = |pointer| json!({"file": "eval.json", "pointer": pointer});
        let good = [
            json!({"value": 99.7, "unit": "%", "raw": eval("/accuracy")}),
            json!({"value": 2.5, "unit": "ms", "raw": eval("/rounds")}),
            json!({"value": 62.5, "unit": "%",
                "raw": {"file": "history.jsonl", "pointer": "/1/held"}}),
            json!({"value": 86.0, "unit": "%", "count": 344, "n": 400, "interval": [82.26, 89.06],
                "raw": {"file": "read.txt", "line": "all digits right"}}),
            json!({"value": 99.69, "unit": "%", "deviation": 0.0141,
                "raw": [eval("/accuracy"), {"file": "eval-2.json", "pointer": "/accuracy"}]}),
        ];
        for figure in good {
            assert_eq!(problems("held-out", &figure), [""; 0], "{figure}");
        }
        let said = json!({"value": 99.66, "unit": "%"});
        assert_eq!(problems("external", &said), [""; 0]);
    }

    #[test]
    fn figures_that_are_not_those_of_their_raw_runs_are_found() {
        let eval = |pointer| json!({"file": "eval.json", "pointer": pointer});
        let bad = [
            (
                json!({"value": 99.71, "unit": "%", "raw": eval("/accuracy")}),
                "is not in",
            ),
            (json!({"value": 99.7, "unit": "%"}), "no raw run"),
            (json!({"value": 99.7, "raw": eval("/none")}), "no /none"),
            (
                json!({"value": 1.0, "raw": {"file": "none.json", "pointer": "/a"}}),
                "none.json",
            ),
            (
                json!({"value": 7.0, "raw": {"file": "read.txt", "line": "all digits right"}}),
                "is not in",
            ),
            (
                json!({"value": 86.0, "raw": {"file": "read.txt", "line": "no such words"}}),
                "no \"no such words\"",
            ),
            (
                json!({"value": 87.0, "count": 344, "n": 400, "interval": [82.26, 89.06]}),
                "344 of 400 are 86 %",
            ),
            (
                json!({"value": 86.0, "count": 344, "n": 400, "interval": [80.0, 89.06]}),
                "have the interval",
            ),
            (
                json!({"value": 99.7, "raw": [eval("/accuracy"), eval("/accuracy")]}),
                "is not the mean",
            ),
            (
                json!({"value": 1.0, "commit": "today", "raw": eval("/rounds")}),
                "is no commit",
            ),
        ];
        for (figure, what) in bad {
            let found = problems("development", &figure);
            assert_eq!(found.len(), 1, "{figure}: {found:?}");
            assert!(found[0].contains(what), "{figure}: {found:?}");
        }
    }

    #[test]
    fn an_external_result_has_a_source() {
        let file = json!({"title": "t", "kind": "external", "figures": {}});
        let file: ResultFile = serde_json::from_value(file).unwrap();
        assert_eq!(file.problems(Path::new(".")).len(), 1);
    }
}
