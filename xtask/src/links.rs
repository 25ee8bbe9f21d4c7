//! Links between pages: each leads to a file and a heading that are there.

use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
};

use crate::markdown::{Page, Problem, pages};

/// All links on pages under `root` that lead nowhere. Addresses of the web are not
/// followed.
///
/// # Errors
/// If a page can't be read.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Problem>> {
    let pages = pages(root)?;
    let exists = |path: &Path| root.join(path).exists();
    let mut problems = broken(&pages, exists);
    problems.extend(unlisted(&pages));
    Ok(problems)
}

fn broken(pages: &[Page], exists: impl Fn(&Path) -> bool) -> Vec<Problem> {
    let anchors: HashMap<&Path, &[String]> = pages
        .iter()
        .map(|page| (page.file.as_path(), page.anchors.as_slice()))
        .collect();
    let mut problems = Vec::new();
    for page in pages {
        for (line, link) in &page.links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.file.clone()
            } else {
                resolve(&page.file, path)
            };
            if !exists(&target) {
                problems.push(page.problem(*line, format!("no {} here", target.display())));
            } else if let Some(anchors) = anchors.get(target.as_path())
                && !anchor.is_empty()
                && !anchors.iter().any(|known| known == anchor)
            {
                let what = format!("no heading #{anchor} in {}", target.display());
                problems.push(page.problem(*line, what));
            }
        }
    }
    problems
}

/// Pages of the book that its table of contents leaves out: mdBook would not print them.
fn unlisted(pages: &[Page]) -> Vec<Problem> {
    let summary = Path::new("docs/src/SUMMARY.md");
    let Some(contents) = pages.iter().find(|page| page.file == summary) else {
        return Vec::new();
    };
    let listed: Vec<PathBuf> = contents
        .links
        .iter()
        .map(|(_, link)| resolve(summary, link))
        .collect();
    pages
        .iter()
        .filter(|page| page.file.starts_with("docs/src") && page.file != summary)
        .filter(|page| !listed.contains(&page.file))
        .map(|page| page.problem(0, "a page that docs/src/SUMMARY.md does not list"))
        .collect()
}

/// `link` on page `from`, as a path from the root.
fn resolve(from: &Path, link: &str) -> PathBuf {
    let mut path = from.parent().unwrap_or(Path::new("")).to_owned();
    for component in Path::new(link).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(file: &str, text: &str) -> Page {
        Page::parse(Path::new(file), text)
    }

    fn whats(problems: &[Problem]) -> Vec<&str> {
        problems
            .iter()
            .map(|problem| problem.what.as_str())
            .collect()
    }

    #[test]
    fn links_to_files_and_headings_are_followed() {
        let pages = [
            page(
                "README.md",
                "[a](docs/src/a.md#a-head) [b](b.md) [c](#none) [w](https://x.y/z)\n",
            ),
            page("docs/src/a.md", "# A head\n\n[up](../../README.md)\n"),
        ];
        let exists = |path: &Path| pages.iter().any(|page| page.file == path);
        assert_eq!(
            whats(&broken(&pages, exists)),
            ["no b.md here", "no heading #none in README.md"]
        );
    }

    #[test]
    fn the_book_lists_all_its_pages() {
        let pages = [
            page("docs/src/SUMMARY.md", "- [One](guide/one.md)\n"),
            page("docs/src/guide/one.md", "# One\n"),
            page("docs/src/guide/two.md", "# Two\n"),
        ];
        let found = unlisted(&pages);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file, Path::new("docs/src/guide/two.md"));
    }
}
