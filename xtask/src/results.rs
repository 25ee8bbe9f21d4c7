//! Figures: every measured number that a page quotes is that of a file in `results/`,
//! and that file's is the one of its raw run.
//!
//! A page names the result right behind the number, in a comment that no reader sees:
//! `86.0 %<!-- reading/cheque-amounts#exact -->`. `results/README.md` says what a file
//! holds.

mod file;
mod quote;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{
    markdown::{Page, Problem, Run, pages},
    results::{
        file::ResultFile,
        quote::{Quote, unmarked},
    },
};

/// Folder of the results, from the repository's root.
const FOLDER: &str = "results";
/// A comment that says of a number before it that it is no result: a definition, a limit.
const NO_RESULT: &str = "no result";

/// All results by name: `reading/cheque-amounts`.
type Results = BTreeMap<String, ResultFile>;

/// Everything that is wrong with the results under `root` and with the pages that quote
/// them.
///
/// # Errors
/// If a page or a result can't be read.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Problem>> {
    let (results, mut problems) = read(root)?;
    for (name, result) in &results {
        let file = path_of(name);
        problems.extend(result.problems(root).into_iter().map(|what| Problem {
            file: file.clone(),
            line: 0,
            what,
        }));
    }
    for page in pages(root)? {
        problems.extend(check_page(&page, &results));
    }
    Ok(problems)
}

fn path_of(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.json"))
}

fn read(root: &Path) -> anyhow::Result<(Results, Vec<Problem>)> {
    let folder = root.join(FOLDER);
    let mut results = Results::new();
    let mut problems = Vec::new();
    for path in glob::glob(&folder.join("**/*.json").to_string_lossy())? {
        let path = path?;
        let text =
            fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        let name = path.strip_prefix(&folder)?.with_extension("");
        let name = name.to_string_lossy().replace('\\', "/");
        match serde_json::from_str(&text) {
            Ok(result) => {
                results.insert(name, result);
            }
            Err(error) => problems.push(Problem {
                file: path_of(&name),
                line: error.line(),
                what: error.to_string(),
            }),
        }
    }
    Ok((results, problems))
}

fn check_page(page: &Page, results: &Results) -> Vec<Problem> {
    let mut problems = Vec::new();
    for block in &page.blocks {
        for (index, (line, run)) in block.runs.iter().enumerate() {
            let Run::Text(text) = run else { continue };
            let comment = match block.runs.get(index + 1) {
                Some((_, Run::Comment(comment))) => Some(comment.as_str()),
                _ => None,
            };
            let marked = comment.is_some_and(|comment| comment == NO_RESULT || is_name(comment));
            for figure in unmarked(text, marked) {
                let what = format!("no result is named behind \"{figure}\"");
                problems.push(page.problem(*line, what));
            }
            if let Some(name) = comment.filter(|comment| is_name(comment))
                && let Err(what) = compare(text, name, results)
            {
                problems.push(page.problem(*line, what));
            }
        }
    }
    problems
}

/// Whether a comment names a result: `folder/file#key`.
fn is_name(comment: &str) -> bool {
    comment.contains('#') && !comment.contains(char::is_whitespace)
}

/// Whether the number that `text` ends with is the result `name`.
fn compare(text: &str, name: &str, results: &Results) -> Result<(), String> {
    let quote = Quote::at_end_of(text).ok_or_else(|| format!("no number before {name}"))?;
    let (file, key) = name.split_once('#').unwrap_or((name, ""));
    let result = results
        .get(file)
        .ok_or_else(|| format!("no {FOLDER}/{file}.json"))?;
    let (key, part) = key.split_once('.').unwrap_or((key, ""));
    let figure = result
        .figures
        .get(key)
        .ok_or_else(|| format!("no figure {key} in {FOLDER}/{file}.json"))?;
    let value = match part {
        "" => Some(figure.value),
        "low" => figure.interval.map(|[low, _]| low),
        "high" => figure.interval.map(|[_, high]| high),
        "deviation" => figure.deviation,
        "n" => figure.n.or(result.n).map(|n| n as f64),
        "count" => figure.count.map(|count| count as f64),
        _ => None,
    };
    let value = value.ok_or_else(|| format!("no {part} in {name}"))?;
    if !quote.shows(value) {
        return Err(format!(
            "{} is quoted of {name}, which is {value}",
            quote.text
        ));
    }
    if let Some(shown) = &quote.deviation {
        let deviation = figure
            .deviation
            .ok_or_else(|| format!("no deviation in {name}"))?;
        if !shown.shows(deviation) {
            return Err(format!(
                "± {} is quoted of {name}, which has {deviation}",
                shown.text
            ));
        }
    }
    match (quote.unit, part) {
        (Some(unit), "" | "low" | "high" | "deviation") if Some(unit) != figure.unit.as_deref() => {
            let known = figure.unit.as_deref().unwrap_or("no unit");
            Err(format!("{unit} is quoted of {name}, which has {known}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        let file = serde_json::json!({
            "title": "Cheque amounts", "kind": "development", "command": "shuzi eval",
            "commit": "e2aeeea", "n": 400,
            "figures": {
                "exact": {"value": 86.0, "unit": "%", "count": 344, "interval": [82.26, 89.06],
                    "raw": {"file": "raw.txt", "line": "86.00 %"}},
                "mean": {"value": 99.678, "unit": "%", "deviation": 0.026,
                    "raw": {"file": "raw.txt", "line": "99.678"}},
                "speed": {"value": 1234.4, "unit": "images/s",
                    "raw": {"file": "raw.txt", "line": "1234.4"}},
            },
        });
        let file = serde_json::from_value(file).unwrap();
        Results::from([("reading/amounts".to_owned(), file)])
    }

    fn problems(text: &str) -> Vec<String> {
        let page = Page::parse(Path::new("page.md"), text);
        let problems = check_page(&page, &results());
        problems.into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn a_number_that_is_its_result_passes() {
        let good = [
            "It is 86.0 %<!-- reading/amounts#exact --> of 400<!-- reading/amounts#exact.n -->.",
            "It is **86 %**<!-- reading/amounts#exact --> (82.3<!-- reading/amounts#exact.low -->).",
            "344<!-- reading/amounts#exact.count --> are right.",
            "99.68 ± 0.03 %<!-- reading/amounts#mean -->",
            "| a | speed |\n|--|--|\n| b | 1,234 images/s<!-- reading/amounts#speed --> |",
            "速度为 1,234 张/秒<!-- reading/amounts#speed -->。",
            "An interval of 95 %<!-- no result -->, as is usual.",
            "In code, `50 %` is free.",
        ];
        for text in good {
            assert_eq!(problems(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_number_that_differs_from_its_result_is_found() {
        let bad = [
            ("86.1 %<!-- reading/amounts#exact -->", "86.1 is quoted"),
            ("86.0 ms<!-- reading/amounts#exact -->", "ms is quoted"),
            ("99.68 ± 0.04 %<!-- reading/amounts#mean -->", "± 0.04"),
            (
                "86 %<!-- reading/none#exact -->",
                "no results/reading/none.json",
            ),
            ("86 %<!-- reading/amounts#none -->", "no figure none"),
            ("86 %<!-- reading/amounts#speed.low -->", "no low in"),
            ("nothing<!-- reading/amounts#exact -->", "no number before"),
        ];
        for (text, what) in bad {
            let found = problems(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains(what), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_number_that_names_no_result_is_found() {
        for text in [
            "It reads 86.0 % right.",
            "It reads 86.0 %<!-- reading/amounts#exact --> right, 12 % wrong.",
            "It takes 3.5 ms.",
            "每秒 190 张/秒。",
            "86 %\n<!-- reading/amounts#exact -->",
        ] {
            let found = problems(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].starts_with("no result is named"), "{found:?}");
        }
    }
}
