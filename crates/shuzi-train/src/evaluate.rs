//! How good a model is on labelled images.

use std::{num::NonZeroUsize, time::Instant};

use shuzi_data::{Dataset, loader::plain_batches};

use crate::{
    evaluation::{Evaluation, Tally},
    scorer::{EvaluationError, Scorer},
};

/// Images given to the classifier at once.
const BATCH: usize = 256;

/// Measures `scorer` on all of `data`; `progress` is told after each batch
/// how many images are done.
///
/// # Errors
/// If the images or labels don't fit the network.
pub fn evaluate(
    scorer: &mut dyn Scorer,
    data: &Dataset,
    progress: impl FnMut(usize),
) -> Result<Evaluation, EvaluationError> {
    let indices: Vec<usize> = (0..data.len()).collect();
    evaluate_on(scorer, data, &indices, progress)
}

/// Measures `scorer` on the images of `data` at `indices` alone.
///
/// # Errors
/// If the images or labels don't fit the network, or an index is past the last image.
pub fn evaluate_on(
    scorer: &mut dyn Scorer,
    data: &Dataset,
    indices: &[usize],
    mut progress: impl FnMut(usize),
) -> Result<Evaluation, EvaluationError> {
    let expected = scorer.image_len();
    if data.height() * data.width() != expected {
        return Err(EvaluationError::Size {
            expected,
            height: data.height(),
            width: data.width(),
        });
    }
    let classes = scorer.classes();
    if let Some(&label) = data
        .labels()
        .iter()
        .find(|label| usize::from(**label) >= classes)
    {
        return Err(EvaluationError::Label { label, classes });
    }
    let batch = NonZeroUsize::new(BATCH).unwrap_or(NonZeroUsize::MIN);
    let mut tally = Tally::new(classes);
    let mut seconds = 0.0;
    for batch in plain_batches(data, indices, batch)? {
        let start = Instant::now();
        let scores = scorer.scores(batch.images())?;
        seconds += start.elapsed().as_secs_f64();
        tally.add(&scores, batch.labels());
        progress(tally.n);
    }
    Ok(tally.finish(seconds))
}
