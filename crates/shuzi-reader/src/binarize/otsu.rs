//! Values in two groups.

/// Two groups of values that are counted in bins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    /// Last bin of the lower group.
    pub(crate) last: usize,
    /// Means of the lower group and of the upper, in bins.
    pub(crate) means: [f64; 2],
}

/// The two groups between which the variance is greatest (Otsu 1979); `None` if all values are
/// in one bin.
pub(crate) fn otsu(histogram: &[u64]) -> Option<Split> {
    let weighted = |(bin, &count): (usize, &u64)| bin as f64 * count as f64;
    let all: u64 = histogram.iter().sum();
    let sum: f64 = histogram.iter().enumerate().map(weighted).sum();
    let (mut below, mut sum_below) = (0u64, 0.0);
    let mut best = (0.0, None);
    for (last, count) in histogram.iter().enumerate() {
        below += count;
        sum_below += weighted((last, count));
        let above = all - below;
        if below == 0 || above == 0 {
            continue;
        }
        let sizes = [below, above].map(|count| count as f64);
        let means = [sum_below / sizes[0], (sum - sum_below) / sizes[1]];
        let variance = sizes[0] * sizes[1] * (means[1] - means[0]).powi(2);
        if variance > best.0 {
            best = (variance, Some(Split { last, means }));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_split_between_them() {
        let mut histogram = [0; 20];
        (histogram[2], histogram[4], histogram[15]) = (30, 10, 5);
        let split = otsu(&histogram).unwrap();
        assert_eq!((split.last, split.means), (4, [2.5, 15.0]));
    }

    #[test]
    fn one_value_is_no_two_groups() {
        assert_eq!(otsu(&[0, 7, 0]), None);
        assert_eq!(otsu(&[]), None);
    }
}
