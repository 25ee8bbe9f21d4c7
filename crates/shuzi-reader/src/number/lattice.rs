//! What the digits of a number may be.

use super::decode::log_add;

/// One digit that may be there: from a place to a later one, with the
/// logarithm of the probability of each of its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arc {
    /// Place before it.
    pub from: usize,
    /// Place after it, greater than `from`.
    pub to: usize,
    /// For 0 to 9.
    pub log: [f64; 10],
    /// That it is no digit at all: negative infinity if it must be one.
    pub skip: f64,
}

/// Places from left to right and the digits that may lie between them. A
/// number is a way from the first place to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    places: usize,
    arcs: Vec<Arc>,
}

/// Why places and arcs are no lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("arc {arc} from {from} to {to}: expected from < to < {places}")]
pub struct LatticeError {
    /// Index of the arc.
    pub arc: usize,
    /// Its start.
    pub from: usize,
    /// Its end.
    pub to: usize,
    /// Number of places.
    pub places: usize,
}

impl Lattice {
    /// Least probability of a digit: a network that is sure of the wrong one
    /// can be overruled.
    pub const LEAST: f64 = 1e-6;

    /// A lattice of `places` places, at least 1.
    ///
    /// # Errors
    /// The first arc that does not lead from a place to a later one.
    pub fn new(places: usize, arcs: Vec<Arc>) -> Result<Self, LatticeError> {
        let wrong = |arc: &Arc| arc.from >= arc.to || arc.to >= places;
        if let Some(index) = arcs.iter().position(wrong) {
            let Arc { from, to, .. } = arcs[index];
            return Err(LatticeError {
                arc: index,
                from,
                to,
                places,
            });
        }
        Ok(Self {
            places: places.max(1),
            arcs,
        })
    }

    /// Digits one after the other, without choice between cuts, each with the
    /// probabilities of its values. None is taken to be less than a millionth.
    pub fn chain(digits: impl IntoIterator<Item = [f32; 10]>) -> Self {
        let arcs: Vec<Arc> = digits
            .into_iter()
            .enumerate()
            .map(|(from, probabilities)| Arc {
                from,
                to: from + 1,
                log: probabilities.map(|p| f64::from(p).max(Self::LEAST).ln()),
                skip: f64::NEG_INFINITY,
            })
            .collect();
        Self {
            places: arcs.len() + 1,
            arcs,
        }
    }

    /// Logarithm of the probability of a number: the sum over all ways that give
    /// these digits, whatever is cut or left out on them.
    pub(super) fn total_of(&self, values: &[u8]) -> f64 {
        // For each place, the ways to it with so many of the digits.
        let mut ways = vec![vec![f64::NEG_INFINITY; values.len() + 1]; self.places];
        ways[0][0] = 0.0;
        let mut arcs: Vec<&Arc> = self.arcs.iter().collect();
        arcs.sort_unstable_by_key(|arc| arc.from);
        for arc in arcs {
            for count in 0..=values.len() {
                let way = ways[arc.from][count];
                if way == f64::NEG_INFINITY {
                    continue;
                }
                let skipped = &mut ways[arc.to][count];
                *skipped = log_add(*skipped, way + arc.skip);
                let value = values.get(count).map(|&value| usize::from(value));
                if let Some(log) = value.and_then(|value| arc.log.get(value)) {
                    let read = &mut ways[arc.to][count + 1];
                    *read = log_add(*read, way + log);
                }
            }
        }
        ways[self.places - 1][values.len()]
    }

    /// Number of places.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The arcs, in the order in which they were given.
    pub fn arcs(&self) -> &[Arc] {
        &self.arcs
    }
}
