//! `shuzi summary`: the layers of a network.

use shuzi_models::ModelConfig;
use shuzi_nn::architecture::{Padding, Summary, SummaryRow};

use crate::{context::Context, format::Format, outcome::Outcome, output};

/// Show the layers of a network
///
/// Their output shapes, parameters and multiply-adds for one image: Table 1 of
/// the paper, for any network.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A network's name, a config.json, or the directory of a run or model
    #[arg(value_name = "MODEL")]
    model: String,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let summary = ModelConfig::load(&args.model)?.architecture.summary()?;
    match context.format {
        Format::Text => print(&summary)?,
        Format::Json => output::json(&summary)?,
    }
    Ok(Outcome::Done)
}

fn print(summary: &Summary) -> std::io::Result<()> {
    let columns = |cells: [&str; 7]| {
        let [name, kind, kernel, stride, padding, output, numbers] = cells;
        let line = format!(
            "{name:<18} {kind:<12} {kernel:<6} {stride:<6} {padding:<7} {output:<12} {numbers}"
        );
        output::line(line.trim_end())
    };
    output::line(format_args!("{}, input {}", summary.name, summary.input))?;
    output::line("")?;
    let heading = format!("{:>12} {:>14}", "parameters", "multiply-adds");
    columns([
        "layer", "kind", "kernel", "stride", "padding", "output", &heading,
    ])?;
    for row in &summary.layers {
        let SummaryRow {
            kind,
            output,
            parameters,
            multiply_adds,
            ..
        } = row;
        // A layer in another is named by its last part, further in.
        let own = row.name.rsplit('.').next().unwrap_or(&row.name);
        let name = format!("{:indent$}{own}", "", indent = 2 * row.depth);
        let pair = |pair: Option<[usize; 2]>| match pair {
            Some([a, b]) => format!("{a}×{b}"),
            None => String::new(),
        };
        let padding = match row.padding {
            None => String::new(),
            Some(Padding::Valid) => "valid".to_owned(),
            Some(Padding::Same) => "same".to_owned(),
            Some(Padding::Explicit(padding)) => pair(Some(padding)),
        };
        let count = |n: usize| if n == 0 { String::new() } else { grouped(n) };
        let numbers = format!("{:>12} {:>14}", count(*parameters), count(*multiply_adds));
        let stride = pair(row.stride);
        columns([
            &name,
            kind,
            &pair(row.kernel),
            &stride,
            &padding,
            &output.to_string(),
            &numbers,
        ])?;
    }
    output::line("")?;
    output::line(format_args!(
        "parameters     {}",
        grouped(summary.parameters)
    ))?;
    output::line(format_args!(
        "multiply-adds  {}",
        grouped(summary.multiply_adds)
    ))
}

/// `1234567` as `1,234,567`.
fn grouped(n: usize) -> String {
    indicatif::HumanCount(n as u64).to_string()
}
