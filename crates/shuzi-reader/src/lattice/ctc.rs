//! The lattice of a line that was read as a whole: every alignment of its frames with symbols
//! is a path (connectionist temporal classification, Graves et al. 2006).

use serde::{Deserialize, Serialize};
use shuzi_line::{BLANK, CLASSES, Symbol};

use super::{Edge, Label, Lattice, LatticeError};

/// How a lattice is made of what a network says of each frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CtcParams {
    /// Least probability of a class in a frame that has an edge: what is less likely changes
    /// no number's probability by more. With 0 every alignment has its path.
    pub least: f64,
    /// Divides the logits: above 1 the network is believed less (Guo et al. 2017).
    pub temperature: f64,
}

impl Default for CtcParams {
    fn default() -> Self {
        Self {
            least: 1e-5,
            temperature: 1.0,
        }
    }
}

/// Which symbols of a line are said by its lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// All.
    Symbols,
    /// Digits alone: signs are read without a word.
    Digits,
}

/// The class that an edge of a lattice reads, and the frame that it reads it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aligned {
    /// From 0.
    pub frame: usize,
    /// The symbol that is seen there; `None` between symbols.
    pub symbol: Option<Symbol>,
    /// Whether it is the symbol's first frame.
    pub first: bool,
}

/// The lattice of logits `[frames, CLASSES]`. The weights of its paths sum to 1, but for what
/// [`CtcParams::least`] leaves out.
///
/// # Errors
/// If a logit is not a number.
///
/// ```
/// use shuzi_line::{CLASSES, Symbol};
/// use shuzi_reader::lattice::{CtcParams, Said, Search, ctc_lattice};
///
/// // Two frames that show a 7 for sure: a single one.
/// let mut frame = [0.0; CLASSES];
/// frame[usize::from(Symbol::Seven.class())] = 20.0;
/// let lattice = ctc_lattice(&[frame, frame].concat(), CtcParams::default(), Said::Symbols)?;
/// let path = Search::new(&()).best_path(&lattice).ok_or("no path")?;
/// assert_eq!(path.text(&lattice), "7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ctc_lattice(
    logits: &[f32],
    params: CtcParams,
    said: Said,
) -> Result<Lattice<Aligned>, LatticeError> {
    let frames = logits.len() / CLASSES;
    let mut edges = Vec::new();
    // The classes that may have been read last, each with its node; at first none was.
    let mut before: Vec<(u8, usize)> = vec![(BLANK, 0)];
    let mut nodes = 1;
    for (frame, row) in logits.chunks_exact(CLASSES).enumerate() {
        let log = log_softmax(row, params.temperature);
        let most = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = params.least.ln().min(most);
        let last = frame + 1 == frames;
        // What is not a number is kept, too: no lattice is made of it.
        let kept = (BLANK..)
            .zip(log)
            .filter(|(_, log)| log.is_nan() || *log >= least);
        let mut here = Vec::with_capacity(before.len());
        for (class, weight) in kept {
            let to = nodes;
            // All paths end in one node.
            if !last || here.is_empty() {
                nodes += 1;
            }
            let to = if last {
                here.first().map_or(to, |&(_, node)| node)
            } else {
                to
            };
            here.push((class, to));
            for &(previous, from) in &before {
                let symbol = Symbol::from_class(class);
                let first = class != previous;
                let is_said = match said {
                    Said::Symbols => true,
                    Said::Digits => symbol.is_some_and(|symbol| symbol.digit().is_some()),
                };
                let label = match symbol {
                    Some(symbol) if first && is_said => Label::One(symbol),
                    _ => Label::Epsilon,
                };
                edges.push(Edge {
                    from,
                    to,
                    label,
                    weight,
                    source: Aligned {
                        frame,
                        symbol,
                        first,
                    },
                });
            }
        }
        before = here;
    }
    Lattice::new(nodes, edges)
}

fn log_softmax(row: &[f32], temperature: f64) -> [f64; CLASSES] {
    let mut log = [f64::NEG_INFINITY; CLASSES];
    for (log, logit) in log.iter_mut().zip(row) {
        *log = f64::from(*logit) / temperature;
    }
    let most = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = log.iter().map(|log| (log - most).exp()).sum();
    let all = most + sum.ln();
    log.map(|log| log - all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::{Search, acceptors::Length, symbols::of_text};

    const EXACT: CtcParams = CtcParams {
        least: 0.0,
        temperature: 1.0,
    };

    /// Logits of frames in which only the blank and the symbols of `text` are likely at all.
    fn logits(frames: usize, text: &str, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut random = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 40) as f32 / (1u64 << 24) as f32 * 6.0 - 3.0
        };
        let mut all = Vec::new();
        for _ in 0..frames {
            let mut row = [f32::NEG_INFINITY; CLASSES];
            row[usize::from(BLANK)] = random();
            for symbol in of_text(text) {
                row[usize::from(symbol.class())] = random();
            }
            all.extend(row);
        }
        all
    }

    /// What an alignment says.
    fn collapsed(classes: &[u8], said: Said) -> Vec<Symbol> {
        let mut symbols = Vec::new();
        let mut last = BLANK;
        for &class in classes {
            let symbol = Symbol::from_class(class).filter(|symbol| match said {
                Said::Symbols => true,
                Said::Digits => symbol.digit().is_some(),
            });
            if class != last {
                symbols.extend(symbol);
            }
            last = class;
        }
        symbols
    }

    /// The probability of every number, by enumeration of all alignments.
    fn enumerated(logits: &[f32], said: Said) -> Vec<(Vec<Symbol>, f64)> {
        let mut ways: Vec<(Vec<u8>, f64)> = vec![(Vec::new(), 0.0)];
        for row in logits.chunks(CLASSES) {
            let log = log_softmax(row, 1.0);
            let longer = |(classes, sum): (Vec<u8>, f64)| {
                let possible = (BLANK..).zip(log).filter(|(_, log)| log.is_finite());
                possible
                    .map(move |(class, log)| ([&classes[..], &[class]].concat(), sum + log))
                    .collect::<Vec<_>>()
            };
            ways = ways.into_iter().flat_map(longer).collect();
        }
        let mut numbers: Vec<(Vec<Symbol>, f64)> = Vec::new();
        for (classes, log) in ways {
            let number = collapsed(&classes, said);
            match numbers.iter_mut().find(|(other, _)| *other == number) {
                Some((_, sum)) => *sum += log.exp(),
                None => numbers.push((number, log.exp())),
            }
        }
        numbers
    }

    #[test]
    fn every_number_has_the_probability_of_its_alignments() {
        for seed in 0..6 {
            let logits = logits(5, "1.2", seed);
            for said in [Said::Symbols, Said::Digits] {
                let lattice = ctc_lattice(&logits, EXACT, said).unwrap();
                let all = Search::new(&()).total(&lattice);
                assert!(all.abs() < 1e-12, "{all}");
                for (number, expected) in enumerated(&logits, said) {
                    let got = Search::new(&()).total_of(&lattice, &number).exp();
                    assert!(
                        (got - expected).abs() < 1e-12,
                        "{number:?}: {got}, {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_likeliest_number_that_obeys_is_that_of_the_enumeration() {
        for seed in 0..20 {
            let logits = logits(5, "12", seed);
            let lattice = ctc_lattice(&logits, EXACT, Said::Digits).unwrap();
            for digits in 1..4 {
                let length = Length::exactly(digits);
                let mut numbers = enumerated(&logits, Said::Digits);
                numbers.retain(|(number, _)| number.len() == digits);
                let sum: f64 = numbers.iter().map(|(_, p)| p).sum();
                let total = Search::new(&length).total(&lattice).exp();
                assert!((total - sum).abs() < 1e-12, "{total}, {sum}");
                let best = numbers.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
                // Of as many numbers as there are, the paths' order does not matter.
                let paths = Search::new(&length).best_paths(&lattice, numbers.len());
                assert_eq!(paths.len(), numbers.len());
                let totals = paths.iter().map(|path| {
                    let number = path.symbols(&lattice);
                    let log = Search::new(&length).total_of(&lattice, &number);
                    (number, log)
                });
                let found = totals.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
                assert_eq!(found.0, best.0);
            }
        }
    }

    #[test]
    fn equal_neighbours_need_a_blank_between_them() {
        let row = |class: u8| {
            let mut row = [0.0; CLASSES];
            row[usize::from(class)] = 30.0;
            row
        };
        let one = Symbol::One.class();
        for (classes, expected) in [
            (vec![one, one], "1"),
            (vec![one, BLANK, one], "11"),
            (vec![BLANK, BLANK], ""),
            (vec![], ""),
        ] {
            let logits: Vec<f32> = classes.iter().flat_map(|class| row(*class)).collect();
            let lattice = ctc_lattice(&logits, CtcParams::default(), Said::Symbols).unwrap();
            let path = Search::new(&()).best_path(&lattice).unwrap();
            assert_eq!(path.text(&lattice), expected);
        }
    }

    #[test]
    fn what_is_unlikely_in_a_frame_has_no_edge() {
        let logits = logits(12, "0123456789", 3);
        let lattice = |least| {
            let params = CtcParams { least, ..EXACT };
            ctc_lattice(&logits, params, Said::Symbols).unwrap()
        };
        let (all, some) = (lattice(0.0), lattice(0.05));
        assert!(2 * some.edges().len() < all.edges().len());
        assert!(ctc_lattice(&[f32::NAN; CLASSES], EXACT, Said::Symbols).is_err());
    }
}
