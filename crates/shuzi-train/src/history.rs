//! `history.jsonl`: one line an epoch.

use std::{fs, io::ErrorKind, path::Path};

use serde::{Deserialize, Serialize};
use shuzi_models::write_atomic;

use crate::error::TrainError;

/// Name of the history in a run's directory.
pub const HISTORY_FILE: &str = "history.jsonl";

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Learning rate of the epoch, its last step's if it changes by steps.
    pub learning_rate: f32,
    /// Mean loss over the epoch's training images, as each was met.
    pub train_loss: f64,
    /// Share of them that was right.
    pub train_accuracy: f64,
    /// How good the run's model is then on what steers the run, or on what it
    /// is measured on at its end; none in between where nothing steers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// The same of the last weights, where those of the model are averaged and
    /// images are held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_weights: Option<Validation>,
    /// What the lines came to that it learned from beside the images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineRecord>,
    /// Wall-clock seconds of the training alone.
    pub seconds: f64,
    /// Training images a second.
    pub images_per_second: f64,
}

/// What a part of an epoch came to on lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineRecord {
    /// Number of lines.
    pub lines: usize,
    /// Number of their pieces.
    pub pieces: usize,
    /// Mean of the negative logarithm of a number's probability, in nats.
    pub loss: f64,
    /// Share of lines whose number was likelier than all others together.
    pub sure: f64,
}

impl LineRecord {
    /// This and what came after.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let lines = self.lines + other.lines;
        let mean = |a: f64, b: f64| {
            let sum = a * self.lines as f64 + b * other.lines as f64;
            sum / lines.max(1) as f64
        };
        Self {
            lines,
            pieces: self.pieces + other.pieces,
            loss: mean(self.loss, other.loss),
            sure: mean(self.sure, other.sure),
        }
    }
}

/// Loss and accuracy on what steers the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// `held-out training images` or `test set`.
    pub on: String,
    /// Number of images.
    pub images: usize,
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// Share of images that was right.
    pub accuracy: f64,
    /// The temperature that makes the loss least when every logit is divided by
    /// it, where images are held out: what `eval --temperature` may be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
}

/// The epochs of the run in `directory`.
///
/// # Errors
/// If the file can't be read or a line is not an epoch.
pub fn read_history(directory: &Path) -> Result<Vec<EpochRecord>, TrainError> {
    let path = directory.join(HISTORY_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(TrainError::Io { path, source }),
    };
    text.lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|source| TrainError::Json { path, source })
}

/// Writes the epochs of a run; the file is whole or the old one.
pub(crate) fn write_history(directory: &Path, epochs: &[EpochRecord]) -> Result<(), TrainError> {
    let path = directory.join(HISTORY_FILE);
    let mut text = String::new();
    for epoch in epochs {
        match serde_json::to_string(epoch) {
            Ok(line) => {
                text.push_str(&line);
                text.push('\n');
            }
            Err(source) => return Err(TrainError::Json { path, source }),
        }
    }
    write_atomic(&path, text.as_bytes()).map_err(|source| TrainError::Io { path, source })
}
