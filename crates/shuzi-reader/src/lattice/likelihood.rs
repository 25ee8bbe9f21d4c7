//! How likely a lattice's own number is among all that it may say: what training raises.

use shuzi_line::Symbol;

use super::{Edge, Lattice, Search, acceptors::Exactly};

/// Logarithm of the probability of `number` among all that a lattice says; `None` if no path
/// says it. `surplus` is told of an edge and of its share of the number's paths less that of
/// all paths, in parts: their sum is the gradient by the edge's weight.
pub fn log_likelihood<T>(
    lattice: &Lattice<T>,
    number: &[Symbol],
    mut surplus: impl FnMut(&Edge<T>, f64),
) -> Option<f64> {
    let edges = lattice.edges();
    let exactly = Exactly(number);
    let own =
        Search::new(&exactly).posterior(lattice, |edge, share| surplus(&edges[edge], share))?;
    let all = Search::new(&()).posterior(lattice, |edge, share| surplus(&edges[edge], -share))?;
    Some(own - all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::{Label, symbols::of_text};

    /// Three segments, of which the first two may be one.
    fn lattice(weights: &[f64]) -> Lattice<usize> {
        let spans = [(0, 1), (1, 2), (0, 2), (2, 3)];
        let labels = ["1", "2", ""].map(|text| match of_text(text)[..] {
            [symbol] => Label::One(symbol),
            _ => Label::Epsilon,
        });
        let edges = spans
            .into_iter()
            .flat_map(|span| labels.map(|label| (span, label)));
        let edges = edges.zip(weights).enumerate();
        let edges = edges.map(|(source, (((from, to), label), weight))| Edge {
            from,
            to,
            label,
            weight: *weight,
            source,
        });
        Lattice::new(4, edges.collect()).unwrap()
    }

    fn weights() -> Vec<f64> {
        (0..12).map(|i| (7 * i % 5) as f64 / 3.0 - 1.0).collect()
    }

    #[test]
    fn all_numbers_together_are_certain() {
        let lattice = lattice(&weights());
        let texts = (0..=3).flat_map(|length| {
            (0..1usize << length).map(move |bits| -> String {
                let digit = |place: usize| ['1', '2'][bits >> place & 1];
                (0..length).map(digit).collect()
            })
        });
        let log = |text: String| log_likelihood(&lattice, &of_text(&text), |_, _| ());
        let sum: f64 = texts.filter_map(log).map(f64::exp).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        assert_eq!(log_likelihood(&lattice, &of_text("1111"), |_, _| ()), None);
        assert_eq!(log_likelihood(&lattice, &of_text("3"), |_, _| ()), None);
    }

    #[test]
    fn the_surplus_is_the_gradient_of_finite_differences() {
        for text in ["12", "", "211"] {
            let number = of_text(text);
            let mut gradient = vec![0.0; 12];
            let start = weights();
            log_likelihood(&lattice(&start), &number, |edge, surplus| {
                gradient[edge.source] += surplus;
            });
            for (at, got) in gradient.into_iter().enumerate() {
                let log = |step: f64| {
                    let mut weights = start.clone();
                    weights[at] += step;
                    log_likelihood(&lattice(&weights), &number, |_, _| ()).unwrap()
                };
                let expected = (log(1e-5) - log(-1e-5)) / 2e-5;
                assert!(
                    (got - expected).abs() < 1e-8,
                    "{text}, weight {at}: {got}, {expected}"
                );
            }
        }
    }
}
