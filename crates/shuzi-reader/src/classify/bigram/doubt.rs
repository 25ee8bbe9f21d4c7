//! Which runs of a line to ask a network for two digits about.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    binarize::Ink,
    classify::{ClassifyParams, posterior::DIGITS},
    lattice::{
        Lattice, Search,
        line::{NONE, WeighedDigit, answers},
    },
    segment::components::Components,
    text_line::{Span, TextLine},
};

/// Which runs are in doubt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoubtfulBigramParams {
    /// Share of all ways through a line from which a digit is one of those that may be there.
    pub likely: f64,
    /// The share from which it is settled.
    pub settled: f64,
}

impl Default for DoubtfulBigramParams {
    /// Chosen by hand on made lines and cheque amounts (development).
    fn default() -> Self {
        Self {
            likely: 0.002,
            settled: 0.9999,
        }
    }
}

impl TextLine {
    /// Adds the bigrams that are a digit, or two one after the other, on likely paths through
    /// the line which are not settled.
    pub(crate) fn propose_doubtful_bigrams(
        &mut self,
        ink: &Ink,
        components: &Components,
        params: &ClassifyParams,
    ) {
        let Some(own) = &params.bigram.doubtful else {
            return;
        };
        let digits = self.weighed_digits(&params.segment_model);
        let doubtful = doubtful(self.nodes(), &digits, own);
        self.propose_bigrams(ink, components, |span| doubtful.contains(&span), params);
    }
}

/// The runs of a line of so many nodes that are in doubt by its `digits`.
fn doubtful(
    nodes: usize,
    digits: &[WeighedDigit],
    params: &DoubtfulBigramParams,
) -> BTreeSet<Span> {
    let likely = likely(nodes, digits, params.likely);
    let mut runs = BTreeSet::new();
    for (digit, share) in &likely {
        let next = likely.iter().filter(|(next, _)| next.from == digit.to);
        let ends = next.map(|(next, of_next)| (next.to, share.min(*of_next)));
        for (to, share) in ends.chain([(digit.to, *share)]) {
            if share < params.settled {
                let from = digit.from;
                runs.insert(Span { from, to });
            }
        }
    }
    runs
}

/// Those that may be a digit with at least that posterior, each with the posterior of its
/// likeliest value.
fn likely(nodes: usize, digits: &[WeighedDigit], least: f64) -> Vec<(&WeighedDigit, f64)> {
    let edges = digits.iter().enumerate().flat_map(|(index, digit)| {
        let span = [digit.from, digit.to];
        answers(span, digit.answers(), move |answer| (index, answer))
    });
    // What is no lattice is refused where it is decoded.
    let Ok(lattice) = Lattice::new(nodes, edges.collect()) else {
        return Vec::new();
    };
    let mut shares = vec![[0.0; DIGITS]; digits.len()];
    Search::new(&()).posterior(&lattice, |edge, share| {
        let (digit, answer) = lattice.edges()[edge].source;
        if answer != NONE {
            shares[digit][answer] += share;
        }
    });
    let best = shares
        .iter()
        .map(|shares| shares.iter().copied().fold(0.0, f64::max));
    let all = digits.iter().zip(best);
    all.filter(|(_, share)| *share >= least).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classify::bigram::BigramProposalParams, text_line::tests::line_of};

    /// What is asked about on a line of three pieces that touch, each so likely a digit
    /// by itself; the first two may also be one digit together.
    fn asked(alone: [f64; 3], together: f64) -> Vec<(usize, usize)> {
        let weighed = |from: usize, to: usize, p: f64| {
            let mut digits = [f64::NEG_INFINITY; DIGITS];
            (digits[from], digits[9]) = (p.ln(), (1.0 - p).ln());
            WeighedDigit {
                from,
                to,
                digits,
                none: f64::NEG_INFINITY,
            }
        };
        let mut digits = vec![weighed(0, 1, alone[0]), weighed(0, 2, 1.0)];
        digits[1].digits[0] = together.ln();
        digits.extend([weighed(1, 2, alone[1]), weighed(2, 3, alone[2])]);
        let doubtful = doubtful(4, &digits, &DoubtfulBigramParams::default());
        let line = line_of(&[[0, 12], [12, 12], [24, 12]]);
        let runs = line.bigram_runs(
            |span| doubtful.contains(&span),
            &BigramProposalParams::default(),
        );
        runs.iter().map(|(span, _)| (span.from, span.to)).collect()
    }

    #[test]
    fn what_is_settled_is_not_asked_about() {
        assert_eq!(asked([1.0, 1.0, 1.0], 1e-6), []);
    }

    #[test]
    fn a_digit_in_doubt_is_asked_about_with_its_neighbours() {
        assert_eq!(asked([1.0, 0.9, 1.0], 1e-6), [(0, 2), (1, 3)]);
        assert_eq!(asked([1.0, 1.0, 0.9], 1e-6), [(1, 3)]);
    }

    #[test]
    fn one_digit_in_place_of_two_is_in_doubt() {
        // Both alone and together: of the last, which is one either way, with the second.
        assert_eq!(asked([1.0, 1.0, 1.0], 1.0), [(0, 2), (0, 3), (1, 3)]);
    }
}
