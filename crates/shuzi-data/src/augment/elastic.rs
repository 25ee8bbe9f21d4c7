//! Smooth random displacements.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::augmentation::{Elastic, MAX_GRID};

/// A field of displacements: normal noise on a coarse grid, interpolated by
/// Catmull-Rom cubics, which pass through the grid's own values. Beyond the edge
/// the outermost value goes on.
#[derive(Debug, Clone)]
pub(super) struct Field {
    elastic: Elastic,
    width: usize,
    /// Weight of each grid point, `[grid, w]`, and `[h, grid]`.
    columns: Vec<f32>,
    rows: Vec<f32>,
    /// The grid interpolated along `x`: for each grid row a row of `x` and one of
    /// `y` displacements, `[grid, 2, w]`.
    stretched: Vec<f32>,
}

impl Field {
    /// A field of zeros for images of `height` × `width`.
    pub(super) fn new(elastic: Elastic, height: usize, width: usize) -> Self {
        let grid = elastic.grid;
        let mut columns = vec![0.0; grid * width];
        for x in 0..width {
            for (i, weight) in weights(x, width, grid).into_iter().take(grid).enumerate() {
                columns[i * width + x] = weight;
            }
        }
        let rows = (0..height)
            .flat_map(|y| weights(y, height, grid).into_iter().take(grid))
            .collect();
        Self {
            elastic,
            width,
            columns,
            rows,
            stretched: vec![0.0; grid * 2 * width],
        }
    }

    /// Draws a new field.
    pub(super) fn draw(&mut self, random: &mut impl Rng) {
        let Elastic {
            deviation_pixels,
            grid,
        } = self.elastic;
        for row in self.stretched.chunks_exact_mut(self.width) {
            row.fill(0.0);
            for weights in self.columns.chunks_exact(self.width).take(grid) {
                let normal: f32 = StandardNormal.sample(random);
                add_scaled(row, weights, deviation_pixels * normal);
            }
        }
    }

    /// Adds the displacements of image row `y`, of `x` and of `y`, `[w]` each.
    pub(super) fn add_row(&self, y: usize, dx: &mut [f32], dy: &mut [f32]) {
        let grid = self.elastic.grid;
        let weights = self.rows.chunks_exact(grid).nth(y).unwrap_or_default();
        for (&weight, pair) in weights
            .iter()
            .zip(self.stretched.chunks_exact(2 * self.width))
        {
            if weight != 0.0 {
                let (x, y) = pair.split_at(self.width);
                add_scaled(dx, x, weight);
                add_scaled(dy, y, weight);
            }
        }
    }
}

fn add_scaled(sum: &mut [f32], values: &[f32], factor: f32) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

/// Weights of the `grid` points at pixel `i` of `size`, the outer points on the
/// outer pixels; the rest of the array is 0.
fn weights(i: usize, size: usize, grid: usize) -> [f32; MAX_GRID] {
    let mut weights = [0.0; MAX_GRID];
    let last = grid - 1;
    let at = i as f32 * last as f32 / (size - 1).max(1) as f32;
    let cell = (at as usize).min(last - 1);
    let t = at - cell as f32;
    // Catmull-Rom: the cubic through the inner two of four points whose slopes
    // there are those of the chords of their neighbours.
    let cubic = [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ];
    for (k, weight) in cubic.into_iter().enumerate() {
        // The four points are cell - 1 to cell + 2.
        weights[(cell + k).saturating_sub(1).min(last)] += weight;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{RngStream, generator};

    const GRID: usize = 5;

    fn field(height: usize, width: usize) -> Field {
        let elastic = Elastic {
            deviation_pixels: 2.0,
            grid: GRID,
        };
        Field::new(elastic, height, width)
    }

    fn row(field: &Field, y: usize) -> (Vec<f32>, Vec<f32>) {
        let (mut dx, mut dy) = (vec![0.0; field.width], vec![0.0; field.width]);
        field.add_row(y, &mut dx, &mut dy);
        (dx, dy)
    }

    #[test]
    fn weights_add_up_to_one_and_pass_through_the_points() {
        for size in [1, 2, 5, 28, 29] {
            for i in 0..size {
                let sum: f32 = weights(i, size, GRID).iter().sum();
                assert!((sum - 1.0).abs() < 1e-6, "{i} of {size}: {sum}");
            }
        }
        // 29 pixels: every seventh is a grid point.
        for point in 0..GRID {
            let mut expected = [0.0; MAX_GRID];
            expected[point] = 1.0;
            assert_eq!(weights(7 * point, 29, GRID), expected);
        }
    }

    #[test]
    fn grid_points_have_the_noise_itself() {
        let mut field = field(29, 29);
        field.draw(&mut generator(1, RngStream::Augment, 0, 0));
        let mut random = generator(1, RngStream::Augment, 0, 0);
        for grid_row in 0..GRID {
            let (dx, dy) = row(&field, 7 * grid_row);
            for component in [dx, dy] {
                for point in 0..GRID {
                    let normal: f32 = StandardNormal.sample(&mut random);
                    assert_eq!(component[7 * point], 2.0 * normal);
                }
            }
        }
    }

    #[test]
    fn the_noise_has_the_deviation_asked_for() {
        let mut field = field(29, 29);
        let mut random = generator(2, RngStream::Augment, 0, 0);
        let (mut sum, mut squares, mut n) = (0.0, 0.0, 0.0);
        for _ in 0..400 {
            field.draw(&mut random);
            let (dx, dy) = row(&field, 14);
            for value in [dx[0], dx[14], dy[7], dy[28]].map(f64::from) {
                sum += value;
                squares += value * value;
                n += 1.0;
            }
        }
        // 1,600 draws: the deviation's own error is 2 / √3200 = 0.035.
        let deviation = (squares / n).sqrt();
        assert!((deviation - 2.0).abs() < 0.15, "{deviation}");
        assert!((sum / n).abs() < 0.2);
    }

    #[test]
    fn the_field_is_smooth() {
        let mut field = field(28, 28);
        field.draw(&mut generator(3, RngStream::Augment, 0, 0));
        let rows: Vec<_> = (0..28).map(|y| row(&field, y).0).collect();
        for y in 1..28 {
            for x in 1..28 {
                // Grid points are 6.75 pixels apart; a cubic between values of
                // deviation 2 rises by less than 2.5 pixels in one step.
                assert!((rows[y][x] - rows[y][x - 1]).abs() < 2.5);
                assert!((rows[y][x] - rows[y - 1][x]).abs() < 2.5);
            }
        }
    }
}
