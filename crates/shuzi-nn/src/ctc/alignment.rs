//! Sums over all alignments of one image.

use super::{log_add, log_softmax};

/// What the sums of one image need; it grows to the largest image seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Alignments {
    /// `[frames, classes]`: logarithms of probabilities.
    log_probabilities: Vec<f64>,
    /// `[frames, states]`: the logarithm of what all ways to a state have, its own frame
    /// counted.
    forward: Vec<f64>,
    /// Of the frame after the one at hand and its own: of what all ways on from a state
    /// have, its own frame counted.
    backward: [Vec<f64>; 2],
    /// Of each class in a frame: all alignments that show it there.
    shown: Vec<f64>,
}

/// The labels with blanks around them: state 2i + 1 is label i.
#[derive(Clone, Copy)]
struct States<'a> {
    labels: &'a [u8],
    blank: usize,
}

impl States<'_> {
    fn len(&self) -> usize {
        2 * self.labels.len() + 1
    }

    fn class(&self, state: usize) -> usize {
        match state % 2 {
            0 => self.blank,
            _ => usize::from(self.labels[state / 2]),
        }
    }

    /// Whether a way may leave out the blank before `state`.
    fn skips(&self, state: usize) -> bool {
        state % 2 == 1 && state >= 3 && self.class(state) != self.class(state - 2)
    }
}

impl Alignments {
    /// The negative logarithm of the probability of `labels`, and its gradient by the
    /// logits (`[frames, classes]`) times `scale` in their place. `None` if there is no
    /// alignment, or the logits say nothing that is finite; the gradient is then zero.
    pub(super) fn loss(
        &mut self,
        logits: &mut [f32],
        classes: usize,
        blank: usize,
        labels: &[u8],
        scale: f64,
    ) -> Option<f64> {
        let states = States { labels, blank };
        let frames = logits.len() / classes;
        let whole = self.forward(logits, classes, states);
        if !whole.is_finite() {
            logits.fill(0.0);
            return None;
        }
        let count = states.len();
        for row in &mut self.backward {
            row.clear();
            row.resize(count, f64::NEG_INFINITY);
        }
        self.shown.resize(classes, 0.0);
        for frame in (0..frames).rev() {
            let log_probabilities = &self.log_probabilities[frame * classes..][..classes];
            let [next, here] = &mut self.backward;
            for state in 0..count {
                // Where a way goes on from here, without the frame's own share.
                let onward = if frame + 1 == frames {
                    if state + 2 >= count {
                        0.0
                    } else {
                        f64::NEG_INFINITY
                    }
                } else {
                    let mut sum = next[state];
                    if state + 1 < count {
                        sum = log_add(sum, next[state + 1]);
                    }
                    if state + 2 < count && states.skips(state + 2) {
                        sum = log_add(sum, next[state + 2]);
                    }
                    sum
                };
                here[state] = onward;
            }
            self.shown.fill(f64::NEG_INFINITY);
            let forward = &self.forward[frame * count..][..count];
            for state in 0..count {
                let shown = &mut self.shown[states.class(state)];
                *shown = log_add(*shown, forward[state] + here[state]);
                here[state] += log_probabilities[states.class(state)];
            }
            self.backward.swap(0, 1);
            // Equation 16: what the network says less what the alignments say.
            let row = &mut logits[frame * classes..][..classes];
            for (class, value) in row.iter_mut().enumerate() {
                let aligned = (self.shown[class] - whole).exp();
                *value = (scale * (log_probabilities[class].exp() - aligned)) as f32;
            }
        }
        Some(-whole)
    }

    /// The logarithm of the labels' probability.
    fn forward(&mut self, logits: &[f32], classes: usize, states: States<'_>) -> f64 {
        let frames = logits.len() / classes;
        let count = states.len();
        self.log_probabilities.resize(frames * classes, 0.0);
        self.forward.resize(frames * count, 0.0);
        let rows = logits.chunks_exact(classes);
        for (row, to) in rows.zip(self.log_probabilities.chunks_exact_mut(classes)) {
            log_softmax(row, to);
        }
        for frame in 0..frames {
            let log_probabilities = &self.log_probabilities[frame * classes..][..classes];
            let (before, here) = self.forward.split_at_mut(frame * count);
            let before = before.len().checked_sub(count).map(|at| &before[at..]);
            for (state, here) in here[..count].iter_mut().enumerate() {
                let sum = match before {
                    None if state < 2 => 0.0,
                    None => f64::NEG_INFINITY,
                    Some(before) => {
                        let mut sum = before[state];
                        if state >= 1 {
                            sum = log_add(sum, before[state - 1]);
                        }
                        if states.skips(state) {
                            sum = log_add(sum, before[state - 2]);
                        }
                        sum
                    }
                };
                *here = sum + log_probabilities[states.class(state)];
            }
        }
        let Some(last) = frames.checked_sub(1) else {
            return if states.labels.is_empty() {
                0.0
            } else {
                f64::NEG_INFINITY
            };
        };
        let last = &self.forward[last * count..][..count];
        match count {
            1 => last[0],
            _ => log_add(last[count - 1], last[count - 2]),
        }
    }
}
