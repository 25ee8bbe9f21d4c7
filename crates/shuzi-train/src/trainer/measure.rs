//! How good a run's model is, and its weights.

use shuzi_data::loader::plain_batches;
use shuzi_nn::Weights;

use super::{Trainer, build::positive};
use crate::{
    error::TrainError, evaluation::Tally, history::Validation, recipe::Protocol, run::Held,
};

impl Trainer {
    /// The weights of the run's model after `epoch`, with how good they are, and
    /// how good the last weights are where the model's are averaged.
    pub(super) fn measure(
        &mut self,
        epoch: usize,
    ) -> Result<(Option<Validation>, Option<Validation>, Weights), TrainError> {
        let recipe = &self.config.recipe;
        let (measured, last_too) = match recipe.protocol {
            Protocol::SelectedOnTest => (true, false),
            Protocol::Holdout { .. } => (true, true),
            // Once, at the end.
            Protocol::Fixed => (epoch == recipe.epochs, false),
        };
        let Some(mut average) = self.average.take() else {
            let validation = measured.then(|| self.validate()).transpose()?;
            return Ok((validation, None, self.network.weights()));
        };
        let last_weights = (measured && last_too).then(|| self.validate()).transpose();
        average.exchange(&mut self.network);
        let mut averaged = || {
            self.estimate_statistics()?;
            let validation = measured.then(|| self.validate()).transpose()?;
            Ok((validation, self.network.weights()))
        };
        let result: Result<_, TrainError> = averaged();
        average.exchange(&mut self.network);
        self.average = Some(average);
        let (validation, weights) = result?;
        Ok((validation, last_weights?, weights))
    }

    fn estimate_statistics(&mut self) -> Result<(), TrainError> {
        let Held { data, indices, .. } = &self.statistics;
        let batches = plain_batches(data, indices, positive(self.config.recipe.batch))?;
        // In the proportion in which a step has them.
        let lines = self.lines.as_ref();
        let mut lines = lines.map(|lines| lines.epoch(0, true));
        for (number, batch) in batches.enumerate() {
            let images = match &mut lines {
                None => batch.images(),
                Some(lines) => {
                    lines.beside(&batch);
                    lines.images()
                }
            };
            self.network.estimate_statistics(images, number)?;
        }
        Ok(())
    }

    fn validate(&mut self) -> Result<Validation, TrainError> {
        let held = &self.validation;
        let mut tally = Tally::new(self.network.classes());
        for batch in plain_batches(
            &held.data,
            &held.indices,
            positive(self.network.max_batch()),
        )? {
            let logits = self.network.logits(batch.images())?;
            tally.add(logits, batch.labels());
        }
        let held_out = matches!(self.config.recipe.protocol, Protocol::Holdout { .. });
        Ok(Validation {
            temperature: held_out.then(|| tally.best_temperature()).flatten(),
            on: held.name.to_owned(),
            images: tally.n,
            loss: tally.nll(),
            accuracy: tally.accuracy(),
        })
    }
}
