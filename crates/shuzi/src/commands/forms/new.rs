//! `shuzi forms new`: the beginning of a template.

use std::fmt::Write;

use anyhow::{bail, ensure};
use shuzi_forms::Template;

use crate::{outcome::Outcome, output};

/// Begin a template: a field of boxes for each --field, one under the other
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The form's name
    #[arg(long, value_name = "NAME")]
    form: String,
    /// A field and how many boxes it has; `NAME:N`
    #[arg(long = "field", value_name = "NAME:N", required = true, value_parser = field)]
    fields: Vec<(String, usize)>,
    /// The page's size
    #[arg(long, value_name = "SIZE", default_value = "a4", value_parser = ["a4", "a5", "letter"])]
    size: String,
}

fn field(text: &str) -> Result<(String, usize), String> {
    let wrong = || "expected a name and how many boxes, like reading:6".to_owned();
    let (name, count) = text.rsplit_once(':').ok_or_else(wrong)?;
    let count = count.parse().map_err(|_| wrong())?;
    Ok((name.to_owned(), count))
}

/// Millimetres from the top to the first field, and from one to the next.
const FIRST: usize = 50;
const PITCH: usize = 18;

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let text = begun(args)?;
    let template = Template::parse(&text)?;
    let errors: Vec<String> = template
        .lint(Default::default())?
        .iter()
        .map(ToString::to_string)
        .collect();
    ensure!(
        errors.is_empty(),
        "such a form can't work: {}",
        errors.join("; ")
    );
    output::text(text)?;
    Ok(Outcome::Done)
}

fn begun(args: &Args) -> anyhow::Result<String> {
    let quoted = |text: &str| serde_json::to_string(text);
    let mut text = format!(
        "# Lengths are in millimetres from the page's top left corner.\n\
         # `shuzi forms check` says what can't work, `shuzi forms print` prints it.\n\
         form = {}\nversion = 1\ntitle = {0}\n\
         instructions = \"One digit in each box, like these:\"\n\
         # Rules across fields, such as \"total == a + b\".\nrules = []\n\n\
         [[page]]\nsize = \"{}\"\n",
        quoted(&args.form)?,
        args.size
    );
    for (index, (name, count)) in args.fields.iter().enumerate() {
        if *count == 0 {
            bail!("field {name:?} has no boxes");
        }
        write!(
            text,
            "\n[[page.field]]\nname = {0}\nlabel = {0}\nat = [30, {1}]\n\
             shape = {{ kind = \"boxes\", count = {count} }}\n\
             # value = \"code\"       zeros before a number count\n\
             # length = \"{count}\"         how many digits, when that is known\n",
            quoted(name)?,
            FIRST + PITCH * index
        )?;
    }
    Ok(text)
}
