//! What the digits of a number may be.

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

    /// Number of places.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The arcs, in the order in which they were given.
    pub fn arcs(&self) -> &[Arc] {
        &self.arcs
    }
}
