//! `shuzi forms check`: what of a template can't work.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use shuzi_forms::{Template, template::schema};

use crate::{context::Context, format::Format, outcome::Outcome, output};

/// Say what of a template can't work on paper, or will read badly
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The template
    #[arg(value_name = "TEMPLATE", required_unless_present = "schema")]
    template: Option<PathBuf>,
    /// Print the JSON schema of templates instead
    #[arg(long)]
    schema: bool,
}

#[derive(Serialize)]
struct Record {
    errors: Vec<String>,
    warnings: Vec<String>,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let Some(path) = &args.template else {
        output::json(&schema())?;
        return Ok(Outcome::Done);
    };
    let lints = Template::parse(&super::text(path)?)
        .and_then(|template| template.lint(Default::default()))
        .with_context(|| format!("can't use the template {}", path.display()))?;
    let (errors, warnings): (Vec<_>, Vec<_>) = lints.iter().partition(|lint| lint.kind.is_error());
    let failed = !errors.is_empty();
    let texts = |lints: Vec<&shuzi_forms::template::Lint>| {
        lints
            .into_iter()
            .map(ToString::to_string)
            .collect::<Vec<String>>()
    };
    let record = Record {
        errors: texts(errors),
        warnings: texts(warnings),
    };
    match context.format {
        Format::Json => output::json(&record)?,
        Format::Text => {
            for error in &record.errors {
                output::line(format_args!("error: {error}"))?;
            }
            for warning in &record.warnings {
                output::line(format_args!("warning: {warning}"))?;
            }
            if lints.is_empty() {
                output::line("nothing is wrong")?;
            }
        }
    }
    Ok(if failed {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}
