//! Plain words: no sentence is longer than a reader's breath.

use std::path::Path;

use crate::markdown::{Block, Page, Problem, Run, pages};

/// Words of a sentence, at most.
const LONGEST: usize = 35;

/// All sentences that are too long, on all pages under `root`.
///
/// # Errors
/// If a page can't be read.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Problem>> {
    Ok(pages(root)?.iter().flat_map(long_sentences).collect())
}

fn long_sentences(page: &Page) -> Vec<Problem> {
    let mut problems = Vec::new();
    for block in &page.blocks {
        let line = block.runs.first().map_or(0, |(line, _)| *line);
        for sentence in sentences(&words(block)) {
            if sentence.len() > LONGEST {
                let start = sentence[..6].join(" ");
                let what = format!(
                    "a sentence of {} words, at most {LONGEST}: \"{start} …\"",
                    sentence.len()
                );
                problems.push(page.problem(line, what));
            }
        }
    }
    problems
}

/// What is read of a block; inline code counts as a word.
fn words(block: &Block) -> String {
    let mut text = String::new();
    for (_, run) in &block.runs {
        match run {
            // Chinese puts no space behind a stop.
            Run::Text(words) => text.push_str(&words.replace('。', "。 ")),
            Run::Code(code) => text.push_str(&code.replace([' ', '.', '?', '!'], "_")),
            Run::Comment(_) => {}
        }
    }
    text
}

/// The words of each sentence.
fn sentences(text: &str) -> Vec<Vec<&str>> {
    let mut sentences = vec![Vec::new()];
    for word in text.split_whitespace() {
        if let Some(sentence) = sentences.last_mut()
            && word.chars().any(char::is_alphanumeric)
        {
            sentence.push(word);
        }
        if word
            .trim_end_matches(['"', ')', '”', '’'])
            .ends_with(['.', '?', '!', '。'])
        {
            sentences.push(Vec::new());
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<Problem> {
        long_sentences(&Page::parse(Path::new("page.md"), text))
    }

    #[test]
    fn a_long_sentence_is_found_with_its_line() {
        let long = "word ".repeat(LONGEST + 1);
        let found = problems(&format!("Short.\n\nAlso short. {long}end.\n"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 3);
        assert!(
            found[0].what.starts_with("a sentence of 37 words"),
            "{}",
            found[0].what
        );
    }

    #[test]
    fn sentences_end_at_stops_items_and_cells() {
        let half = "word ".repeat(20);
        assert_eq!(problems(&format!("{half}end. {half}end.\n")), []);
        assert_eq!(problems(&format!("- {half}\n- {half}\n")), []);
        assert_eq!(problems(&format!("| {half}| {half}|\n|--|--|\n")), []);
        assert_eq!(problems(&format!("{half}, {half}\n")).len(), 1);
    }

    #[test]
    fn a_decimal_point_ends_no_sentence() {
        let text = "word 1.5 ".repeat(LONGEST / 2 + 1);
        assert_eq!(problems(&text).len(), 1);
    }
}
