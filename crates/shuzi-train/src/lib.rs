//! Recipes, the training loop, checkpoints, history and evaluation.
//!
//! A run lives in a directory:
//!
//! | file | what |
//! |---|---|
//! | `run.json` | what is trained, how, from which seed and on which data |
//! | `history.jsonl` | one line an epoch |
//! | `checkpoint` | everything that the next epoch needs |
//! | `config.json`, `model.safetensors` | the model as of the last epoch, averaged if the recipe says so |
//! | `README.md` | its model card |
//!
//! That of a classical method has no history and no checkpoint, but a
//! `fit.json`.
//!
//! A run that was killed and resumed ends in the same bits as one that nobody
//! killed: the checkpoint is written after every epoch, last of all, and an
//! epoch that was not finished is done again.

mod baseline;
mod calibration;
mod card;
mod checkpoint;
pub mod compare;
mod data;
mod error;
mod evaluate;
mod evaluation;
mod fit;
mod fit_combination;
mod history;
mod json;
mod line_network;
mod lines;
pub mod objective;
mod reader_data;
mod recipe;
mod run;
mod schedule;
mod scorer;
mod scorers;
mod segment_model;
mod step;
mod string_score;
mod teachers;
mod trainer;

pub use baseline::{BaselineRun, FIT_FILE, FitRecord};
pub use calibration::RiskPoint;
pub use card::CARD_FILE;
pub use data::{Data, Fingerprint, Origin, Teacher};
pub use error::TrainError;
pub use evaluate::{evaluate, evaluate_on};
pub use evaluation::Evaluation;
pub use fit_combination::{JudgedLine, combination_log_likelihood, fit_combination};
pub use history::{EpochRecord, HISTORY_FILE, LineRecord, Validation, read_history};
pub use line_network::{
    LineNetworkRecipe, LineNetworkRun, LineOutcome, LineRunConfig, LineScore, LineStepRecord,
};
pub use reader_data::{
    crops::{synthetic_bigrams, synthetic_digits},
    error::ReaderDataError,
    lines::synthetic_lines,
    pages::PageSource,
};
pub use recipe::{Averaging, Distillation, LineRecipe, Protocol, Recipe};
pub use run::{RUN_FILE, RunConfig};
pub use schedule::{Cosine, Plateau, Schedule, Verdict};
pub use scorer::{EvaluationError, Scorer, ThreadedBaseline};
pub use scorers::{Ensemble, Tempered, TestTimeAugmentation};
pub use segment_model::{
    FitProgress, Likelihood, SegmentModelFit, SegmentModelParams, fit_segment_model,
};
pub use string_score::{Share, StringScore, StringTally};
pub use trainer::{
    Trainer,
    observer::{BatchReport, Finish, Observer, Outcome},
};
