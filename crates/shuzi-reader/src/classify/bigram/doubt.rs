//! Which runs of a line to ask a network for two digits about.

use std::collections::BTreeSet;

use crate::{
    binarize::Ink,
    classify::posterior::DIGITS,
    number::{
        Arc,
        ways::{ANSWERS, sum_ways},
    },
    segment::components::Components,
    text_line::{Span, TextLine},
};

/// Share of all ways through a line from which a digit is one of those that may be there,
/// and from which it is settled.
const LIKELY: f64 = 0.002;
const SETTLED: f64 = 0.9999;

impl TextLine {
    /// Adds the bigrams that are a digit, or two one after the other, on likely paths through
    /// the line which are not settled.
    pub(crate) fn propose_doubtful_bigrams(&mut self, ink: &Ink, components: &Components) {
        let doubtful = doubtful(self.nodes(), &self.arcs());
        self.propose_bigrams(ink, components, |span| doubtful.contains(&span));
    }
}

/// The runs of a line of so many nodes that are in doubt by the `arcs` of its digits.
fn doubtful(nodes: usize, arcs: &[Arc]) -> BTreeSet<Span> {
    let likely = likely(nodes, arcs);
    let mut runs = BTreeSet::new();
    for (arc, share) in &likely {
        let next = likely.iter().filter(|(next, _)| next.from == arc.to);
        let ends = next.map(|(next, of_next)| (next.to, share.min(*of_next)));
        for (to, share) in ends.chain([(arc.to, *share)]) {
            if share < SETTLED {
                let from = arc.from;
                runs.insert(Span { from, to });
            }
        }
    }
    runs
}

/// The arcs that may be a digit, each with the share of the ways on which its likeliest is.
fn likely(nodes: usize, arcs: &[Arc]) -> Vec<(&Arc, f64)> {
    let ends: Vec<_> = arcs.iter().map(|arc| (arc.from, arc.to)).collect();
    let scores: Vec<[f64; ANSWERS]> = arcs
        .iter()
        .map(|arc| std::array::from_fn(|answer| *arc.log.get(answer).unwrap_or(&arc.skip)))
        .collect();
    let mut shares = vec![[0.0; DIGITS]; arcs.len()];
    sum_ways(nodes, &ends, &scores, None, |arc, answer, share| {
        if let Some(to) = shares[arc].get_mut(answer) {
            *to += share;
        }
    });
    let best = shares
        .iter()
        .map(|shares| shares.iter().copied().fold(0.0, f64::max));
    let all = arcs.iter().zip(best);
    all.filter(|(_, share)| *share >= LIKELY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_line::tests::line_of;

    /// What is asked about on a line of three pieces that touch, each so likely a digit
    /// by itself; the first two may also be one digit together.
    fn asked(alone: [f64; 3], together: f64) -> Vec<(usize, usize)> {
        let arc = |from: usize, to: usize, p: f64| {
            let mut log = [f64::NEG_INFINITY; DIGITS];
            (log[from], log[9]) = (p.ln(), (1.0 - p).ln());
            let skip = f64::NEG_INFINITY;
            Arc {
                from,
                to,
                log,
                skip,
            }
        };
        let mut arcs = vec![arc(0, 1, alone[0]), arc(0, 2, 1.0)];
        arcs[1].log[0] = together.ln();
        arcs.extend([arc(1, 2, alone[1]), arc(2, 3, alone[2])]);
        let doubtful = doubtful(4, &arcs);
        let line = line_of(&[[0, 12], [12, 12], [24, 12]]);
        let runs = line.bigram_runs(|span| doubtful.contains(&span));
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
