//! Nearest neighbours, exactly: a product of matrices finds who may be near,
//! whole numbers decide.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use crate::matrix::{products, squares};

/// Images compared with all others at once.
const QUERIES: usize = 256;

/// A vote that nobody cast counts this much, so that no class is impossible.
const DOUBT: f32 = 0.01;

/// What a nearer neighbour's vote is worth more: it decides between equals.
const NEARER: f32 = 1e-3;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Neighbours {
    /// The images, `[n, d]`.
    pub(crate) pixels: Vec<u8>,
    /// Their labels, `[n]`.
    pub(crate) labels: Vec<u8>,
    /// `pixels` as f32.
    values: Array2<f32>,
    /// Squared length of each.
    squares: Vec<f32>,
}

impl Neighbours {
    /// `pixels` is `[n, d]`, one row for each label.
    pub(crate) fn new(pixels: Vec<u8>, labels: Vec<u8>) -> Self {
        let shape = (labels.len(), pixels.len() / labels.len().max(1));
        let values = pixels.iter().map(|&pixel| f32::from(pixel)).collect();
        let values = Array2::from_shape_vec(shape, values).unwrap_or_default();
        Self {
            squares: squares(values.view()),
            pixels,
            labels,
            values,
        }
    }

    /// Logarithms of the shares of the votes, `[n, classes]`; images are 0 to
    /// 1 and are rounded to pixels.
    pub(crate) fn scores(
        &self,
        images: ArrayView2<'_, f32>,
        k: usize,
        classes: usize,
    ) -> Array2<f32> {
        let mut scores = Array2::zeros((images.nrows(), classes));
        let chunks = images.axis_chunks_iter(Axis(0), QUERIES);
        for (images, mut scores) in chunks.zip(scores.axis_chunks_iter_mut(Axis(0), QUERIES)) {
            let queries = images.mapv(|value| (255.0 * value).round().clamp(0.0, 255.0));
            let products = products(queries.view(), self.values.view());
            let rows: Vec<Vec<f32>> = (0..queries.nrows())
                .into_par_iter()
                .map(|row| {
                    let nearest = self.nearest(queries.row(row), products.row(row), k);
                    self.votes(&nearest, classes)
                })
                .collect();
            for (mut scores, row) in scores.outer_iter_mut().zip(rows) {
                scores.assign(&ArrayView1::from(&row));
            }
        }
        scores
    }

    fn votes(&self, nearest: &[usize], classes: usize) -> Vec<f32> {
        let mut votes = vec![DOUBT; classes];
        for (rank, &neighbour) in nearest.iter().enumerate() {
            let nearer = (nearest.len() - rank) as f32;
            votes[usize::from(self.labels[neighbour])] += 1.0 + NEARER * nearer;
        }
        votes.into_iter().map(f32::ln).collect()
    }

    /// The `k` nearest, nearest first, the first of equals before the others.
    ///
    /// A distance by way of the product is off by at most `slack`: whoever may
    /// be among the `k` is measured again in whole numbers.
    fn nearest(
        &self,
        query: ArrayView1<'_, f32>,
        products: ArrayView1<'_, f32>,
        k: usize,
    ) -> Vec<usize> {
        let own = query.dot(&query);
        let distance = |(product, square): (&f32, &f32)| own - 2.0 * product + square;
        let distances = || products.iter().zip(&self.squares).map(distance);
        let mut best: Vec<f32> = Vec::with_capacity(k + 1);
        for distance in distances() {
            if best.len() < k || distance < best[k - 1] {
                let place = best.partition_point(|&other| other <= distance);
                best.insert(place, distance);
                best.truncate(k);
            }
        }
        let longest = self.squares.iter().fold(own, |most, &s| most.max(s));
        let slack = 8.0 * query.len() as f32 * f32::EPSILON * longest;
        let limit = best.last().map_or(0.0, |furthest| furthest + slack);
        let mut candidates: Vec<(u64, usize)> = distances()
            .enumerate()
            .filter(|(_, distance)| *distance <= limit)
            .map(|(index, _)| (self.distance(query, index), index))
            .collect();
        candidates.sort_unstable();
        candidates.truncate(k);
        candidates.into_iter().map(|(_, index)| index).collect()
    }

    fn distance(&self, query: ArrayView1<'_, f32>, index: usize) -> u64 {
        let d = query.len();
        let image = &self.pixels[index * d..][..d];
        let differences = query.iter().zip(image).map(|(&q, &pixel)| {
            let difference = q as i64 - i64::from(pixel);
            (difference * difference) as u64
        });
        differences.sum()
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn neighbours_equal_those_of_a_sort_even_where_many_are_equally_near() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (n, d, k) = (500, 300, 5);
        // Few values, so that distances repeat.
        let mut image = || -> Vec<u8> { (0..d).map(|_| 254 + rng.random_range(0..2)).collect() };
        let pixels: Vec<u8> = (0..n).flat_map(|_| image()).collect();
        let neighbours = Neighbours::new(pixels.clone(), vec![0; n]);
        for _ in 0..20 {
            let query = image();
            let mut expected: Vec<(u64, usize)> = pixels
                .chunks_exact(d)
                .map(|other| {
                    let differences = query.iter().zip(other);
                    differences
                        .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
                        .sum()
                })
                .zip(0..)
                .collect();
            expected.sort_unstable();
            let expected: Vec<usize> = expected[..k].iter().map(|(_, index)| *index).collect();
            let query = Array2::from_shape_vec((1, d), query.into_iter().map(f32::from).collect());
            let query = query.unwrap();
            let products = products(query.view(), neighbours.values.view());
            assert_eq!(
                neighbours.nearest(query.row(0), products.row(0), k),
                expected
            );
        }
    }

    #[test]
    fn votes_decide_and_nearness_between_equals() {
        let neighbours = Neighbours::new(vec![0, 100, 104, 250], vec![0, 1, 2, 2]);
        let winner = |pixel: u8, k| {
            let image = [f32::from(pixel) / 255.0];
            let scores = neighbours.scores(ArrayView2::from_shape((1, 1), &image).unwrap(), k, 3);
            shuzi_nn::argmax(scores.as_slice().unwrap())
        };
        assert_eq!(winner(101, 1), 1);
        assert_eq!(winner(101, 2), 1, "equal votes, 1 is nearer");
        assert_eq!(winner(103, 2), 2);
        assert_eq!(winner(101, 4), 2);
        assert_eq!(winner(101, 99), 2, "more neighbours than there are");
    }
}
