//! The model card of a run: what the model is, how it was made, how good it
//! is and what that figure is worth.

use std::{fmt::Write as _, path::Path};

use shuzi_models::write_atomic;

use crate::{
    baseline::{BaselineRun, FitRecord},
    error::TrainError,
    history::{EpochRecord, Validation},
    recipe::Protocol,
    run::RunConfig,
};

/// Name of the card in a run's directory.
pub const CARD_FILE: &str = "README.md";

/// Writes a card into a run's directory.
pub(crate) fn write_card(directory: &Path, card: &str) -> Result<(), TrainError> {
    let path = directory.join(CARD_FILE);
    write_atomic(&path, card.as_bytes()).map_err(|source| TrainError::Io { path, source })
}

/// The card of a network's run.
pub(crate) fn network_card(run: &RunConfig, history: &[EpochRecord]) -> String {
    let name = &run.architecture.name;
    let recipe = &run.recipe;
    let mut card = head(name);
    if let Ok(summary) = run.architecture.summary() {
        let _ = writeln!(
            card,
            "{} trainable parameters, {} multiply-adds an image; `shuzi summary` of this\nfolder prints its layers.\n",
            summary.parameters, summary.multiply_adds
        );
    }
    let _ = writeln!(
        card,
        "## Training\n\nRecipe `{}`, seed {}, shuzi {}: batches of {}, {} of at most {} epochs, learning rate\nfrom {}. All of it is in `run.json`, a line an epoch in `history.jsonl`.\n",
        recipe.name,
        run.seed,
        run.version,
        recipe.batch,
        history.len(),
        recipe.epochs,
        recipe.learning_rate,
    );
    data(&mut card, &run.train.to_string());
    if let Some(lines) = &run.lines {
        let _ = writeln!(card, "Beside it the pieces of whole lines: {lines}.\n");
    }
    if !run.teachers.is_empty() {
        let names: Vec<_> = run.teachers.iter().map(|t| t.model.as_str()).collect();
        let _ = writeln!(
            card,
            "It learned from other networks, too: {}.\n",
            names.join(", ")
        );
    }
    if recipe.averaging.is_some() {
        card.push_str("The weights are averaged over the steps.\n\n");
    }
    if let Some(validation) = history.last().and_then(|last| last.validation.as_ref()) {
        result(&mut card, validation, recipe.protocol);
    }
    card
}

/// The card of a classical method's run.
pub(crate) fn baseline_card(run: &BaselineRun, record: &FitRecord) -> String {
    let mut card = head(run.classical.name());
    let _ = writeln!(
        card,
        "{} numbers kept, {} multiply-adds an image.\n",
        record.parameters, record.multiply_adds
    );
    let _ = writeln!(
        card,
        "## Training\n\nRecipe `{}`, seed {}, shuzi {}: {:?}, fitted on {} images in {:.1} s.\nAll of it is in `run.json` and `fit.json`.\n",
        run.recipe, run.seed, run.version, run.classical, record.images, record.seconds,
    );
    data(&mut card, &run.train.to_string());
    result(&mut card, &record.validation, run.protocol);
    card
}

fn head(name: &str) -> String {
    format!(
        "# {name}\n\nHandwritten digits, grey, white on black, as in MNIST.\n\n\
         | file | what |\n|---|---|\n\
         | `config.json` | what the model is, its classes |\n\
         | `model.safetensors` | its numbers |\n\n"
    )
}

fn data(card: &mut String, train: &str) {
    let _ = writeln!(card, "Training data: {train}.\n");
}

fn result(card: &mut String, validation: &Validation, protocol: Protocol) {
    let Validation {
        on,
        images,
        loss,
        accuracy,
        ..
    } = validation;
    let worth = match protocol {
        Protocol::SelectedOnTest => {
            "Selected on test: the test set steered the training, as in the paper, so that\nthe figure is too good by about 0.06 points."
        }
        Protocol::Fixed => "Nothing was selected; the test set was read once, at the end.",
        Protocol::Holdout { .. } => {
            "The test set was not looked at; `shuzi eval --model` of this folder reads it."
        }
    };
    let _ = writeln!(
        card,
        "## What it does\n\nOn {images} images ({on}): accuracy {:.2} %, negative log-likelihood {loss:.4}\nnats. {worth}",
        100.0 * accuracy
    );
}

#[cfg(test)]
mod tests {
    use shuzi_classical::Method;

    use super::*;
    use crate::data::Fingerprint;

    #[test]
    fn the_card_says_what_a_figure_from_the_test_set_is_worth() {
        let data = Fingerprint {
            images: 7,
            sha256: "abc".into(),
        };
        let mut run = BaselineRun {
            version: "0.1.0".into(),
            classical: Method::Knn { k: 3 },
            recipe: "paper".into(),
            protocol: Protocol::SelectedOnTest,
            seed: 1,
            train: data.clone(),
            test: data,
        };
        let record = FitRecord {
            images: 7,
            seconds: 0.25,
            parameters: 14,
            multiply_adds: 7,
            validation: Validation {
                on: "test set".into(),
                images: 3,
                loss: 0.5,
                accuracy: 2.0 / 3.0,
                temperature: None,
            },
        };
        let card = baseline_card(&run, &record);
        for part in [
            "# knn",
            "k: 3",
            "66.67 %",
            "Selected on test",
            "SHA-256 abc",
        ] {
            assert!(card.contains(part), "no {part:?} in {card}");
        }
        run.protocol = Protocol::Fixed;
        assert!(baseline_card(&run, &record).contains("read once"));
        run.protocol = Protocol::Holdout { images: 3 };
        assert!(!baseline_card(&run, &record).contains("Selected on test"));
    }
}
