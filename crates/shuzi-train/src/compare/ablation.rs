//! From AlexNet to the paper's network, a change a row.

use std::fmt;

use serde::Serialize;
use shuzi_models::ABLATION;

use super::{
    collect::RunResult,
    table::{Spread, cell, seeds},
};

/// One network on the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AblationRow {
    /// Name of the network.
    pub name: &'static str,
    /// What was changed against the row before.
    pub change: &'static str,
    /// Trained parameters.
    pub parameters: usize,
    /// Multiply-adds for one image.
    pub multiply_adds: usize,
    /// Seeds of the runs; none if there was none.
    pub seeds: Vec<u64>,
    /// Accuracy on held-out training images.
    pub held_out_accuracy: Option<Spread>,
    /// Median seconds of an epoch.
    pub seconds: Option<f64>,
}

/// The ablation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ablation {
    /// From AlexNet to the paper's network.
    pub steps: Vec<AblationRow>,
}

/// The ablation from those of `runs` that follow its recipe.
pub fn ablation(runs: &[RunResult]) -> Ablation {
    let steps = ABLATION.iter().filter_map(|step| {
        let summary = step.architecture().summary().ok()?;
        let runs: Vec<&RunResult> = runs
            .iter()
            .filter(|run| run.recipe == "ablation" && run.name == step.name)
            .collect();
        let values = |figure: &dyn Fn(&RunResult) -> Option<f64>| {
            let values: Vec<f64> = runs.iter().filter_map(|run| figure(run)).collect();
            Spread::of(&values)
        };
        Some(AblationRow {
            name: step.name,
            change: step.change,
            parameters: summary.parameters,
            multiply_adds: summary.multiply_adds,
            seeds: runs.iter().map(|run| run.seed).collect(),
            held_out_accuracy: values(&|run| Some(run.validation()?.accuracy)),
            seconds: values(&RunResult::seconds).map(|seconds| seconds.mean),
        })
    });
    Ablation {
        steps: steps.collect(),
    }
}

/// Markdown.
impl fmt::Display for Ablation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| network | change | parameters | multiply-adds | s/epoch | held out, % | seeds |\n\
             |---|---|---:|---:|---:|---:|---|"
        )?;
        for row in &self.steps {
            writeln!(
                f,
                "| `{}` | {} | {} | {} | {} | {} | {} |",
                row.name,
                row.change,
                row.parameters,
                row.multiply_adds,
                cell(row.seconds, |seconds| format!("{seconds:.1}")),
                cell(row.held_out_accuracy, |s| s.percent()),
                seeds(&row.seeds),
            )?;
        }
        Ok(())
    }
}
