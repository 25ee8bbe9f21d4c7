//! The runs behind the project's figures, as a part of the program.

use std::path::PathBuf;

use super::collect::RunResult;
use crate::error::TrainError;

/// A run a line.
///
/// `UPDATE_GOLDEN=1 cargo test -p shuzi-train kept` writes it anew from `experiments/`.
const KEPT: &str = include_str!("kept.jsonl");

/// What the runs behind the project's figures came to: the same as [`collect`](super::collect)
/// makes of their folders, each named by its folder.
///
/// ```
/// let runs = shuzi_train::compare::kept()?;
/// assert!(runs.iter().any(|run| run.name == "improved-alexnet" && run.recipe == "paper"));
/// # Ok::<(), shuzi_train::TrainError>(())
/// ```
///
/// # Errors
/// None is known: a test reads them.
pub fn kept() -> Result<Vec<RunResult>, TrainError> {
    let run = |line| {
        serde_json::from_str(line).map_err(|error| TrainError::Json {
            path: PathBuf::from("kept.jsonl"),
            source: error,
        })
    };
    KEPT.lines().map(run).collect()
}
