//! `shuzi forms print`: sheets from a template.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use shuzi_forms::print::{Drawing, MOST_SHEETS, PrintError, pdf, sheet, svg};

use super::template;
use crate::{outcome::Outcome, output};

/// Print a form: a PDF at true size, or an SVG of one page
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The template
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,
    /// The file: .pdf, or .svg with --page
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Number the sheets from one number to another, a form each: 1-500
    #[arg(long, value_name = "A-B", value_parser = serials)]
    serials: Option<[u32; 2]>,
    /// Print this page alone
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    page: Option<u16>,
}

fn serials(text: &str) -> Result<[u32; 2], String> {
    let wrong = || "expected numbers like 1-500".to_owned();
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
    match [number(first)?, number(last)?] {
        [first, last] if first <= last => Ok([first, last]),
        _ => Err(wrong()),
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let template = template(&args.template)?;
    let pages: Vec<usize> = match args.page {
        Some(page) => vec![usize::from(page) - 1],
        None => (0..template.page.len()).collect(),
    };
    if pages.iter().any(|page| *page >= template.page.len()) {
        bail!("the form has {} pages", template.page.len());
    }
    let serials: Vec<Option<u32>> = match args.serials {
        None => vec![None],
        Some([first, last]) => {
            let got = (last - first) as usize + 1;
            let got = got.saturating_mul(pages.len());
            if got > MOST_SHEETS {
                let most = MOST_SHEETS;
                return Err(PrintError::Pages { got, most }.into());
            }
            (first..=last).map(Some).collect()
        }
    };
    let sheets = serials
        .iter()
        .flat_map(|serial| pages.iter().map(|page| (*page, *serial)));
    let drawn: Result<Vec<Drawing>, PrintError> = sheets
        .map(|(page, serial)| sheet(&template, page, serial))
        .collect();
    let drawn = drawn?;
    let ending = args.out.extension().and_then(|ending| ending.to_str());
    let bytes = match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("pdf") => pdf(&drawn)?,
        Some("svg") => match drawn.as_slice() {
            [one] => svg(one).into_bytes(),
            _ => bail!("an SVG has one page: expected --page, and no --serials"),
        },
        _ => bail!("expected a file that ends in .pdf or .svg"),
    };
    fs::write(&args.out, bytes).with_context(|| format!("can't write {}", args.out.display()))?;
    output::note(format_args!(
        "{} pages in {}",
        drawn.len(),
        args.out.display()
    ));
    Ok(Outcome::Done)
}
