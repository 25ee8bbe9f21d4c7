//! The project's Markdown pages, cut into blocks of running text.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Where pages lie, from the repository's root.
const PAGES: [&str; 10] = [
    "*.md",
    ".github/**/*.md",
    "benchmarks/*.md",
    "crates/*/README.md",
    "docs/src/**/*.md",
    "experiments/*.md",
    "models/*/README.md",
    "python/*.md",
    "results/*.md",
    "samples/*.md",
];

/// What is wrong with a page, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The page, from the repository's root.
    pub(crate) file: PathBuf,
    /// Its line, from 1; 0 for a file as a whole.
    pub(crate) line: usize,
    /// What was expected and what came.
    pub(crate) what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// A piece of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// Words as they are read.
    Text(String),
    /// Inline code.
    Code(String),
    /// What an HTML comment says, without its marks.
    Comment(String),
}

/// A paragraph, heading, list item or table cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its pieces, each with its line.
    pub(crate) runs: Vec<(usize, Run)>,
}

/// A page's blocks, links and headings. Code blocks are left out.
#[derive(Debug)]
pub(crate) struct Page {
    /// From the repository's root.
    pub(crate) file: PathBuf,
    pub(crate) blocks: Vec<Block>,
    /// Where links and images lead, each with its line.
    pub(crate) links: Vec<(usize, String)>,
    /// What a link can name after `#`, as GitHub and mdBook make it of a heading.
    pub(crate) anchors: Vec<String>,
}

impl Page {
    /// Takes `text`, which stands in `file`, apart.
    pub(crate) fn parse(file: &Path, text: &str) -> Self {
        let mut page = Self {
            file: file.to_owned(),
            blocks: Vec::new(),
            links: Vec::new(),
            anchors: Vec::new(),
        };
        let mut runs: Vec<(usize, Run)> = Vec::new();
        let (mut in_code, mut heading) = (false, None::<String>);
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            let line = 1 + text[..range.start].matches('\n').count();
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(words) if !in_code => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                    push_text(&mut runs, line, &words);
                }
                Event::SoftBreak | Event::HardBreak => push_text(&mut runs, line, " "),
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    runs.push((line, Run::Code(code.to_string())));
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    if let Some(comment) = comment(&html) {
                        runs.push((line, Run::Comment(comment.to_owned())));
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push((line, dest_url.to_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchors
                        .push(anchor(&heading.take().unwrap_or_default()));
                    page.end_block(&mut runs);
                }
                Event::Start(
                    Tag::Paragraph | Tag::List(_) | Tag::Item | Tag::Table(_) | Tag::BlockQuote(_),
                )
                | Event::End(
                    TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::HtmlBlock,
                ) => page.end_block(&mut runs),
                _ => {}
            }
        }
        page.end_block(&mut runs);
        page
    }

    fn end_block(&mut self, runs: &mut Vec<(usize, Run)>) {
        if !runs.is_empty() {
            self.blocks.push(Block {
                runs: std::mem::take(runs),
            });
        }
    }

    /// A problem of this page.
    pub(crate) fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        Problem {
            file: self.file.clone(),
            line,
            what: what.into(),
        }
    }
}

/// All pages of the project under `root`.
///
/// # Errors
/// If one can't be read.
pub(crate) fn pages(root: &Path) -> anyhow::Result<Vec<Page>> {
    let mut pages = Vec::new();
    for pattern in PAGES {
        let pattern = root.join(pattern);
        for path in glob::glob(&pattern.to_string_lossy())? {
            let path = path?;
            let text = fs::read_to_string(&path)
                .with_context(|| format!("can't read {}", path.display()))?;
            pages.push(Page::parse(path.strip_prefix(root)?, &text));
        }
    }
    Ok(pages)
}

fn push_text(runs: &mut Vec<(usize, Run)>, line: usize, words: &str) {
    if let Some((_, Run::Text(text))) = runs.last_mut() {
        text.push_str(words);
    } else {
        runs.push((line, Run::Text(words.to_owned())));
    }
}

fn comment(html: &str) -> Option<&str> {
    let inner = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(inner.trim())
}

/// What a link names a heading by: small letters, hyphens for spaces, no other marks.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page::parse(Path::new("page.md"), text)
    }

    #[test]
    fn a_page_falls_into_blocks_with_lines() {
        let page = page(
            "# A head\n\nTwo\nlines `code`.\n\n- one\n- two\n\n| a | b |\n|--|--|\n| c | 7 % |\n",
        );
        let texts: Vec<String> = page
            .blocks
            .iter()
            .map(|block| {
                block
                    .runs
                    .iter()
                    .map(|(_, run)| match run {
                        Run::Text(text) | Run::Code(text) | Run::Comment(text) => text.as_str(),
                    })
                    .collect()
            })
            .collect();
        assert_eq!(
            texts,
            [
                "A head",
                "Two lines code.",
                "one",
                "two",
                "a",
                "b",
                "c",
                "7 %"
            ]
        );
        assert_eq!(page.blocks[1].runs[0].0, 3);
        assert_eq!(page.blocks[7].runs[0].0, 11);
    }

    #[test]
    fn code_blocks_are_no_text() {
        assert_eq!(page("```sh\necho 5 %\n```\n").blocks, []);
    }

    #[test]
    fn comments_stand_where_they_were_written() {
        let page = page("It is **5 %**<!-- a#b --> then.\n");
        let runs: Vec<Run> = page.blocks[0]
            .runs
            .iter()
            .map(|(_, run)| run.clone())
            .collect();
        assert_eq!(
            runs,
            [
                Run::Text("It is 5 %".to_owned()),
                Run::Comment("a#b".to_owned()),
                Run::Text(" then.".to_owned())
            ]
        );
    }

    #[test]
    fn headings_become_anchors() {
        let page = page("## From `AlexNet` to the paper's network\n");
        assert_eq!(page.anchors, ["from-alexnet-to-the-papers-network"]);
    }
}
