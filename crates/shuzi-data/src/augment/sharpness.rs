//! Images sharper or softer than they are, as scans and photos are.

/// Writes `image` `[h, w]`, 0 to 1, into `output` with `amount` times what a blur takes
/// from it added: sharper above 0, softer below. The blur has binomial weights, 1 2 1
/// along each axis; outside all is 0.
pub(super) fn sharpen(image: &[f32], width: usize, amount: f32, output: &mut [f32]) {
    let height = image.len() / width;
    for (y, row) in output.chunks_exact_mut(width).enumerate() {
        let line = |y: usize| &image[y * width..(y + 1) * width];
        let (above, below) = (
            y.checked_sub(1).map(line),
            (y + 1 < height).then(|| line(y + 1)),
        );
        let own = line(y);
        let column = |x: usize| {
            let at = |line: Option<&[f32]>| line.map_or(0.0, |line| line[x]);
            at(above) + 2.0 * own[x] + at(below)
        };
        let (mut before, mut here) = (0.0, column(0));
        for (x, value) in row.iter_mut().enumerate() {
            let after = if x + 1 < width { column(x + 1) } else { 0.0 };
            let blurred = (before + 2.0 * here + after) / 16.0;
            *value = (own[x] + amount * (own[x] - blurred)).clamp(0.0, 1.0);
            (before, here) = (here, after);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_definition_says() {
        let (height, width) = (5, 7);
        let image: Vec<f32> = (0..height * width)
            .map(|i| ((i * 37) % 101) as f32 / 101.0)
            .collect();
        for amount in [-1.0, -0.3, 0.0, 0.8] {
            let mut output = vec![9.0; image.len()];
            sharpen(&image, width, amount, &mut output);
            for (i, got) in output.iter().enumerate() {
                let (x, y) = ((i % width) as isize, (i / width) as isize);
                let mut blurred = 0.0;
                for (dy, wy) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
                    for (dx, wx) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
                        let (x, y) = (x + dx, y + dy);
                        let inside =
                            (0..width as isize).contains(&x) && (0..height as isize).contains(&y);
                        if inside {
                            blurred += wx * wy / 16.0 * image[y as usize * width + x as usize];
                        }
                    }
                }
                let expected = (image[i] + amount * (image[i] - blurred)).clamp(0.0, 1.0);
                assert!((got - expected).abs() < 1e-6, "{got}, expected {expected}");
            }
        }
    }
}
