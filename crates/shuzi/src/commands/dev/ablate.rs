//! `shuzi dev ablate`: what each optional rule of reading is worth.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde_json::Value;
use shuzi_models::READER;
use shuzi_reader::{Reader, ReaderConfig, StageParams};

use crate::{
    commands::{
        labelled::{self, Labelled},
        model::NetworkArgs,
    },
    context::Context,
    format::Format,
    outcome::Outcome,
    output,
    progress::Progress,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Lists of pictures: tab-separated, with the columns `file` and `label`
    #[arg(value_name = "LABELS.tsv", required = true)]
    lists: Vec<PathBuf>,
    /// Only the rules whose names have this in them
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Switch off all rules that this begins the names of together, too, such as
    /// `classify.bigram`
    #[arg(long, value_name = "NAME")]
    together: Vec<String>,
    /// What else is not as it is by default: parameters as JSON
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// The network for digits
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    #[command(flatten)]
    networks: NetworkArgs,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    /// All rules on.
    base: Vec<Score>,
    rules: Vec<Rule>,
}

/// What is read of one list.
#[derive(Debug, Serialize)]
struct Score {
    list: String,
    images: usize,
    exact: usize,
    accepted: usize,
    accepted_wrong: usize,
    seconds: f64,
}

/// What changes without a rule.
#[derive(Debug, Serialize)]
struct Rule {
    rule: String,
    lists: Vec<Change>,
}

/// What changes on one list.
#[derive(Debug, Serialize)]
struct Change {
    list: String,
    /// Pictures that are read right without the rule alone, and with it alone.
    gained: usize,
    lost: usize,
    /// Accepted without, less accepted with it.
    accepted: i64,
    /// The same of the accepted wrong.
    accepted_wrong: i64,
    /// Time without the rule, in that with it.
    time: f64,
}

/// How one picture is read.
#[derive(Clone, Copy, Debug)]
struct Outcomes {
    right: bool,
    accepted: bool,
}

/// A list and how its pictures are read.
struct Measured {
    list: String,
    all: Vec<Outcomes>,
    seconds: f64,
}

pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let params = match &args.params {
        Some(path) => params(path)?,
        None => StageParams::default(),
    };
    let lists = args.lists.iter().map(|path| {
        let name = path.parent().and_then(Path::file_name).unwrap_or_default();
        Ok((name.to_string_lossy().into_owned(), labelled::load(path)?))
    });
    let lists: Vec<(String, Vec<Labelled>)> = lists.collect::<anyhow::Result<_>>()?;
    let variants = variants(&params, &args.only, &args.together)?;
    if variants.is_empty() {
        bail!("no rule has {:?} in its name", args.only);
    }
    let config = |params: &StageParams| ReaderConfig {
        params: params.clone(),
        ..ReaderConfig::default()
    };
    let mut reader = args
        .networks
        .reader(&args.model, config(&params), &context.threads)?;
    let mut progress = Progress::new(1 + variants.len(), "rules");
    let base = measure(&mut reader, &lists)?;
    let mut rules = Vec::new();
    for (done, (rule, without)) in (1..).zip(variants) {
        progress.set(done, &rule);
        let readers = reader.config().readers;
        reader.reconfigure(ReaderConfig {
            readers,
            ..config(&without)
        })?;
        let measured = measure(&mut reader, &lists)?;
        let changes = measured.iter().zip(&base);
        rules.push(Rule {
            rule,
            lists: changes
                .map(|(without, with)| change(without, with))
                .collect(),
        });
    }
    drop(progress);
    let record = Record {
        base: base.iter().map(Measured::score).collect(),
        rules,
    };
    match context.format {
        Format::Json => output::json(&record)?,
        Format::Text => print(&record)?,
    }
    Ok(Outcome::Done)
}

/// Parameters of a file.
fn params(path: &Path) -> anyhow::Result<StageParams> {
    let name = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("can't read {name}"))?;
    serde_json::from_str(&text).with_context(|| format!("{name} is not what parameters are"))
}

/// Every rule that can be off, by its name, and the parameters without it; then those of which
/// several are off.
fn variants(
    params: &StageParams,
    only: &str,
    together: &[String],
) -> anyhow::Result<Vec<(String, StageParams)>> {
    let all = serde_json::to_value(params)?;
    let mut names = Vec::new();
    optional(&all, &all, "", &mut names);
    let without = |names: &[&String]| {
        let mut less = all.clone();
        for name in names {
            if let Some(rule) = less.pointer_mut(name) {
                *rule = Value::Null;
            }
        }
        serde_json::from_value(less).map_err(anyhow::Error::from)
    };
    let dotted = |name: &str| name.trim_start_matches('/').replace('/', ".");
    let mut variants = Vec::new();
    for name in names.iter().filter(|name| dotted(name).contains(only)) {
        variants.push((dotted(name), without(&[name])?));
    }
    for begin in together {
        let some: Vec<&String> = names
            .iter()
            .filter(|name| dotted(name).starts_with(begin.as_str()))
            .collect();
        if some.is_empty() {
            bail!("no rule's name begins with {begin:?}");
        }
        variants.push((format!("{begin}.*"), without(&some)?));
    }
    Ok(variants)
}

/// Collects the JSON pointers of all values that may be `null`.
fn optional(all: &Value, value: &Value, at: &str, names: &mut Vec<String>) {
    let Value::Object(fields) = value else {
        return;
    };
    for (field, value) in fields {
        let at = format!("{at}/{field}");
        if value.is_object() {
            let mut less = all.clone();
            if let Some(rule) = less.pointer_mut(&at) {
                *rule = Value::Null;
            }
            if serde_json::from_value::<StageParams>(less).is_ok() {
                names.push(at.clone());
            }
        }
        optional(all, value, &at, names);
    }
}

fn measure(
    reader: &mut Reader,
    lists: &[(String, Vec<Labelled>)],
) -> anyhow::Result<Vec<Measured>> {
    let limits = reader.config().limits;
    let one = |(name, images): &(String, Vec<Labelled>)| {
        let start = Instant::now();
        let sources = images.iter().map(|image| (image, image.source(limits)));
        let read = reader.read_many(sources).map(|(image, page)| {
            let reading = page?.reading;
            let digits = reading.text.chars().filter(char::is_ascii_digit);
            Ok(Outcomes {
                right: image.digits() == digits.collect::<String>(),
                accepted: reading.accepted,
            })
        });
        let all = read.collect::<anyhow::Result<_>>()?;
        Ok(Measured {
            list: name.clone(),
            all,
            seconds: start.elapsed().as_secs_f64(),
        })
    };
    lists.iter().map(one).collect()
}

impl Measured {
    fn count(&self, is: impl Fn(&Outcomes) -> bool) -> usize {
        self.all.iter().filter(|outcomes| is(outcomes)).count()
    }

    fn score(&self) -> Score {
        Score {
            list: self.list.clone(),
            images: self.all.len(),
            exact: self.count(|of| of.right),
            accepted: self.count(|of| of.accepted),
            accepted_wrong: self.count(|of| of.accepted && !of.right),
            seconds: self.seconds,
        }
    }
}

fn change(without: &Measured, with: &Measured) -> Change {
    let both = || without.all.iter().zip(&with.all);
    let less = |is: fn(&Outcomes) -> bool| without.count(is) as i64 - with.count(is) as i64;
    Change {
        list: with.list.clone(),
        gained: both().filter(|(a, b)| a.right && !b.right).count(),
        lost: both().filter(|(a, b)| !a.right && b.right).count(),
        accepted: less(|of| of.accepted),
        accepted_wrong: less(|of| of.accepted && !of.right),
        time: without.seconds / with.seconds,
    }
}

fn print(record: &Record) -> std::io::Result<()> {
    for score in &record.base {
        output::line(format_args!(
            "{}: {} pictures, {} exact, {} accepted, {} of them wrong, {:.1} s",
            score.list,
            score.images,
            score.exact,
            score.accepted,
            score.accepted_wrong,
            score.seconds
        ))?;
    }
    for rule in &record.rules {
        output::line(format_args!("without {}", rule.rule))?;
        for change in &rule.lists {
            output::line(format_args!(
                "  {}: exact +{} −{}, accepted {:+}, of them wrong {:+}, time {:.2}",
                change.list,
                change.gained,
                change.lost,
                change.accepted,
                change.accepted_wrong,
                change.time
            ))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_may_be_off_is_found_and_is_off() {
        let all = variants(&StageParams::default(), "", &["classify.bigram".to_owned()]).unwrap();
        let without = |name: &str| &all.iter().find(|(rule, _)| rule == name).unwrap().1;
        assert!(without("binarize.weak").binarize.weak.is_none());
        assert!(without("form_removal.lean").form_removal.lean.is_none());
        let bigrams = &without("classify.bigram.*").classify.bigram;
        assert!(bigrams.wide.is_none() && bigrams.doubtful.is_none());
        assert!(
            all.iter()
                .all(|(_, params)| *params != StageParams::default())
        );
        assert!(variants(&StageParams::default(), "", &["nothing".to_owned()]).is_err());
    }
}
