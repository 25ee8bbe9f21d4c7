//! The paper's Table 2, with ours beside it.

use std::fmt::{self, Write as _};

use serde::Serialize;
use shuzi_models::{ABLATION, names};

use super::{
    collect::RunResult,
    paper::{PAPER, PaperFigure},
};
use crate::recipe::Protocol;

/// A figure over several seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of a single run (n − 1); none of one run alone.
    pub deviation: Option<f64>,
}

impl Spread {
    /// Of the values there are; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let square = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>();
        Some(Self {
            mean,
            deviation: (values.len() > 1).then(|| (square / (n - 1.0)).sqrt()),
        })
    }

    /// In percent: `99.65 ± 0.03`.
    pub(crate) fn percent(&self) -> String {
        let mut text = format!("{:.2}", 100.0 * self.mean);
        if let Some(deviation) = self.deviation {
            let _ = write!(text, " ± {:.2}", 100.0 * deviation);
        }
        text
    }
}

/// One system under one recipe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemRow {
    /// Name of the network or method.
    pub name: String,
    /// Recipe of the runs.
    pub recipe: String,
    /// `selected on test`, `held out` or `fixed`.
    pub protocol: &'static str,
    /// Seeds of the runs.
    pub seeds: Vec<u64>,
    /// Accuracy on the test set with the last weights.
    pub accuracy: Option<Spread>,
    /// `1 − accuracy`.
    pub error: Option<f64>,
    /// Accuracy of the epoch that was best on the test set, where it steered.
    pub best_accuracy: Option<Spread>,
    /// Accuracy on held-out training images.
    pub held_out_accuracy: Option<Spread>,
    /// Trained parameters, or numbers that a method keeps.
    pub parameters: usize,
    /// Multiply-adds for one image.
    pub multiply_adds: usize,
    /// Median seconds of an epoch, or of a method's fit.
    pub seconds: Option<f64>,
    /// Images a second in recognition.
    pub images_per_second: Option<f64>,
    /// What the paper says of the system.
    pub paper: Option<PaperFigure>,
}

/// Table 2.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// A row for each system and recipe.
    pub systems: Vec<SystemRow>,
    /// Rows of the paper's table of which it says nothing but the figure.
    pub cited: Vec<PaperFigure>,
}

/// Table 2 from `runs`; those of the ablation have a table of their own.
pub fn table(runs: &[RunResult]) -> Table {
    let mut groups: Vec<(&str, &str, Vec<&RunResult>)> = Vec::new();
    for run in runs.iter().filter(|run| run.recipe != "ablation") {
        let same = |(name, recipe, _): &&mut (&str, &str, Vec<_>)| {
            *name == run.name && *recipe == run.recipe
        };
        match groups.iter_mut().find(same) {
            Some((_, _, group)) => group.push(run),
            None => groups.push((&run.name, &run.recipe, vec![run])),
        }
    }
    // The zoo's order, then the classical methods, then whatever else.
    let known: Vec<&str> = names().chain(shuzi_classical::names()).collect();
    let place = |name: &str| known.iter().position(|other| *other == name);
    groups.sort_by_key(|(name, recipe, _)| {
        let unknown = known.len() + ABLATION.len();
        (place(name).unwrap_or(unknown), *name, *recipe)
    });
    Table {
        systems: groups.iter().map(|(_, _, runs)| row(runs)).collect(),
        cited: PAPER.into_iter().filter(|row| row.name.is_none()).collect(),
    }
}

/// The row of runs of one system under one recipe; at least one.
fn row(runs: &[&RunResult]) -> SystemRow {
    let first = runs[0];
    let spread = |figure: &dyn Fn(&RunResult) -> Option<f64>| {
        let values: Vec<f64> = runs.iter().filter_map(|run| figure(run)).collect();
        Spread::of(&values)
    };
    let mean = |figure: &dyn Fn(&RunResult) -> Option<f64>| spread(figure).map(|s| s.mean);
    let accuracy = spread(&RunResult::test_accuracy);
    let held_out = |run: &RunResult| match run.protocol {
        Protocol::Holdout { .. } => run.validation().map(|validation| validation.accuracy),
        Protocol::SelectedOnTest | Protocol::Fixed => None,
    };
    SystemRow {
        name: first.name.clone(),
        recipe: first.recipe.clone(),
        protocol: match first.protocol {
            Protocol::SelectedOnTest => "selected on test",
            Protocol::Holdout { .. } => "held out",
            Protocol::Fixed => "fixed",
        },
        seeds: runs.iter().map(|run| run.seed).collect(),
        error: accuracy.map(|accuracy| 1.0 - accuracy.mean),
        accuracy,
        best_accuracy: spread(&RunResult::best_test_accuracy),
        held_out_accuracy: spread(&held_out),
        parameters: first.parameters,
        multiply_adds: first.multiply_adds,
        seconds: mean(&RunResult::seconds),
        images_per_second: mean(&|run| Some(run.evaluation.as_ref()?.images_per_second)),
        paper: PAPER
            .into_iter()
            .find(|row| row.name == Some(first.name.as_str())),
    }
}

/// A cell, or a dash where there is nothing.
pub(super) fn cell<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}

/// Seeds as `1, 2`.
pub(super) fn seeds(seeds: &[u64]) -> String {
    let seeds: Vec<_> = seeds.iter().map(u64::to_string).collect();
    seeds.join(", ")
}

/// Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| system | recipe | seeds | accuracy, % | error, % | best epoch, % | held out, % | paper, % | parameters | multiply-adds | s/epoch | images/s |\n\
             |---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
        )?;
        for row in &self.systems {
            let recipe = match row.protocol {
                "selected on test" => format!("{}, selected on test", row.recipe),
                _ => row.recipe.clone(),
            };
            writeln!(
                f,
                "| `{}` | {recipe} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.name,
                seeds(&row.seeds),
                cell(row.accuracy, |s| s.percent()),
                cell(row.error, |error| format!("{:.2}", 100.0 * error)),
                cell(row.best_accuracy, |s| s.percent()),
                cell(row.held_out_accuracy, |s| s.percent()),
                cell(row.paper, |paper| format!("{:.2}", 100.0 * paper.accuracy)),
                row.parameters,
                row.multiply_adds,
                cell(row.seconds, |seconds| format!("{seconds:.1}")),
                cell(row.images_per_second, |rate| format!("{rate:.0}")),
            )?;
        }
        for row in &self.cited {
            writeln!(
                f,
                "| {} |  |  | – | – | – | – | {:.2} | – | – | – | – |",
                row.system,
                100.0 * row.accuracy
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_by_hand() {
        assert_eq!(Spread::of(&[]), None);
        let one = Spread::of(&[0.5]).unwrap();
        assert_eq!((one.mean, one.deviation), (0.5, None));
        let three = Spread::of(&[0.99, 0.992, 0.994]).unwrap();
        assert!((three.mean - 0.992).abs() < 1e-12);
        assert!((three.deviation.unwrap() - 0.002).abs() < 1e-12);
        assert_eq!(three.percent(), "99.20 ± 0.20");
    }
}
