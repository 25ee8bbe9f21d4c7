//! Adam on a few parameters in double precision.

/// Decays of the two moments, and what keeps the quotient finite (Kingma and Ba 2015, but
/// for a second moment that forgets sooner: the gradient is that of all lines, not of a
/// batch).
const FIRST: f64 = 0.9;
const SECOND: f64 = 0.99;
const SMALL: f64 = 1e-9;

/// Adam (Kingma and Ba 2015) for `N` parameters, upwards. The engine's optimizer is for
/// the millions of single-precision parameters of a network.
#[derive(Clone, Debug)]
pub(super) struct Adam<const N: usize> {
    step: i32,
    first: [f64; N],
    second: [f64; N],
}

impl<const N: usize> Adam<N> {
    pub(super) fn new() -> Self {
        Self {
            step: 0,
            first: [0.0; N],
            second: [0.0; N],
        }
    }

    /// One step up `gradient` at this learning rate.
    pub(super) fn ascend(&mut self, parameters: &mut [f64; N], gradient: &[f64; N], rate: f64) {
        self.step = self.step.saturating_add(1);
        let unbiased = |moment: f64, decay: f64| moment / (1.0 - decay.powi(self.step));
        for i in 0..N {
            self.first[i] = FIRST * self.first[i] + (1.0 - FIRST) * gradient[i];
            self.second[i] = SECOND * self.second[i] + (1.0 - SECOND) * gradient[i] * gradient[i];
            let deviation = unbiased(self.second[i], SECOND).sqrt() + SMALL;
            parameters[i] += rate * unbiased(self.first[i], FIRST) / deviation;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_rate_and_the_last_is_at_the_top() {
        // −(x − 3)² − 100 (y + 1)²
        let gradient = |at: [f64; 2]| [-2.0 * (at[0] - 3.0), -200.0 * (at[1] + 1.0)];
        let mut at = [0.0, 0.0];
        let mut adam = Adam::new();
        let up = gradient(at);
        adam.ascend(&mut at, &up, 0.1);
        assert!(
            (at[0] - 0.1).abs() < 1e-6 && (at[1] + 0.1).abs() < 1e-6,
            "{at:?}"
        );
        let steps = 1000;
        for step in 0..steps {
            let rate = 0.1 * (1.0 - f64::from(step) / f64::from(steps));
            let up = gradient(at);
            adam.ascend(&mut at, &up, rate);
        }
        assert!(
            (at[0] - 3.0).abs() < 1e-3 && (at[1] + 1.0).abs() < 1e-3,
            "{at:?}"
        );
    }
}
