//! What a run says while it goes on, on stderr.

use std::path::Path;

use shuzi_train::{BatchReport, EpochRecord, LineRecord, Observer, RunConfig, Validation};

use crate::{output::percent, progress::Progress};

/// Tells of batches and epochs.
pub(super) struct Reporter {
    /// Made at the first batch, which knows how long an epoch is.
    progress: Option<Progress>,
    epoch: usize,
    epochs: usize,
}

impl Reporter {
    /// Says what is going to be done.
    pub(super) fn new(directory: &Path, config: &RunConfig, done: &[EpochRecord]) -> Self {
        let epochs = config.recipe.epochs;
        crate::output::note(format_args!(
            "{}, recipe {}, seed {}, at most {epochs} epochs, in {}",
            config.architecture.name,
            config.recipe.name,
            config.seed,
            directory.display()
        ));
        if let Some(last) = done.last() {
            crate::output::note(format_args!("{} epochs are done already", last.epoch));
        }
        Self {
            progress: None,
            epoch: 0,
            epochs,
        }
    }
}

impl Observer for Reporter {
    fn batch(&mut self, report: &BatchReport) {
        let progress = self
            .progress
            .get_or_insert_with(|| Progress::new(report.total, "images"));
        if self.epoch != report.epoch {
            self.epoch = report.epoch;
            progress.restart(&format!("epoch {}/{}", report.epoch, report.epochs));
        }
        let accuracy = percent(report.accuracy);
        let lines = on_lines(report.lines.as_ref());
        progress.set(
            report.images,
            &format!("loss {:.4}, accuracy {accuracy}{lines}", report.loss),
        );
    }

    fn epoch(&mut self, record: &EpochRecord) {
        let EpochRecord {
            epoch,
            learning_rate,
            train_loss,
            train_accuracy,
            validation,
            last_weights,
            lines,
            seconds,
            images_per_second,
        } = record;
        let on = |weights: &str, validation: &Option<Validation>| match validation {
            Some(Validation {
                on, loss, accuracy, ..
            }) => format!(
                "{on}{weights}: loss {loss:.4}, accuracy {}; ",
                percent(*accuracy)
            ),
            None => String::new(),
        };
        let text = format!(
            "epoch {epoch}/{}: loss {train_loss:.4}, accuracy {}{}; {}{}rate {learning_rate}, \
             {seconds:.1} s, {images_per_second:.0} images/s",
            self.epochs,
            percent(*train_accuracy),
            on_lines(lines.as_ref()),
            on("", validation),
            on(" with the last weights", last_weights),
        );
        if let Some(progress) = &self.progress {
            progress.line(&text);
        }
    }
}

/// How good it is on lines, beside what was said of images.
fn on_lines(lines: Option<&LineRecord>) -> String {
    lines.map_or_else(String::new, |lines| {
        let (loss, sure) = (lines.loss, percent(lines.sure));
        format!("; lines: loss {loss:.4}, sure of {sure}")
    })
}
