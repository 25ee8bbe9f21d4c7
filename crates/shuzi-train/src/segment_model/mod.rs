//! The segment model's weights by maximum likelihood: those under which the true numbers
//! of many lines are likeliest among all that their lattices allow (a conditional random
//! field, Lafferty, McCallum and Pereira 2001).

mod adam;

use rayon::prelude::*;
use shuzi_nn::Classifier;
use shuzi_reader::{
    Page,
    classify::segment_model::{FEATURE_COUNT, FEATURE_NAMES},
    fit::FitLine,
};
use shuzi_synth::{
    PageKind,
    handwriting::{DistractorRate, SyntheticPage},
};

use crate::{
    reader_data::{error::ReaderDataError, line, pages::PageSource},
    segment_model::adam::Adam,
};

/// How the weights are fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentModelParams {
    /// Every so many lines measures and is not fitted to.
    pub held_out_every: usize,
    /// Steps of Adam on all lines.
    pub steps: u32,
    /// Learning rate of the first step; it falls to 0 in a straight line.
    pub learning_rate: f64,
    /// Probability of a line about which no weights say anything: those that are hardly
    /// legible would else outweigh the others.
    pub illegible: f64,
    /// How strongly a weight is drawn to where it starts, for each line.
    pub decay: f64,
}

impl Default for SegmentModelParams {
    /// What the reader's weights were fitted by.
    fn default() -> Self {
        Self {
            held_out_every: 5,
            steps: 400,
            learning_rate: 0.1,
            illegible: 0.01,
            decay: 2e-4,
        }
    }
}

/// How far a fit has come.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum FitProgress {
    /// So many pages are cut.
    Pages(u32),
    /// Of so many lines so many can be read right by some path.
    Lines {
        /// All lines.
        all: usize,
        /// Those that can be read right.
        legible: usize,
    },
    /// So many steps are done.
    Step {
        /// How many.
        done: u32,
        /// Mean logarithm of the probability of what the lines show before the last.
        log_likelihood: f64,
    },
}

/// Some lines and how likely what they show is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likelihood {
    /// How many lines.
    pub lines: usize,
    /// Mean logarithm of the probability of what they show under the network alone.
    pub before: f64,
    /// The same under the fitted weights.
    pub after: f64,
}

/// What a fit came to.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentModelFit {
    /// The weights, in the order of [`FEATURE_NAMES`].
    pub weights: [f64; FEATURE_COUNT],
    /// The lines fitted to.
    pub fitted: Likelihood,
    /// What may be a digit on them.
    pub arcs: usize,
    /// The lines that measure.
    pub held_out: Likelihood,
}

/// Fits the weights beside `classifier` on pages of `source`.
///
/// # Errors
/// If a page can't be made or the network takes no crops.
pub fn fit_segment_model(
    source: &PageSource<'_>,
    classifier: &mut Classifier,
    params: &SegmentModelParams,
    progress: &mut (dyn FnMut(FitProgress) + Send),
) -> Result<SegmentModelFit, ReaderDataError> {
    let mut lines = Vec::new();
    let kind = |_| PageKind::Written(DistractorRate::Low);
    let page = |made: SyntheticPage, page| (made.digits, page);
    let take = |(digits, mut page): (Vec<u8>, Page)| {
        line::over_segment(&mut page, classifier)?;
        // Of a page that is not one line nobody knows which digits are on which.
        if let [line] = page.lines.as_mut_slice() {
            lines.push(line::fit(line, digits, classifier)?);
        }
        Ok(())
    };
    source.each(kind, page, take, &mut |pages| {
        progress(FitProgress::Pages(pages));
    })?;
    let start = start();
    let all = lines.len();
    lines.retain(|line| line.likelihood(&start).is_some());
    progress(FitProgress::Lines {
        all,
        legible: lines.len(),
    });
    let (mut held_out, mut fitted) = (Vec::new(), Vec::new());
    for (index, line) in lines.into_iter().enumerate() {
        let measures = index.is_multiple_of(params.held_out_every);
        if measures { &mut held_out } else { &mut fitted }.push(line);
    }
    Ok(source.threads.run(|| {
        let weights = ascend(&fitted, start, params, progress);
        let likelihood = |lines: &[FitLine]| {
            let mean = |weights| mean(lines, weights, params.illegible).0;
            Likelihood {
                lines: lines.len(),
                before: mean(&start),
                after: mean(&weights),
            }
        };
        SegmentModelFit {
            weights,
            fitted: likelihood(&fitted),
            arcs: fitted.iter().map(|line| line.arcs.len()).sum(),
            held_out: likelihood(&held_out),
        }
    }))
}

/// The network alone.
fn start() -> [f64; FEATURE_COUNT] {
    std::array::from_fn(|i| match FEATURE_NAMES[i] {
        "digit: ln p of the network" | "none: ln p of the network" => 1.0,
        _ => 0.0,
    })
}

/// Mean logarithm of the probability of what the lines show, and its gradient.
fn mean(
    lines: &[FitLine],
    weights: &[f64; FEATURE_COUNT],
    illegible: f64,
) -> (f64, [f64; FEATURE_COUNT]) {
    let zero = || (0.0, [0.0; FEATURE_COUNT]);
    let add = |mut a: (f64, [f64; FEATURE_COUNT]), b: (f64, [f64; FEATURE_COUNT])| {
        a.0 += b.0;
        for (to, other) in a.1.iter_mut().zip(b.1) {
            *to += other;
        }
        a
    };
    let each = lines.par_iter().filter_map(|line| {
        let (log, gradient) = line.likelihood(weights)?;
        // Of a line that can't be read there is nothing to learn.
        let p = log.exp();
        let share = p / (p + illegible);
        Some(((p + illegible).ln(), gradient.map(|value| share * value)))
    });
    let (log, gradient) = each.reduce(zero, add);
    let n = lines.len().max(1) as f64;
    (log / n, gradient.map(|sum| sum / n))
}

/// The weights under which `lines` are likeliest, by Adam on all of them.
fn ascend(
    lines: &[FitLine],
    start: [f64; FEATURE_COUNT],
    params: &SegmentModelParams,
    progress: &mut (dyn FnMut(FitProgress) + Send),
) -> [f64; FEATURE_COUNT] {
    let mut weights = start;
    let mut adam = Adam::new();
    for step in 0..params.steps {
        let (log_likelihood, mut gradient) = mean(lines, &weights, params.illegible);
        for (i, gradient) in gradient.iter_mut().enumerate() {
            *gradient -= params.decay * (weights[i] - start[i]);
        }
        let rate = params.learning_rate * (1.0 - f64::from(step) / f64::from(params.steps));
        adam.ascend(&mut weights, &gradient, rate);
        progress(FitProgress::Step {
            done: step + 1,
            log_likelihood,
        });
    }
    weights
}
