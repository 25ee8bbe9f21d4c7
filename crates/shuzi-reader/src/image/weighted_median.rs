//! The usual one of values of which some count more than others.

/// The least value that half of all weight is at or below; `None` of nothing.
pub(crate) fn weighted_median<T: Copy + PartialOrd>(mut values: Vec<(T, usize)>) -> Option<T> {
    values.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal));
    let total: usize = values.iter().map(|(_, weight)| weight).sum();
    let mut seen = 0;
    let usual = values.iter().find(|(_, weight)| {
        seen += weight;
        2 * seen >= total
    });
    usual.map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_weighs_more_decides() {
        assert_eq!(weighted_median(vec![(9, 1), (2, 1), (5, 1)]), Some(5));
        assert_eq!(weighted_median(vec![(9, 3), (2, 1), (5, 1)]), Some(9));
        assert_eq!(weighted_median(vec![(0.5, 2), (0.25, 2)]), Some(0.25));
        assert_eq!(weighted_median::<u8>(vec![]), None);
    }
}
