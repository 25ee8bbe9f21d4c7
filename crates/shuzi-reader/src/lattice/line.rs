//! The lattice of a text line, of what networks and the segment model say of its hypotheses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shuzi_line::Symbol;

use super::{Edge, Label, Lattice, LatticeError, Mark};
use crate::classify::posterior::DIGITS;

/// What a hypothesis of one digit may be: a digit or, last, none.
pub const ANSWERS: usize = DIGITS + 1;

/// No digit.
pub(crate) const NONE: usize = DIGITS;

/// The edges of such a hypothesis, one for each of its answers, given the logarithms of their
/// weights.
pub(crate) fn answers<T>(
    [from, to]: [usize; 2],
    weights: [f64; ANSWERS],
    source: impl Fn(usize) -> T,
) -> impl Iterator<Item = Edge<T>> {
    let digits = Symbol::ALL.into_iter().take(DIGITS).map(Label::One);
    let labels = digits.chain([Label::Epsilon]);
    let answers = labels.zip(weights).enumerate();
    answers.map(move |(answer, (label, weight))| Edge {
        from,
        to,
        label,
        weight,
        source: source(answer),
    })
}

/// A hypothesis of one digit and what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WeighedDigit {
    /// Node before it.
    pub(crate) from: usize,
    /// Node after it, greater than `from`.
    pub(crate) to: usize,
    /// Logarithm of the weight of its being each digit.
    pub(crate) digits: [f64; DIGITS],
    /// Logarithm of the weight of its being none.
    pub(crate) none: f64,
}

impl WeighedDigit {
    /// Logarithm of the weight of each of its answers.
    pub(crate) fn answers(&self) -> [f64; ANSWERS] {
        std::array::from_fn(|answer| *self.digits.get(answer).unwrap_or(&self.none))
    }
}

/// What an edge is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A hypothesis of one digit, by its index.
    Digit(usize),
    /// A hypothesis of two, by its index.
    Bigram(usize),
    /// No ink.
    Between,
}

/// What the lattice of a line is weighed with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineParams {
    /// Probability that a small component low between two digits is a point. A guess.
    pub point: f64,
}

impl Default for LineParams {
    fn default() -> Self {
        Self { point: 0.9 }
    }
}

/// The nodes of a line, the edges between them, and what lies at a node: some marks, one of
/// which is passed on the way.
#[derive(Clone, Debug)]
pub(crate) struct LineLattice {
    nodes: usize,
    edges: Vec<Edge<Source>>,
    marks: BTreeMap<usize, Vec<(Label, f64)>>,
}

impl LineLattice {
    /// Without any edges.
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            nodes,
            edges: Vec::new(),
            marks: BTreeMap::new(),
        }
    }

    /// One reading of what lies between two nodes.
    pub(crate) fn add(
        &mut self,
        [from, to]: [usize; 2],
        label: Label,
        weight: f64,
        source: Source,
    ) {
        self.edges.push(Edge {
            from,
            to,
            label,
            weight,
            source,
        });
    }

    /// What may be digits or none.
    pub(crate) fn digits(mut self, digits: &[WeighedDigit]) -> Self {
        for (index, digit) in digits.iter().enumerate() {
            let span = [digit.from, digit.to];
            let answers = answers(span, digit.answers(), |_| Source::Digit(index));
            self.edges.extend(answers);
        }
        self
    }

    /// Nothing of a number between two nodes, by `lead` likelier than the likeliest path there,
    /// as a logarithm; none where there is no path.
    pub(crate) fn skip(mut self, [from, to]: [usize; 2], lead: f64) -> Self {
        let mut best = vec![f64::NEG_INFINITY; self.nodes.max(to + 1)];
        best[from] = 0.0;
        for node in from..to {
            let leaving = self.edges.iter().filter(|edge| edge.from == node);
            for edge in leaving.filter(|edge| edge.to <= to) {
                best[edge.to] = best[edge.to].max(best[node] + edge.weight);
            }
        }
        if best[to].is_finite() {
            let weight = best[to] + lead;
            self.add([from, to], Label::Epsilon, weight, Source::Between);
        }
        self
    }

    /// Something at `node` that may be a point.
    pub(crate) fn point(mut self, node: usize, params: LineParams) -> Self {
        let point = (Label::Mark(Mark::Point), params.point.ln());
        let none = (Label::Epsilon, (1.0 - params.point).ln());
        self.marks.insert(node, vec![none, point]);
        self
    }

    /// Something at `node` that is a mark.
    pub(crate) fn mark(mut self, node: usize, mark: Mark) -> Self {
        self.marks.insert(node, vec![(Label::Mark(mark), 0.0)]);
        self
    }

    /// The lattice: a node that has marks is two, before and after them.
    ///
    /// # Errors
    /// If an edge does not lead from a node to a later one.
    pub(crate) fn finish(self) -> Result<Lattice<Source>, LatticeError> {
        let Self {
            nodes,
            mut edges,
            marks,
        } = self;
        let before = |node: usize| node + marks.range(..node).count();
        let after = |node: usize| before(node) + usize::from(marks.contains_key(&node));
        for edge in &mut edges {
            (edge.from, edge.to) = (after(edge.from), before(edge.to));
        }
        for (&node, choices) in &marks {
            edges.extend(choices.iter().map(|&(label, weight)| Edge {
                from: before(node),
                to: after(node),
                label,
                weight,
                source: Source::Between,
            }));
        }
        Lattice::new(nodes + marks.len(), edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::{Search, acceptors::Groups};

    /// Digits of which the network is sure, one after the other, with a doubtful one before
    /// node `doubtful`: a 0 or no digit.
    fn line(digits: &[u8], doubtful: usize, points: &[usize]) -> Lattice<Source> {
        let weighed = |(from, digit): (usize, &u8)| {
            let mut log = [-12.0; DIGITS];
            log[usize::from(*digit)] = 0.0;
            WeighedDigit {
                from,
                to: from + 1,
                digits: log,
                none: if from + 1 == doubtful { 0.1 } else { -12.0 },
            }
        };
        let weighed: Vec<WeighedDigit> = digits.iter().enumerate().map(weighed).collect();
        let line = LineLattice::new(digits.len() + 1).digits(&weighed);
        let add = |line: LineLattice, node: &usize| line.point(*node, LineParams::default());
        points.iter().fold(line, add).finish().unwrap()
    }

    /// What is read, and how likely that is.
    fn read(lattice: &Lattice<Source>) -> (String, f64) {
        let groups = Groups::default();
        let mut search = Search::new(&groups);
        let path = search.best_path(lattice).unwrap();
        let log = search.total_of(lattice, &path.symbols(lattice));
        (path.text(lattice), (log - search.total(lattice)).exp())
    }

    #[test]
    fn three_digits_after_a_point_are_likelier_than_two_or_four() {
        // 1.000, the last of which may be none.
        let (text, sure) = read(&line(&[1, 0, 0, 0], 4, &[1]));
        assert!(text == "1000" && sure > 0.6, "{text}, {sure}");
        let (text, sure) = read(&line(&[1, 0, 0, 0], 4, &[]));
        assert!(text == "100" && sure < 0.6, "{text}, {sure}");
        // 1.2340, the last of which may be none.
        let (text, sure) = read(&line(&[1, 2, 3, 4, 0], 5, &[1]));
        assert!(text == "1234" && sure > 0.8, "{text}, {sure}");
    }

    #[test]
    fn a_point_bends_no_sure_digit_and_may_be_a_speck() {
        for (digits, points) in [
            (&[1, 2, 5][..], &[1][..]),
            (&[1, 2, 5], &[2, 2]),
            (&[1, 2, 0, 0, 4, 5, 6, 7], &[0, 1, 8]),
            (&[1, 0, 0, 0], &[4]),
        ] {
            let (text, sure) = read(&line(digits, 0, points));
            let expected: String = digits.iter().map(u8::to_string).collect();
            assert!(
                text == expected && sure > 0.99,
                "{digits:?}, {points:?}: {text}, {sure}"
            );
        }
    }
}
